//! `If-Match`: a write that holds only for the version that its author saw.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::problem::Problem;

/// The versions that a write is meant for; none when it is meant for any.
pub(super) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Errors: 412 where `etag` is none of the versions. They are compared byte for byte, the `W/`
    /// included; `*` stands for any, as in RFC 9110 (assumed).
    pub(super) fn check(&self, etag: &str) -> Result<(), Problem> {
        let is_meant = |versions: &Vec<String>| versions.iter().any(|it| it == "*" || it == etag);
        match self.0.as_ref().is_none_or(is_meant) {
            true => Ok(()),
            false => Err(Problem::precondition_failed()),
        }
    }

    fn of(headers: &HeaderMap) -> Self {
        let given: Vec<_> = headers.get_all(header::IF_MATCH).iter().collect();
        // What is no text cannot be one of our versions.
        let texts = given.iter().filter_map(|value| value.to_str().ok());
        let versions = texts.flat_map(|text| text.split(','));
        let versions = versions.map(|version| version.trim().to_owned()).collect();
        Self((!given.is_empty()).then_some(versions))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}
