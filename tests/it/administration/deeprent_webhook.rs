//! Webhooks of deep.rent through the gateway; the numbers are those of the contract's rules.

use hausgraph::{
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    sandbox::{System, fault::Fault},
};
use serde_json::{Value, json};

use super::{NO_CALLBACKS, PRIVATE_CALLBACKS, act, assert_callbacks_refused, codes, public};
use crate::support::{TestGateway, text};

const WEBHOOK: &str = "webhook { id name event url isActive createdAt }";
const LIST: &str = "{ deepRentWebhooks { id name event url isActive createdAt } }";
const CREATE: &str = "createDeepRentWebhook";
const UPDATE: &str = "updateDeepRentWebhook";
const DELETE: &str = "deleteDeepRentWebhook";

fn wanted() -> Value {
    json!({ "event": "protocol.generated", "url": "https://hooks.example.org/deeprent" })
}

#[tokio::test]
async fn rule_29_to_32_and_35_webhooks_are_made_and_listed_without_a_secret() {
    let gateway = TestGateway::start().await;
    let events = gateway.data("{ deepRentWebhookEvents }").await;
    let expected = json!(["protocol.generated", "protocol.deleted"]);
    assert_eq!(events["deepRentWebhookEvents"], expected);

    let plain = gateway.run(CREATE, wanted(), WEBHOOK).await;
    let named = json!({ "event": "protocol.deleted", "url": "https://hooks.example.org/#part",
        "name": "Archive", "isActive": false });
    let named = gateway.run(CREATE, named, WEBHOOK).await;

    let plain = &plain["webhook"];
    assert_eq!(
        (&plain["name"], &plain["isActive"]),
        (&Value::Null, &json!(true))
    );
    let named = &named["webhook"];
    assert_eq!(
        (&named["name"], &named["isActive"]),
        (&json!("Archive"), &json!(false))
    );
    assert_eq!(named["url"], "https://hooks.example.org/");
    let listed = gateway.data(LIST).await;
    assert_eq!(listed["deepRentWebhooks"], json!([plain, named]));
    let secrets: Vec<_> = gateway.sandbox.shared.tenants[0]
        .deeprent
        .webhooks()
        .clone();
    assert!(
        secrets
            .iter()
            .all(|webhook| !listed.to_string().contains(&webhook.secret))
    );
    assert_eq!(gateway.last_act().await, act(CREATE, "OK"));

    let token = gateway.token(FOREIGN_ORGANIZATION, &[]);
    let foreign = gateway.ask_as(&token, LIST, json!({})).await;
    assert_eq!(foreign["data"]["deepRentWebhooks"], json!([]));
}

#[tokio::test]
async fn rule_30_and_31_what_deeprent_does_not_take_is_rejected() {
    let gateway = TestGateway::start().await;
    for (field, value) in [
        ("event", "protocol.updated"),
        // Ours would take it, since the sandbox is on loopback too.
        ("url", "http://127.0.0.1:9/hook"),
    ] {
        let mut input = wanted();
        input[field] = json!(value);
        let payload = gateway.run(CREATE, input, WEBHOOK).await;
        assert_eq!(codes(&payload), ["UPSTREAM_REJECTED"], "{field}");
        assert_eq!(gateway.last_act().await, act(CREATE, "UPSTREAM_REJECTED"));
    }
    assert_eq!(gateway.data(LIST).await["deepRentWebhooks"], json!([]));
}

#[tokio::test]
async fn rule_33_a_change_keeps_what_is_absent_and_null_takes_the_name_away() {
    let gateway = TestGateway::start().await;
    let mut input = wanted();
    input["name"] = json!("Archive");
    let mut expected = gateway.run(CREATE, input, WEBHOOK).await["webhook"].take();
    let id = text(&expected, "/id");

    for (field, value) in [
        ("isActive", json!(false)),
        ("event", json!("protocol.deleted")),
        ("url", json!("https://elsewhere.example/")),
        ("name", json!("Other")),
        ("name", Value::Null),
    ] {
        let changed = gateway
            .run(UPDATE, json!({ "id": id, field: value }), WEBHOOK)
            .await;
        expected[field] = value;
        assert_eq!(changed["webhook"], expected, "{field}");
    }
    let same = gateway.run(UPDATE, json!({ "id": id }), WEBHOOK).await;
    assert_eq!(same["webhook"], expected);
    let entry = gateway.audit(ORGANIZATION).await.swap_remove(0);
    assert_eq!(
        (entry.action.as_str(), entry.target.as_deref()),
        (UPDATE, Some(id.as_str()))
    );
}

#[tokio::test]
async fn rule_33_and_34_a_webhook_is_deleted_once_and_the_unknown_is_told() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), WEBHOOK).await;
    let id = text(&made, "/webhook/id");
    let delete = || gateway.run(DELETE, json!({ "id": id }), "deletedId");

    assert_eq!(delete().await, json!({ "deletedId": id, "errors": [] }));
    assert_eq!(gateway.last_act().await, act(DELETE, "OK"));
    let again = delete().await;
    let changed = gateway
        .run(UPDATE, json!({ "id": id, "isActive": true }), WEBHOOK)
        .await;

    for payload in [again, changed] {
        assert_eq!(codes(&payload), ["NOT_FOUND"]);
        assert_eq!(payload["errors"][0]["path"], json!(["id"]));
    }
    assert_eq!(gateway.last_act().await, act(UPDATE, "NOT_FOUND"));
}

#[tokio::test]
async fn addresses_that_nobody_may_be_told_of_are_not_sent() {
    let (sandboxed, public) = (TestGateway::start().await, public().await);
    let made = sandboxed.run(CREATE, wanted(), WEBHOOK).await;
    let change = json!({ "id": made["webhook"]["id"] });
    assert_callbacks_refused(&sandboxed, &NO_CALLBACKS, CREATE, &wanted()).await;
    assert_callbacks_refused(&sandboxed, &NO_CALLBACKS, UPDATE, &change).await;
    assert_callbacks_refused(&public, &PRIVATE_CALLBACKS, CREATE, &wanted()).await;
    assert_callbacks_refused(&public, &PRIVATE_CALLBACKS, UPDATE, &change).await;
}

#[tokio::test]
async fn what_deeprent_did_not_answer_may_have_been_done() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), WEBHOOK).await;
    let id = text(&made, "/webhook/id");
    for (name, endpoint, input) in [
        (CREATE, "POST /api/webhooks", wanted()),
        (
            UPDATE,
            "PUT /api/webhooks/{id}",
            json!({ "id": id, "isActive": false }),
        ),
    ] {
        for fault in [Fault::Drop, Fault::Status(503), Fault::DropMidBody] {
            gateway.sandbox.shared.journal.clear();
            gateway.strike(System::DeepRent, endpoint, fault);
            let payload = gateway.run(name, input.clone(), WEBHOOK).await;
            assert_eq!(codes(&payload), ["OUTCOME_UNKNOWN"]);
            assert_eq!(gateway.calls(System::DeepRent, endpoint), 1);
            assert_eq!(gateway.last_act().await, act(name, "OUTCOME_UNKNOWN"));
        }
        // Shows that the system is there, lest it be taken to be down.
        gateway
            .data("{ protocols(first: 1) { nodes { id } } }")
            .await;
    }
}

#[tokio::test]
async fn webhooks_of_deeprent_are_for_administrators() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), WEBHOOK).await;
    let id = &made["webhook"]["id"];
    gateway.assert_forbidden(CREATE, wanted(), WEBHOOK).await;
    gateway
        .assert_forbidden(UPDATE, json!({ "id": id, "isActive": false }), WEBHOOK)
        .await;
    gateway
        .assert_forbidden(DELETE, json!({ "id": id }), "deletedId")
        .await;
    gateway.assert_unseen("deepRentWebhooks", "{ id }").await;
    gateway.assert_unseen("deepRentWebhookEvents", "").await;
}
