//! The door itself, over HTTP and WebSocket: whom it lets in and what it says to others.

use std::time::Duration;

use hausgraph::auth::Viewer;
use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::*;
use crate::edge::{Gateway, ada, code, gateway, gateway_trusting, issuers, read};

#[tokio::test]
async fn without_a_token_there_is_no_data_and_no_schema() {
    let gateway = gateway().await;
    let url = format!("{}/graphql", gateway.base);
    for request in [
        gateway
            .client
            .post(&url)
            .json(&json!({ "query": "{ hello }" })),
        gateway
            .client
            .post(&url)
            .json(&json!({ "query": "{ __schema { types { name } } }" })),
        gateway
            .client
            .get(&url)
            .query(&[("query", "{ __typename }")]),
        gateway.client.post(&url).body("not even JSON"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
        let (status, body) = read(response).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
        );
    }
    assert!(gateway.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_401_and_is_not_repeated() {
    let gateway = gateway().await;
    for authorization in ["Bearer not.a.token", "Basic YTpi", "Bearer", "Bearer "] {
        let response = gateway
            .client
            .request(Method::POST, format!("{}/graphql", gateway.base))
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, "application/json")
            .body(r#"{"query":"{ hello }"}"#)
            .send()
            .await
            .unwrap();
        let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        assert_eq!(
            challenge.contains("invalid_token"),
            authorization.contains("not.a.token")
        );
        let (status, body) = read(response).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
        );
        assert!(!body.to_string().contains("not.a.token"));
    }
}

#[tokio::test]
async fn the_execution_sees_the_viewer_that_the_token_speaks_for() {
    let gateway = gateway().await;
    let request = gateway
        .client
        .post(format!("{}/graphql", gateway.base))
        .header(AUTHORIZATION, format!("bearer {}", gateway.token))
        .json(&json!({ "query": "{ hello }" }));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(gateway.calls.lock().unwrap()[0].1, ada());
}

/// Answers whoever has a token of the tests' issuer, and of one that publishes its keys there.
async fn trusting(server: &KeyServer) -> Gateway {
    let mut trusted = issuers();
    trusted.push(publishing(&server.url));
    gateway_trusting(&trusted).await
}

async fn ask(gateway: &Gateway, token: &str) -> reqwest::Response {
    let request = gateway.client.post(format!("{}/graphql", gateway.base));
    let query = json!({ "query": "{ hello }" });
    request
        .bearer_auth(token)
        .json(&query)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_token_of_an_issuer_that_publishes_its_keys_opens_the_door() {
    let signer = Signer::es256("first");
    let server = KeyServer::start(&[&signer]).await;
    let gateway = trusting(&server).await;

    let response = ask(&gateway, &signer.token(json!({}))).await;

    assert_eq!(response.status(), StatusCode::OK);
    let scopes = ["property:read".parse().unwrap()].into_iter().collect();
    let expected = Viewer { scopes, ..ada() };
    assert_eq!(gateway.calls.lock().unwrap()[0].1, expected);
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_is_503_and_worth_another_attempt() {
    let signer = Signer::es256("first");
    let server = KeyServer::start(&[&signer]).await;
    let gateway = trusting(&server).await;
    let token = signer.token(json!({}));
    server.behave(Manner::Breaks);

    let response = ask(&gateway, &token).await;

    assert_eq!(response.headers()[RETRY_AFTER], "30");
    assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    let (status, body) = read(response).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::SERVICE_UNAVAILABLE, "INTERNAL")
    );
    assert_eq!(body["errors"][0]["extensions"]["retryable"], json!(true));
    // Others are not concerned.
    let other = ask(&gateway, &gateway.token).await;
    assert_eq!(other.status(), StatusCode::OK);

    // The attempt that was promised to be worth it.
    server.publish(&[&signer]);
    gateway.clock.advance(Duration::from_secs(30));
    assert_eq!(ask(&gateway, &token).await.status(), StatusCode::OK);

    // Once there are keys, one that is not among them is the token's fault.
    server.behave(Manner::Breaks);
    gateway.clock.advance(Duration::from_secs(30));
    let unknown = ask(&gateway, &signer.token_naming(Some("second"))).await;
    assert!(!unknown.headers().contains_key(RETRY_AFTER));
    let (status, body) = read(unknown).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
    );
}
