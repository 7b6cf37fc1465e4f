//! What Propstreet keeps beside the world: list orders, etags, and who is named how elsewhere.
//!
//! Built once from a world, so that no single read scans it. A write will have to [`Shelf::put`] the
//! record again, under the same lock as the change itself.

use std::collections::{BTreeSet, HashMap};

use super::{page::Position, prospect::company_of};
use crate::sandbox::world::{Reference, World};

/// One tenant's look-ups.
#[derive(Default)]
pub(super) struct Index {
    /// Every project.
    pub(super) projects: Shelf,
    /// Every property.
    pub(super) properties: Shelf,
    /// Every contact.
    pub(super) contacts: Shelf,
    /// Every company.
    pub(super) companies: Shelf,
    /// The prospects of each project, which has a shelf even when it has none.
    prospects: HashMap<u64, Shelf>,
    /// The prospects that a contact stands behind, by ascending id.
    pub(super) prospects_of_contact: HashMap<u64, Vec<u64>>,
    /// The prospects that a company stands behind, itself or by one of its contacts.
    pub(super) prospects_of_company: HashMap<u64, Vec<u64>>,
    /// Who works for a company, by ascending id.
    pub(super) contacts_of_company: HashMap<u64, Vec<u64>>,
    last_etag: u64,
}

/// The records of one kind, or of one kind inside one project.
#[derive(Default)]
pub(super) struct Shelf {
    /// The order of its lists, deleted records included.
    pub(super) order: BTreeSet<Position>,
    etags: HashMap<u64, u64>,
    references: HashMap<(String, String), u64>,
}

impl Index {
    /// Looks once at everything in `world` that Propstreet holds.
    pub(super) fn new(world: &World) -> Self {
        let mut index = Self::default();
        for deal in &world.deals {
            let etag = index.next_etag();
            let references = live(&deal.references, deal.deleted_at.is_none());
            let position = (deal.updated_at, deal.id);
            index.projects.put(position, etag, references);
            index.prospects.entry(deal.id).or_default();
        }
        for profile in &world.profiles {
            let etag = index.next_etag();
            let position = (profile.updated_at, profile.id);
            index.properties.put(position, etag, &profile.references);
        }
        for investor in &world.investors {
            let etag = index.next_etag();
            let references = live(&investor.references, investor.deleted_at.is_none());
            let position = (investor.updated_at, investor.id);
            if investor.is_company {
                index.companies.put(position, etag, references);
                continue;
            }
            index.contacts.put(position, etag, references);
            if let Some(company) = investor.company {
                let colleagues = index.contacts_of_company.entry(company).or_default();
                colleagues.push(investor.id);
            }
        }
        for bid in &world.bids {
            let etag = index.next_etag();
            let references = live(&bid.references, bid.deleted_at.is_none());
            let shelf = index.prospects.entry(bid.deal).or_default();
            shelf.put((bid.updated_at, bid.id), etag, references);
            if let Some(person) = bid.person {
                let prospects = index.prospects_of_contact.entry(person).or_default();
                prospects.push(bid.id);
            }
            if let Some(company) = company_of(world, bid) {
                let prospects = index.prospects_of_company.entry(company).or_default();
                prospects.push(bid.id);
            }
        }
        index
    }

    /// The prospects of a project of this world.
    pub(super) fn prospects(&self, project: u64) -> &Shelf {
        let shelf = self.prospects.get(&project);
        shelf.expect("every project has a shelf for its prospects")
    }

    fn next_etag(&mut self) -> u64 {
        self.last_etag += 1;
        self.last_etag
    }
}

impl Shelf {
    fn put(&mut self, position: Position, etag: u64, references: &[Reference]) {
        self.order.insert(position);
        self.etags.insert(position.1, etag);
        for reference in references {
            let name = (reference.namespace.to_lowercase(), reference.id.clone());
            self.references.insert(name, position.1);
        }
    }

    /// The version of a record as header and body show it.
    pub(super) fn etag(&self, id: u64) -> String {
        let counter = self.etags.get(&id).copied().unwrap_or_default();
        format!("W/\"{counter}\"")
    }

    /// The record that has that name elsewhere: the namespace in any case, the id letter by letter.
    pub(super) fn referenced(&self, namespace: &str, id: &str) -> Option<u64> {
        let name = (namespace.to_lowercase(), id.to_owned());
        self.references.get(&name).copied()
    }
}

/// Deleted records free their references (assumed).
fn live(references: &[Reference], is_live: bool) -> &[Reference] {
    if is_live { references } else { &[] }
}
