//! What a development links to.

use crate::model::Development;

#[async_graphql::ComplexObject]
impl Development {}
