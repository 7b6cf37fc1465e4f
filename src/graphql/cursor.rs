//! Cursors: opaque outside; inside a position in one list under one filter.

use std::{fmt, sync::OnceLock};

use async_graphql::InputType;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::Error;

/// One list under one filter and order: a cursor of another one is refused.
pub struct List {
    name: &'static str,
    arguments: Vec<Box<dyn Argument>>,
    /// Worked out with the first cursor, for most lists are asked for none.
    digest: OnceLock<String>,
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.name).finish()
    }
}

/// How a cursor is written: digest of its list, then the position.
#[derive(Serialize, Deserialize)]
struct Written<D, P>(D, P);

impl List {
    /// The list that a field gives for its arguments. `name` tells it from other lists; `arguments`
    /// is whatever changes which rows it has or how they are ordered.
    pub fn new(name: &'static str, arguments: Vec<Box<dyn Argument>>) -> Self {
        Self {
            name,
            arguments,
            digest: OnceLock::new(),
        }
    }

    fn digest(&self) -> &str {
        self.digest.get_or_init(|| {
            let mut hash = Sha256::new();
            hash.update(self.name);
            for argument in &self.arguments {
                // A separator that no JSON text begins with.
                hash.update([0]);
                hash.update(argument.text());
            }
            URL_SAFE_NO_PAD.encode(&hash.finalize()[..6])
        })
    }

    /// The cursor of a position.
    pub fn write<P: Serialize>(&self, position: P) -> String {
        let written = serde_json::to_vec(&Written(self.digest(), position))
            .expect("positions are plain data, which JSON can hold");
        URL_SAFE_NO_PAD.encode(written)
    }

    /// The position that a cursor stands for.
    ///
    /// Errors: [`Error::BadUserInput`] for anything but a cursor of this very list.
    pub fn read<P: DeserializeOwned>(&self, cursor: &str) -> Result<P, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let written =
            bytes.and_then(|bytes| serde_json::from_slice::<Written<String, P>>(&bytes).ok());
        match written {
            Some(Written(list, position)) if list == self.digest() => Ok(position),
            _ => Err(Error::bad_user_input(
                "`after` is not a cursor of this list under this filter and order.",
            )),
        }
    }
}

/// An argument in a form that is equal whenever the argument is.
pub trait Argument: Send + Sync {
    /// That form.
    fn text(&self) -> String;
}

impl<T: InputType + Send + Sync> Argument for T {
    fn text(&self) -> String {
        self.to_value().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PropertyFilter;

    #[test]
    fn a_cursor_is_good_for_its_own_list_and_filter_only() {
        let bremen = PropertyFilter {
            city: Some("Bremen".into()),
            ..Default::default()
        };
        let list = List::new("properties", vec![Box::new(bremen.clone())]);
        let cursor = list.write(42_u64);
        assert_eq!(list.read::<u64>(&cursor), Ok(42));

        let others = [
            List::new("properties", vec![Box::new(PropertyFilter::default())]),
            List::new("contacts", vec![Box::new(bremen)]),
        ];
        for other in others {
            assert!(matches!(
                other.read::<u64>(&cursor),
                Err(Error::BadUserInput(_))
            ));
        }
        for bad in ["", "42", "%", &list.write("text")] {
            assert!(
                matches!(list.read::<u64>(bad), Err(Error::BadUserInput(_))),
                "{bad}"
            );
        }
    }
}
