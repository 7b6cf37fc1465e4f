//! Pages and the envelopes around them.

use std::ops::Range;

use axum::response::Response;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::json;

use super::{Switches, answer, query::Query};
use crate::sandbox::{selection::Selection, world::random::Random};

/// Rows per page when `per` is absent, also for a batch of ids.
const DEFAULT_PER: usize = 20;

/// The part of a list that a request asks for.
pub struct Page {
    /// From 1.
    number: usize,
    per: usize,
}

/// Rows of one page, and how many there are on all.
pub struct Cut<T> {
    pub rows: Vec<T>,
    pub total: usize,
}

impl Page {
    /// Reads `page` and `per`; `limit`, `ordering` and `per_page` mean nothing.
    pub fn of(query: &Query, switches: &Switches) -> Self {
        let per = query
            .number("per")
            .filter(|per| *per > 0)
            .unwrap_or(DEFAULT_PER);
        Self {
            number: query.number("page").filter(|page| *page > 0).unwrap_or(1),
            per: per.min(switches.max_per.unwrap_or(usize::MAX)),
        }
    }

    /// Cuts the page out; past the end there are no rows.
    pub fn cut<T: Copy>(&self, rows: &[T]) -> Cut<T> {
        Cut {
            rows: rows[self.within(rows.len())].to_vec(),
            total: rows.len(),
        }
    }

    /// Which of so many rows are on the page.
    pub fn within(&self, total: usize) -> Range<usize> {
        let start = (self.number - 1).saturating_mul(self.per).min(total);
        start..start.saturating_add(self.per).min(total)
    }

    /// Rows in an order that nobody asked for: each page sees them somewhat moved.
    pub fn unsettle(&self, rows: Selection, switches: &Switches) -> Selection {
        if !switches.unstable_pages {
            return rows;
        }
        let mut random = Random::new(switches.page_seed ^ self.number as u64);
        let reach = self.per.saturating_mul(2).min(rows.len()).max(1);
        let mut moved: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(position, row)| (position + random.below(reach), *row))
            .collect();
        moved.sort_by_key(|(position, _)| *position);
        moved.into_iter().map(|(_, row)| row).collect()
    }
}

/// How the rows are wrapped.
#[derive(Clone, Copy)]
pub enum Envelope {
    /// `[…]`
    Bare,
    /// `{"data": […]}`, by this name.
    Named(&'static str),
    /// `{"data": […], "meta": {"total_count": n}}`, by this name.
    WithMeta(&'static str),
}

impl<T> Cut<T> {
    /// The same rows in another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Cut<U> {
        Cut {
            rows: self.rows.into_iter().map(form).collect(),
            total: self.total,
        }
    }
}

impl<T: Serialize> Cut<T> {
    /// The answer.
    pub fn wrapped(&self, envelope: Envelope) -> Response {
        answer(&Wrapped(self, envelope))
    }
}

struct Wrapped<'a, T>(&'a Cut<T>, Envelope);

impl<T: Serialize> Serialize for Wrapped<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(Cut { rows, total }, envelope) = self;
        let (name, has_meta) = match envelope {
            Envelope::Bare => return rows.serialize(serializer),
            Envelope::Named(name) => (name, false),
            Envelope::WithMeta(name) => (name, true),
        };
        let mut envelope = serializer.serialize_map(None)?;
        envelope.serialize_entry(name, rows)?;
        if has_meta {
            envelope.serialize_entry("meta", &json!({ "total_count": total }))?;
        }
        envelope.end()
    }
}
