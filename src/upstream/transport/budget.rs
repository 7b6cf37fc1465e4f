//! How many calls a system allows, kept before they are made.
//!
//! A system allows so many calls in each of its windows, and says with each answer how many are
//! left. What was told last holds for the calls that it had counted by then; all that were under
//! way may be counted still. So what is left for us is the least that was told in this window, less
//! what is under way, and calls at the same time cannot overrun it. 429 closes the budget for all.
//!
//! When nothing is left calls wait in a [`Queue`], as far as their patience reaches.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};

use super::queue::{Queue, Ticket};
use crate::{clock::Clock, model::CircuitState, upstream::Priority};

/// What work that nobody waits for leaves to the others: this part of the limit.
const SHARE: u32 = 5;
/// What a window lasts, unless a system tells of longer ones.
const WINDOW: Duration = Duration::from_secs(60);
/// Nobody is believed to stay away for longer.
const LONGEST: Duration = Duration::from_secs(3600);
/// The pause after a first 429 that says nothing more; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a system allows one credential, as far as it has said so, and whether it is asked at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Calls in a window.
    pub limit: Option<u32>,
    /// Calls that may still be begun in this window.
    pub remaining: Option<u32>,
    /// When the next window begins.
    pub resets_at: Option<DateTime<Utc>>,
    /// Until when no call is made: nothing is left, or the system has answered 429.
    pub throttled_until: Option<DateTime<Utc>>,
    /// Whether the system is taken to be down.
    pub circuit: CircuitState,
}

/// Leave to make one call, and what is known of how many there may be.
#[derive(Debug)]
pub(super) struct Allowance {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// None before the system has told anything.
    window: Option<Window>,
    /// Which window it is, counted by us.
    number: u32,
    /// Calls that have leave, but no answer yet.
    under_way: u32,
    closed_until: Option<DateTime<Utc>>,
    /// 429 in a row that did not say for how long.
    strikes: u32,
    waiting: Queue<Reservation>,
}

#[derive(Debug)]
struct Window {
    limit: u32,
    /// The least that was told, less what went unanswered.
    left: u32,
    ends: DateTime<Utc>,
    /// Whether the system has told when it ends; else it is the latest moment.
    is_told: bool,
    length: Duration,
}

/// What one answer tells of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    limit: u32,
    remaining: u32,
    resets_in: Duration,
}

/// Leave to make one call. Dropped before [`Self::confirm`], it costs nothing.
#[derive(Debug)]
pub(super) struct Reservation {
    /// None for one that nobody took.
    allowance: Option<Arc<Allowance>>,
    window: u32,
    is_sent: bool,
}

impl Allowance {
    pub(super) fn new(clock: Clock) -> Arc<Self> {
        let state = Mutex::default();
        Arc::new(Self { clock, state })
    }

    /// Waits for leave to make a call, no longer than `patience` and not until `end`.
    ///
    /// Errors: when to come back, at once where it would take longer.
    pub(super) async fn reserve(
        self: &Arc<Self>,
        priority: Priority,
        patience: Duration,
        end: DateTime<Utc>,
    ) -> Result<Reservation, Duration> {
        let (mut ticket, asked_at, mut wait) = {
            let mut state = self.lock();
            if state.window.is_none() && state.closed_until.is_none() {
                return Ok(state.grant(self));
            }
            let now = self.clock.now();
            state.pass(now);
            state.serve(self);
            if state.may_go(priority) && state.waiting.first().is_none_or(|first| first > priority)
            {
                return Ok(state.grant(self));
            }
            let ticket = state.waiting.join(priority);
            let wait = state.wait(priority, &ticket, now);
            (ticket, now, wait)
        };
        let left = (end - asked_at).to_std().unwrap_or(Duration::ZERO);
        let patience = patience.min(left);
        let mut waited = Duration::ZERO;
        loop {
            // The ticket is dropped with this, and its place in the line with it.
            if waited + wait > patience {
                return Err(wait);
            }
            tokio::select! {
                biased;
                turn = &mut ticket.turn => return Ok(turn.expect("lines are not given up")),
                () = self.clock.sleep(wait) => {}
            }
            let now = self.clock.now();
            waited = (now - asked_at).to_std().unwrap_or(Duration::ZERO);
            let mut state = self.lock();
            state.pass(now);
            state.serve(self);
            if let Ok(turn) = ticket.turn.try_recv() {
                return Ok(turn);
            }
            wait = state.wait(priority, &ticket, now);
        }
    }

    /// As it stands now.
    pub(super) fn budget(&self, circuit: CircuitState) -> Budget {
        let mut state = self.lock();
        state.pass(self.clock.now());
        let window = state.window.as_ref();
        let remaining = state.left();
        let resets_at = window.filter(|window| window.is_told);
        let resets_at = resets_at.map(|window| window.ends);
        let used_up_until = resets_at.filter(|_| remaining == Some(0));
        Budget {
            limit: window.map(|window| window.limit),
            remaining,
            resets_at,
            throttled_until: state.closed_until.max(used_up_until),
            circuit,
        }
    }

    /// Whether a call that nobody waits for would have to wait.
    pub(super) fn is_short(&self) -> bool {
        let mut state = self.lock();
        state.pass(self.clock.now());
        !state.may_go(Priority::Background) || state.waiting.first().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs between lock and unlock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Ends what is over by `now`.
    fn pass(&mut self, now: DateTime<Utc>) {
        self.closed_until = self.closed_until.filter(|until| *until > now);
        if let Some(window) = &mut self.window
            && window.ends <= now
        {
            self.number += 1;
            window.left = window.limit;
            // It begins with its first call, or has begun before.
            window.ends = now + window.length;
            window.is_told = false;
        }
    }

    /// How many calls may still be begun.
    fn left(&self) -> Option<u32> {
        let window = self.window.as_ref()?;
        Some(window.left.saturating_sub(self.under_way))
    }

    fn free(&self, priority: Priority) -> Option<u32> {
        let kept = self.window.as_ref()?.kept_from(priority);
        Some(self.left()?.saturating_sub(kept))
    }

    fn may_go(&self, priority: Priority) -> bool {
        self.closed_until.is_none() && self.free(priority).is_none_or(|free| free > 0)
    }

    fn grant(&mut self, allowance: &Arc<Allowance>) -> Reservation {
        self.under_way += 1;
        Reservation {
            allowance: Some(Arc::clone(allowance)),
            window: self.number,
            is_sent: false,
        }
    }

    /// Gives leave to those who wait, as far as it reaches.
    fn serve(&mut self, allowance: &Arc<Allowance>) {
        while let Some(priority) = self.waiting.first()
            && self.may_go(priority)
            && let Some(turn) = self.waiting.pop(priority)
        {
            let reservation = self.grant(allowance);
            if let Err(mut reservation) = turn.send(reservation) {
                reservation.allowance = None;
                self.under_way -= 1;
            }
        }
    }

    /// How long a ticket will wait at least.
    fn wait(
        &self,
        priority: Priority,
        ticket: &Ticket<Reservation>,
        now: DateTime<Utc>,
    ) -> Duration {
        let until = |moment: DateTime<Utc>| (moment - now).to_std().unwrap_or(Duration::ZERO);
        let closed = self.closed_until.map(until);
        let ahead = u32::try_from(self.waiting.ahead_of(ticket)).unwrap_or(u32::MAX);
        let window = self.window.as_ref().and_then(|window| {
            let late = ahead.checked_sub(self.free(priority)?)?;
            // Those before it fill whole windows.
            let each = (window.limit - window.kept_from(priority)).max(1);
            Some(until(window.ends) + window.length * (late / each))
        });
        // Whoever comes back finds at least that time has passed.
        closed
            .max(window)
            .unwrap_or_default()
            .max(Duration::from_millis(1))
    }

    /// Takes in what an answer tells to a call of window `number`.
    fn settle(&mut self, number: u32, told: Told, now: DateTime<Utc>) {
        let ends = now + told.resets_in;
        match &mut self.window {
            None => {
                self.window = Some(Window {
                    limit: told.limit,
                    left: told.remaining,
                    ends,
                    is_told: true,
                    length: told.resets_in.max(WINDOW),
                });
            }
            Some(window) if self.number == number => {
                window.limit = told.limit;
                window.left = window.left.min(told.remaining);
                // The earliest that is told: seconds are rounded up, and answers take their time.
                window.ends = match window.is_told {
                    true => window.ends.min(ends),
                    false => ends,
                };
                window.is_told = true;
                window.length = window.length.max(told.resets_in);
            }
            // It may have been counted in the window before, or in this one.
            Some(_) => self.lose(),
        }
    }

    /// Takes a call for counted.
    fn lose(&mut self) {
        if let Some(window) = &mut self.window {
            window.left = window.left.saturating_sub(1);
        }
    }

    /// Closes the budget after a 429.
    fn close(&mut self, retry_after: Option<Duration>, now: DateTime<Utc>) {
        let pause = match retry_after.filter(|after| !after.is_zero()) {
            Some(after) => after.min(LONGEST),
            // One of several that were under way: the pause is made already.
            None if self.closed_until.is_some() => return,
            None => {
                let longest = FIRST_PAUSE * (1 << self.strikes.min(10));
                self.strikes += 1;
                let jitter = 0.5 + fastrand::f64() / 2.0;
                longest.min(LONGEST_PAUSE).mul_f64(jitter)
            }
        };
        self.closed_until = self.closed_until.max(Some(now + pause));
    }
}

impl Window {
    /// What others may take, but not calls of this priority.
    fn kept_from(&self, priority: Priority) -> u32 {
        match priority {
            Priority::Interactive => 0,
            Priority::Background => self.limit / SHARE,
        }
    }
}

impl Told {
    fn read(headers: &HeaderMap) -> Option<Self> {
        let number =
            |name| -> Option<u32> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let resets_in = Duration::from_secs(number("ratelimit-reset")?.into());
        Some(Self {
            limit: number("ratelimit-limit")?,
            remaining: number("ratelimit-remaining")?,
            resets_in,
        })
        .filter(|told| told.limit > 0 && told.resets_in <= LONGEST)
    }
}

impl Reservation {
    /// Says that it is about to be sent, from when on the system may have counted it; `false` when
    /// more have leave by now than the system allows.
    pub(super) fn confirm(&mut self) -> bool {
        let Some(allowance) = &self.allowance else {
            return false;
        };
        let state = allowance.lock();
        let window = state.window.as_ref();
        self.is_sent = window.is_none_or(|window| state.under_way <= window.left);
        // It may have waited for its turn while the window ended.
        self.window = state.number;
        self.is_sent
    }

    /// Takes in an answer; how many more calls may be begun.
    pub(super) fn settle(mut self, status: StatusCode, headers: &HeaderMap) -> Option<u32> {
        let allowance = self.allowance.take()?;
        let told = Told::read(headers);
        let is_throttled = status == StatusCode::TOO_MANY_REQUESTS;
        let mut state = allowance.lock();
        state.under_way -= 1;
        if !is_throttled {
            state.strikes = 0;
        }
        if told.is_some() || is_throttled || state.window.is_some() {
            let now = allowance.clock.now();
            state.pass(now);
            match told {
                Some(told) => state.settle(self.window, told, now),
                None => state.lose(),
            }
            if is_throttled {
                state.close(retry_after(headers, now), now);
            }
            state.serve(&allowance);
        }
        state.left()
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let Some(allowance) = self.allowance.take() else {
            return;
        };
        let mut state = allowance.lock();
        state.under_way -= 1;
        if self.is_sent {
            state.lose();
        }
        if !state.waiting.is_empty() {
            state.pass(allowance.clock.now());
            state.serve(&allowance);
        }
    }
}

/// `Retry-After` in either of its two forms, from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(value).ok()?;
    let after: TimeDelta = at.to_utc() - now;
    Some(after.to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn told(remaining: u32, seconds: u64) -> Told {
        let resets_in = Duration::from_secs(seconds);
        Told {
            limit: 100,
            remaining,
            resets_in,
        }
    }

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn answers_in_another_order_never_leave_more_than_there_is() {
        let mut state = State {
            under_way: 3,
            ..State::default()
        };
        assert_eq!(state.left(), None);
        state.under_way -= 1;
        state.settle(0, told(97, 60), moment(0));
        assert_eq!(state.left(), Some(95));
        // The one that was counted first answers last.
        state.under_way -= 1;
        state.settle(0, told(99, 60), moment(0));
        assert_eq!(state.left(), Some(96));
        state.under_way -= 1;
        state.settle(0, told(98, 59), moment(0));
        assert_eq!(state.left(), Some(97));
    }

    #[test]
    fn a_window_ends_when_it_was_told_first_and_late_answers_are_not_of_the_next() {
        let mut state = State::default();
        state.settle(0, told(50, 20), moment(0));
        state.settle(0, told(49, 20), moment(1));
        state.pass(moment(19));
        assert_eq!(state.left(), Some(49));
        state.pass(moment(20));
        assert_eq!((state.number, state.left()), (1, Some(100)));
        state.settle(0, told(48, 1), moment(20));
        assert_eq!(state.left(), Some(99));
        let ends = |state: &State| state.window.as_ref().unwrap().ends;
        assert_eq!(ends(&state), moment(80));
        state.settle(1, told(90, 30), moment(20));
        assert_eq!((ends(&state), state.left()), (moment(50), Some(90)));
    }

    #[test]
    fn pauses_without_a_time_double_and_count_once_for_all_who_meet_them() {
        let mut state = State::default();
        let mut now = moment(0);
        for longest_ms in [500, 1000, 2000, 4000] {
            state.close(None, now);
            let until = state.closed_until.unwrap();
            state.close(None, now);
            assert_eq!(state.closed_until, Some(until));
            let pause = (until - now).num_milliseconds();
            assert!(
                (longest_ms / 2 - 1..=longest_ms).contains(&pause),
                "{pause}"
            );
            now = until;
            state.pass(now);
        }
        state.close(Some(Duration::from_secs(90_000)), now);
        assert_eq!(state.closed_until, Some(now + LONGEST));
    }

    fn headers(values: [(&'static str, &'static str); 3]) -> HeaderMap {
        let pairs = values.map(|(name, value)| {
            let name = format!("ratelimit-{name}").parse().unwrap();
            (name, HeaderValue::from_static(value))
        });
        HeaderMap::from_iter::<[(HeaderName, _); 3]>(pairs)
    }

    #[tokio::test]
    async fn a_call_is_counted_in_the_window_in_which_it_is_sent() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let allowance = Allowance::new(clock.clone());
        let reserve = async || {
            let reserved =
                allowance.reserve(Priority::Interactive, WINDOW, DateTime::<Utc>::MAX_UTC);
            reserved.await.unwrap()
        };
        let told =
            |remaining| headers([("limit", "100"), ("remaining", remaining), ("reset", "60")]);
        reserve().await.settle(StatusCode::OK, &told("97"));

        let mut late = reserve().await;
        clock.advance(WINDOW);
        // Others find that a new window has begun.
        allowance.budget(CircuitState::Closed);
        assert!(late.confirm());

        assert_eq!(late.settle(StatusCode::OK, &told("42")), Some(42));
    }

    #[test]
    fn what_makes_no_sense_is_not_believed() {
        let read = |limit, remaining, reset| {
            let pairs = [("limit", limit), ("remaining", remaining), ("reset", reset)];
            Told::read(&headers(pairs))
        };
        assert_eq!(read("100", "7", "59"), Some(told(7, 59)));
        for (limit, remaining, reset) in [
            ("0", "0", "60"),
            ("100", "-1", "60"),
            ("100", "7", "1767225600"),
            ("many", "7", "60"),
        ] {
            assert_eq!(read(limit, remaining, reset), None);
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
