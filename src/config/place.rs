//! Where a setting stands in the tree of all settings, such as `organization[0].id`.

use std::fmt;

use serde_path_to_error::Segment;
use toml::Value;

/// The way from the root to a setting. Places sort as they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Index(usize),
    Key(String),
}

impl Place {
    /// The place at the end of these keys.
    pub(super) fn of(keys: &[&str]) -> Self {
        keys.iter()
            .fold(Self::default(), |place, key| place.key(key))
    }

    /// The entry of a table that is here.
    pub(super) fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// The element of a list that is here, from 0.
    pub(super) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// What this is an entry or element of; `None` for the root.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// Whether this is `other` or stands inside of it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What stands here.
    pub(super) fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, step| match step {
            Step::Index(index) => value.get(*index),
            Step::Key(key) => value.get(key),
        })
    }

    /// Puts a value here, and tables on the way where there is nothing.
    ///
    /// Errors: the value, when something on the way is no table.
    pub(super) fn put(&self, root: &mut Value, value: Value) -> Result<(), Value> {
        let mut here = root;
        for step in &self.0 {
            let next = match (step, here) {
                (Step::Index(index), Value::Array(values)) => values.get_mut(*index),
                (Step::Key(key), Value::Table(values)) => Some(
                    values
                        .entry(key)
                        .or_insert_with(|| Value::Table(toml::Table::new())),
                ),
                _ => None,
            };
            let Some(next) = next else {
                return Err(value);
            };
            here = next;
        }
        *here = value;
        Ok(())
    }

    /// Takes an entry out of its table. Elements of lists stay, lest the others change places.
    pub(super) fn remove(&self, root: &mut Value) -> Option<Value> {
        let (Step::Key(key), above) = self.0.split_last()? else {
            return None;
        };
        let table = above.iter().try_fold(root, |value, step| match step {
            Step::Index(index) => value.get_mut(*index),
            Step::Key(key) => value.get_mut(key),
        });
        table?.as_table_mut()?.remove(key)
    }
}

impl From<&serde_path_to_error::Path> for Place {
    fn from(path: &serde_path_to_error::Path) -> Self {
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } | Segment::Enum { variant: key } => Some(Step::Key(key.clone())),
            Segment::Unknown => None,
        });
        Self(steps.collect())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if number == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}
