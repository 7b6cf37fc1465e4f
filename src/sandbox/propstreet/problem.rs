//! Refusals, as `application/problem+json`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

/// A refusal. Clients are to branch on the status, never on the type: the vendor's own pages spell
/// the types in three ways, and only `precondition-failed` is confirmed for this one.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
    /// The query parameter or body field at fault.
    field: Option<&'static str>,
}

impl Problem {
    fn new(
        status: StatusCode,
        slug: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            slug,
            title,
            detail: detail.into(),
            field: None,
        }
    }

    /// What is wrong, in one sentence.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// A value that the endpoint does not take.
    pub(super) fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self {
            field: Some(field),
            ..Self::new(status, "validation-failed", "Validation failed", detail)
        }
    }

    /// No token, an unknown one, or one that has expired.
    pub(super) fn unauthorized() -> Self {
        let detail = "the access token is missing, unknown or expired";
        let status = StatusCode::UNAUTHORIZED;
        Self::new(status, "unauthorized", "Unauthorized", detail)
    }

    /// No such record, one that is deleted, or one of another tenant.
    pub(super) fn not_found() -> Self {
        let detail = "the resource does not exist";
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// What the request makes is there already, or is being made.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict", detail)
    }

    /// Another version than the one that the request is meant for, in the guide's own words.
    pub(super) fn precondition_failed() -> Self {
        let status = StatusCode::PRECONDITION_FAILED;
        let detail = "ETag mismatch - resource was modified";
        Self::new(status, "precondition-failed", "Precondition failed", detail)
    }

    /// Each value is right, together they are not.
    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "unprocessable", "Unprocessable", detail)
    }

    /// More bytes in the body than the vendor's limit; the type is assumed.
    pub(super) fn body_too_large() -> Self {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        let detail = "the body may hold 10 MB";
        Self::new(status, "validation-failed", "Body too large", detail)
    }

    /// The path is there, the method is not.
    pub(super) fn method_not_allowed() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let detail = "the resource does not take this method";
        Self::new(status, "method-not-allowed", "Method not allowed", detail)
    }

    /// More characters in the address than the vendor's limit.
    pub(super) fn address_too_long() -> Self {
        let status = StatusCode::URI_TOO_LONG;
        let detail = "the URL may hold 8,000 characters";
        Self::new(status, "validation-failed", "URL too long", detail)
    }

    /// The token has used up its window.
    pub(super) fn rate_limited() -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let detail = "the rate limit of this token is used up";
        Self::new(status, "rate-limited", "Too many requests", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:propstreet:error:{}", self.slug),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(field) = self.field {
            let texts = Map::from_iter([(field.to_owned(), json!([self.detail]))]);
            body["errors"] = Value::Object(texts);
        }
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
