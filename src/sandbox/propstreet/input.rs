//! JSON bodies of writes, read field by field: each refusal names the field.
//!
//! Fields that nobody asks for are ignored. Amounts are read from the text as it was sent, since a
//! number in between would lose digits.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::problem::Problem;

/// The vendor's limit; that its megabytes are decimal is assumed.
pub(super) const LARGEST_BODY: usize = 10_000_000;

/// A JSON object.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(BTreeMap<String, Box<RawValue>>);

/// What a body says of one field.
#[derive(Debug, PartialEq)]
pub(super) enum Given<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Given<T> {
    /// The value, where null says as much as nothing.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Takes the value on, or nothing for a null; leaves `current` alone when absent.
    pub(super) fn replace(self, current: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *current = None,
            Self::Value(value) => *current = Some(value),
        }
    }

    /// Refuses a null: this field cannot be cleared.
    pub(super) fn not_null(self, name: &'static str) -> Result<Option<T>, Problem> {
        match self {
            Self::Absent => Ok(None),
            Self::Null => Err(Problem::invalid(name, "must not be null")),
            Self::Value(value) => Ok(Some(value)),
        }
    }

    /// The value as `read` understands it.
    pub(super) fn try_map<U>(
        self,
        read: impl FnOnce(T) -> Result<U, Problem>,
    ) -> Result<Given<U>, Problem> {
        Ok(match self {
            Self::Absent => Given::Absent,
            Self::Null => Given::Null,
            Self::Value(value) => Given::Value(read(value)?),
        })
    }
}

impl Fields {
    /// The object of a body.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(body).map_err(|_| Problem::invalid("body", "must be a JSON object"))
    }

    /// The same, less the fields that are null.
    pub(super) fn without_nulls(mut self) -> Self {
        self.0.retain(|_, raw| raw.get() != "null");
        self
    }

    /// A text.
    pub(super) fn text(&self, name: &'static str) -> Result<Given<String>, Problem> {
        self.read(name, "text")
    }

    /// One of a few words.
    pub(super) fn choice(
        &self,
        name: &'static str,
        allowed: &[&'static str],
    ) -> Result<Given<&'static str>, Problem> {
        self.text(name)?.try_map(|text| {
            let known = allowed.iter().find(|word| **word == text);
            let refused =
                || Problem::invalid(name, format!("must be one of {}", allowed.join(", ")));
            known.copied().ok_or_else(refused)
        })
    }

    /// An object.
    pub(super) fn object(&self, name: &'static str) -> Result<Given<Self>, Problem> {
        self.read(name, "an object")
    }

    /// A list; what is in it is read one by one.
    pub(super) fn list(&self, name: &'static str) -> Result<Given<Vec<Box<RawValue>>>, Problem> {
        self.read(name, "a list")
    }

    /// A number, or a text that holds one, with every digit.
    ///
    /// Errors: 400 also for more digits than 28.
    pub(super) fn decimal(&self, name: &'static str) -> Result<Given<Decimal>, Problem> {
        let given: Given<Box<RawValue>> = self.read(name, "a number")?;
        given.try_map(|raw| {
            let sent = raw.get();
            let text = serde_json::from_str(sent).unwrap_or_else(|_| sent.to_owned());
            let number =
                Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
            number.map_err(|_| Problem::invalid(name, "must be a number of at most 28 digits"))
        })
    }

    fn read<T: DeserializeOwned>(
        &self,
        name: &'static str,
        wanted: &str,
    ) -> Result<Given<T>, Problem> {
        let raw = match self.0.get(name) {
            None => return Ok(Given::Absent),
            Some(raw) if raw.get() == "null" => return Ok(Given::Null),
            Some(raw) => raw.get(),
        };
        let read = serde_json::from_str(raw).map(Given::Value);
        read.map_err(|_| Problem::invalid(name, format!("must be {wanted}")))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(),
            _ => Problem::invalid("body", "cannot be read to its end"),
        })?;
        Self::from_body(&body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Given<Decimal> {
        let body = format!(r#"{{ "value": {text} }}"#);
        let fields = Fields::from_body(body.as_bytes()).unwrap();
        fields.decimal("value").unwrap_or(Given::Absent)
    }

    #[test]
    fn an_amount_keeps_every_digit_that_was_sent() {
        for (sent, read) in [
            ("12345678901234567890.12", "12345678901234567890.12"),
            (r#""12345678901234567890.12""#, "12345678901234567890.12"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("-1", "-1"),
        ] {
            assert_eq!(value(sent), Given::Value(read.parse().unwrap()), "{sent}");
        }
        assert_eq!(value("null"), Given::Null);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for sent in [r#""much""#, "true", "[1]", "{}", r#""""#, "1e40"] {
            assert_eq!(value(sent), Given::Absent, "{sent}");
        }
    }
}
