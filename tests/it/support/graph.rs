//! Ways to read the graph: whole lists, ids, error codes.

use serde_json::{Value, json};

use super::TestGateway;

/// Every node of a list, read page by page and going on before the last edge of each.
///
/// `query` takes `$first` and `$after`; its list at `pointer` asks for `edges { cursor node }` and
/// `pageInfo { hasNextPage endCursor }`.
pub async fn walk(gateway: &TestGateway, query: &str, pointer: &str) -> Vec<Value> {
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    for first in [100, 7, 1, 30].into_iter().cycle() {
        let variables = json!({ "first": first, "after": after });
        let mut data = gateway.data_with(query, variables).await;
        let mut page = data.pointer_mut(pointer).unwrap().take();
        let edges = page["edges"].as_array_mut().unwrap();
        let is_cut = edges.len() > 1;
        let kept = edges.len() - usize::from(is_cut);
        nodes.extend(edges[..kept].iter_mut().map(|edge| edge["node"].take()));
        after = if is_cut {
            edges[kept - 1]["cursor"].take()
        } else if page["pageInfo"]["hasNextPage"] == json!(true) {
            page["pageInfo"]["endCursor"].take()
        } else {
            return nodes;
        };
        assert!(after.is_string(), "a list that goes on has a cursor");
    }
    unreachable!("the sizes go round")
}

/// What stands at `pointer` in each row, as text.
pub fn texts(rows: &Value, pointer: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| text(row, pointer)).collect()
}

/// What stands at `pointer`, as text.
pub fn text(row: &Value, pointer: &str) -> String {
    let found = row.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("text at {pointer} of {row}"))
        .to_owned()
}

/// The codes of an answer's errors, in order.
pub fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().into_iter().flatten();
    let codes = errors.map(|error| error["extensions"]["code"].as_str());
    codes.map(|code| code.unwrap_or("none")).collect()
}

/// An instant as the graph writes it.
pub fn written(instant: chrono::DateTime<chrono::Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
