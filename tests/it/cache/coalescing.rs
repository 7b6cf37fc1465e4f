//! Calls under way are shared: by equal queries, and by those that overlap.

use std::time::Duration;

use futures_util::future::join_all;
use hausgraph::{
    config::demo,
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
};
use serde_json::{Value, json};

use super::gateway;
use crate::support::{TestGateway, http};

/// Slow enough that all requests are under way before the first answer.
fn slow(gateway: &TestGateway) {
    for system in [System::Propstack, System::DeepRent, System::Propstreet] {
        let rule = Rule::new(system, Fault::DelayMs(1_000));
        gateway.sandbox.shared.faults.add(rule);
    }
}

/// Lets the systems answer once all who can ask have asked.
async fn after_all<T>(gateway: &TestGateway, work: impl Future<Output = T>) -> T {
    gateway.hurry(Duration::from_secs(1), work).await
}

const EVERYTHING: &str = "{ properties(first: 20) { nodes {
    id
    contacts { nodes { id name } }
    protocols { nodes { id } }
    projects { nodes { id name } }
} } }";

#[tokio::test]
async fn sixty_four_equal_queries_make_each_call_once() {
    let gateway = gateway().await;
    gateway.data(EVERYTHING).await;
    let once = gateway.sandbox.shared.journal.counts();

    let gateway = super::gateway().await;
    slow(&gateway);
    let asked = (0..64).map(|_| gateway.data(EVERYTHING));
    let answers = after_all(&gateway, join_all(asked)).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(gateway.sandbox.shared.journal.counts(), once);
}

#[tokio::test]
async fn sixty_four_queries_over_the_same_ids_read_each_once() {
    let gateway = gateway().await;
    let ids: Vec<u64> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        world.units.iter().map(|unit| unit.id).take(96).collect()
    };
    slow(&gateway);
    let asked = (0..64).map(|at| {
        // 32 neighbours each, another first one for each query.
        let fields = ids[at % 64..][..32].iter().enumerate().map(|(n, id)| {
            format!("p{n}: property(by: {{ upstreamId: \"{id}\" }}) {{ source {{ id }} }}")
        });
        let query = format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "));
        let gateway = &gateway;
        let wanted: Vec<String> = ids[at % 64..][..32].iter().map(u64::to_string).collect();
        async move {
            let answer = gateway.data(&query).await;
            for (n, id) in wanted.iter().enumerate() {
                assert_eq!(answer[format!("p{n}")]["source"]["id"], **id);
            }
        }
    });
    after_all(&gateway, join_all(asked)).await;

    let entries = gateway.sandbox.shared.journal.entries();
    let mut read: Vec<String> = Vec::new();
    for entry in &entries {
        let pairs = url::form_urlencoded::parse(entry.arrival.query.as_bytes());
        let ids = pairs.filter(|(name, _)| name == "property_ids[]");
        read.extend(ids.map(|(_, id)| id.into_owned()));
    }
    let all = read.len();
    read.sort();
    read.dedup();
    assert_eq!((all, read.len()), (95, 95), "some ids were read twice");
    // 95 ids: a few calls that left at once, then full ones.
    println!("64 queries over 95 ids took {} calls", entries.len());
    assert!(entries.len() <= 8, "{} calls", entries.len());
}

#[tokio::test]
async fn a_lone_request_waits_for_nobody() {
    let gateway = gateway().await;
    let ids: Vec<u64> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        world.units.iter().map(|unit| unit.id).take(3).collect()
    };
    for id in ids {
        let query = format!("{{ property(by: {{ upstreamId: \"{id}\" }}) {{ id }} }}");
        // Nobody moves the clock: whatever waited for it would never answer.
        gateway.data(&query).await;
    }
    assert_eq!(gateway.all_calls(System::Propstack), 3);
}

#[tokio::test]
async fn the_calls_of_one_who_leaves_stop_unless_somebody_shares_them() {
    let gateway = gateway().await;
    slow(&gateway);
    let query = "{ projects(first: 20) { nodes { prospects(first: 2) { nodes { id } } } } }";
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let post = |client: &reqwest::Client| {
        client
            .post(format!("{}/graphql", gateway.origin))
            .bearer_auth(&token)
            .json(&json!({ "query": query }))
            .send()
    };
    let clock = &gateway.sandbox.shared.clock;
    // Alone: leaves while the list is read, so no prospects are ever asked for.
    let leaving = http();
    let request = tokio::spawn(post(&leaving));
    clock.wait_for_pause(Duration::from_secs(1)).await;
    assert_eq!(gateway.all_calls(System::Propstreet), 1);
    request.abort();
    let _ = request.await;
    let tenant = gateway
        .tenants
        .find(demo::ORGANIZATION)
        .await
        .unwrap()
        .unwrap();
    let wait_until = async |count: usize| {
        while tenant.cache.waiting() != count {
            tokio::task::yield_now().await;
        }
    };
    wait_until(0).await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(gateway.all_calls(System::Propstreet), 1);

    // Two who want the same: the one who stays is answered, with no call more than one costs.
    gateway.sandbox.shared.journal.clear();
    let (leaving, staying) = (http(), http());
    let first = tokio::spawn(post(&leaving));
    clock.wait_for_pause(Duration::from_secs(1)).await;
    let second = tokio::spawn(post(&staying));
    wait_until(2).await;
    first.abort();
    let _ = first.await;
    wait_until(1).await;
    let answer = gateway.hurry(Duration::from_secs(1), second).await;
    let answer: Value = answer.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer.get("errors"), None);
    assert_eq!(gateway.all_calls(System::Propstreet), 21);
}
