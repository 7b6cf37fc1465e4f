//! The agency's staff.

use async_graphql::SimpleObject;

use super::requirement::{all, requires};
use super::{BrokerId, Url};

/// One of the agency's staff, with the contact data meant for the public. Source: Propstack.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
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
