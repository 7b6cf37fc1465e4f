//! What a investor links to.

use crate::model::Investor;

#[async_graphql::ComplexObject]
impl Investor {}
