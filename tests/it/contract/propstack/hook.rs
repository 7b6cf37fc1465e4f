//! Rule 9, as far as webhooks are managed: made, listed, deleted, and by whom.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Account, keys};

const URL: &str = "https://receiver.example/hook";

impl Account {
    async fn call(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.http.request(method, self.url(path));
        let request = request.header("X-API-KEY", &self.key).json(body);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

#[tokio::test]
async fn rule_09_a_hook_is_made_listed_in_capitals_and_deleted() {
    let account = Account::open().await;
    assert_eq!(account.read("/hooks").await, json!({ "hooks": [] }));

    let body = json!({ "target_url": URL, "event": "property_updated" });
    let (status, made) = account.call(Method::POST, "/hooks", &body).await;

    assert!(status.is_success(), "{made}");
    assert_eq!(keys(&made), ["id"]);
    let row = json!({ "id": made["id"], "event": "PROPERTY_UPDATED", "target_url": URL });
    assert_eq!(account.read("/hooks").await, json!({ "hooks": [row] }));
    let path = format!("/hooks/{}", made["id"]);
    let deleted = account.call(Method::DELETE, &path, &json!({})).await;
    assert_eq!(deleted, (StatusCode::OK, json!({ "ok": true })));
    assert_eq!(account.read("/hooks").await, json!({ "hooks": [] }));
    let (status, again) = account.call(Method::DELETE, &path, &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(again["errors"][0].is_string());
}

#[tokio::test]
async fn rule_09_a_hook_without_a_known_event_or_an_address_is_refused() {
    let account = Account::open().await;
    for body in [
        json!({ "target_url": URL }),
        json!({ "target_url": URL, "event": "property_deleted" }),
        json!({ "event": "property_updated" }),
        json!({ "target_url": "receiver", "event": "property_updated" }),
    ] {
        let (status, answer) = account.call(Method::POST, "/hooks", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(answer["errors"][0].is_string(), "{body}");
    }
    assert_eq!(account.read("/hooks").await, json!({ "hooks": [] }));
}

#[tokio::test]
async fn rule_09_hooks_have_a_right_and_a_firm_of_their_own() {
    let account = Account::open().await;
    let body = json!({ "target_url": URL, "event": "client_created" });
    account.call(Method::POST, "/hooks", &body).await;
    let foreign = account.sandbox.access.foreign.propstack.api_key.clone();

    let narrow = account.narrowed("units+contacts");
    let refused = narrow.call(Method::POST, "/hooks", &body).await;
    let (listed, _) = narrow.refused("/hooks").await;
    let other = Account {
        key: foreign,
        ..narrow
    };

    assert_eq!(refused.0, StatusCode::UNAUTHORIZED);
    assert_eq!(listed, StatusCode::UNAUTHORIZED);
    assert_eq!(other.read("/hooks").await, json!({ "hooks": [] }));
}
