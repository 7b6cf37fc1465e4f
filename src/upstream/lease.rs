//! Values that are good until a moment, each loaded once for all who ask meanwhile.
//!
//! For tokens and short-lived links. Nothing is kept beyond its moment, errors are not kept at all,
//! and a load goes on when whoever asked first has left. It is not a cache of records.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tracing::Instrument;

use super::Error;
use crate::clock::Clock;

/// A value and the moment from which it must not be handed out any more.
#[derive(Clone)]
pub(super) struct Lease<V> {
    pub value: V,
    pub until: DateTime<Utc>,
}

/// What a load brings; `None` when there is nothing.
pub(super) type Loaded<V> = Result<Option<Lease<V>>, Error>;

/// Leases by key. It must not be shared by two credentials.
pub(super) struct Leases<K, V> {
    clock: Clock,
    /// What is told of a load that ended without an answer.
    lost: Error,
    slots: Arc<Mutex<HashMap<K, Slot<V>>>>,
}

enum Slot<V> {
    Held(Lease<V>),
    Loading(watch::Receiver<Option<Loaded<V>>>),
}

impl<K, V> Leases<K, V>
where
    K: Hash + Eq + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(clock: Clock, lost: Error) -> Self {
        let slots = Arc::default();
        Self { clock, lost, slots }
    }

    /// The lease of `key`: the one held, the one being loaded, or else what `load` brings.
    pub(super) async fn find<F>(&self, key: K, load: impl FnOnce() -> F) -> Loaded<V>
    where
        F: Future<Output = Loaded<V>> + Send + 'static,
    {
        let mut loading = {
            let mut slots = lock(&self.slots);
            match slots.get(&key) {
                Some(Slot::Held(lease)) if lease.until > self.clock.now() => {
                    return Ok(Some(lease.clone()));
                }
                // Its sender is gone when the load panicked.
                Some(Slot::Loading(loading)) if loading.has_changed().is_ok() => loading.clone(),
                _ => {
                    let loading = self.start(key.clone(), load());
                    slots.insert(key, Slot::Loading(loading.clone()));
                    loading
                }
            }
        };
        match loading.wait_for(Option::is_some).await {
            Ok(loaded) => loaded.clone().expect("was waited for"),
            // The load panicked, which must not spread to all who wait.
            Err(_) => Err(self.lost.clone()),
        }
    }

    /// Loads in a task of its own, so that it ends whoever leaves.
    fn start<F>(&self, key: K, load: F) -> watch::Receiver<Option<Loaded<V>>>
    where
        F: Future<Output = Loaded<V>> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(None);
        let (slots, clock) = (Arc::clone(&self.slots), self.clock.clone());
        let task = async move {
            let loaded = load.await;
            let now = clock.now();
            let mut slots = lock(&slots);
            slots.retain(|_, slot| !matches!(slot, Slot::Held(lease) if lease.until <= now));
            match &loaded {
                Ok(Some(lease)) => slots.insert(key, Slot::Held(lease.clone())),
                _ => slots.remove(&key),
            };
            drop(slots);
            sender.send_replace(Some(loaded));
        };
        tokio::spawn(task.in_current_span());
        receiver
    }

    /// Gives up the lease of `key` if its value is still this one.
    pub(super) fn forget(&self, key: &K, value: &V)
    where
        V: PartialEq,
    {
        let mut slots = lock(&self.slots);
        if matches!(slots.get(key), Some(Slot::Held(lease)) if lease.value == *value) {
            slots.remove(key);
        }
    }
}

fn lock<T>(slots: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one call that leaves the map whole.
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows neither keys nor values: they are secrets.
impl<K, V> fmt::Debug for Leases<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::sync::oneshot;

    use super::*;
    use crate::model::System;

    const LOST: Error = Error::Unreachable {
        system: System::DeepRent,
        operation: "find_pdf",
    };

    struct Source {
        clock: Clock,
        leases: Leases<u8, usize>,
        loads: Arc<AtomicUsize>,
    }

    impl Source {
        fn new() -> Self {
            let clock = Clock::stopped(DateTime::UNIX_EPOCH);
            let leases = Leases::new(clock.clone(), LOST);
            let loads = Arc::default();
            Self {
                clock,
                leases,
                loads,
            }
        }

        /// Loads the number of the load, good for a minute.
        async fn find(&self) -> Option<usize> {
            let (until, loads) = (self.clock.now() + Duration::from_secs(60), &self.loads);
            let loads = Arc::clone(loads);
            let load = || async move {
                let value = loads.fetch_add(1, Ordering::SeqCst);
                Ok(Some(Lease { value, until }))
            };
            let lease = self.leases.find(1, load).await.unwrap();
            lease.map(|lease| lease.value)
        }
    }

    #[tokio::test]
    async fn a_value_is_held_until_its_moment_and_not_a_second_longer() {
        let source = Source::new();
        assert_eq!(source.find().await, Some(0));
        source.clock.advance(Duration::from_secs(59));
        assert_eq!(source.find().await, Some(0));
        source.clock.advance(Duration::from_secs(1));
        assert_eq!(source.find().await, Some(1));
    }

    #[tokio::test]
    async fn only_the_value_that_is_meant_is_forgotten() {
        let source = Source::new();
        source.find().await;
        source.leases.forget(&1, &7);
        assert_eq!(source.find().await, Some(0));
        source.leases.forget(&1, &0);
        assert_eq!(source.find().await, Some(1));
    }

    #[tokio::test]
    async fn a_load_survives_whoever_asked_first() {
        let source = Source::new();
        let (open, gate) = oneshot::channel::<()>();
        let until = source.clock.now() + Duration::from_secs(60);
        {
            let load = || async move {
                gate.await.unwrap();
                Ok(Some(Lease { value: 7, until }))
            };
            let first = source.leases.find(1, load);
            // Begun, then left.
            assert!(futures_util::future::poll_immediate(first).await.is_none());
        }
        let second = source.find();
        let mut second = std::pin::pin!(second);
        assert!(
            futures_util::future::poll_immediate(&mut second)
                .await
                .is_none()
        );
        open.send(()).unwrap();
        assert_eq!(second.await, Some(7));
        assert_eq!(source.loads.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_load_that_panics_is_an_error_for_all_who_wait_and_is_not_held() {
        let source = Source::new();
        let load = || async { panic!("a load that panics") };
        let first = source.leases.find(1, load);
        let second = source.leases.find(1, || async { Ok(None) });
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first.err(), second.err()), (Some(LOST), Some(LOST)));
        assert_eq!(source.find().await, Some(0));
    }

    #[tokio::test]
    async fn nothing_and_errors_are_not_held() {
        let source = Source::new();
        let nothing = source.leases.find(1, || async { Ok(None) }).await;
        assert!(nothing.unwrap().is_none());
        let failed = source.leases.find(1, || async { Err(LOST) });
        assert_eq!(failed.await.err(), Some(LOST));
        assert_eq!(source.find().await, Some(0));
    }
}
