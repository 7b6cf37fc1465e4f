//! One call: its attempts, what is worth repeating, and how an attempt's end becomes an error.

use std::{sync::OnceLock, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{
    RequestBuilder, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde::Serialize;
use tracing::Instrument;

use super::{
    Answer, Shared, Transport,
    answer::{Unread, read_body},
    names,
};
use crate::upstream::{Error, Forbidden, Outcome};

/// How often a call is made at most.
const TRIES: u32 = 3;
/// The longest pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A call that is being put together.
#[must_use = "nothing is sent before `send`, `find` or `remove`"]
#[derive(Debug)]
pub struct Call<'a> {
    transport: &'a Transport,
    operation: &'static str,
    request: RequestBuilder,
    /// Why it must not leave, once that is known.
    forbidden: OnceLock<Forbidden>,
    timeout: Duration,
    keys: usize,
    tries: u32,
    tries_on_500: u32,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        transport: &'a Transport,
        operation: &'static str,
        request: RequestBuilder,
        forbidden: Option<Forbidden>,
    ) -> Self {
        Self {
            transport,
            operation,
            request,
            forbidden: forbidden.map_or_else(OnceLock::new, OnceLock::from),
            timeout: transport.shared.limits.timeout,
            keys: 1,
            tries: 1,
            tries_on_500: TRIES,
        }
    }

    /// Adds a header.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        let request = self.request.header(name, value);
        Self { request, ..self }
    }

    /// Sends these pairs as a form.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let request = self.request.form(pairs);
        Self { request, ..self }
    }

    /// Sends this as JSON.
    pub fn json(self, body: &impl Serialize) -> Self {
        let request = self.request.json(body);
        Self { request, ..self }
    }

    /// Allows another time than the system's usual one, retries included.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Says how many records it asks for by their ids.
    pub fn keys(self, keys: usize) -> Self {
        Self { keys, ..self }
    }

    /// Says that doing it twice does no harm, so that it may be tried again.
    pub fn repeatable(self) -> Self {
        let tries = TRIES;
        Self { tries, ..self }
    }

    /// Tries at most so often when the answer is 500; other failures are not concerned.
    pub fn tries_on_500(self, tries_on_500: u32) -> Self {
        Self {
            tries_on_500,
            ..self
        }
    }

    /// Makes the call for a record that may not be there.
    ///
    /// Shape: `None` for a 404.
    /// Errors: all of [`Error`] but [`Error::Unreadable`].
    pub async fn find(self) -> Result<Option<Answer>, Error> {
        match self.send().await {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::Rejected { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the call that takes a record away.
    ///
    /// Shape: whether it was there. A 404 counts as done where an earlier attempt may have done it.
    /// Errors: all of [`Error`] but [`Error::Unreadable`].
    pub async fn remove(self) -> Result<bool, Error> {
        let mut may_be_done = false;
        match self.conclude(&mut may_be_done).await {
            Ok(_) => Ok(true),
            Err(Error::Rejected { status: 404, .. }) => Ok(may_be_done),
            Err(error) => Err(error),
        }
    }

    /// Makes the call.
    ///
    /// Errors: all of [`Error`] but [`Error::Unreadable`].
    pub async fn send(self) -> Result<Answer, Error> {
        self.conclude(&mut false).await
    }

    /// All attempts; `may_be_done` becomes true with one that failed after it may have been heard.
    async fn conclude(&self, may_be_done: &mut bool) -> Result<Answer, Error> {
        let attempts = async {
            if self.forbidden.get().is_some() {
                return Err(self.unreachable());
            }
            for number in 1.. {
                let error = match self.attempt(number).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                };
                let Some(pause) = self.pause_after(number, &error) else {
                    return Err(error);
                };
                *may_be_done |= !matches!(error, Error::Throttled { .. });
                self.transport.clock().sleep(pause).await;
            }
            unreachable!("the tries end before the numbers do")
        };
        // Around all attempts and pauses, for whoever asks waits through all of them.
        let sent = self
            .transport
            .in_time(self.operation, self.timeout, attempts)
            .await;
        match &sent {
            // Whether absence is a failure is for the client to say.
            Ok(_) | Err(Error::Rejected { status: 404, .. }) => {}
            Err(error) => match self.forbidden.get() {
                Some(why) => tracing::warn!(system = error.system().name(), "{error}: {why}"),
                None => error.log(),
            },
        }
        sent
    }

    /// How long to wait after attempt `number`; `None` when another would be in vain.
    fn pause_after(&self, number: u32, error: &Error) -> Option<Duration> {
        let tries = match error {
            Error::Unreachable { .. } if self.forbidden.get().is_some() => 1,
            Error::Unreachable { .. } | Error::Throttled { .. } => self.tries,
            Error::Failed { status: 500, .. } => self.tries.min(self.tries_on_500),
            Error::Failed {
                status: 502..=504, ..
            } => self.tries,
            _ => 1,
        };
        let pause = match error {
            Error::Throttled {
                retry_after: Some(asked),
                ..
            } if *asked > self.transport.scope.patience => return None,
            Error::Throttled {
                retry_after: Some(asked),
                ..
            } => *asked,
            _ => jittered(number),
        };
        let is_in_time = self.transport.time_left().is_none_or(|left| pause < left);
        (number < tries && is_in_time).then_some(pause)
    }

    fn attempt(&self, number: u32) -> impl Future<Output = Result<Answer, Error>> {
        let span = tracing::info_span!(
            "upstream_call",
            system = self.shared().system.name(),
            operation = self.operation,
            attempt = number,
            status = tracing::field::Empty,
            elapsed_ms = tracing::field::Empty,
        );
        self.exchange(number).instrument(span)
    }

    async fn exchange(&self, number: u32) -> Result<Answer, Error> {
        let shared = self.shared();
        let request = self.request.try_clone().expect("bodies are held in memory");
        // Held while a call is under way, not while it pauses.
        let _slot = shared.slots.acquire().await.expect("is never closed");
        let calls = &self.transport.scope.calls;
        let mut attempt = calls.begin(
            shared.system,
            self.operation,
            self.keys,
            number,
            shared.clock.now(),
        );
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                attempt.end(Outcome::Unreachable);
                if let Some(why) = names::forbidden(&error) {
                    self.forbidden.get_or_init(|| why);
                }
                tracing::debug!(error = %error.without_url(), "the call broke");
                return Err(self.unreachable());
            }
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = read_body(&mut response, shared.limits.max_body_bytes).await;
        attempt.end(Outcome::Answered(status.as_u16()));
        if let Ok(body) = &body {
            attempt.received(body.len());
        }
        if let Some(error) = self.failure(status, &headers) {
            return Err(error);
        }
        match body {
            Ok(body) => Ok(Answer {
                system: shared.system,
                operation: self.operation,
                status,
                headers,
                body,
            }),
            Err(Unread::Broken) => {
                attempt.end(Outcome::Unreachable);
                Err(self.unreachable())
            }
            Err(Unread::TooLarge) => Err(Error::TooLarge {
                system: shared.system,
                operation: self.operation,
                limit: shared.limits.max_body_bytes,
            }),
        }
    }

    /// What a status other than success means; bodies are never looked at.
    fn failure(&self, status: StatusCode, headers: &HeaderMap) -> Option<Error> {
        let system = self.shared().system;
        let operation = self.operation;
        Some(match status.as_u16() {
            200..=299 => return None,
            429 => Error::Throttled {
                system,
                operation,
                retry_after: retry_after(headers, self.transport.now()),
            },
            status @ (401 | 403) => Error::Refused {
                system,
                operation,
                status,
            },
            status @ 400..=499 => Error::Rejected {
                system,
                operation,
                status,
            },
            status @ 500.. => Error::Failed {
                system,
                operation,
                status,
            },
            status => Error::Redirected {
                system,
                operation,
                status,
            },
        })
    }

    fn unreachable(&self) -> Error {
        Error::Unreachable {
            system: self.shared().system,
            operation: self.operation,
        }
    }

    fn shared(&self) -> &Shared {
        &self.transport.shared
    }
}

/// The pause after attempt `number`, with full jitter: anything from nothing to a length that
/// doubles each time, so that callers who failed together do not come back together.
fn jittered(number: u32) -> Duration {
    (FIRST_PAUSE * (1 << (number - 1))).mul_f64(fastrand::f64())
}

/// `Retry-After` in either of its two forms, from `now`.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(value).ok()?;
    Some((at.to_utc() - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_vary_within_a_length_that_doubles() {
        for number in 1..TRIES {
            let longest = FIRST_PAUSE * 2_u32.pow(number - 1);
            let pauses: Vec<_> = (0..100).map(|_| jittered(number)).collect();
            assert!(pauses.iter().all(|pause| *pause <= longest));
            assert!(pauses.iter().any(|pause| *pause < longest / 2));
            assert!(pauses.iter().any(|pause| *pause > longest / 2));
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = DateTime::parse_from_rfc3339("2026-03-01T08:00:00Z").unwrap();
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]);
            retry_after(&headers, now.to_utc())
        };
        assert_eq!(read("17"), Some(Duration::from_secs(17)));
        assert_eq!(
            read("Sun, 01 Mar 2026 08:00:05 GMT"),
            Some(Duration::from_secs(5))
        );
        assert_eq!(read("Sun, 01 Mar 2026 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }
}
