//! Lists of properties page by page: sizes, cursors, totals.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, text, walk};

const PAGE: &str = "edges { cursor node { source { id } } } pageInfo { hasNextPage endCursor }";

#[tokio::test]
async fn reading_page_by_page_from_any_edge_yields_each_property_once() {
    let gateway = TestGateway::start().await;
    let query = format!(
        "query($after: String, $first: Int!) {{ properties(first: $first, after: $after) {{ {PAGE} }} }}"
    );

    let nodes = walk(&gateway, &query, "/properties").await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let active = world.units.iter().filter(|unit| !unit.is_archived);
    let wanted: Vec<_> = active.map(|unit| unit.id.to_string()).collect();
    let ids: Vec<_> = nodes.iter().map(|node| text(node, "/source/id")).collect();
    assert_eq!(ids, wanted);
}

#[tokio::test]
async fn every_edge_can_be_resumed_behind() {
    let gateway = TestGateway::start().await;
    let query = format!(
        "query($after: String, $first: Int!) {{ properties(first: $first, after: $after) {{ {PAGE} }} }}"
    );
    let data = gateway.data_with(&query, json!({ "first": 23 })).await;
    let edges = data["properties"]["edges"].as_array().unwrap();
    for (at, edge) in edges.iter().enumerate().take(20) {
        let variables = json!({ "first": 3, "after": edge["cursor"] });
        let data = gateway.data_with(&query, variables).await;
        assert_eq!(data["properties"]["edges"], json!(edges[at + 1..at + 4]));
    }
}

#[tokio::test]
async fn the_total_is_told_where_propstack_selects_exactly() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data(
            "{ all: properties(filter: { includeInactive: true }, first: 1) { totalCount }
               rent: properties(filter: { offer: RENT }, first: 1) { totalCount }
               ours: properties(filter: { kinds: [HOUSE, OFFICE] }, first: 1) { totalCount } }",
        )
        .await;

    let world = gateway.sandbox.shared.tenants[0].world();
    assert_eq!(data["all"]["totalCount"], world.units.len());
    let rent = world
        .units
        .iter()
        .filter(|unit| !unit.is_archived && unit.is_rental);
    assert_eq!(data["rent"]["totalCount"], rent.count());
    assert_eq!(
        data["ours"]["totalCount"],
        Value::Null,
        "filtered by us: not known"
    );
}

#[tokio::test]
async fn a_page_has_between_none_and_a_hundred_edges() {
    let gateway = TestGateway::start().await;
    let query = format!("query($first: Int!) {{ properties(first: $first) {{ {PAGE} }} }}");
    let ask = async |first: i32| gateway.ask_with(&query, json!({ "first": first })).await;

    let answer = ask(100).await;
    let page = &answer["data"]["properties"];
    assert_eq!(page["edges"].as_array().unwrap().len(), 100);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let answer = ask(0).await;
    let page = &answer["data"]["properties"];
    assert_eq!(
        (
            answer.get("errors"),
            page["edges"].as_array().unwrap().len()
        ),
        (None, 0)
    );

    for first in [-1, 101, i32::MIN, i32::MAX] {
        let answer = ask(first).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{first}");
        assert_eq!(answer["data"]["properties"], Value::Null);
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_filter_and_order_only() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data(
            "{ properties(first: 2) { edges { cursor } pageInfo { endCursor startCursor } }
               contacts(first: 2) { pageInfo { endCursor } } }",
        )
        .await;
    let own = text(&data, "/properties/pageInfo/endCursor");
    let of_contacts = text(&data, "/contacts/pageInfo/endCursor");
    assert_eq!(data["properties"]["edges"][1]["cursor"], json!(own));
    let ask = async |arguments: &str, after: &str| {
        let query = format!(
            "query($after: String) {{ properties({arguments} first: 2, after: $after)
                {{ nodes {{ id }} pageInfo {{ hasPreviousPage }} }} }}"
        );
        gateway.ask_with(&query, json!({ "after": after })).await
    };

    let answer = ask("", &own).await;
    assert_eq!(
        answer["data"]["properties"]["pageInfo"]["hasPreviousPage"],
        true
    );
    for (arguments, after) in [
        ("filter: { offer: RENT },", own.as_str()),
        ("orderBy: { field: PRICE },", &own),
        ("orderBy: { field: ID, direction: DESC },", &own),
        ("", &of_contacts),
        ("", ""),
        ("", "garbage"),
        ("", "bnVsbA"),
        ("", "\u{1f3e0}"),
    ] {
        let answer = ask(arguments, after).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{arguments} {after}");
    }
}

#[tokio::test]
async fn a_cursor_that_was_moved_by_hand_only_ends_the_list() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data("{ properties(first: 2) { pageInfo { endCursor } } }")
        .await;
    let cursor = BASE64_URL_SAFE_NO_PAD.decode(text(&data, "/properties/pageInfo/endCursor"));
    let mut cursor: Value = serde_json::from_slice(&cursor.unwrap()).unwrap();
    for position in [10_000, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
        cursor[1] = json!(position);
        let after = BASE64_URL_SAFE_NO_PAD.encode(cursor.to_string());
        let query =
            format!("query($after: String) {{ properties(first: 2, after: $after) {{ {PAGE} }} }}");
        let data = gateway.data_with(&query, json!({ "after": after })).await;
        assert_eq!(data["properties"]["edges"], json!([]), "{position}");
        assert_eq!(data["properties"]["pageInfo"]["hasNextPage"], false);
    }
}
