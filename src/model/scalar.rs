//! Scalars beyond the built-in ones, each with the text of its specification.
//!
//! Each says what is valid, so that a bad value is refused before anything is executed; found only
//! when its field runs, it would take all other data of the answer with it.

use std::{fmt, str::FromStr};

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};

fn text(value: Value, expected: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(format!("expected {expected} as a string")),
    }
}

/// An instant in UTC, written by RFC 3339: `2026-03-01T08:00:00Z`.
#[derive(
    Description, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct DateTime(pub chrono::DateTime<Utc>);

#[Scalar(
    use_type_description,
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value, "an RFC 3339 instant").map_err(InputValueError::custom)?;
        let instant = chrono::DateTime::parse_from_rfc3339(&text)
            .map_err(|_| InputValueError::custom("expected an RFC 3339 instant"))?;
        Ok(Self(instant.to_utc()))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day, written by ISO 8601: `2026-03-01`.
#[derive(
    Description, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Date(pub NaiveDate);

#[Scalar(
    use_type_description,
    specified_by_url = "https://scalars.graphql.org/andimarek/local-date"
)]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value, "an ISO 8601 day").map_err(InputValueError::custom)?;
        text.parse()
            .map(Self)
            .map_err(|_| InputValueError::custom("expected an ISO 8601 day"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An exact decimal number as a string, never a float: `"149.50"`.
#[derive(
    Description, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Decimal(pub rust_decimal::Decimal);

#[Scalar(
    use_type_description,
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6"
)]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match value {
            Value::String(text) => text,
            // The number's own text: a float never stands between the client and us.
            Value::Number(number) => number.to_string(),
            _ => {
                return Err(InputValueError::custom(
                    "expected a decimal number as a string",
                ));
            }
        };
        rust_decimal::Decimal::from_str(&text)
            .map(Self)
            .map_err(|_| InputValueError::custom("expected a decimal number as a string"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An absolute address on the web.
#[derive(Description, Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Url(pub url::Url);

#[Scalar(
    name = "URL",
    use_type_description,
    specified_by_url = "https://url.spec.whatwg.org/"
)]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value, "an absolute URL").map_err(InputValueError::custom)?;
        text.parse()
            .map(Self)
            .map_err(|_| InputValueError::custom("expected an absolute URL"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Declares a scalar that is a code of a fixed number of capital letters.
macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $length:literal, $url:literal) => {
        $(#[$doc])*
        #[derive(Description, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(SerializeDisplay, DeserializeFromStr)]
        pub struct $name([u8; $length]);

        impl FromStr for $name {
            type Err = InvalidCode;

            fn from_str(text: &str) -> Result<Self, InvalidCode> {
                let letters: [u8; $length] = text.as_bytes().try_into().map_err(|_| InvalidCode)?;
                let is_code = letters.iter().all(u8::is_ascii_alphabetic);
                is_code
                    .then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
                    .ok_or(InvalidCode)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(std::str::from_utf8(&self.0).expect("made of ASCII letters only"))
            }
        }

        #[Scalar(use_type_description, specified_by_url = $url)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                let text = text(value, "a code").map_err(InputValueError::custom)?;
                Ok(text.parse()?)
            }

            fn is_valid(value: &Value) -> bool {
                Self::parse(value.clone()).is_ok()
            }

            fn to_value(&self) -> Value {
                Value::String(self.to_string())
            }
        }
    };
}

/// A text that has not the form of the code that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code of the right number of letters")]
pub struct InvalidCode;

code!(
    /// A currency by its ISO 4217 code, such as `EUR`.
    CurrencyCode, 3, "https://www.iso.org/iso-4217-currency-codes.html"
);
code!(
    /// A country by its ISO 3166-1 alpha-2 code, such as `DE`.
    CountryCode, 2, "https://www.iso.org/iso-3166-country-codes.html"
);

impl CurrencyCode {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
}

impl CountryCode {
    /// Germany.
    pub const DE: Self = Self(*b"DE");
}

/// Opaque version of one record; send it back unchanged.
#[derive(Description, Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ETag(pub String);

#[Scalar(
    use_type_description,
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3"
)]
impl ScalarType for ETag {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value, "an ETag").map_err(InputValueError::custom)?;
        Ok(Self(text))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// What an upstream sends that has no fixed shape, as it came.
#[derive(Description, Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Json(pub serde_json::Value);

#[Scalar(
    name = "JSON",
    use_type_description,
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        // Any JSON value is a GraphQL constant.
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        for digits in ["149.50", "0.1", "79228162514264337593543950335", "-3"] {
            let decimal = Decimal::parse(Value::String(digits.into())).unwrap();
            assert_eq!(decimal.to_value(), Value::String(digits.into()));
        }
        assert!(Decimal::parse(Value::String("1,5".into())).is_err());
    }

    #[test]
    fn instants_are_answered_in_utc() {
        let berlin =
            DateTime::parse(Value::String("2026-03-02T09:15:04.118+01:00".into())).unwrap();
        assert_eq!(
            berlin.to_value(),
            Value::String("2026-03-02T08:15:04.118Z".into())
        );
        assert!(DateTime::parse(Value::String("2026-03-02".into())).is_err());
    }

    #[test]
    fn codes_are_letters_of_the_right_number() {
        assert_eq!("eur".parse(), Ok(CurrencyCode::EUR));
        assert_eq!("EURO".parse::<CurrencyCode>(), Err(InvalidCode));
        assert_eq!("D1".parse::<CountryCode>(), Err(InvalidCode));
    }
}
