//! External references through the graph: one changes, the others stay.

use futures_util::future::join_all;
use hausgraph::sandbox::System;
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, sandbox};

const PATCH: &str = "PATCH /api/v1/projects/{id}";
const NODE: &str = "node { ... on Project { externalReferences { namespace id } } } attempts";

async fn references(gateway: &TestGateway, id: &str) -> Vec<Value> {
    let query =
        "query($id: ID!) { project(by: { id: $id }) { externalReferences { namespace id } } }";
    let data = gateway.data_with(query, json!({ "id": id })).await;
    data["project"]["externalReferences"]
        .as_array()
        .unwrap()
        .clone()
}

fn naming(id: &str, namespace: &str, name: &str) -> Value {
    json!({ "id": id, "reference": { "namespace": namespace, "id": name } })
}

#[tokio::test]
async fn rule_42_what_is_set_in_one_namespace_leaves_the_others_and_is_guarded() {
    let gateway = TestGateway::start().await;
    let id = gateway
        .project_where(|deal| !deal.references.is_empty())
        .to_string();
    let before = references(&gateway, &id).await;

    let set = gateway
        .run(
            "setExternalReference",
            naming(&id, "HubSpot", "a/1 ä%"),
            NODE,
        )
        .await;
    let again = gateway
        .run(
            "setExternalReference",
            naming(&id, "hubspot", "a/1 ä%"),
            NODE,
        )
        .await;
    let other = gateway
        .run("setExternalReference", naming(&id, "HUBSPOT", "2"), NODE)
        .await;

    let with = |name: &str| {
        let mut all = before.clone();
        all.push(json!({ "namespace": "hubspot", "id": name }));
        all
    };
    assert_eq!(set["node"]["externalReferences"], json!(with("a/1 ä%")));
    assert_eq!(
        (&set["attempts"], &again["attempts"], &other["attempts"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!(references(&gateway, &id).await, with("2"));
    let entries = gateway.sandbox.shared.journal.entries();
    let patches: Vec<_> = entries
        .iter()
        .filter(|entry| entry.arrival.method == "PATCH")
        .collect();
    assert_eq!(patches.len(), 2);
    assert!(patches.iter().all(|entry| entry.arrival.if_match.is_some()));

    let input = json!({ "id": id, "namespace": "HubSpot" });
    let removed = gateway
        .run("removeExternalReference", input.clone(), NODE)
        .await;
    assert_eq!(removed["node"]["externalReferences"], json!(before));
    let nothing = gateway.run("removeExternalReference", input, NODE).await;
    assert_eq!(
        (&nothing["attempts"], &nothing["errors"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn forty_that_are_set_at_once_all_stand_after_forty_writes_and_one_read() {
    let gateway = TestGateway::caching(sandbox().await).await;
    let id = gateway.project().to_string();
    let before = references(&gateway, &id).await.len();
    let calls = gateway.all_calls(System::Propstreet);

    let writes = (0..40).map(|number| {
        let namespace = format!("system-{number}");
        let input = naming(&id, &namespace, "1");
        gateway.run("setExternalReference", input, NODE)
    });
    let payloads = join_all(writes).await;

    assert!(
        payloads
            .iter()
            .all(|payload| payload["errors"] == json!([]))
    );
    assert_eq!(references(&gateway, &id).await.len(), before + 40);
    assert_eq!(gateway.calls(System::Propstreet, PATCH), 40);
    assert!(gateway.all_calls(System::Propstreet) - calls <= 41);
}

#[tokio::test]
async fn forty_over_two_gateways_that_know_nothing_of_each_other_all_stand() {
    let gateway = TestGateway::start().await;
    let other = gateway.replica().await;
    let id = gateway.project().to_string();
    let before = references(&gateway, &id).await.len();

    let writes = (0..40).map(|number| {
        let namespace = format!("system-{number}");
        let origin = if number % 2 == 0 {
            &gateway.origin
        } else {
            &other
        };
        gateway.run_at(origin, "setExternalReference", naming(&id, &namespace, "1"))
    });
    let payloads = join_all(writes).await;

    let failed: Vec<_> = payloads
        .iter()
        .filter(|payload| payload["errors"] != json!([]))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(references(&gateway, &id).await.len(), before + 40);
    // Each write is sent sixteen times at most.
    assert!(gateway.calls(System::Propstreet, PATCH) <= 40 * 16);
}

#[tokio::test]
async fn a_name_that_another_project_has_is_refused_with_its_place() {
    let gateway = TestGateway::start().await;
    let taken = gateway.project_where(|deal| !deal.references.is_empty());
    let reference = references(&gateway, &taken.to_string())
        .await
        .swap_remove(0);
    let id = gateway
        .project_where(|deal| deal.references.is_empty())
        .to_string();

    let payload = gateway
        .run(
            "setExternalReference",
            json!({ "id": id, "reference": reference }),
            NODE,
        )
        .await;

    assert_eq!(errors(&payload), [("InputError", "DUPLICATE")]);
    assert_eq!(references(&gateway, &id).await, Vec::<Value>::new());
}
