//! Lists: in ascending order of (`updatedUtc`, id), page by page behind an opaque cursor.
//!
//! The cursor is base64 of the last row's `{"u": time, "i": id}`, as in the guide's sample. It holds
//! no filter, so filters are to be repeated (assumed). A row that changes while somebody pages
//! moves to the end and may be seen twice.

use std::{collections::BTreeSet, ops::Bound};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{problem::Problem, query::Query};

/// A record's place in every list: when it last changed, then its id as a number.
pub(super) type Position = (DateTime<Utc>, u64);

/// Which part of a list is asked for.
pub(super) struct Window {
    /// Rows at most, 1 to 500.
    pub(super) size: usize,
    after: Bound<Position>,
}

/// The rows of one page.
pub(super) struct Page<T> {
    /// In the list's order.
    pub(super) rows: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub(super) next: Option<String>,
    /// As asked for.
    pub(super) size: usize,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    u: DateTime<Utc>,
    i: u64,
}

impl Window {
    /// Reads `page_size`, `cursor` and `updated_since` (inclusive).
    ///
    /// Errors: 400 for a size outside 1..=500 and for a cursor that is none of ours (both assumed).
    pub(super) fn from_query(query: &Query, default_size: usize) -> Result<Self, Problem> {
        const WANTED: &str = "a number from 1 to 500";
        let size = query.parsed("page_size", WANTED)?.unwrap_or(default_size);
        if !(1..=500).contains(&size) {
            return Err(Problem::invalid("page_size", format!("must be {WANTED}")));
        }
        let seen = query.one("cursor").map(decode).transpose()?;
        let since = query.instant("updated_since")?.map(|since| (since, 0));
        let after = match (seen, since) {
            (Some(seen), Some(since)) if seen < since => Bound::Included(since),
            (Some(seen), _) => Bound::Excluded(seen),
            (None, Some(since)) => Bound::Included(since),
            (None, None) => Bound::Unbounded,
        };
        Ok(Self { size, after })
    }

    /// Walks `order` from where the window starts and keeps what `pick` finds.
    pub(super) fn walk<T>(
        &self,
        order: &BTreeSet<Position>,
        pick: impl Fn(u64) -> Option<T>,
    ) -> Page<T> {
        let mut rows = Vec::new();
        let mut last = None;
        for position in order.range((self.after, Bound::Unbounded)) {
            let Some(row) = pick(position.1) else {
                continue;
            };
            if rows.len() == self.size {
                // One more than fits: there is a next page.
                let next = last.map(encode);
                return Page {
                    rows,
                    next,
                    size: self.size,
                };
            }
            rows.push(row);
            last = Some(*position);
        }
        Page {
            rows,
            next: None,
            size: self.size,
        }
    }
}

fn encode((u, i): Position) -> String {
    let json = serde_json::to_vec(&Cursor { u, i }).expect("a time and a number are JSON");
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

fn decode(text: &str) -> Result<Position, Problem> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    match serde_json::from_slice(&json) {
        Ok(Cursor { u, i }) => Ok((u, i)),
        Err(_) => Err(Problem::invalid("cursor", "is not a cursor of this list")),
    }
}
