//! What a mutation can answer beside its result: mistakes and failures as data.

use async_graphql::{Enum, Interface, SimpleObject};

use super::System;

/// Why a mutation did not do what was asked.
#[derive(Debug, Interface, Clone, PartialEq, Eq)]
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
    /// A system did not do its part.
    UpstreamFailure(UpstreamFailure),
}

/// Kinds of failure. More will come with more mutations.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The input is not as it must be.
    Validation,
    /// What it names does not exist, or not for this viewer.
    NotFound,
    /// The viewer, or the way the gateway is set up, does not allow it.
    NotPermitted,
    /// Somebody else changed the same thing first.
    Conflict,
    /// The system cannot be reached, or does not answer in time; nothing was changed.
    UpstreamUnavailable,
    /// The system refuses it; nothing was changed.
    UpstreamRejected,
    /// The system did not answer: whether it was done cannot be told.
    OutcomeUnknown,
}

/// What was asked for cannot be done; nothing was changed.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
pub struct InputError {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// What of the input is at fault: the names from `input` down.
    pub path: Option<Vec<String>>,
}

/// A system did not do its part.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
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
}
