//! What a project links to.

use crate::model::Project;

#[async_graphql::ComplexObject]
impl Project {}
