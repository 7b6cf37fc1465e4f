//! What goes wrong on purpose, per system and endpoint.
//!
//! A [`Rule`] says where and how often, a [`Fault`] says what. Faults stand in front of a system's
//! own checks, authentication included, as a proxy before it would fail. Some leave the work undone,
//! some spoil the answer to work that is done; for writes this is the difference that matters.

use std::{
    future::ready,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::System;

const LONGEST_DELAY_MS: u64 = 24 * 60 * 60 * 1000;

/// One way to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The request waits so long on the sandbox's clock before its work begins, so that a client
    /// which gives up meanwhile leaves it undone; a later rule may strike it as well.
    DelayMs(u64),
    /// The work is done, then its answer waits so long; a later rule may strike it as well.
    DelayAnswerMs(u64),
    /// This status (400 to 599) with the system's own error body, in place of the work.
    Status(u16),
    /// 429, with `Retry-After` when seconds are given.
    Throttle {
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// The connection is closed without an answer, in place of the work.
    #[serde(alias = "down")]
    Drop,
    /// The work is done, then the connection is closed without an answer.
    LoseAnswer,
    /// The connection is closed in the middle of the body.
    DropMidBody,
    /// A whole answer whose body stops half-way.
    Truncate,
    /// Status 200 with a web page.
    Html,
    /// 302 to the web application.
    Redirect,
    /// Every number becomes an object, every text an array, every truth value a text.
    WrongTypes,
}

/// Where a fault strikes, and how often.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The system.
    pub system: System,
    /// Method and route, such as `GET /v1/units/{id}`; all of the system when absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// How many requests are still to be struck; all when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// What goes wrong.
    pub fault: Fault,
}

impl Rule {
    /// A fault of the whole system, until it is cleared.
    pub fn new(system: System, fault: Fault) -> Self {
        Self {
            system,
            endpoint: None,
            times: None,
            fault,
        }
    }

    /// Only for requests to `endpoint`, such as `GET /v1/units`.
    #[must_use]
    pub fn at(mut self, endpoint: &str) -> Self {
        self.endpoint = Some(endpoint.to_owned());
        self
    }

    /// Only for the next `times` requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Why this rule makes no sense, if it makes none.
    pub(super) fn flaw(&self) -> Option<String> {
        let flaw = match (&self.fault, &self.endpoint, self.times) {
            (Fault::Status(status), ..) if !(400..=599).contains(status) => {
                format!("status {status} is not within 400..=599")
            }
            (Fault::DelayMs(ms) | Fault::DelayAnswerMs(ms), ..) if *ms > LONGEST_DELAY_MS => {
                format!("delay {ms} ms exceeds a day, {LONGEST_DELAY_MS}")
            }
            (_, Some(endpoint), _) if !endpoint.contains(" /") => {
                format!("endpoint {endpoint:?} is not like \"GET /v1/units/{{id}}\"")
            }
            (_, _, Some(0)) => "times 0 strikes nothing".to_owned(),
            _ => return None,
        };
        Some(flaw)
    }

    fn matches(&self, system: System, endpoint: &str) -> bool {
        self.system == system
            && self.times != Some(0)
            && self.endpoint.as_deref().is_none_or(|at| at == endpoint)
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// Puts a rule in force, after those that are.
    pub fn add(&self, rule: Rule) {
        self.rules().push(rule);
    }

    /// The rules in force; one that is used up stays with `times` 0.
    pub fn list(&self) -> Vec<Rule> {
        self.rules().clone()
    }

    /// Heals everything.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// What strikes this request: any delays, then at most one other fault, the oldest rule first.
    pub(super) fn due(&self, system: System, endpoint: &str) -> Vec<Fault> {
        let mut due = Vec::new();
        let mut rules = self.rules();
        for rule in rules.iter_mut().filter(|r| r.matches(system, endpoint)) {
            rule.times = rule.times.map(|times| times - 1);
            due.push(rule.fault.clone());
            if !matches!(rule.fault, Fault::DelayMs(_) | Fault::DelayAnswerMs(_)) {
                break;
            }
        }
        due
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    /// Whether the client gets no answer at all.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Self::Drop | Self::LoseAnswer)
    }

    /// The answer given in place of the system's own; none for a fault that spoils that one.
    pub(super) fn instead(&self, system: System) -> Option<Response> {
        Some(match self {
            Self::Status(status) => refusal(
                system,
                StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            ),
            Self::Throttle { retry_after } => {
                let mut response = refusal(system, StatusCode::TOO_MANY_REQUESTS);
                if let Some(seconds) = retry_after {
                    let headers = response.headers_mut();
                    headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                }
                response
            }
            Self::Drop => Response::new(broken()),
            Self::Html => {
                Html("<!doctype html><title>Anmelden</title><p>Bitte melden Sie sich an.")
                    .into_response()
            }
            Self::Redirect => (StatusCode::FOUND, [(header::LOCATION, "/app")]).into_response(),
            Self::DelayMs(_)
            | Self::DelayAnswerMs(_)
            | Self::LoseAnswer
            | Self::DropMidBody
            | Self::Truncate
            | Self::WrongTypes => return None,
        })
    }

    /// The system's own answer, spoiled.
    pub(super) async fn spoil(&self, genuine: Response) -> Response {
        if *self == Self::LoseAnswer {
            return Response::new(broken());
        }
        let (mut parts, body) = genuine.into_parts();
        // The systems answer from memory, so reading them cannot fail.
        let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let half = whole.slice(..whole.len() / 2);
        parts.headers.remove(header::CONTENT_LENGTH);
        let body = match self {
            Self::DropMidBody => {
                let promised = HeaderValue::from(whole.len());
                parts.headers.insert(header::CONTENT_LENGTH, promised);
                broken_after(half)
            }
            Self::Truncate => half.into(),
            Self::WrongTypes => match serde_json::from_slice(&whole) {
                Ok(value) => scrambled(value).to_string().into(),
                Err(_) => whole.into(),
            },
            _ => whole.into(),
        };
        Response::from_parts(parts, body)
    }
}

/// A body that breaks before its first byte: the server has not sent the head by then, so that the
/// connection closes without an answer.
fn broken() -> Body {
    Body::from_stream(stream::once(ready(Err::<Bytes, _>(aborted()))))
}

/// A body that breaks after `start`.
fn broken_after(start: Bytes) -> Body {
    let breaks = async {
        // Lets the server send what it has.
        tokio::task::yield_now().await;
        Err(aborted())
    };
    Body::from_stream(stream::iter([Ok(start)]).chain(stream::once(breaks)))
}

fn aborted() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

/// How a system says no when nothing more is known than the status.
fn refusal(system: System, status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    match system {
        System::Propstack => (
            status,
            Json(json!({ "errors": ["Die Anfrage konnte nicht verarbeitet werden."] })),
        )
            .into_response(),
        System::DeepRent => {
            (status, Json(json!({ "success": false, "error": reason }))).into_response()
        }
        System::Propstreet => (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            json!({ "type": "about:blank", "title": reason, "status": status.as_u16() })
                .to_string(),
        )
            .into_response(),
    }
}

fn scrambled(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(truth) => json!(truth.to_string()),
        Value::Number(number) => json!({ "value": number }),
        Value::String(text) => json!([text]),
        Value::Array(items) => items.into_iter().map(scrambled).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, scrambled(value)))
            .collect(),
    }
}
