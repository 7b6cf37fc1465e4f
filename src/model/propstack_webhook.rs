//! Whom Propstack tells of what changes.

use async_graphql::SimpleObject;

use super::requirement::{all, requires};
use super::{PropstackWebhookId, Url};

/// A subscription to one kind of event of Propstack, which is signed only where an administrator
/// entered a secret there. Source: Propstack.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("integration:admin")))]
pub struct PropstackWebhook {
    /// Opaque; stable over the life of the webhook.
    pub id: PropstackWebhookId,
    /// Which event is sent, in Propstack's words: `property_updated`.
    pub event: String,
    /// Where it is sent to.
    pub url: Url,
}
