//! The sandbox's own machinery: faults, journal, control plane, tenants.

use std::{io, time::Duration};

use hausgraph::sandbox::{
    Sandbox, System,
    fault::{Fault, Rule},
    propstreet::BatchCodes,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{http, sandbox};

mod churn;
mod truth;

const SYSTEMS: [System; 3] = [System::Propstack, System::DeepRent, System::Propstreet];

fn origin(sandbox: &Sandbox, system: System) -> &str {
    let origins = &sandbox.shared.origins;
    match system {
        System::Propstack => &origins.propstack,
        System::DeepRent => &origins.deeprent,
        System::Propstreet => &origins.propstreet,
    }
}

/// Everything that a server sends on a fresh connection until it closes.
async fn raw_answer(origin: &str, path: &str) -> io::Result<Vec<u8>> {
    let address = origin.trim_start_matches("http://");
    let mut line = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    line.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // A reset counts as closed.
    let _ = line.read_to_end(&mut answer).await;
    Ok(answer)
}

#[tokio::test]
async fn a_status_comes_with_the_systems_own_error_body() {
    let sandbox = sandbox().await;
    let mut bodies = Vec::new();
    for system in SYSTEMS {
        let fault = Rule::new(system, Fault::Status(503));
        sandbox.shared.faults.add(fault);
        let answer = http().get(origin(&sandbox, system)).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        bodies.push(answer.json::<Value>().await.unwrap());
    }
    assert!(bodies[0]["errors"][0].is_string());
    assert_eq!(bodies[1]["success"], false);
    assert_eq!(bodies[2]["status"], 503);
}

#[tokio::test]
async fn a_throttle_tells_when_to_return_only_if_asked_to() {
    let sandbox = sandbox().await;
    for seconds in [Some(7), None] {
        let fault = Fault::Throttle {
            retry_after: seconds,
        };
        let rule = Rule::new(System::Propstreet, fault).times(1);
        sandbox.shared.faults.add(rule);
        let url = origin(&sandbox, System::Propstreet);
        let answer = http().get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        let told = answer.headers().get("retry-after");
        let told = told.map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(told, seconds.map(|s: u64| s.to_string()));
    }
}

#[tokio::test]
async fn a_dropped_connection_carries_no_byte_of_an_answer() {
    let sandbox = sandbox().await;
    let url = origin(&sandbox, System::Propstack).to_owned();

    let rule = Rule::new(System::Propstack, Fault::Drop);
    sandbox.shared.faults.add(rule);

    assert_eq!(raw_answer(&url, "/v1/units").await.unwrap(), b"");
    assert!(http().get(&url).send().await.is_err());
    let journal = sandbox.shared.journal.entries();
    assert!(journal.len() >= 2 && journal.iter().all(|entry| entry.status.is_none()));
}

/// The first page of protocols, which is long enough to be spoiled.
const LIST: &str = "/external/protocols";

fn protocols(sandbox: &Sandbox) -> reqwest::RequestBuilder {
    let deeprent = &sandbox.access.demo.deeprent;
    let request = http().get(format!("{}{LIST}", deeprent.base_url));
    request.header("x-api-key", &deeprent.api_key)
}

#[tokio::test]
async fn a_connection_dropped_in_the_middle_breaks_the_body() {
    let sandbox = sandbox().await;
    let rule = Rule::new(System::DeepRent, Fault::DropMidBody);
    sandbox.shared.faults.add(rule);
    let answer = protocols(&sandbox).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer
            .content_length()
            .is_some_and(|length| length > 10_000)
    );
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_truncated_body_arrives_whole_and_is_no_json() {
    let sandbox = sandbox().await;
    let rule = Rule::new(System::DeepRent, Fault::Truncate);
    sandbox.shared.faults.add(rule);
    let answer = protocols(&sandbox).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.text().await.unwrap();
    assert!(body.starts_with('{') && body.len() > 5_000);
    assert!(serde_json::from_str::<Value>(&body).is_err());
}

#[tokio::test]
async fn wrong_types_keep_names_and_nesting() {
    let sandbox = sandbox().await;
    let rule = Rule::new(System::DeepRent, Fault::WrongTypes);
    sandbox.shared.faults.add(rule);
    let answer = protocols(&sandbox).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["count"], json!({"value": 50}));
    assert_eq!(body["success"], "true");
    assert!(body["protocols"][0]["id"].is_array());
    assert!(body["protocols"][0]["meta"]["deletedAt"].is_null());
}

#[tokio::test]
async fn a_fault_of_one_endpoint_leaves_the_others_alone_and_wears_off() {
    let sandbox = sandbox().await;
    let fault = Rule::new(System::DeepRent, Fault::Status(500));
    let rule = fault.at("GET /external/protocols/{id}/pdf").times(1);
    sandbox.shared.faults.add(rule);
    assert_eq!(protocols(&sandbox).send().await.unwrap().status(), 200);

    let deeprent = &sandbox.access.demo.deeprent;
    let id = sandbox.shared.tenants[0].world().handovers[0].id.clone();
    let link = || {
        let request = http().get(format!("{}{LIST}/{id}/pdf", deeprent.base_url));
        request.header("x-api-key", &deeprent.api_key).send()
    };
    assert_eq!(link().await.unwrap().status(), 500);
    assert_eq!(link().await.unwrap().status(), 200);

    let journal = &sandbox.shared.journal;
    let endpoint = "GET /external/protocols/{id}/pdf";
    assert_eq!(journal.count(System::DeepRent, endpoint), 2);
    assert_eq!(journal.count(System::DeepRent, &format!("GET {LIST}")), 1);
    assert_eq!(journal.count(System::Propstack, endpoint), 0);
    assert_eq!(journal.count_all(System::DeepRent), 3);
}

#[tokio::test]
async fn the_ready_data_opens_both_firms() {
    let sandbox = sandbox().await;
    let access = serde_json::to_value(&sandbox.access).unwrap();
    for firm in [&access, &access["foreign"]] {
        for field in [
            "base_url",
            "token_url",
            "client_id",
            "client_secret",
            "access_token",
        ] {
            assert!(firm["propstreet"][field].is_string(), "{field}");
        }
        for system in ["propstack", "deeprent"] {
            let key = firm[system]["api_key"].as_str().unwrap();
            assert!(key.starts_with("sandbox-"));
        }
        let url = firm["deeprent"]["base_url"].as_str().unwrap();
        let request = http().get(format!("{url}{LIST}"));
        let key = firm["deeprent"]["api_key"].as_str().unwrap();
        let answer = request.header("x-api-key", key).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert!(
        access["control"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
}

#[tokio::test]
async fn switches_change_one_by_one() {
    let sandbox = sandbox().await;
    let url = format!("{}/__sim/switches", sandbox.access.control);
    let change = json!({"deeprent": {"pdf_build_fails": true}});
    let request = http().patch(&url).json(&change);
    let after: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(after["deeprent"]["pdf_build_fails"], true);
    assert_eq!(after["deeprent"]["pdf_build_delay_ms"], 0);
    let read: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(read, after);
    assert!(sandbox.shared.switches().deeprent.pdf_build_fails);

    let words = json!({"batch_codes": "reference", "blocked_contacts": ["7"]});
    let change = json!({ "propstreet": words });
    let request = http().patch(&url).json(&change);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let propstreet = sandbox.shared.switches().propstreet.clone();
    assert_eq!(propstreet.batch_codes, BatchCodes::Reference);
    assert!(propstreet.blocked_contacts.contains("7"));
}

#[tokio::test]
async fn a_web_page_and_a_redirect_look_like_success() {
    let sandbox = sandbox().await;
    let faults = &sandbox.shared.faults;
    faults.add(Rule::new(System::Propstack, Fault::Html).times(1));
    faults.add(Rule::new(System::Propstack, Fault::Redirect).times(1));
    let url = origin(&sandbox, System::Propstack);

    let page = http().get(url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().starts_with("<!doctype html>"));

    let redirect = http().get(url).send().await.unwrap();
    assert_eq!(redirect.status(), 302);
    assert_eq!(redirect.headers()["location"], "/app");

    let healed = http().get(url).send().await.unwrap();
    assert_eq!(healed.status(), 404);
}

#[tokio::test]
async fn a_delay_waits_on_the_sandboxs_clock_and_lets_another_fault_follow() {
    let sandbox = sandbox().await;
    let faults = &sandbox.shared.faults;
    faults.add(Rule::new(System::DeepRent, Fault::DelayMs(60_000)));
    faults.add(Rule::new(System::DeepRent, Fault::Status(500)));
    let request = http().get(origin(&sandbox, System::DeepRent)).send();
    let answer = tokio::spawn(request);

    sandbox.shared.clock.wait_for_sleepers(1).await;
    assert_eq!(sandbox.shared.journal.entries()[0].status, None);
    sandbox.shared.clock.advance(Duration::from_secs(60));

    assert_eq!(answer.await.unwrap().unwrap().status(), 500);
    assert_eq!(sandbox.shared.journal.entries()[0].status, Some(500));
}

/// A write with a condition and a key; none of them is a secret.
fn new_project(sandbox: &Sandbox) -> reqwest::RequestBuilder {
    let propstreet = &sandbox.access.demo.propstreet;
    let request = http().post(format!("{}/projects", propstreet.base_url));
    request
        .bearer_auth(&propstreet.access_token)
        .header("Idempotency-Key", "a key")
        .header("If-Match", "W/\"7\"")
        .json(&json!({ "name": "Hush" }))
}

fn projects(sandbox: &Sandbox) -> usize {
    sandbox.shared.tenants[0].world().deals.len()
}

const NEW_PROJECT: &str = "POST /api/v1/projects";

#[tokio::test]
async fn an_answer_is_lost_after_the_work_and_a_connection_is_dropped_before_it() {
    let sandbox = sandbox().await;
    let before = projects(&sandbox);
    for (fault, made) in [(Fault::Drop, 0), (Fault::LoseAnswer, 1)] {
        let rule = Rule::new(System::Propstreet, fault).at(NEW_PROJECT);
        sandbox.shared.faults.add(rule.times(1));

        assert!(new_project(&sandbox).send().await.is_err());

        assert_eq!(projects(&sandbox), before + made);
        let journal = sandbox.shared.journal.entries();
        assert_eq!(journal.last().unwrap().status, None);
    }
}

#[tokio::test]
async fn an_answer_waits_after_the_work_and_a_request_before_it() {
    let sandbox = sandbox().await;
    let before = projects(&sandbox);
    for (fault, made) in [
        (Fault::DelayMs(60_000), 0),
        (Fault::DelayAnswerMs(60_000), 1),
    ] {
        let rule = Rule::new(System::Propstreet, fault).at(NEW_PROJECT);
        sandbox.shared.faults.add(rule.times(1));
        let left = tokio::spawn(new_project(&sandbox).send());
        sandbox.shared.clock.wait_for_sleepers(1).await;
        assert!(!left.is_finished());

        assert_eq!(projects(&sandbox), before + made);
        // A client that leaves takes back nothing that is done.
        left.abort();
        while sandbox.shared.clock.sleepers() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(projects(&sandbox), before + made);
    }
    let rule = Rule::new(System::Propstreet, Fault::DelayAnswerMs(60_000)).at(NEW_PROJECT);
    sandbox.shared.faults.add(rule);
    let answer = tokio::spawn(new_project(&sandbox).send());
    sandbox.shared.clock.wait_for_sleepers(1).await;
    sandbox.shared.clock.advance(Duration::from_secs(60));
    assert_eq!(answer.await.unwrap().unwrap().status(), 201);
}

#[tokio::test]
async fn the_journal_keeps_key_and_condition_of_a_write_but_not_its_body() {
    let sandbox = sandbox().await;
    new_project(&sandbox).send().await.unwrap();

    let journal = sandbox.shared.journal.entries();
    let entry = &journal[0];
    assert_eq!(entry.arrival.endpoint(), NEW_PROJECT);
    assert_eq!(entry.arrival.path, "/api/v1/projects");
    assert_eq!(entry.arrival.idempotency_key.as_deref(), Some("a key"));
    assert_eq!(entry.arrival.if_match.as_deref(), Some("W/\"7\""));
    assert_eq!(entry.status, Some(201));
    let written = serde_json::to_string(&journal).unwrap();
    assert!(!written.contains("Hush"));
    assert!(!written.contains(&sandbox.access.demo.propstreet.access_token));
}

#[tokio::test]
async fn a_fault_strikes_its_system_only() {
    let sandbox = sandbox().await;
    let rule = Rule::new(System::DeepRent, Fault::Status(500));
    sandbox.shared.faults.add(rule);
    for system in [System::Propstack, System::Propstreet] {
        let answer = http().get(origin(&sandbox, system)).send().await.unwrap();
        assert_eq!(answer.status(), 404);
    }
}

#[tokio::test]
async fn the_journal_names_credentials_and_keeps_secrets_out() {
    let sandbox = sandbox().await;
    let url = origin(&sandbox, System::Propstack);
    let request = http()
        .get(format!("{url}/nowhere?api_key=hush&per=3"))
        .header("X-API-KEY", "hush")
        .header("X-Trace", "1");
    request.send().await.unwrap();

    let journal = sandbox.shared.journal.entries();
    let entry = &journal[0];
    assert_eq!(entry.arrival.path, "/nowhere");
    assert_eq!(entry.arrival.query, "api_key=…&per=3");
    assert_eq!(entry.arrival.credentials, ["x-api-key"]);
    assert!(entry.arrival.headers.contains(&"x-trace".to_owned()));
    assert_eq!(entry.status, Some(404));
    let written = serde_json::to_string(&journal).unwrap();
    assert!(!written.contains("hush"));
}

#[tokio::test]
async fn the_control_plane_injects_heals_counts_and_forgets() {
    let sandbox = sandbox().await;
    let control = format!("{}/__sim", sandbox.access.control);
    let url = origin(&sandbox, System::DeepRent);
    let http = http();

    let rule = json!({"system": "deeprent", "times": 1, "fault": {"status": 502}});
    let added = http.post(format!("{control}/faults")).json(&rule);
    assert_eq!(added.send().await.unwrap().status(), 201);
    assert_eq!(http.get(url).send().await.unwrap().status(), 502);
    assert_eq!(http.get(url).send().await.unwrap().status(), 404);

    let down = json!({"system": "deeprent", "fault": "down"});
    let added = http.post(format!("{control}/faults")).json(&down);
    let rules: Value = added.send().await.unwrap().json().await.unwrap();
    assert_eq!(rules[0]["times"], 0);
    assert_eq!(rules[1]["fault"], "drop");
    assert!(http.get(url).send().await.is_err());
    let healed = http.delete(format!("{control}/faults")).send().await;
    assert_eq!(healed.unwrap().status(), 204);
    assert_eq!(http.get(url).send().await.unwrap().status(), 404);

    let counts = http.get(format!("{control}/counts")).send().await.unwrap();
    let counts: Value = counts.json().await.unwrap();
    assert_eq!(counts, json!({"deeprent": {"GET (unknown path)": 4}}));
    let journal = http.get(format!("{control}/journal")).send().await.unwrap();
    let journal: Value = journal.json().await.unwrap();
    assert_eq!(journal.as_array().unwrap().len(), 4);
    assert_eq!(journal[0]["status"], 502);

    let forgotten = http.delete(format!("{control}/journal")).send().await;
    assert_eq!(forgotten.unwrap().status(), 204);
    assert!(sandbox.shared.journal.entries().is_empty());
    assert_eq!(sandbox.shared.journal.count_all(System::DeepRent), 0);
}

#[tokio::test]
async fn the_control_plane_pushes_the_clock() {
    let sandbox = sandbox().await;
    let before = sandbox.shared.clock.now();
    let url = format!("{}/__sim/clock/advance", sandbox.access.control);
    let answer = http().post(url).json(&json!({"seconds": 90})).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!((sandbox.shared.clock.now() - before).num_seconds(), 90);
}

#[tokio::test]
async fn the_control_plane_says_what_is_wrong_with_its_input() {
    let sandbox = sandbox().await;
    let control = format!("{}/__sim", sandbox.access.control);
    for (path, body, told) in [
        ("faults", json!({"system": "fax", "fault": "drop"}), "fax"),
        (
            "faults",
            json!({"system": "deeprent", "fault": "gremlin"}),
            "gremlin",
        ),
        (
            "faults",
            json!({"system": "deeprent", "fault": {"status": 99}}),
            "99",
        ),
        (
            "faults",
            json!({"system": "deeprent", "endpoint": "units", "fault": "drop"}),
            "units",
        ),
        (
            "faults",
            json!({"system": "deeprent", "times": 0, "fault": "drop"}),
            "times",
        ),
        (
            "faults",
            json!({"system": "deeprent", "fault": {"delay_ms": u64::MAX}}),
            "day",
        ),
        (
            "faults",
            json!({"system": "deeprent", "fault": {"delay_answer_ms": u64::MAX}}),
            "day",
        ),
        ("clock/advance", json!({"hours": 1}), "hours"),
        ("clock/advance", json!({"seconds": u64::MAX}), "ten years"),
    ] {
        let request = http().post(format!("{control}/{path}")).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path} {body}");
        let error: Value = answer.json().await.unwrap();
        assert!(error["error"].as_str().unwrap().contains(told), "{error}");
    }
    assert!(sandbox.shared.faults.list().is_empty());

    let wrong = json!({"deeprent": {"no_such_switch": true}});
    let request = http().patch(format!("{control}/switches")).json(&wrong);
    assert_eq!(request.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_servers_stop_with_their_handle() {
    let sandbox = sandbox().await;
    let address = sandbox.shared.origins.deeprent.replace("http://", "");
    assert!(TcpStream::connect(&address).await.is_ok());
    drop(sandbox);
    let refused = async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(10);
    tokio::time::timeout(patience, refused).await.unwrap();
}
