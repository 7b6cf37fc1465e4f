//! What the webhooks of all systems have in common here: addresses are judged, and deleting one
//! looks alike.

use async_graphql::{Context, ID, InputObject, SimpleObject};

use super::RequestContext;
use crate::model::{ErrorCode, MutationError, Url};

/// Which webhook to delete.
#[derive(Debug, InputObject)]
pub struct DeleteWebhookInput {
    /// Its id.
    pub(super) id: ID,
    /// Repeated with the same key, the same is done once and told again, for a day.
    pub(super) idempotency_key: Option<String>,
}

/// What deleting a webhook came to.
#[derive(Debug, SimpleObject)]
pub struct DeleteWebhookPayload {
    /// The webhook that gets nothing any more.
    pub(super) deleted_id: Option<ID>,
    /// Why not.
    pub(super) errors: Vec<MutationError>,
}

/// An address that a system may be told to call.
///
/// Errors: a mistake at `url` when it leads where only we, or only the system, should get.
pub(super) fn callback(ctx: &Context<'_>, url: &Url) -> Result<Url, MutationError> {
    let checked = ctx.tenants().reach().check_callback(url.0.as_str());
    checked
        .map(Url)
        .map_err(|why| MutationError::input(ErrorCode::Validation, why.to_string(), &["url"]))
}
