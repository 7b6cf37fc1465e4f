//! Whoever changes a record waits for those before who change the same one here, so that they do not
//! fail on each other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync;

use crate::cache::Tag;

/// The records that are being changed.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<Tag, Weak<sync::Mutex<()>>>>);

/// The right to change a record, until it is dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held")] sync::OwnedMutexGuard<()>);

impl Turns {
    /// Waits until nobody else here changes the record; first come, first served.
    pub async fn take(&self, record: Tag) -> Turn {
        let line = {
            let mut lines = self.lock();
            let known = lines.get(&record).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                lines.retain(|_, line| line.strong_count() > 0);
                let line = Arc::default();
                lines.insert(record, Arc::downgrade(&line));
                line
            })
        };
        Turn(line.lock_owned().await)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Tag, Weak<sync::Mutex<()>>>> {
        // Each change is one call that leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::poll_immediate};

    use super::*;
    use crate::cache::Kind;

    #[tokio::test]
    async fn one_record_is_changed_by_one_at_a_time_in_the_order_of_asking() {
        let turns = Turns::default();
        let [one, other] = ["1", "2"].map(|id| Tag::record(Kind::Project, id));
        let first = turns.take(one).await;
        let mut second = Box::pin(turns.take(one));
        let mut third = Box::pin(turns.take(one));
        assert!(poll_immediate(&mut second).await.is_none());
        assert!(poll_immediate(&mut third).await.is_none());
        assert!(turns.take(other).now_or_never().is_some());

        drop(first);

        assert!(poll_immediate(&mut third).await.is_none());
        let second = poll_immediate(&mut second).await.unwrap();
        assert!(poll_immediate(&mut third).await.is_none());
        drop(second);
        assert!(poll_immediate(&mut third).await.is_some());
    }

    #[tokio::test]
    async fn who_does_not_wait_any_more_leaves_nothing_behind() {
        let turns = Turns::default();
        for id in 0..100 {
            let turn = turns.take(Tag::record(Kind::Project, &id)).await;
            let waiting = turns.take(Tag::record(Kind::Project, &id));
            assert!(waiting.now_or_never().is_none());
            drop(turn);
        }
        assert_eq!(turns.lock().len(), 1);
    }
}
