//! What is wrong with a configuration, all of it, by where it stands.

use std::{collections::BTreeMap, fmt};

use super::place::Place;

/// Everything that is wrong with a configuration. No text holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration has problems:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Problems as they are found: the first that is told of a place speaks for all inside of it.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<Place, String>);

impl Found {
    pub(super) fn add(&mut self, place: Place, problem: impl fmt::Display) {
        if !self.0.keys().any(|told| place.is_within(told)) {
            self.0.insert(place, problem.to_string());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line each, sorted by place; `origin` says who set it, if not the file.
    pub(super) fn told(self, origin: impl Fn(&Place) -> Option<String>) -> Problems {
        let told = self.0.into_iter().map(|(place, problem)| {
            let origin = origin(&place).map(|name| format!(" (from {name})"));
            format!("{place}: {problem}{}", origin.unwrap_or_default())
        });
        Problems(told.collect())
    }
}
