//! A name for each request, for the client, the log and the errors alike.

use std::fmt;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
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

/// What every answer carries: nobody is to guess at it, frame it or tell where it was read.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Middleware: gives the request its id, as an extension, a span and a response header, and the
/// response what every one carries.
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
    let headers = response.headers_mut();
    headers.insert(HEADER, value);
    for (name, value) in ALWAYS {
        // Whatever a route says of it.
        headers.insert(name, value);
    }
    response
}
