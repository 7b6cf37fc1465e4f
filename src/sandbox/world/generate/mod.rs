//! Makes a [`World`] from a seed and a size.
//!
//! Each topic draws from a sequence of its own, in the order in which one builds on the other:
//! units, people, hand-overs, deals, investors, documents. The first rows by ascending id are the
//! showcase: rentals of one development with owner, tenant, documents and linked protocols, and a
//! portfolio deal on that development.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use self::{calendar::Calendar, places::Streets};
use super::{Document, Label, Unit, World, random::Random};

mod calendar;
mod deals;
mod documents;
mod handovers;
mod hard_case;
mod investors;
mod names;
mod people;
mod places;
#[cfg(test)]
mod tests;
mod units;

/// What a firm is to be like; a number alone counts its units.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Flats, houses, shops and garages; what is not counted apart grows with them.
    pub units: usize,
    /// Contacts, where they are counted apart.
    pub contacts: Option<usize>,
    /// Whether it holds what makes it hard to tell who is who: see [`HardCase`](super::HardCase).
    pub hard_cases: bool,
}

impl From<usize> for Plan {
    fn from(units: usize) -> Self {
        Self {
            units,
            contacts: None,
            hard_cases: false,
        }
    }
}

impl World {
    /// Makes such a firm.
    ///
    /// Per 240 units: 400 people, 120 hand-overs, 30 deals, 180 investors, 600 bids. All instants
    /// lie before midnight of `today`. A world of an odd seed shares no id with one of an even seed;
    /// those whose seeds end in the same 32 bits share them all, as far as the smaller one goes.
    pub fn generate(plan: impl Into<Plan>, seed: u64, today: DateTime<Utc>) -> Self {
        let Plan {
            units,
            contacts,
            hard_cases,
        } = plan.into();
        let contacts = contacts.unwrap_or(units * 5 / 3);
        let calendar = Calendar::new(today);
        let streets = &mut Streets::new(seed);
        let label_ids = &mut Ids::new(seed, 254_000);
        let statuses = units::statuses(label_ids);
        let brokers = people::brokers(units, seed);
        let broker_ids: Vec<_> = brokers.iter().map(|broker| broker.id).collect();
        let (developments, mut stock) =
            units::generate(units, seed, calendar, &broker_ids, streets);
        let mut people = people::generate(contacts, seed, calendar, &broker_ids, streets);
        people::settle(&mut stock, &people, &statuses, seed);
        if hard_cases {
            hard_case::families(&stock, &mut people);
        }
        let mut handovers = handovers::generate(
            units / 2,
            seed,
            calendar,
            &mut stock,
            &people,
            &brokers,
            streets,
        );
        if hard_cases {
            hard_case::handovers(&mut handovers, &stock, seed);
        }
        let (mut deals, profiles) =
            deals::generate(units / 8, seed, calendar, &developments, &stock);
        if hard_cases {
            hard_case::deals(&mut deals);
        }
        let mut investors = investors::generate(units * 3 / 4, seed, calendar, &people);
        if hard_cases {
            hard_case::investors(&mut investors, &people, seed);
        }
        let bids = investors::bids(units * 5 / 2, seed, calendar, &deals, &investors);
        let documents =
            documents::generate(seed, calendar, &developments, &stock, &people, &handovers);
        Self {
            unit_tags: units::tags(label_ids),
            contact_statuses: people::statuses(label_ids),
            sources: people::sources(label_ids),
            documents_of: documents_by_owner(&documents),
            units_of: units_by_person(&stock),
            developments,
            units: stock,
            statuses,
            people,
            brokers,
            documents,
            handovers,
            deals,
            profiles,
            investors,
            bids,
        }
    }
}

pub(super) fn documents_by_owner(
    documents: &[Document],
) -> HashMap<super::DocumentOwner, Vec<usize>> {
    let mut index = HashMap::<_, Vec<_>>::new();
    for (position, document) in documents.iter().enumerate() {
        index.entry(document.owner).or_default().push(position);
    }
    index
}

pub(super) fn units_by_person(units: &[Unit]) -> HashMap<u64, Vec<usize>> {
    let mut index = HashMap::<_, Vec<_>>::new();
    for (position, unit) in units.iter().enumerate() {
        for (_, person) in &unit.people {
            index.entry(*person).or_default().push(position);
        }
    }
    index
}

/// What ids are drawn from: records of different content may share them.
fn id_seed(seed: u64) -> u64 {
    seed & u64::from(u32::MAX)
}

/// Ascending ids with gaps, as records that others made or deleted leave them.
struct Ids {
    random: Random,
    last: u64,
}

impl Ids {
    fn new(seed: u64, base: u64) -> Self {
        let seed = id_seed(seed);
        // Room for millions of records of one kind.
        let range = if seed.is_multiple_of(2) {
            50_000_000
        } else {
            0
        };
        Self {
            random: Random::new(seed ^ base),
            last: base + range,
        }
    }

    fn next(&mut self) -> u64 {
        self.last += 1 + self.random.below(3) as u64;
        self.last
    }

    fn labels(&mut self, rows: &[(&'static str, &'static str)]) -> Vec<Label> {
        rows.iter()
            .map(|(name, color)| Label {
                id: self.next(),
                name: (*name).to_owned(),
                color,
            })
            .collect()
    }
}
