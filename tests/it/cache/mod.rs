//! What is kept of the systems: how long it is served, to whom, and what takes it out.

mod answer;
mod budget;
mod coalescing;
mod equivalence;
mod outage;

use std::time::Duration;

use hausgraph::{
    cache::{Kind, Tag},
    config::demo,
    model::ProjectId,
    sandbox::System,
};
use serde_json::{Value, json};

use crate::support::{TestGateway, http, sandbox};

/// A gateway that keeps what it reads, and has bought its token for Propstreet already.
pub async fn gateway() -> TestGateway {
    let gateway = TestGateway::caching(sandbox().await).await;
    gateway
        .data("{ investors(first: 1) { nodes { id } } }")
        .await;
    gateway.sandbox.shared.journal.clear();
    gateway
}

/// The answer with one request header more, and its `Cache-Control`.
pub async fn ask_with_header(gateway: &TestGateway, query: &str, wish: &str) -> (Value, String) {
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let response = http()
        .post(format!("{}/graphql", gateway.origin))
        .bearer_auth(token)
        .header("cache-control", wish)
        .json(&json!({ "query": query }))
        .send()
        .await
        .unwrap();
    let said = response.headers()["cache-control"]
        .to_str()
        .unwrap()
        .to_owned();
    (response.json().await.unwrap(), said)
}

const PROJECTS: &str =
    "{ projects(first: 5) { nodes { id name freshness { servedFrom isStale } } } }";

fn calls(gateway: &TestGateway) -> u64 {
    gateway.all_calls(System::Propstreet)
}

fn rename_first_project(gateway: &TestGateway, answer: &Value, name: &str) {
    let id = answer["projects"]["nodes"][0]["id"].as_str().unwrap();
    let id = <ProjectId as hausgraph::model::RecordId>::decode(id).unwrap();
    let mut world = gateway.sandbox.shared.tenants[0].world_mut();
    let deal = world.deals.iter_mut();
    let deal = deal
        .into_iter()
        .find(|deal| deal.id.to_string() == id.key());
    deal.expect("it was listed").name = name.to_owned();
}

#[tokio::test]
async fn what_was_read_is_served_for_a_minute_without_a_call() {
    let gateway = gateway().await;
    let first = gateway.data(PROJECTS).await;
    assert_eq!(
        first["projects"]["nodes"][0]["freshness"]["servedFrom"],
        "UPSTREAM"
    );
    assert_eq!(calls(&gateway), 1);

    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(59));
    let again = gateway.data(PROJECTS).await;
    assert_eq!(
        again["projects"]["nodes"][0]["freshness"]["servedFrom"],
        "CACHE"
    );
    assert_eq!(again["projects"]["nodes"][0]["freshness"]["isStale"], false);
    assert_eq!(calls(&gateway), 1);
}

#[tokio::test]
async fn after_a_minute_it_is_served_once_more_and_read_anew_behind_the_answer() {
    let gateway = gateway().await;
    let first = gateway.data(PROJECTS).await;
    rename_first_project(&gateway, &first, "Umbenannt");
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(61));

    let aging = gateway.data(PROJECTS).await;
    assert_eq!(
        aging["projects"]["nodes"][0]["name"],
        first["projects"]["nodes"][0]["name"]
    );
    // The read behind the answer is under way; whoever asks for something new waits for it or for
    // one of its own.
    let (new, _) = ask_with_header(&gateway, PROJECTS, "no-cache").await;
    assert_eq!(new["data"]["projects"]["nodes"][0]["name"], "Umbenannt");
    assert!((2..=3).contains(&calls(&gateway)), "{}", calls(&gateway));
    let kept = gateway.data(PROJECTS).await;
    assert_eq!(kept["projects"]["nodes"][0]["name"], "Umbenannt");
    assert!(calls(&gateway) <= 3);
}

#[tokio::test]
async fn who_asks_for_something_new_gets_it_and_others_have_it_too() {
    let gateway = gateway().await;
    let first = gateway.data(PROJECTS).await;
    rename_first_project(&gateway, &first, "Umbenannt");
    let name = |answer: &Value| answer["projects"]["nodes"][0]["name"].clone();

    assert_ne!(name(&gateway.data(PROJECTS).await), "Umbenannt");
    let (new, _) = ask_with_header(&gateway, PROJECTS, "no-cache").await;
    assert_eq!(name(&new["data"]), "Umbenannt");
    assert_eq!(calls(&gateway), 2);
    assert_eq!(name(&gateway.data(PROJECTS).await), "Umbenannt");
    assert_eq!(calls(&gateway), 2);

    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(10));
    ask_with_header(&gateway, PROJECTS, "max-age=11").await;
    assert_eq!(calls(&gateway), 2);
    ask_with_header(&gateway, PROJECTS, "max-age=10").await;
    assert_eq!(calls(&gateway), 3);
}

#[tokio::test]
async fn a_partner_cannot_spend_the_budget_by_asking_for_something_new() {
    let gateway = gateway().await;
    gateway.data(PROJECTS).await;
    let scopes = hausgraph::auth::Scopes::all();
    let partner = hausgraph::auth::Viewer::new(
        "app",
        demo::ORGANIZATION,
        hausgraph::auth::Role::Partner,
        scopes,
    );
    let response = http()
        .post(format!("{}/graphql", gateway.origin))
        .bearer_auth(gateway.token_of(partner))
        .header("cache-control", "no-cache")
        .json(&json!({ "query": PROJECTS }))
        .send();
    let answer: Value = response.await.unwrap().json().await.unwrap();
    assert_eq!(answer.get("errors"), None);
    assert_eq!(calls(&gateway), 1);
}

#[tokio::test]
async fn a_list_answers_for_each_of_its_records() {
    let gateway = gateway().await;
    let list = gateway
        .data("{ projects(first: 3) { nodes { id name } } }")
        .await;
    let node = &list["projects"]["nodes"][2];
    let query = "query ($id: ID!) { project(by: { id: $id }) { name prospects(first: 2) { nodes {
        project { name } } } } }";
    let one = gateway.data_with(query, json!({ "id": node["id"] })).await;
    assert_eq!(one["project"]["name"], node["name"]);
    // The list, and the prospects; their project is the one at hand.
    assert_eq!(calls(&gateway), 2);
}

#[tokio::test]
async fn absence_is_believed_for_seconds_only() {
    let gateway = gateway().await;
    let query = "{ project(by: { upstreamId: \"424242\" }) { name } }";
    for _ in 0..3 {
        assert_eq!(gateway.data(query).await["project"], Value::Null);
    }
    assert_eq!(calls(&gateway), 1);
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(11));
    gateway.data(query).await;
    assert_eq!(calls(&gateway), 2);
}

#[tokio::test]
async fn what_is_purged_is_read_anew_wherever_it_stood() {
    let gateway = gateway().await;
    let one = "query ($id: ID!) { project(by: { id: $id }) { name } }";
    let other_list = "{ projects(first: 9) { nodes { id name } } }";
    let first = gateway.data(PROJECTS).await;
    gateway.data(other_list).await;
    rename_first_project(&gateway, &first, "Umbenannt");
    let id = &first["projects"]["nodes"][0]["id"];
    let before = calls(&gateway);

    let tenant = gateway
        .tenants
        .find(demo::ORGANIZATION)
        .await
        .unwrap()
        .unwrap();
    let key = <ProjectId as hausgraph::model::RecordId>::decode(id.as_str().unwrap()).unwrap();
    tenant.cache.purge([Tag::record(Kind::Project, &key)]);

    let name = |answer: &Value| answer["projects"]["nodes"][0]["name"].clone();
    assert_eq!(name(&gateway.data(PROJECTS).await), "Umbenannt");
    assert_eq!(name(&gateway.data(other_list).await), "Umbenannt");
    assert_eq!(calls(&gateway), before + 2);
    let found = gateway.data_with(one, json!({ "id": id })).await;
    assert_eq!(found["project"]["name"], "Umbenannt");
    assert_eq!(calls(&gateway), before + 2);

    // Another record's change concerns neither list.
    tenant
        .cache
        .purge([Tag::record(Kind::Project, &ProjectId::new("424242"))]);
    gateway.data(PROJECTS).await;
    assert_eq!(calls(&gateway), before + 2);
    tenant.cache.purge([Tag::lists(Kind::Project)]);
    gateway.data(PROJECTS).await;
    assert_eq!(calls(&gateway), before + 3);
}

#[tokio::test]
async fn errors_are_not_kept() {
    let gateway = gateway().await;
    gateway.sandbox.shared.faults.add(
        hausgraph::sandbox::fault::Rule::new(
            System::Propstreet,
            hausgraph::sandbox::fault::Fault::Status(403),
        )
        .times(1),
    );
    let failed = gateway.ask_with(PROJECTS, json!({})).await;
    assert_eq!(
        failed["errors"][0]["extensions"]["code"],
        "UPSTREAM_REJECTED"
    );
    gateway.data(PROJECTS).await;
    assert_eq!(calls(&gateway), 2);
}
