//! Whom Propstreet tells of what changes.

use async_graphql::SimpleObject;

use super::requirement::{all, requires};
use super::{DateTime, PropstreetWebhookId, Url};

/// A subscription to events of Propstreet. The secret that it signs with is told once, at its
/// creation. Source: Propstreet.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("integration:admin")))]
pub struct PropstreetWebhook {
    /// Opaque; stable over the life of the webhook.
    pub id: PropstreetWebhookId,
    /// What people call it.
    pub name: Option<String>,
    /// Where events are sent to.
    pub url: Url,
    /// Which events are sent, in Propstreet's words: `project.updated`.
    pub events: Vec<String>,
    /// Only events of records that have a name in this namespace; null for all of them.
    pub external_reference_namespace: Option<String>,
    /// Whether events are sent; Propstreet ends that after repeated failures.
    pub is_active: Option<bool>,
    /// When it was created.
    pub created_at: Option<DateTime>,
}
