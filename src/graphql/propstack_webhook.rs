//! Propstack's webhooks, for administrators. They are made by whoever relays events, not here.

use async_graphql::{Context, Object};

use super::{Nullable, RequestContext, error::nullable};
use crate::model::PropstackWebhook;

/// The root that lists webhooks.
#[derive(Default)]
pub struct PropstackWebhookQuery;

#[Object]
impl PropstackWebhookQuery {
    /// Whom Propstack tells of what changes.
    async fn propstack_webhooks(&self, ctx: &Context<'_>) -> Nullable<Vec<PropstackWebhook>> {
        nullable(async { Ok(Some(ctx.sources().propstack()?.list_hooks().await?)) }).await
    }
}
