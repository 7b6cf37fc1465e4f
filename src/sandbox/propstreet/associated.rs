//! In which projects a contact (N1) or a company (N2) appears as a prospect.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Extension, response::Response};
use serde_json::{Value, json};

use super::{
    Path, View, auth::Caller, page::Window, problem::Problem, project, prospect::STAGES,
    query::Query, record,
};
use crate::sandbox::world::{Bid, Deal};

/// N1.
pub(super) async fn of_contact(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let view = caller.view();
    let contact = view.investor(false, &id)?;
    let prospects = view.index.prospects_of_contact.get(&contact.id);
    list(&view, prospects.map_or(&[], Vec::as_slice), &query)
}

/// N2. A firm is on a project by itself or by one of its contacts; where both, its own prospect
/// stands for the project (assumed: the contract gives one row and one `prospectId` per project).
pub(super) async fn of_company(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let view = caller.view();
    let company = view.investor(true, &id)?;
    let prospects = view.index.prospects_of_company.get(&company.id);
    list(&view, prospects.map_or(&[], Vec::as_slice), &query)
}

fn list(view: &View<'_>, prospects: &[u64], query: &Query) -> Result<Response, Problem> {
    let window = Window::from_query(query, 100)?;
    let status = query.choice("status", &["open", "closed"])?;
    let stage = query.choice("classification", &STAGES)?;

    let mut by_project = BTreeMap::<u64, &Bid>::new();
    let bids = prospects.iter().filter_map(|id| view.world.bid(*id));
    for bid in bids.filter(|bid| bid.deleted_at.is_none()) {
        let known = by_project.entry(bid.deal).or_insert(bid);
        if known.person.is_some() && bid.person.is_none() {
            *known = bid;
        }
    }
    let deals = by_project.keys().filter_map(|id| view.world.deal(*id));
    let order: BTreeSet<_> = deals.map(|deal| (deal.updated_at, deal.id)).collect();
    let pick = |id| {
        let (deal, bid) = (view.world.deal(id)?, by_project[&id]);
        let fits = deal.deleted_at.is_none()
            && status.is_none_or(|wanted| project::state(deal) == wanted)
            && stage.is_none_or(|wanted| bid.classification == wanted);
        fits.then(|| view.associated(deal, bid))
    };
    Ok(record::list(window.walk(&order, pick), &view.switches))
}

impl View<'_> {
    /// `prospectCount` counts the whole project, as the guide says; a reference page says otherwise.
    fn associated(&self, deal: &Deal, bid: &Bid) -> Value {
        let all = self.index.prospects(deal.id).order.iter();
        let prospects = all.filter_map(|(_, id)| self.world.bid(*id));
        let count = prospects.filter(|bid| bid.deleted_at.is_none()).count();
        json!({
            "id": record::id(deal.id),
            "prospectId": record::id(bid.id),
            "name": deal.name,
            "status": project::state(deal),
            "classification": deal.classification,
            "prospectClassification": bid.classification,
            "prospectCount": count,
            "createdUtc": deal.created_at,
            "updatedUtc": deal.updated_at,
            "etag": self.index.projects.etag(deal.id),
        })
    }
}
