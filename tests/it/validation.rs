//! A document that has passed validation before is answered as one that has not.

use serde_json::{Value, json};

use crate::support::TestGateway;

/// Queries, variables with which they pass, and others.
fn cases() -> Vec<(&'static str, Value, Vec<Value>)> {
    let list = "query ($first: Int!, $filter: PropertyFilter, $order: PropertyOrder) {
        properties(first: $first, filter: $filter, orderBy: $order) { nodes { id } totalCount } }";
    let lists = vec![
        json!({ "first": 2, "filter": { "city": "Bremen" }, "order": { "field": "UPDATED_AT" } }),
        json!({ "first": 2, "filter": null, "order": null }),
        json!({ "first": "2", "filter": null, "order": null }),
        json!({ "first": 2.5, "filter": null, "order": null }),
        json!({ "first": 101, "filter": null, "order": null }),
        json!({ "first": 2, "filter": { "city": 5 }, "order": null }),
        json!({ "first": 2, "filter": { "town": "Bremen" }, "order": null }),
        json!({ "first": 2, "filter": "Bremen", "order": null }),
        json!({ "first": 2, "filter": null, "order": { "field": "COLOUR" } }),
        json!({ "first": 2, "filter": null, "order": {} }),
        json!({ "first": 2 }),
        json!({}),
    ];
    let one = "query ($by: PropertyBy!) { property(by: $by) { id } }";
    let ones = vec![
        json!({ "by": { "upstreamId": "1" } }),
        json!({ "by": {} }),
        json!({ "by": { "upstreamId": null } }),
        json!({ "by": { "upstreamId": "1", "reference": "1" } }),
        json!({ "by": null }),
        json!({ "by": "1" }),
    ];
    let many = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let manies = vec![
        json!({ "ids": "UHJvcGVydHk6MQ" }),
        json!({ "ids": [null] }),
        json!({ "ids": [["UHJvcGVydHk6MQ"]] }),
        json!({ "ids": [7, true] }),
    ];
    // What stands beside a variable is looked at only when that is given.
    let beside = "query ($min: Float) {
        properties(filter: { town: 5, livingSqm: { min: $min } }) { totalCount } }";
    vec![
        (
            list,
            json!({ "first": 1, "filter": {}, "order": null }),
            lists,
        ),
        (one, json!({ "by": { "reference": "1" } }), ones),
        (many, json!({ "ids": [] }), manies),
        (beside, json!({}), vec![json!({ "min": 1.0 }), json!({})]),
    ]
}

#[tokio::test]
async fn what_has_passed_before_is_answered_as_what_has_not() {
    let gateway = TestGateway::start().await;
    for (query, passing, others) in cases() {
        let mut expected = Vec::new();
        for (number, variables) in others.iter().enumerate() {
            // A text of its own, which nobody has asked before.
            let query = format!("{query} # {number}");
            expected.push(gateway.ask_with(&query, variables.clone()).await);
        }
        gateway.ask_with(query, passing).await;
        for (variables, expected) in others.into_iter().zip(expected) {
            for _ in 0..2 {
                let found = gateway.ask_with(query, variables.clone()).await;
                assert_eq!(found, expected, "{query} with {variables}");
            }
        }
    }
}
