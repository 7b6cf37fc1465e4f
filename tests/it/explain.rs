//! What an answer tells of its cost: exactly the calls that the systems counted, and nothing else.

use std::{collections::BTreeSet, time::Duration};

use hausgraph::{
    auth::{Role, Scope, Scopes, Viewer},
    config::demo,
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
};
use serde_json::{Value, json};

use crate::{
    edge::socket::Socket,
    support::{
        TestGateway,
        answer::{assert_tells_nothing, strings},
        http,
    },
};

/// The one whose calls `calls.rs` counts.
const QUERY: &str = "{ properties(first: 50) { nodes {
    contacts { nodes { name emails } }
    documents { nodes { title } }
    protocols { nodes { cause } }
    projects { nodes { name } }
} } }";

/// Retries pause for up to a second.
const PAUSES: Duration = Duration::from_secs(1);

async fn post(gateway: &TestGateway, token: &str, explain: &str, query: &str) -> Value {
    let request = http()
        .post(format!("{}/graphql", gateway.origin))
        .bearer_auth(token)
        .header("X-Hausgraph-Explain", explain)
        .json(&json!({ "query": query }))
        .send();
    let response = gateway.hurry(PAUSES, request).await.unwrap();
    response.json().await.unwrap()
}

/// The answer to a query of an owner's that asks what it cost.
async fn ask(gateway: &TestGateway, query: &str) -> Value {
    let token = gateway.token(demo::ORGANIZATION, &[]);
    post(gateway, &token, "1", query).await
}

fn calls(answer: &Value) -> &Vec<Value> {
    let calls = &answer["extensions"]["hausgraph"]["calls"];
    calls
        .as_array()
        .unwrap_or_else(|| panic!("no calls: {answer}"))
}

/// System, operation and keys of each call, sorted.
fn named(answer: &Value) -> Vec<String> {
    let name = |call: &Value| {
        let text = |field: &str| call[field].as_str().unwrap().to_owned();
        format!("{} {} ×{}", text("system"), text("operation"), call["keys"])
    };
    let mut named: Vec<String> = calls(answer).iter().map(name).collect();
    named.sort();
    named
}

/// How many calls of a system are listed.
fn listed(answer: &Value, system: System) -> u64 {
    let name = format!("{system:?}").to_uppercase();
    let of_system = calls(answer).iter().filter(|call| call["system"] == name);
    of_system.count() as u64
}

const SYSTEMS: [System; 3] = [System::Propstack, System::DeepRent, System::Propstreet];

#[tokio::test]
async fn the_calls_are_those_that_the_systems_counted() {
    let gateway = TestGateway::start().await;

    let answer = ask(&gateway, QUERY).await;

    assert_eq!(answer.get("errors"), None);
    assert_eq!(
        named(&answer),
        [
            "DEEPRENT list_protocols ×1",
            "PROPSTACK list_contacts ×1",
            "PROPSTACK list_contacts ×1",
            "PROPSTACK list_units ×1",
            "PROPSTREET exchange_token ×1",
            "PROPSTREET list_projects ×1",
        ]
    );
    for system in SYSTEMS {
        let counted = gateway.all_calls(system);
        assert_eq!(listed(&answer, system), counted, "{system:?}");
    }
    let cost = &answer["extensions"]["hausgraph"];
    let number = |value: &Value| value.as_f64().unwrap();
    for call in calls(&answer) {
        assert_eq!(call["attempt"], 1);
        assert_eq!(call["status"], 200);
        assert_eq!(call["outcome"], "ANSWERED");
        assert_eq!(call["isShared"], false);
        assert!(call["bytes"].as_u64() > Some(50), "{call}");
        let ended = number(&call["startMs"]) + number(&call["durationMs"]);
        assert!(number(&call["durationMs"]) > 0.0);
        // Both are rounded.
        assert!(ended <= number(&cost["elapsedMs"]) + 0.2, "{cost}");
    }
    assert!(calls(&answer).is_sorted_by_key(|call| number(&call["startMs"])));
    assert_eq!(calls(&answer)[0]["operation"], "list_units");
    assert_eq!(cost["hits"], json!([]));
    assert!(cost["budgets"].is_array());
}

#[tokio::test]
async fn units_that_are_asked_for_together_are_one_call_with_their_number() {
    let gateway = TestGateway::start().await;
    let page = gateway
        .data("{ properties(first: 30) { nodes { id } } }")
        .await;
    let nodes = page["properties"]["nodes"].as_array().unwrap();
    let ids: Vec<&Value> = nodes.iter().map(|node| &node["id"]).collect();
    let ids = serde_json::to_string(&ids).unwrap();

    let answer = ask(&gateway, &format!("{{ nodes(ids: {ids}) {{ id }} }}")).await;

    assert_eq!(named(&answer), ["PROPSTACK list_units_by_id ×30"]);
}

#[tokio::test]
async fn nothing_is_told_unasked() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(demo::ORGANIZATION, &[]);

    let plain = gateway.ask_as(&token, QUERY, json!({})).await;
    assert_eq!(plain.get("extensions"), None);
    for other in ["0", "", "true"] {
        let answer = post(&gateway, &token, other, "{ __typename }").await;
        assert_eq!(answer.get("extensions"), None, "{other:?}");
    }

    // Nor does asking change the answer.
    assert_eq!(ask(&gateway, QUERY).await["data"], plain["data"]);
}

#[tokio::test]
async fn an_operation_over_a_socket_asks_by_its_extensions() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let mut socket = Socket::admitted(&gateway.origin, &token).await;
    let query = "{ protocols(first: 3) { nodes { cause } } }";
    for (extensions, is_told) in [
        (json!({ "hausgraph": { "explain": true } }), true),
        (json!({ "hausgraph": { "explain": false } }), false),
        (json!({ "hausgraph": { "explain": "1" } }), false),
        (json!({ "hausgraph": true, "explain": true }), false),
        (json!(null), false),
    ] {
        let payload = json!({ "query": query, "extensions": extensions });
        let message = json!({ "type": "subscribe", "id": "1", "payload": payload });
        socket.send(message).await;
        let over_socket = socket.next().await["payload"].take();
        assert_eq!(socket.next().await["type"], "complete");
        let over_http: Value = gateway.post(&token, payload).await.json().await.unwrap();
        for answer in [over_socket, over_http] {
            assert!(answer["data"]["protocols"]["nodes"][0].is_object());
            let told = answer["extensions"].get("hausgraph");
            assert_eq!(told.is_some(), is_told, "{extensions}: {answer}");
            if is_told {
                assert_eq!(named(&answer), ["DEEPRENT list_protocols ×1"]);
            }
        }
    }
}

#[tokio::test]
async fn each_attempt_is_told_with_its_end() {
    let gateway = TestGateway::start().await;
    let faults = &gateway.sandbox.shared.faults;
    let units = |fault| {
        Rule::new(System::Propstack, fault)
            .at("GET /v1/units")
            .times(1)
    };
    faults.add(units(Fault::Status(503)));
    faults.add(units(Fault::Drop));

    let answer = ask(&gateway, "{ properties(first: 2) { nodes { title } } }").await;

    assert_eq!(answer.get("errors"), None);
    let attempts: Vec<_> = calls(&answer)
        .iter()
        .map(|call| (&call["attempt"], &call["outcome"], &call["status"]))
        .collect();
    let (one, two, three) = (json!(1), json!(2), json!(3));
    let (answered, unreachable) = (json!("ANSWERED"), json!("UNREACHABLE"));
    let (failed, well, none) = (json!(503), json!(200), json!(null));
    assert_eq!(
        attempts,
        [
            (&one, &answered, &failed),
            (&two, &unreachable, &none),
            (&three, &answered, &well),
        ]
    );
    assert_eq!(gateway.all_calls(System::Propstack), 3);
}

#[tokio::test]
async fn a_call_that_took_too_long_is_told_beside_its_error() {
    let timeout = Duration::from_secs(1);
    let gateway = TestGateway::configured(crate::support::sandbox().await, |config| {
        config.upstreams.deeprent.limits.timeout = timeout;
    })
    .await;
    let slow = Rule::new(System::DeepRent, Fault::DelayMs(60_000));
    gateway.sandbox.shared.faults.add(slow);

    let answer = ask(&gateway, "{ protocols(first: 1) { nodes { cause } } }").await;

    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["code"], "UPSTREAM_TIMEOUT");
    let [call] = calls(&answer).as_slice() else {
        panic!("expected one call: {answer}");
    };
    assert_eq!(call["outcome"], "ABANDONED");
    assert_eq!(call["status"], json!(null));
}

#[tokio::test]
async fn whoever_may_ask_is_told_also_what_was_not_done() {
    let gateway = TestGateway::start().await;
    let scopes: Scopes = [Scope::PropertyRead].into_iter().collect();
    let viewer = Viewer::new("ada", demo::ORGANIZATION, Role::Member, scopes);
    let token = gateway.token_of(viewer);
    let nothing = json!([]);
    for (query, expected) in [
        ("{ properties(first: 1) { nodes { title } } }", 1),
        ("{ __typename viewer { subject } }", 0),
        ("{ nowhere }", 0),
        (
            "mutation { checkIntegration(input: { system: DEEPRENT }) { errors { code } } }",
            0,
        ),
    ] {
        let answer = post(&gateway, &token, "1", query).await;
        let cost = &answer["extensions"]["hausgraph"];
        assert_eq!(calls(&answer).len(), expected, "{query}: {answer}");
        assert!(cost["elapsedMs"].is_f64());
        assert_eq!(cost["hits"], nothing);
    }
}

#[tokio::test]
async fn a_mutation_tells_its_calls() {
    let gateway = TestGateway::start().await;
    let check = "mutation { checkIntegration(input: { system: DEEPRENT }) {
        integration { system } errors { code } } }";

    let answer = ask(&gateway, check).await;

    assert_eq!(answer.get("errors"), None, "{answer}");
    assert_eq!(
        listed(&answer, System::DeepRent),
        gateway.all_calls(System::DeepRent)
    );
    assert!(!calls(&answer).is_empty());
}

#[tokio::test]
async fn nothing_is_told_but_names_of_ours_and_numbers() {
    let gateway = TestGateway::start().await;
    let faults = &gateway.sandbox.shared.faults;
    faults.add(Rule::new(System::Propstreet, Fault::Status(401)));
    let known = {
        let world = gateway.sandbox.shared.tenants[0].world();
        world
            .people
            .iter()
            .find_map(|person| person.emails.first().cloned())
    };
    let query = format!(
        "{{ contact(by: {{ email: {:?} }}) {{ name }}
            protocols(first: 1) {{ nodes {{ pdf {{ url }} }} }}
            projects(first: 1) {{ nodes {{ name }} }} }}",
        known.unwrap()
    );

    let answer = ask(&gateway, &query).await;

    assert!(answer["data"]["contact"]["name"].is_string(), "{answer}");
    let cost = &answer["extensions"]["hausgraph"];
    for system in SYSTEMS {
        assert!(listed(&answer, system) > 0, "{system:?}: {cost}");
    }
    let mut texts = Vec::new();
    strings(cost, &mut texts);
    let is_name = |text: &&str| {
        text.chars()
            .all(|letter| letter == '_' || letter.is_ascii_alphabetic())
    };
    assert!(texts.iter().all(is_name), "{texts:?}");
    assert_tells_nothing(
        &gateway.sandbox.access,
        &cost.to_string().replace("list_", ""),
    );
    let fields: BTreeSet<&str> = calls(&answer)
        .iter()
        .flat_map(|call| call.as_object().unwrap().keys().map(String::as_str))
        .collect();
    let known =
        "attempt budgetLeft bytes durationMs isShared keys operation outcome startMs status system";
    assert_eq!(fields, known.split(' ').collect());
}
