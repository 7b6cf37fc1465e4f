//! Changes of records: world and index move together, and every change passes here.
//!
//! A [`Desk`] shuts everybody else out while a request reads, decides and writes, so of two writers
//! with one etag exactly one wins. Whoever is to be told of changes (webhooks, which are not sent
//! yet) is to be told by the functions of [`Desk`] that keep a record: they alone know both the record
//! before and the record after.

use std::sync::{PoisonError, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use super::{Switches, View, index::Index};
use crate::sandbox::{
    Shared, Tenant,
    world::{Bid, Deal, Investor, Profile, World},
};

/// A tenant's records, to be changed by one request.
pub(super) struct Desk<'a> {
    pub(super) world: RwLockWriteGuard<'a, World>,
    pub(super) index: RwLockWriteGuard<'a, Index>,
    pub(super) switches: Switches,
    /// The sandbox's time.
    pub(super) now: DateTime<Utc>,
}

impl<'a> Desk<'a> {
    /// The records of a firm; nobody else sees them meanwhile.
    pub(super) fn of(shared: &Shared, firm: &'a Tenant, now: DateTime<Utc>) -> Self {
        let world = firm.world_mut();
        let index = Index::of(firm, &world).write();
        Self {
            index: index.unwrap_or_else(PoisonError::into_inner),
            world,
            switches: shared.switches().propstreet.clone(),
            now,
        }
    }

    /// The id of the next project.
    pub(super) fn next_deal(&self) -> u64 {
        self.world.deals.last().map_or(1, |last| last.id + 1)
    }

    /// The id of the next prospect.
    pub(super) fn next_bid(&self) -> u64 {
        self.world.bids.last().map_or(1, |last| last.id + 1)
    }

    /// When a record changes that last did at `former`: its time never goes back.
    pub(super) fn moment(&self, former: DateTime<Utc>) -> DateTime<Utc> {
        self.now.max(former)
    }

    /// Keeps a project, new or changed, under a new etag.
    pub(super) fn keep_deal(&mut self, deal: Deal) {
        self.index.put_deal(&deal);
        let deals = &mut self.world.deals;
        match deals.binary_search_by_key(&deal.id, |its| its.id) {
            Ok(at) => deals[at] = deal,
            Err(at) => deals.insert(at, deal),
        }
    }

    /// Keeps a prospect, new or changed, under a new etag.
    pub(super) fn keep_bid(&mut self, bid: Bid) {
        self.index.put_bid(&self.world, &bid);
        let bids = &mut self.world.bids;
        match bids.binary_search_by_key(&bid.id, |its| its.id) {
            Ok(at) => bids[at] = bid,
            Err(at) => bids.insert(at, bid),
        }
    }

    /// Keeps a person or a firm of the network, new or changed, under a new etag.
    pub(super) fn keep_investor(&mut self, investor: Investor) {
        self.index.put_investor(&investor);
        let key = |its: &Investor| (its.is_company, its.id);
        let investors = &mut self.world.investors;
        match investors.binary_search_by_key(&key(&investor), key) {
            Ok(at) => investors[at] = investor,
            Err(at) => investors.insert(at, investor),
        }
    }

    /// Keeps a property, changed, under a new etag.
    pub(super) fn keep_profile(&mut self, profile: Profile) {
        self.index.put_profile(&profile);
        let profiles = &mut self.world.profiles;
        if let Ok(at) = profiles.binary_search_by_key(&profile.id, |its| its.id) {
            profiles[at] = profile;
        }
    }

    /// What was written, to be shown: nobody writes in between.
    pub(super) fn into_view(self) -> View<'a> {
        View {
            world: RwLockWriteGuard::downgrade(self.world),
            index: RwLockWriteGuard::downgrade(self.index),
            switches: self.switches,
        }
    }
}
