//! Values as the systems really send them: numbers as text, text as numbers, nothing as zero.
//!
//! Each type here takes every spelling that the contracts know and turns what is not given into
//! `None`. A value of a wholly different kind (an object for a number) is still an error, so that
//! its JSON path comes to light. Numbers are read from their own text; no float stands between.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, Visitor},
};
use serde_json::value::RawValue;
use url::Url;

use super::vocabulary::Vocabulary;

/// A number or a numeric string, exact. Text that is no number counts as not given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Number(pub Option<Decimal>);

impl Number {
    /// Reads the JSON of one value.
    ///
    /// Errors: what is wrong with it.
    pub(super) fn read(json: &str) -> Result<Self, &'static str> {
        match json.as_bytes() {
            [b'"', ..] => Ok(Self(decimal(trim(json.trim_matches('"'))))),
            [b'-' | b'0'..=b'9', ..] => decimal(json)
                .map(|number| Self(Some(number)))
                .ok_or("a number out of range"),
            [b'n', ..] => Ok(Self(None)),
            _ => Err("expected a number"),
        }
    }

    /// The nearest float.
    pub(super) fn float(self) -> Option<f64> {
        self.0?.try_into().ok()
    }

    /// The whole number; `None` when it is none, or out of range.
    pub(super) fn whole<T: TryFrom<Decimal>>(self) -> Option<T> {
        let number = self.0?;
        number.is_integer().then(|| T::try_from(number).ok())?
    }

    /// The same, where a system writes 0 for what is not given.
    pub(super) fn given(self) -> Self {
        Self(self.0.filter(|number| !number.is_zero()))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::read(raw.get()).map_err(D::Error::custom)
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

/// Text, also when a system sends it as a number; trimmed, and `None` when nothing is left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(pub Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Heard(|text| Some(Cow::into_owned(text))))
            .map(Self)
    }
}

/// The same, not copied where it stands in the answer as it is.
#[derive(Debug)]
pub(super) struct Quote<'a>(pub Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Quote<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Heard(Some)).map(Self)
    }
}

/// One word of a list that we know.
#[derive(Debug)]
pub(super) struct Word<T>(pub Option<T>);

impl<T> Default for Word<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Heard(|word: Cow<'_, str>| Some(T::read(&word))))
            .map(Self)
    }
}

/// An id: text for us, though some systems send numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Heard(|id| Some(Self(Cow::into_owned(id)))))?
            .ok_or_else(|| D::Error::custom("expected an id"))
    }
}

/// An absolute address; anything else is an error, which does not tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(pub Url);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let address = Url::parse(text.trim());
        address
            .map(Self)
            .map_err(|_| D::Error::custom("expected an address"))
    }
}

/// Reads a text, trimmed, or anything that can be one, and answers what the function makes of it;
/// `None` when nothing is left.
struct Heard<F>(F);

impl<'de, T, F: FnOnce(Cow<'de, str>) -> Option<T>> Visitor<'de> for Heard<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(match trim(text) {
            "" => None,
            text => self.0(text.into()),
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(match trim(text) {
            "" => None,
            text => self.0(text.to_owned().into()),
        })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.0(number.to_string().into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.0(number.to_string().into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(self.0(number.to_string().into()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(self.0(if flag { "true" } else { "false" }.into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// As [`str::trim`]; most text begins and ends with what is seen, and that is soon told.
fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// A yes or no, also as 0 and 1 or as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flag(pub Option<bool>);

impl Flag {
    /// Whether it says yes.
    pub(super) fn is_set(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Heard(|text: Cow<'_, str>| match &*text {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            }))
            .map(Self)
    }
}

/// A day, alone or as the head of an instant; anything else written there counts as not given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Day(pub Option<NaiveDate>);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Heard(|text: Cow<'_, str>| {
                let iso = text.get(..10).and_then(|day| day.parse().ok());
                iso.or_else(|| NaiveDate::parse_from_str(&text, "%d.%m.%Y").ok())
            }))
            .map(Self)
    }
}

/// A list, where `null` and an empty text mean the empty one, and a lone value a list of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Vec<T>, E> {
                Ok(Vec::new())
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                if text.trim().is_empty() {
                    return Ok(Vec::new());
                }
                let lone = serde::de::value::StrDeserializer::<E>::new(text);
                T::deserialize(lone).map(|value| vec![value])
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut items: A,
            ) -> Result<Vec<T>, A::Error> {
                let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0));
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(list)
            }
        }

        deserializer
            .deserialize_any(ListVisitor(PhantomData))
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::from_str;

    use super::*;

    fn number(json: &str) -> Option<String> {
        from_str::<Number>(json).unwrap().0.map(|it| it.to_string())
    }

    #[test]
    fn numbers_are_exact_however_they_are_written() {
        for (json, expected) in [
            ("890", Some("890")),
            ("890.0", Some("890.0")),
            (r#""1120""#, Some("1120")),
            (r#"" 78.5 ""#, Some("78.5")),
            ("0.1", Some("0.1")),
            ("9007199254740993.25", Some("9007199254740993.25")),
            ("1e3", Some("1000")),
            ("null", None),
            (r#""auf Anfrage""#, None),
            (r#""""#, None),
        ] {
            assert_eq!(number(json).as_deref(), expected, "{json}");
        }
        for wrong in ["{}", "[1]", "true"] {
            assert!(from_str::<Number>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whole_numbers_are_whole_and_in_range() {
        let whole = |json: &str| from_str::<Number>(json).unwrap().whole::<i32>();
        assert_eq!(whole("3"), Some(3));
        assert_eq!(whole(r#""3.0""#), Some(3));
        assert_eq!(whole("2.5"), None);
        assert_eq!(whole("9999999999"), None);
        assert_eq!(from_str::<Number>("0.0").unwrap().given(), Number(None));
    }

    #[test]
    fn text_is_trimmed_and_nothing_is_none() {
        let text = |json: &str| from_str::<Text>(json).unwrap().0;
        assert_eq!(text(r#""Bremen ""#).as_deref(), Some("Bremen"));
        assert_eq!(text("3").as_deref(), Some("3"));
        assert_eq!(text("2.5").as_deref(), Some("2.5"));
        assert_eq!(text(r#""  ""#), None);
        assert_eq!(text("null"), None);
        assert!(from_str::<Text>("{}").is_err());
    }

    #[test]
    fn a_quote_is_text_and_not_copied_where_it_stands_as_it_is() {
        let quote = |json: &'static str| from_str::<Quote<'_>>(json).unwrap().0;
        assert!(matches!(
            quote(r#"" a.svg ""#),
            Some(Cow::Borrowed("a.svg"))
        ));
        assert_eq!(quote(r#""a\/b.svg""#).as_deref(), Some("a/b.svg"));
        assert_eq!(quote("7").as_deref(), Some("7"));
        assert_eq!(quote(r#""  ""#), None);
    }

    #[test]
    fn white_space_of_every_kind_is_trimmed() {
        for text in [
            "",
            " ",
            "a",
            " a",
            "a\n",
            "a b",
            "\u{a0}a",
            "a\u{3000}",
            "ä",
            " ä ",
            "\u{feff}a",
            "~!",
        ] {
            assert_eq!(trim(text), text.trim(), "{text:?}");
        }
    }

    #[test]
    fn ids_are_text_and_never_empty() {
        assert_eq!(from_str::<Id>("481207").unwrap().0, "481207");
        assert_eq!(from_str::<Id>(r#""481207""#).unwrap().0, "481207");
        for wrong in ["null", r#""""#, "[]"] {
            assert!(from_str::<Id>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_absolute_and_not_told_when_they_are_none() {
        let address = |json: &str| from_str::<Address>(json);
        let good = address(r#""https://receiver.example/a?b=c""#).unwrap();
        assert_eq!(good.0.path(), "/a");
        for wrong in [r#""receiver/s3cret""#, r#""""#, "null", "7"] {
            let error = address(wrong).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn flags_and_days_take_each_known_spelling() {
        let flag = |json: &str| from_str::<Flag>(json).unwrap().0;
        assert_eq!(flag("true"), Some(true));
        assert_eq!(flag(r#""1""#), Some(true));
        assert_eq!(flag("0"), Some(false));
        assert_eq!(flag("null"), None);
        let day = |json: &str| from_str::<Day>(json).unwrap().0.map(|day| day.to_string());
        for spelling in [
            r#""2029-05-01""#,
            r#""2029-05-01T00:00:00.000+02:00""#,
            r#""01.05.2029""#,
        ] {
            assert_eq!(day(spelling).as_deref(), Some("2029-05-01"), "{spelling}");
        }
        assert_eq!(day(r#""2029""#), None);
    }

    #[test]
    fn lists_may_be_null_or_a_lone_value() {
        let list = |json: &str| {
            let list: List<Text> = from_str(json).unwrap();
            list.0
                .into_iter()
                .filter_map(|text| text.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(list(r#"["Parkett", "Fliesen"]"#), ["Parkett", "Fliesen"]);
        assert_eq!(list(r#""Parkett""#), ["Parkett"]);
        assert!(list("null").is_empty());
        assert!(list(r#""""#).is_empty());
    }
}
