//! How fresh an answer a request asks for, and what may be served to it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Entry, Settings};

/// What a request accepts.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// What was begun after this was begun for this request, or for another one since.
    pub(super) since: u64,
    /// The oldest that is accepted; `None` leaves it to the settings. Zero asks for what was read
    /// since the request came.
    pub(super) max_age: Option<Duration>,
}

/// Whether something that is kept answers a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// It is as good as new.
    Fresh,
    /// It is served, and read anew behind the answer.
    Aging,
    /// It is served only when its system cannot be asked.
    Old,
    /// It is not served.
    Refused,
}

impl Demand {
    pub(super) fn judge(self, entry: &Entry, now: DateTime<Utc>, settings: &Settings) -> Verdict {
        if entry.number > self.since {
            return Verdict::Fresh;
        }
        let age = entry.age(now);
        match self.max_age {
            Some(most) if age < most.min(entry.fresh_for) => Verdict::Fresh,
            // Whoever asks for something fresh is not served something old.
            Some(_) => Verdict::Refused,
            None if age < entry.fresh_for => Verdict::Fresh,
            None if entry.is_absent => Verdict::Refused,
            None if age < entry.fresh_for + settings.stale_while_revalidate => Verdict::Aging,
            None if age < settings.stale_if_error => Verdict::Old,
            None => Verdict::Refused,
        }
    }
}
