//! What was read from the store a moment ago, so that not every request reads it again.
//!
//! A value is believed for a second, or until something is changed through this process:
//! [`Recent::forget`]. So a change takes effect at once here, and within a second on another
//! replica.

use std::{
    borrow::Borrow,
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;

use super::Result;
use crate::clock::Clock;

const BELIEVED: TimeDelta = TimeDelta::seconds(1);

/// More are read again and again, which is slow but right.
const CAPACITY: u64 = 10_000;

/// Values by key. That there is none is not remembered: it would let strangers fill the memory.
pub struct Recent<K, V> {
    clock: Clock,
    /// Counts the changes; what was read before the last one is not believed.
    changes: AtomicU64,
    values: Cache<K, Read<V>>,
}

/// What one read brought.
#[derive(Clone)]
struct Read<V> {
    value: Result<Option<V>>,
    at: DateTime<Utc>,
    changes: u64,
}

impl<K, V> Recent<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Nothing yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            changes: AtomicU64::new(0),
            values: Cache::new(CAPACITY),
        }
    }

    /// The value of a key, by `read` unless that was done a moment ago. All who ask for it while it
    /// is read are answered by one read.
    pub async fn find<Q, F>(&self, key: &Q, read: impl Fn() -> F) -> Result<Option<V>>
    where
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
        F: Future<Output = Result<Option<V>>>,
    {
        // Both are noted before reading: a change meanwhile makes the outcome an old one.
        let changes = self.changes.load(Ordering::Acquire);
        let at = self.clock.now();
        let is_old = |known: &Read<V>| known.changes != changes || at - known.at >= BELIEVED;
        if let Some(known) = self.values.get(key).await
            && !is_old(&known)
        {
            return known.value;
        }
        let is_there = |known: &Read<V>| matches!(known.value, Ok(Some(_)));
        loop {
            let read = async {
                Read {
                    value: Box::pin(read()).await,
                    at,
                    changes,
                }
            };
            let entry = self.values.entry_by_ref(key);
            let is_no_use = |known: &Read<V>| is_old(known) || !is_there(known);
            let found = entry.or_insert_with_if(read, is_no_use).await;
            let is_ours = found.is_fresh();
            let found = found.into_value();
            if is_ours && !is_there(&found) {
                self.values.invalidate(key).await;
            }
            // Another's read may have begun before the last change, or may have failed.
            if is_ours || (found.value.is_ok() && !is_old(&found)) {
                return found.value;
            }
        }
    }

    /// To be called after each change: nothing that was read before is believed any more.
    pub fn forget(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicUsize, time::Duration};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn a_value_is_believed_for_a_second_or_until_a_change() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let recent = Recent::<String, _>::new(clock.clone());
        let find = |value| recent.find("key", move || async move { Ok(Some(value)) });

        assert_eq!(find(1).await, Ok(Some(1)));
        assert_eq!(find(2).await, Ok(Some(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(find(3).await, Ok(Some(3)));
        recent.forget();
        assert_eq!(find(4).await, Ok(Some(4)));
    }

    #[tokio::test]
    async fn a_change_while_reading_is_not_missed() {
        let recent = Recent::<String, _>::new(Clock::stopped(DateTime::UNIX_EPOCH));
        let read = async || {
            recent.forget();
            Ok(Some("before the change"))
        };
        recent.find("key", read).await.unwrap();

        let found = recent.find("key", async || Ok(Some("after it"))).await;
        assert_eq!(found, Ok(Some("after it")));
    }

    #[tokio::test]
    async fn what_is_not_there_is_looked_for_again() {
        let recent = Recent::<String, _>::new(Clock::stopped(DateTime::UNIX_EPOCH));
        assert_eq!(recent.find("key", async || Ok(None)).await, Ok(None));
        assert_eq!(recent.find("key", async || Ok(Some(1))).await, Ok(Some(1)));
    }

    #[tokio::test]
    async fn many_who_ask_at_once_are_answered_by_one_read() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let recent = Recent::<String, _>::new(clock.clone());
        let reads = AtomicUsize::new(0);
        let read = async || {
            tokio::task::yield_now().await;
            Ok(Some(reads.fetch_add(1, Ordering::Relaxed)))
        };
        for expected in 0..3 {
            let all = join_all((0..64).map(|_| recent.find("key", read))).await;
            assert_eq!(all, vec![Ok(Some(expected)); 64]);
            clock.advance(Duration::from_secs(1));
        }
    }

    #[tokio::test]
    async fn a_read_that_fails_fails_for_nobody_else() {
        let recent = Recent::<String, _>::new(Clock::stopped(DateTime::UNIX_EPOCH));
        let fails = recent.find("key", async || {
            tokio::task::yield_now().await;
            Err(crate::store::Error::UnknownAddress)
        });
        let (failed, found) = tokio::join!(fails, recent.find("key", async || Ok(Some(1))));
        assert_eq!(failed, Err(crate::store::Error::UnknownAddress));
        assert_eq!(found, Ok(Some(1)));
    }
}
