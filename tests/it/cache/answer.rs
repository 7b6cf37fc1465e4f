//! Whole answers.

use std::time::Duration;

use hausgraph::{
    auth::Scope,
    cache::{Kind, Tag},
    config::demo,
    sandbox::System,
};
use serde_json::json;

use super::{ask_with_header, gateway};
use crate::support::http;

const QUERY: &str =
    "{ properties(first: 3) { nodes { id title } } projects(first: 3) { nodes { name } } }";

#[tokio::test]
async fn an_answer_says_how_long_its_oldest_part_is_fresh() {
    let gateway = gateway().await;
    gateway
        .data("{ properties(first: 3) { nodes { id title } } }")
        .await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(20));
    // The properties are 20 s old, the projects new.
    let (_, said) = ask_with_header(&gateway, QUERY, "").await;
    assert_eq!(said, "private, max-age=40");
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(15));
    let (_, said) = ask_with_header(&gateway, QUERY, "").await;
    assert_eq!(said, "private, max-age=25");
    assert_eq!(gateway.all_calls(System::Propstack), 1);
}

#[tokio::test]
async fn what_the_cache_knows_nothing_of_is_neither_kept_nor_called_fresh() {
    let gateway = gateway().await;
    for query in [
        "{ viewer { subject } properties(first: 1) { nodes { id } } }",
        "{ integrations { system status } properties(first: 1) { nodes { id } } }",
        "{ propstreetWebhooks { id } }",
        "{ __typename }",
        "{ nothingLikeThis }",
    ] {
        let (_, said) = ask_with_header(&gateway, query, "").await;
        assert_eq!(said, "no-store", "{query}");
    }
}

#[tokio::test]
async fn an_answer_is_for_those_who_may_see_the_same() {
    let gateway = gateway().await;
    let query = "{ properties(first: 50) { nodes { id address { formatted } } } }";
    let all = gateway.token(demo::ORGANIZATION, &[]);
    let some = gateway.token(demo::ORGANIZATION, &[Scope::PropertyAddress]);
    for _ in 0..2 {
        let seen = gateway.ask_as(&all, query, json!({})).await;
        let hidden = gateway.ask_as(&some, query, json!({})).await;
        assert_ne!(seen["data"], hidden["data"]);
        let foreign = gateway.token(demo::FOREIGN_ORGANIZATION, &[]);
        let foreign = gateway.ask_as(&foreign, query, json!({})).await;
        assert_ne!(foreign["data"], seen["data"]);
    }
}

#[tokio::test]
async fn a_kept_answer_is_the_same_letter_by_letter_and_goes_with_its_parts() {
    let gateway = gateway().await;
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let body = async || {
        let request = http()
            .post(format!("{}/graphql", gateway.origin))
            .bearer_auth(&token)
            .json(&json!({ "query": QUERY, "variables": {} }));
        request.send().await.unwrap().text().await.unwrap()
    };
    let first = body().await;
    assert_eq!(body().await, first);
    // Other variables, another operation and another document are other questions.
    let named = "query a { projects(first: 1) { nodes { name } } } query b { projects(first: 2) { nodes { name } } }";
    let mut seen = Vec::new();
    for name in ["a", "b", "a", "b"] {
        let answer = gateway
            .post(&token, json!({ "query": named, "operationName": name }))
            .await;
        seen.push(answer.text().await.unwrap());
    }
    assert_eq!((&seen[0], &seen[1]), (&seen[2], &seen[3]));
    assert_ne!(seen[0], seen[1]);

    for deal in &mut gateway.sandbox.shared.tenants[0].world_mut().deals {
        deal.name = "Umbenannt".to_owned();
    }
    assert_eq!(body().await, first);
    let tenant = gateway
        .tenants
        .find(demo::ORGANIZATION)
        .await
        .unwrap()
        .unwrap();
    tenant.cache.purge([Tag::lists(Kind::Project)]);
    assert!(body().await.contains("Umbenannt"));
}

#[tokio::test]
async fn no_root_that_is_kept_reads_what_the_cache_cannot_see() {
    // Whoever adds a root decides here whether whole answers of it may be kept.
    const KEPT: &str = "node nodes property properties developments propertyStatuses brokers \
        contact contacts protocol protocols project projects prospect investor investors \
        associatedProjects";
    const NEVER: &str = "viewer integrations accessTokens auditLog importJob importJobs search \
        matchSuggestions unlinkedRecords \
        deepRentApiKeys deepRentApiKey \
        deepRentWebhooks deepRentWebhookEvents propstreetWebhooks propstackWebhooks";
    let gateway = gateway().await;
    let schema = gateway
        .data("{ __schema { queryType { fields { name } } } }")
        .await;
    let fields = schema["__schema"]["queryType"]["fields"]
        .as_array()
        .unwrap();
    let unknown: Vec<&str> = fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .filter(|name| {
            KEPT.split(' ')
                .chain(NEVER.split(' '))
                .all(|known| known != *name)
        })
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
}
