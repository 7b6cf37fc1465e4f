//! From a tree of values to typed settings, past every problem to the last one.
//!
//! serde stops at the first problem. So each is noted, what causes it is taken out of the tree or
//! replaced by something that fits, and the tree is decoded again. What comes out holds such
//! replacements where problems were found: it is good for finding more of them, not for running.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{place::Place, problem::Found};

/// How close a name must be to be meant, from 0 to 1.
const CLOSE: f64 = 0.8;

/// Decodes `tree`, adding what is wrong with it to `found`.
///
/// `as_text` knows what was written at a place whose value may have been meant as text.
/// `None` only when nothing could be put in place of what is wrong.
pub(super) fn decode<T: DeserializeOwned>(
    mut tree: Value,
    mut as_text: impl FnMut(&Place) -> Option<String>,
    found: &mut Found,
) -> Option<T> {
    let mut replaced = Replaced::default();
    loop {
        let error = match serde_path_to_error::deserialize(tree.clone()) {
            Ok(settings) => return Some(settings),
            Err(error) => error,
        };
        let place = Place::from(error.path());
        let message = error.inner().message();
        if let Some((name, known)) = named(message, "unknown field ") {
            found.add(place.clone(), unknown(name, known));
            place.remove(&mut tree)?;
            continue;
        }
        let missing = named(message, "missing field ").map(|(name, _)| place.key(name));
        let is_missing = missing.is_some();
        let place = missing.unwrap_or(place);
        if !is_missing && let Some(text) = as_text(&place) {
            place.put(&mut tree, Value::String(text)).ok()?;
            continue;
        }
        if !replaced.has(&place) {
            let problem = match place.find(&tree) {
                Some(value) if !is_missing => wrong(message, value),
                _ => "is missing".to_owned(),
            };
            found.add(place.clone(), problem);
        }
        replaced.replace(place, &mut tree)?;
    }
}

/// Which of the replacements is tried next, by place.
#[derive(Default)]
struct Replaced(BTreeMap<Place, usize>);

impl Replaced {
    fn has(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// Tries nothing first, then one value of each kind, then the same with what is around.
    fn replace(&mut self, place: Place, tree: &mut Value) -> Option<()> {
        let next = self.0.entry(place.clone()).or_default();
        let value = match *next {
            0 => None,
            1 => Some(Value::String(String::new())),
            2 => Some(Value::Integer(1)),
            3 => Some(Value::Boolean(false)),
            4 => Some(Value::Array(Vec::new())),
            5 => Some(Value::Table(Table::new())),
            _ => return self.replace(place.parent()?, tree),
        };
        *next += 1;
        match value {
            Some(value) => place.put(tree, value).ok(),
            None if place.remove(tree).is_some() => Some(()),
            None => self.replace(place, tree),
        }
    }
}

/// The name in backticks that follows `what`, and what follows the name.
fn named<'a>(message: &'a str, what: &str) -> Option<(&'a str, &'a str)> {
    message
        .strip_prefix(what)?
        .strip_prefix('`')?
        .split_once('`')
}

fn unknown(name: &str, known: &str) -> String {
    // Every second part stands in backticks.
    let known = known.split('`').skip(1).step_by(2);
    let closeness = |known: &str| strsim::jaro(name, known);
    let closest = known.max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
    match closest.filter(|known| closeness(known) >= CLOSE) {
        Some(known) => format!("there is no such setting; did you mean {known}?"),
        None => "there is no such setting".to_owned(),
    }
}

/// What was expected and what kind of value is there; the message may hold the value itself, which
/// may be a secret. Messages that do not say what was expected are our types' own and hold none.
fn wrong(message: &str, value: &Value) -> String {
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {}, found {}", plain(expected), kind(value)),
        None => message.to_owned(),
    }
}

/// For people who have never seen Rust.
fn plain(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "u16" | "u32" | "u64" | "usize" => "a whole number from 0 on",
        name if name.starts_with("struct ") => "a table",
        other => other,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(number) if *number < 0 => "a number below 0",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
