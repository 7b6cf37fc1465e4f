//! Keys that open a firm's protocols in deep.rent.

use async_graphql::SimpleObject;

use super::requirement::{all, requires};
use super::{DateTime, DeepRentApiKeyId};

/// A key that opens the firm's protocols, without the secret itself. Source: deep.rent.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("integration:admin")))]
pub struct DeepRentApiKey {
    /// Opaque; stable over the life of the key.
    pub id: DeepRentApiKeyId,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed; not told of a key just made.
    pub updated_at: Option<DateTime>,
    /// Whether it opens anything; not told of a key just made.
    pub is_enabled: Option<bool>,
}
