//! How much a token may ask: a fixed window of a minute each, told on every answer.
//!
//! That the window is fixed and begins with the first request in it is assumed. An answer to an
//! unknown token counts nothing and tells a full window (assumed).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::{DateTime, TimeDelta, Utc};

const LENGTH: TimeDelta = TimeDelta::seconds(60);

/// The running minute of one token.
#[derive(Default)]
pub(super) struct Usage {
    /// When the minute began; none before the first request.
    began: Option<DateTime<Utc>>,
    requests: u32,
}

/// What one request learns of its token's minute.
#[derive(Debug, PartialEq)]
pub(super) struct Allowance {
    limit: u32,
    remaining: u32,
    reset_seconds: i64,
    /// Whether the request is within the limit.
    pub(super) is_granted: bool,
}

impl Usage {
    /// Counts one request.
    pub(super) fn count(&mut self, limit: u32, now: DateTime<Utc>) -> Allowance {
        let running = self.began.filter(|began| now - began < LENGTH);
        let began = running.unwrap_or_else(|| {
            self.requests = 0;
            now
        });
        self.began = Some(began);
        let is_granted = self.requests < limit;
        if is_granted {
            self.requests += 1;
        }
        let left = began + LENGTH - now;
        Allowance {
            limit,
            remaining: limit.saturating_sub(self.requests),
            // Rounded up, so that whoever waits that long finds a new minute.
            reset_seconds: (left.num_milliseconds() + 999) / 1000,
            is_granted,
        }
    }
}

impl Allowance {
    /// A minute in which nothing was asked.
    pub(super) fn untouched(limit: u32) -> Self {
        Self {
            limit,
            remaining: limit,
            reset_seconds: LENGTH.num_seconds(),
            is_granted: true,
        }
    }

    /// Writes `RateLimit-*`, and `Retry-After` where the request was refused.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let mut set = |name, value| headers.insert(name, value);
        set(
            HeaderName::from_static("ratelimit-limit"),
            HeaderValue::from(self.limit),
        );
        set(
            HeaderName::from_static("ratelimit-remaining"),
            HeaderValue::from(self.remaining),
        );
        set(
            HeaderName::from_static("ratelimit-reset"),
            HeaderValue::from(self.reset_seconds),
        );
        if !self.is_granted {
            set(header::RETRY_AFTER, HeaderValue::from(self.reset_seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_begins_with_its_first_request_and_ends_sixty_seconds_later() {
        let start = DateTime::UNIX_EPOCH;
        let mut usage = Usage::default();

        assert_eq!(usage.count(2, start).remaining, 1);
        assert!(usage.count(2, start).is_granted);
        let refused = usage.count(2, start + TimeDelta::milliseconds(59_001));
        let renewed = usage.count(2, start + LENGTH);

        assert!(!refused.is_granted);
        assert_eq!((refused.remaining, refused.reset_seconds), (0, 1));
        assert!(renewed.is_granted);
        assert_eq!((renewed.remaining, renewed.reset_seconds), (1, 60));
    }
}
