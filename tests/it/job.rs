//! Jobs: what goes on when its request has been answered. The PDFs of many protocols are filed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use hausgraph::{
    auth::Scope,
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    model::PropertyId,
    sandbox::{
        System,
        fault::{Fault, Rule},
        world::{Clue, DocumentOwner, Handover},
    },
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes};

const LINK: &str = "GET /external/protocols/{id}/pdf";
const POST: &str = "POST /v1/documents";
const JOB: &str = "job { id kind system status stages { kind seen total created updated unchanged
    skippedInactive failed } error startedAt finishedAt }";

/// As long as a job waits for a system.
const PAUSE: Duration = Duration::from_secs(60);

impl TestGateway {
    async fn start_job(&self, filter: Value) -> Value {
        let input = json!({ "filter": filter });
        let payload = self.run("fileProtocolPdfs", input, JOB).await;
        assert_eq!(payload["errors"], json!([]));
        payload["job"].clone()
    }

    /// Works on what is due, to its end.
    async fn work(&self) {
        let work = Arc::clone(&self.jobs).run_due();
        self.hurry(Duration::from_secs(2), work).await;
    }

    async fn job(&self, id: &Value) -> Value {
        let query = format!(
            "query($id: ID!) {{ job: importJob(id: $id) {{ {} }} }}",
            JOB.strip_prefix("job { ")
                .unwrap()
                .strip_suffix(" }")
                .unwrap()
        );
        self.data_with(&query, json!({ "id": id })).await["job"].clone()
    }

    /// How often each unit has which uploaded file.
    fn filed(&self) -> BTreeMap<u64, usize> {
        let world = self.sandbox.shared.tenants[0].world();
        let mut filed = BTreeMap::new();
        for document in world.documents.iter().filter(|it| it.upload.is_some()) {
            assert!(document.is_private);
            let DocumentOwner::Unit(unit) = document.owner else {
                panic!("a protocol is filed with a unit");
            };
            *filed.entry(unit).or_default() += 1;
        }
        filed
    }

    /// How many hand-overs that are certainly of a unit it has, of those to be kept.
    fn expected(&self, keep: impl Fn(&Handover) -> bool) -> BTreeMap<u64, usize> {
        let world = self.sandbox.shared.tenants[0].world();
        let mut expected = BTreeMap::new();
        let certain = world
            .handovers
            .iter()
            .filter(|row| row.clue == Clue::StoredObject);
        for row in certain.filter(|row| keep(row)) {
            *expected.entry(row.unit.unwrap()).or_default() += 1;
        }
        expected
    }

    fn handovers(&self, keep: impl Fn(&Handover) -> bool) -> usize {
        let world = self.sandbox.shared.tenants[0].world();
        world.handovers.iter().filter(|row| keep(row)).count()
    }
}

fn stands(row: &Handover) -> bool {
    row.deleted_at.is_none()
}

#[tokio::test]
async fn rule_42_all_are_filed_once_but_the_deleted_ones_unless_asked_for() {
    let gateway = TestGateway::start().await;
    let job = gateway.start_job(Value::Null).await;
    assert_eq!(
        (&job["status"], &job["kind"]),
        (&json!("QUEUED"), &json!("FILE_PROTOCOL_PDFS"))
    );
    assert_eq!(gateway.all_calls(System::DeepRent), 0);

    gateway.work().await;

    let job = gateway.job(&job["id"]).await;
    assert_eq!(
        (&job["status"], &job["error"]),
        (&json!("SUCCEEDED"), &Value::Null)
    );
    let (all, alive) = (gateway.handovers(|_| true), gateway.handovers(stands));
    let filed = gateway.expected(stands);
    let certain: usize = filed.values().sum();
    assert!(
        certain > 3 && alive > certain && all > alive,
        "{certain} {alive} {all}"
    );
    let stages = json!([{
        "kind": "protocolPdf", "seen": all, "total": all, "created": certain, "updated": 0,
        "unchanged": 0, "skippedInactive": all - alive, "failed": alive - certain,
    }]);
    assert_eq!(job["stages"], stages);
    assert_eq!(gateway.filed(), filed);
    assert_eq!(gateway.calls(System::DeepRent, LINK), certain as u64);

    // Again: nothing is fetched or sent, and each is looked for once.
    let again = gateway.start_job(Value::Null).await;
    gateway.work().await;
    let again = gateway.job(&again["id"]).await;
    assert_eq!(again["stages"][0]["unchanged"], certain);
    assert_eq!(again["stages"][0]["created"], 0);
    assert_eq!(gateway.calls(System::DeepRent, LINK), certain as u64);
    assert_eq!(gateway.filed(), filed);

    // With the deleted ones.
    let with = gateway.start_job(json!({ "includeDeleted": true })).await;
    gateway.work().await;
    let with = gateway.job(&with["id"]).await;
    let all_filed = gateway.expected(|_| true);
    assert!(all_filed != filed);
    assert_eq!(with["stages"][0]["skippedInactive"], 0);
    assert_eq!(gateway.filed(), all_filed);

    // Each act is in the audit log, in the name of whoever asked.
    let acts = gateway.audit(ORGANIZATION).await;
    let filings = acts.iter().filter(|act| act.action == "fileProtocolPdf");
    assert!(
        filings
            .clone()
            .all(|act| act.outcome == "OK" && act.actor == "test")
    );
    assert!(filings.count() > certain);
}

#[tokio::test]
async fn what_cannot_be_filed_is_a_problem_with_its_reason_a_page_at_a_time() {
    let gateway = TestGateway::start().await;
    let lost = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut certain = world
            .handovers
            .iter()
            .filter(|row| row.clue == Clue::StoredObject && stands(row));
        certain.next().unwrap().id.clone()
    };
    gateway
        .sandbox
        .shared
        .switches_mut()
        .deeprent
        .lost_protocols = [lost.clone()].into();
    let job = gateway.start_job(Value::Null).await;
    gateway.work().await;

    let query = "query($id: ID!, $after: String) { job: importJob(id: $id) { problems(first: 4, after: $after) {
        nodes { kind upstreamId reason } pageInfo { endCursor hasNextPage } } } }";
    let (mut after, mut problems) = (Value::Null, Vec::new());
    loop {
        let variables = json!({ "id": job["id"], "after": after });
        let page = gateway.data_with(query, variables).await["job"]["problems"].clone();
        problems.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let uncertain: BTreeSet<String> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let rows = world.handovers.iter().filter(|row| stands(row));
        rows.filter(|row| row.clue != Clue::StoredObject)
            .map(|row| row.id.clone())
            .collect()
    };
    let (of_lost, of_others): (Vec<_>, Vec<_>) = problems
        .iter()
        .partition(|problem| problem["upstreamId"] == lost);
    let told = json!({ "kind": "protocolPdf", "upstreamId": lost, "reason": "deep.rent has no PDF of this protocol." });
    assert_eq!(of_lost, [&told]);
    let reason = "Which property it is about is not certain.";
    assert!(of_others.iter().all(|problem| problem["reason"] == reason));
    let ids: BTreeSet<String> = of_others
        .iter()
        .map(|problem| problem["upstreamId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, uncertain);
    assert_eq!(of_others.len(), uncertain.len());
}

#[tokio::test]
async fn a_job_that_is_broken_off_anywhere_is_gone_on_with_and_files_each_once() {
    let gateway = TestGateway::start().await;
    let expected = gateway.expected(stands);
    let job = gateway.start_job(Value::Null).await;
    let clock = &gateway.sandbox.shared.clock;
    for broken in 1..200_u64 {
        // Dropped in the middle of whatever is under way after so many calls.
        let calls = || gateway.all_calls(System::Propstack) + gateway.all_calls(System::DeepRent);
        let until = calls() + 2 + broken * 5 % 19;
        let enough = async {
            while calls() < until {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = enough => {}
            () = gateway.work() => {}
        }
        let now = gateway.job(&job["id"]).await;
        if now["status"] == "SUCCEEDED" {
            assert!(broken > 5, "it was hardly broken off");
            assert_eq!(gateway.filed(), expected);
            assert_eq!(now["stages"][0]["total"], gateway.handovers(|_| true));
            let done = &now["stages"][0];
            let certain: usize = expected.values().sum();
            // What was filed and not noted before the break was there the next time.
            let dealt = done["created"].as_u64().unwrap() + done["unchanged"].as_u64().unwrap();
            assert_eq!(dealt, certain as u64);
            return;
        }
        clock.advance(PAUSE);
    }
    panic!("it never ends: {}", gateway.job(&job["id"]).await);
}

#[tokio::test]
async fn a_system_that_is_down_makes_a_job_wait() {
    let gateway = TestGateway::start().await;
    let down = Rule::new(
        System::DeepRent,
        Fault::Throttle {
            retry_after: Some(3_600),
        },
    );
    gateway.sandbox.shared.faults.add(down);
    let job = gateway.start_job(Value::Null).await;
    let working = Arc::clone(&gateway.jobs).run_due();
    // It waits a minute for its turn first.
    gateway.hurry(Duration::from_secs(2), working).await;
    let waiting = gateway.job(&job["id"]).await;
    assert_eq!(waiting["status"], "PAUSED");
    assert_eq!(
        waiting["error"],
        "deep.rent asks for fewer requests (list_protocols)"
    );
    // Not before its time.
    let calls = gateway.all_calls(System::DeepRent);
    gateway.work().await;
    assert_eq!(gateway.all_calls(System::DeepRent), calls);

    gateway.sandbox.shared.faults.clear();
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(3_600));
    gateway.work().await;
    let done = gateway.job(&job["id"]).await;
    assert_eq!(
        (&done["status"], &done["error"]),
        (&json!("SUCCEEDED"), &Value::Null)
    );
    assert_eq!(gateway.filed(), gateway.expected(stands));
}

#[tokio::test]
async fn what_a_system_fails_to_do_is_no_problem_of_the_records() {
    for (endpoint, status, ends) in [
        ("GET /v1/units", 503, "PAUSED"),
        ("GET /v1/units", 403, "FAILED"),
        (LINK, 403, "FAILED"),
        (LINK, 503, "PAUSED"),
        (POST, 403, "FAILED"),
    ] {
        let gateway = TestGateway::start().await;
        let system = match endpoint {
            LINK => System::DeepRent,
            _ => System::Propstack,
        };
        let rule = Rule::new(system, Fault::Status(status)).at(endpoint);
        gateway.sandbox.shared.faults.add(rule);
        let job = gateway.start_job(Value::Null).await;
        gateway.work().await;
        let stopped = gateway.job(&job["id"]).await;
        assert_eq!(stopped["status"], ends, "{endpoint} {status}");
        let system = if system == System::DeepRent {
            "deep.rent"
        } else {
            "Propstack"
        };
        assert!(
            stopped["error"].as_str().unwrap().starts_with(system),
            "{stopped}"
        );
        if ends == "PAUSED" {
            gateway.sandbox.shared.faults.clear();
            gateway.sandbox.shared.clock.advance(PAUSE);
            gateway.work().await;
            let done = gateway.job(&job["id"]).await;
            assert_eq!(done["status"], "SUCCEEDED");
            let uncertain = gateway.handovers(|row| stands(row) && row.clue != Clue::StoredObject);
            assert_eq!(done["stages"][0]["failed"], uncertain);
            assert_eq!(gateway.filed(), gateway.expected(stands));
        }
    }
}

#[tokio::test]
async fn a_record_that_always_fails_is_a_problem_after_some_tries() {
    let gateway = TestGateway::start().await;
    // Of one property: few have to be built.
    let built = |row: &Handover| stands(row) && row.clue == Clue::StoredObject && !row.has_pdf;
    let unit = {
        let world = gateway.sandbox.shared.tenants[0].world();
        world
            .handovers
            .iter()
            .find(|row| built(row))
            .unwrap()
            .unit
            .unwrap()
    };
    let failing = gateway.handovers(|row| built(row) && row.unit == Some(unit));
    gateway
        .sandbox
        .shared
        .switches_mut()
        .deeprent
        .pdf_build_fails = true;
    let property = PropertyId::new(unit.to_string()).to_string();
    let job = gateway.start_job(json!({ "propertyId": property })).await;
    let mut waits = 0;
    loop {
        gateway.work().await;
        let now = gateway.job(&job["id"]).await;
        if now["status"] == "SUCCEEDED" {
            assert_eq!(now["stages"][0]["failed"], failing);
            break;
        }
        assert_eq!(now["error"], "deep.rent failed with 500 (find_pdf)");
        gateway.sandbox.shared.clock.advance(PAUSE);
        waits += 1;
    }
    assert_eq!(waits, 5 * failing);
}

#[tokio::test]
async fn a_job_can_be_ended_and_what_was_done_stays() {
    let gateway = TestGateway::start().await;
    let job = gateway.start_job(Value::Null).await;
    let cancel = async {
        while gateway.calls(System::Propstack, POST) == 0 {
            tokio::task::yield_now().await;
        }
        gateway
            .run("cancelImport", json!({ "jobId": job["id"] }), JOB)
            .await
    };
    let (cancelled, ()) = tokio::join!(cancel, gateway.work());
    assert_eq!(cancelled["job"]["status"], "CANCELLED");
    let filed: usize = gateway.filed().values().sum();
    let expected: usize = gateway.expected(stands).values().sum();
    assert!((1..expected).contains(&filed), "{filed} of {expected}");
    let again = gateway
        .run("cancelImport", json!({ "jobId": job["id"] }), JOB)
        .await;
    assert_eq!(again["errors"][0]["code"], "CONFLICT");
    gateway.work().await;
    assert_eq!(gateway.filed().values().sum::<usize>(), filed);
}

#[tokio::test]
async fn a_filter_chooses_what_is_filed() {
    let gateway = TestGateway::start().await;
    let (unit, _) = gateway.expected(stands).into_iter().next().unwrap();
    let property = PropertyId::new(unit.to_string()).to_string();
    let job = gateway
        .start_job(json!({ "propertyId": property, "cause": "HANDOVER" }))
        .await;
    gateway.work().await;
    let job = gateway.job(&job["id"]).await;
    let expected =
        gateway.expected(|row| stands(row) && row.cause == "Handover" && row.unit == Some(unit));
    assert_eq!(
        job["stages"][0]["created"],
        expected.values().sum::<usize>()
    );
    assert_eq!(job["stages"][0]["failed"], 0);
    assert_eq!(gateway.filed(), expected);
}

#[tokio::test]
async fn what_a_job_files_is_called_by_what_its_starter_may_see() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[Scope::PropertyAddress]);
    let payload = gateway
        .run_as(&token, "fileProtocolPdfs", json!({}), JOB)
        .await;
    assert_eq!(payload["errors"], json!([]));
    gateway.work().await;
    let world = gateway.sandbox.shared.tenants[0].world();
    let mut certain = world
        .handovers
        .iter()
        .filter(|row| row.clue == Clue::StoredObject && stands(row));
    let filed: Vec<_> = world
        .documents
        .iter()
        .filter(|it| it.upload.is_some())
        .collect();
    assert!(filed.len() > 3);
    let told = |row: &Handover| filed.iter().any(|it| it.title.contains(&row.address_line));
    assert!(!certain.any(told));
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_one_key_makes_one() {
    let gateway = TestGateway::start().await;
    let mut ids = Vec::new();
    for key in ["a", "b", "a"] {
        let input = json!({ "idempotencyKey": key });
        let payload = gateway.run("fileProtocolPdfs", input, JOB).await;
        ids.push(payload["job"]["id"].clone());
        gateway.sandbox.shared.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(ids[0], ids[2]);
    let list = async |filter: Value, after: Value| {
        let query = "query($filter: ImportJobFilter, $after: String) { importJobs(filter: $filter, first: 1, after: $after) {
            nodes { id } pageInfo { endCursor hasNextPage } } }";
        let variables = json!({ "filter": filter, "after": after });
        gateway.data_with(query, variables).await["importJobs"].clone()
    };
    let first = list(Value::Null, Value::Null).await;
    assert_eq!(
        (&first["nodes"][0]["id"], &first["pageInfo"]["hasNextPage"]),
        (&ids[1], &json!(true))
    );
    let second = list(Value::Null, first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(
        (
            &second["nodes"][0]["id"],
            &second["pageInfo"]["hasNextPage"]
        ),
        (&ids[0], &json!(false))
    );
    for (filter, count) in [
        (json!({ "status": "QUEUED", "system": "DEEPRENT" }), 1),
        (json!({ "status": "RUNNING" }), 0),
        (json!({ "system": "PROPSTACK" }), 0),
    ] {
        let page = list(filter, Value::Null).await;
        assert_eq!(page["nodes"].as_array().unwrap().len(), count);
    }
    let node = gateway
        .data_with(
            "query($id: ID!) { node(id: $id) { __typename id } }",
            json!({ "id": ids[0] }),
        )
        .await;
    assert_eq!(
        node["node"],
        json!({ "__typename": "ImportJob", "id": ids[0] })
    );
}

#[tokio::test]
async fn nobody_else_sees_or_ends_a_job_or_starts_one_without_the_right() {
    let gateway = TestGateway::start().await;
    let job = gateway.start_job(Value::Null).await;
    let other = gateway.token(FOREIGN_ORGANIZATION, &[]);
    let query = "query($id: ID!) { importJob(id: $id) { id } importJobs { nodes { id } } node(id: $id) { id } }";
    let answer = gateway
        .ask_as(&other, query, json!({ "id": job["id"] }))
        .await;
    assert_eq!(
        answer["data"],
        json!({ "importJob": null, "importJobs": { "nodes": [] }, "node": null })
    );
    let cancelled = gateway
        .run_as(&other, "cancelImport", json!({ "jobId": job["id"] }), JOB)
        .await;
    assert_eq!(cancelled["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(gateway.job(&job["id"]).await["status"], "QUEUED");

    for without in [Scope::ImportRun, Scope::ProtocolRead, Scope::DocumentWrite] {
        let token = gateway.token(ORGANIZATION, &[without]);
        let answer = gateway
            .try_as(&token, "fileProtocolPdfs", json!({}), "__typename")
            .await;
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
    }
    let token = gateway.token(ORGANIZATION, &[Scope::ContactRead]);
    let probing = json!({ "filter": { "contactEmail": "a@example.org" } });
    let payload = gateway
        .run_as(&token, "fileProtocolPdfs", probing, JOB)
        .await;
    assert_eq!(payload["errors"][0]["code"], "NOT_PERMITTED");
    assert_eq!(
        payload["errors"][0]["path"],
        json!(["filter", "contactEmail"])
    );
}
