//! The layers that settings come from: the file, above it the environment, above it flags.
//!
//! Every name in the environment that begins with `HAUSGRAPH__` is a setting:
//! `HAUSGRAPH__STORE__URL` is `store.url`. Its value is TOML where it parses as TOML, else text.

use std::{collections::BTreeMap, ffi::OsString};

use toml::{Table, Value};

use super::{place::Place, problem::Found, reference};

const PREFIX: &str = "hausgraph__";

/// The environment of the process, or of a test.
pub(super) type Environment = BTreeMap<String, OsString>;

/// The environment of the process; names that are no text are nobody's settings.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place the rule points to"
)]
pub(super) fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect()
}

/// All settings in one tree, and which of them the environment has set.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) tree: Value,
    set: BTreeMap<Place, Set>,
}

/// A setting that was set by the environment.
#[derive(Debug)]
struct Set {
    name: String,
    /// As it was written, when it was read as something else.
    text: Option<String>,
}

impl Layers {
    /// Puts the layers on top of one another.
    pub(super) fn new(
        file: Table,
        environment: &Environment,
        flags: Table,
        found: &mut Found,
    ) -> Self {
        let mut layers = Self {
            tree: Value::Table(file),
            set: BTreeMap::new(),
        };
        for (name, value) in environment {
            let lower = name.to_ascii_lowercase();
            let Some(path) = lower.strip_prefix(PREFIX) else {
                continue;
            };
            let keys: Vec<_> = path.split("__").collect();
            match value.to_str() {
                Some(_) if keys.contains(&"") => {
                    found.add(Place::of(&[name]), "there is no such setting");
                }
                Some(value) => layers.set(name, Place::of(&keys), value, found),
                None => found.add(Place::of(&[name]), "is no UTF-8"),
            }
        }
        for (key, value) in flags {
            let place = Place::of(&[&key]);
            layers.set.remove(&place);
            place
                .put(&mut layers.tree, value)
                .expect("the root is a table");
        }
        resolve(&Place::default(), &mut layers.tree, environment, found);
        layers
    }

    fn set(&mut self, name: &str, place: Place, text: &str, found: &mut Found) {
        let value = text.parse::<Value>().ok();
        let set = Set {
            name: name.to_owned(),
            text: value.is_some().then(|| text.to_owned()),
        };
        let value = value.unwrap_or_else(|| Value::String(text.to_owned()));
        match place.put(&mut self.tree, value) {
            Ok(()) => {
                self.set.insert(place, set);
            }
            Err(_) => found.add(
                Place::of(&[name]),
                "what is to hold this is no table; lists of tables are set in the file",
            ),
        }
    }

    /// What was written for a setting that was taken for something else than text; told once.
    pub(super) fn take_text(&mut self, place: &Place) -> Option<String> {
        self.set.get_mut(place)?.text.take()
    }

    /// The name in the environment that has set this, or something in it.
    pub(super) fn origin(&self, place: &Place) -> Option<String> {
        let mut set = self.set.iter();
        let found = set.find(|(set, _)| place.is_within(set) || set.is_within(place));
        found.map(|(_, set)| set.name.clone())
    }
}

/// Replaces `env:NAME` and `file:PATH` in a value and all below it.
fn resolve(at: &Place, value: &mut Value, environment: &Environment, found: &mut Found) {
    match value {
        Value::String(text) => match reference::follow(text, environment) {
            Some(Ok(found)) => *text = found,
            Some(Err(problem)) => found.add(at.clone(), problem),
            None => {}
        },
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                resolve(&at.index(index), value, environment, found);
            }
        }
        Value::Table(values) => {
            for (key, value) in values.iter_mut() {
                resolve(&at.key(key), value, environment, found);
            }
        }
        _ => {}
    }
}
