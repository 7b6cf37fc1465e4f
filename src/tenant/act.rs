//! One act of an administrator, on its way into the audit log.

use uuid::Uuid;

use crate::{
    clock::Clock,
    store::{self, AuditEntry, Store},
};

pub use crate::auth::access_token::OPERATOR;

/// Who does what to what. Nothing of it is secret, nothing personal.
#[derive(Debug, Clone)]
pub struct Act(AuditEntry);

impl Act {
    /// An act that begins now. `action` is the name of the mutation or command.
    pub fn new(
        clock: &Clock,
        organization: &str,
        actor: &str,
        action: &str,
        target: Option<String>,
    ) -> Self {
        Self(AuditEntry {
            id: clock.new_id(),
            organization: organization.to_owned(),
            at: clock.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            target,
            outcome: AuditEntry::STARTED.to_owned(),
        })
    }

    /// The same, done to what has got its id meanwhile.
    pub fn to(mut self, target: impl Into<String>) -> Self {
        self.0.target = Some(target.into());
        self
    }

    /// The name of the mutation or command.
    pub fn action(&self) -> &str {
        &self.0.action
    }

    /// The entry of an act that has ended, to be written together with what it changes.
    pub fn ended(&self, outcome: &str) -> AuditEntry {
        AuditEntry {
            outcome: outcome.to_owned(),
            ..self.0.clone()
        }
    }

    /// Writes an act that changed nothing here.
    pub async fn write(&self, store: &Store, outcome: &str) -> store::Result<()> {
        store.append_audit_entry(&self.ended(outcome)).await
    }

    /// Writes an act before it is done, since it is done elsewhere and cannot be undone.
    pub async fn begin(&self, store: &Store) -> store::Result<Begun> {
        store.append_audit_entry(&self.0).await?;
        Ok(Begun {
            store: store.clone(),
            organization: self.0.organization.clone(),
            id: self.0.id,
        })
    }
}

/// An act that stands in the log without its end.
#[must_use = "its end is to be written"]
pub struct Begun {
    store: Store,
    organization: String,
    id: Uuid,
}

impl Begun {
    /// Writes how it ended. It is done by now, so that this fails is told to the log only.
    pub async fn end(self, outcome: &str) {
        let written = self
            .store
            .finish_audit_entry(&self.organization, self.id, outcome)
            .await;
        if let Err(error) = written {
            tracing::error!(%error, id = %self.id, outcome, "the end of an act cannot be written");
        }
    }
}
