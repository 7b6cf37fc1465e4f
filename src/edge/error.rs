//! What the edge itself refuses, with the HTTP status and the code that the client sees.

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, ServerError};
use axum::http::StatusCode;

use super::guard::Refusal;
use crate::auth;

/// Why a request was answered by the edge and not by the graph.
///
/// Messages are ours and short; none repeats what the client sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another method than GET or POST, or a mutation over GET.
    #[error("Use {allow} here.")]
    MethodNotAllowed {
        /// For the `Allow` header.
        allow: &'static str,
    },
    /// No type in `Accept` is one that we can answer in.
    #[error("Answers are application/graphql-response+json or application/json, in UTF-8.")]
    NotAcceptable,
    /// The body is not announced as plain UTF-8 JSON.
    #[error("The body must be sent as application/json, in UTF-8 and uncompressed.")]
    UnsupportedMediaType,
    /// There is no viewer.
    #[error(transparent)]
    Unauthenticated(#[from] auth::Error),
    /// A page of another site asks.
    #[error("This is not open to pages of other sites.")]
    ForeignOrigin,
    /// Not an opening handshake, or not of our protocol.
    #[error("Open a WebSocket here, with the subprotocol graphql-transport-ws.")]
    NotASocket,
    /// More operations are under way on one connection than we carry.
    #[error("At most {limit} operations may be under way on one connection.")]
    TooManyOperations {
        /// How many there may be.
        limit: usize,
    },
    /// The body is over the cap.
    #[error("The body is larger than {limit} bytes.")]
    BodyTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// More files than one request may bring.
    #[error("A request brings at most {limit} files.")]
    TooManyFiles {
        /// How many it may bring.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("The body did not arrive within {} s.", after.as_secs())]
    BodyTooSlow {
        /// How long we waited.
        after: Duration,
    },
    /// The connection broke or framed the body wrongly.
    #[error("The body could not be read.")]
    BodyUnreadable,
    /// The body, or a parameter that holds JSON, is not JSON.
    #[error("{at} is not valid JSON: {source}.")]
    NotJson {
        /// What was read.
        at: &'static str,
        /// Names line and column, repeats nothing.
        source: serde_json::Error,
    },
    /// Several operations in one request.
    #[error("Batches are not supported: send one request object, not an array.")]
    Batch,
    /// JSON, but not a GraphQL request.
    #[error("{0}")]
    BadParameter(&'static str),
    /// The document or its variables did not pass the guard.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The deadline passed; the execution was dropped.
    #[error("The request was not answered within {} s.", after.as_secs())]
    TimedOut {
        /// The deadline.
        after: Duration,
    },
    /// The token is good, but nobody here has heard of its organisation.
    #[error("This organisation is not served here.")]
    UnknownOrganization,
    /// What we keep ourselves cannot be read.
    #[error("The request cannot be answered at the moment.")]
    StoreUnavailable,
    /// A bug of ours.
    #[error("Something went wrong here; quote the request id when you report it.")]
    Panicked,
}

impl Error {
    /// The status, whatever the media type; a [`Error::Refused`] document is a request error, whose
    /// status the media type decides.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unauthenticated(auth::Error::Unavailable) | Self::StoreUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::ForeignOrigin | Self::UnknownOrganization => StatusCode::FORBIDDEN,
            Self::TooManyOperations { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::BodyTooLarge { .. } | Self::TooManyFiles { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyUnreadable
            | Self::NotJson { .. }
            | Self::Batch
            | Self::NotASocket
            | Self::BadParameter(_)
            | Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(auth::Error::Unavailable)
            | Self::StoreUnavailable
            | Self::Panicked => "INTERNAL",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::ForeignOrigin | Self::UnknownOrganization => "FORBIDDEN",
            Self::TooManyOperations { .. } => "RATE_LIMITED",
            Self::Refused(Refusal::TooCostly { .. }) => "QUERY_TOO_COSTLY",
            // Nothing else in the gateway takes that long.
            Self::TimedOut { .. } => "UPSTREAM_TIMEOUT",
            _ => "BAD_USER_INPUT",
        }
    }

    /// The error as it stands in the answer.
    pub(super) fn to_server_error(&self) -> ServerError {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code());
        let mut error = ServerError::new(self.to_string(), None);
        match self {
            Self::Unauthenticated(auth::Error::Unavailable) | Self::StoreUnavailable => {
                extensions.set("retryable", true);
            }
            Self::Refused(Refusal::TooCostly {
                limit, estimate, ..
            }) => {
                extensions.set("limit", *limit);
                extensions.set("estimate", *estimate);
            }
            Self::Refused(Refusal::Invalid { locations, .. }) => {
                error.locations.clone_from(locations);
            }
            _ => {}
        }
        error.extensions = Some(extensions);
        error
    }
}
