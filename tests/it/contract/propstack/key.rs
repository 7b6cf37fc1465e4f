//! Rule 1: keys, rights and refusals.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Account, batch};

#[tokio::test]
async fn rule_01_a_key_opens_by_header_and_by_query() {
    let account = Account::open().await;
    assert_eq!(account.get("/units").await.status(), StatusCode::OK);
    let by_query = account.url(&format!("/units?api_key={}", account.key));
    let response = account.http.get(by_query).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn rule_01_no_key_or_a_wrong_one_is_401_with_errors() {
    let mut account = Account::open().await;
    for path in [
        "/units",
        "/units/1",
        "/contacts",
        "/projects",
        "/documents",
        "/brokers",
    ] {
        let response = account.http.get(account.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        let body: Value = response.json().await.unwrap();
        assert!(body["errors"][0].is_string(), "{path}");
    }
    account.key.push('x');
    assert_eq!(account.refused("/units").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn rule_01_rights_are_per_resource() {
    let account = Account::open().await.narrowed("units+projects");
    for path in ["/units", "/projects"] {
        assert_eq!(account.get(path).await.status(), StatusCode::OK, "{path}");
    }
    for path in [
        "/contacts",
        "/documents",
        "/brokers",
        "/contact_sources",
        "/relationships",
    ] {
        let (status, message) = account.refused(path).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(message, "API-Key besitzt nicht genügend Rechte");
    }
}

#[tokio::test]
async fn rule_01_an_unknown_id_is_404_in_german() {
    let account = Account::open().await;
    let (status, message) = account.refused("/units/1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        message,
        "Property mit der id=1 konnte nicht gefunden werden."
    );
    for path in [
        "/units/abc",
        "/contacts/1",
        "/projects/1",
        "/documents/1",
        "/brokers/1",
        "/nothing",
    ] {
        assert_eq!(
            account.refused(path).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn rule_01_a_key_never_shows_another_firms_rows() {
    let account = Account::open().await;
    let (unit, person) = {
        let world = account.sandbox.shared.tenants[1].world();
        (world.units[0].id, world.people[0].id)
    };
    let (status, _) = account.refused(&format!("/units/{unit}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = account.refused(&format!("/contacts/{person}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let rows = account
        .read(&format!("/units?{}&archived=-1", batch(&[unit])))
        .await;
    assert_eq!(rows, json!([]));
}
