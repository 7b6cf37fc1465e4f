//! Gateway tokens: what they open, who may make them, and when they end.

use std::{fs, time::Duration};

use chrono::TimeDelta;
use hausgraph::{
    auth::{Role, Scope, Scopes, Viewer},
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    store::Settings,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{act, codes};
use crate::{
    edge::socket::Socket,
    support::{Folder, TestGateway, sandbox, text, written},
};

const TOKEN: &str =
    "accessToken { id name hint role scopes createdBy lastUsedAt expiresAt } secret";
const LIST: &str = "{ accessTokens { id name hint role scopes createdBy lastUsedAt expiresAt } }";
const CREATE: &str = "createAccessToken";
const REVOKE: &str = "revokeAccessToken";

fn wanted() -> Value {
    json!({ "name": "Export", "role": "MEMBER", "scopes": ["PROPERTY_READ"] })
}

impl TestGateway {
    /// The HTTP status that a token gets.
    async fn status(&self, token: &str) -> u16 {
        let body = json!({ "query": "{ viewer { subject } }" });
        self.post(token, body).await.status().as_u16()
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_opens_exactly_its_scopes() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), TOKEN).await;
    let (secret, id) = (text(&made, "/secret"), text(&made, "/accessToken/id"));
    let query = "{ viewer { role scopes } properties(first: 1) { nodes { id } }
        protocols(first: 1) { nodes { id } } accessTokens { id } }";

    let opened = gateway.ask_as(&secret, query, json!({})).await;
    let listed = gateway.data(LIST).await;

    assert_eq!(opened.get("errors"), None);
    let data = &opened["data"];
    assert_eq!(
        data["viewer"],
        json!({ "role": "MEMBER", "scopes": ["PROPERTY_READ"] })
    );
    assert!(data["properties"].is_object());
    assert!(data["protocols"].is_null() && data["accessTokens"].is_null());
    let row = &listed["accessTokens"][0];
    assert_eq!(
        (&row["id"], &row["createdBy"]),
        (&json!(id), &json!("test"))
    );
    assert_eq!(row["hint"], secret[secret.len() - 4..]);
    let now = written(gateway.sandbox.shared.clock.now());
    assert_eq!(
        (&made["accessToken"]["lastUsedAt"], &row["lastUsedAt"]),
        (&Value::Null, &json!(now))
    );
    assert!(!listed.to_string().contains(&secret));
    assert_eq!(gateway.last_act().await, act(CREATE, "OK"));
}

#[tokio::test]
async fn nobody_gives_more_than_they_have_and_no_role_more_than_it_may() {
    let gateway = TestGateway::start().await;
    let admin = gateway.role(Role::Admin);
    let scopes: Scopes = [Scope::IntegrationAdmin, Scope::PropertyRead]
        .into_iter()
        .collect();
    let narrow = gateway.token_of(Viewer::new("narrow", ORGANIZATION, Role::Admin, scopes));
    let past = written(gateway.sandbox.shared.clock.now());
    for (token, field, value, code) in [
        (&admin, "role", json!("OWNER"), "NOT_PERMITTED"),
        (
            &narrow,
            "scopes",
            json!(["PROPERTY_READ", "CONTACT_READ"]),
            "NOT_PERMITTED",
        ),
        (&admin, "scopes", json!(["INTEGRATION_ADMIN"]), "VALIDATION"),
        (&admin, "name", json!("  "), "VALIDATION"),
        (&admin, "name", json!("n".repeat(101)), "VALIDATION"),
        (&admin, "expiresAt", json!(past), "VALIDATION"),
    ] {
        let mut input = wanted();
        input[field] = value;
        let payload = gateway.run_as(token, CREATE, input, TOKEN).await;
        assert_eq!(codes(&payload), [code], "{field}");
        assert_eq!(payload["errors"][0]["path"], json!([field]));
        assert_eq!(
            (&payload["accessToken"], &payload["secret"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(gateway.last_act().await, act(CREATE, code));
    }
    let partner = json!({ "name": "Partner", "role": "PARTNER", "scopes": ["INTEGRATION_ADMIN"] });
    let payload = gateway.run(CREATE, partner, TOKEN).await;
    assert_eq!(codes(&payload), ["VALIDATION"]);
    assert_eq!(gateway.data(LIST).await["accessTokens"], json!([]));
}

#[tokio::test]
async fn a_token_ends_at_its_moment() {
    let gateway = TestGateway::start().await;
    let mut input = wanted();
    let clock = &gateway.sandbox.shared.clock;
    input["expiresAt"] = json!(written(clock.now() + TimeDelta::minutes(1)));
    let secret = text(&gateway.run(CREATE, input, TOKEN).await, "/secret");

    clock.advance(Duration::from_secs(59));
    let before = gateway.status(&secret).await;
    clock.advance(Duration::from_secs(1));

    assert_eq!((before, gateway.status(&secret).await), (200, 401));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_more_also_where_it_is_connected() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), TOKEN).await;
    let (secret, id) = (text(&made, "/secret"), text(&made, "/accessToken/id"));
    let mut socket = Socket::admitted(&gateway.origin, &secret).await;
    socket.subscribe("1", "{ viewer { role } }").await;
    assert_eq!(
        socket.next().await["payload"]["data"]["viewer"]["role"],
        "MEMBER"
    );
    assert_eq!(socket.next().await["type"], "complete");
    let revoke = || gateway.run(REVOKE, json!({ "id": id }), "revokedId");

    let revoked = revoke().await;
    socket.subscribe("2", "{ viewer { role } }").await;

    assert_eq!(revoked, json!({ "revokedId": id, "errors": [] }));
    assert_eq!(socket.close_code_in_the_end().await, 4403);
    assert_eq!(gateway.status(&secret).await, 401);
    assert_eq!(codes(&revoke().await), ["NOT_FOUND"]);
    assert_eq!(gateway.data(LIST).await["accessTokens"], json!([]));
    let acts = gateway.audit(ORGANIZATION).await;
    let acts: Vec<_> = acts
        .iter()
        .map(|entry| (entry.action.as_str(), entry.outcome.as_str()))
        .collect();
    assert_eq!(
        acts,
        [(REVOKE, "NOT_FOUND"), (REVOKE, "OK"), (CREATE, "OK")]
    );
}

#[tokio::test]
async fn the_audit_log_names_a_token_by_its_id() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), TOKEN).await;
    let id = text(&made, "/accessToken/id");
    gateway.run(REVOKE, json!({ "id": id }), "revokedId").await;
    let acts = gateway.audit(ORGANIZATION).await;
    let targets: Vec<_> = acts.iter().map(|entry| entry.target.as_deref()).collect();
    assert_eq!(targets, [Some(id.as_str()), Some(id.as_str())]);
}

#[tokio::test]
async fn another_organisation_neither_sees_nor_revokes_a_token() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), TOKEN).await;
    let (secret, id) = (text(&made, "/secret"), text(&made, "/accessToken/id"));
    let foreign = gateway.token(FOREIGN_ORGANIZATION, &[]);

    let listed = gateway.ask_as(&foreign, LIST, json!({})).await;
    let revoked = gateway
        .run_as(&foreign, REVOKE, json!({ "id": id }), "revokedId")
        .await;

    assert_eq!(listed["data"]["accessTokens"], json!([]));
    assert_eq!(codes(&revoked), ["NOT_FOUND"]);
    assert_eq!(gateway.status(&secret).await, 200);
    assert_eq!(gateway.audit(ORGANIZATION).await.len(), 1);
}

#[tokio::test]
async fn the_store_holds_the_hash_of_a_secret_and_not_the_secret() {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.path("gateway.db"));
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.store = Settings { url: url.into() };
    })
    .await;
    let secret = text(&gateway.run(CREATE, wanted(), TOKEN).await, "/secret");

    gateway.store.close().await;

    let mut bytes = Vec::new();
    for file in fs::read_dir(folder.root()).unwrap() {
        bytes.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(b"Export") && holds(&Sha256::digest(&secret)));
    assert!(!holds(&secret.as_bytes()[..12]));
}

#[tokio::test]
async fn access_tokens_are_for_administrators() {
    let gateway = TestGateway::start().await;
    let made = gateway.run(CREATE, wanted(), TOKEN).await;
    let id = &made["accessToken"]["id"];
    gateway.assert_forbidden(CREATE, wanted(), TOKEN).await;
    gateway
        .assert_forbidden(REVOKE, json!({ "id": id }), "revokedId")
        .await;
    gateway.assert_unseen("accessTokens", "{ id }").await;
}

#[tokio::test]
async fn no_token_makes_one_that_outlives_it() {
    let gateway = TestGateway::start().await;
    let now = gateway.sandbox.shared.clock.now();
    let end = |hours| written(now + TimeDelta::hours(hours));
    let asked = |name: &str, end: Value| json!({ "name": name, "role": "ADMIN", "scopes": ["INTEGRATION_ADMIN"], "expiresAt": end });
    let parent = gateway
        .run(CREATE, asked("parent", json!(end(2))), "secret")
        .await;
    let parent = parent["secret"].as_str().unwrap();

    for (child, is_made) in [
        (Value::Null, false),
        (json!(end(3)), false),
        (json!(end(2)), true),
        (json!(end(1)), true),
    ] {
        let made = gateway
            .run_as(parent, CREATE, asked("child", child.clone()), "secret")
            .await;
        assert_eq!(made["secret"].is_string(), is_made, "until {child}: {made}");
        if !is_made {
            assert_eq!(made["errors"][0]["code"], "NOT_PERMITTED");
            assert_eq!(made["errors"][0]["path"], json!(["expiresAt"]));
        }
    }
}

#[tokio::test]
async fn nobody_revokes_a_token_of_a_higher_role() {
    let gateway = TestGateway::start().await;
    let owners = json!({ "name": "owner's", "role": "OWNER", "scopes": ["PROPERTY_READ"] });
    let made = gateway.run(CREATE, owners, "accessToken { id }").await;
    let id = json!({ "id": made["accessToken"]["id"] });
    let admin = gateway.role(Role::Admin);

    let refused = gateway
        .run_as(&admin, REVOKE, id.clone(), "revokedId")
        .await;
    let revoked = gateway.run(REVOKE, id.clone(), "revokedId").await;

    assert_eq!(refused["revokedId"], Value::Null);
    assert_eq!(refused["errors"][0]["code"], "NOT_PERMITTED");
    assert_eq!(revoked["revokedId"], id["id"]);
}
