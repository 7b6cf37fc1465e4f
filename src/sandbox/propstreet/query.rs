//! Query parameters: unknown ones are ignored, bad values are refused with 400.
//!
//! The contract names the values that each filter takes, not what happens to others; the 400 is an
//! assumption, as is that of a parameter given twice the last counts (except for `tags`).

use std::{convert::Infallible, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};
use chrono::{DateTime, Utc};

use super::problem::Problem;

/// The parameters of one request, decoded, in their order.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// The value of a parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let mut given = self.0.iter().rev();
        let found = given.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated. A comma does not split (assumed).
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let given = self.0.iter().filter(|(key, _)| key == name);
        given.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a parameter that takes one of a few words.
    pub(super) fn choice(
        &self,
        name: &'static str,
        allowed: &[&'static str],
    ) -> Result<Option<&'static str>, Problem> {
        let Some(value) = self.one(name) else {
            return Ok(None);
        };
        let known = allowed.iter().find(|word| **word == value);
        let refused = || Problem::invalid(name, format!("must be one of {}", allowed.join(", ")));
        known.copied().map(Some).ok_or_else(refused)
    }

    /// The value of a parameter that is read from text; `wanted` says of what kind.
    pub(super) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        wanted: &str,
    ) -> Result<Option<T>, Problem> {
        let parse = |value: &str| {
            let parsed = value.parse();
            parsed.map_err(|_| Problem::invalid(name, format!("must be {wanted}")))
        };
        self.one(name).map(parse).transpose()
    }

    /// The value of a Boolean parameter, false when absent.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        let given = self.parsed(name, "true or false")?;
        Ok(given.unwrap_or(false))
    }

    /// The value of a parameter that names an instant.
    pub(super) fn instant(&self, name: &'static str) -> Result<Option<DateTime<Utc>>, Problem> {
        self.parsed(name, "an instant as in ISO 8601, in UTC")
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Ok(Self(pairs.into_owned().collect()))
    }
}
