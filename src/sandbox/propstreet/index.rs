//! What Propstreet keeps beside the world: list orders, etags, and who is named how elsewhere.
//!
//! Built once from a world, so that no single read scans it. Then it follows every write, under the
//! lock of the change itself: see `change`.

use std::{
    collections::{BTreeSet, HashMap},
    sync::RwLock,
};

use chrono::{DateTime, Utc};

use super::{page::Position, prospect::company_of};
use crate::sandbox::{
    Tenant,
    world::{Bid, Deal, Investor, Profile, Reference, World},
};

/// One tenant's look-ups.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Index {
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
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// The order of its lists, deleted records included.
    pub(super) order: BTreeSet<Position>,
    entries: HashMap<u64, Entry>,
    references: HashMap<Name, u64>,
}

/// A name elsewhere as it is looked up: the namespace in lower case, and the id.
type Name = (String, String);

/// How a record stands on its shelf.
#[derive(Debug)]
struct Entry {
    updated_at: DateTime<Utc>,
    etag: u64,
    names: Vec<Name>,
}

impl Index {
    /// The index of a firm, made from its world when it is first asked for. The world is locked
    /// before its index, always.
    pub(super) fn of<'a>(firm: &'a Tenant, world: &World) -> &'a RwLock<Self> {
        let index = &firm.propstreet_index;
        index.get_or_init(|| RwLock::new(Self::new(world)))
    }

    /// Looks once at everything in `world` that Propstreet holds.
    fn new(world: &World) -> Self {
        let mut index = Self::default();
        for deal in &world.deals {
            index.put_deal(deal);
        }
        for profile in &world.profiles {
            index.put_profile(profile);
        }
        for investor in &world.investors {
            index.put_investor(investor);
        }
        for bid in &world.bids {
            index.put_bid(world, bid);
        }
        index
    }

    /// Takes in a deal, new or changed.
    pub(super) fn put_deal(&mut self, deal: &Deal) {
        let etag = self.next_etag();
        let references = live(&deal.references, deal.deleted_at.is_none());
        let position = (deal.updated_at, deal.id);
        self.projects.put(position, etag, references);
        self.prospects.entry(deal.id).or_default();
    }

    /// Takes in a profile, new or changed.
    pub(super) fn put_profile(&mut self, profile: &Profile) {
        let etag = self.next_etag();
        let position = (profile.updated_at, profile.id);
        self.properties.put(position, etag, &profile.references);
    }

    /// Takes in an investor, new or changed. Whom a person works for never changes.
    pub(super) fn put_investor(&mut self, investor: &Investor) {
        let etag = self.next_etag();
        let references = live(&investor.references, investor.deleted_at.is_none());
        let position = (investor.updated_at, investor.id);
        if investor.is_company {
            self.companies.put(position, etag, references);
            return;
        }
        let is_new = self.contacts.put(position, etag, references);
        if let Some(company) = investor.company.filter(|_| is_new) {
            let colleagues = self.contacts_of_company.entry(company).or_default();
            colleagues.push(investor.id);
        }
    }

    /// Takes in a bid of `world`, new or changed. Who stands behind it never changes.
    pub(super) fn put_bid(&mut self, world: &World, bid: &Bid) {
        let etag = self.next_etag();
        let references = live(&bid.references, bid.deleted_at.is_none());
        let shelf = self.prospects.entry(bid.deal).or_default();
        let is_new = shelf.put((bid.updated_at, bid.id), etag, references);
        if !is_new {
            return;
        }
        if let Some(person) = bid.person {
            let prospects = self.prospects_of_contact.entry(person).or_default();
            prospects.push(bid.id);
        }
        if let Some(company) = company_of(world, bid) {
            let prospects = self.prospects_of_company.entry(company).or_default();
            prospects.push(bid.id);
        }
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
    /// Puts a record in its place, away from where it stood, and under its names alone; says
    /// whether it is new here.
    fn put(&mut self, position: Position, etag: u64, references: &[Reference]) -> bool {
        let (updated_at, id) = position;
        let name = |its: &Reference| (its.namespace.to_lowercase(), its.id.clone());
        let entry = Entry {
            updated_at,
            etag,
            names: references.iter().map(name).collect(),
        };
        let names = entry.names.clone();
        let former = self.entries.insert(id, entry);
        let is_new = former.is_none();
        if let Some(former) = former {
            self.order.remove(&(former.updated_at, id));
            for name in &former.names {
                if self.references.get(name) == Some(&id) {
                    self.references.remove(name);
                }
            }
        }
        self.order.insert(position);
        self.references
            .extend(names.into_iter().map(|name| (name, id)));
        is_new
    }

    /// The version of a record as header and body show it.
    pub(super) fn etag(&self, id: u64) -> String {
        let counter = self.entries.get(&id).map_or(0, |entry| entry.etag);
        format!("W/\"{counter}\"")
    }

    /// Whether any of these names is another record's than `own`.
    pub(super) fn is_taken(&self, references: &[Reference], own: Option<u64>) -> bool {
        references.iter().any(|its| {
            let holder = self.referenced(&its.namespace, &its.id);
            holder.is_some() && holder != own
        })
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
