//! Whether a system is asked at all: not while it is down.
//!
//! It looks at whole calls, retries included. After some failures in a row it opens: calls fail at
//! once. When its time is over one call probes; all others still fail at once until that one has
//! come back. As long as all is well, neither entering nor leaving takes a lock.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::{
    clock::Clock,
    model::{CircuitState, System},
};

/// So many failures in a row open it.
const FAILURES: u32 = 5;
/// How long it is open the first time at most; it doubles with each probe that fails.
const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(120);
/// When to come back while a probe is under way.
const PROBE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Breaker {
    system: System,
    clock: Clock,
    /// Closed, and the last call did not fail.
    is_calm: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    /// Since all was well.
    openings: u32,
    /// None while it is closed.
    open_until: Option<DateTime<Utc>>,
    is_probed: bool,
}

/// What a whole call told of its system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Well,
    Down,
    /// It ended for a reason of ours.
    Unknown,
}

/// Leave to make one call. Whoever drops it has learnt nothing.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    is_probe: bool,
}

impl Breaker {
    pub(super) fn new(system: System, clock: Clock) -> Self {
        Self {
            system,
            clock,
            is_calm: AtomicBool::new(true),
            state: Mutex::default(),
        }
    }

    /// Asks for leave to make a call.
    ///
    /// Errors: how long to stay away.
    pub(super) fn enter(&self) -> Result<Pass<'_>, Duration> {
        let pass = |is_probe| Pass {
            breaker: self,
            is_probe,
        };
        if self.is_calm.load(Ordering::Acquire) {
            return Ok(pass(false));
        }
        let mut state = self.lock();
        let Some(until) = state.open_until else {
            return Ok(pass(false));
        };
        match (until - self.clock.now()).to_std() {
            Ok(left) if !left.is_zero() => Err(left),
            _ if state.is_probed => Err(PROBE),
            _ => {
                state.is_probed = true;
                Ok(pass(true))
            }
        }
    }

    /// As it stands now.
    pub(super) fn circuit(&self) -> CircuitState {
        if self.is_calm.load(Ordering::Acquire) {
            return CircuitState::Closed;
        }
        match self.lock().open_until {
            None => CircuitState::Closed,
            Some(until) if self.clock.now() < until => CircuitState::Open,
            Some(_) => CircuitState::HalfOpen,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs between lock and unlock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    pub(super) fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// How long to stay away, where others have failed since it was given.
    pub(super) fn is_void(&self) -> Option<Duration> {
        if self.is_probe || self.breaker.is_calm.load(Ordering::Acquire) {
            return None;
        }
        let until = self.breaker.lock().open_until?;
        let left = (until - self.breaker.clock.now()).to_std();
        Some(left.unwrap_or(PROBE))
    }

    /// Says how the call ended.
    pub(super) fn end(mut self, verdict: Verdict) {
        let breaker = self.breaker;
        if verdict == Verdict::Unknown
            || (verdict == Verdict::Well && breaker.is_calm.load(Ordering::Acquire))
        {
            return;
        }
        let mut state = breaker.lock();
        // Calls that were begun before it opened decide nothing: the probe does.
        if state.open_until.is_some() && !self.is_probe {
            return;
        }
        match verdict {
            Verdict::Well => {
                let was_open = state.open_until.is_some();
                *state = State::default();
                breaker.is_calm.store(true, Ordering::Release);
                if was_open {
                    tracing::info!(system = breaker.system.name(), "the system is back");
                }
            }
            _ => {
                state.failures += 1;
                breaker.is_calm.store(false, Ordering::Release);
                if state.failures >= FAILURES {
                    let length = length(state.openings);
                    state.openings += 1;
                    state.open_until = Some(breaker.clock.now() + length);
                    let seconds = length.as_secs();
                    let system = breaker.system.name();
                    tracing::warn!(
                        system,
                        seconds,
                        "the system is down and not asked for a time"
                    );
                }
            }
        }
        state.is_probed = false;
        self.is_probe = false;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.breaker.lock().is_probed = false;
        }
    }
}

/// How long to stay open after so many openings in a row: less by up to a fifth, so that replicas
/// do not come back together.
fn length(openings: u32) -> Duration {
    let longest = FIRST * (1 << openings.min(8));
    longest.min(LONGEST).mul_f64(1.0 - fastrand::f64() / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        Breaker::new(System::Propstack, clock)
    }

    fn fail(breaker: &Breaker) {
        for _ in 0..FAILURES {
            breaker.enter().unwrap().end(Verdict::Down);
        }
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let breaker = breaker();
        for _ in 0..FAILURES - 1 {
            breaker.enter().unwrap().end(Verdict::Down);
        }
        breaker.enter().unwrap().end(Verdict::Unknown);
        breaker.enter().unwrap().end(Verdict::Well);
        for _ in 0..FAILURES - 1 {
            breaker.enter().unwrap().end(Verdict::Down);
        }
        assert_eq!(breaker.circuit(), CircuitState::Closed);
        let late = breaker.enter().unwrap();
        breaker.enter().unwrap().end(Verdict::Down);
        assert_eq!(breaker.circuit(), CircuitState::Open);
        assert!(late.is_void().is_some());
        late.end(Verdict::Well);
        assert!(breaker.enter().is_err());
    }

    #[test]
    fn one_probe_goes_and_leaves_its_place_when_it_is_dropped() {
        let breaker = breaker();
        fail(&breaker);
        breaker.clock.advance(FIRST);
        assert_eq!(breaker.circuit(), CircuitState::HalfOpen);

        let probe = breaker.enter().unwrap();
        assert_eq!(breaker.enter().unwrap_err(), PROBE);
        drop(probe);
        let probe = breaker.enter().unwrap();
        assert!(probe.is_probe());
        probe.end(Verdict::Unknown);
        breaker.enter().unwrap().end(Verdict::Down);
        let pause = breaker.enter().unwrap_err();
        assert!(pause > FIRST, "{pause:?}");

        breaker.clock.advance(pause);
        breaker.enter().unwrap().end(Verdict::Well);
        assert_eq!(breaker.circuit(), CircuitState::Closed);
        assert!(breaker.is_calm.load(Ordering::Relaxed));
    }

    #[test]
    fn it_stays_open_longer_each_time_up_to_a_bound() {
        let lengths: Vec<_> = (0..40).map(length).collect();
        assert!(lengths[0] >= Duration::from_secs(8) && lengths[0] <= FIRST);
        assert!(
            lengths[..5].is_sorted() || lengths[3] > LONGEST / 2,
            "{lengths:?}"
        );
        for length in &lengths[4..] {
            assert!(
                *length >= Duration::from_secs(96) && *length <= LONGEST,
                "{lengths:?}"
            );
        }
    }
}
