//! Each system failing in each way: the others still answer, and nothing leaks.

use std::{collections::BTreeSet, time::Duration};

use hausgraph::{
    config::{Config, demo},
    sandbox::{
        Sandbox, System,
        fault::{Fault, Rule},
    },
    upstream::transport::Limits,
};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::support::{
    TestGateway,
    answer::{assert_tells_nothing, lost, pointer},
    sandbox,
};

const SYSTEMS: [System; 3] = [System::Propstack, System::DeepRent, System::Propstreet];

/// Walks all three systems, from each of them into the others.
const QUERY: &str = "{
    viewer { subject }
    properties(first: 20) { nodes {
        reference
        contacts(first: 1) { nodes { name } }
        protocols { nodes { cause } }
        projects { nodes { name prospects(first: 1) { nodes { classification } } } }
    } }
    protocols(first: 3) { nodes { cause property { reference } } }
    projects(first: 3) { nodes { name properties { nodes { reference } } } }
    investors(first: 3) { nodes { name contact { name } } }
}";

/// The fields of the query that come from a system: whatever else there is must be untouched.
fn fields_of(system: System) -> &'static [&'static str] {
    match system {
        System::Propstack => &["properties", "property", "contact"],
        System::DeepRent => &["protocols"],
        System::Propstreet => &["projects", "investors"],
    }
}

/// Retries pause for up to a second, throttled ones for up to two; deadlines are far beyond.
const PAUSES: Duration = Duration::from_secs(2);

/// What a client is told of a failure.
struct Told {
    code: &'static str,
    is_retryable: bool,
    retry_after: Option<u64>,
}

const fn told(code: &'static str, is_retryable: bool) -> Told {
    Told {
        code,
        is_retryable,
        retry_after: None,
    }
}

/// The answer to [`QUERY`], as it is on the wire.
async fn ask(gateway: &TestGateway) -> String {
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let response = gateway.post(&token, json!({ "query": QUERY })).await;
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

async fn ask_while_well(gateway: &TestGateway) -> Value {
    let answer: Value = serde_json::from_str(&ask(gateway).await).unwrap();
    assert_eq!(answer.get("errors"), None);
    let properties = answer["data"]["properties"]["nodes"].as_array().unwrap();
    for linked in ["contacts", "protocols", "projects"] {
        let is_linked = |node: &Value| !node[linked]["nodes"].as_array().unwrap().is_empty();
        assert!(properties.iter().any(is_linked), "no {linked}");
    }
    answer
}

/// Checks an answer that was given while `system` failed against the one while all were well.
fn check(gateway: &TestGateway, system: System, healthy: &Value, text: &str, told: &Told) {
    assert_tells_nothing(&gateway.sandbox.access, text);
    let answer: Value = serde_json::from_str(text).unwrap();
    let lost = lost(&healthy["data"], &answer["data"]);
    assert!(!lost.is_empty(), "{system:?} was not struck");

    let mut failed = BTreeSet::new();
    for error in answer["errors"].as_array().unwrap() {
        let path = pointer(&error["path"]);
        let value = answer["data"].pointer(&path);
        assert_eq!(value, Some(&Value::Null), "at {path}");
        let extensions = &error["extensions"];
        assert_eq!(extensions["code"], told.code, "{error}");
        assert_eq!(extensions["retryable"], told.is_retryable, "{error}");
        let after = &extensions["retryAfter"];
        match told.retry_after {
            Some(seconds) => assert_eq!(after, &json!(seconds), "{error}"),
            // A call that was not made any more says when the next will be.
            None if told.is_retryable => assert!(after.as_u64().is_none_or(|after| after <= 10)),
            None => assert_eq!(after, &Value::Null, "{error}"),
        }
        let name = format!("{system:?}").to_uppercase();
        assert_eq!(extensions["system"], name, "{error}");
        let field = path.rsplit('/').next().unwrap();
        let is_its_own = fields_of(system).contains(&field)
            || (system == System::Propstack && path.starts_with("/projects/"));
        assert!(is_its_own, "{system:?} struck {path}");
        assert!(failed.insert(path), "two errors at {error}");
    }
    assert!(lost.is_subset(&failed), "null without an error: {lost:?}");
    for root in ["properties", "protocols", "projects", "investors"] {
        let is_struck = fields_of(system).contains(&root);
        assert_eq!(answer["data"][root].is_null(), is_struck, "{root}");
    }
}

/// Ends all faults, and lets one call to each system see that it is back.
async fn heal(gateway: &TestGateway) {
    let shared = &gateway.sandbox.shared;
    shared.faults.clear();
    shared.clock.advance(Duration::from_secs(120));
    for query in [
        "{ properties(first: 1) { nodes { reference } } }",
        "{ protocols(first: 1) { nodes { cause } } }",
        "{ projects(first: 1) { nodes { name } } }",
    ] {
        gateway.data(query).await;
    }
}

/// Strikes each system in turn, and heals it again.
async fn strike(fault: Fault, told: Told) {
    let gateway = TestGateway::start().await;
    let healthy = ask_while_well(&gateway).await;
    for system in SYSTEMS {
        let faults = &gateway.sandbox.shared.faults;
        faults.add(Rule::new(system, fault.clone()));

        let text = gateway.hurry(PAUSES, ask(&gateway)).await;

        check(&gateway, system, &healthy, &text, &told);
        heal(&gateway).await;
        assert_eq!(ask_while_well(&gateway).await, healthy, "after {system:?}");
    }
}

#[tokio::test]
async fn a_dropped_connection_nulls_one_system() {
    strike(Fault::Drop, told("UPSTREAM_UNAVAILABLE", true)).await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_body_nulls_one_system() {
    strike(Fault::DropMidBody, told("UPSTREAM_UNAVAILABLE", true)).await;
}

#[tokio::test]
async fn a_500_nulls_one_system() {
    strike(Fault::Status(500), told("UPSTREAM_UNAVAILABLE", true)).await;
}

#[tokio::test]
async fn a_503_nulls_one_system() {
    strike(Fault::Status(503), told("UPSTREAM_UNAVAILABLE", true)).await;
}

#[tokio::test]
async fn throttling_nulls_one_system() {
    let throttle = Fault::Throttle { retry_after: None };
    strike(throttle, told("RATE_LIMITED", true)).await;
}

#[tokio::test]
async fn throttling_tells_when_to_come_back() {
    for seconds in [1, 17] {
        let throttle = Fault::Throttle {
            retry_after: Some(seconds),
        };
        let told = Told {
            retry_after: Some(seconds),
            ..told("RATE_LIMITED", true)
        };
        strike(throttle, told).await;
    }
}

#[tokio::test]
async fn a_page_for_people_nulls_one_system() {
    strike(Fault::Html, told("UPSTREAM_CONTRACT", false)).await;
}

#[tokio::test]
async fn truncated_json_nulls_one_system() {
    strike(Fault::Truncate, told("UPSTREAM_CONTRACT", false)).await;
}

#[tokio::test]
async fn wrong_types_null_one_system() {
    strike(Fault::WrongTypes, told("UPSTREAM_CONTRACT", false)).await;
}

#[tokio::test]
async fn a_redirect_nulls_one_system_and_is_not_followed() {
    strike(Fault::Redirect, told("UPSTREAM_CONTRACT", false)).await;
}

#[tokio::test]
async fn refused_credentials_null_one_system() {
    strike(Fault::Status(401), told("UPSTREAM_REJECTED", false)).await;
}

/// The limits of one system.
fn limits_of(config: &mut Config, system: System) -> &mut Limits {
    match system {
        System::Propstack => &mut config.upstreams.propstack.limits,
        System::DeepRent => &mut config.upstreams.deeprent.limits,
        System::Propstreet => &mut config.upstreams.propstreet.limits,
    }
}

#[tokio::test]
async fn a_system_slower_than_its_own_deadline_is_null_alone() {
    let timeout = Duration::from_secs(4);
    for system in SYSTEMS {
        // A deadline that only this system has, so that the clock runs into no other.
        let change = |config: &mut Config| limits_of(config, system).timeout = timeout;
        let gateway = TestGateway::configured(sandbox().await, change).await;
        let healthy = ask_while_well(&gateway).await;
        let faults = &gateway.sandbox.shared.faults;
        faults.add(Rule::new(system, Fault::DelayMs(60_000)));

        let text = gateway.hurry(timeout, ask(&gateway)).await;

        check(
            &gateway,
            system,
            &healthy,
            &text,
            &told("UPSTREAM_TIMEOUT", true),
        );
        heal(&gateway).await;
        assert_eq!(ask_while_well(&gateway).await, healthy, "after {system:?}");
    }
}

/// Puts an address where nobody listens in place of a system's own.
fn unplug(sandbox: &mut Sandbox, system: System, nowhere: &str) {
    let demo = &mut sandbox.access.demo;
    match system {
        System::Propstack => demo.propstack.base_url = format!("{nowhere}/v1"),
        System::DeepRent => demo.deeprent.base_url = nowhere.to_owned(),
        System::Propstreet => {
            demo.propstreet.base_url = format!("{nowhere}/api/v1");
            demo.propstreet.token_url = format!("{nowhere}/openid/token");
        }
    }
}

#[tokio::test]
async fn a_system_that_is_down_is_null_alone() {
    let healthy = ask_while_well(&TestGateway::start().await).await;
    // Bound, so that nobody else gets the port, but never listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let nowhere = format!("http://{}", socket.local_addr().unwrap());
    for system in SYSTEMS {
        let mut sandbox = sandbox().await;
        unplug(&mut sandbox, system, &nowhere);
        let gateway = TestGateway::over(sandbox).await;

        let text = gateway.hurry(PAUSES, ask(&gateway)).await;

        check(
            &gateway,
            system,
            &healthy,
            &text,
            &told("UPSTREAM_UNAVAILABLE", true),
        );
    }
}

#[tokio::test]
async fn a_query_ends_in_time_with_what_came_until_then() {
    let gateway = TestGateway::start().await;
    let shared = &gateway.sandbox.shared;
    shared
        .faults
        .add(Rule::new(System::DeepRent, Fault::DelayMs(60_000)));
    let started = shared.clock.now();
    let query = "{
        properties(first: 5) { nodes { reference protocols { nodes { cause } } } }
        projects(first: 2) { nodes { name } }
    }";

    let asked = gateway.ask_with(query, json!({}));
    let time = async {
        let is_answered = |system, endpoint: &str| {
            shared.journal.entries().iter().any(|entry| {
                let arrival = &entry.arrival;
                let is_it = arrival.system == system && arrival.endpoint() == endpoint;
                is_it && entry.status.is_some()
            })
        };
        // The request's own deadline, that of the slow call, and the slow system itself.
        while !(is_answered(System::Propstack, "GET /v1/units")
            && is_answered(System::Propstreet, "GET /api/v1/projects")
            && shared.clock.sleepers() == 3)
        {
            tokio::task::yield_now().await;
        }
        shared.clock.advance(Duration::from_secs(29));
    };
    let (answer, ()) = tokio::join!(asked, time);

    assert!(shared.clock.now() - started < chrono::TimeDelta::seconds(30));
    let properties = answer["data"]["properties"]["nodes"].as_array().unwrap();
    assert_eq!(properties.len(), 5);
    assert!(properties.iter().all(|node| node["protocols"].is_null()));
    assert_eq!(
        answer["data"]["projects"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 5);
    for error in errors {
        assert_eq!(error["extensions"]["code"], "UPSTREAM_TIMEOUT");
    }
}

const PROSPECTS: &str = "GET /api/v1/projects/{id}/prospects";

#[tokio::test]
async fn one_item_of_a_list_can_fail_alone() {
    let gateway = TestGateway::start().await;
    let query = "{ projects(first: 5) { nodes {
        name prospects(first: 2) { nodes { classification } } } } }";
    let healthy = gateway.data(query).await;
    let faults = &gateway.sandbox.shared.faults;
    faults.add(
        Rule::new(System::Propstreet, Fault::Html)
            .at(PROSPECTS)
            .times(1),
    );

    let answer = gateway.ask_with(query, json!({})).await;

    let lost = lost(&healthy, &answer["data"]);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer}");
    let failed = pointer(&errors[0]["path"]);
    assert!(failed.starts_with("/projects/nodes/") && failed.ends_with("/prospects"));
    assert_eq!(lost, BTreeSet::from([failed]));
}

#[tokio::test]
async fn a_failure_that_passes_is_not_seen() {
    let gateway = TestGateway::start().await;
    let healthy = ask_while_well(&gateway).await;
    for (system, endpoint) in [
        (System::Propstack, "GET /v1/units"),
        (System::DeepRent, "GET /external/protocols"),
        (System::Propstreet, PROSPECTS),
    ] {
        let faults = &gateway.sandbox.shared.faults;
        faults.add(Rule::new(system, Fault::Status(503)).at(endpoint).times(1));

        let text = gateway.hurry(PAUSES, ask(&gateway)).await;

        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer, healthy, "{system:?}");
        assert_eq!(faults.list()[0].times, Some(0), "{system:?} was struck");
        faults.clear();
    }
}
