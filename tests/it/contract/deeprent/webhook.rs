//! Rules 29 to 35: webhook subscriptions.

use hausgraph::sandbox::deeprent::session::Role;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{DeepRent, instant};

const WEBHOOKS: &str = "/api/webhooks";
const RECEIVER: &str = "https://hooks.example.org/deeprent";

impl DeepRent {
    async fn subscribe(&self, body: Value) -> Response {
        self.send(Method::POST, WEBHOOKS, Role::Member, body).await
    }

    /// A subscription to what was generated.
    async fn subscribed(&self) -> Value {
        let body = json!({ "event": "protocol.generated", "url": RECEIVER, "name": "Receiver" });
        self.subscribe(body).await.json().await.unwrap()
    }

    async fn change(&self, id: &Value, changes: Value) -> Response {
        let path = path(id);
        self.send(Method::PUT, &path, Role::Member, changes).await
    }
}

fn path(id: &Value) -> String {
    format!("{WEBHOOKS}/{}", id.as_str().expect("an id"))
}

#[tokio::test]
async fn rule_29_event_and_url_are_needed_and_a_webhook_is_active_unless_told() {
    let rent = DeepRent::start().await;
    for body in [
        json!({ "event": "protocol.generated" }),
        json!({ "url": RECEIVER }),
        json!({ "event": "protocol.generated", "url": null }),
        json!("protocol.generated"),
    ] {
        assert_eq!(rent.subscribe(body).await.status(), 400);
    }
    assert_eq!(rent.manage(WEBHOOKS).await, json!([]));

    let body = json!({ "event": "protocol.deleted", "url": RECEIVER });
    let made = rent.subscribe(body).await;
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    assert_eq!(
        made,
        json!({
            "id": made["id"],
            "orgId": rent.demo().credentials.deeprent_org,
            "name": null,
            "event": "protocol.deleted",
            "url": RECEIVER,
            "active": true,
            "createdAt": made["createdAt"],
        })
    );
    assert!(made["id"].is_string());
    assert_eq!(instant(&made["createdAt"]), rent.now());

    let body = json!({ "event": "protocol.deleted", "url": RECEIVER, "active": false });
    let asleep: Value = rent.subscribe(body).await.json().await.unwrap();
    assert_eq!(asleep["active"], false);
}

#[tokio::test]
async fn rule_30_two_events_are_listed_and_no_other_is_accepted() {
    let rent = DeepRent::start().await;
    let listed = rent.manage("/api/webhooks/events").await;
    let events = ["protocol.generated", "protocol.deleted"];
    assert_eq!(listed, json!({ "events": events }));
    for event in events {
        let made = rent.subscribe(json!({ "event": event, "url": RECEIVER }));
        assert_eq!(made.await.status(), 201, "{event}");
    }
    let id = rent.subscribed().await["id"].take();
    for event in ["protocol.updated", "Protocol.Generated", ""] {
        let made = rent.subscribe(json!({ "event": event, "url": RECEIVER }));
        assert_eq!(made.await.status(), 400, "{event}");
        let changed = rent.change(&id, json!({ "event": event })).await;
        assert_eq!(changed.status(), 400, "{event}");
    }
}

#[tokio::test]
async fn rule_31_the_url_is_https_unless_plain_http_is_allowed() {
    let rent = DeepRent::start().await;
    let id = rent.subscribed().await["id"].take();
    let statuses = async |url: &str| {
        let made = rent.subscribe(json!({ "event": "protocol.deleted", "url": url }));
        let made = made.await.status().as_u16();
        (made, rent.change(&id, json!({ "url": url })).await.status())
    };
    for bad in ["http://127.0.0.1:9/hook", "ftp://a.example", "hook", ""] {
        assert_eq!(statuses(bad).await, (400, StatusCode::BAD_REQUEST), "{bad}");
    }
    rent.switch(|switches| switches.allow_insecure_callbacks = true);
    let plain = "http://127.0.0.1:9/hook";
    assert_eq!(statuses(plain).await, (201, StatusCode::OK));
    assert_eq!(statuses("hook").await, (400, StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn rule_32_no_answer_holds_the_signing_secret() {
    let rent = DeepRent::start().await;
    let made = rent.subscribed().await;
    let changed = rent.change(&made["id"], json!({ "active": false })).await;
    let deleted = rent
        .send(Method::DELETE, &path(&made["id"]), Role::Member, json!({}))
        .await;
    // Another, to be listed.
    rent.subscribed().await;
    let answers = [
        made.to_string(),
        changed.text().await.unwrap(),
        deleted.text().await.unwrap(),
        rent.manage(WEBHOOKS).await.to_string(),
    ];
    let secret = rent.demo().deeprent.webhooks()[0].secret.clone();
    assert!(secret.starts_with("whsec_") && secret.len() > 38);
    for answer in answers {
        assert!(!answer.contains("ecret") && !answer.contains("whsec_"));
    }
}

#[tokio::test]
async fn rule_33_a_change_leaves_what_it_does_not_name() {
    let rent = DeepRent::start().await;
    let mut expected = rent.subscribed().await;
    let id = expected["id"].clone();
    let secret = || rent.demo().deeprent.webhooks()[0].secret.clone();
    let before = secret();
    for (field, value) in [
        ("active", json!(false)),
        ("name", json!("Archive")),
        ("name", Value::Null),
        ("event", json!("protocol.deleted")),
        ("url", json!("https://elsewhere.example")),
    ] {
        expected[field] = value.clone();
        let changed = rent.change(&id, json!({ field: value })).await;
        assert_eq!(changed.status(), 200);
        let changed: Value = changed.json().await.unwrap();
        assert_eq!(changed, expected, "{field}");
        assert_eq!(rent.manage(WEBHOOKS).await, json!([expected]));
    }
    let unchanged: Value = rent.change(&id, json!({})).await.json().await.unwrap();
    assert_eq!(unchanged, expected);
    // One bad field, and none is changed.
    let half = json!({ "active": true, "url": "hook" });
    assert_eq!(rent.change(&id, half).await.status(), 400);
    assert_eq!(rent.manage(WEBHOOKS).await, json!([expected]));
    assert_eq!(secret(), before);

    let unknown = rent.change(&json!("whk_nobody"), json!({})).await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn rule_34_what_is_deleted_is_gone() {
    let rent = DeepRent::start().await;
    let path = path(&rent.subscribed().await["id"]);
    let delete = || rent.send(Method::DELETE, &path, Role::Member, Value::Null);
    let deleted = delete().await;
    assert_eq!(deleted.status(), 204);
    assert_eq!(deleted.bytes().await.unwrap(), "");
    assert_eq!(rent.manage(WEBHOOKS).await, json!([]));
    assert_eq!(delete().await.status(), 404);
}

#[tokio::test]
async fn rule_35_the_list_is_a_bare_array_of_ones_own() {
    let rent = DeepRent::start().await;
    let first = rent.subscribed().await;
    let second = rent.subscribed().await;
    assert_eq!(rent.manage(WEBHOOKS).await, json!([first, second]));

    // Another firm sees none of them, and cannot touch them.
    let stranger = &rent.foreign().credentials.deeprent_sessions[0].token;
    let request = |method, path: &str| rent.http.request(method, rent.url(path));
    let list = request(Method::GET, WEBHOOKS).bearer_auth(stranger);
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    assert_eq!(list, json!([]));
    let delete = request(Method::DELETE, &path(&first["id"])).bearer_auth(stranger);
    assert_eq!(delete.send().await.unwrap().status(), 404);
}
