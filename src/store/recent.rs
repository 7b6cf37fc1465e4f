//! What was read from the store a moment ago, so that not every request reads it again.
//!
//! A value is believed for a second, or until something is changed through this process:
//! [`Recent::forget`]. So a change takes effect at once here, and within a second on another
//! replica.

use std::{
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

#[derive(Clone)]
struct Read<V> {
    value: V,
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

    /// The value of a key, by `read` unless that was done a moment ago.
    pub async fn find(
        &self,
        key: K,
        read: impl Future<Output = Result<Option<V>>>,
    ) -> Result<Option<V>> {
        // Both are noted before reading: a change meanwhile makes the outcome an old one.
        let changes = self.changes.load(Ordering::Acquire);
        let at = self.clock.now();
        if let Some(known) = self.values.get(&key).await
            && known.changes == changes
            && at - known.at < BELIEVED
        {
            return Ok(Some(known.value));
        }
        let found = read.await?;
        match found.clone() {
            Some(value) => self.values.insert(key, Read { value, at, changes }).await,
            None => self.values.invalidate(&key).await,
        }
        Ok(found)
    }

    /// To be called after each change: nothing that was read before is believed any more.
    pub fn forget(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_value_is_believed_for_a_second_or_until_a_change() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let recent = Recent::new(clock.clone());
        let find = |value| recent.find("key", async move { Ok(Some(value)) });

        assert_eq!(find(1).await, Ok(Some(1)));
        assert_eq!(find(2).await, Ok(Some(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(find(3).await, Ok(Some(3)));
        recent.forget();
        assert_eq!(find(4).await, Ok(Some(4)));
    }

    #[tokio::test]
    async fn a_change_while_reading_is_not_missed() {
        let recent = Recent::new(Clock::stopped(DateTime::UNIX_EPOCH));
        let read = async {
            recent.forget();
            Ok(Some("before the change"))
        };
        recent.find("key", read).await.unwrap();

        let found = recent.find("key", async { Ok(Some("after it")) }).await;
        assert_eq!(found, Ok(Some("after it")));
    }

    #[tokio::test]
    async fn what_is_not_there_is_looked_for_again() {
        let recent = Recent::new(Clock::stopped(DateTime::UNIX_EPOCH));
        assert_eq!(recent.find("key", async { Ok(None) }).await, Ok(None));
        assert_eq!(recent.find("key", async { Ok(Some(1)) }).await, Ok(Some(1)));
    }
}
