//! All links that the graph shows, held against what the sandbox knows of who is who.

use std::{collections::BTreeMap, time::Duration};

use hausgraph::{
    clock::Clock,
    model::{
        ContactId, DevelopmentId, InvestorId, ProfileId, ProjectId, PropertyId, ProspectId,
        ProtocolId, RecordId,
    },
    sandbox::{
        self, Options,
        world::truth::{Clue, Truth},
    },
};
use serde_json::{Value, json};

use crate::support::{TestGateway, morning};

const PROTOCOL: &str = "... on Protocol { property { id } propertyMatch { by confidence }
    contacts { id contact { id } } }";
const PROJECT: &str = "... on Project {
    properties { edges { node { id development { id } } match { by confidence } } } }";
const PROFILE: &str = "... on PropertyProfile { property { id } propertyMatch { by confidence } }";
const INVESTOR: &str = "... on Investor { contact { id } contactMatch { by confidence } }";
const PROSPECT: &str = "... on Prospect { contact { id } contactMatch { by confidence } }";

/// What is known of one record: its id, its partner in truth and what leads there.
struct Known {
    id: String,
    partner: Option<String>,
    clues: Vec<Clue>,
}

/// How the links of one kind came out.
#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
}

#[derive(Default)]
struct Table {
    /// By pair of systems, confidence and what the two have in common.
    links: BTreeMap<(&'static str, String, String), Tally>,
    /// By pair of systems: how many could be found, and were.
    findable: BTreeMap<&'static str, (usize, usize)>,
    /// What could be found and was not, by what would have led there.
    missed: BTreeMap<(&'static str, String), usize>,
}

impl Table {
    fn note(&mut self, pair: &'static str, known: &Known, link: Option<(&str, &Value)>) {
        let is_right = link
            .as_ref()
            .is_some_and(|(id, _)| Some(*id) == known.partner.as_deref());
        if let Some((_, found)) = link {
            let word = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
            let key = (pair, word("confidence"), word("by"));
            let tally = self.links.entry(key).or_default();
            match is_right {
                true => tally.right += 1,
                false => tally.wrong += 1,
            }
        }
        // By a name alone nothing but a firm is linked: names are for suggestions at most.
        let is_by_name = known.clues == [Clue::Name] && pair != "investor, contact";
        if known.partner.is_some() && !known.clues.is_empty() && !is_by_name {
            let findable = self.findable.entry(pair).or_default();
            findable.0 += 1;
            findable.1 += usize::from(is_right);
            if !is_right {
                let clue = format!("{:?}", known.clues[0]);
                *self.missed.entry((pair, clue)).or_default() += 1;
            }
        }
    }

    fn precision(&self, confidence: &str) -> f64 {
        let of = self.links.iter().filter(|((_, it, _), _)| it == confidence);
        let (right, all) = of.fold((0, 0), |(right, all), (_, tally)| {
            (right + tally.right, all + tally.right + tally.wrong)
        });
        share(right, all)
    }

    fn print(&self) {
        println!(
            "{:<22}{:<12}{:<20}{:>7}{:>7}{:>11}",
            "pair", "confidence", "by", "links", "wrong", "precision"
        );
        for ((pair, confidence, by), Tally { right, wrong }) in &self.links {
            let all = right + wrong;
            let precision = share(*right, all);
            println!("{pair:<22}{confidence:<12}{by:<20}{all:>7}{wrong:>7}{precision:>11.4}");
        }
        println!(
            "{:<22}{:>10}{:>8}{:>9}",
            "pair", "findable", "found", "recall"
        );
        for (pair, (all, found)) in &self.findable {
            println!("{pair:<22}{all:>10}{found:>8}{:>9.4}", share(*found, *all));
        }
        for ((pair, clue), count) in &self.missed {
            println!("missed: {pair}, {clue}: {count}");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

fn property(id: u64) -> String {
    PropertyId::new(id.to_string()).to_string()
}

fn contact(id: u64) -> String {
    ContactId::new(id.to_string()).to_string()
}

#[tokio::test]
async fn links_are_what_the_sandbox_knows_to_be_true() {
    let options = Options {
        units: 800,
        contacts: Some(1_200),
        hard_cases: true,
        clock: Clock::stopped(morning()),
        ..Options::default()
    };
    let sandbox = sandbox::start(options).await.unwrap();
    let gateway = TestGateway::over(sandbox).await;
    for system in ["PROPSTACK", "DEEPRENT", "PROPSTREET"] {
        assert_eq!(gateway.import(system, "FULL").await["status"], "SUCCEEDED");
    }
    let truth: Truth = gateway.sandbox.shared.tenants[0].world().truth();
    let mut table = Table::default();

    let attendees = truth.attendees.iter().map(|its| {
        let partner = its.contact.map(contact);
        let clues = its.clues.clone();
        (
            (its.protocol.as_str(), its.id.as_str()),
            Known {
                id: String::new(),
                partner,
                clues,
            },
        )
    });
    let attendees: BTreeMap<_, _> = attendees.collect();
    let protocols = truth.protocols.iter().map(|its| Known {
        id: ProtocolId::new(&its.id).to_string(),
        partner: its.unit.map(property),
        clues: its.clues.clone(),
    });
    gateway
        .each(PROTOCOL, protocols.collect(), |known, node| {
            let link = partner(node, "property").zip(Some(&node["propertyMatch"]));
            table.note("protocol, property", known, link);
            let protocol = ProtocolId::decode(&known.id).unwrap();
            for person in node["contacts"].as_array().unwrap() {
                let id = person["id"].as_str().unwrap();
                let id = hausgraph::model::ProtocolContactId::decode(id).unwrap();
                let known = &attendees[&(protocol.key(), id.key())];
                let found = json!({ "confidence": "HEURISTIC", "by": "EMAIL" });
                let link = partner(person, "contact").map(|id| (id, &found));
                table.note("attendee, contact", known, link);
            }
        })
        .await;

    let profiles = truth.profiles.iter().map(|its| Known {
        id: ProfileId::new(its.id.to_string()).to_string(),
        partner: its.unit.map(property),
        clues: its.clues.clone(),
    });
    gateway
        .each(PROFILE, profiles.collect(), |known, node| {
            let link = partner(node, "property").zip(Some(&node["propertyMatch"]));
            table.note("profile, property", known, link);
        })
        .await;

    let projects = truth.projects.iter().map(|its| Known {
        id: ProjectId::new(its.id.to_string()).to_string(),
        partner: its.unit.map(property).or_else(|| {
            let development = its.development?;
            Some(DevelopmentId::new(development.to_string()).to_string())
        }),
        clues: its.clues.clone(),
    });
    gateway
        .each(PROJECT, projects.collect(), |known, node| {
            let edges = node["properties"]["edges"].as_array().unwrap();
            let link = edges.first().map(|edge| {
                let development = edge["node"]["development"]["id"].as_str();
                let id = match known.partner.as_deref() == development {
                    true => development,
                    false => edge["node"]["id"].as_str(),
                };
                (id.unwrap(), &edge["match"])
            });
            table.note("project, property", known, link);
        })
        .await;

    let investors = truth.investors.iter().map(|its| Known {
        id: match its.is_company {
            true => InvestorId::Company(its.id.to_string()),
            false => InvestorId::Person(its.id.to_string()),
        }
        .to_string(),
        partner: its.contact.map(contact),
        clues: its.clues.clone(),
    });
    let prospects = truth.prospects.iter().map(|its| Known {
        id: ProspectId::new(ProjectId::new(its.project.to_string()), its.id.to_string())
            .to_string(),
        partner: its.contact.map(contact),
        clues: its.clues.clone(),
    });
    for (pair, links, known) in [
        ("investor, contact", INVESTOR, investors.collect::<Vec<_>>()),
        // As their investors.
        (
            "prospect, contact",
            PROSPECT,
            prospects.step_by(7).collect(),
        ),
    ] {
        gateway
            .each(links, known, |known, node| {
                let link = partner(node, "contact").zip(Some(&node["contactMatch"]));
                table.note(pair, known, link);
            })
            .await;
    }

    table.print();
    assert!((table.precision("CERTAIN") - 1.0).abs() < f64::EPSILON);
    assert!(table.precision("HEURISTIC") >= 0.98);
    for (pair, (all, found)) in &table.findable {
        assert!(
            share(*found, *all) >= 0.9,
            "recall of {pair}: {found} of {all}"
        );
    }
}

fn partner<'a>(node: &'a Value, field: &str) -> Option<&'a str> {
    node[field]["id"].as_str()
}

impl TestGateway {
    /// Reads what each known record is linked to; those that are deleted are not there.
    async fn each(&self, links: &str, known: Vec<Known>, mut note: impl FnMut(&Known, &Value)) {
        let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {links} }} }}");
        for known in known.chunks(20) {
            let ids: Vec<_> = known.iter().map(|known| &known.id).collect();
            // Lest the systems ask for fewer requests.
            self.sandbox.shared.clock.advance(Duration::from_secs(60));
            let data = self.data_with(&query, json!({ "ids": ids })).await;
            for (known, node) in known.iter().zip(data["nodes"].as_array().unwrap()) {
                if !node.is_null() {
                    note(known, node);
                }
            }
        }
    }
}
