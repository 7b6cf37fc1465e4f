//! Content negotiation: what the answer may be, and what the body must be.

use std::cmp::Reverse;

use axum::http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE},
};
use mime::Mime;

use crate::edge::Error;

/// The media types we answer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/json`, for clients that do not ask for better.
    Json,
    /// `application/graphql-response+json`, whose status codes tell what happened.
    GraphqlResponse,
}

impl Format {
    /// For the `Content-Type` header.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// How closely `range` names this format, if at all; a closer one has the say over its quality.
    fn specificity(self, range: &Mime) -> Option<u8> {
        let is_utf_8 = range
            .get_param("charset")
            .is_none_or(|charset| charset.as_str().eq_ignore_ascii_case("utf-8"));
        match range.essence_str() {
            "*/*" => Some(0),
            "application/*" => Some(1),
            "application/json" if is_utf_8 && self == Self::Json => Some(2),
            "application/graphql-response+json" if is_utf_8 && self == Self::GraphqlResponse => {
                Some(2)
            }
            _ => None,
        }
    }
}

/// The format that the client likes best, `None` when it accepts neither.
///
/// Among equals the closer named one wins, then the one named first. Where only a wildcard, or
/// nothing, is said, it is JSON: so does the specification's audit want it for old clients.
pub(super) fn accepted(headers: &HeaderMap) -> Option<Format> {
    let ranges: Vec<(Mime, f32)> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.trim().parse::<Mime>().ok())
        .filter_map(|range| {
            let quality = match range.get_param("q") {
                Some(q) => q.as_str().parse().ok()?,
                None => 1.0,
            };
            Some((range, quality))
        })
        .collect();
    if headers.get_all(ACCEPT).iter().all(HeaderValue::is_empty) {
        return Some(Format::Json);
    }
    let preference = |format: Format| {
        let (specificity, position) = ranges
            .iter()
            .enumerate()
            .filter_map(|(position, (range, _))| {
                Some((format.specificity(range)?, Reverse(position)))
            })
            .max()?;
        let quality = ranges[position.0].1;
        (quality > 0.0).then_some((quality, specificity, position))
    };
    match (
        preference(Format::Json),
        preference(Format::GraphqlResponse),
    ) {
        (json, Some(graphql)) if json.is_none_or(|json| graphql > json) => {
            Some(Format::GraphqlResponse)
        }
        (Some(_), _) => Some(Format::Json),
        _ => None,
    }
}

/// Refuses a body that is not announced as plain JSON in UTF-8.
///
/// This is also what keeps other sites out: a browser asks before it sends this type across.
pub(super) fn check_body(headers: &HeaderMap) -> Result<(), Error> {
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.parse::<Mime>().ok())
        .is_some_and(|content_type| {
            content_type.essence_str() == "application/json"
                && content_type
                    .get_param("charset")
                    .is_none_or(|charset| charset.as_str().eq_ignore_ascii_case("utf-8"))
        });
    let is_plain = headers
        .get(CONTENT_ENCODING)
        .is_none_or(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_json && is_plain {
        Ok(())
    } else {
        Err(Error::UnsupportedMediaType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_what_the_client_likes_best() {
        let json = Some(Format::Json);
        let graphql = Some(Format::GraphqlResponse);
        for (accept, expected) in [
            ("", json),
            ("*/*", json),
            ("application/*", json),
            ("application/json", json),
            ("application/json; charset=UTF-8", json),
            ("application/graphql-response+json", graphql),
            (
                "APPLICATION/GraphQL-Response+JSON; charset=\"utf-8\"",
                graphql,
            ),
            (
                "application/graphql-response+json,application/json;q=0.9",
                graphql,
            ),
            (
                "application/json;q=0.9, application/graphql-response+json",
                graphql,
            ),
            (
                "application/graphql-response+json;q=0.5, application/json",
                json,
            ),
            (
                "application/graphql-response+json, application/json",
                graphql,
            ),
            ("application/json, application/graphql-response+json", json),
            ("*/*, application/graphql-response+json", graphql),
            ("application/json;q=0, */*;q=0.1", graphql),
            ("text/html, application/xhtml+xml, */*;q=0.8", json),
            (
                "text/html;a=\"b, application/graphql-response+json",
                graphql,
            ),
            (
                "application/json;charset=latin1, application/graphql-response+json;q=0.1",
                graphql,
            ),
            ("text/html", None),
            ("application/json;charset=latin1", None),
            (
                "application/json;q=0, application/graphql-response+json;q=0.0",
                None,
            ),
            ("application/json;q=much", None),
            ("nonsense", None),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            assert_eq!(accepted(&headers), expected, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new()), json);
    }
}
