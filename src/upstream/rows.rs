//! Lists of which each row is converted before the next is read.
//!
//! A row as it comes can be many times as large as what becomes of it, so a page never holds more
//! than one.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
};

/// The rows of one answer, converted.
#[derive(Debug)]
pub(super) struct Rows<T> {
    /// Without those that came to nothing.
    pub kept: Vec<T>,
    /// How many were sent.
    pub received: usize,
}

/// Reads an array of rows `W`, of which the function makes what is kept.
pub(super) struct Each<W, F> {
    convert: F,
    row: PhantomData<fn() -> W>,
}

impl<W, T, F: Fn(W) -> Option<T>> Each<W, F> {
    pub(super) fn new(convert: F) -> Self {
        Self {
            convert,
            row: PhantomData,
        }
    }
}

impl<'de, W: Deserialize<'de>, T, F: Fn(W) -> Option<T>> DeserializeSeed<'de> for &Each<W, F> {
    type Value = Rows<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rows<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, W: Deserialize<'de>, T, F: Fn(W) -> Option<T>> Visitor<'de> for &Each<W, F> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Rows<T>, A::Error> {
        let mut rows = Rows {
            kept: Vec::new(),
            received: 0,
        };
        while let Some(row) = items.next_element()? {
            rows.received += 1;
            rows.kept.extend((self.convert)(row));
        }
        Ok(rows)
    }
}
