//! Subscriptions to what happens in deep.rent.

use async_graphql::SimpleObject;

use super::requirement::{all, requires};
use super::{DateTime, DeepRentWebhookId, Url};

/// A subscription to one event, without what it is signed with. Source: deep.rent.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("integration:admin")))]
pub struct DeepRentWebhook {
    /// Opaque; stable over the life of the subscription.
    pub id: DeepRentWebhookId,
    /// What it is called.
    pub name: Option<String>,
    /// `protocol.generated`, `protocol.deleted`, or a word added since.
    pub event: String,
    /// Where the event is sent.
    pub url: Url,
    /// Whether it is sent at all.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime,
}
