//! Many prospects of a project at once are classified.

use std::time::Duration;

use hausgraph::{
    model::{ProjectId, ProspectId},
    sandbox::{
        System,
        fault::{Fault, Rule},
        world::Bid,
    },
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, codes, texts};

const CLASSIFY: &str = "POST /api/v1/projects/{id}/prospects/classify";
const SHOWN: &str = "prospects { id classification } failed { index code upstreamCode message }";

/// A gateway, a project, and so many prospects of it.
async fn crowd(count: u64) -> (TestGateway, String, Vec<String>) {
    let gateway = TestGateway::start().await;
    let project = gateway.project();
    let ids = {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let deal = project.key().parse().unwrap();
        let one = world.bids.last().unwrap().clone();
        let bids = (1..=count).map(|place| Bid {
            id: one.id + place,
            deal,
            classification: "contacted",
            deleted_at: None,
            references: Vec::new(),
            ..one.clone()
        });
        let bids: Vec<_> = bids.collect();
        let ids = bids.iter().map(|bid| named(&project, bid.id)).collect();
        world.bids.extend(bids);
        ids
    };
    (gateway, project.to_string(), ids)
}

fn named(project: &ProjectId, id: u64) -> String {
    ProspectId::new(project.clone(), id.to_string()).to_string()
}

async fn classify(gateway: &TestGateway, project: &str, ids: &[String], stage: &str) -> Value {
    let input = json!({ "projectId": project, "prospectIds": ids, "classification": stage });
    gateway.run("classifyProspects", input, SHOWN).await
}

/// How many of a crowd are bidders, by the truth of the sandbox.
fn bidders(gateway: &TestGateway, crowd: usize) -> usize {
    let world = gateway.sandbox.shared.tenants[0].world();
    let bids = world.bids.iter().rev().take(crowd);
    bids.filter(|bid| bid.classification == "bidder").count()
}

#[tokio::test]
async fn any_number_is_classified_in_as_few_calls_as_it_takes() {
    let (gateway, project, ids) = crowd(250).await;
    for (number, calls) in [(1, 1), (100, 1), (101, 2), (250, 3)] {
        for stage in ["BIDDER", "INTERESTED"] {
            let before = gateway.calls(System::Propstreet, CLASSIFY);

            let payload = classify(&gateway, &project, &ids[..number], stage).await;

            assert_eq!(payload["errors"], json!([]));
            assert_eq!(payload["failed"], json!([]));
            assert_eq!(texts(&payload["prospects"], "/id"), ids[..number]);
            let stages = texts(&payload["prospects"], "/classification");
            assert!(stages.iter().all(|its| its == stage));
            assert_eq!(gateway.calls(System::Propstreet, CLASSIFY), before + calls);
        }
    }
    let entries = gateway.sandbox.shared.journal.entries();
    let mut keys: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.arrival.idempotency_key.clone())
        .collect();
    let sent = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(
        (keys.len(), sent),
        (14, 14),
        "each call has a key of its own"
    );
}

#[tokio::test]
async fn what_fails_is_told_by_its_place_in_the_whole_list() {
    let (gateway, project, mut ids) = crowd(150).await;
    let nobody = |id: u64| {
        let project = <ProjectId as hausgraph::model::RecordId>::decode(&project).unwrap();
        named(&project, id)
    };
    let places = [0, 99, 100, 149];
    for (place, id) in places.into_iter().zip(1..) {
        ids[place] = nobody(id);
    }
    // The same again, which fails or not as it did before.
    ids.extend([nobody(1), ids[7].clone(), nobody(9), nobody(9)]);

    let payload = classify(&gateway, &project, &ids, "BIDDER").await;

    assert_eq!(payload["errors"], json!([]));
    let failed = payload["failed"].as_array().unwrap();
    let indices: Vec<_> = failed
        .iter()
        .map(|failed| failed["index"].clone())
        .collect();
    assert_eq!(json!(indices), json!([0, 99, 100, 149, 150, 152, 153]));
    for failed in failed {
        assert_eq!(failed["code"], "NOT_FOUND");
        assert_eq!(failed["upstreamCode"], "not_found_or_no_access");
    }
    let done: Vec<_> = (0..150)
        .filter(|place| !places.contains(place))
        .map(|place| ids[place].clone())
        .collect();
    assert_eq!(texts(&payload["prospects"], "/id"), done);
    assert_eq!(bidders(&gateway, 150), 146);
}

#[tokio::test]
async fn what_cannot_be_right_is_refused_with_its_place_before_anything_is_sent() {
    let (gateway, project, ids) = crowd(3).await;
    let elsewhere = named(&ProjectId::new("1"), 1);
    let nobody: [String; 0] = [];
    for (ids, stage, path) in [
        (&nobody[..], "BIDDER", json!(["prospectIds"])),
        (
            &[ids[0].clone(), elsewhere],
            "BIDDER",
            json!(["prospectIds", "1"]),
        ),
        (
            &["nonsense".to_owned()],
            "BIDDER",
            json!(["prospectIds", "0"]),
        ),
        (
            &[ids[0].clone(), ids[1].clone(), project.clone()],
            "BIDDER",
            json!(["prospectIds", "2"]),
        ),
        (&ids, "UNKNOWN", json!(["classification"])),
    ] {
        let payload = classify(&gateway, &project, ids, stage).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")], "{path}");
        assert_eq!(payload["errors"][0]["path"], path);
        assert_eq!(
            (&payload["prospects"], &payload["failed"]),
            (&json!([]), &json!([]))
        );
    }
    let token = gateway.token(hausgraph::config::demo::ORGANIZATION, &[]);
    for (project, stage) in [("nonsense", "BIDDER"), (project.as_str(), "HOT")] {
        let input = json!({ "projectId": project, "prospectIds": ids, "classification": stage });
        let answer = gateway
            .try_as(&token, "classifyProspects", input, SHOWN)
            .await;
        assert_eq!(codes(&answer).len(), 1, "{answer}");
    }
    assert_eq!(gateway.all_calls(System::Propstreet), 0);

    let nowhere = ProjectId::new("1");
    let id = named(&nowhere, 1);
    let payload = classify(&gateway, &nowhere.to_string(), &[id], "BIDDER").await;
    assert_eq!(errors(&payload), [("InputError", "NOT_FOUND")]);
    assert_eq!(payload["errors"][0]["path"], json!(["projectId"]));
}

#[tokio::test]
async fn what_was_not_done_in_full_is_gone_on_with_by_the_same_key() {
    let (gateway, project, ids) = crowd(250).await;
    let shared = &gateway.sandbox.shared;
    let input = json!({ "projectId": project, "prospectIds": ids, "classification": "BIDDER", "idempotencyKey": "k" });
    for (fault, code) in [
        (Fault::LoseAnswer, "OUTCOME_UNKNOWN"),
        (Fault::Status(503), "OUTCOME_UNKNOWN"),
    ] {
        // The first call is let through.
        let rule = |fault| Rule::new(System::Propstreet, fault).at(CLASSIFY);
        shared.faults.add(rule(Fault::DelayAnswerMs(1)).times(1));
        let before = gateway.calls(System::Propstreet, CLASSIFY);
        let run = gateway.run("classifyProspects", input.clone(), SHOWN);
        let spoil = async {
            while gateway.calls(System::Propstreet, CLASSIFY) == before {
                tokio::task::yield_now().await;
            }
            shared.faults.add(rule(fault.clone()));
        };
        let limit = Duration::from_secs(2);
        let (payload, ()) = gateway
            .hurry(limit, async { tokio::join!(run, spoil) })
            .await;
        shared.faults.clear();

        assert_eq!(errors(&payload), [("UpstreamFailure", code)]);
        assert_eq!(texts(&payload["prospects"], "/id"), ids[..100]);
        let act = ("classifyProspects".to_owned(), code.to_owned());
        assert_eq!(gateway.last_act().await, act);
    }

    let payload = gateway.run("classifyProspects", input.clone(), SHOWN).await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(texts(&payload["prospects"], "/id"), ids);
    assert_eq!(bidders(&gateway, 250), 250);
    let entries = shared.journal.entries();
    let mut keys: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.arrival.idempotency_key.clone())
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3, "each part keeps its key");

    let calls = gateway.calls(System::Propstreet, CLASSIFY);
    let again = gateway.run("classifyProspects", input, SHOWN).await;
    assert_eq!(again, payload);
    assert_eq!(gateway.calls(System::Propstreet, CLASSIFY), calls);
}
