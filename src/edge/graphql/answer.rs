//! The answer: status and headers; its body is written by `text`.
//!
//! A *request error* (nothing was executed) has no `data` at all; its status is 400 in
//! `application/graphql-response+json`, and 200 in `application/json`, where clients cannot tell
//! our 400 from a proxy's. Everything that was executed is 200, whatever its fields met.

use std::{collections::BTreeMap, time::Duration};

use async_graphql::{ErrorExtensionValues, ServerError, Value};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;

use super::{freshness::cache_control, media::Format, text};
use crate::edge::{Error, Keep, Kept};

/// Longer messages are cut: some of the library's repeat the client's values.
const MESSAGE_CHARS: usize = 400;

/// A document can be wrong in thousands of places; these many are told.
const REQUEST_ERRORS: usize = 20;

/// Answers with what the graph returned, and keeps that when it went well.
pub(super) fn executed(
    mut response: async_graphql::Response,
    format: Format,
    fresh_for: Option<Duration>,
    keep: Option<Keep>,
) -> Response {
    let is_request_error = tidy(&mut response);
    let data = (!is_request_error).then_some(&response.data);
    let body = text::envelope(&response.errors, data, &response.extensions);
    let status = match format {
        Format::GraphqlResponse if is_request_error => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let body = Bytes::from(body);
    let is_whole = response.errors.is_empty();
    if let Some(keep) = keep.filter(|_| is_whole) {
        keep(body.clone());
    }
    send(status, format, body, fresh_for.filter(|_| is_whole))
}

/// Answers with what was answered before.
pub(super) fn kept(kept: Kept, format: Format) -> Response {
    send(StatusCode::OK, format, kept.body, Some(kept.fresh_for))
}

/// Bounds and codes the errors. Says whether this is a request error: nothing was executed.
pub(in crate::edge) fn tidy(response: &mut async_graphql::Response) -> bool {
    // A field that fails names its path, so null without any path was never executed.
    let is_request_error = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    if is_request_error {
        response.errors.truncate(REQUEST_ERRORS);
    }
    for error in &mut response.errors {
        // The graph codes its own: what is left are the library's words on the request.
        set_missing_code(error);
        cut(&mut error.message);
    }
    is_request_error
}

/// Answers with an error of the edge.
pub(super) fn refused(error: &Error, format: Format) -> Response {
    let body = text::envelope(&[error.to_server_error()], None, &BTreeMap::new());
    let status = match (error, format) {
        (Error::Refused(_), Format::Json) => StatusCode::OK,
        _ => error.status(),
    };
    let mut response = send(status, format, body.into(), None);
    let headers = response.headers_mut();
    match error {
        Error::MethodNotAllowed { allow } => {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        Error::Unauthenticated(error) => {
            if let Some(challenge) = error.challenge() {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static(challenge),
                );
            }
            if let Some(after) = error.retry_after() {
                headers.insert(header::RETRY_AFTER, after.as_secs().into());
            }
        }
        _ => {}
    }
    response
}

/// As [`refused`], for when nobody has asked what the client accepts.
pub(in crate::edge) fn refuse(error: &Error) -> Response {
    refused(error, Format::Json)
}

/// Gives an error that the library raised before execution its code.
fn set_missing_code(error: &mut ServerError) {
    // The wording of the pinned version; a test holds it.
    let code = match error.message.as_str() {
        "Query is too complex." | "Query is nested too deep." => "QUERY_TOO_COSTLY",
        _ => "BAD_USER_INPUT",
    };
    let extensions = error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
}

fn cut(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARS) {
        message.truncate(end);
        message.push('…');
    }
}

fn send(status: StatusCode, format: Format, body: Bytes, fresh_for: Option<Duration>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.content_type()),
    );
    headers.insert(header::CACHE_CONTROL, cache_control(fresh_for));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept, authorization"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_between_characters() {
        let mut message = "ä".repeat(500);
        cut(&mut message);
        assert_eq!(message.chars().count(), MESSAGE_CHARS + 1);
        let mut message = String::from("short");
        cut(&mut message);
        assert_eq!(message, "short");
    }
}
