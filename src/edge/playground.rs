//! The playground: a page built in `playground/` and carried inside the binary.
//!
//! Files come from `playground/dist`, packed where the build packed them. Names that carry a digest
//! are kept by browsers for good, everything else is asked for again. Nothing comes from elsewhere.

use axum::{
    Json, Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// Only our own code runs and only our own server is asked; the editor sets styles from script.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Encodings that the build may have prepared, the best first, with their files' extension.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

#[derive(RustEmbed)]
#[folder = "playground/dist"]
struct Dist;

/// What the page is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Filled in for whoever opens the page: only ever a demo's token.
    pub token: Option<SecretString>,
    /// Whether the page says that the upstream systems are simulated.
    pub simulated: bool,
}

pub(super) fn router(settings: &Settings) -> Router {
    let config = json!({
        "graphql": "/graphql",
        "token": settings.token.as_ref().map(ExposeSecret::expose_secret),
        "simulated": settings.simulated,
    });
    Router::new()
        .route("/", get(async |headers| file("index.html", &headers)))
        .route(
            "/playground/config.json",
            get(async || ([(header::CACHE_CONTROL, "no-store")], Json(config))),
        )
        .route(
            "/playground/{*path}",
            get(async |Path(path): Path<String>, headers| file(&path, &headers)),
        )
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some((content_type, (encoding, file))) = content_type(path).zip(find(path, headers)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = etag(&file);
    let caching = if carries_digest(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| {
            known
                .split(',')
                .any(|known| known.trim().trim_start_matches("W/") == etag)
        });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = file.data.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let etag = HeaderValue::try_from(etag).expect("hex digits in quotes");
    for (name, value) in [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ),
    ] {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The file in the best form that the client accepts and the build has prepared.
fn find(path: &str, headers: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    ENCODINGS
        .into_iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, extension)| {
            let file = Dist::get(&format!("{path}{extension}"))?;
            Some((Some(encoding), file))
        })
        .or_else(|| Some((None, Dist::get(path)?)))
}

/// Whether `Accept-Encoding` names `encoding` with a quality above zero; a wildcard is not enough.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let (name, quality) = offer.split_once(';').unwrap_or((offer, "q=1"));
            let quality = quality.trim().trim_start_matches("q=").parse::<f32>();
            name.trim().eq_ignore_ascii_case(encoding) && quality.is_ok_and(|q| q > 0.0)
        })
}

/// Whether the build put a digest before the extension, as in `app-3NA5VS6Z.css`.
fn carries_digest(path: &str) -> bool {
    path.rsplit_once('.')
        .and_then(|(stem, _)| stem.rsplit_once('-'))
        .is_some_and(|(_, digest)| {
            let is_base32 = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            digest.len() == 8 && digest.bytes().all(is_base32)
        })
}

/// `None` for what the page has no use for, which is then not served.
fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// Differs between the encodings of one file, as a strong tag must.
fn etag(file: &EmbeddedFile) -> String {
    use std::fmt::Write;

    let digest = file.metadata.sha256_hash();
    let mut etag = String::from("\"");
    for byte in &digest[..16] {
        // Writing into a string cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    etag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_encoding_that_is_named_and_not_ruled_out_is_used() {
        for (header, expected) in [
            ("gzip, deflate, br", true),
            ("gzip;q=1.0, BR;q=0.5", true),
            ("br;q=0", false),
            ("gzip, br; q=0.0", false),
            ("*", false),
            ("", false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, header.parse().unwrap())]);
            assert_eq!(accepts(&headers, "br"), expected, "{header}");
        }
    }

    #[test]
    fn only_a_name_with_a_digest_is_kept_for_good() {
        assert!(carries_digest("app-3NA5VS6Z.css"));
        for name in [
            "index.html",
            "favicon.svg",
            "app-small.css",
            "app-3NA5VS6.css",
            "app",
        ] {
            assert!(!carries_digest(name), "{name}");
        }
    }
}
