//! How fresh an answer a client asks for, and how fresh it is told that one is.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

/// The oldest that a client accepts, by its `Cache-Control`: zero for `no-cache` and `no-store`.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(header::CACHE_CONTROL).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let directives = texts.flat_map(|text| text.split(','));
    directives
        .filter_map(|directive| {
            let directive = directive.trim().to_ascii_lowercase();
            match directive.split_once('=') {
                None if ["no-cache", "no-store"].contains(&&*directive) => Some(Duration::ZERO),
                Some(("max-age", seconds)) => {
                    let seconds = seconds.trim_matches('"').parse().ok()?;
                    Some(Duration::from_secs(seconds))
                }
                _ => None,
            }
        })
        .min()
}

/// What an answer says of itself: whole seconds for the one who asked, nothing for others.
pub(super) fn cache_control(fresh_for: Option<Duration>) -> HeaderValue {
    let seconds = fresh_for.map_or(0, |fresh_for| fresh_for.as_secs());
    match seconds {
        0 => HeaderValue::from_static("no-store"),
        seconds => HeaderValue::try_from(format!("private, max-age={seconds}"))
            .expect("digits stand in headers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Option<u64> {
        let values = values.iter().map(|value| HeaderValue::from_static(value));
        let headers = values.map(|value| (header::CACHE_CONTROL, value)).collect();
        max_age(&headers).map(|age| age.as_secs())
    }

    #[test]
    fn the_strictest_wish_counts() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["no-cache"]), Some(0));
        assert_eq!(read(&["No-Store"]), Some(0));
        assert_eq!(read(&["max-age=30"]), Some(30));
        assert_eq!(read(&["max-stale=30, max-age=\"7\""]), Some(7));
        assert_eq!(read(&["max-age=7", "no-cache"]), Some(0));
        assert_eq!(read(&["max-age=soon, only-if-cached"]), None);
    }

    #[test]
    fn an_answer_says_how_long_it_is_fresh_and_for_whom() {
        let said = |fresh_for| cache_control(fresh_for).to_str().unwrap().to_owned();
        assert_eq!(said(None), "no-store");
        assert_eq!(said(Some(Duration::from_millis(900))), "no-store");
        let minute = Some(Duration::from_millis(59_900));
        assert_eq!(said(minute), "private, max-age=59");
    }
}
