//! The body of an answer, written once and in one piece.

use std::collections::BTreeMap;

use async_graphql::{ServerError, Value};
use serde::Serialize;

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

/// How much of a value is text already, in bytes.
fn text_length(value: &Value) -> usize {
    match value {
        Value::Binary(text) => text.len(),
        Value::List(items) => items.iter().map(text_length).sum(),
        Value::Object(fields) => fields.values().map(text_length).sum(),
        _ => 0,
    }
}

/// Writes a value as it is serialised, but for `Binary`: that is JSON text.
fn write(body: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Binary(text) => body.extend_from_slice(text),
        Value::List(items) => {
            body.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    body.push(b',');
                }
                write(body, item);
            }
            body.push(b']');
        }
        Value::Object(fields) => {
            body.push(b'{');
            for (name, value) in fields {
                key(body, name);
                write(body, value);
            }
            body.push(b'}');
        }
        scalar => serialize(body, scalar),
    }
}

/// Begins a field of the object that was opened last.
fn key(body: &mut Vec<u8>, name: &str) {
    if body.last() != Some(&b'{') {
        body.push(b',');
    }
    serialize(body, name);
    body.push(b':');
}

fn serialize(body: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(body, value).expect("GraphQL values always serialise");
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn text(value: &Value) -> String {
        let mut body = Vec::new();
        write(&mut body, value);
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn a_value_is_written_as_it_is_serialised() {
        let value = value!({
            "a": [1, -2.5, 1e300, null, true, []],
            "\"\\\n\u{1}": { "ä{": "\"\\\n\u{1}ä{", "": {} },
            "e": (Value::Enum(async_graphql::Name::new("SALE"))),
        });
        assert_eq!(text(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn text_is_written_as_it_stands() {
        let rows = Value::Binary(r#"[{"a":1},{}]"#.into());
        let data = value!({ "rows": (rows.clone()), "more": [(rows), 2] });
        assert_eq!(text_length(&data), 24);
        let body = envelope(&[], Some(&data), &BTreeMap::new());
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"data":{"rows":[{"a":1},{}],"more":[[{"a":1},{}],2]}}"#
        );
    }

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
