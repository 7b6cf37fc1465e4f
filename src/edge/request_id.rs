//! A name for each request, for the client, the log and the errors alike.

use std::fmt;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

use crate::clock::Clock;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Sorts by time; made here and never taken from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    pub(super) fn new(clock: &Clock) -> Self {
        Self(clock.new_id())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Middleware: gives the request its id, as an extension, a span and a response header.
pub(super) async fn assign(
    State(clock): State<Clock>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::new(&clock);
    request.extensions_mut().insert(id);
    let span = tracing::info_span!("request", %id);
    let mut response = next.run(request).instrument(span).await;
    let value = HeaderValue::try_from(id.to_string()).expect("hex digits and dashes");
    response.headers_mut().insert(HEADER, value);
    response
}
