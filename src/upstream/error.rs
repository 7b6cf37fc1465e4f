//! What can go wrong between us and a system, told without a secret.
//!
//! No variant holds an address, a key, a body or a source that might: the texts are safe for logs.
//! That something is absent is no error; methods that look for one record answer `None`.

use std::time::Duration;

use super::System;

/// Why a call brought no usable answer. `operation` is the client's method, such as `list_units`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "`system` and `operation` say the same everywhere"
)]
pub enum Error {
    /// No connection came about, or it broke before the answer was whole.
    #[error("{} cannot be reached ({operation})", .system.name())]
    Unreachable {
        system: System,
        operation: &'static str,
    },
    /// No connection came about for a change: nothing was sent.
    #[error("{} cannot be reached, and nothing was sent ({operation})", .system.name())]
    Unconnected {
        system: System,
        operation: &'static str,
    },
    /// It was down for several calls in a row, so that none is made for a time.
    #[error("{} was down and is not asked for now ({operation})", .system.name())]
    Suspended {
        system: System,
        operation: &'static str,
        /// From now.
        retry_after: Duration,
    },
    /// Our own deadline passed first.
    #[error("{} did not answer within {after:?} ({operation})", .system.name())]
    TimedOut {
        system: System,
        operation: &'static str,
        /// From the call to the deadline.
        after: Duration,
    },
    /// 429, or nothing is left of what it allows, and waiting was not worth it; or too many of ours
    /// wait already.
    #[error("{} asks for fewer requests ({operation})", .system.name())]
    Throttled {
        system: System,
        operation: &'static str,
        /// From now, when the system said so.
        retry_after: Option<Duration>,
    },
    /// 401 or 403: the credentials are wrong, have ended, or lack a right.
    #[error("{} refused our credentials with {status} ({operation})", .system.name())]
    Refused {
        system: System,
        operation: &'static str,
        status: u16,
    },
    /// Any other 4xx: what we asked is at fault, such as a cursor that has ended.
    #[error("{} rejected the request with {status} ({operation})", .system.name())]
    Rejected {
        system: System,
        operation: &'static str,
        status: u16,
    },
    /// 5xx, also after the retries.
    #[error("{} failed with {status} ({operation})", .system.name())]
    Failed {
        system: System,
        operation: &'static str,
        status: u16,
    },
    /// 3xx: redirects are never followed, lest a key travels elsewhere.
    #[error("{} redirected with {status} ({operation})", .system.name())]
    Redirected {
        system: System,
        operation: &'static str,
        status: u16,
    },
    /// The answer is longer than we are ready to hold.
    #[error("{} answered more than {limit} bytes ({operation})", .system.name())]
    TooLarge {
        system: System,
        operation: &'static str,
        limit: usize,
    },
    /// The answer is not what the contract promises.
    #[error("{} answered something unreadable at {at} ({operation})", .system.name())]
    Unreadable {
        system: System,
        operation: &'static str,
        /// The JSON path: `$` for the whole, `$.data[3].id` for a part.
        at: String,
    },
}

impl Error {
    /// Writes one log line. To be called once a call, when no further attempt will mend it:
    /// whoever waits for the answer may be many.
    pub(super) fn log(&self) {
        tracing::warn!(system = self.system().name(), "{self}");
    }

    /// Whether the system failed, and not what was asked of it or by whom.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Unconnected { .. }
            | Self::Suspended { .. }
            | Self::TimedOut { .. }
            | Self::Throttled { .. }
            | Self::Failed { .. }
            | Self::Unreadable { .. } => true,
            Self::Refused { .. }
            | Self::Rejected { .. }
            | Self::Redirected { .. }
            | Self::TooLarge { .. } => false,
        }
    }

    /// The system that was called.
    pub fn system(&self) -> System {
        self.place().0
    }

    /// The client's method that called it.
    pub fn operation(&self) -> &'static str {
        self.place().1
    }

    fn place(&self) -> (System, &'static str) {
        match *self {
            Self::Unreachable { system, operation }
            | Self::Unconnected { system, operation }
            | Self::Suspended {
                system, operation, ..
            }
            | Self::TimedOut {
                system, operation, ..
            }
            | Self::Throttled {
                system, operation, ..
            }
            | Self::Refused {
                system, operation, ..
            }
            | Self::Rejected {
                system, operation, ..
            }
            | Self::Failed {
                system, operation, ..
            }
            | Self::Redirected {
                system, operation, ..
            }
            | Self::TooLarge {
                system, operation, ..
            }
            | Self::Unreadable {
                system, operation, ..
            } => (system, operation),
        }
    }
}

/// Credentials or an address that no request can be built from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The key holds characters that no HTTP header can carry.
    #[error("a key of {} holds characters that no HTTP header can carry", .0.name())]
    UnusableKey(System),
    /// The organisation's id holds characters that no HTTP header can carry.
    #[error("the organisation id of {} holds characters that no HTTP header can carry", .0.name())]
    UnusableOrganizationId(System),
    /// There is no key at all.
    #[error("{} needs a key", .0.name())]
    MissingKey(System),
}
