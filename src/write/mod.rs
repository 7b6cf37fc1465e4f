//! Changes in the systems: nobody's overwritten unseen, none made twice, and nothing old served after.
//!
//! [`Writer`] writes on behalf of one request. [`guard`] is how a record with a version is changed
//! and what happens when somebody else was first, [`version`] remembers what records looked like,
//! [`turn`] lets those who change one record wait for each other, [`once`] keeps outcomes by
//! idempotency key, [`document`] adds files where nothing of that is to be had. The rest is one file
//! per kind of record. Nothing here knows GraphQL, or who may do what.

pub mod api_key;
pub mod document;
pub mod guard;
pub mod import;
pub mod once;
pub mod project;
pub mod prospect;
pub mod protocol;
pub mod reference;
pub mod turn;
pub mod version;
pub mod webhook;

use std::sync::Arc;

use crate::{
    cache::{Single, Tag},
    loader::{self, Sources},
    model::{ErrorCode, MutationError, System, UpstreamFailure},
    store,
    upstream::{self, deeprent::Administration, propstreet},
};

pub use guard::{Conflict, MOST_ATTEMPTS, Updated};
pub use once::{Once, Try};
pub use version::Versions;

use turn::Turns;

/// What those who write for one organisation have in common.
#[derive(Debug, Default)]
pub struct Shared {
    /// What records looked like.
    pub versions: Versions,
    turns: Turns,
}

/// Writes on behalf of one request.
#[derive(Debug, Clone)]
pub struct Writer {
    sources: Arc<Sources>,
    shared: Arc<Shared>,
}

/// Why a write was not done, or not told to be.
#[derive(Debug)]
pub enum Failure {
    /// A mistake, or something that stands in the way; nothing was changed.
    Input(MutationError),
    /// Somebody else changed the record first; nothing was changed.
    Conflict(Conflict),
    /// The system did not do its part of a read before the write; nothing was changed.
    Unread(loader::Error),
    /// The system did not do its part.
    Load(loader::Error),
}

impl From<MutationError> for Failure {
    fn from(error: MutationError) -> Self {
        Self::Input(error)
    }
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl<E: Into<loader::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Load(error.into())
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed a mutation");
        // Asked before anything is sent, and what is kept here is read again.
        Self::Unread(loader::Error::Internal)
    }
}

impl Failure {
    /// The record that was to be changed does not exist.
    pub fn not_found(path: &[&str]) -> Self {
        MutationError::input(ErrorCode::NotFound, "There is no such record.", path).into()
    }

    /// What a read came to that the write needs. `may_be_done` says that the write may have been done
    /// before all the same.
    fn unread(may_be_done: bool) -> impl Fn(loader::Error) -> Self {
        move |error| match may_be_done {
            true => Self::Load(error),
            false => Self::Unread(error),
        }
    }

    /// The same was asked before, and the system is still at it.
    fn in_progress() -> Self {
        let message = "Propstreet is still doing this. Ask again with the same key.";
        MutationError::input(ErrorCode::InProgress, message, &[]).into()
    }

    /// A POST that no key makes safe was begun before, and what came of it cannot be told. It is
    /// not sent again: `message` says what to do.
    fn begun(system: System, message: &str) -> Self {
        let failure = UpstreamFailure {
            code: ErrorCode::OutcomeUnknown,
            message: message.to_owned(),
            path: None,
            system,
            is_retryable: false,
            retry_after_seconds: None,
        };
        MutationError::UpstreamFailure(failure).into()
    }

    /// A rejection by Propstreet, as [`Self::rejected_by`].
    fn rejected(operation: &'static str, status: u16) -> Self {
        Self::rejected_by(System::Propstreet, operation, status)
    }

    /// A rejection that the contract gives no other meaning; `operation` is the client's method.
    fn rejected_by(system: System, operation: &'static str, status: u16) -> Self {
        let name = system.name();
        match status {
            // We have checked all rules that we know: it has one more.
            400 => {
                let message = format!("{name} does not accept this.");
                MutationError::input(ErrorCode::Validation, message, &[]).into()
            }
            422 => {
                let message = format!("{name} cannot process this.");
                MutationError::input(ErrorCode::Unprocessable, message, &[]).into()
            }
            status => Self::Load(loader::Error::Upstream(upstream::Error::Rejected {
                system,
                operation,
                status,
            })),
        }
    }
}

impl Writer {
    /// Writes with what `sources` read with.
    pub fn new(sources: Arc<Sources>, shared: Arc<Shared>) -> Self {
        Self { sources, shared }
    }

    fn propstreet(&self) -> Result<propstreet::Client, Failure> {
        Ok(self.sources.propstreet()?)
    }

    fn administration(&self) -> Result<Administration, Failure> {
        let administration = self.sources.deeprent()?.administration();
        Ok(administration.ok_or(loader::Error::NoSession(System::DeepRent))?)
    }

    /// What was read before and carries one of these tags is not served any more.
    fn purge(&self, tags: impl IntoIterator<Item = Tag>) {
        self.sources.reader.purge(tags);
    }

    /// Keeps a record as it stands after a write.
    fn keep<T: Single + Clone>(&self, record: &Arc<T>) {
        self.sources.reader.keep(record);
    }
}
