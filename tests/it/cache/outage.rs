//! Answers that survive a system's bad day.

use std::time::Duration;

use futures_util::future::join_all;
use hausgraph::sandbox::{
    System,
    fault::{Fault, Rule},
};
use serde_json::json;

use super::gateway;
use crate::support::TestGateway;

const QUERY: &str = "{ projects(first: 3) { nodes { name freshness { isStale servedFrom } } } }";

fn is_down(gateway: &TestGateway, is_down: bool) {
    let faults = &gateway.sandbox.shared.faults;
    faults.clear();
    if is_down {
        faults.add(Rule::new(System::Propstreet, Fault::Drop));
    }
}

#[tokio::test]
async fn while_a_system_is_down_what_was_once_read_is_served_and_marked() {
    let gateway = gateway().await;
    let before = gateway.data(QUERY).await;
    is_down(&gateway, true);
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_mins(10));

    let ask = gateway.data(QUERY);
    let after = gateway.hurry(Duration::from_secs(2), ask).await;
    let (old, new) = (
        &before["projects"]["nodes"][0],
        &after["projects"]["nodes"][0],
    );
    assert_eq!(old["name"], new["name"]);
    assert_eq!(
        new["freshness"],
        json!({ "isStale": true, "servedFrom": "CACHE" })
    );

    // What nobody has read has nothing to fall back on.
    let other = gateway.ask_with("{ projects(first: 4) { nodes { name } } }", json!({}));
    let other = gateway.hurry(Duration::from_secs(2), other).await;
    assert_eq!(
        other["errors"][0]["extensions"]["code"],
        "UPSTREAM_UNAVAILABLE"
    );

    is_down(&gateway, false);
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_mins(10));
    let healed = gateway.data(QUERY).await;
    assert_eq!(
        healed["projects"]["nodes"][0]["freshness"]["isStale"],
        false
    );
}

#[tokio::test]
async fn after_a_day_it_is_too_old() {
    let gateway = gateway().await;
    gateway.data(QUERY).await;
    is_down(&gateway, true);
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_hours(25));
    let ask = gateway.ask_with(QUERY, json!({}));
    let answer = gateway.hurry(Duration::from_secs(2), ask).await;
    assert_eq!(answer["data"]["projects"], json!(null));
}

#[tokio::test]
async fn whoever_asks_for_something_new_is_told_that_there_is_nothing() {
    let gateway = gateway().await;
    gateway.data(QUERY).await;
    is_down(&gateway, true);
    let ask = super::ask_with_header(&gateway, QUERY, "no-cache");
    let (answer, said) = gateway.hurry(Duration::from_secs(2), ask).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "UPSTREAM_UNAVAILABLE"
    );
    assert_eq!(said, "no-store");
}

#[tokio::test]
async fn wrong_credentials_are_no_outage() {
    let gateway = gateway().await;
    gateway.data(QUERY).await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_mins(10));
    gateway
        .sandbox
        .shared
        .faults
        .add(Rule::new(System::Propstreet, Fault::Status(403)));
    let answer = gateway.ask_with(QUERY, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "UPSTREAM_REJECTED"
    );
}

/// How many answers are asked for at once when the system comes back.
const CROWD: usize = 64;

#[tokio::test]
async fn ten_minutes_of_outage_cost_a_few_calls_and_the_way_back_is_no_stampede() {
    let gateway = gateway().await;
    let query = |at: usize| {
        format!(
            "{{ projects(first: {}) {{ nodes {{ name }} }} }}",
            at % 8 + 1
        )
    };
    for at in 0..8 {
        gateway.data(&query(at)).await;
    }
    is_down(&gateway, true);
    gateway.sandbox.shared.journal.clear();
    let clock = gateway.sandbox.shared.clock.clone();
    clock.advance(Duration::from_mins(6));

    let mut served = 0;
    for step in 0..120 {
        let asked = (0..4).map(|at| gateway.data(Box::leak(query(step + at).into_boxed_str())));
        let answers = gateway.hurry(Duration::from_secs(2), join_all(asked)).await;
        served += answers.len();
        clock.advance(Duration::from_secs(5));
    }
    let while_down = gateway.all_calls(System::Propstreet);
    println!("{served} answers in ten minutes without the system took {while_down} calls");
    assert!(while_down <= 60, "{while_down} calls");

    is_down(&gateway, false);
    gateway.sandbox.shared.journal.clear();
    clock.advance(Duration::from_mins(2));
    // One of them probes; the others are answered with what there is.
    let crowd = || (0..CROWD).map(|at| gateway.data(Box::leak(query(at).into_boxed_str())));
    gateway
        .hurry(Duration::from_secs(2), join_all(crowd()))
        .await;
    gateway
        .hurry(Duration::from_secs(2), join_all(crowd()))
        .await;
    let on_return = gateway.all_calls(System::Propstreet);
    println!("{} answers on its return took {on_return} calls", 2 * CROWD);
    assert!((8..=20).contains(&on_return), "{on_return} calls");
    let fresh = gateway.data(QUERY).await;
    assert_eq!(fresh["projects"]["nodes"][0]["freshness"]["isStale"], false);
}
