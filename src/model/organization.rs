//! The firm whose data a viewer sees.

use async_graphql::SimpleObject;

use super::OrganizationId;
use super::requirement::authenticated;

/// The firm whose data a viewer sees.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = authenticated::apply())]
pub struct Organization {
    /// Opaque; stable over the life of the organisation.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}
