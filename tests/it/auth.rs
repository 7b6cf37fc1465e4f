//! Tokens: which are taken, which are not, and that no token means no data.

use std::time::Duration;

use chrono::DateTime;
use hausgraph::{
    auth::{Error, Role, Scope, Viewer, token::Keys},
    clock::Clock,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::edge::{ada, code, gateway, read, token_config};

const NOW: i64 = 1_790_000_000;

fn keys() -> (Keys, Clock) {
    let clock = Clock::stopped(DateTime::from_timestamp(NOW, 0).unwrap());
    (Keys::new(&token_config(), clock.clone()).unwrap(), clock)
}

/// A token signed with the right secret, of the usual claims with `changes` laid over them; null
/// takes a claim away.
fn token(algorithm: Algorithm, changes: Value) -> String {
    let mut claims = json!({
        "iss": "hausgraph-test", "aud": "hausgraph", "sub": "ada", "org": "acme",
        "role": "member", "scopes": ["property:read"], "exp": NOW + 60,
    });
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    claims.as_object_mut().unwrap().extend(changes);
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    let secret = token_config().secret;
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).unwrap()
}

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

#[test]
fn claims_of_others_that_we_do_not_know_grant_nothing() {
    let (keys, _) = keys();
    let scopes = json!({ "scopes": ["property:read", "world:rule"], "aud": ["x", "hausgraph"] });
    let viewer = keys.verify(&token(Algorithm::HS256, scopes)).unwrap();
    assert_eq!(viewer.scopes, [Scope::PropertyRead].into_iter().collect());

    let none = keys
        .verify(&token(Algorithm::HS256, json!({ "scopes": null })))
        .unwrap();
    assert_eq!(none.scopes.iter().count(), 0);
}

#[test]
fn each_claim_has_to_be_right() {
    let (keys, _) = keys();
    assert!(keys.verify(&token(Algorithm::HS256, json!({}))).is_ok());
    for (algorithm, changes) in [
        (Algorithm::HS384, json!({})),
        (Algorithm::HS512, json!({})),
        (Algorithm::HS256, json!({ "iss": "another" })),
        (Algorithm::HS256, json!({ "iss": null })),
        (Algorithm::HS256, json!({ "aud": "another" })),
        (Algorithm::HS256, json!({ "aud": null })),
        (Algorithm::HS256, json!({ "exp": null })),
        (Algorithm::HS256, json!({ "sub": "" })),
        (Algorithm::HS256, json!({ "org": "" })),
        (Algorithm::HS256, json!({ "org": null })),
        (Algorithm::HS256, json!({ "role": "emperor" })),
        (Algorithm::HS256, json!({ "role": null })),
    ] {
        let result = keys.verify(&token(algorithm, changes.clone()));
        assert_eq!(result, Err(Error::Invalid), "{algorithm:?} {changes}");
    }
}

#[test]
fn a_signature_by_another_key_or_by_none_is_refused() {
    let (keys, clock) = keys();
    let mut config = token_config();
    config.secret = "another secret of thirty-two bytes".into();
    let others = Keys::new(&config, clock).unwrap();
    let forged = others.issue(&ada(), Duration::from_secs(60));
    assert_eq!(keys.verify(forged.expose_secret()), Err(Error::Invalid));

    // {"alg":"none","typ":"JWT"}
    let signed = token(Algorithm::HS256, json!({}));
    let claims = signed.split('.').nth(1).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    assert_eq!(keys.verify(&unsigned), Err(Error::Invalid));
}

#[test]
fn a_token_lives_from_its_beginning_to_its_end_on_our_clock() {
    let (keys, clock) = keys();
    let token = token(
        Algorithm::HS256,
        json!({ "nbf": NOW + 100, "exp": NOW + 200 }),
    );
    assert_eq!(keys.verify(&token), Err(Error::NotYetValid));
    // The issuer's clock may be 30 s ahead or behind.
    clock.advance(Duration::from_secs(70));
    assert!(keys.verify(&token).is_ok());
    clock.advance(Duration::from_secs(159));
    assert!(keys.verify(&token).is_ok());
    clock.advance(Duration::from_secs(1));
    assert_eq!(keys.verify(&token), Err(Error::Expired));
}

#[test]
fn an_issued_token_gives_the_same_viewer_back() {
    let (keys, _) = keys();
    let viewer = Viewer {
        role: Role::Partner,
        scopes: [Scope::ContactRead, Scope::ProtocolRead]
            .into_iter()
            .collect(),
        ..ada()
    };
    let token = keys.issue(&viewer, Duration::from_secs(1));
    assert_eq!(keys.verify(token.expose_secret()), Ok(viewer));
}

#[test]
fn a_secret_is_long_enough_and_never_printed() {
    let mut config = token_config();
    let secret = config.secret.expose_secret().to_owned();
    assert!(!format!("{config:?}").contains(&secret));

    config.secret = SecretString::from("x".repeat(31));
    assert!(Keys::new(&config, keys().1).is_err());
}
