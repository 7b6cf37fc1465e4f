//! With all caches on, answers are those of a gateway without any, as they were no longer ago than
//! is promised, and at once where a change was purged: for random queries, changes and purges.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use hausgraph::{
    cache::{Kind, Settings, Tag},
    config::demo,
    model::{ProjectId, PropertyId},
};
use serde_json::{Value, json};

use crate::support::{TestGateway, http, sandbox};

/// Read again and again, in one form or another: as lists, by id, through links.
const QUERIES: [&str; 8] = [
    "{ projects(first: 6) { nodes { id name } } }",
    "{ projects(first: 3) { nodes { id name prospects(first: 1) { nodes { project { name } } } } } }",
    "{ properties(first: 6) { nodes { id reference } } }",
    "{ properties(first: 4) { nodes { id reference documents { totalCount } } } }",
    "{ projects(first: 6) { nodes { name properties(first: 2) { nodes { reference } } } } }",
    "{ properties(first: 6) { nodes { reference projects(first: 2) { nodes { name } } } } }",
    "{ a: projects(first: 2) { nodes { name } } b: properties(first: 2) { nodes { reference } } }",
    "{ project(by: { upstreamId: \"424242\" }) { name } properties(first: 1) { nodes { reference } } }",
];

/// As good as new for one minute, served for four more while it is read anew.
const LONGEST: Duration = Duration::from_secs(300);

const STEPS: usize = 250;

/// Every value in an answer with where it stands.
fn leaves(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(&format!("{at}/{name}"), value, found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(&format!("{at}/{index}"), value, found);
            }
        }
        value => found.push((at.to_owned(), value.clone())),
    }
}

/// What a query answers without caches, since when.
type History = VecDeque<(DateTime<Utc>, Value)>;

struct Pair {
    caching: TestGateway,
    /// Of the gateway without caches.
    bare: String,
    histories: [History; QUERIES.len()],
}

impl Pair {
    async fn ask_bare(&self, query: &str) -> Value {
        let token = self.caching.token(demo::ORGANIZATION, &[]);
        let answer = http()
            .post(format!("{}/graphql", self.bare))
            .bearer_auth(token)
            .json(&json!({ "query": query }))
            .send();
        answer.await.unwrap().json().await.unwrap()
    }

    /// Notes what all queries answer from now on.
    async fn look(&mut self) {
        let now = self.caching.sandbox.shared.clock.now();
        for (at, query) in QUERIES.iter().enumerate() {
            let answer = self.ask_bare(query).await;
            assert_eq!(answer.get("errors"), None, "{query}");
            self.histories[at].push_back((now, answer));
            // One that ended before the promise begins is of no more use.
            while (self.histories[at].get(1)).is_some_and(|(since, _)| *since + LONGEST < now) {
                self.histories[at].pop_front();
            }
        }
    }

    /// Whether each value was there lately: those of one answer may be of different age.
    async fn check(&self, at: usize) {
        let answer = self.caching.ask_with(QUERIES[at], json!({})).await;
        let mut found = Vec::new();
        leaves("", &answer, &mut found);
        assert!(!found.is_empty());
        for (pointer, value) in found {
            let mut lately = self.histories[at].iter();
            assert!(
                lately.any(|(_, known)| known.pointer(&pointer) == Some(&value)),
                "{value} at {pointer} of {} was not there lately",
                QUERIES[at],
            );
        }
    }

    /// Forgets all that was answered before now: what is purged may not come back.
    fn forget_the_past(&mut self) {
        for history in &mut self.histories {
            let latest = history.pop_back();
            history.clear();
            history.extend(latest);
        }
    }
}

#[tokio::test]
async fn answers_with_caches_are_those_without() {
    let seed = fastrand::u64(..);
    eprintln!("what is asked and changed follows from the seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let sandbox = sandbox().await;
    sandbox.shared.switches_mut().propstreet.client_limit = u32::MAX;
    let mut caching = TestGateway::caching(sandbox).await;
    let bare = caching.replica_with(Settings::off()).await;
    let mut pair = Pair {
        caching,
        bare,
        histories: Default::default(),
    };
    pair.look().await;
    let (mut changes, mut served) = (0, 0);
    for step in 0..STEPS {
        let clock = pair.caching.sandbox.shared.clock.clone();
        match rng.u32(..10) {
            0 => clock.advance(Duration::from_secs(rng.u64(1..200))),
            1 | 2 => {
                let tag = change(&pair.caching, &mut rng, step);
                changes += 1;
                pair.look().await;
                if rng.bool() {
                    let tenant = pair.caching.tenants.find(demo::ORGANIZATION);
                    let tenant = tenant.await.unwrap().unwrap();
                    tenant.cache.purge([tag]);
                    // Only this record's: other changes may still be hidden by what is kept.
                    if rng.u32(..3) == 0 {
                        let everything = [Kind::Project, Kind::Property, Kind::Prospect];
                        let lists = everything.map(Tag::lists);
                        tenant
                            .cache
                            .purge(lists.into_iter().chain(all(&pair.caching)));
                        pair.forget_the_past();
                    }
                }
            }
            _ => {
                pair.check(rng.usize(..QUERIES.len())).await;
                served += 1;
            }
        }
    }
    println!("{served} answers compared over {changes} changes");
    assert!(changes > 10 && served > 50);
}

/// Gives a project or a property another name.
fn change(gateway: &TestGateway, rng: &mut Rng, step: usize) -> Tag {
    let mut world = gateway.sandbox.shared.tenants[0].world_mut();
    let name = format!("Nummer {step}");
    if rng.bool() {
        let at = rng.usize(..world.deals.len().min(8));
        world.deals[at].name = name;
        Tag::record(
            Kind::Project,
            &ProjectId::new(world.deals[at].id.to_string()),
        )
    } else {
        let at = rng.usize(..world.units.len().min(8));
        world.units[at].number = name;
        Tag::record(
            Kind::Property,
            &PropertyId::new(world.units[at].id.to_string()),
        )
    }
}

/// Every project and property there is.
fn all(gateway: &TestGateway) -> Vec<Tag> {
    let world = gateway.sandbox.shared.tenants[0].world();
    let deals = world.deals.iter().map(|deal| {
        let id = ProjectId::new(deal.id.to_string());
        Tag::record(Kind::Project, &id)
    });
    let units = world.units.iter().map(|unit| {
        let id = PropertyId::new(unit.id.to_string());
        Tag::record(Kind::Property, &id)
    });
    deals.chain(units).collect()
}
