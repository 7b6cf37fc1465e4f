//! On whose behalf calls are made: until when, how patiently, and which calls they were.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{Flaws, System};

/// One request or one step of a job; clones share its call log.
#[derive(Debug, Clone)]
pub struct Scope {
    /// When an answer is of no more use; each call has its own, shorter time-out besides.
    pub deadline: Option<DateTime<Utc>>,
    /// How long a throttled call may wait for its turn: short when a person waits, long in a job.
    pub patience: Duration,
    /// Who goes first where not everybody may ask.
    pub priority: Priority,
    /// What was asked of the systems on the way.
    pub calls: CallLog,
    /// Which of the reads that are kept it is; 0 for what is not.
    pub number: u64,
    /// What was left out of lists because it cannot be read; without it, such a list cannot be read.
    pub flaws: Option<Flaws>,
}

/// Who goes first where a system allows less than is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    /// Somebody waits for the answer.
    #[default]
    Interactive,
    /// Nobody does: a refresh, an import.
    Background,
}

impl Default for Scope {
    /// Without a deadline, patient for two seconds.
    fn default() -> Self {
        Self {
            deadline: None,
            patience: Duration::from_secs(2),
            priority: Priority::default(),
            calls: CallLog::default(),
            number: 0,
            flaws: None,
        }
    }
}

impl Scope {
    /// A request that must be answered by `deadline`.
    pub fn until(deadline: DateTime<Utc>) -> Self {
        Self {
            deadline: Some(deadline),
            ..Self::default()
        }
    }

    /// The same, ready to wait `patience` for a throttling system.
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same, for which rows that cannot be read are left out of lists.
    pub fn tolerant(self) -> Self {
        let flaws = Some(Flaws::default());
        Self { flaws, ..self }
    }

    /// The same, behind everybody who waits for an answer.
    pub fn background(self) -> Self {
        let priority = Priority::Background;
        Self { priority, ..self }
    }
}

/// Every attempt of every call, in the order in which they ended.
///
/// It grows with each call, so a long job takes a new one for each step.
#[derive(Debug, Clone)]
pub struct CallLog(Arc<Log>);

#[derive(Debug)]
struct Log {
    /// When it was begun, in real time.
    began: Instant,
    calls: Mutex<Vec<Call>>,
}

impl Default for CallLog {
    fn default() -> Self {
        Self(Arc::new(Log {
            began: Instant::now(),
            calls: Mutex::default(),
        }))
    }
}

/// One attempt of one call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The system that was called.
    pub system: System,
    /// The client's method that called it.
    pub operation: &'static str,
    /// How many records were asked for by their ids; 1 for a list.
    pub keys: usize,
    /// 1 for the first.
    pub attempt: u32,
    /// When it began.
    pub started: DateTime<Utc>,
    /// From the beginning of the log to that of the attempt, in real time.
    pub offset: Duration,
    /// How long it took, in real time.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// Length of the answer's body, decompressed.
    pub bytes: usize,
    /// How many more calls the system allows until it counts anew, where it says so.
    pub budget_left: Option<u32>,
    /// Whether it was made for another request, and this one waited for it.
    pub is_shared: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With this HTTP status.
    Answered(u16),
    /// Without an answer, or with a part of one.
    Unreachable,
    /// The deadline passed, or whoever asked has left.
    Abandoned,
}

impl CallLog {
    /// A copy of what was logged so far.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().clone()
    }

    /// Since it was begun, in real time.
    pub fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// How many attempts were made of one operation of one system.
    pub fn count(&self, system: System, operation: &str) -> usize {
        self.lock()
            .iter()
            .filter(|call| call.system == system && call.operation == operation)
            .count()
    }

    /// Whether nothing was asked so far.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Length of all bodies together.
    pub fn bytes(&self) -> usize {
        self.lock().iter().map(|call| call.bytes).sum()
    }

    /// Adds the calls of another log, as seen from here.
    pub fn absorb(&self, other: &Self, is_shared: bool) {
        let calls = other.calls();
        let lead = other.0.began.saturating_duration_since(self.0.began);
        // A call that began before this log did fills it from its beginning.
        let missed = self.0.began.saturating_duration_since(other.0.began);
        self.lock().extend(calls.into_iter().map(|call| Call {
            offset: (call.offset + lead).saturating_sub(missed),
            is_shared,
            ..call
        }));
    }

    /// Begins an attempt; it is logged when the guard is dropped.
    pub(super) fn begin(
        &self,
        system: System,
        operation: &'static str,
        keys: usize,
        attempt: u32,
        started: DateTime<Utc>,
    ) -> Attempt<'_> {
        let since = Instant::now();
        Attempt {
            log: self,
            since,
            call: Call {
                system,
                operation,
                keys,
                attempt,
                started,
                offset: since.duration_since(self.0.began),
                elapsed: Duration::ZERO,
                outcome: Outcome::Abandoned,
                bytes: 0,
                budget_left: None,
                is_shared: false,
            },
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        // A panic between lock and push leaves the list whole.
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt under way. Whoever drops it half-way has abandoned it.
pub(super) struct Attempt<'a> {
    log: &'a CallLog,
    since: Instant,
    call: Call,
}

impl Attempt<'_> {
    pub(super) fn end(&mut self, outcome: Outcome) {
        self.call.outcome = outcome;
    }

    pub(super) fn received(&mut self, bytes: usize) {
        self.call.bytes = bytes;
    }

    pub(super) fn learned(&mut self, budget_left: Option<u32>) {
        self.call.budget_left = budget_left;
    }

    /// When it was begun, in real time.
    pub(super) fn since(&self) -> Instant {
        self.since
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.call.elapsed = self.since.elapsed();
        let status = match self.call.outcome {
            Outcome::Answered(status) => Some(status),
            Outcome::Unreachable | Outcome::Abandoned => None,
        };
        let elapsed_ms = u64::try_from(self.call.elapsed.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status, elapsed_ms, "the system was asked");
        self.log.lock().push(self.call.clone());
    }
}
