//! The one place where failures get the face that a client sees.
//!
//! A text can reach a client only through [`Error`]. What upstreams or we ourselves did wrong gets
//! a fixed sentence and a code; details stay in the log.

use std::{sync::Arc, time::Duration};

use async_graphql::{ErrorExtensions, resolver_utils::enum_value};
use futures_util::{FutureExt, future::BoxFuture};

use super::written::Row;
use crate::{loader, model::System, store, upstream};

/// Why a field has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The request asks for something impossible; the text says what.
    BadUserInput(String),
    /// The request asks for more than one request may; the text says what.
    TooCostly(String),
    /// Something could not be loaded.
    Load(loader::Error),
}

impl Error {
    /// The request asks for something impossible; `message` is for the client.
    pub fn bad_user_input(message: impl Into<String>) -> Self {
        Self::BadUserInput(message.into())
    }
}

impl From<loader::Error> for Error {
    fn from(error: loader::Error) -> Self {
        Self::Load(error)
    }
}

impl From<upstream::Error> for Error {
    fn from(error: upstream::Error) -> Self {
        Self::Load(error.into())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed a request");
        Self::Load(loader::Error::Internal)
    }
}

impl From<crate::model::InvalidId> for Error {
    fn from(error: crate::model::InvalidId) -> Self {
        Self::BadUserInput(error.to_string())
    }
}

/// What a field answers that is null, alone and with an error, when it fails.
///
/// `Result<Option<_>>` would not do: the library then nulls the parent, and at a root all data.
pub type Nullable<T> = Option<Result<T, Error>>;

/// Lets a field fail with `?` and be null alone.
///
/// Boxed, for the library makes room for the largest field of a type with each of its fields.
pub fn nullable<'a, T: 'a>(
    field: impl Future<Output = Result<Option<T>, Error>> + Send + 'a,
) -> BoxFuture<'a, Nullable<T>> {
    field.map(Result::transpose).boxed()
}

/// The same for one record.
pub fn found<'a, T: Send + Sync + 'a>(
    field: impl Future<Output = Result<Option<Arc<T>>, Error>> + Send + 'a,
) -> BoxFuture<'a, Nullable<Row<T>>> {
    nullable(field.map(|found| Ok(found?.map(Row::from))))
}

/// What the client is told: a code of the table in the architecture page, and one sentence.
pub(super) struct Face {
    code: &'static str,
    pub(super) message: String,
    system: Option<System>,
    pub(super) is_retryable: Option<bool>,
    pub(super) retry_after: Option<Duration>,
}

impl From<&Error> for Face {
    fn from(error: &Error) -> Self {
        match error {
            Error::BadUserInput(message) => Self::plain("BAD_USER_INPUT", message.clone()),
            Error::TooCostly(message) => Self::plain("QUERY_TOO_COSTLY", message.clone()),
            Error::Load(loader::Error::Internal) => {
                Self::plain("INTERNAL", "Something went wrong on our side.".into())
            }
            Error::Load(loader::Error::NotConnected(system)) => Self {
                code: "UPSTREAM_UNAVAILABLE",
                message: format!("{} is not connected.", system.name()),
                system: Some(*system),
                is_retryable: Some(false),
                retry_after: None,
            },
            Error::Load(loader::Error::NoSession(system)) => Self {
                code: "UPSTREAM_UNAVAILABLE",
                message: format!("{} is connected without a session.", system.name()),
                system: Some(*system),
                is_retryable: Some(false),
                retry_after: None,
            },
            Error::Load(loader::Error::TooLong(system)) => Self {
                code: "QUERY_TOO_COSTLY",
                message: format!("The list of {} is too long to be searched.", system.name()),
                system: Some(*system),
                is_retryable: Some(false),
                retry_after: None,
            },
            Error::Load(loader::Error::Upstream(error)) => Self::upstream(error),
        }
    }
}

impl Face {
    fn plain(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            system: None,
            is_retryable: None,
            retry_after: None,
        }
    }

    pub(super) fn upstream(error: &upstream::Error) -> Self {
        use upstream::Error as E;
        let (code, told, is_retryable) = match error {
            E::Unreachable { .. } | E::Unconnected { .. } => {
                ("UPSTREAM_UNAVAILABLE", "cannot be reached", true)
            }
            E::Failed { .. } => ("UPSTREAM_UNAVAILABLE", "failed", true),
            E::Suspended { .. } => ("UPSTREAM_UNAVAILABLE", "has been down", true),
            E::TimedOut { .. } => ("UPSTREAM_TIMEOUT", "did not answer in time", true),
            E::Throttled { .. } => ("RATE_LIMITED", "asks for fewer requests", true),
            E::Refused { .. } => ("UPSTREAM_REJECTED", "refused our credentials", false),
            E::Rejected { .. } => ("UPSTREAM_REJECTED", "rejected the request", false),
            E::Redirected { .. } => ("UPSTREAM_CONTRACT", "redirected us", false),
            E::TooLarge { .. } => ("UPSTREAM_CONTRACT", "answered too much", false),
            E::Unreadable { .. } => ("UPSTREAM_CONTRACT", "answered something unreadable", false),
        };
        let retry_after = match error {
            E::Throttled { retry_after, .. } => *retry_after,
            E::Suspended { retry_after, .. } => Some(*retry_after),
            _ => None,
        };
        let system = error.system();
        Self {
            code,
            message: format!("{} {told}.", system.name()),
            system: Some(system),
            is_retryable: Some(is_retryable),
            retry_after,
        }
    }
}

impl ErrorExtensions for Error {
    fn extend(&self) -> async_graphql::Error {
        let Face {
            code,
            message,
            system,
            is_retryable,
            retry_after,
        } = self.into();
        async_graphql::Error::new(message).extend_with(|_, extensions| {
            extensions.set("code", code);
            if let Some(system) = system {
                extensions.set("system", enum_value(system));
            }
            if let Some(is_retryable) = is_retryable {
                extensions.set("retryable", is_retryable);
            }
            if let Some(after) = retry_after {
                extensions.set("retryAfter", after.as_secs_f64().ceil() as u64);
            }
        })
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        error.extend()
    }
}
