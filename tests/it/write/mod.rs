//! Changes of records through the graph: each mutation, races, retries and crashes.

mod batch;
mod conflict;
mod document;
mod error;
mod fresh;
mod idempotency;
mod import;
mod permission;
mod project;
mod prospect;
mod protocol;
mod reference;

use hausgraph::{
    model::{ProjectId, ProspectId},
    sandbox::world::{Bid, Deal},
};
use serde_json::Value;

use crate::support::TestGateway;

impl TestGateway {
    /// An open project of the demo organisation.
    fn project(&self) -> ProjectId {
        self.project_where(|_| true)
    }

    /// The first such project that is not deleted.
    fn project_where(&self, keep: impl Fn(&Deal) -> bool) -> ProjectId {
        let world = self.sandbox.shared.tenants[0].world();
        let mut deals = world.deals.iter();
        let deal =
            deals.find(|deal| deal.deleted_at.is_none() && deal.status == "open" && keep(deal));
        ProjectId::new(deal.unwrap().id.to_string())
    }

    /// The first prospect of a project that is not deleted.
    fn prospect(&self) -> ProspectId {
        let world = self.sandbox.shared.tenants[0].world();
        let is_there = |bid: &&Bid| {
            let deal = world.deal(bid.deal);
            bid.deleted_at.is_none() && deal.is_some_and(|deal| deal.deleted_at.is_none())
        };
        let bid = world.bids.iter().find(is_there).unwrap();
        let project = ProjectId::new(bid.deal.to_string());
        ProspectId::new(project, bid.id.to_string())
    }
}

/// The `__typename` and code of each error.
fn errors(payload: &Value) -> Vec<(&str, &str)> {
    let errors = payload["errors"].as_array().unwrap().iter();
    errors
        .map(|error| {
            (
                error["__typename"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect()
}
