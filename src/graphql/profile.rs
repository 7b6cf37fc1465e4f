//! What a profile links to.

use crate::model::PropertyProfile;

#[async_graphql::ComplexObject]
impl PropertyProfile {}
