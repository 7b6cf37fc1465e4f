//! What was imported can be read while no system answers, and is marked.

use std::{collections::BTreeMap, time::Duration};

use hausgraph::{
    model::PropertyId,
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, walk};

/// Long enough for all retries of one answer.
const PAUSE: Duration = Duration::from_secs(5);

/// Each list, and what of its rows the index has.
const LISTS: [(&str, &str); 5] = [
    (
        "properties",
        "title reference address { line1 city } development { title }
         contacts { edges { role node { id name emails } } } documents { nodes { title } }
         freshness { servedFrom isStale }",
    ),
    ("contacts", "name emails freshness { servedFrom isStale }"),
    (
        "protocols",
        "object { name } createdAt contacts { email } freshness { servedFrom isStale }",
    ),
    (
        "projects",
        "name status prospects(first: 100) { nodes { id tags investor { name }
            freshness { servedFrom isStale } } } freshness { servedFrom isStale }",
    ),
    ("investors", "name tags email"),
];

impl TestGateway {
    /// All rows of a list by their ids.
    async fn rows(&self, list: &str, fields: &str) -> BTreeMap<String, Value> {
        let query = format!(
            "query($first: Int!, $after: String) {{ {list}(first: $first, after: $after) {{
               edges {{ cursor node {{ id {fields} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let rows = self
            .hurry(PAUSE, walk(self, &query, &format!("/{list}")))
            .await;
        let count = rows.len();
        let rows = rows
            .into_iter()
            .map(|row| (row["id"].as_str().unwrap().to_owned(), row));
        let rows: BTreeMap<_, _> = rows.collect();
        assert_eq!(rows.len(), count, "{list}: each once");
        rows
    }

    fn all_down(&self) {
        for system in [System::Propstack, System::DeepRent, System::Propstreet] {
            self.sandbox
                .shared
                .faults
                .add(Rule::new(system, Fault::Drop));
        }
    }
}

/// Takes the marks out of an answer, and sorts its lists: what changed at the same time has no order.
fn marks(value: &mut Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.remove("freshness"));
            fields.values_mut().for_each(|it| marks(it, found));
        }
        Value::Array(rows) => {
            rows.iter_mut().for_each(|it| marks(it, found));
            rows.sort_by_key(Value::to_string);
        }
        _ => {}
    }
}

#[tokio::test]
async fn while_no_system_answers_every_list_is_as_it_was_and_marked() {
    let gateway = TestGateway::all_imported().await;
    let mut before = Vec::new();
    for (list, fields) in LISTS {
        before.push(gateway.rows(list, fields).await);
    }
    gateway.all_down();
    for ((list, fields), mut before) in LISTS.into_iter().zip(before) {
        let mut now = gateway.rows(list, fields).await;
        assert!(!now.is_empty(), "{list}");
        let stale = json!({ "servedFrom": "INDEX", "isStale": true });
        for row in now.values_mut() {
            let mut found = Vec::new();
            marks(row, &mut found);
            assert!(found.iter().all(|mark| *mark == stale), "{list}: {found:?}");
            assert!(list == "investors" || !found.is_empty(), "{list}");
        }
        for row in before.values_mut() {
            marks(row, &mut Vec::new());
        }
        let ids = |rows: &BTreeMap<String, Value>| rows.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&now), ids(&before), "{list}");
        for (id, row) in &now {
            assert_eq!(row, &before[id], "{list}");
        }
    }
}

#[tokio::test]
async fn records_by_id_and_their_links_are_told_as_well() {
    let gateway = TestGateway::all_imported().await;
    let query = "{
      properties(first: 10) { nodes { id protocols { nodes { id property { id } } }
        projects { nodes { id } } } }
      contacts(first: 10) { nodes { id } } protocols(first: 10) { nodes { id } }
      projects(first: 5) { nodes { id prospects(first: 2) { nodes { id } }
        profiles { id } properties { nodes { id } } } }
      investors(first: 5) { nodes { id contact { id } } } }";
    let before = gateway.data(query).await;
    let mut ids = Vec::new();
    let mut pending = vec![&before];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(fields) => {
                ids.extend(fields.get("id").cloned());
                pending.extend(fields.values());
            }
            Value::Array(rows) => pending.extend(rows),
            _ => {}
        }
    }
    assert!(ids.len() > 60, "{}", ids.len());
    gateway.all_down();
    for ids in ids.chunks(25) {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }";
        let asked = gateway.data_with(query, json!({ "ids": ids }));
        let data = gateway.hurry(PAUSE, asked).await;
        for (id, node) in ids.iter().zip(data["nodes"].as_array().unwrap()) {
            assert_eq!(node["id"], *id);
        }
    }
    let linked = before["properties"]["nodes"].as_array().unwrap().iter();
    let linked = linked.filter(|it| it["protocols"]["nodes"] != json!([]));
    for property in linked {
        let query = "query($id: ID!) { node(id: $id) { ... on Property {
            id protocols { nodes { id property { id } } } projects { nodes { id } } } } }";
        let asked = gateway.data_with(query, json!({ "id": property["id"] }));
        assert_eq!(&gateway.hurry(PAUSE, asked).await["node"], property);
    }
}

#[tokio::test]
async fn what_the_index_cannot_tell_stays_a_failure_and_fresh_data_is_not_promised() {
    let gateway = TestGateway::all_imported().await;
    gateway.all_down();
    let nobody = PropertyId::new("999999999").to_string();
    for query in [
        "{ properties(first: 3, orderBy: { field: PRICE }) { nodes { id } } }".to_owned(),
        "{ properties(first: 3, filter: { price: { min: 1 } }) { nodes { id } } }".to_owned(),
        "{ brokers { id } }".to_owned(),
        format!("{{ property(by: {{ id: \"{nobody}\" }}) {{ id }} }}"),
    ] {
        let asked = gateway.ask_with(&query, json!({}));
        let answer = gateway.hurry(PAUSE, asked).await;
        let code = codes(&answer)[0].to_owned();
        assert!(code.starts_with("UPSTREAM"), "{query}: {answer}");
    }
    // Filters that it can tell.
    let query = "{ properties(first: 100, filter: { text: \"linden\" }) { nodes { address { line1 } name } } }";
    let data = gateway.hurry(PAUSE, gateway.data(query)).await;
    let found = data["properties"]["nodes"].as_array().unwrap();
    assert!(found.len() > 3, "{}", found.len());
}

#[tokio::test]
async fn without_an_import_a_failure_is_one() {
    let gateway = TestGateway::start().await;
    gateway.all_down();
    let query = "{ properties(first: 3) { nodes { id } } }";
    let answer = gateway
        .hurry(PAUSE, gateway.ask_with(query, json!({})))
        .await;
    assert_eq!(answer["data"]["properties"], Value::Null);
    assert!(codes(&answer)[0].starts_with("UPSTREAM"));
}
