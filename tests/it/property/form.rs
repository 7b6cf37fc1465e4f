//! How much of each unit a selection asks Propstack for: flat rows where they are enough.

use hausgraph::{auth::Scope, config::demo::ORGANIZATION, sandbox::System};
use serde_json::json;

use crate::support::TestGateway;

/// The queries with which units were asked for since the journal was last cleared.
fn asked(gateway: &TestGateway) -> Vec<String> {
    let journal = &gateway.sandbox.shared.journal;
    let entries = journal.entries().into_iter().map(|entry| entry.arrival);
    let of_units =
        entries.filter(|it| it.system == System::Propstack && it.path.ends_with("/units"));
    let queries = of_units.map(|arrival| arrival.query).collect();
    journal.clear();
    queries
}

async fn is_expanded(gateway: &TestGateway, token: &str, query: &str) -> bool {
    let answer = gateway.ask_as(token, query, json!({})).await;
    assert_eq!(answer.get("errors"), None, "{query}");
    let asked = asked(gateway);
    assert_eq!(asked.len(), 1, "{query}");
    asked[0].contains("expand=1")
}

const FLAT: &str = "
    __typename id source { id } reference exposeReference title offer usage kind isActive
    status { name } areas { livingSqm } rooms { total bedrooms bathrooms floor }
    sale { price { amount } } rent { coldRent { amount } totalRent { amount } }
    customFields(names: [\"deeprent_object_id\"]) { name value } createdAt updatedAt
    freshness { servedFrom } name address { city formatted } location { latitude }";

#[tokio::test]
async fn a_selection_that_flat_rows_carry_asks_for_flat_rows() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[]);
    for query in [
        format!("{{ properties {{ nodes {{ {FLAT} }} }} }}"),
        format!(
            "{{ properties {{ totalCount pageInfo {{ endCursor }} edges {{ cursor node {{ {FLAT} }} }} }} }}"
        ),
        format!(
            "{{ all: properties {{ rows: nodes {{ ...Row }} }} }} fragment Row on Property {{ {FLAT} }}"
        ),
    ] {
        assert!(!is_expanded(&gateway, &token, &query).await, "{query}");
    }
}

#[tokio::test]
async fn what_flat_rows_carry_is_the_same_in_both_forms() {
    let gateway = TestGateway::start().await;
    let rows = |more: &str| format!("{{ properties(first: 60) {{ nodes {{ {FLAT} {more} }} }} }}");

    let flat = gateway.data(&rows("")).await;
    assert!(!asked(&gateway)[0].contains("expand=1"));
    let mut full = gateway.data(&rows("tags")).await;
    assert!(asked(&gateway)[0].contains("expand=1"));

    let nodes = full["properties"]["nodes"].as_array_mut().unwrap();
    for node in nodes {
        node.as_object_mut().unwrap().remove("tags");
    }
    assert_eq!(flat, full);
}

#[tokio::test]
async fn one_field_more_asks_for_everything_wherever_it_stands() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[]);
    for more in [
        "category",
        "tags",
        "features",
        "images { url }",
        "broker { name }",
        "energy { value }",
        "descriptions { object }",
        "areas { livingSqm plotSqm }",
        "rooms { balconies }",
        "sale { commission }",
        "rent { deposit }",
        "building { condition }",
        "links { url }",
        "documents { totalCount }",
        "contacts { nodes { id } }",
        "alias: tags",
        "... { tags }",
        "... on Property { tags }",
        "... on Node { ... on Property { tags } }",
        "...More",
        "tags @include(if: true)",
        "tags @skip(if: false)",
    ] {
        let fragment = match more {
            "...More" => "fragment More on Property { tags }",
            _ => "",
        };
        let query =
            format!("{{ properties(first: 2) {{ edges {{ node {{ id {more} }} }} }} }} {fragment}");
        assert!(is_expanded(&gateway, &token, &query).await, "{more}");
    }
    let query = "{ properties(first: 2) { nodes { id tags @skip(if: true) } } }";
    assert!(
        !is_expanded(&gateway, &token, query).await,
        "what is skipped is not asked for"
    );
}

#[tokio::test]
async fn look_ahead_reaches_through_node_and_by_id() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[]);
    let data = gateway
        .data("{ properties(first: 1) { nodes { id reference } } }")
        .await;
    asked(&gateway);
    let property = &data["properties"]["nodes"][0];
    let (id, reference) = (&property["id"], &property["reference"]);
    for field in [
        format!("node(id: {id})"),
        format!("property(by: {{ id: {id} }})"),
        format!("property(by: {{ reference: {reference} }})"),
    ] {
        let flat = format!("{{ {field} {{ id ... on Property {{ title reference }} }} }}");
        assert!(!is_expanded(&gateway, &token, &flat).await, "{flat}");
        let full = format!("{{ {field} {{ id ... on Property {{ title tags }} }} }}");
        assert!(is_expanded(&gateway, &token, &full).await, "{full}");
    }
}

#[tokio::test]
async fn whether_an_address_is_hidden_is_known_in_the_full_form_only() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[Scope::PropertyAddress]);
    let query = |field: &str| format!("{{ properties(first: 2) {{ nodes {{ id {field} }} }} }}");
    for field in ["name", "address { city }", "location { latitude }"] {
        assert!(
            is_expanded(&gateway, &token, &query(field)).await,
            "{field}"
        );
    }
    assert!(!is_expanded(&gateway, &token, &query("title")).await);
}
