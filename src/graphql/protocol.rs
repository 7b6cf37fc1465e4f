//! What a protocol links to.

use crate::model::{Protocol, ProtocolContact};

#[async_graphql::ComplexObject]
impl Protocol {}

#[async_graphql::ComplexObject]
impl ProtocolContact {}
