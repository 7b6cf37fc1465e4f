//! Instants as the CRM writes them: in the time of Berlin, with its offset.

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, TimeZone, Utc, Weekday};

use super::query::Query;

/// Such as `2026-03-02T09:15:04.118+01:00`.
pub fn written(instant: DateTime<Utc>) -> String {
    berlin(instant)
        .format("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// Such as `02.03.2026 09:15`.
pub fn formatted(instant: DateTime<Utc>) -> String {
    berlin(instant).format("%d.%m.%Y %H:%M").to_string()
}

/// The days between `<name>_from` and `<name>_to`, both included, as far as they were given.
pub struct Days {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Days {
    pub fn of(query: &Query, name: &str) -> Self {
        Self {
            from: query.day(&format!("{name}_from")),
            to: query.day(&format!("{name}_to")),
        }
    }

    /// Whether the day of an instant, in Berlin, is among them.
    pub fn holds(&self, instant: DateTime<Utc>) -> bool {
        let day = || berlin(instant).date_naive();
        self.from.is_none_or(|from| day() >= from) && self.to.is_none_or(|to| day() <= to)
    }
}

fn berlin(instant: DateTime<Utc>) -> DateTime<FixedOffset> {
    let year = instant.year();
    let is_summer = switch(year, 3) <= instant && instant < switch(year, 10);
    let hours = if is_summer { 2 } else { 1 };
    let offset = FixedOffset::east_opt(hours * 3600).expect("less than a day");
    instant.with_timezone(&offset)
}

/// One o'clock UTC on the last Sunday of a month of 31 days: when clocks change in Europe.
fn switch(year: i32, month: u32) -> DateTime<Utc> {
    let last = Utc.with_ymd_and_hms(year, month, 31, 1, 0, 0);
    let last = last.single().expect("UTC has no gaps");
    last - Duration::days(i64::from(last.weekday().days_since(Weekday::Sun)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_follows_the_season() {
        let at = |text: &str| written(text.parse().unwrap());
        assert_eq!(
            at("2026-03-29T00:59:59.118Z"),
            "2026-03-29T01:59:59.118+01:00"
        );
        assert_eq!(at("2026-03-29T01:00:00Z"), "2026-03-29T03:00:00.000+02:00");
        assert_eq!(at("2026-10-25T00:59:59Z"), "2026-10-25T02:59:59.000+02:00");
        assert_eq!(at("2026-10-25T01:00:00Z"), "2026-10-25T02:00:00.000+01:00");
    }
}
