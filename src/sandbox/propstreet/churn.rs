//! Projects, prospects and the network change under new etags, are softly deleted, and come.

use chrono::{DateTime, Utc};

use super::{
    change::Desk,
    project::{CLASSIFICATIONS, TEASER_STAGES},
    prospect::STAGES,
};
use crate::sandbox::{
    Shared, Tenant,
    churn::{Churn, Kind, Report, Urn, listed},
    world::{Bid, Deal, Investor, Price, Profile, Reference, Subject, random::Random},
};

/// A deleted record is left alone, and so is what nobody can see: the prospects of a deleted project.
pub(in crate::sandbox) fn churn(
    shared: &Shared,
    firm: &Tenant,
    churn: &Churn,
    now: DateTime<Utc>,
) -> Report {
    let desk = &mut Desk::of(shared, firm, now);
    let random = &mut Random::topic(churn.seed, "propstreet changes");

    // Prospects last, when their projects are gone.
    let kinds = [
        (Kind::Project, 2, desk.live(Kind::Project)),
        (Kind::NetworkContact, 2, desk.live(Kind::NetworkContact)),
        (Kind::NetworkCompany, 1, desk.live(Kind::NetworkCompany)),
    ];
    let mut deleted =
        Urn::new(churn, "propstreet deletions", kinds).draw(churn.deleted.div_ceil(2));
    desk.delete_each(&deleted);
    let kinds = [(Kind::Prospect, 1, desk.live(Kind::Prospect))];
    let prospects = Urn::new(churn, "propstreet prospects", kinds);
    let prospects = { prospects }.draw(churn.deleted - deleted.len());
    desk.delete_each(&prospects);
    deleted.extend(prospects);

    let kinds = [
        (Kind::Project, 2, desk.live(Kind::Project)),
        (Kind::Prospect, 4, desk.live(Kind::Prospect)),
        (Kind::NetworkContact, 2, desk.live(Kind::NetworkContact)),
        (Kind::NetworkCompany, 1, desk.live(Kind::NetworkCompany)),
        (Kind::Property, 1, desk.live(Kind::Property)),
    ];
    let changed = Urn::new(churn, "propstreet draws", kinds).draw(churn.changed);
    for (kind, id) in &changed {
        desk.rewrite(*kind, *id, random);
    }

    let created = (0..churn.created).filter_map(|index| match index % 10 {
        0 | 5 => Some((Kind::Project, desk.open(random))),
        1 | 6 => Some((Kind::NetworkContact, desk.meet(false, random)?)),
        8 => Some((Kind::NetworkCompany, desk.meet(true, random)?)),
        _ => Some((Kind::Prospect, desk.invite(random)?)),
    });
    let created = listed(created);
    Report {
        at: now,
        changed: listed(changed),
        deleted: listed(deleted),
        created,
    }
}

const DRAWN: &str = "drawn from the world a moment ago";

impl Desk<'_> {
    /// The ids of what a list shows that is not asked for deleted records.
    fn live(&self, kind: Kind) -> Vec<u64> {
        let world = &self.world;
        let is_open = |deal: &&Deal| deal.deleted_at.is_none();
        let investors = |is_company| {
            let all = world.investors.iter();
            let live = all.filter(move |its| its.is_company == is_company);
            live.filter(|its| its.deleted_at.is_none())
                .map(|its| its.id)
                .collect()
        };
        match kind {
            Kind::Project => world
                .deals
                .iter()
                .filter(is_open)
                .map(|its| its.id)
                .collect(),
            Kind::Prospect => {
                let live = world.bids.iter().filter(|its| its.deleted_at.is_none());
                let seen = live.filter(|its| world.deal(its.deal).as_ref().is_some_and(is_open));
                seen.map(|its| its.id).collect()
            }
            Kind::NetworkContact => investors(false),
            Kind::NetworkCompany => investors(true),
            Kind::Property => world.profiles.iter().map(|its| its.id).collect(),
            Kind::Unit | Kind::Contact | Kind::Protocol => Vec::new(),
        }
    }

    fn delete_each(&mut self, deleted: &[(Kind, u64)]) {
        for (kind, id) in deleted {
            match kind {
                Kind::Project => {
                    let mut deal = self.world.deal(*id).expect(DRAWN).clone();
                    deal.updated_at = self.moment(deal.updated_at);
                    deal.deleted_at = Some(deal.updated_at);
                    self.keep_deal(deal);
                }
                Kind::Prospect => {
                    let mut bid = self.world.bid(*id).expect(DRAWN).clone();
                    bid.updated_at = self.moment(bid.updated_at);
                    bid.deleted_at = Some(bid.updated_at);
                    self.keep_bid(bid);
                }
                _ => {
                    let mut investor = self.drawn_investor(*kind, *id);
                    investor.updated_at = self.moment(investor.updated_at);
                    investor.deleted_at = Some(investor.updated_at);
                    self.keep_investor(investor);
                }
            }
        }
    }

    fn drawn_investor(&self, kind: Kind, id: u64) -> Investor {
        let is_company = kind == Kind::NetworkCompany;
        self.world.investor(is_company, id).expect(DRAWN).clone()
    }

    fn rewrite(&mut self, kind: Kind, id: u64, random: &mut Random) {
        match kind {
            Kind::Project => {
                let mut deal = self.world.deal(id).expect(DRAWN).clone();
                deal.updated_at = self.moment(deal.updated_at);
                rewrite_deal(&mut deal, random);
                self.keep_deal(deal);
            }
            Kind::Prospect => {
                let mut bid = self.world.bid(id).expect(DRAWN).clone();
                bid.updated_at = self.moment(bid.updated_at);
                bid.classification = another(&STAGES, Some(bid.classification), random);
                self.keep_bid(bid);
            }
            Kind::Property => {
                let mut profile: Profile = self.world.profile(id).expect(DRAWN).clone();
                profile.updated_at = self.moment(profile.updated_at);
                profile.built += 1;
                self.keep_profile(profile);
            }
            _ => {
                let mut investor = self.drawn_investor(kind, id);
                investor.updated_at = self.moment(investor.updated_at);
                match investor.tags.iter().position(|tag| tag == "Wiedervorlage") {
                    Some(at) => drop(investor.tags.remove(at)),
                    None => investor.tags.push("Wiedervorlage".to_owned()),
                }
                self.keep_investor(investor);
            }
        }
    }

    /// A new project on some unit, referred to where no other project refers to it.
    fn open(&mut self, random: &mut Random) -> u64 {
        let id = self.next_deal();
        let units = &self.world.units;
        let unit = (!units.is_empty()).then(|| random.pick(units));
        let reference = unit.map(|unit| Reference {
            namespace: "propstack".to_owned(),
            id: unit.id.to_string(),
        });
        let mut references: Vec<_> = reference.into_iter().collect();
        references.retain(|its| {
            !self
                .index
                .projects
                .is_taken(std::slice::from_ref(its), None)
        });
        let name = unit.map_or_else(
            || format!("Neues Projekt {id}"),
            |unit| {
                format!(
                    "Neues Angebot {} {}",
                    unit.place.street, unit.place.house_number
                )
            },
        );
        let deal = Deal {
            id,
            name,
            portfolio_size: None,
            status: "open",
            classification: Some("draft"),
            teaser_stage: None,
            mandate: None,
            price: None,
            price_range: None,
            references,
            profile: None,
            subject: unit.map(|unit| Subject::Unit(unit.id)),
            moved_at: self.now,
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
        };
        self.keep_deal(deal);
        id
    }

    /// A new person or firm of the network, whom the CRM does not know.
    fn meet(&mut self, is_company: bool, random: &mut Random) -> Option<u64> {
        let known = self.world.investors.iter();
        let known: Vec<&Investor> = known.filter(|its| its.is_company == is_company).collect();
        let id = known.last()?.id + 1;
        let template = (*random.pick(&known)).clone();
        let name = random.pick(&known).name.clone();
        self.keep_investor(Investor {
            id,
            name,
            person: None,
            company: None,
            email: (!is_company).then(|| format!("neu.{id}@anleger.example")),
            references: Vec::new(),
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
            ..template
        });
        Some(id)
    }

    /// A new prospect: a person who is in no other way on the project.
    fn invite(&mut self, random: &mut Random) -> Option<u64> {
        let (deals, persons) = (self.live(Kind::Project), self.live(Kind::NetworkContact));
        if deals.is_empty() || persons.is_empty() {
            return None;
        }
        // Nearly every pair is free: a few throws find one.
        let is_free = |deal: u64, person: u64| {
            let bids = self.index.prospects_of_contact.get(&person);
            let bids = bids.into_iter().flatten();
            let mut bids = bids.filter_map(|id| self.world.bid(*id));
            !bids.any(|its| its.deal == deal)
        };
        let mut throws = (0..50).map(|_| (*random.pick(&deals), *random.pick(&persons)));
        let (deal, person) = throws.find(|(deal, person)| is_free(*deal, *person))?;
        let id = self.next_bid();
        let company = self.world.investor(false, person)?.company;
        self.keep_bid(Bid {
            id,
            deal,
            person: Some(person),
            company,
            classification: STAGES[0],
            teaser_deadline: None,
            teaser_accepted: None,
            references: Vec::new(),
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
        });
        Some(id)
    }
}

fn rewrite_deal(deal: &mut Deal, random: &mut Random) {
    match random.below(4) {
        0 => {
            let thousands = 150 + random.below(900_000);
            deal.price_range = None;
            deal.price = Some(Price::euros(thousands.to_string(), "thousands"));
        }
        1 => deal.classification = Some(another(&CLASSIFICATIONS, deal.classification, random)),
        2 => {
            deal.teaser_stage = Some(another(&TEASER_STAGES, deal.teaser_stage, random));
            deal.moved_at = deal.updated_at;
        }
        _ => {
            const NOTE: &str = " (neu bewertet)";
            match deal.name.strip_suffix(NOTE) {
                Some(name) => deal.name = name.to_owned(),
                None => deal.name.push_str(NOTE),
            }
        }
    }
}

/// Any of `words` but the one that is there.
fn another(words: &[&'static str], former: Option<&str>, random: &mut Random) -> &'static str {
    let at = words.iter().position(|its| Some(*its) == former);
    match at {
        Some(at) => words[(at + 1 + random.below(words.len() - 1)) % words.len()],
        None => words[random.below(words.len())],
    }
}
