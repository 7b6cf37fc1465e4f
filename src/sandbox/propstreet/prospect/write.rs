//! Prospects are added (R2), changed (R4), deleted (R5) and removed (R8).

use axum::{Extension, http::StatusCode, response::Response};

use super::{
    super::{
        Path, auth::Caller, change::Desk, input::Fields, precondition::IfMatch, problem::Problem,
        project, record, reference,
    },
    STAGES,
    candidate::Candidate,
    find,
};
use crate::sandbox::world::Bid;

/// R2.
///
/// Errors: 400 unless exactly one of `contactId` and `companyId` is given, 404 for an unknown one
/// (assumed), 409 for one who is a prospect here and for a reference that another prospect here has,
/// 422 for one who is blocked (assumed).
pub(in super::super) async fn create(
    Extension(caller): Extension<Caller>,
    Path(project): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let candidate = Candidate::read(fields)?;
    let mut desk = caller.desk();
    let deal = project::find(&desk.world, &project)?.id;
    desk.check_backer(deal, candidate.backer)?;
    desk.check_references(deal, &candidate.references, None)?;
    let id = desk.add(deal, candidate);
    let view = desk.into_view();
    let bid = find(&view.world, &project, &id.to_string())?;
    let location = format!("/api/v1/projects/{deal}/prospects/{id}");
    Ok(record::created(
        view.prospect(bid),
        &location,
        &view.switches,
    ))
}

/// R4: stage and references alone; the rest of a body is ignored. Any stage may follow any other
/// (assumed).
///
/// Errors: 400 for an unknown stage, and for a null (assumed); 409 for a reference that another
/// prospect here has; 412 for another version than `If-Match` names.
pub(in super::super) async fn change(
    Extension(caller): Extension<Caller>,
    Path((project, id)): Path<(String, String)>,
    if_match: IfMatch,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut desk = caller.desk();
    let former = find(&desk.world, &project, &id)?.clone();
    if_match.check(&desk.index.prospects(former.deal).etag(former.id))?;
    let mut bid = former.clone();
    let stage = fields.choice("classification", &STAGES)?;
    if let Some(stage) = stage.not_null("classification")? {
        bid.classification = stage;
    }
    if let Some(references) = reference::read(&fields)? {
        desk.check_references(bid.deal, &references, Some(bid.id))?;
        bid.references = references;
    }
    if bid != former {
        bid.updated_at = desk.moment(former.updated_at);
        desk.keep_bid(bid);
    }
    let view = desk.into_view();
    let bid = find(&view.world, &project, &id)?;
    Ok(record::one(view.prospect(bid), &view.switches))
}

/// R5: softly. The same contact may be added again and is a new prospect then (assumed).
pub(in super::super) async fn delete(
    Extension(caller): Extension<Caller>,
    Path((project, id)): Path<(String, String)>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut desk = caller.desk();
    let bid = find(&desk.world, &project, &id)?.clone();
    if_match.check(&desk.index.prospects(bid.deal).etag(bid.id))?;
    desk.delete(bid);
    Ok(StatusCode::NO_CONTENT)
}

/// R8. For who reads it is a deletion (assumed): the vendor keeps a time line and can undo it, of
/// which nothing shows in what we play.
pub(in super::super) async fn remove(
    Extension(caller): Extension<Caller>,
    Path((project, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let mut desk = caller.desk();
    let bid = find(&desk.world, &project, &id)?.clone();
    desk.delete(bid);
    Ok(StatusCode::NO_CONTENT)
}

impl Desk<'_> {
    fn delete(&mut self, mut bid: Bid) {
        bid.updated_at = self.moment(bid.updated_at);
        bid.deleted_at = Some(bid.updated_at);
        self.keep_bid(bid);
    }
}
