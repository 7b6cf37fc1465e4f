//! Two want to change the same record.

use futures_util::future::join_all;
use hausgraph::sandbox::{System, fault::Fault};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, sandbox, text};

const PATCH: &str = "PATCH /api/v1/projects/{id}/prospects/{prospect}";
const GET: &str = "GET /api/v1/projects/{id}/prospects/{prospect}";
const STAGES: [&str; 5] = [
    "NOT_CONTACTED",
    "CONTACTED",
    "INTERESTED",
    "NOT_INTERESTED",
    "BIDDER",
];
const PROSPECT: &str = "prospect { id etag classification } attempts";

/// The prospect as it stands, with its etag.
async fn read(gateway: &TestGateway, id: &str) -> Value {
    let query = "query($id: ID!) { prospect(by: { id: $id }) { etag classification externalReferences { namespace id } } }";
    gateway.data_with(query, json!({ "id": id })).await["prospect"].clone()
}

#[tokio::test]
async fn of_a_hundred_that_write_over_the_same_version_one_wins_and_the_others_see_what_it_wrote() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect().to_string();
    let before = read(&gateway, &id).await;
    let etag = text(&before, "/etag");
    let others: Vec<_> = STAGES
        .into_iter()
        .filter(|stage| before["classification"] != *stage)
        .collect();

    let writes = (0..100).map(|number| {
        let input =
            json!({ "id": id, "etag": etag, "classification": others[number % others.len()] });
        gateway.run("updateProspect", input, PROSPECT)
    });
    let payloads = join_all(writes).await;

    let (won, lost): (Vec<_>, Vec<_>) = payloads
        .iter()
        .partition(|payload| payload["errors"] == json!([]));
    assert_eq!(won.len(), 1);
    let after = read(&gateway, &id).await;
    assert_eq!(won[0]["prospect"]["etag"], after["etag"]);
    assert_eq!(
        won[0]["prospect"]["classification"],
        after["classification"]
    );
    for payload in lost {
        assert_eq!(errors(payload), [("EtagConflict", "ETAG_CONFLICT")]);
        assert_eq!(payload["prospect"], json!(null));
        let conflict = &payload["errors"][0];
        assert_eq!(conflict["expected"], json!(etag));
        assert_eq!(conflict["actual"], after["etag"]);
        assert_eq!(conflict["current"]["id"], json!(id));
        assert_eq!(conflict["changedFields"], json!(["classification"]));
    }
    // Who is known to be late is not even sent.
    assert_eq!(gateway.calls(System::Propstreet, PATCH), 1);
}

#[tokio::test]
async fn somebody_outside_who_was_first_is_found_out_and_shown() {
    let gateway = TestGateway::caching(sandbox().await).await;
    let id = gateway.prospect().to_string();
    let etag = text(&read(&gateway, &id).await, "/etag");
    // Another gateway over the same systems knows nothing of this one.
    let other = gateway.replica().await;
    let elsewhere = json!({ "id": id, "reference": { "namespace": "hubspot", "id": "7" } });
    gateway
        .run_at(&other, "setExternalReference", elsewhere)
        .await;

    let input = json!({ "id": id, "etag": etag, "classification": "BIDDER" });
    let payload = gateway.run("updateProspect", input, PROSPECT).await;

    assert_eq!(errors(&payload), [("EtagConflict", "ETAG_CONFLICT")]);
    assert_eq!(payload["attempts"], 1);
    let conflict = &payload["errors"][0];
    assert_eq!(conflict["changedFields"], json!(["externalReferences"]));
    let now = read(&gateway, &id).await;
    assert_eq!(conflict["actual"], now["etag"]);
    let references = now["externalReferences"].as_array().unwrap();
    assert!(references.contains(&json!({ "namespace": "hubspot", "id": "7" })));
}

#[tokio::test]
async fn what_nobody_remembers_cannot_be_compared() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect().to_string();
    let input = json!({ "id": id, "etag": "W/\"never\"", "classification": "BIDDER", "onConflict": "RETRY_IF_UNTOUCHED" });

    let payload = gateway.run("updateProspect", input, PROSPECT).await;

    assert_eq!(errors(&payload), [("EtagConflict", "ETAG_CONFLICT")]);
    assert_eq!(payload["errors"][0]["changedFields"], json!(null));
}

#[tokio::test]
async fn stage_and_references_written_at_once_over_one_version_both_stand() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect().to_string();
    for trial in 0..50 {
        let etag = text(&read(&gateway, &id).await, "/etag");
        let stage = STAGES[trial % STAGES.len()];
        let named = json!([{ "namespace": "trial", "id": trial.to_string() }]);
        let staged = json!({ "id": id, "etag": etag, "onConflict": "RETRY_IF_UNTOUCHED", "classification": stage });
        let named_input = json!({ "id": id, "etag": etag, "onConflict": "RETRY_IF_UNTOUCHED", "externalReferences": named });

        let (one, other) = tokio::join!(
            gateway.run("updateProspect", staged, PROSPECT),
            gateway.run("updateProspect", named_input, PROSPECT)
        );

        assert_eq!(
            (&one["errors"], &other["errors"]),
            (&json!([]), &json!([])),
            "trial {trial}"
        );
        let now = read(&gateway, &id).await;
        assert_eq!(now["classification"], stage, "trial {trial}");
        assert_eq!(now["externalReferences"], named, "trial {trial}");
    }
}

#[tokio::test]
async fn what_somebody_else_touched_is_not_written_over() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect().to_string();
    let before = read(&gateway, &id).await;
    let (first, second) = match before["classification"].as_str().unwrap() {
        "BIDDER" => ("CONTACTED", "INTERESTED"),
        _ => ("BIDDER", "NOT_INTERESTED"),
    };
    let input = |stage| json!({ "id": id, "etag": before["etag"], "classification": stage, "onConflict": "RETRY_IF_UNTOUCHED" });

    let won = gateway.run("updateProspect", input(first), PROSPECT).await;
    let lost = gateway.run("updateProspect", input(second), PROSPECT).await;

    assert_eq!(won["errors"], json!([]));
    assert_eq!(errors(&lost), [("EtagConflict", "ETAG_CONFLICT")]);
    assert_eq!(read(&gateway, &id).await["classification"], first);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_no_conflict_with_oneself() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect().to_string();
    let before = read(&gateway, &id).await;
    let stage = if before["classification"] == "BIDDER" {
        "CONTACTED"
    } else {
        "BIDDER"
    };
    gateway.strike(System::Propstreet, PATCH, Fault::LoseAnswer);
    let reads = gateway.calls(System::Propstreet, GET);

    let input = json!({ "id": id, "etag": before["etag"], "classification": stage });
    let write = gateway.run("updateProspect", input, PROSPECT);
    let payload = gateway
        .hurry(std::time::Duration::from_secs(2), write)
        .await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(payload["prospect"]["classification"], stage);
    assert_eq!(gateway.calls(System::Propstreet, PATCH), 2);
    assert_eq!(gateway.calls(System::Propstreet, GET), reads + 1);
}

#[tokio::test]
async fn a_guarded_removal_spares_what_has_changed() {
    let gateway = TestGateway::start().await;
    let id = gateway.prospect().to_string();
    let old = text(&read(&gateway, &id).await, "/etag");
    let named = json!({ "id": id, "reference": { "namespace": "hubspot", "id": "7" } });
    gateway.run("setExternalReference", named, "attempts").await;

    let remove = |etag: Value| {
        gateway.run(
            "removeProspect",
            json!({ "id": id, "etag": etag }),
            "removedId",
        )
    };
    let spared = remove(json!(old)).await;
    assert_eq!(errors(&spared), [("EtagConflict", "ETAG_CONFLICT")]);
    let now = text(&read(&gateway, &id).await, "/etag");
    let removed = remove(json!(now)).await;

    assert_eq!(removed, json!({ "removedId": id, "errors": [] }));
    let query = "query($id: ID!) { prospect(by: { id: $id }) { id } }";
    let gone = gateway.data_with(query, json!({ "id": id })).await;
    assert_eq!(gone["prospect"], json!(null));
    assert_eq!(
        errors(&remove(json!(null)).await),
        [("InputError", "NOT_FOUND")]
    );
}
