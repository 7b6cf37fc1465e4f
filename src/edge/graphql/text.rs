//! The body of an answer, written once and in one piece.

use std::collections::BTreeMap;

use async_graphql::{ServerError, Value};

use crate::json::{key, serialize, text_length, write};

/// What is left for keys, braces and a few scalars around the lists that come as text.
const MARGIN: usize = 1024;

/// The JSON object of an answer; without `data` when nothing was executed.
pub(super) fn envelope(
    errors: &[ServerError],
    data: Option<&Value>,
    extensions: &BTreeMap<String, Value>,
) -> Vec<u8> {
    let mut body = Vec::with_capacity(MARGIN + data.map_or(0, text_length));
    body.push(b'{');
    if !errors.is_empty() {
        key(&mut body, "errors");
        serialize(&mut body, errors);
    }
    if let Some(data) = data {
        key(&mut body, "data");
        write(&mut body, data);
    }
    if !extensions.is_empty() {
        key(&mut body, "extensions");
        serialize(&mut body, extensions);
    }
    body.push(b'}');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_has_what_there_is() {
        let errors = [ServerError::new("no", None)];
        let extensions = BTreeMap::from([("a".to_owned(), Value::from(1))]);
        for (errors, data, extensions, expected) in [
            (
                &errors[..],
                None,
                BTreeMap::new(),
                r#"{"errors":[{"message":"no"}]}"#,
            ),
            (&[], Some(&Value::Null), BTreeMap::new(), r#"{"data":null}"#),
            (
                &errors[..],
                Some(&Value::Null),
                extensions.clone(),
                r#"{"errors":[{"message":"no"}],"data":null,"extensions":{"a":1}}"#,
            ),
        ] {
            let body = envelope(errors, data, &extensions);
            assert_eq!(String::from_utf8(body).unwrap(), expected);
        }
    }
}
