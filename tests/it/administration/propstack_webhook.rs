//! Webhooks of Propstack, which are only read here.

use hausgraph::config::demo::FOREIGN_ORGANIZATION;
use serde_json::json;

use crate::support::{TestGateway, http};

#[tokio::test]
async fn hooks_of_propstack_are_listed_for_administrators_of_their_organisation() {
    let gateway = TestGateway::start().await;
    let access = &gateway.sandbox.access.demo.propstack;
    let hook = json!({ "event": "property_updated", "target_url": "https://hooks.example.org/" });
    let made = http()
        .post(format!("{}/hooks", access.base_url))
        .header("x-api-key", &access.api_key)
        .json(&hook)
        .send()
        .await;
    assert!(made.unwrap().status().is_success());
    let query = "{ propstackWebhooks { event url } }";

    let ours = gateway.data(query).await;
    let token = gateway.token(FOREIGN_ORGANIZATION, &[]);
    let theirs = gateway.ask_as(&token, query, json!({})).await;

    let expected = json!([{ "event": "property_updated", "url": "https://hooks.example.org/" }]);
    assert_eq!(ours["propstackWebhooks"], expected);
    assert_eq!(theirs["data"]["propstackWebhooks"], json!([]));
    gateway.assert_unseen("propstackWebhooks", "{ id }").await;
}
