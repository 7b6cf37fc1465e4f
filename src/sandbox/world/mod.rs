//! The firm whose data the three simulated systems hold: the ground truth, free of any wire shape.
//!
//! Everything follows from a seed and a size, so two runs are alike. The servers add each system's
//! own habits (labels, omitted nulls, number types) when they render a record.

use std::collections::HashMap;

mod crm;
mod generate;
mod handover;
mod mark;
mod market;
pub mod random;
pub mod truth;

pub use crm::{
    Broker, Development, Document, DocumentOwner, Label, Person, Role, Unit, UnitKind, Upload,
};
pub use generate::Plan;
pub use handover::{Clue, Handover, HandoverPerson, HardCase};
pub use market::{Bid, Deal, Investor, Price, PriceRange, Profile, Reference, Subject};

/// One firm's records in all three systems.
#[derive(Debug)]
pub struct World {
    /// Buildings and quarters, by ascending id.
    pub developments: Vec<Development>,
    /// Flats, houses, shops and garages, by ascending id: development by development, and at the
    /// end those that belong to none.
    pub units: Vec<Unit>,
    /// The firm's list of unit statuses, in its order.
    pub statuses: Vec<Label>,
    /// The firm's words for units.
    pub unit_tags: Vec<Label>,
    /// Everybody the firm knows, by ascending id.
    pub people: Vec<Person>,
    /// The firm's list of contact statuses, in its order.
    pub contact_statuses: Vec<Label>,
    /// Where the firm's contacts come from.
    pub sources: Vec<Label>,
    /// The firm's own staff, by ascending id.
    pub brokers: Vec<Broker>,
    /// What is kept with units, developments and people, by ascending id.
    pub documents: Vec<Document>,
    /// Hand-overs held in deep.rent, newest first; of equal age, the greater id first.
    pub handovers: Vec<Handover>,
    /// Investment projects held in Propstreet, by ascending id.
    pub deals: Vec<Deal>,
    /// Property profiles held in Propstreet, by ascending id.
    pub profiles: Vec<Profile>,
    /// The Propstreet network: persons, then firms that may invest, each by ascending id.
    pub investors: Vec<Investor>,
    /// Who was offered which deal, by ascending id.
    pub bids: Vec<Bid>,
    /// Positions in `documents` by what they are attached to.
    documents_of: HashMap<DocumentOwner, Vec<usize>>,
    /// Positions in `units` of those that a person is tied to.
    units_of: HashMap<u64, Vec<usize>>,
}

impl World {
    /// The unit of that id.
    pub fn unit(&self, id: u64) -> Option<&Unit> {
        by_id(&self.units, id, |unit| unit.id)
    }

    /// The development of that id.
    pub fn development(&self, id: u64) -> Option<&Development> {
        by_id(&self.developments, id, |development| development.id)
    }

    /// The person of that id.
    pub fn person(&self, id: u64) -> Option<&Person> {
        by_id(&self.people, id, |person| person.id)
    }

    /// The broker of that id.
    pub fn broker(&self, id: u64) -> Option<&Broker> {
        by_id(&self.brokers, id, |broker| broker.id)
    }

    /// The document of that id.
    pub fn document(&self, id: u64) -> Option<&Document> {
        by_id(&self.documents, id, |document| document.id)
    }

    /// The deal of that id.
    pub fn deal(&self, id: u64) -> Option<&Deal> {
        by_id(&self.deals, id, |deal| deal.id)
    }

    /// The bid of that id.
    pub fn bid(&self, id: u64) -> Option<&Bid> {
        by_id(&self.bids, id, |bid| bid.id)
    }

    /// The profile of that id.
    pub fn profile(&self, id: u64) -> Option<&Profile> {
        by_id(&self.profiles, id, |profile| profile.id)
    }

    /// The investor of that id, among persons or among firms.
    pub fn investor(&self, is_company: bool, id: u64) -> Option<&Investor> {
        let at = self
            .investors
            .binary_search_by_key(&(is_company, id), |investor| {
                (investor.is_company, investor.id)
            });
        at.ok().map(|at| &self.investors[at])
    }

    /// What is kept with a record, by ascending id.
    pub fn documents_of(&self, owner: DocumentOwner) -> impl Iterator<Item = &Document> {
        let positions = self.documents_of.get(&owner).into_iter().flatten();
        positions.map(|at| &self.documents[*at])
    }

    /// Keeps one more document, whose id is greater than any.
    pub fn add_document(&mut self, document: Document) {
        let positions = self.documents_of.entry(document.owner).or_default();
        positions.push(self.documents.len());
        self.documents.push(document);
    }

    /// Sets the positions right after records came or went.
    pub(super) fn reindex(&mut self) {
        self.documents_of = generate::documents_by_owner(&self.documents);
        self.units_of = generate::units_by_person(&self.units);
    }

    /// The units that a person is tied to, by ascending id.
    pub fn units_of(&self, person: u64) -> impl Iterator<Item = &Unit> {
        let positions = self.units_of.get(&person).into_iter().flatten();
        positions.map(|at| &self.units[*at])
    }
}

fn by_id<T>(records: &[T], id: u64, key: impl Fn(&T) -> u64) -> Option<&T> {
    let at = records.binary_search_by_key(&id, key);
    at.ok().map(|at| &records[at])
}

/// A place as people write it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Without the number.
    pub street: String,
    /// With its letter, if any: `12 a`.
    pub house_number: String,
    /// Five digits.
    pub postal_code: String,
    /// The city.
    pub city: String,
    /// The quarter of the city.
    pub district: String,
    /// The federal state.
    pub region: String,
    /// WGS 84, degrees.
    pub latitude: f64,
    /// WGS 84, degrees.
    pub longitude: f64,
}
