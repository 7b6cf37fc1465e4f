//! API keys of deep.rent through the gateway; the numbers are those of the contract's rules.

use hausgraph::{
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    sandbox::{System, fault::Fault},
};
use serde_json::{Value, json};

use super::{act, codes};
use crate::support::{TestGateway, http, logged, text};

const KEY: &str = "apiKey { id name description createdAt updatedAt isEnabled } secret";
const LIST: &str = "{ deepRentApiKeys { id name description createdAt updatedAt isEnabled } }";

/// What a key of deep.rent gets for the list of protocols.
async fn status(gateway: &TestGateway, key: &str) -> u16 {
    let base = &gateway.sandbox.access.demo.deeprent.base_url;
    let url = format!("{base}/external/protocols");
    let answer = http().get(url).header("x-api-key", key).send().await;
    answer.unwrap().status().as_u16()
}

#[tokio::test]
async fn rule_25_and_26_and_28_a_key_is_told_once_and_works_until_it_is_revoked() {
    let gateway = TestGateway::start().await;
    let (made, log) = logged(
        "off,hausgraph=trace",
        gateway.run(
            "createDeepRentApiKey",
            json!({ "name": "Export", "description": "nightly" }),
            KEY,
        ),
    )
    .await;
    let (id, secret) = (text(&made, "/apiKey/id"), text(&made, "/secret"));
    assert_eq!(made["errors"], json!([]));
    assert_eq!(made["apiKey"]["description"], "nightly");
    assert!(!log.contains(&secret), "{log}");
    assert_eq!(status(&gateway, &secret).await, 200);

    let listed = gateway.data(LIST).await;
    assert!(!listed.to_string().contains(&secret));
    let row = &listed["deepRentApiKeys"][1];
    assert_eq!((&row["id"], &row["isEnabled"]), (&json!(id), &json!(true)));
    let query = "query($id: ID!) { deepRentApiKey(id: $id) { id name } }";
    let found = gateway.data_with(query, json!({ "id": id })).await;
    assert_eq!(
        found["deepRentApiKey"],
        json!({ "id": id, "name": "Export" })
    );

    let revoke = || gateway.run("revokeDeepRentApiKey", json!({ "id": id }), "revokedId");
    assert_eq!(revoke().await, json!({ "revokedId": id, "errors": [] }));
    assert_eq!(status(&gateway, &secret).await, 401);
    assert_eq!(codes(&revoke().await), ["NOT_FOUND"]);

    let acts = gateway.audit(ORGANIZATION).await;
    let acts: Vec<_> = acts
        .iter()
        .map(|entry| {
            (
                entry.action.as_str(),
                entry.outcome.as_str(),
                entry.target.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        acts,
        [
            ("revokeDeepRentApiKey", "NOT_FOUND", Some(id.as_str())),
            ("revokeDeepRentApiKey", "OK", Some(id.as_str())),
            ("createDeepRentApiKey", "OK", None),
        ]
    );
    assert_eq!(gateway.audit(FOREIGN_ORGANIZATION).await, []);
}

#[tokio::test]
async fn rule_27_a_session_that_is_no_owners_is_refused() {
    let sandbox = crate::support::sandbox().await;
    let member = sandbox.shared.tenants[0].credentials.deeprent_sessions[2]
        .token
        .clone();
    let gateway = TestGateway::configured(sandbox, |config| {
        let account = config.organizations[0].deeprent.as_mut().unwrap();
        account.session_token = Some(member.into());
    })
    .await;

    let payload = gateway
        .run("createDeepRentApiKey", json!({ "name": "Export" }), KEY)
        .await;

    assert_eq!(codes(&payload), ["UPSTREAM_REJECTED"]);
    assert_eq!(payload["errors"][0]["system"], "DEEPRENT");
    assert_eq!(
        (&payload["apiKey"], &payload["secret"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        gateway.last_act().await,
        act("createDeepRentApiKey", "UPSTREAM_REJECTED")
    );
}

#[tokio::test]
async fn a_key_whose_answer_was_lost_may_have_been_made() {
    let gateway = TestGateway::start().await;
    for fault in [
        Fault::Drop,
        Fault::DropMidBody,
        Fault::Status(500),
        Fault::Html,
    ] {
        gateway.sandbox.shared.journal.clear();
        gateway.strike(System::DeepRent, "POST /api/api-keys", fault);
        let payload = gateway
            .run("createDeepRentApiKey", json!({ "name": "Export" }), KEY)
            .await;
        assert_eq!(codes(&payload), ["OUTCOME_UNKNOWN"]);
        assert_eq!(gateway.calls(System::DeepRent, "POST /api/api-keys"), 1);
        assert_eq!(
            gateway.last_act().await,
            act("createDeepRentApiKey", "OUTCOME_UNKNOWN")
        );
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_managed() {
    let sandbox = crate::support::sandbox().await;
    let gateway = TestGateway::configured(sandbox, |config| {
        let account = config.organizations[0].deeprent.as_mut().unwrap();
        account.session_token = None;
    })
    .await;

    let payload = gateway
        .run("createDeepRentApiKey", json!({ "name": "Export" }), KEY)
        .await;
    let listed = gateway.ask_with(LIST, json!({})).await;

    assert_eq!(codes(&payload), ["NOT_PERMITTED"]);
    assert_eq!(crate::support::codes(&listed), ["UPSTREAM_UNAVAILABLE"]);
    assert_eq!(gateway.all_calls(System::DeepRent), 0);
}

#[tokio::test]
async fn keys_are_for_administrators() {
    let gateway = TestGateway::start().await;
    gateway
        .assert_forbidden("createDeepRentApiKey", json!({ "name": "Export" }), KEY)
        .await;
    let id = gateway.data(LIST).await["deepRentApiKeys"][0]["id"].clone();
    gateway
        .assert_forbidden("revokeDeepRentApiKey", json!({ "id": id }), "revokedId")
        .await;
    gateway.assert_unseen("deepRentApiKeys", "{ id }").await;
    gateway
        .assert_unseen(&format!("deepRentApiKey(id: {id})"), "{ id }")
        .await;
}
