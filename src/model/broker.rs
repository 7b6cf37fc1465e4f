//! The agency's staff.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{BrokerId, Url};

/// One of the agency's staff, with the contact data meant for the public. Source: Propstack.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(directive = requires::apply(all("property:read")))]
pub struct Broker {
    /// Opaque; stable over the life of the record.
    pub id: BrokerId,
    /// The full name.
    pub name: String,
    /// The public e-mail address.
    pub email: Option<String>,
    /// The public phone number.
    pub phone: Option<String>,
    /// The public mobile number.
    pub mobile: Option<String>,
    /// What she or he does.
    pub position: Option<String>,
    /// A portrait.
    pub avatar_url: Option<Url>,
}
