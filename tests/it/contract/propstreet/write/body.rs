//! Bodies that are none, and the methods of each path.

use serde_json::json;

use super::super::{
    Firm,
    market::{Market, bid, contact, deal},
    send,
};

async fn firm() -> Firm {
    Firm::with(Market {
        deals: vec![deal(1)],
        investors: vec![contact(1)],
        bids: vec![bid(1)],
        ..Market::default()
    })
    .await
}

#[tokio::test]
async fn section_2_6_a_body_that_is_no_object_is_refused() {
    let firm = firm().await;
    let posts = [
        "/projects",
        "/projects/1/prospects",
        "/projects/1/prospects:batch",
        "/projects/1/prospects/classify",
    ];
    let posts = posts.map(|path| (path, true));
    let patches = ["/projects/1", "/projects/1/prospects/1"].map(|path| (path, false));
    for (path, is_post) in posts.into_iter().chain(patches) {
        for body in ["", "{", "[]", "null", "\"name\"", "{\"name\":\"a\"} {}"] {
            let request = match is_post {
                true => firm.http.post(firm.url(path)),
                false => firm.http.patch(firm.url(path)),
            };
            let request = request.bearer_auth(&firm.token).body(body);
            send(request).await.assert_problem(400, path);
        }
    }
}

#[tokio::test]
async fn section_1_a_body_of_more_than_10_mb_is_refused() {
    let firm = firm().await;
    // Quotes and braces make the rest.
    let filled = |size: usize| {
        let name = json!({ "name": "" }).to_string();
        json!({ "name": "x".repeat(size - name.len()) })
    };
    for key in [None, Some("a key")] {
        let sized = |size| {
            let request = firm.posting("/projects", &filled(size));
            send(match key {
                Some(key) => request.header("idempotency-key", key),
                None => request,
            })
        };
        sized(10_000_001).await.assert_problem(413, "too large");
        sized(10_000_000).await.assert_problem(400, "long name");
    }
    let large = firm.patch("/projects/1", filled(10_000_001)).await;
    large.assert_problem(413, "too large");
}

#[tokio::test]
async fn a_write_needs_a_token_and_counts_on_it() {
    let firm = firm().await;
    let anonymous = firm.http.post(firm.url("/projects"));
    let anonymous = send(anonymous.json(&json!({ "name": "Hof" }))).await;
    anonymous.assert_problem(401, "no token");

    let answer = firm.post("/projects", json!({ "name": "Hof" })).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("ratelimit-remaining"), Some("599"));
    assert_eq!(firm.ids("/projects").await.len(), 2);
}
