//! Reads under way, shared by all who want the same.
//!
//! A flight is driven by whoever waits for it, and ends when the last of them has left. It is kept
//! here only as long as somebody waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};

use super::{Entry, Error, read::Key};
use crate::upstream::CallLog;

/// What a read ends in.
pub(super) type Outcome = Result<Arc<Entry>, Error>;

type Waiting = Shared<BoxFuture<'static, Outcome>>;

/// A read under way, for one who waits.
#[derive(Clone)]
pub(super) struct Flight {
    /// The calls that it makes.
    pub(super) calls: CallLog,
    pub(super) outcome: Waiting,
    /// Whether somebody else began it.
    pub(super) is_joined: bool,
}

struct UnderWay {
    /// When it began, in the order of reads and purges.
    number: u64,
    calls: CallLog,
    outcome: WeakShared<BoxFuture<'static, Outcome>>,
}

/// The reads under way.
#[derive(Clone, Default)]
pub(super) struct Flights(Arc<Registry>);

type Registry = Mutex<HashMap<Key, UnderWay>>;

impl Flights {
    /// The flight of this read that began after `since`, or else the one that `begin` makes.
    pub(super) fn join<F>(
        &self,
        key: &Key,
        since: u64,
        begin: impl FnOnce() -> (u64, CallLog, F),
    ) -> Flight
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flights = lock(&self.0);
        if let Some(under_way) = flights.get(key)
            && under_way.number > since
            && let Some(outcome) = under_way.outcome.upgrade()
        {
            return Flight {
                calls: under_way.calls.clone(),
                outcome,
                is_joined: true,
            };
        }
        let (number, calls, work) = begin();
        let landing = Landing {
            registry: Arc::downgrade(&self.0),
            key: Arc::clone(key),
            number,
        };
        let outcome = async move {
            let _landing = landing;
            work.await
        };
        let outcome = outcome.boxed().shared();
        if let Some(weak) = outcome.downgrade() {
            let calls = calls.clone();
            let under_way = UnderWay {
                number,
                calls,
                outcome: weak,
            };
            flights.insert(Arc::clone(key), under_way);
        }
        Flight {
            calls,
            outcome,
            is_joined: false,
        }
    }
}

impl Flights {
    /// How many wait, over all flights.
    pub(super) fn waiting(&self) -> usize {
        let flights: Vec<_> = {
            let flights = lock(&self.0);
            let outcomes = flights.values().map(|flight| flight.outcome.upgrade());
            outcomes.collect()
        };
        // Minus the one that was made to ask.
        let waiting = |flight: &Waiting| flight.strong_count().unwrap_or(1) - 1;
        flights.iter().flatten().map(waiting).sum()
    }
}

/// Takes a flight off the list when it has ended, or when all have left.
struct Landing {
    registry: Weak<Registry>,
    key: Key,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let Some(registry) = self.registry.upgrade() else {
            return;
        };
        let mut flights = lock(&registry);
        // A later one of the same name stays.
        if (flights.get(&self.key)).is_some_and(|flight| flight.number == self.number) {
            flights.remove(&self.key);
        }
    }
}

fn lock(registry: &Registry) -> MutexGuard<'_, HashMap<Key, UnderWay>> {
    // Each change is one call that leaves the map whole.
    registry.lock().unwrap_or_else(PoisonError::into_inner)
}
