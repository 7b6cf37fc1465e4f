//! The messages of the protocol, as far as they are read or written here.

use std::borrow::Cow;

use async_graphql::{ServerError, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::close::Close;
use crate::edge::graphql::{Parameters, json};

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum ClientMessage {
    Init {
        /// As it would stand in the header of this name.
        authorization: Option<String>,
    },
    Ping,
    Pong,
    Subscribe {
        id: String,
        parameters: Parameters,
    },
    Complete {
        id: String,
    },
}

impl ClientMessage {
    /// Reads a message; whatever is not one closes the connection.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Close> {
        let bad = |error: crate::edge::Error| Close::BadRequest(error.to_string());
        let Value::Object(mut fields) = json("The message", bytes).map_err(bad)? else {
            return malformed("A message is a JSON object.");
        };
        let mut take = |name| fields.swap_remove(name).unwrap_or_default();
        let (kind, id, payload) = (take("type"), take("id"), take("payload"));
        let Value::String(kind) = kind else {
            return malformed("The message has no type.");
        };
        match kind.as_str() {
            "connection_init" => Ok(Self::Init {
                authorization: authorization(details(payload)?),
            }),
            "ping" => details(payload).map(|_| Self::Ping),
            "pong" => details(payload).map(|_| Self::Pong),
            "subscribe" => Ok(Self::Subscribe {
                id: identified(id)?,
                parameters: Parameters::from_value(payload).map_err(bad)?,
            }),
            "complete" => Ok(Self::Complete {
                id: identified(id)?,
            }),
            _ => malformed("The message is of an unknown type."),
        }
    }

    /// What the library is told of it, if anything: nothing that the client wrote but ids and the
    /// token. The parameters of an operation wait in the session.
    pub(super) fn forwarded(&self) -> Option<String> {
        let message = match self {
            Self::Init { authorization } => {
                json!({ "type": "connection_init", "payload": authorization })
            }
            Self::Ping => json!({ "type": "ping" }),
            Self::Pong => return None,
            Self::Subscribe { id, .. } => {
                json!({ "type": "subscribe", "payload": { "extensions": { "id": id } }, "id": id })
            }
            Self::Complete { id } => json!({ "type": "complete", "id": id }),
        };
        Some(message.to_string())
    }
}

fn malformed<T>(reason: &str) -> Result<T, Close> {
    Err(Close::BadRequest(reason.to_owned()))
}

fn identified(id: Value) -> Result<String, Close> {
    match id {
        Value::String(id) if !id.is_empty() => Ok(id),
        _ => malformed("The message has no id."),
    }
}

/// The payload of the messages that may do without.
fn details(payload: Value) -> Result<Value, Close> {
    match payload {
        Value::Object(_) | Value::Null => Ok(payload),
        _ => malformed("The payload is a JSON object."),
    }
}

/// From `{"Authorization": "Bearer …"}`, in whatever case, or `{"token": "…"}`.
fn authorization(payload: Value) -> Option<String> {
    let Value::Object(fields) = payload else {
        return None;
    };
    fields.into_iter().find_map(|(name, value)| match value {
        Value::String(value) if name.eq_ignore_ascii_case("authorization") => Some(value),
        Value::String(value) if name == "token" => Some(format!("Bearer {value}")),
        _ => None,
    })
}

/// The id of the operation that a message of the library's completes, if that is what it does.
pub(super) fn completed(message: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Complete<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
    }

    // It writes the type first, so answers need not be read; a test of the wire holds it.
    if !message.starts_with(r#"{"type":"complete""#) {
        return None;
    }
    let complete: Complete<'_> = serde_json::from_str(message).ok()?;
    Some(complete.id.into_owned())
}

/// The message that ends an operation which was not executed; the library has none.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    #[derive(Serialize)]
    struct Error<'a> {
        r#type: &'static str,
        id: &'a str,
        payload: &'a [ServerError],
    }

    let message = Error {
        r#type: "error",
        id,
        payload: errors,
    };
    serde_json::to_string(&message).expect("GraphQL errors always serialise")
}
