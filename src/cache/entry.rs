//! What one read brought, with all that is needed to tell whether it may be served.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Tag, read::Value};
use crate::model::System;

/// What one read brought.
pub(super) struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    /// Takes a row out of the value.
    row: fn(&(dyn Any + Send + Sync), usize) -> Option<Arc<dyn Any + Send + Sync>>,
    pub(super) origin: Origin,
    /// When the read began, in the order of reads and purges.
    pub(super) number: u64,
    pub(super) fetched_at: DateTime<Utc>,
    pub(super) fresh_for: Duration,
    pub(super) is_absent: bool,
    /// Whatever purges it: those of the read itself, of what it sought, then of its rows.
    pub(super) tags: Arc<[Tag]>,
    /// Up to which purge it is known to be spared.
    pub(super) checked: AtomicU64,
    /// Before this moment, in milliseconds since 1970, it is not read anew behind an answer.
    next_refresh: AtomicI64,
    /// Estimated memory, in bytes.
    pub(super) weight: u32,
}

/// An aging entry is read anew once in this time: its system may be down.
const BETWEEN_REFRESHES: TimeDelta = TimeDelta::seconds(5);

/// Which call it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) system: System,
    pub(super) operation: &'static str,
}

/// What is not the value itself, in bytes a row: tags, index, pointers.
const ROW_OVERHEAD: usize = 96;
const ENTRY_OVERHEAD: usize = 512;

/// What an entry is made of beside its value.
pub(super) struct Circumstances {
    pub(super) origin: Origin,
    pub(super) number: u64,
    pub(super) fetched_at: DateTime<Utc>,
    pub(super) fresh_for: Duration,
    pub(super) tags: Arc<[Tag]>,
    /// Length of the bodies that the value was decoded from.
    pub(super) bytes: usize,
}

impl Entry {
    pub(super) fn new<V: Value>(value: V, of: Circumstances) -> Self {
        let rows = value.rows().len();
        let weight = of.bytes + rows * (value.row_bytes() + ROW_OVERHEAD) + ENTRY_OVERHEAD;
        Self {
            is_absent: value.is_absent(),
            value: Arc::new(value),
            row: |value, index| {
                let row = value.downcast_ref::<V>()?.rows().get(index)?;
                Some(Arc::clone(row) as _)
            },
            origin: of.origin,
            number: of.number,
            fetched_at: of.fetched_at,
            fresh_for: of.fresh_for,
            tags: of.tags,
            checked: AtomicU64::new(0),
            next_refresh: AtomicI64::new(i64::MIN),
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        }
    }

    /// The value, by its type.
    pub(super) fn value<V: Send + Sync + 'static>(&self) -> Arc<V> {
        let value = Arc::clone(&self.value).downcast();
        value.expect("a read's type is part of its name")
    }

    /// One of its rows.
    pub(super) fn row<T: Send + Sync + 'static>(&self, index: usize) -> Option<Arc<T>> {
        (self.row)(&*self.value, index)?.downcast().ok()
    }

    /// From when on it is no longer as good as new.
    pub(super) fn fresh_until(&self) -> DateTime<Utc> {
        let fresh_for = TimeDelta::from_std(self.fresh_for).unwrap_or(TimeDelta::zero());
        self.fetched_at + fresh_for
    }

    /// Whether it is to be read anew now; one who asks is told so.
    pub(super) fn wants_refresh(&self, now: DateTime<Utc>) -> bool {
        let due = self.next_refresh.load(Ordering::Relaxed);
        let next = (now + BETWEEN_REFRESHES).timestamp_millis();
        now.timestamp_millis() >= due
            && self
                .next_refresh
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// How old it is.
    pub(super) fn age(&self, now: DateTime<Utc>) -> Duration {
        (now - self.fetched_at).to_std().unwrap_or_default()
    }
}
