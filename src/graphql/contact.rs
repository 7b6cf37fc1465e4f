//! What a contact links to.

use crate::model::Contact;

#[async_graphql::ComplexObject]
impl Contact {}
