//! What a property links to.

use crate::model::Property;

#[async_graphql::ComplexObject]
impl Property {}
