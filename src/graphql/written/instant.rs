//! Instants and days, digit by digit: chrono's own formatting takes three times as long.

use chrono::{Datelike, NaiveDate, SecondsFormat, Timelike};

use super::Text;
use crate::model::{Date, DateTime};

/// Years that are written with four digits and no sign.
const YEARS: std::ops::RangeInclusive<i32> = 0..=9999;

/// Digits in the making; never more than an instant has.
struct Digits {
    bytes: [u8; 32],
    length: usize,
}

impl Digits {
    fn new() -> Self {
        Self {
            bytes: [0; 32],
            length: 0,
        }
    }

    fn sign(&mut self, sign: u8) {
        self.bytes[self.length] = sign;
        self.length += 1;
    }

    /// The last `count` digits of a number.
    fn number(&mut self, mut number: u32, count: usize) {
        let end = self.length + count;
        for digit in self.bytes[self.length..end].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.length = end;
    }

    fn date(&mut self, date: NaiveDate) {
        self.number(date.year().unsigned_abs(), 4);
        self.sign(b'-');
        self.number(date.month(), 2);
        self.sign(b'-');
        self.number(date.day(), 2);
    }

    fn write(&self, text: &mut Text<'_>) {
        let digits = std::str::from_utf8(&self.bytes[..self.length]);
        text.quoted(digits.expect("digits and signs are ASCII"));
    }
}

pub(super) fn write_instant(instant: DateTime, text: &mut Text<'_>) {
    let (date, time) = (instant.0.date_naive(), instant.0.time());
    let nanos = time.nanosecond();
    // Above are leap seconds.
    if !YEARS.contains(&date.year()) || nanos >= 1_000_000_000 {
        return text.displayed(instant.0.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }
    let mut digits = Digits::new();
    digits.date(date);
    digits.sign(b'T');
    digits.number(time.hour(), 2);
    digits.sign(b':');
    digits.number(time.minute(), 2);
    digits.sign(b':');
    digits.number(time.second(), 2);
    if nanos != 0 {
        digits.sign(b'.');
        match nanos {
            _ if nanos % 1_000_000 == 0 => digits.number(nanos / 1_000_000, 3),
            _ if nanos % 1_000 == 0 => digits.number(nanos / 1_000, 6),
            _ => digits.number(nanos, 9),
        }
    }
    digits.sign(b'Z');
    digits.write(text);
}

pub(super) fn write_day(day: Date, text: &mut Text<'_>) {
    if !YEARS.contains(&day.0.year()) {
        return text.displayed(day.0);
    }
    let mut digits = Digits::new();
    digits.date(day.0);
    digits.write(text);
}

#[cfg(test)]
mod tests {
    use async_graphql::{ScalarType, Value};
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        auth::{Role, Scopes, Viewer},
        graphql::written::Written,
    };

    fn is_as_the_scalar(value: &(impl ScalarType + Written)) {
        let viewer = Viewer::new("test", "test", Role::Member, Scopes::default());
        let mut text = Text::new(&viewer);
        value.write(&crate::graphql::written::Plan::default(), &mut text);
        let written: Value = serde_json::from_slice(&text.into_json()).unwrap();
        assert_eq!(written, value.to_value());
    }

    #[test]
    fn every_instant_and_day_is_written_as_its_scalar_says() {
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..2_000 {
            let seconds = random.i64(-80_000_000_000..260_000_000_000);
            let unit = [1, 1_000, 1_000_000, 1_000_000_000][round % 4];
            let nanos = random.u32(0..1_000_000_000) / unit * unit;
            let instant = chrono::DateTime::from_timestamp(seconds, nanos).unwrap();
            is_as_the_scalar(&DateTime(instant));
            is_as_the_scalar(&Date(instant.date_naive()));
        }
        let leap = "2016-12-31T23:59:60.5Z"
            .parse::<DateTimeOfChrono>()
            .unwrap();
        is_as_the_scalar(&DateTime(leap));
        is_as_the_scalar(&DateTime(leap - TimeDelta::weeks(300_000)));
    }

    type DateTimeOfChrono = chrono::DateTime<chrono::Utc>;
}
