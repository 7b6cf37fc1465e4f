//! Rows of a list that cannot be read.
//!
//! Whoever waits for a list is told that it cannot be read. An import would come to nothing by a single
//! such row: a [`Scope`] that tolerates flaws leaves it out, and tells which one it was.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

use super::{Error, Scope, transport::Answer};

/// More of them in one answer are no accident.
const MOST: usize = 20;

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What its system calls it; empty where not even that can be read.
    pub id: String,
    /// The JSON path of what is wrong with it, within its answer.
    pub at: String,
}

/// What was left out of the answers of one scope.
#[derive(Debug, Clone, Default)]
pub struct Flaws(Arc<Mutex<Vec<Flaw>>>);

impl Flaws {
    /// What was left out since this was last asked.
    pub fn take(&self) -> Vec<Flaw> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, flaw: Flaw) {
        let mut flaws = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flaws.push(flaw);
    }
}

/// Decodes a list; where the scope tolerates flaws, without the rows that cannot be.
///
/// Errors: those of `decode`, when it is not a row that is at fault.
pub(super) fn decode<T>(
    mut answer: Answer,
    scope: &Scope,
    decode: impl Fn(&Answer) -> Result<T, Error>,
) -> Result<T, Error> {
    for _ in 0..MOST {
        let error = match decode(&answer) {
            Err(error @ Error::Unreadable { .. }) => error,
            decoded => return decoded,
        };
        let (Error::Unreadable { at, .. }, Some(flaws)) = (&error, &scope.flaws) else {
            return Err(error);
        };
        let Some((body, flaw)) = without(&answer.body, at) else {
            return Err(error);
        };
        flaws.add(flaw);
        answer.body = body;
    }
    decode(&answer)
}

/// A body without the row that a JSON path leads into, such as `$.data[3].id`.
fn without(body: &[u8], at: &str) -> Option<(Bytes, Flaw)> {
    let (list, rest) = at.split_once('[')?;
    let index: usize = rest.split_once(']')?.0.parse().ok()?;
    let mut whole: Value = serde_json::from_slice(body).ok()?;
    let list = list.trim_start_matches('$').replace('.', "/");
    let rows = whole.pointer_mut(&list)?.as_array_mut()?;
    let row = (index < rows.len()).then(|| rows.remove(index))?;
    let id = match row.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    let body = serde_json::to_vec(&whole).ok()?;
    let at = at.to_owned();
    Some((body.into(), Flaw { id, at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_taken_out_wherever_its_list_stands() {
        let out = |body: &str, at: &str| {
            let (body, flaw) = without(body.as_bytes(), at)?;
            Some((String::from_utf8(body.to_vec()).ok()?, flaw.id))
        };
        let told = |body: &str, id: &str| Some((body.to_owned(), id.to_owned()));
        assert_eq!(
            out(r#"[{"id":1},{"id":2}]"#, "$[1].name"),
            told(r#"[{"id":1}]"#, "2")
        );
        assert_eq!(
            out(
                r#"{"data":[{"id":"a"},7],"page":{}}"#,
                "$.data[0].meta.tags[2]"
            ),
            told(r#"{"data":[7],"page":{}}"#, "a")
        );
        assert_eq!(
            out(r#"{"data":[7]}"#, "$.data[0]"),
            told(r#"{"data":[]}"#, "")
        );
        for nothing in ["$", "$.page.nextCursor", "$.data[9]", "$.rows[0]"] {
            assert_eq!(out(r#"{"data":[7]}"#, nothing), None, "{nothing}");
        }
    }
}
