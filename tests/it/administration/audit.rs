//! The audit log as it is read: newest first, stable, filtered, of one organisation.

use std::time::Duration;

use hausgraph::{auth::Role, config::demo::FOREIGN_ORGANIZATION};
use serde_json::{Value, json};

use crate::support::{TestGateway, written};

const QUERY: &str = "query($filter: AuditFilter, $first: Int! = 50, $after: String) {
    auditLog(filter: $filter, first: $first, after: $after) {
        nodes { id at actor action target outcome } pageInfo { hasNextPage endCursor } } }";

impl TestGateway {
    /// An act that changes nothing and asks nobody: a token of a mistaken name.
    async fn act(&self, role: Role) {
        let input = json!({ "name": "", "role": "MEMBER", "scopes": [] });
        let token = self.role(role);
        self.run_as(&token, "createAccessToken", input, "secret")
            .await;
    }

    async fn log(&self, variables: Value) -> Value {
        self.data_with(QUERY, variables).await["auditLog"].take()
    }
}

#[tokio::test]
async fn pages_go_on_where_they_ended_whatever_is_added_meanwhile() {
    let gateway = TestGateway::start().await;
    for _ in 0..5 {
        gateway.act(Role::Owner).await;
    }
    let all = gateway.log(json!({})).await["nodes"].take();
    let mut read = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = gateway.log(json!({ "first": 2, "after": after })).await;
        read.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
        // In the same moment as all the others.
        gateway.act(Role::Owner).await;
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    assert_eq!(json!(read), all);
    assert_eq!(read.len(), 5);
}

#[tokio::test]
async fn acts_are_found_by_actor_action_and_time() {
    let gateway = TestGateway::start().await;
    gateway.act(Role::Owner).await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(60));
    let later = written(gateway.sandbox.shared.clock.now());
    gateway.act(Role::Admin).await;
    let unchecked = json!({ "system": "PROPSTACK" });
    gateway
        .run("checkIntegration", unchecked, "integration { status }")
        .await;

    for (filter, expected) in [
        (json!({}), vec!["test", "admin", "owner"]),
        (json!({ "actor": "owner" }), vec!["owner"]),
        (json!({ "action": "checkIntegration" }), vec!["test"]),
        (json!({ "since": later }), vec!["test", "admin"]),
        (json!({ "since": later, "actor": "owner" }), vec![]),
    ] {
        let found = gateway.log(json!({ "filter": filter })).await;
        let nodes = found["nodes"].as_array().unwrap().iter();
        let actors: Vec<_> = nodes.map(|node| node["actor"].as_str().unwrap()).collect();
        assert_eq!(actors, expected, "{filter}");
    }
    let newest = gateway.log(json!({ "first": 1 })).await["nodes"][0].take();
    assert_eq!(newest["at"], later);
    assert_eq!(
        (&newest["target"], &newest["outcome"]),
        (&json!("propstack"), &json!("OK"))
    );
}

#[tokio::test]
async fn the_log_is_for_administrators_of_its_organisation() {
    let gateway = TestGateway::start().await;
    gateway.act(Role::Owner).await;
    let foreign = gateway.token(FOREIGN_ORGANIZATION, &[]);
    let theirs = gateway.ask_as(&foreign, QUERY, json!({})).await;
    assert_eq!(theirs["data"]["auditLog"]["nodes"], json!([]));
    gateway.assert_unseen("auditLog", "{ nodes { id } }").await;
}
