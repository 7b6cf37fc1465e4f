//! Parameters as Rails reads them: `key=a`, `key[]=a&key[]=b`, and here and there `key=a,b`.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use chrono::NaiveDate;
use url::form_urlencoded;

/// All parameters of a request, in order; unknown ones are never looked at.
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(uri: &Uri) -> Self {
        let text = uri.query().unwrap_or_default();
        Self(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The first value of a parameter, unless it is empty.
    pub fn first(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(its, _)| its == name);
        values
            .next()
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The number that a parameter holds; none when it is absent or no number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.first(name)?.trim().parse().ok()
    }

    /// Whether a parameter is there and not switched off; any other value switches it on.
    pub fn is_set(&self, name: &str) -> bool {
        self.first(name)
            .is_some_and(|value| !matches!(value, "0" | "false"))
    }

    /// Every value of `name[]` and of `name`, the latter cut at commas; none when neither is there.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let array = format!("{name}[]");
        let mut given = false;
        let mut values = Vec::new();
        for (its, value) in &self.0 {
            if *its == array {
                given = true;
                values.push(value.as_str());
            } else if its == name {
                given = true;
                values.extend(value.split(','));
            }
        }
        given.then(|| {
            values
                .into_iter()
                .filter(|value| !value.is_empty())
                .collect()
        })
    }

    /// The ids among the values of a list.
    pub fn ids(&self, name: &str) -> Option<Vec<u64>> {
        let values = self.list(name)?;
        Some(
            values
                .iter()
                .filter_map(|value| value.trim().parse().ok())
                .collect(),
        )
    }

    /// The day of an instant: the time of day is not reliable upstream, so it is not looked at.
    pub fn day(&self, name: &str) -> Option<NaiveDate> {
        let value = self.first(name)?;
        value.get(..10)?.parse().ok()
    }

    /// Names what a list of `kind` selects and how it is ordered, whichever page is asked for and
    /// in whichever shape.
    pub fn selection(&self, kind: &str) -> String {
        const APART: [&str; 5] = ["page", "per", "expand", "with_meta", "api_key"];
        let pairs = self.0.iter();
        let pairs = pairs.filter(|(name, _)| !APART.contains(&name.as_str()));
        form_urlencoded::Serializer::new(format!("{kind}?"))
            .extend_pairs(pairs)
            .finish()
    }

    /// Every parameter whose name starts with `prefix`, without it.
    pub fn prefixed<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}
