//! Delta reads, soft deletion and etags.

use hausgraph::sandbox::world::{Bid, Deal, Investor};

use super::{
    Firm,
    market::{Market, bid, company, contact, deal, minutes_ago, profile, reference},
};

/// A project that was deleted ten minutes ago.
fn deleted(id: u64) -> Deal {
    Deal {
        status: "deleted",
        references: vec![reference("hubspot", "gone")],
        updated_at: minutes_ago(10),
        deleted_at: Some(minutes_ago(10)),
        ..deal(id)
    }
}

#[tokio::test]
async fn rule_10_a_deleted_project_shows_only_where_deleted_ones_are_asked_for() {
    let firm = Firm::with(Market::of([deal(1), deleted(2)])).await;

    assert_eq!(firm.ids("/projects").await, ["1"]);
    assert_eq!(firm.ids("/projects?include_deleted=false").await, ["1"]);
    assert_eq!(firm.ids("/projects?include_deleted=true").await, ["1", "2"]);
    let rows = firm.rows("/projects?status=deleted").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["status"], "deleted");
    assert_eq!(rows[0]["deletedUtc"], "2026-03-02T07:50:00Z");
    assert_eq!(rows[0]["updatedUtc"], rows[0]["deletedUtc"]);

    for path in [
        "/projects/2",
        "/projects/external/hubspot/gone",
        "/projects/2/prospects",
        "/projects/2/properties",
    ] {
        firm.refuses(path, 404).await;
    }
    firm.refuses("/projects?include_deleted=perhaps", 400).await;
}

#[tokio::test]
async fn rule_11_a_deleted_prospect_shows_only_where_deleted_ones_are_asked_for() {
    let gone = Bid {
        references: vec![reference("hubspot", "gone")],
        updated_at: minutes_ago(10),
        deleted_at: Some(minutes_ago(10)),
        ..bid(2)
    };
    let firm = Firm::with(Market {
        deals: vec![deal(1), deleted(2)],
        investors: vec![contact(1)],
        bids: vec![bid(1), gone, Bid { deal: 2, ..bid(3) }],
        ..Market::default()
    })
    .await;

    assert_eq!(firm.ids("/projects/1/prospects").await, ["1"]);
    let rows = firm
        .rows("/projects/1/prospects?include_deleted=true")
        .await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["deletedUtc"], "2026-03-02T07:50:00Z");
    assert_eq!(rows[0].get("deletedUtc"), None);
    for path in [
        "/projects/1/prospects/2",
        "/projects/1/prospects/external/hubspot/gone",
        // A prospect is reached by its own project only, and not by a deleted one.
        "/projects/1/prospects/3",
        "/projects/2/prospects/3",
    ] {
        firm.refuses(path, 404).await;
    }
}

#[tokio::test]
async fn rule_12_updated_since_includes_the_instant_itself_and_deleted_rows_with_the_flag() {
    let older = Deal {
        updated_at: minutes_ago(11),
        ..deal(1)
    };
    let same = Deal {
        updated_at: minutes_ago(10),
        ..deal(2)
    };
    let newer = Deal {
        updated_at: minutes_ago(9),
        ..deal(4)
    };
    let firm = Firm::with(Market::of([older, same, deleted(3), newer])).await;

    let since = "/projects?updated_since=2026-03-02T07:50:00Z";
    assert_eq!(firm.ids(since).await, ["2", "4"]);
    let flagged = format!("{since}&include_deleted=true");
    assert_eq!(firm.ids(&flagged).await, ["2", "3", "4"]);
    let offset = "/projects?updated_since=2026-03-02T08:51:00%2B01:00";
    assert_eq!(firm.ids(offset).await, ["4"]);
    firm.refuses("/projects?updated_since=yesterday", 400).await;
}

#[tokio::test]
async fn rule_13_a_delta_pages_like_any_list_and_its_last_time_is_the_next_watermark() {
    let deals = (1..=6).map(|id| Deal {
        updated_at: minutes_ago(20 - i64::try_from(id).unwrap()),
        ..deal(id)
    });
    let firm = Firm::with(Market::of(deals)).await;

    let since = "/projects?page_size=2&updated_since=2026-03-02T07:42:00Z";
    let pages = firm.walk(since).await;

    assert_eq!(pages, [vec!["2", "3"], vec!["4", "5"], vec!["6"]]);
    let last = &firm.rows("/projects").await[5]["updatedUtc"];
    let watermark = last.as_str().unwrap();
    let next = format!("/projects?updated_since={watermark}");
    assert_eq!(firm.ids(&next).await, ["6"]);
}

#[tokio::test]
async fn rule_14_the_etag_header_repeats_the_etag_of_the_body() {
    let firm = Firm::with(Market {
        deals: vec![Deal {
            references: vec![reference("hubspot", "a")],
            ..deal(1)
        }],
        profiles: vec![profile(1)],
        investors: vec![
            Investor {
                references: vec![reference("hubspot", "b")],
                ..contact(1)
            },
            company(1),
        ],
        bids: vec![Bid {
            references: vec![reference("hubspot", "c")],
            ..bid(1)
        }],
    })
    .await;

    for path in [
        "/projects/1",
        "/projects/external/hubspot/a",
        "/projects/1/prospects/1",
        "/projects/1/prospects/external/hubspot/c",
        "/network/contacts/1",
        "/network/contacts/external/hubspot/b",
        "/network/companies/1",
        "/properties/1",
    ] {
        let answer = firm.get(path).await;
        let etag = answer.header("etag").unwrap();
        assert_eq!(answer.body["etag"], etag, "{path}");
        assert!(etag.starts_with("W/\"") && etag.ends_with('"'), "{etag}");
    }
    for path in ["/projects", "/projects/1/prospects", "/network/contacts"] {
        let answer = firm.get(path).await;
        assert_eq!(answer.header("etag"), None, "{path}");
        assert!(answer.body["data"][0]["etag"].is_string(), "{path}");
    }
}
