//! What one request has read, and where it came from.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{Entry, Record, Tag, entry::Origin};
use crate::model::System;

/// What one request has read.
#[derive(Debug, Default)]
pub struct Trace(Mutex<Read>);

#[derive(Debug, Default)]
struct Read {
    hits: Vec<Hit>,
    /// Whatever purges an answer made of this.
    tags: Vec<Arc<[Tag]>>,
    records: Vec<Tag>,
    /// When the first part of it is no longer fresh.
    fresh_until: Option<DateTime<Utc>>,
    /// The reads that were served although they are too old.
    stale: HashSet<u64>,
    /// Whether something was read that the cache knows nothing of.
    has_untraced: bool,
}

impl Read {
    fn bound(&mut self, entry: &Entry) {
        let until = entry.fresh_until();
        if self.fresh_until.is_none_or(|known| until < known) {
            self.fresh_until = Some(until);
        }
    }
}

/// What was served without a call.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// The system that it once came from.
    pub system: System,
    /// The client's method that once brought it.
    pub operation: &'static str,
    /// How often.
    pub keys: usize,
    /// Of the oldest.
    pub age: Duration,
    /// Whether it is older than it should be.
    pub is_stale: bool,
}

/// How long an answer may be kept, and what purges it.
pub(super) struct Keeping {
    pub(super) until: DateTime<Utc>,
    pub(super) tags: Arc<[Tag]>,
}

impl Trace {
    /// An entry became part of the answer.
    pub(super) fn part(&self, entry: &Entry) {
        let mut read = self.lock();
        read.bound(entry);
        read.tags.push(Arc::clone(&entry.tags));
    }

    /// One record of an entry did.
    pub(super) fn record<T: Record>(&self, entry: &Entry, id: &T::Id) {
        let mut read = self.lock();
        read.bound(entry);
        read.records.push(Tag::record(T::KIND, id));
        read.records.extend(T::whole(id));
    }

    /// Whatever purges this purges an answer made of all that was read.
    pub fn depend_on(&self, tag: Tag) {
        self.lock().records.push(tag);
    }

    /// It was served without a call.
    pub(super) fn hit(&self, entry: &Entry, now: DateTime<Utc>, is_stale: bool) {
        let Origin { system, operation } = entry.origin;
        let age = entry.age(now);
        let mut read = self.lock();
        if is_stale {
            read.stale.insert(entry.number);
        }
        let known = read
            .hits
            .iter_mut()
            .find(|hit| hit.system == system && hit.operation == operation);
        match known {
            Some(hit) => {
                hit.keys += 1;
                hit.age = hit.age.max(age);
                hit.is_stale |= is_stale;
            }
            None => read.hits.push(Hit {
                system,
                operation,
                keys: 1,
                age,
                is_stale,
            }),
        }
    }

    /// Something was read that may change without anybody saying so here.
    pub fn untraced(&self) {
        self.lock().has_untraced = true;
    }

    /// What has this number was served although its system could not be asked for anything newer.
    pub fn serve_stale(&self, number: u64) {
        self.lock().stale.insert(number);
    }

    /// What was served without a call.
    pub fn hits(&self) -> Vec<Hit> {
        self.lock().hits.clone()
    }

    /// Whether a read was served although it is too old.
    pub fn is_stale(&self, number: u64) -> bool {
        self.lock().stale.contains(&number)
    }

    /// When the first part of the answer is no longer fresh; `None` when that cannot be told.
    pub fn fresh_until(&self) -> Option<DateTime<Utc>> {
        let read = self.lock();
        read.fresh_until.filter(|_| !read.has_untraced)
    }

    /// How an answer made of what was read may be kept.
    pub(super) fn keeping(&self) -> Option<Keeping> {
        let read = self.lock();
        let until = read.fresh_until.filter(|_| !read.has_untraced)?;
        let of_entries = read.tags.iter().flat_map(|tags| tags.iter());
        let tags: HashSet<Tag> = of_entries.chain(&read.records).copied().collect();
        Some(Keeping {
            until,
            tags: tags.into_iter().collect(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Read> {
        // Each change leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
