//! Prospects of a project: list (R1), one by id (R3) or by reference (R6).
//!
//! `write` adds and changes one, `batch` adds many, and `classify` moves many to a stage; `candidate`
//! is who is to be added.

use axum::{Extension, response::Response};
use serde_json::{Value, json};

use super::{
    Path, View,
    auth::Caller,
    page::Window,
    problem::Problem,
    project,
    query::Query,
    record::{self, Stamp},
};
use crate::sandbox::world::{Bid, Investor, World};

mod batch;
mod candidate;
mod classify;
mod write;

pub use batch::BatchCodes;
pub(super) use batch::create as create_batch;
pub(super) use classify::classify;
pub(super) use write::{change, create, delete, remove};

/// The stages of the pipeline.
pub(super) const STAGES: [&str; 5] = [
    "not_contacted",
    "contacted",
    "interested",
    "not_interested",
    "bidder",
];

/// R1.
pub(super) async fn list(
    Extension(caller): Extension<Caller>,
    Path(project): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let window = Window::from_query(&query, 500)?;
    let shows_deleted = query.flag("include_deleted")?;
    let needs_chat = query.choice("capability", &["chat"])?.is_some();
    let stage = query.choice("classification", &STAGES)?;
    let tags = query.all("tags");

    let view = caller.view();
    let deal = view.deal(&project)?;
    let pick = |id| {
        let bid = view.world.bid(id)?;
        // Tags match exactly, case and all (assumed).
        let has_tag = |tag: &&str| backer(&view.world, bid).tags.iter().any(|own| own == tag);
        let fits = (shows_deleted || bid.deleted_at.is_none())
            && (!needs_chat || bid.teaser_accepted.is_some())
            && stage.is_none_or(|wanted| bid.classification == wanted)
            && (tags.is_empty() || tags.iter().any(has_tag));
        fits.then(|| view.prospect(bid))
    };
    let page = window.walk(&view.index.prospects(deal.id).order, pick);
    Ok(record::list(page, &view.switches))
}

/// R3.
pub(super) async fn one(
    Extension(caller): Extension<Caller>,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let bid = find(&view.world, &project, &id)?;
    Ok(record::one(view.prospect(bid), &view.switches))
}

/// R6.
pub(super) async fn by_reference(
    Extension(caller): Extension<Caller>,
    Path((project, namespace, id)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let deal = view.deal(&project)?;
    let shelf = view.index.prospects(deal.id);
    let found = shelf.referenced(&namespace, &id);
    let bid = found.and_then(|id| view.world.bid(id));
    let bid = bid.ok_or_else(Problem::not_found)?;
    Ok(record::one(view.prospect(bid), &view.switches))
}

impl View<'_> {
    fn prospect(&self, bid: &Bid) -> Value {
        let company = company_of(&self.world, bid);
        let company_name = company.and_then(|id| self.world.investor(true, id));
        let backer = backer(&self.world, bid);
        let stamp = Stamp {
            kind: "prospects",
            id: bid.id,
            created_at: bid.created_at,
            updated_at: bid.updated_at,
            deleted_at: bid.deleted_at,
            etag: self.index.prospects(bid.deal).etag(bid.id),
        };
        stamp.on(json!({
            "projectId": record::id(bid.deal),
            "contactId": bid.person.map(record::id),
            "companyId": company.map(record::id),
            "displayName": full_name(backer),
            "organizationName": company_name.map(|company| &company.name),
            "classification": bid.classification,
            "capabilities": bid.teaser_accepted.map_or(json!([]), |_| json!(["chat"])),
            "tags": backer.tags,
            "teaser": bid.teaser_deadline.map(|deadline| json!({
                "acceptedUtc": bid.teaser_accepted,
                "deadlineUtc": deadline,
            })),
            "externalRefs": record::references(&bid.references),
        }))
    }
}

/// The prospect of two path segments, unless it or its project is deleted.
fn find<'a>(world: &'a World, project: &str, id: &str) -> Result<&'a Bid, Problem> {
    let deal = project::find(world, project)?;
    let bid = super::number(id).and_then(|id| world.bid(id));
    bid.filter(|bid| bid.deal == deal.id && bid.deleted_at.is_none())
        .ok_or_else(Problem::not_found)
}

/// A prospect's firm: the one that was added, or the one that the added person works for.
pub(super) fn company_of(world: &World, bid: &Bid) -> Option<u64> {
    let employer = || world.investor(false, bid.person?)?.company;
    bid.company.or_else(employer)
}

/// Who was added, and so whose tags a prospect shows: the person, or the firm alone.
fn backer<'a>(world: &'a World, bid: &Bid) -> &'a Investor {
    let person = bid.person.and_then(|id| world.investor(false, id));
    let backer = person.or_else(|| world.investor(true, bid.company?));
    backer.expect("a bid names a person or a firm of its world")
}

/// What people call an investor.
pub(super) fn full_name(investor: &Investor) -> String {
    match &investor.first_name {
        Some(first_name) => format!("{first_name} {}", investor.name),
        None => investor.name.clone(),
    }
}
