//! What administrators did.

use async_graphql::{ID, InputObject, SimpleObject};

use super::DateTime;
use super::requirement::{all, requires};

/// One act. It tells no secret and no personal data.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("integration:admin")))]
pub struct AuditEntry {
    /// Opaque; stable.
    pub id: ID,
    /// When it began.
    pub at: DateTime,
    /// Who did it: the subject of a token, or `operator` for whoever runs the gateway.
    pub actor: String,
    /// What was done: the name of the mutation, or of the command.
    pub action: String,
    /// What it was done to, as far as that has an id.
    pub target: Option<ID>,
    /// `OK`, the code of the failure, or `STARTED` when the end was never told.
    pub outcome: String,
}

/// Selects acts; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct AuditFilter {
    /// Done by this actor.
    pub actor: Option<String>,
    /// Of this kind.
    pub action: Option<String>,
    /// Done at or after this instant.
    pub since: Option<DateTime>,
}
