//! Instants as the systems write them, by RFC 3339.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use crate::model;

/// An instant, whatever its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant(pub DateTime<Utc>);

impl From<Instant> for model::DateTime {
    fn from(instant: Instant) -> Self {
        Self(instant.0)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InstantVisitor;

        impl Visitor<'_> for InstantVisitor {
            type Value = Instant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instant")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Instant, E> {
                let instant = usual(text).map_or_else(|| text.parse(), Ok);
                instant.map(Instant).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(InstantVisitor)
    }
}

/// Reads `2026-03-02T08:15:04.118+01:00` and the like, which nearly every instant looks like; the
/// parser that knows all other forms takes seven times as long. `None` for those.
fn usual(text: &str) -> Option<DateTime<Utc>> {
    let (head, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let &[
        ..,
        b'-',
        _,
        _,
        b'-',
        _,
        _,
        b'T',
        _,
        _,
        b':',
        _,
        _,
        b':',
        _,
        _,
    ] = head
    else {
        return None;
    };
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(number(&head[..4])?).ok()?,
        number(&head[5..7])?,
        number(&head[8..10])?,
    )?;
    let (fraction, offset) = match rest.strip_prefix(b".") {
        Some(rest) => rest.split_at(rest.iter().position(|byte| !byte.is_ascii_digit())?),
        None => (&b"0"[..], rest),
    };
    let scale = 10_u32.pow(9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?);
    let time = day.and_hms_nano_opt(
        number(&head[11..13])?,
        number(&head[14..16])?,
        number(&head[17..])?,
        number(fraction)? * scale,
    )?;
    let minutes_east = match *offset {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
            let east = i64::from(hours * 60 + minutes);
            match (hours, minutes, sign) {
                (24.., ..) | (_, 60.., _) => return None,
                (.., b'+') => east,
                _ => -east,
            }
        }
        _ => return None,
    };
    let time = time.checked_sub_signed(TimeDelta::minutes(minutes_east))?;
    Some(time.and_utc())
}

/// At most nine digits, at least one.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        Some(number * 10 + digit)
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;

    #[test]
    fn the_usual_form_is_read_as_the_full_parser_reads_it() {
        let offsets = [
            "Z", "+00:00", "-00:00", "+02:00", "-09:30", "+23:59", "-23:59",
        ];
        let fractions = ["", ".5", ".118", ".000001", ".1234567", ".123456789"];
        let mut time: NaiveDateTime = NaiveDate::from_ymd_opt(0, 1, 1).unwrap().into();
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().into();
        let mut read = 0;
        while time < last {
            for offset in offsets {
                let fraction = fractions[read % fractions.len()];
                let text = time.format("%Y-%m-%dT%H:%M:%S");
                let text = format!("{text}{fraction}{offset}");
                assert_eq!(usual(&text), text.parse().ok(), "{text}");
                read += 1;
            }
            // Every month, day and hour comes up.
            time += TimeDelta::seconds(997 * 86_400 + 40_961);
        }
        assert!(read > 20_000);
    }

    #[test]
    fn whatever_looks_otherwise_is_left_to_the_full_parser() {
        let read = |text: &str| serde_json::from_value::<Instant>(text.into());
        for text in [
            "2026-03-02 08:15:04Z",
            "2026-03-02t08:15:04z",
            "2026-03-02T08:15:60Z",
            "2026-03-02T08:15:04.Z",
            "2026-03-02T08:15:04.5",
            "2026-03-02T08:15:04.1234567891Z",
            "2026-03-02T08:15:04+0200",
            "2026-03-02T08:15:04+24:00",
            "2026-03-02T08:15:04+01:60",
            "2026-02-29T08:15:04Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T08:15:04",
            "2026-03-02T08:15",
            "+026-03-02T08:15:04Z",
            "2026-03-02",
            "",
        ] {
            assert_eq!(usual(text), None, "{text}");
            let full: Option<DateTime<Utc>> = text.parse().ok();
            assert_eq!(read(text).ok().map(|it| it.0), full, "{text}");
        }
        let full = read("2026-03-02 08:15:04Z").unwrap();
        assert_eq!(Some(full.0), usual("2026-03-02T08:15:04Z"));
    }
}
