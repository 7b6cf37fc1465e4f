//! The same is asked again: after an answer, at the same time, after a crash.

use std::time::Duration;

use futures_util::future::join_all;
use hausgraph::{
    auth::{Role, Scopes, Viewer},
    config::demo::ORGANIZATION,
    model::InvestorId,
    sandbox::{System, fault::Fault},
};
use serde_json::{Value, json};

use super::errors;
use crate::support::TestGateway;

const POST: &str = "POST /api/v1/projects";
const ADD: &str = "POST /api/v1/projects/{id}/prospects";
const PROJECT: &str = "project { id name }";

fn input(name: &str, key: &str) -> Value {
    json!({ "name": name, "idempotencyKey": key })
}

#[tokio::test]
async fn the_same_key_is_told_what_it_came_to_and_nothing_is_done_twice() {
    let gateway = TestGateway::start().await;
    let first = gateway
        .run("createProject", input("Nord", "k1"), PROJECT)
        .await;
    let again = gateway
        .run("createProject", input("Nord", "k1"), PROJECT)
        .await;

    assert_eq!(first["errors"], json!([]));
    assert_eq!(first, again);
    assert_eq!(gateway.calls(System::Propstreet, POST), 1);
    let acts = gateway.audit(ORGANIZATION).await;
    let outcomes: Vec<_> = acts.iter().map(|act| act.outcome.as_str()).collect();
    assert_eq!(outcomes, ["TOLD_AGAIN", "OK"]);

    // Another input, another viewer, another mutation.
    let mismatch = gateway
        .run("createProject", input("Süd", "k1"), PROJECT)
        .await;
    assert_eq!(errors(&mismatch), [("InputError", "IDEMPOTENCY_MISMATCH")]);
    let deletion = json!({ "id": first["project"]["id"], "idempotencyKey": "k1" });
    let other = gateway.run("deleteProject", deletion, "deletedId").await;
    assert_eq!(errors(&other), [("InputError", "IDEMPOTENCY_MISMATCH")]);
    let max = gateway.token_of(Viewer::new(
        "max",
        ORGANIZATION,
        Role::Member,
        Scopes::all(),
    ));
    let his = gateway
        .run_as(&max, "createProject", input("Nord", "k1"), PROJECT)
        .await;
    assert_ne!(his["project"]["id"], first["project"]["id"]);
}

#[tokio::test]
async fn mistakes_are_told_again_too_and_what_was_never_sent_can_be_tried_again() {
    let gateway = TestGateway::start().await;
    for _ in 0..2 {
        let payload = gateway.run("createProject", input("", "k1"), PROJECT).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
        assert_eq!(payload["errors"][0]["path"], json!(["name"]));
    }
    let throttled = Fault::Throttle {
        retry_after: Some(3_600),
    };
    gateway.strike(System::Propstreet, POST, throttled);
    let payload = gateway
        .run("createProject", input("Nord", "k2"), PROJECT)
        .await;
    assert_eq!(
        errors(&payload),
        [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")]
    );

    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(3_601));
    let payload = gateway
        .run("createProject", input("Nord", "k2"), PROJECT)
        .await;
    assert_eq!(payload["errors"], json!([]));
}

#[tokio::test]
async fn of_many_at_once_one_does_it_and_the_others_are_told_so_or_what_it_came_to() {
    let gateway = TestGateway::start().await;
    let tries = (0..20).map(|_| gateway.run("createProject", input("Nord", "k"), PROJECT));
    let payloads = join_all(tries).await;

    let mut ids: Vec<_> = payloads
        .iter()
        .filter_map(|payload| payload["project"]["id"].as_str())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    for payload in &payloads {
        match errors(payload).as_slice() {
            [] | [("InputError", "IN_PROGRESS")] => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(gateway.calls(System::Propstreet, POST), 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_for_good_is_found_by_the_same_key() {
    let gateway = TestGateway::start().await;
    let before = count(&gateway, "Nord");
    for _ in 0..3 {
        gateway.strike(System::Propstreet, POST, Fault::LoseAnswer);
    }

    let create = gateway.run("createProject", input("Nord", "k"), PROJECT);
    let unknown = gateway.hurry(Duration::from_secs(2), create).await;
    assert_eq!(errors(&unknown), [("UpstreamFailure", "OUTCOME_UNKNOWN")]);
    let known = gateway
        .run("createProject", input("Nord", "k"), PROJECT)
        .await;

    assert_eq!(known["errors"], json!([]));
    assert_eq!(count(&gateway, "Nord"), before + 1);
    let entries = gateway.sandbox.shared.journal.entries();
    let mut keys: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.arrival.idempotency_key.clone())
        .collect();
    assert_eq!(keys.len(), 4);
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn a_key_stands_for_a_day_and_is_free_then() {
    let gateway = TestGateway::start().await;
    let clock = &gateway.sandbox.shared.clock;
    gateway
        .run("createProject", input("Nord", "k"), PROJECT)
        .await;

    clock.advance(Duration::from_hours(24) - Duration::from_secs(1));
    let held = gateway
        .run("createProject", input("West", "k"), PROJECT)
        .await;
    clock.advance(Duration::from_secs(1));
    let free = gateway
        .run("createProject", input("West", "k"), PROJECT)
        .await;

    assert_eq!(errors(&held), [("InputError", "IDEMPOTENCY_MISMATCH")]);
    assert_eq!(free["errors"], json!([]));
    assert_eq!(count(&gateway, "West"), 1);
    // Nothing is left of what can be told no more.
    clock.advance(Duration::from_hours(24));
    gateway
        .run("createProject", input("Ost", "other"), PROJECT)
        .await;
    let now = clock.now();
    assert_eq!(gateway.store.delete_expired_outcomes(now).await, Ok(0));
}

/// How many projects have this name, by the truth of the sandbox.
fn count(gateway: &TestGateway, name: &str) -> usize {
    let world = gateway.sandbox.shared.tenants[0].world();
    world.deals.iter().filter(|deal| deal.name == name).count()
}

#[tokio::test]
async fn a_client_that_leaves_does_not_leave_half_a_change_behind() {
    let gateway = TestGateway::start().await;
    let delay = Fault::DelayAnswerMs(5_000);
    gateway.strike(System::Propstreet, POST, delay);
    let clock = &gateway.sandbox.shared.clock;

    let create = gateway.run("createProject", input("Nord", "k"), PROJECT);
    let left = tokio::select! {
        _ = create => false,
        // The sandbox holds the answer: now the client goes.
        () = arrived(&gateway) => true,
    };
    assert!(left);
    clock.advance(Duration::from_secs(5));

    // It is told, at the latest when the work has come to its end.
    let told = loop {
        let payload = gateway
            .run("createProject", input("Nord", "k"), PROJECT)
            .await;
        if errors(&payload) != [("InputError", "IN_PROGRESS")] {
            break payload;
        }
    };
    assert_eq!(told["errors"], json!([]));
    assert_eq!(gateway.calls(System::Propstreet, POST), 1);
    let acts = gateway.audit(ORGANIZATION).await;
    assert_eq!(acts.last().unwrap().outcome, "OK");
}

async fn arrived(gateway: &TestGateway) {
    let clock = &gateway.sandbox.shared.clock;
    // Only the held answer sleeps so long.
    while gateway.calls(System::Propstreet, POST) == 0 {
        tokio::task::yield_now().await;
    }
    clock.wait_for_pause(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn in_a_storm_of_429_everything_is_done_once_in_the_end() {
    let gateway = TestGateway::start().await;
    gateway
        .sandbox
        .shared
        .switches_mut()
        .propstreet
        .client_limit = 10;
    let key = |number: usize| json!({ "name": format!("storm {number}"), "idempotencyKey": format!("s{number}") });
    let mut open: Vec<usize> = (0..60).collect();
    let mut rounds = 0;
    while !open.is_empty() {
        rounds += 1;
        assert!(rounds < 60, "{} are left", open.len());
        let gateway = &gateway;
        let tries = open.iter().map(|number| async move {
            let payload = gateway
                .run("createProject", key(*number), "project { id }")
                .await;
            match errors(&payload).as_slice() {
                [] => None,
                [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")] => Some(*number),
                other => panic!("{other:?}"),
            }
        });
        // Who can wait within its deadline does; the minute goes by meanwhile.
        let ended = gateway.hurry(Duration::from_secs(2), join_all(tries));
        open = ended.await.into_iter().flatten().collect();
        gateway
            .sandbox
            .shared
            .clock
            .advance(Duration::from_secs(60));
    }

    let world = gateway.sandbox.shared.tenants[0].world();
    for number in 0..60 {
        let name = format!("storm {number}");
        let made = world.deals.iter().filter(|deal| deal.name == name);
        assert_eq!(made.count(), 1, "{name}");
    }
}

/// An investor who is a prospect of nothing, and a project.
fn addition(gateway: &TestGateway, key: &str) -> Value {
    let world = gateway.sandbox.shared.tenants[0].world();
    let newcomer = world.investors.iter().find(|it| {
        let mut bids = world.bids.iter();
        !it.is_company && it.deleted_at.is_none() && bids.all(|bid| bid.person != Some(it.id))
    });
    let newcomer = InvestorId::Person(newcomer.unwrap().id.to_string());
    json!({ "projectId": gateway.project().to_string(), "investorId": newcomer.to_string(), "idempotencyKey": key })
}

#[tokio::test]
async fn rules_59_60_and_61_an_investor_is_added_once_however_often_it_is_asked() {
    let gateway = TestGateway::start().await;
    let input = addition(&gateway, "k");
    let count = || gateway.sandbox.shared.tenants[0].world().bids.len();
    let before = count();
    for _ in 0..3 {
        gateway.strike(System::Propstreet, ADD, Fault::LoseAnswer);
    }
    let shown = "prospect { id etag }";

    let lost = gateway.run("addProspect", input.clone(), shown);
    let lost = gateway.hurry(Duration::from_secs(2), lost).await;
    assert_eq!(errors(&lost), [("UpstreamFailure", "OUTCOME_UNKNOWN")]);
    let first = gateway.run("addProspect", input.clone(), shown).await;
    let again = gateway.run("addProspect", input.clone(), shown).await;

    assert_eq!(first["errors"], json!([]));
    assert_eq!(first, again);
    assert_eq!(count(), before + 1);
    assert_eq!(gateway.calls(System::Propstreet, ADD), 4);
    let entries = gateway.sandbox.shared.journal.entries();
    let mut keys: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.arrival.idempotency_key.clone())
        .collect();
    keys.dedup();
    assert_eq!(keys.len(), 1);

    let mut other = input;
    other["externalReferences"] = json!([{ "namespace": "a", "id": "b" }]);
    let other = gateway.run("addProspect", other, shown).await;
    assert_eq!(errors(&other), [("InputError", "IDEMPOTENCY_MISMATCH")]);
    assert_eq!(other["errors"][0]["path"], json!(["idempotencyKey"]));
    assert_eq!(count(), before + 1);
}

#[tokio::test]
async fn rule_61_what_was_turned_away_after_a_lost_answer_may_have_been_done() {
    for turned_away in [
        Fault::Throttle {
            retry_after: Some(3_000),
        },
        Fault::Status(403),
        Fault::Redirect,
    ] {
        let gateway = TestGateway::start().await;
        let before = count(&gateway, "Nord");
        gateway.strike(System::Propstreet, POST, Fault::LoseAnswer);
        gateway.strike(System::Propstreet, POST, turned_away.clone());

        let create = gateway.run("createProject", input("Nord", "k"), PROJECT);
        let unknown = gateway.hurry(Duration::from_secs(2), create).await;
        assert_eq!(
            errors(&unknown),
            [("UpstreamFailure", "OUTCOME_UNKNOWN")],
            "{turned_away:?}"
        );
        let clock = &gateway.sandbox.shared.clock;
        clock.advance(Duration::from_secs(3_001));
        let known = gateway
            .run("createProject", input("Nord", "k"), PROJECT)
            .await;

        assert_eq!(known["errors"], json!([]));
        assert_eq!(count(&gateway, "Nord"), before + 1, "{turned_away:?}");
    }
}

#[tokio::test]
async fn rule_61_without_a_key_an_attempt_is_repeated_under_one_of_our_own() {
    let gateway = TestGateway::start().await;
    let before = count(&gateway, "Nord");
    for name in ["Nord", "Nord"] {
        gateway.strike(System::Propstreet, POST, Fault::LoseAnswer);
        let create = gateway.run("createProject", json!({ "name": name }), PROJECT);
        let made = gateway.hurry(Duration::from_secs(2), create).await;
        assert_eq!(made["errors"], json!([]));
    }
    // Asked twice, made twice: nobody said that the two are the same.
    assert_eq!(count(&gateway, "Nord"), before + 2);
    assert_eq!(gateway.calls(System::Propstreet, POST), 4);
}

#[tokio::test]
async fn rule_59_changes_and_removals_are_done_once_by_a_key_too() {
    let gateway = TestGateway::start().await;
    for (name, input, shown) in super::permission::every_write(&gateway) {
        let mut input = input;
        input["idempotencyKey"] = json!(format!("{name} {}", input["id"]));
        let first = gateway.run(name, input.clone(), shown).await;
        assert_eq!(first["errors"], json!([]), "{name}");
        let entries = gateway.sandbox.shared.journal.entries();
        let writes = entries.iter().filter(|entry| entry.arrival.method != "GET");
        let writes = writes.count();

        let again = gateway.run(name, input, shown).await;

        assert_eq!(again, first, "{name}");
        let entries = gateway.sandbox.shared.journal.entries();
        let now = entries.iter().filter(|entry| entry.arrival.method != "GET");
        assert_eq!(now.count(), writes, "{name}");
        let act = (name.to_owned(), "TOLD_AGAIN".to_owned());
        assert_eq!(gateway.last_act().await, act);
    }
}

#[tokio::test]
async fn a_key_has_1_to_255_letters() {
    let gateway = TestGateway::start().await;
    for key in [String::new(), "k".repeat(256)] {
        let payload = gateway
            .run("createProject", input("Nord", &key), PROJECT)
            .await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
        assert_eq!(payload["errors"][0]["path"], json!(["idempotencyKey"]));
    }
    assert_eq!(gateway.all_calls(System::Propstreet), 0);
    let payload = gateway
        .run("createProject", input("Nord", &"ü".repeat(255)), PROJECT)
        .await;
    assert_eq!(payload["errors"], json!([]));
}
