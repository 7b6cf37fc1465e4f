//! Why a connection ends, with the code that the protocol has for it.

use axum::extract::ws::{CloseFrame, Message};

use super::session::{MESSAGE_LIMIT, OPERATION_LIMIT};
use crate::auth;

/// What a close frame has room for beside its code, in bytes (RFC 6455, 5.5).
const REASON_BYTES: usize = 123;

/// Our side's reason to close; the text goes to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Close {
    /// The server stops, or is replaced: worth another attempt.
    #[error("The server is going away.")]
    GoingAway,
    /// Later operations are refused one by one; this is for who does not stop even then.
    #[error("At most {OPERATION_LIMIT} operations may be under way.")]
    TooManyOperations,
    #[error("A message may have at most {MESSAGE_LIMIT} bytes.")]
    TooLarge,
    /// Not JSON, or not a message of the protocol.
    #[error("{0}")]
    BadRequest(String),
    #[error("Send connection_init first.")]
    Unauthorized,
    /// The token is no good, or no longer.
    #[error("{0}")]
    Forbidden(auth::Error),
    #[error("connection_init did not come in time.")]
    InitTooLate,
    #[error("An operation with this id is still under way.")]
    DuplicateId,
    #[error("connection_init came twice.")]
    TooManyInits,
}

impl Close {
    fn code(&self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::TooManyOperations => 1008,
            Self::TooLarge => 1009,
            Self::BadRequest(_) => 4400,
            Self::Unauthorized => 4401,
            // Says nothing against the token, so it is worth another attempt (RFC 6455 registry).
            Self::Forbidden(auth::Error::Unavailable) => 1013,
            Self::Forbidden(_) => 4403,
            Self::InitTooLate => 4408,
            Self::DuplicateId => 4409,
            Self::TooManyInits => 4429,
        }
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        let mut reason = close.to_string();
        reason.truncate(reason.floor_char_boundary(REASON_BYTES));
        Self::Close(Some(CloseFrame {
            code: close.code(),
            reason: reason.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_its_frame_and_is_cut_between_characters() {
        let Message::Close(Some(frame)) = Close::BadRequest("ä".repeat(100)).into() else {
            panic!("a close is a close");
        };
        assert_eq!((frame.code, frame.reason.len()), (4400, REASON_BYTES - 1));
    }
}
