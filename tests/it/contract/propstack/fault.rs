//! Rules 10 and 11: faults on demand, and counts.

use std::time::Duration;

use hausgraph::sandbox::{
    System,
    fault::{Fault, Rule},
};
use reqwest::{StatusCode, header};
use serde_json::Value;

use super::{Account, batch, distinct, ids};

#[tokio::test]
async fn rule_10_faults_come_on_demand() {
    let account = Account::open().await;
    let faults = &account.sandbox.shared.faults;
    let strike = |fault| {
        let rule = Rule::new(System::Propstack, fault).at("GET /v1/units");
        faults.add(rule.times(1));
    };

    strike(Fault::Throttle {
        retry_after: Some(7),
    });
    let response = account.get("/units").await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    strike(Fault::Throttle { retry_after: None });
    let response = account.get("/units").await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!response.headers().contains_key(header::RETRY_AFTER));
    strike(Fault::Status(500));
    assert_eq!(
        account.refused("/units").await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    strike(Fault::Redirect);
    let response = account.get("/units").await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()[header::LOCATION], "/app");
    strike(Fault::Html);
    let response = account.get("/units").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("<!doctype html>")
    );
    strike(Fault::Truncate);
    let text = account.get("/units").await.text().await.unwrap();
    assert!(text.starts_with('[') && serde_json::from_str::<Value>(&text).is_err());
    // Used up, all of them.
    assert_eq!(account.read("/units").await.as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn rule_10_an_answer_can_be_slow() {
    let account = Account::open().await;
    let shared = account.sandbox.shared.clone();
    shared
        .faults
        .add(Rule::new(System::Propstack, Fault::DelayMs(30_000)));
    let asked = tokio::spawn(async move { account.read("/units").await });
    shared.clock.wait_for_sleepers(1).await;
    assert!(!asked.is_finished());
    shared.clock.advance(Duration::from_secs(30));
    assert_eq!(asked.await.unwrap().as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn rule_11_fifty_units_cost_one_request() {
    let account = Account::open().await;
    let wanted = account.active(50);
    let body = account
        .read(&format!("/units?{}&expand=1&per=100", batch(&wanted)))
        .await;
    assert_eq!(distinct(&ids(&body)), 50);
    account.read(&format!("/units/{}", wanted[0])).await;
    let journal = &account.sandbox.shared.journal;
    assert_eq!(journal.count(System::Propstack, "GET /v1/units"), 1);
    assert_eq!(journal.count(System::Propstack, "GET /v1/units/{id}"), 1);
    assert_eq!(journal.count_all(System::Propstack), 2);
}
