//! Several properties under one name.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{Address, DevelopmentId};

/// Several properties under one name: a building or a quarter. Source: Propstack.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("property:read")))]
pub struct Development {
    /// Opaque; stable over the life of the record.
    pub id: DevelopmentId,
    /// Its name.
    pub title: String,
    /// How far it is, in the agency's words.
    pub status: Option<String>,
    /// Hidden from viewers without the right to see hidden addresses.
    #[graphql(skip)]
    pub address: Option<Address>,
    /// Whether the agency hides the address, or Propstack does not say.
    #[graphql(skip)]
    pub hides_address: bool,
}
