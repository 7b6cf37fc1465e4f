//! Lists and delta sync while records change.

use hausgraph::sandbox::world::Deal;
use serde_json::json;

use super::super::{
    Firm,
    market::{Market, bid, contact, deal, minutes_ago},
};

/// Six projects, the first changed the longest ago.
async fn firm() -> Firm {
    let deals = (1..=6).map(|id| Deal {
        updated_at: minutes_ago(20 - i64::try_from(id).unwrap()),
        ..deal(id)
    });
    Firm::with(Market {
        deals: deals.collect(),
        investors: (1..=3).map(contact).collect(),
        bids: vec![bid(1)],
        ..Market::default()
    })
    .await
}

#[tokio::test]
async fn rule_12_a_delta_holds_what_was_created_changed_and_deleted_since() {
    let firm = firm().await;
    firm.advance(60);
    firm.patch("/projects/4", json!({ "name": "Neu" })).await;
    firm.delete("/projects/2").await;
    firm.create("/projects", json!({ "name": "Ganz neu" }))
        .await;

    let delta = "/projects?updated_since=2026-03-02T08:01:00Z";
    // Equal times, so by id.
    assert_eq!(firm.ids(delta).await, ["4", "7"]);
    let deleted_too = format!("{delta}&include_deleted=true");
    assert_eq!(firm.ids(&deleted_too).await, ["2", "4", "7"]);
    let all = firm.ids("/projects?include_deleted=true").await;
    assert_eq!(all, ["1", "3", "5", "6", "2", "4", "7"]);
}

#[tokio::test]
async fn rule_07_a_row_that_changes_while_somebody_pages_moves_to_the_end() {
    let firm = firm().await;
    let first = firm.get("/projects?page_size=2").await.body;
    let next = first["page"]["nextCursor"].as_str().unwrap();

    // One that was seen, one that was not, and a new one.
    firm.patch("/projects/1", json!({ "name": "Neu" })).await;
    firm.patch("/projects/3", json!({ "name": "Neu" })).await;
    firm.create("/projects", json!({ "name": "Ganz neu" }))
        .await;

    let rest = format!("/projects?page_size=2&cursor={next}");
    let rest = firm.walk(&rest).await;
    assert_eq!(rest, [vec!["4", "5"], vec!["6", "1"], vec!["3", "7"]]);
}

#[tokio::test]
async fn rule_20_the_prospects_of_a_project_are_ordered_alike() {
    let firm = firm().await;
    for id in ["2", "3"] {
        firm.create("/projects/1/prospects", json!({ "contactId": id }))
            .await;
    }
    firm.advance(60);
    firm.patch(
        "/projects/1/prospects/2",
        json!({ "classification": "bidder" }),
    )
    .await;

    assert_eq!(firm.ids("/projects/1/prospects").await, ["1", "3", "2"]);
    let delta = "/projects/1/prospects?updated_since=2026-03-02T08:01:00Z";
    assert_eq!(firm.ids(delta).await, ["2"]);
    // The project itself did not change.
    assert_eq!(firm.ids("/projects").await.last().unwrap(), "6");
}
