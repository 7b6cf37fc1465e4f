//! Whole answers, kept until the first part of them is no longer as good as new.
//!
//! They lie among the reads and share their bound of memory. An answer carries the tags of all that
//! it was made from, so whatever purges a part purges the answer.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::{
    Cache, Reader, Whole,
    entry::{Circumstances, Entry, Origin},
    read::AnyRead,
};
use crate::model::System;

/// What an answer is kept under: a digest of all that it depends on beside what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(pub [u8; 32]);

/// A kept answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// As it was sent.
    pub body: Bytes,
    /// How long it is still as good as new.
    pub fresh_for: Duration,
}

impl Cache {
    /// The answer of this name, while every part of it is as good as new.
    pub fn find_answer(&self, name: Name) -> Option<Answer> {
        let entry = self.find(&name)?;
        let fresh_for = left(entry.fresh_until(), self.clock.now())?;
        let body = entry.value::<Whole<Bytes>>();
        Some(Answer {
            body: body.0.clone(),
            fresh_for,
        })
    }

    /// Keeps an answer no longer.
    pub fn forget_answer(&self, name: Name) {
        self.kept.invalidate(&name as &dyn AnyRead);
    }
}

impl Reader {
    /// How long an answer made of all that was read is as good as new; `None` when it is not, or
    /// when that cannot be told.
    pub fn fresh_for(&self) -> Option<Duration> {
        left(self.trace.fresh_until()?, self.cache.clock.now())
    }

    /// Whether a call brought a part of the answer.
    pub fn has_called(&self) -> bool {
        !self.scope.calls.is_empty()
    }

    /// Keeps an answer made of all that was read, if that can be told how long.
    pub fn keep_answer(&self, name: Name, body: Bytes) {
        let Some(keeping) = self.trace.keeping() else {
            return;
        };
        let now = self.cache.clock.now();
        let Some(fresh_for) = left(keeping.until, now) else {
            return;
        };
        let bytes = body.len();
        let entry = Entry::new(
            Whole(body),
            Circumstances {
                origin: ORIGIN,
                // What was purged since the request began may have been read before.
                number: self.demand.since,
                fetched_at: now,
                fresh_for,
                tags: keeping.tags,
                bytes,
            },
        );
        self.cache.insert(Arc::new(name), Arc::new(entry));
    }
}

/// No system brought it; nobody asks.
const ORIGIN: Origin = Origin {
    system: System::Propstack,
    operation: "answer",
};

fn left(until: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    let left = (until - now).to_std().ok()?;
    (!left.is_zero()).then_some(left)
}
