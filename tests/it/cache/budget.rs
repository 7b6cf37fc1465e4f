//! More queries than the system allows calls.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use hausgraph::{config::demo, sandbox::System};
use serde_json::{Value, json};

use super::gateway;
use crate::support::http;

const MINUTES: usize = 10;
const QUERIES_A_MINUTE: usize = 5_000;
const AT_ONCE: usize = 50;

/// What a firm's people ask over and over: few lists, some records, links.
fn query(at: usize, ids: &[u64]) -> String {
    let id = ids[at * 7 % ids.len()];
    match at % 10 {
        0..=2 => format!("{{ projects(first: {}) {{ nodes {{ id name }} }} }}", at % 4 * 10 + 10),
        3..=5 => format!("{{ project(by: {{ upstreamId: \"{id}\" }}) {{ name }} }}"),
        6 | 7 => format!(
            "{{ project(by: {{ upstreamId: \"{id}\" }}) {{ prospects(first: 5) {{ nodes {{ classification }} }} }} }}"
        ),
        8 => "{ investors(first: 20) { nodes { name } } }".to_owned(),
        _ => "{ projects(first: 10) { nodes { prospects(first: 3) { nodes { investor { name } } } } } }"
            .to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_queries_in_ten_minutes_meet_no_429() {
    let gateway = gateway().await;
    gateway
        .sandbox
        .shared
        .switches_mut()
        .propstreet
        .client_limit = 600;
    let ids: Vec<u64> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let open = world.deals.iter().filter(|deal| deal.status != "deleted");
        open.map(|deal| deal.id).collect()
    };
    let clock = gateway.sandbox.shared.clock.clone();
    // One client and one token, for there are many to ask.
    let (client, url) = (http(), format!("{}/graphql", gateway.origin));
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let mut table = Vec::new();
    for minute in 0..MINUTES {
        gateway.sandbox.shared.journal.clear();
        for second in 0..60 {
            let from = (minute * 60 + second) * QUERIES_A_MINUTE / 60;
            let to = (minute * 60 + second + 1) * QUERIES_A_MINUTE / 60;
            let answers = stream::iter(from..to)
                .map(|at| {
                    let query = query(at, &ids);
                    let sent = client
                        .post(&url)
                        .bearer_auth(&token)
                        .json(&json!({ "query": query }))
                        .send();
                    async move {
                        let answer: Value = sent.await.unwrap().json().await.unwrap();
                        (answer, query)
                    }
                })
                .buffer_unordered(AT_ONCE);
            let answers: Vec<_> = answers.collect().await;
            for (answer, query) in answers {
                assert_eq!(answer.get("errors"), None, "{query}");
            }
            clock.advance(Duration::from_secs(1));
        }
        let entries = gateway.sandbox.shared.journal.entries();
        let refused = entries.iter().filter(|entry| entry.status == Some(429));
        assert_eq!(refused.count(), 0);
        table.push(gateway.all_calls(System::Propstreet));
    }
    println!("upstream calls by minute, of {QUERIES_A_MINUTE} queries each: {table:?}");
    assert!(table.iter().all(|calls| *calls <= 600));
}
