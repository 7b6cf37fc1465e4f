//! Rules 25 to 28: the API keys of a firm.

use std::time::Duration;

use hausgraph::sandbox::deeprent::session::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{DeepRent, LIST, instant};

const KEYS: &str = "/api/api-keys";

impl DeepRent {
    /// A key that the owner makes, as it is shown this once.
    async fn make_key(&self, body: Value) -> Value {
        let made = self.send(Method::POST, KEYS, Role::Owner, body).await;
        assert_eq!(made.status(), 201);
        made.json().await.unwrap()
    }

    async fn keys(&self) -> Vec<Value> {
        let list = self.manage(KEYS).await;
        list["apiKeys"].as_array().expect("a list of keys").clone()
    }
}

fn path(key: &Value) -> String {
    format!("{KEYS}/{}", key["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn rule_25_a_key_is_shown_when_it_is_made_and_never_again() {
    let rent = DeepRent::start().await;
    let made = rent
        .make_key(json!({ "name": "Export", "description": "nightly" }))
        .await;
    let mut fields: Vec<_> = made.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["createdAt", "description", "id", "key", "name"]);
    assert_eq!(made["name"], "Export");
    assert_eq!(made["description"], "nightly");
    assert_eq!(instant(&made["createdAt"]), rent.now());

    let secret = made["key"].as_str().unwrap();
    assert!(secret.starts_with("sandbox-"));
    for later in [rent.manage(KEYS).await, rent.manage(&path(&made)).await] {
        let later = later.to_string();
        assert!(later.contains("Export"));
        assert!(!later.contains(secret) && !later.contains("\"key\""));
        assert!(!later.contains(rent.key()));
    }
}

#[tokio::test]
async fn rule_25_a_key_needs_a_name_and_no_description() {
    let rent = DeepRent::start().await;
    let before = rent.keys().await.len();
    for body in [
        json!({}),
        json!({ "name": " " }),
        json!({ "name": 7 }),
        json!({ "name": null, "description": "nightly" }),
        json!([]),
    ] {
        let refused = rent.send(Method::POST, KEYS, Role::Owner, body).await;
        assert_eq!(refused.status(), 400);
    }
    assert_eq!(rent.keys().await.len(), before);
    let made = rent.make_key(json!({ "name": "Export" })).await;
    assert_eq!(made.get("description"), Some(&Value::Null));
}

#[tokio::test]
async fn rule_26_the_list_is_wrapped_and_one_row_is_found_unwrapped() {
    let rent = DeepRent::start().await;
    rent.sandbox.shared.clock.advance(Duration::from_mins(1));
    let made = rent.make_key(json!({ "name": "Export" })).await;
    let rows = rent.keys().await;
    // The one from the start and the new one.
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!(row["enabled"], true);
        assert_eq!(instant(&row["updatedAt"]), instant(&row["createdAt"]));
        assert_eq!(&rent.manage(&path(row)).await, row);
    }
    assert_eq!(rows[1]["id"], made["id"]);
    assert_eq!(instant(&rows[1]["createdAt"]), rent.now());

    rent.switch(|switches| {
        switches.revoked_keys.insert(rent.key().to_owned());
    });
    let rows = rent.keys().await;
    assert_eq!(rows[0]["enabled"], false);
    assert_eq!(rows[1]["enabled"], true);
}

#[tokio::test]
async fn rule_27_only_an_owner_manages_keys() {
    let rent = DeepRent::start().await;
    let one = path(&rent.keys().await[0]);
    let calls = [
        (Method::GET, KEYS),
        (Method::POST, KEYS),
        (Method::GET, &one),
        (Method::DELETE, &one),
    ];
    for (method, path) in calls {
        for role in [Role::Admin, Role::Member] {
            let body = json!({ "name": "Export" });
            let refused = rent.send(method.clone(), path, role, body).await;
            assert_eq!(refused.status(), 403, "{method} {path} {role:?}");
        }
        let nobody = rent.http.request(method.clone(), rent.url(path));
        let refused = nobody.send().await.unwrap();
        assert_eq!(refused.status(), 401, "{method} {path}");
    }
    assert_eq!(rent.keys().await.len(), 1);
}

#[tokio::test]
async fn rule_27_an_unknown_key_and_another_firms_are_not_found() {
    let rent = DeepRent::start().await;
    let foreign = rent.foreign().deeprent.keys()[0].id.clone();
    for id in [foreign.as_str(), "key_nobody"] {
        for method in [Method::GET, Method::DELETE] {
            let path = format!("{KEYS}/{id}");
            let answer = rent.send(method, &path, Role::Owner, Value::Null).await;
            assert_eq!(answer.status(), 404, "{id}");
        }
    }
    assert_eq!(rent.foreign().deeprent.keys().len(), 1);
}

#[tokio::test]
async fn rule_28_a_key_opens_its_firm_until_it_is_deleted() {
    let rent = DeepRent::start().await;
    let made = rent.make_key(json!({ "name": "Export" })).await;
    let key = [("x-api-key", made["key"].as_str().unwrap())];
    let opened = rent.ask(LIST, &key).await;
    assert_eq!(opened.status(), 200);
    let page: Value = opened.json().await.unwrap();
    assert_eq!(page["orgId"], rent.demo().credentials.deeprent_org);

    let path = path(&made);
    let delete = || rent.send(Method::DELETE, &path, Role::Owner, Value::Null);
    let deleted = delete().await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(deleted.bytes().await.unwrap(), "");
    assert_eq!(rent.ask(LIST, &key).await.status(), 401);
    assert_eq!(delete().await.status(), 404);
    assert_eq!(rent.status(LIST).await, 200);
}
