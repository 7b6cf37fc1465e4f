//! How many upstream calls a query costs: the measure of this gateway.

use hausgraph::sandbox::{System, journal::Arrival};
use serde_json::{Value, json};

use crate::{node::one_of_each, support::TestGateway};

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
async fn the_properties_of_twenty_protocols_cost_one_call() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data(
            "{ protocols { nodes { property { id title } propertyMatch { by }
                again: property { id reference } } } }",
        )
        .await;

    let protocols = data["protocols"]["nodes"].as_array().unwrap();
    let linked = protocols.iter().filter(|row| row["property"].is_object());
    assert!(protocols.len() == 20 && linked.count() > 10);
    // All 240 units are one page of 500, fewer calls than postal codes.
    assert_eq!(gateway.calls(System::Propstack, "GET /v1/units"), 1);
    assert_eq!(gateway.all_calls(System::Propstack), 1);
    assert_eq!(gateway.all_calls(System::DeepRent), 1);
    assert_eq!(gateway.all_calls(System::Propstreet), 0);
}

#[tokio::test]
async fn ten_projects_with_prospects_investors_and_contacts_cost_a_call_each_and_few_more() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data(
            "{ projects(first: 10) { nodes { prospects { nodes {
                id project { id } investor { id contact { id } } contact { id } contactMatch { by }
            } } } } }",
        )
        .await;

    let projects = data["projects"]["nodes"].as_array().unwrap();
    let prospects = projects
        .iter()
        .flat_map(|project| project["prospects"]["nodes"].as_array().unwrap());
    let prospects: Vec<_> = prospects.collect();
    let contacts = prospects
        .iter()
        .filter(|prospect| prospect["contact"].is_object());
    assert!(projects.len() == 10 && prospects.len() > 100 && contacts.count() > 20);
    let calls = |endpoint| gateway.calls(System::Propstreet, endpoint);
    // Prospects can be read inside one project only.
    assert_eq!(calls("GET /api/v1/projects/{id}/prospects"), 10);
    // The page that was asked for; what links back finds its projects in it.
    assert_eq!(calls("GET /api/v1/projects"), 1);
    // 144 persons and 36 firms are one page each.
    assert_eq!(calls("GET /api/v1/network/contacts"), 1);
    assert_eq!(calls("GET /api/v1/network/companies"), 1);
    // Nothing else, beside the exchange that buys the token.
    assert_eq!(gateway.all_calls(System::Propstreet), 10 + 1 + 2 + 1);
    // 400 contacts are two pages of 200.
    assert_eq!(gateway.all_calls(System::Propstack), 2);
    assert_eq!(gateway.all_calls(System::DeepRent), 0);
}

#[tokio::test]
async fn a_record_that_is_asked_for_twice_costs_one_call() {
    let gateway = TestGateway::start().await;
    for (system, record) in one_each(&gateway) {
        gateway.sandbox.shared.journal.clear();
        let query = format!(
            "{{ a: node(id: {record:?}) {{ id }} b: node(id: {record:?}) {{ id __typename }}
                c: nodes(ids: [{record:?}, {record:?}]) {{ id }} }}"
        );
        let data = gateway.data(&query).await;
        assert_eq!(data["c"][1]["id"], json!(record));
        let asked = entries(&gateway);
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].system, system);
    }
}

/// What was asked of all systems, but for the exchange that buys a token.
fn entries(gateway: &TestGateway) -> Vec<Arrival> {
    let entries = gateway.sandbox.shared.journal.entries();
    let arrivals = entries.into_iter().map(|entry| entry.arrival);
    arrivals
        .filter(|arrival| !arrival.path.contains("token"))
        .collect()
}

fn one_each(gateway: &TestGateway) -> Vec<(System, String)> {
    let records = one_of_each(&gateway.sandbox.shared.tenants[0]);
    let with_system = records.into_iter().map(|(name, id)| {
        let system = match name {
            "Property" | "Contact" | "Document" | "Development" => System::Propstack,
            "Protocol" => System::DeepRent,
            _ => System::Propstreet,
        };
        (system, id)
    });
    with_system.collect()
}

#[tokio::test]
async fn an_entity_alone_asks_its_own_system_alone() {
    let gateway = TestGateway::start().await;
    for (query, system) in [
        (
            "{ properties(first: 50) { nodes { id title tags documents { nodes { id } } } } }",
            System::Propstack,
        ),
        (
            "{ contacts(first: 50) { nodes { id name emails } } }",
            System::Propstack,
        ),
        (
            "{ protocols(first: 50) { nodes { id cause contacts { email } } } }",
            System::DeepRent,
        ),
        (
            "{ projects(first: 50) { nodes { id name price { amount } } } }",
            System::Propstreet,
        ),
        (
            "{ viewer { subject organization { name } } __typename }",
            System::Propstack,
        ),
    ] {
        gateway.sandbox.shared.journal.clear();
        gateway.data(query).await;
        let asked = entries(&gateway);
        assert!(
            asked.iter().all(|arrival| arrival.system == system),
            "{query}: {asked:?}"
        );
        assert_eq!(
            asked.len(),
            usize::from(!query.contains("viewer")),
            "{query}"
        );
    }
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
