//! What a prospect links to.

use crate::model::{AssociatedProject, Prospect};

#[async_graphql::ComplexObject]
impl Prospect {}

#[async_graphql::ComplexObject]
impl AssociatedProject {}
