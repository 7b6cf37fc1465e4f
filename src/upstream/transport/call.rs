//! One call: its attempts, what is worth repeating, and how an attempt's end becomes an error.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    RequestBuilder, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;
use tracing::Instrument;

use super::{
    Answer, SHORTEST, Shared, Transport,
    answer::{Unread, read_body, spool_body},
    breaker::{Pass, Verdict},
    budget::{Reservation, retry_after},
    bulkhead::Slot,
    names,
};
use crate::{
    spool::Spooled,
    upstream::{Error, Forbidden, Outcome},
};

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
    /// Makes the body anew for each attempt, where it is too long to be held in memory.
    body: Option<Streamed>,
    /// The longest body of the answer, where that goes to disk; in bytes.
    to_disk: Option<u64>,
    /// Why it must not leave, once that is known.
    forbidden: OnceLock<Forbidden>,
    timeout: Duration,
    keys: usize,
    tries: u32,
    tries_on_500: u32,
    /// When the system was asked that has not answered yet, in milliseconds; else [`NOT_ASKED`].
    asked_at: AtomicI64,
    /// Whether a connection stood at any attempt, so that the system may have heard of the call.
    may_be_heard: AtomicBool,
}

const NOT_ASKED: i64 = i64::MAX;

/// Makes a body.
struct Streamed(Box<dyn Fn() -> reqwest::Body + Send + Sync>);

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").finish_non_exhaustive()
    }
}

/// What a system made of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<T> {
    /// It was made; what the system answered.
    Done(T),
    /// It was not made now, by a status of 400 to 499 that is none of ours to mend.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// Whether an earlier attempt of the same call may have made it.
        may_be_done: bool,
    },
}

/// When a call has to be over.
#[derive(Debug, Clone, Copy)]
struct End {
    at: DateTime<Utc>,
    /// From its beginning.
    after: Duration,
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
            body: None,
            to_disk: None,
            forbidden: forbidden.map_or_else(OnceLock::new, OnceLock::from),
            timeout: transport.shared.limits.timeout,
            keys: 1,
            tries: 1,
            tries_on_500: TRIES,
            asked_at: AtomicI64::new(NOT_ASKED),
            may_be_heard: AtomicBool::new(false),
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

    /// Sends this body, of `length` bytes and of this media type; `make` is asked once for each attempt.
    pub fn stream(
        self,
        media_type: &'static str,
        length: u64,
        make: impl Fn() -> reqwest::Body + Send + Sync + 'static,
    ) -> Self {
        let request = self
            .request
            .header(CONTENT_TYPE, HeaderValue::from_static(media_type))
            // Servers and what stands before them may not take one whose length is not said.
            .header(CONTENT_LENGTH, HeaderValue::from(length));
        Self {
            request,
            body: Some(Streamed(Box::new(make))),
            ..self
        }
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

    /// Makes the call for a file of at most `limit` bytes, which goes to disk.
    ///
    /// Errors: all of [`Error`] but [`Error::Unreadable`].
    pub async fn download(mut self, limit: u64) -> Result<Spooled, Error> {
        self.to_disk = Some(limit);
        let unreachable = self.unreachable();
        self.send().await?.file.ok_or(unreachable)
    }

    /// Makes the call that takes a record away.
    ///
    /// Shape: whether it was there. A 404 counts as done where an earlier attempt may have done it.
    /// Errors: all of [`Error`] but [`Error::Unreadable`].
    pub async fn remove(self) -> Result<bool, Error> {
        let (system, operation) = (self.shared().system, self.operation);
        match self.change().await? {
            Written::Done(_) => Ok(true),
            Written::Rejected {
                status: 404,
                may_be_done,
            } => Ok(may_be_done),
            Written::Rejected { status, .. } => Err(Error::Rejected {
                system,
                operation,
                status,
            }),
        }
    }

    /// Makes a call that changes something and may be rejected for reasons that the caller knows
    /// what to do about.
    ///
    /// Errors: all of [`Error`] but [`Error::Unreadable`] and [`Error::Rejected`]. One that says that
    /// nothing was done holds for all attempts: where an earlier one may have been heard and the
    /// last was turned away, it is [`Error::Unreachable`]; where no connection ever stood,
    /// [`Error::Unconnected`].
    pub async fn change(self) -> Result<Written<Answer>, Error> {
        let mut may_be_done = false;
        match self.conclude(&mut may_be_done).await {
            Ok(answer) => Ok(Written::Done(answer)),
            Err(Error::Rejected { status, .. }) => Ok(Written::Rejected {
                status,
                may_be_done,
            }),
            Err(
                Error::Throttled { .. }
                | Error::Suspended { .. }
                | Error::Refused { .. }
                | Error::Redirected { .. },
            ) if may_be_done => Err(self.unreachable()),
            Err(Error::Unreachable { system, operation })
                if !self.may_be_heard.load(Ordering::Relaxed) =>
            {
                Err(Error::Unconnected { system, operation })
            }
            Err(error) => Err(error),
        }
    }

    /// Makes the call.
    ///
    /// Errors: all of [`Error`] but [`Error::Unreadable`].
    pub async fn send(self) -> Result<Answer, Error> {
        self.conclude(&mut false).await
    }

    /// The whole call; `may_be_done` becomes true with an attempt that failed after it may have
    /// been heard.
    async fn conclude(&self, may_be_done: &mut bool) -> Result<Answer, Error> {
        let sent = self.watched(may_be_done).await;
        match &sent {
            // Whether absence, or that somebody else was first, is a failure is for others to say.
            Ok(_)
            | Err(Error::Rejected {
                status: 404 | 409 | 412,
                ..
            }) => {}
            // Told once, when it began.
            Err(error @ Error::Suspended { .. }) => {
                tracing::debug!(system = error.system().name(), "{error}");
            }
            Err(error) => match self.forbidden.get() {
                Some(why) => tracing::warn!(system = error.system().name(), "{error}: {why}"),
                None => error.log(),
            },
        }
        sent
    }

    /// All attempts, if the breaker lets them.
    async fn watched(&self, may_be_done: &mut bool) -> Result<Answer, Error> {
        if self.forbidden.get().is_some() {
            return Err(self.unreachable());
        }
        let breaker = &self.shared().breaker;
        let pass = breaker.enter().map_err(|after| self.suspended(after))?;
        let left = self.transport.time_left();
        let after = left.map_or(self.timeout, |left| left.min(self.timeout));
        let at = TimeDelta::from_std(after).ok();
        let at = at.and_then(|after| self.transport.now().checked_add_signed(after));
        let at = at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let attempts = self.attempts(&pass, End { at, after }, may_be_done);
        // Around all attempts and pauses, for whoever asks waits through all of them.
        let sent = self
            .transport
            .in_time(self.operation, self.timeout, attempts)
            .await;
        pass.end(self.verdict(&sent));
        sent
    }

    async fn attempts(
        &self,
        pass: &Pass<'_>,
        end: End,
        may_be_done: &mut bool,
    ) -> Result<Answer, Error> {
        for number in 1.. {
            let turn = self.turn(pass, end).await?;
            let error = match self.attempt(number, turn).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if pass.is_probe() || number >= self.tries_after(&error) {
                return Err(error);
            }
            // How long to wait after a 429 is for the budget to say.
            if !matches!(error, Error::Throttled { .. }) {
                *may_be_done |= self.may_be_heard.load(Ordering::Relaxed);
                let pause = jittered(number);
                if self.transport.now() + pause >= end.at {
                    return Err(error);
                }
                self.transport.clock().sleep(pause).await;
            }
        }
        unreachable!("the tries end before the numbers do")
    }

    /// Waits until the system allows a call and there is room for one.
    async fn turn(&self, pass: &Pass<'_>, end: End) -> Result<(Reservation, Slot), Error> {
        let (shared, scope) = (self.shared(), &self.transport.scope);
        let (system, operation) = (shared.system, self.operation);
        loop {
            let allowance = &shared.allowance;
            let reserved = allowance.reserve(scope.priority, scope.patience, end.at);
            let mut reservation = reserved.await.map_err(|after| Error::Throttled {
                system,
                operation,
                retry_after: Some(after),
            })?;
            // Held while a call is under way, not while it pauses.
            let slot = shared.bulkhead.enter(scope.priority).await;
            if let Some(after) = pass.is_void() {
                return Err(self.suspended(after));
            }
            let left = (end.at - shared.clock.now()).to_std();
            if left.unwrap_or(Duration::ZERO) < SHORTEST {
                return Err(Error::TimedOut {
                    system,
                    operation,
                    after: end.after,
                });
            }
            // Else less is left than was thought when leave was given.
            if reservation.confirm() {
                return Ok((reservation, slot));
            }
        }
    }

    /// How many attempts are worth it when one ended so.
    fn tries_after(&self, error: &Error) -> u32 {
        match error {
            Error::Unreachable { .. } if self.forbidden.get().is_some() => 1,
            Error::Unreachable { .. } | Error::Throttled { .. } => self.tries,
            Error::Failed { status: 500, .. } => self.tries.min(self.tries_on_500),
            Error::Failed {
                status: 502..=504, ..
            } => self.tries,
            _ => 1,
        }
    }

    /// What the end of the call tells of the system.
    fn verdict(&self, sent: &Result<Answer, Error>) -> Verdict {
        match sent {
            Err(Error::Unreachable { .. }) if self.forbidden.get().is_some() => Verdict::Unknown,
            Err(Error::Unreachable { .. } | Error::Unconnected { .. } | Error::Failed { .. }) => {
                Verdict::Down
            }
            // Only a long silence tells something, not that we were late to ask.
            Err(Error::TimedOut { .. }) => {
                let asked_at = self.asked_at.load(Ordering::Relaxed);
                let silent_ms = self.transport.now().timestamp_millis() - asked_at;
                match u128::try_from(silent_ms) {
                    Ok(silent_ms) if silent_ms * 2 >= self.timeout.as_millis() => Verdict::Down,
                    _ => Verdict::Unknown,
                }
            }
            Err(Error::Throttled { .. } | Error::Suspended { .. }) => Verdict::Unknown,
            Ok(_)
            | Err(
                Error::Refused { .. }
                | Error::Rejected { .. }
                | Error::Redirected { .. }
                | Error::TooLarge { .. }
                | Error::Unreadable { .. },
            ) => Verdict::Well,
        }
    }

    fn attempt(
        &self,
        number: u32,
        turn: (Reservation, Slot),
    ) -> impl Future<Output = Result<Answer, Error>> {
        // For a look inside: whatever goes wrong is logged with all of this at its end.
        let span = tracing::debug_span!(
            "upstream_call",
            system = self.shared().system.name(),
            operation = self.operation,
            attempt = number,
        );
        self.exchange(number, turn).instrument(span)
    }

    async fn exchange(
        &self,
        number: u32,
        (reservation, mut slot): (Reservation, Slot),
    ) -> Result<Answer, Error> {
        let shared = self.shared();
        let request = self.request.try_clone();
        let mut request = request.expect("bodies are held in memory, or made anew");
        if let Some(Streamed(make)) = &self.body {
            request = request.body(make());
        }
        let (calls, now) = (&self.transport.scope.calls, shared.clock.now());
        let mut attempt = calls.begin(shared.system, self.operation, self.keys, number, now);
        slot.begin(self.operation, attempt.since());
        self.asked_at
            .store(now.timestamp_millis(), Ordering::Relaxed);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                self.asked_at.store(NOT_ASKED, Ordering::Relaxed);
                attempt.end(Outcome::Unreachable);
                slot.struggled();
                if !error.is_connect() {
                    self.may_be_heard.store(true, Ordering::Relaxed);
                }
                if let Some(why) = names::forbidden(&error) {
                    self.forbidden.get_or_init(|| why);
                }
                tracing::debug!(error = %error.without_url(), "the call broke");
                return Err(self.unreachable());
            }
        };
        self.may_be_heard.store(true, Ordering::Relaxed);
        let status = response.status();
        match status.as_u16() {
            429 | 502..=504 => slot.struggled(),
            _ => slot.answered(),
        }
        let headers = std::mem::take(response.headers_mut());
        attempt.learned(reservation.settle(status, &headers));
        let body = match self.to_disk.filter(|_| status.is_success()) {
            Some(limit) => {
                // Few calls need it, and each would be as large.
                let file = Box::pin(spool_body(&mut response, limit)).await;
                file.map(|file| (Bytes::new(), Some(file)))
            }
            None => {
                let body = read_body(&mut response, shared.limits.max_body_bytes).await;
                body.map(|body| (body, None))
            }
        };
        self.asked_at.store(NOT_ASKED, Ordering::Relaxed);
        attempt.end(Outcome::Answered(status.as_u16()));
        if let Ok((body, file)) = &body {
            let length = file.as_ref().map_or(body.len() as u64, |file| file.length);
            attempt.received(usize::try_from(length).unwrap_or(usize::MAX));
        }
        if let Some(error) = self.failure(status, &headers) {
            return Err(error);
        }
        match body {
            Ok((body, file)) => Ok(Answer {
                system: shared.system,
                operation: self.operation,
                status,
                headers,
                body,
                file,
            }),
            Err(Unread::Broken) => {
                attempt.end(Outcome::Unreachable);
                slot.struggled();
                Err(self.unreachable())
            }
            Err(Unread::TooLarge) => Err(Error::TooLarge {
                system: shared.system,
                operation: self.operation,
                limit: match self.to_disk {
                    Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
                    None => shared.limits.max_body_bytes,
                },
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

    fn suspended(&self, retry_after: Duration) -> Error {
        Error::Suspended {
            system: self.shared().system,
            operation: self.operation,
            retry_after,
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
}
