//! Instants in the past of the day that a world is made on.

use chrono::{DateTime, Duration, NaiveTime, Utc};

use crate::sandbox::world::random::Random;

/// Counts back from midnight, so that two runs on one day are alike.
#[derive(Clone, Copy)]
pub struct Calendar(DateTime<Utc>);

impl Calendar {
    pub fn new(today: DateTime<Utc>) -> Self {
        Self(today.date_naive().and_time(NaiveTime::MIN).and_utc())
    }

    /// Some moment of office hours, so many days ago.
    pub fn ago(self, random: &mut Random, days: (i64, i64)) -> DateTime<Utc> {
        let day = self.0 - Duration::days(random.between(days.0.max(1), days.1));
        day + Duration::milliseconds(random.between(7 * 3_600_000, 17 * 3_600_000))
    }

    /// Some moment between `since` and midnight.
    pub fn since(self, random: &mut Random, since: DateTime<Utc>) -> DateTime<Utc> {
        let span = (self.0 - since).num_milliseconds().max(1);
        since + Duration::milliseconds(random.between(0, span))
    }

    /// When a record that was entered at `created` last changed: often never, sometimes by the
    /// nightly job that touches many records in the same instant.
    pub fn touched(self, random: &mut Random, created: DateTime<Utc>) -> DateTime<Utc> {
        let nightly = self.0 - Duration::days(3) + Duration::hours(2);
        match random.below(10) {
            0..4 => created,
            4 | 5 if nightly > created => nightly,
            _ => self.since(random, created),
        }
    }
}
