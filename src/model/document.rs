//! Files of a property.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{DateTime, DocumentId, Url};

/// A file of a property. Source: Propstack.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(directive = requires::apply(all("document:read")))]
pub struct Document {
    /// Opaque; stable over the life of the record.
    pub id: DocumentId,
    /// Its title.
    pub title: Option<String>,
    /// Its file name.
    pub name: Option<String>,
    /// Where to read it. May be signed and short-lived: use it at once, do not store it.
    pub url: Option<Url>,
    /// Not meant for portals and landing pages.
    pub is_private: bool,
    /// A floor plan.
    pub is_floor_plan: bool,
    /// The exposé.
    pub is_expose: bool,
    /// The agency's tags.
    pub tags: Vec<String>,
    /// When it was filed.
    pub created_at: Option<DateTime>,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
}
