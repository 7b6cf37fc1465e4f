//! How many upstream calls a query costs: the measure of this gateway.

use hausgraph::sandbox::System;
use serde_json::Value;

use crate::support::TestGateway;

/// How many distinct values stand at `pointer` in the items of a list.
fn distinct(list: &Value, pointer: &str) -> usize {
    let mut seen: Vec<String> = list
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item.pointer(pointer))
        .flat_map(|found| found.as_array().unwrap())
        .map(|node| node["id"].to_string())
        .collect();
    seen.sort();
    seen.dedup();
    seen.len()
}

#[tokio::test]
async fn fifty_properties_with_everything_cost_a_handful_of_calls() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data(
            "{ properties(first: 50) { nodes {
                id
                contacts { nodes { id name } }
                documents { nodes { id title } }
                protocols { nodes { id cause } }
                projects { nodes { id name } }
            } } }",
        )
        .await;

    let properties = &data["properties"]["nodes"];
    assert_eq!(properties.as_array().unwrap().len(), 50);
    let contacts = distinct(properties, "/contacts/nodes");
    let found = |pointer| distinct(properties, pointer);
    assert!(contacts > 20 && found("/documents/nodes") > 20);
    assert!(found("/protocols/nodes") > 10 && found("/projects/nodes") > 1);

    let counts = gateway.sandbox.shared.journal.counts();
    println!("{}", serde_json::to_string(&counts).unwrap());
    let calls = |system, endpoint| gateway.calls(system, endpoint);
    assert_eq!(calls(System::Propstack, "GET /v1/units"), 1);
    assert_eq!(calls(System::Propstack, "GET /v1/documents"), 0);
    // 400 contacts are two pages of 200, far fewer than the distinct ones.
    let contact_calls = calls(System::Propstack, "GET /v1/contacts")
        + calls(System::Propstack, "GET /v1/contacts/{id}");
    assert!(
        contact_calls <= 2 && (contact_calls as usize) < contacts,
        "{contact_calls}"
    );
    assert_eq!(gateway.all_calls(System::Propstack), 1 + contact_calls);
    // 120 protocols are one page of 200; 30 projects one page of 500.
    assert_eq!(calls(System::DeepRent, "GET /external/protocols"), 1);
    assert_eq!(gateway.all_calls(System::DeepRent), 1);
    assert_eq!(calls(System::Propstreet, "GET /api/v1/projects"), 1);
    // Beside the one exchange that buys the token.
    assert_eq!(gateway.all_calls(System::Propstreet), 2);
}

#[tokio::test]
async fn lists_that_belong_to_a_record_are_read_once_for_each_record() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data(
            "{ properties(first: 50) { nodes { development {
                id properties(first: 1) { nodes { id reference } } } } } }",
        )
        .await;

    let nodes = data["properties"]["nodes"].as_array().unwrap();
    let mut developments: Vec<String> = nodes
        .iter()
        .map(|node| node["development"]["id"].to_string())
        .collect();
    developments.sort();
    developments.dedup();
    let calls = gateway.calls(System::Propstack, "GET /v1/units") as usize;
    println!(
        "{} developments: {calls} calls for units",
        developments.len()
    );
    assert_eq!(calls, 1 + developments.len());
}

#[tokio::test]
async fn the_roles_of_a_hundred_contacts_come_from_the_list_of_ties() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data("{ contacts(first: 100) { nodes { roles } } }")
        .await;

    let nodes = data["contacts"]["nodes"].as_array().unwrap();
    assert!(
        nodes
            .iter()
            .any(|node| node["roles"] != serde_json::json!([]))
    );
    let calls = gateway.all_calls(System::Propstack);
    println!(
        "{}",
        serde_json::to_string(&gateway.sandbox.shared.journal.counts()).unwrap()
    );
    assert_eq!(gateway.calls(System::Propstack, "GET /v1/contacts/{id}"), 0);
    assert!(calls <= 6, "{calls}");
}
