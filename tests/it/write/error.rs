//! A system fails a write in every way: each is told as data by a stable code, and nothing of what
//! the system said, of what was written, or of any secret is told or logged.

use std::time::Duration;

use hausgraph::{
    config::demo::ORGANIZATION,
    model::PropertyId,
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
};
use serde_json::{Value, json};

use super::{errors, permission::every_write};
use crate::support::{
    Form, TestGateway,
    answer::{assert_tells_nothing, strings},
    logged, pdf, sandbox,
};

/// Where each mutation is sent to; the last of a name and a record counts.
fn endpoint(name: &str, input: &Value) -> &'static str {
    let is_project = |id: &Value| {
        let id = id.as_str().unwrap();
        <hausgraph::model::ProjectId as hausgraph::model::RecordId>::decode(id).is_ok()
    };
    match name {
        "createProject" => "POST /api/v1/projects",
        "deleteProject" => "DELETE /api/v1/projects/{id}",
        "addProspect" => "POST /api/v1/projects/{id}/prospects",
        "classifyProspects" => "POST /api/v1/projects/{id}/prospects/classify",
        "removeProspect" => "DELETE /api/v1/projects/{id}/prospects/{prospect}",
        _ if is_project(&input["id"]) => "PATCH /api/v1/projects/{id}",
        _ => "PATCH /api/v1/projects/{id}/prospects/{prospect}",
    }
}

/// What a mutation tells of a fault: the type and code of its error; none where it is found out that it
/// was done.
fn told(fault: &Fault, name: &str) -> Option<(&'static str, &'static str)> {
    let input = |code| ("InputError", code);
    let upstream = |code| ("UpstreamFailure", code);
    Some(match fault {
        // The second try is told that the version is another one, and the record has it all.
        Fault::DropMidBody if name.ends_with("ExternalReference") => return None,
        Fault::Status(400) => input("VALIDATION"),
        Fault::Status(404) if name != "createProject" => input("NOT_FOUND"),
        // Only where something is added can it be there already.
        Fault::Status(409) => match name {
            "createProject" | "addProspect" | "setExternalReference" | "updateProspect" => {
                input("DUPLICATE")
            }
            _ => upstream("UPSTREAM_REJECTED"),
        },
        Fault::Status(422) => input("UNPROCESSABLE"),
        Fault::Status(status) if *status < 500 => upstream("UPSTREAM_REJECTED"),
        Fault::Redirect => upstream("UPSTREAM_REJECTED"),
        Fault::Throttle { .. } => upstream("UPSTREAM_UNAVAILABLE"),
        _ => upstream("OUTCOME_UNKNOWN"),
    })
}

/// Every way in which a write can fail; true where an answer without a body cannot.
const FAULTS: [(Fault, bool); 20] = [
    (Fault::Status(400), false),
    (Fault::Status(401), false),
    (Fault::Status(403), false),
    (Fault::Status(404), false),
    (Fault::Status(405), false),
    (Fault::Status(409), false),
    (Fault::Status(412), false),
    (Fault::Status(413), false),
    (Fault::Status(422), false),
    (Fault::Status(500), false),
    (Fault::Status(503), false),
    (
        Fault::Throttle {
            retry_after: Some(3_000),
        },
        false,
    ),
    (Fault::Drop, false),
    (Fault::LoseAnswer, false),
    (Fault::DropMidBody, true),
    (Fault::Truncate, true),
    (Fault::WrongTypes, true),
    (Fault::Html, false),
    (Fault::Redirect, false),
    // Longer than anybody waits.
    (Fault::DelayMs(3_600_000), false),
];

const FAILURE: &str = "failures: errors { message ... on UpstreamFailure {
    system isRetryable retryAfterSeconds } }";

/// Runs every mutation while its endpoint fails so.
async fn fail(fault: &Fault, spares_empty_answers: bool) {
    // A deadline that only this system has, so that the clock runs into no other.
    let (deadline, is_late) = (Duration::from_secs(4), matches!(fault, Fault::DelayMs(_)));
    let gateway = TestGateway::configured(sandbox().await, |config| {
        if is_late {
            config.upstreams.propstreet.limits.timeout = deadline;
        }
    })
    .await;
    let shared = &gateway.sandbox.shared;
    for (name, input, field) in every_write(&gateway) {
        let is_removal = matches!(name, "removeProspect" | "deleteProject");
        if is_removal && spares_empty_answers {
            continue;
        }
        // Something to take away.
        if name == "removeExternalReference" {
            let set =
                json!({ "id": input["id"], "reference": { "namespace": "geheim", "id": "3" } });
            let set = gateway.run("setExternalReference", set, "attempts").await;
            assert_eq!(set["errors"], json!([]));
        } else {
            // A success, lest the system be taken to be down after a few failures.
            gateway
                .data("{ projects(first: 1) { nodes { id } } }")
                .await;
        }
        let at = endpoint(name, &input);
        let rule = Rule::new(System::Propstreet, fault.clone());
        shared.faults.add(rule.at(at));
        let selection = format!("{field} {FAILURE}");
        let write = gateway.run(name, input, &selection);
        let calls = gateway.calls(System::Propstreet, at);
        let late = async {
            while gateway.calls(System::Propstreet, at) == calls {
                tokio::task::yield_now().await;
            }
            shared.clock.wait_for_pause(deadline).await;
            shared.clock.advance(deadline);
        };
        let payload = match is_late {
            true => tokio::join!(write, late).0,
            false => gateway.hurry(Duration::from_secs(2), write).await,
        };
        shared.faults.clear();

        let Some(expected) = told(fault, name) else {
            assert_eq!(payload["errors"], json!([]), "{name} with {fault:?}");
            continue;
        };
        assert_eq!(errors(&payload), [expected], "{name} with {fault:?}");
        let field = field.split(' ').next().unwrap();
        let is_nothing = [Value::Null, json!([])].contains(&payload[field]);
        assert!(is_nothing, "{name} with {fault:?}");
        let failure = &payload["failures"][0];
        if expected.0 == "UpstreamFailure" {
            assert_eq!(failure["system"], "PROPSTREET");
            let is_throttled = expected.1 == "UPSTREAM_UNAVAILABLE";
            assert_eq!(failure["isRetryable"], json!(is_throttled));
            let after = failure["retryAfterSeconds"].as_u64();
            assert_eq!(after, is_throttled.then_some(3_000), "{name}");
        }
        let act = (name.to_owned(), expected.1.to_owned());
        assert_eq!(gateway.last_act().await, act, "{name} with {fault:?}");
        assert_tells_nothing(&gateway.sandbox.access, &payload["failures"].to_string());
        // Throttled no more.
        shared.clock.advance(Duration::from_secs(3_001));
    }
}

#[tokio::test]
async fn rule_74_every_failure_of_a_write_has_a_stable_code_and_names_the_system() {
    for (fault, spares_empty_answers) in FAULTS {
        fail(&fault, spares_empty_answers).await;
    }
}

#[tokio::test]
async fn rule_74_no_failure_of_a_write_logs_what_was_written_or_a_secret() {
    let work = async {
        let gateway = TestGateway::start().await;
        let access = serde_json::to_value(&gateway.sandbox.access).unwrap();
        let shared = &gateway.sandbox.shared;
        for (fault, _) in &FAULTS[..FAULTS.len() - 1] {
            for (name, input, field) in every_write(&gateway).into_iter().take(9) {
                let rule = Rule::new(System::Propstreet, fault.clone());
                let at = endpoint(name, &input);
                shared.faults.add(rule.at(at));
                let write = gateway.run(name, input, field);
                gateway.hurry(Duration::from_secs(2), write).await;
                shared.faults.clear();
                shared.clock.advance(Duration::from_secs(3_001));
            }
        }
        access
    };
    let (access, log) = logged("hausgraph=trace", work).await;

    assert!(log.contains("Propstreet"), "{log}");
    let mut hidden = Vec::new();
    strings(&access, &mut hidden);
    hidden.extend(["Geheimnis", "geheim", "Bearer", "Anmelden", "about:blank"]);
    for hidden in hidden {
        let line = log.lines().find(|line| line.contains(hidden));
        assert_eq!(line, None, "{hidden}");
    }
}

#[tokio::test]
async fn what_must_be_read_first_and_cannot_be_leaves_everything_as_it_was() {
    let gateway = TestGateway::start().await;
    let shared = &gateway.sandbox.shared;
    let contact = {
        let world = shared.tenants[0].world();
        hausgraph::model::ContactId::new(world.people[0].id.to_string()).to_string()
    };
    let project = gateway.project().to_string();
    let reference = json!({ "namespace": "geheim", "id": "Geheimnis" });
    let mutations = [
        (
            "setExternalReference",
            json!({ "id": project, "reference": reference, "idempotencyKey": "a" }),
        ),
        (
            "removeExternalReference",
            json!({ "id": project, "namespace": "geheim", "idempotencyKey": "b" }),
        ),
        (
            "addProspect",
            json!({ "projectId": project, "contactId": contact, "idempotencyKey": "c" }),
        ),
    ];
    for (fault, code) in [
        (Fault::Status(503), "UPSTREAM_UNAVAILABLE"),
        (Fault::Drop, "UPSTREAM_UNAVAILABLE"),
        (Fault::Html, "UPSTREAM_UNAVAILABLE"),
        (Fault::Status(403), "UPSTREAM_REJECTED"),
    ] {
        for (name, input) in &mutations {
            let before = shared.journal.entries().len();
            shared
                .faults
                .add(Rule::new(System::Propstreet, fault.clone()));
            let write = gateway.run(name, input.clone(), "__typename");
            let payload = gateway.hurry(Duration::from_secs(2), write).await;
            shared.faults.clear();

            assert_eq!(errors(&payload), [("UpstreamFailure", code)], "{name}");
            let entries = shared.journal.entries();
            let sent = entries[before..].iter().filter(|entry| {
                let arrival = &entry.arrival;
                arrival.method != "GET" && arrival.route.as_deref() != Some("/openid/token")
            });
            assert_eq!(sent.count(), 0, "{name}");
            // Whoever was down is asked again.
            shared.clock.advance(Duration::from_secs(130));
        }
    }
    // Nothing was begun, so the keys are free.
    for (name, input) in &mutations[..2] {
        let payload = gateway.run(name, input.clone(), "__typename").await;
        assert_eq!(payload["errors"], json!([]), "{name}");
    }
}

#[tokio::test]
async fn rule_75_words_and_fields_that_propstreet_has_added_since_break_no_write() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect();
    let keys = [id.project.key(), id.key()].map(|key| key.parse::<u64>().unwrap());
    {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let deal = world.deals.iter_mut().find(|deal| deal.id == keys[0]);
        let deal = deal.unwrap();
        deal.mandate = Some("sole");
        deal.status = "paused";
        deal.classification = Some("resting");
        deal.teaser_stage = Some("translated");
        let bid = world.bids.iter_mut().find(|bid| bid.id == keys[1]);
        bid.unwrap().classification = "ghosted";
    }
    {
        let mut switches = gateway.sandbox.shared.switches_mut();
        switches.propstreet.numeric_strings = true;
        switches.propstreet.exclusivity = true;
    }
    let price = json!({ "value": "12.5", "scale": "MILLIONS", "currency": "EUR" });
    let asset = json!({ "type": "PORTFOLIO", "propertyCount": 7 });
    let input = json!({ "id": id.project.to_string(), "name": "Neu", "asset": asset, "price": price, "priceRange": null });
    let shown = "project { name mandate status classification teaser { stage }
        asset { type propertyCount } price { value scale currency } }";
    let project = gateway.run("updateProject", input, shown).await;
    let input = json!({ "id": id.to_string(), "externalReferences": [] });
    let shown = "prospect { classification externalReferences { id } }";
    let prospect = gateway.run("updateProspect", input, shown).await;

    let unknown = json!("UNKNOWN");
    assert_eq!(
        project["project"],
        json!({ "name": "Neu", "mandate": unknown, "status": unknown, "classification": unknown,
            "teaser": { "stage": unknown }, "asset": asset, "price": price })
    );
    assert_eq!(
        prospect["prospect"],
        json!({ "classification": unknown, "externalReferences": [] })
    );
}

/// Where nobody listens: a port that was free a moment ago.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn what_was_never_sent_is_known_not_to_be_done() {
    let (propstack, propstreet) = (nowhere().await, nowhere().await);
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.upstreams.propstack.base_url = propstack.parse().unwrap();
        config.upstreams.propstreet.base_url = propstreet.parse().unwrap();
    })
    .await;
    let input = json!({ "name": "Nord", "idempotencyKey": "k" });
    let create = gateway.run("createProject", input, "project { id }");
    let payload = gateway.hurry(Duration::from_secs(2), create).await;
    assert_eq!(
        errors(&payload),
        [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")]
    );

    let property = PropertyId::new("481003".to_owned()).to_string();
    let query =
        "mutation($input: UploadPropertyDocumentInput!) { uploadPropertyDocument(input: $input) {
        errors { __typename code } } }";
    let input = json!({ "propertyId": property, "file": null });
    let operations = json!({ "query": query, "variables": { "input": input } });
    // The second one is not in doubt about the first.
    for _ in 0..2 {
        let map = json!({ "0": ["variables.input.file"] });
        let form = Form::new(&operations, &map).file("0", "a.pdf", &pdf(1, 0));
        let token = gateway.token(ORGANIZATION, &[]);
        let answer: Value = form.send(&gateway, &token).await.json().await.unwrap();
        let payload = &answer["data"]["uploadPropertyDocument"];
        assert_eq!(
            errors(payload),
            [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")]
        );
    }
}
