//! What a mutation can answer beside its result: mistakes and failures as data.

use std::sync::Arc;

use async_graphql::{Enum, Interface, SimpleObject};
use serde::{Deserialize, Serialize};

use super::{ETag, Project, Prospect, System};

/// Why a mutation did not do what was asked.
#[derive(Debug, Interface, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(
    field(name = "code", ty = "&ErrorCode", desc = "What kind of failure it is."),
    field(
        name = "message",
        ty = "&String",
        desc = "What went wrong, for people."
    ),
    field(
        name = "path",
        ty = "&Option<Vec<String>>",
        desc = "What of the input is at fault: the names from `input` down."
    )
)]
pub enum MutationError {
    /// What was asked for cannot be done.
    InputError(InputError),
    /// Somebody else changed the record first.
    EtagConflict(Box<EtagConflict>),
    /// A system did not do its part.
    UpstreamFailure(UpstreamFailure),
}

/// Kinds of failure. More will come with more mutations.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorCode {
    /// The input is not as it must be.
    Validation,
    /// What it names does not exist, or not for this viewer.
    NotFound,
    /// The viewer, or the way the gateway is set up, does not allow it.
    NotPermitted,
    /// There is another one like it.
    Duplicate,
    /// Somebody else changed the same thing first.
    Conflict,
    /// Somebody else changed the record first.
    EtagConflict,
    /// The idempotency key stands for something else that was asked before.
    IdempotencyMismatch,
    /// The same is being done at this moment.
    InProgress,
    /// The system cannot do it with what it knows; nothing was changed.
    Unprocessable,
    /// The file is larger than it may be.
    TooLarge,
    /// The system cannot be reached, or does not answer in time; nothing was changed.
    UpstreamUnavailable,
    /// The system refuses it; nothing was changed.
    UpstreamRejected,
    /// The system did not answer: whether it was done cannot be told.
    OutcomeUnknown,
}

/// What was asked for cannot be done; nothing was changed.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputError {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// What of the input is at fault: the names from `input` down.
    pub path: Option<Vec<String>>,
}

/// Somebody else changed the record first; nothing was written.
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex)]
pub struct EtagConflict {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// What of the input is at fault: the names from `input` down.
    pub path: Option<Vec<String>>,
    /// The version that the write was meant for.
    pub expected: ETag,
    /// The version that stands there now.
    pub actual: Option<ETag>,
    /// What differs from the version behind `expected`; null when that is no longer known here.
    pub changed_fields: Option<Vec<String>>,

    /// The record, by its opaque id.
    #[graphql(skip)]
    pub record_id: String,
    /// The record as it was found; an outcome that is told again does not have it.
    #[graphql(skip)]
    #[serde(skip)]
    pub found: Option<Current>,
}

/// What to do when somebody else was first.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictPolicy {
    /// Report the conflict.
    #[default]
    Fail,
    /// Write again over the new version where nobody touched the fields that are being written;
    /// where that cannot be known, report the conflict.
    RetryIfUntouched,
}

/// A record that stands where another version of it was expected.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named after what they hold")]
pub enum Current {
    Project(Arc<Project>),
    Prospect(Arc<Prospect>),
}

impl Current {
    /// Its version.
    pub fn etag(&self) -> &ETag {
        match self {
            Self::Project(project) => &project.etag,
            Self::Prospect(prospect) => &prospect.etag,
        }
    }

    /// Its opaque id.
    pub fn id(&self) -> String {
        match self {
            Self::Project(project) => project.id.to_string(),
            Self::Prospect(prospect) => prospect.id.to_string(),
        }
    }
}

/// A system did not do its part.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamFailure {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// What of the input is at fault: the names from `input` down.
    pub path: Option<Vec<String>>,
    /// Which system.
    pub system: System,
    /// Whether trying again can help.
    pub is_retryable: bool,
    /// How long to wait before that, where the system says so.
    pub retry_after_seconds: Option<i32>,
}

impl MutationError {
    /// A mistake in the input, at `path` below it.
    pub fn input(code: ErrorCode, message: impl Into<String>, path: &[&str]) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self::InputError(InputError {
            code,
            message: message.into(),
            path: Some(path).filter(|path: &Vec<_>| !path.is_empty()),
        })
    }

    /// What went wrong, for people.
    pub fn text(&self) -> &str {
        match self {
            Self::InputError(error) => &error.message,
            Self::EtagConflict(error) => &error.message,
            Self::UpstreamFailure(error) => &error.message,
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorCode {
        match self {
            Self::InputError(error) => error.code,
            Self::EtagConflict(error) => error.code,
            Self::UpstreamFailure(error) => error.code,
        }
    }
}
