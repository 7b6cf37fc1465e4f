//! Answers under scrutiny: what was lost to a failure, and that nothing else came to light.

use std::collections::BTreeSet;

use hausgraph::sandbox::Access;
use serde_json::Value;

/// Where `faulty` is null and `healthy` is not, as pointers; any other difference is a failure.
pub fn lost(healthy: &Value, faulty: &Value) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    compare(healthy, faulty, "", &mut lost);
    lost
}

fn compare(healthy: &Value, faulty: &Value, at: &str, lost: &mut BTreeSet<String>) {
    match (healthy, faulty) {
        (healthy, faulty) if healthy == faulty => {}
        (_, Value::Null) => {
            lost.insert(at.to_owned());
        }
        (Value::Object(healthy), Value::Object(faulty)) => {
            assert!(healthy.keys().eq(faulty.keys()), "at {at}");
            for (name, value) in healthy {
                compare(value, &faulty[name], &format!("{at}/{name}"), lost);
            }
        }
        (Value::Array(healthy), Value::Array(faulty)) => {
            assert_eq!(healthy.len(), faulty.len(), "at {at}");
            for (index, (healthy, faulty)) in std::iter::zip(healthy, faulty).enumerate() {
                compare(healthy, faulty, &format!("{at}/{index}"), lost);
            }
        }
        _ => panic!("{healthy} became {faulty} at {at}"),
    }
}

/// The path of an error as a pointer into its answer's data.
pub fn pointer(path: &Value) -> String {
    let parts = path.as_array().expect("every error has a path").iter();
    let text = |part: &Value| part.as_str().map_or(part.to_string(), str::to_owned);
    parts.map(|part| format!("/{}", text(part))).collect()
}

/// Neither an address nor a key, and nothing of what a system said.
pub fn assert_tells_nothing(access: &Access, text: &str) {
    let access = serde_json::to_value(access).unwrap();
    let mut hidden = Vec::new();
    strings(&access, &mut hidden);
    hidden.extend([
        "http",
        "127.0.0.1",
        "localhost",
        "sandbox-",
        "Bearer",
        "/v1",
    ]);
    hidden.extend(["Anmelden", "doctype", "Anfrage", "about:blank", "/app"]);
    hidden.extend([
        "Too Many",
        "Internal Server",
        "Unavailable\"",
        "Unauthorized",
    ]);
    hidden.extend(["expected", "at line", "list_", "error sending", "reqwest"]);
    for hidden in hidden {
        assert!(!text.contains(hidden), "the answer tells {hidden}: {text}");
    }
}

/// Every text inside a value.
pub fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(values) => values.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}
