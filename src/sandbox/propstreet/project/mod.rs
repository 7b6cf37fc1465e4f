//! Projects: list (P1), one by id (P3) or by reference (P6), and their properties (P7); `write` has
//! the rest.

use axum::{Extension, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    Path, View,
    auth::Caller,
    page::Window,
    place::Area,
    problem::Problem,
    query::Query,
    record::{self, Stamp},
};
use crate::sandbox::world::{Deal, World};

mod write;

pub(super) use write::{change, create, delete};

/// The states of a project, set by the system.
const STATUSES: [&str; 3] = ["open", "closed", "deleted"];
/// How actively a project is worked on.
pub(super) const CLASSIFICATIONS: [&str; 3] = ["draft", "active", "inactive"];
/// The teaser work, in the order of its stages.
pub(super) const TEASER_STAGES: [&str; 5] = [
    "property_added",
    "drafting",
    "published",
    "verified",
    "communicated",
];

/// P1.
pub(super) async fn list(
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Problem> {
    let window = Window::from_query(&query, 500)?;
    let status = query.choice("status", &STATUSES)?;
    let classification = query.choice("classification", &CLASSIFICATIONS)?;
    let teaser_stage = query.choice("teaser_stage", &TEASER_STAGES)?;
    let area = Area::from_query(&query)?;
    // That asking for the deleted ones by status needs no flag is assumed.
    let shows_deleted = query.flag("include_deleted")? || status == Some("deleted");

    let view = caller.view();
    let pick = |id| {
        let deal = view.world.deal(id)?;
        let fits = (shows_deleted || deal.deleted_at.is_none())
            && status.is_none_or(|wanted| wanted == state(deal))
            && classification.is_none_or(|wanted| deal.classification == Some(wanted))
            && teaser_stage.is_none_or(|wanted| deal.teaser_stage == Some(wanted))
            && area.as_ref().is_none_or(|area| view.lies_in(deal, area));
        fits.then(|| view.project(deal))
    };
    let page = window.walk(&view.index.projects.order, pick);
    Ok(record::list(page, &view.switches))
}

/// P3.
pub(super) async fn one(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let deal = view.deal(&id)?;
    Ok(record::one(view.project(deal), &view.switches))
}

/// P6.
pub(super) async fn by_reference(
    Extension(caller): Extension<Caller>,
    Path((namespace, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let found = view.index.projects.referenced(&namespace, &id);
    let deal = found.and_then(|id| view.world.deal(id));
    let deal = deal.ok_or_else(Problem::not_found)?;
    Ok(record::one(view.project(deal), &view.switches))
}

/// P7. The page beside `data` is assumed.
pub(super) async fn properties(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let window = Window::from_query(&query, 500)?;
    let view = caller.view();
    let deal = view.deal(&id)?;
    let linked = deal.profile.and_then(|id| view.world.profile(id));
    let order = linked.map(|profile| (profile.updated_at, profile.id));
    let pick = |_| linked.map(|profile| view.property(profile, None));
    let page = window.walk(&order.into_iter().collect(), pick);
    Ok(record::list(page, &view.switches))
}

impl View<'_> {
    /// The project of a path segment.
    pub(super) fn deal(&self, segment: &str) -> Result<&Deal, Problem> {
        find(&self.world, segment)
    }

    fn lies_in(&self, deal: &Deal, area: &Area) -> bool {
        let profile = deal.profile.and_then(|id| self.world.profile(id));
        profile.is_some_and(|profile| area.covers(&profile.place))
    }

    fn project(&self, deal: &Deal) -> Value {
        let linked = deal.profile.and_then(|id| self.world.profile(id));
        let linked =
            linked.map(|profile| json!([{ "id": record::id(profile.id), "name": profile.name }]));
        let exclusivity = deal.mandate.filter(|_| self.switches.exclusivity);
        let stamp = Stamp {
            kind: "projects",
            id: deal.id,
            created_at: deal.created_at,
            updated_at: deal.updated_at,
            deleted_at: deal.deleted_at,
            etag: self.index.projects.etag(deal.id),
        };
        stamp.on(json!({
            "name": deal.name,
            "asset": match deal.portfolio_size {
                Some(count) => json!({ "type": "portfolio", "propertyCount": count }),
                None => json!({ "type": "single" }),
            },
            "status": state(deal),
            "classification": deal.classification,
            "teaser": deal.teaser_stage.map(|stage| teaser(deal, stage)),
            "mandate": deal.mandate,
            "exclusivity": exclusivity,
            "price": deal.price.as_ref().map(record::price),
            "priceRange": deal.price_range.as_ref().map(|range| json!({
                "min": range.min.as_deref().map(record::decimal),
                "max": range.max.as_deref().map(record::decimal),
                "currency": range.currency,
                "scale": range.scale,
            })),
            // The fields of a transaction are nowhere described: these are ours.
            "transactions": (state(deal) == "closed").then(|| json!([{
                "completedUtc": deal.moved_at,
                "price": deal.price.as_ref().map(record::price),
            }])),
            "properties": linked,
            "externalRefs": record::references(&deal.references),
        }))
    }
}

/// The project of a path segment, unless it is deleted (assumed).
pub(super) fn find<'a>(world: &'a World, segment: &str) -> Result<&'a Deal, Problem> {
    let deal = super::number(segment).and_then(|id| world.deal(id));
    deal.filter(|deal| deal.deleted_at.is_none())
        .ok_or_else(Problem::not_found)
}

/// What the outside calls the project's status.
pub(super) fn state(deal: &Deal) -> &'static str {
    match deal.deleted_at {
        Some(_) => "deleted",
        None => deal.status,
    }
}

/// The world knows the stage; when each was reached follows from when the project was made and
/// when it last moved.
fn teaser(deal: &Deal, stage: &str) -> Value {
    let order = |wanted| TEASER_STAGES.iter().position(|known| *known == wanted);
    let reached = |wanted, days| -> Option<DateTime<Utc>> {
        let is_reached = order(stage) >= order(wanted);
        let at = deal.created_at + TimeDelta::days(days);
        is_reached.then_some(at.min(deal.moved_at))
    };
    json!({
        "stage": stage,
        "publishedUtc": reached("published", 7),
        "verifiedUtc": reached("verified", 10),
        "communicatedUtc": reached("communicated", 14),
    })
}
