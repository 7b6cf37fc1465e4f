//! GraphQL values as JSON text.
//!
//! `Value::Binary` is text already: no field of the schema makes another one, and only those who
//! write it here get to see it.

use async_graphql::Value;
use serde::Serialize;

/// How much of a value is text already, in bytes.
pub fn text_length(value: &Value) -> usize {
    match value {
        Value::Binary(text) => text.len(),
        Value::List(items) => items.iter().map(text_length).sum(),
        Value::Object(fields) => fields.values().map(text_length).sum(),
        _ => 0,
    }
}

/// Writes a value as it is serialised, but for `Binary`, which is written as it stands.
pub fn write(body: &mut Vec<u8>, value: &Value) {
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
pub fn key(body: &mut Vec<u8>, name: &str) {
    if body.last() != Some(&b'{') {
        body.push(b',');
    }
    serialize(body, name);
    body.push(b':');
}

/// Writes what the library serialises.
pub fn serialize(body: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
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
        assert_eq!(
            text(&data),
            r#"{"rows":[{"a":1},{}],"more":[[{"a":1},{}],2]}"#
        );
    }
}
