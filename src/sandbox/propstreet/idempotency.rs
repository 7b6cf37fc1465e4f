//! `Idempotency-Key`: a POST that is sent again has no second effect and gets the first answer.
//!
//! All of it is assumed after the IETF draft, for the vendor's page could not be read: a key counts
//! for one tenant, method and path, for 24 hours from its first use. An answer of 5xx is forgotten,
//! so that the request may be tried again; every other one is kept, refusals included.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use axum::{
    Extension,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::{Server, auth::Caller, input::LARGEST_BODY, problem::Problem};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const LIFE: TimeDelta = TimeDelta::hours(24);
const LONGEST_KEY: usize = 255;

/// The answers to requests with a key, for as long as the keys count.
#[derive(Default)]
pub(super) struct Answers(HashMap<Scope, Attempt>);

/// Within which a key means one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Scope {
    tenant: usize,
    method: Method,
    path: String,
    key: String,
}

struct Attempt {
    began: DateTime<Utc>,
    /// None while the first request runs.
    outcome: Option<Outcome>,
}

#[derive(Clone)]
struct Outcome {
    /// Of the request's body.
    digest: Vec<u8>,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What is known of a request when it comes.
enum Standing {
    First,
    Running,
    Answered(Outcome),
}

/// Stands before the writes: runs a POST with a key once, and repeats its answer.
///
/// Errors: 400 for a key that is empty or too long, 409 while the first request runs, 422 where the
/// body is not the first one's.
pub(super) async fn once(
    State(server): State<Arc<Server>>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    let key = request.headers().get(KEY).cloned();
    let (&Method::POST, Some(key)) = (request.method(), key) else {
        return next.run(request).await;
    };
    let key = match key.to_str() {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => key.to_owned(),
        _ => {
            let detail = format!("must be text of 1 to {LONGEST_KEY} characters");
            return Problem::invalid("Idempotency-Key", detail).into_response();
        }
    };
    let scope = Scope {
        tenant: caller.tenant_number(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        key,
    };
    let standing = server.answers().begin(&scope, caller.now());
    match standing {
        Standing::First => {
            let reserved = Reserved::new(&server, scope);
            run(reserved, request, next).await
        }
        Standing::Running => {
            Problem::conflict("a request with this Idempotency-Key is still running")
                .into_response()
        }
        Standing::Answered(outcome) => repeat(outcome, request).await,
    }
}

async fn run(reserved: Reserved<'_>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Problem::body_too_large().into_response();
    };
    let digest = Sha256::digest(&body).to_vec();
    let request = Request::from_parts(parts, Body::from(body));
    let (parts, body) = next.run(request).await.into_parts();
    // The answer is in memory, so reading it cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if !parts.status.is_server_error() {
        reserved.keep(Outcome {
            digest,
            status: parts.status,
            headers: parts.headers.clone(),
            body: body.clone(),
        });
    }
    Response::from_parts(parts, Body::from(body))
}

async fn repeat(outcome: Outcome, request: Request) -> Response {
    let Ok(body) = to_bytes(request.into_body(), LARGEST_BODY).await else {
        return Problem::body_too_large().into_response();
    };
    if Sha256::digest(&body).as_slice() != outcome.digest {
        let detail = "this Idempotency-Key was used with another body";
        return Problem::unprocessable(detail).into_response();
    }
    let mut response = (outcome.status, outcome.body).into_response();
    *response.headers_mut() = outcome.headers;
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

impl Answers {
    /// Reserves the key for its first request.
    fn begin(&mut self, scope: &Scope, now: DateTime<Utc>) -> Standing {
        self.0.retain(|_, attempt| now - attempt.began < LIFE);
        match self.0.get(scope) {
            None => {
                let attempt = Attempt {
                    began: now,
                    outcome: None,
                };
                self.0.insert(scope.clone(), attempt);
                Standing::First
            }
            Some(Attempt { outcome: None, .. }) => Standing::Running,
            Some(Attempt {
                outcome: Some(outcome),
                ..
            }) => Standing::Answered(outcome.clone()),
        }
    }
}

impl Server {
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of a running request; free again when this is dropped without an answer, as when the
/// client leaves before its body is whole.
struct Reserved<'a> {
    server: &'a Server,
    scope: Scope,
}

impl<'a> Reserved<'a> {
    fn new(server: &'a Server, scope: Scope) -> Self {
        Self { server, scope }
    }

    fn keep(self, outcome: Outcome) {
        if let Some(attempt) = self.server.answers().0.get_mut(&self.scope) {
            attempt.outcome = Some(outcome);
        }
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut answers = self.server.answers();
        if let Some(Attempt { outcome: None, .. }) = answers.0.get(&self.scope) {
            answers.0.remove(&self.scope);
        }
    }
}
