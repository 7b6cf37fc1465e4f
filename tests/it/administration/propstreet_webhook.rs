//! Webhooks of Propstreet through the gateway; the numbers are those of the contract's rules.

use std::time::Duration;

use hausgraph::{
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    sandbox::{System, fault::Fault},
};
use serde_json::{Value, json};

use super::{NO_CALLBACKS, PRIVATE_CALLBACKS, act, assert_callbacks_refused, codes, public};
use crate::support::{TestGateway, logged, receiver::Receiver, text, written};

const WEBHOOK: &str =
    "webhook { id name url events externalReferenceNamespace isActive createdAt } secret";
const LIST: &str =
    "{ propstreetWebhooks { id name url events externalReferenceNamespace isActive createdAt } }";
const TRIED: &str = "isSuccess statusCode durationMs error";
const CREATE: &str = "createPropstreetWebhook";
const UPDATE: &str = "updatePropstreetWebhook";
const DELETE: &str = "deletePropstreetWebhook";
const TEST: &str = "testPropstreetWebhook";
const REPLAY: &str = "replayPropstreetWebhook";

fn wanted(url: &str) -> Value {
    json!({ "url": url, "events": ["project.updated"], "name": "Archive",
        "externalReferenceNamespace": "PropStack" })
}

const URL: &str = "https://hooks.example.org/propstreet";

/// A gateway, and a webhook that leads to a receiver on loopback.
async fn with_receiver() -> (TestGateway, Receiver, Value) {
    let gateway = TestGateway::start().await;
    gateway
        .sandbox
        .shared
        .switches_mut()
        .propstreet
        .allow_insecure_callbacks = true;
    let receiver = Receiver::start().await;
    let made = gateway.run(CREATE, wanted(&receiver.url), WEBHOOK).await;
    assert_eq!(made["errors"], json!([]));
    (gateway, receiver, made)
}

#[tokio::test]
async fn rule_65_and_68_a_webhook_is_made_and_its_secret_told_once() {
    let gateway = TestGateway::start().await;

    let work = gateway.run(CREATE, wanted(URL), WEBHOOK);
    let (made, log) = logged("off,hausgraph=trace", work).await;

    let secret = text(&made, "/secret");
    assert!(secret.starts_with("whsec_"));
    assert_eq!(made["webhook"]["externalReferenceNamespace"], "propstack");
    let listed = gateway.data(LIST).await;
    assert_eq!(listed["propstreetWebhooks"], json!([made["webhook"]]));
    let audit = format!("{:?}", gateway.audit(ORGANIZATION).await);
    for elsewhere in [log, listed.to_string(), audit] {
        assert!(!elsewhere.contains("whsec_") && !elsewhere.contains(&secret[6..]));
    }
    assert_eq!(gateway.last_act().await, act(CREATE, "OK"));
    let token = gateway.token(FOREIGN_ORGANIZATION, &[]);
    let foreign = gateway.ask_as(&token, LIST, json!({})).await;
    assert_eq!(foreign["data"]["propstreetWebhooks"], json!([]));
}

#[tokio::test]
async fn rule_65_a_change_keeps_what_is_absent_and_null_empties() {
    let gateway = TestGateway::start().await;
    let mut made = gateway.run(CREATE, wanted(URL), WEBHOOK).await;
    let mut expected = made["webhook"].take();
    let id = text(&expected, "/id");
    for (field, value) in [
        ("isActive", json!(false)),
        ("events", json!(["link.deleted", "project.created"])),
        ("url", json!("https://elsewhere.example/")),
        ("name", json!("Other")),
        ("name", Value::Null),
        ("externalReferenceNamespace", json!("crm")),
        ("externalReferenceNamespace", Value::Null),
    ] {
        let changed = gateway
            .run(UPDATE, json!({ "id": id, field: value }), WEBHOOK)
            .await;
        expected[field] = value;
        assert_eq!(changed["webhook"], expected, "{field}");
        assert_eq!(changed["secret"], Value::Null);
    }
}

#[tokio::test]
async fn rule_72_what_propstreet_does_not_take_is_rejected() {
    let gateway = TestGateway::start().await;
    for (field, value) in [
        ("url", json!("http://hooks.example.org/")),
        ("events", json!(["project.sold"])),
        ("events", json!([])),
    ] {
        let mut input = wanted(URL);
        input[field] = value;
        let payload = gateway.run(CREATE, input, WEBHOOK).await;
        assert_eq!(codes(&payload), ["UPSTREAM_REJECTED"], "{field}");
        assert_eq!(payload["secret"], Value::Null);
        assert_eq!(gateway.last_act().await, act(CREATE, "UPSTREAM_REJECTED"));
    }
    assert_eq!(gateway.data(LIST).await["propstreetWebhooks"], json!([]));
}

#[tokio::test]
async fn rule_73_a_test_tells_what_the_receiver_said() {
    let (gateway, mut receiver, made) = with_receiver().await;
    let id = text(&made, "/webhook/id");

    let taken = gateway.run(TEST, json!({ "id": id }), TRIED).await;
    receiver.answer(500);
    let input = json!({ "id": id, "eventType": "company.deleted" });
    let refused = gateway.run(TEST, input, TRIED).await;

    assert_eq!(
        (&taken["isSuccess"], &taken["statusCode"]),
        (&json!(true), &json!(204))
    );
    assert_eq!(
        (&taken["error"], &taken["errors"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(
        (&refused["isSuccess"], &refused["statusCode"]),
        (&json!(false), &json!(500))
    );
    assert!(refused["error"].is_string() && refused["errors"] == json!([]));
    for event in ["project.updated", "company.deleted"] {
        let received = receiver.next().await;
        assert_eq!(received.header("x-propstreet-test"), "true");
        assert_eq!(received.json()["event"], event);
        assert!(received.is_signed_with(&text(&made, "/secret")));
    }
    assert_eq!(gateway.last_act().await, act(TEST, "OK"));
}

#[tokio::test]
async fn what_failed_is_sent_again_from_a_moment_on() {
    let (gateway, mut receiver, made) = with_receiver().await;
    let (id, clock) = (text(&made, "/webhook/id"), &gateway.sandbox.shared.clock);
    let fail = |id: &str| {
        let data = json!({ "id": id, "externalRefs": [{ "namespace": "propstack", "id": "7" }] });
        let webhooks = &gateway.sandbox.shared.tenants[0].webhooks;
        assert_eq!(webhooks.fail("project.updated", &data, clock.now()), 1);
    };
    fail("1");
    clock.advance(Duration::from_secs(60));
    let since = written(clock.now());
    fail("2");

    let replayed = gateway
        .run(REPLAY, json!({ "id": id, "since": since }), "replayedCount")
        .await;

    assert_eq!(replayed, json!({ "replayedCount": 1, "errors": [] }));
    assert_eq!(receiver.next().await.json()["data"]["id"], "2");
    assert_eq!(gateway.last_act().await, act(REPLAY, "OK"));
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(URL), WEBHOOK).await;
    let id = text(&made, "/webhook/id");
    let deleted = gateway.run(DELETE, json!({ "id": id }), "deletedId").await;
    assert_eq!(deleted, json!({ "deletedId": id, "errors": [] }));
    let now = written(gateway.sandbox.shared.clock.now());
    for (name, input, selection) in [
        (DELETE, json!({ "id": id }), "deletedId"),
        (UPDATE, json!({ "id": id, "isActive": true }), WEBHOOK),
        (TEST, json!({ "id": id }), TRIED),
        (REPLAY, json!({ "id": id, "since": now }), "replayedCount"),
    ] {
        let payload = gateway.run(name, input, selection).await;
        assert_eq!(codes(&payload), ["NOT_FOUND"], "{name}");
        assert_eq!(gateway.last_act().await, act(name, "NOT_FOUND"));
    }
}

#[tokio::test]
async fn addresses_that_nobody_may_be_told_of_are_not_sent() {
    let (sandboxed, public) = (TestGateway::start().await, public().await);
    let made = sandboxed.run(CREATE, wanted(URL), WEBHOOK).await;
    let change = json!({ "id": made["webhook"]["id"] });
    assert_callbacks_refused(&sandboxed, &NO_CALLBACKS, CREATE, &wanted(URL)).await;
    assert_callbacks_refused(&sandboxed, &NO_CALLBACKS, UPDATE, &change).await;
    assert_callbacks_refused(&public, &PRIVATE_CALLBACKS, CREATE, &wanted(URL)).await;
    assert_callbacks_refused(&public, &PRIVATE_CALLBACKS, UPDATE, &change).await;
}

#[tokio::test]
async fn what_propstreet_did_not_answer_may_have_been_done() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(URL), WEBHOOK).await;
    let id = text(&made, "/webhook/id");
    let now = written(gateway.sandbox.shared.clock.now());
    let one = "/api/v1/webhooks/{id}";
    // What carries a key is sent three times.
    for (name, endpoint, input, selection, tries) in [
        (
            CREATE,
            "POST /api/v1/webhooks".to_owned(),
            wanted(URL),
            WEBHOOK,
            3,
        ),
        (
            UPDATE,
            format!("PATCH {one}"),
            json!({ "id": id, "isActive": false }),
            WEBHOOK,
            1,
        ),
        (
            TEST,
            format!("POST {one}/test"),
            json!({ "id": id }),
            TRIED,
            3,
        ),
        (
            REPLAY,
            format!("POST {one}/replay"),
            json!({ "id": id, "since": now }),
            "replayedCount",
            3,
        ),
    ] {
        for fault in [Fault::Drop, Fault::Status(503), Fault::DropMidBody] {
            gateway.sandbox.shared.journal.clear();
            for _ in 0..tries {
                gateway.strike(System::Propstreet, &endpoint, fault.clone());
            }
            let run = gateway.run(name, input.clone(), selection);
            let payload = gateway.hurry(Duration::from_secs(2), run).await;
            assert_eq!(codes(&payload), ["OUTCOME_UNKNOWN"], "{name}");
            assert_eq!(gateway.calls(System::Propstreet, &endpoint), tries);
            assert_eq!(gateway.last_act().await, act(name, "OUTCOME_UNKNOWN"));
        }
        // Shows that the system is there, lest it be taken to be down.
        gateway
            .data("{ projects(first: 1) { nodes { id } } }")
            .await;
    }
}

#[tokio::test]
async fn webhooks_of_propstreet_are_for_administrators() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(URL), WEBHOOK).await;
    let id = &made["webhook"]["id"];
    let now = written(gateway.sandbox.shared.clock.now());
    for (name, input, selection) in [
        (CREATE, wanted(URL), WEBHOOK),
        (UPDATE, json!({ "id": id, "isActive": false }), WEBHOOK),
        (DELETE, json!({ "id": id }), "deletedId"),
        (TEST, json!({ "id": id }), TRIED),
        (REPLAY, json!({ "id": id, "since": now }), "replayedCount"),
    ] {
        gateway.assert_forbidden(name, input, selection).await;
    }
    gateway.assert_unseen("propstreetWebhooks", "{ id }").await;
}
