//! The page envelope, cursors, nulls and number types.

use hausgraph::sandbox::world::{Bid, Deal, Price};
use serde_json::json;

use super::{
    Firm, holds_null,
    market::{Market, bid, contact, deal, minutes_ago},
};

#[tokio::test]
async fn rule_05_a_page_has_data_and_tells_what_follows() {
    let firm = Firm::with(Market::of((1..=3).map(deal))).await;

    let first = firm.get("/projects?page_size=2").await.body;
    let cursor = first["page"]["nextCursor"].as_str().unwrap();
    let last = firm
        .get(&format!("/projects?page_size=2&cursor={cursor}"))
        .await
        .body;

    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    assert_eq!(first["page"]["pageSize"], 2);
    assert_eq!(first["page"]["hasMore"], true);
    assert_eq!(last["data"].as_array().unwrap().len(), 1);
    assert_eq!(last["page"], json!({ "pageSize": 2, "hasMore": false }));
}

#[tokio::test]
async fn rule_06_the_default_is_500_and_for_associated_projects_100() {
    let firm = Firm::with(Market {
        deals: (1..=501).map(deal).collect(),
        investors: vec![contact(1)],
        bids: (1..=501)
            .map(|id| Bid {
                deal: id,
                ..bid(id)
            })
            .collect(),
        ..Market::default()
    })
    .await;

    for (path, rows) in [
        ("/projects", 500),
        ("/projects?page_size=500", 500),
        ("/projects?page_size=1", 1),
        ("/network/contacts/1/projects", 100),
        ("/network/contacts/1/projects?page_size=500", 500),
    ] {
        let body = firm.get(path).await.body;
        assert_eq!(body["data"].as_array().unwrap().len(), rows, "{path}");
        assert_eq!(body["page"]["pageSize"], rows, "{path}");
        assert_eq!(body["page"]["hasMore"], true, "{path}");
    }
    for size in ["0", "501", "-1", "many", ""] {
        firm.refuses(&format!("/projects?page_size={size}"), 400)
            .await;
    }
    firm.refuses("/projects?cursor=xyz", 400).await;
}

#[tokio::test]
async fn rule_07_walking_cursors_returns_every_row_once_in_the_order_of_change() {
    // 9 and 10 tell numeric from textual order; the second and third of these changed at once.
    let changed = [(10, 30), (9, 20), (11, 20), (3, 20), (7, 5), (100, 5)];
    let deals = changed.map(|(id, minutes)| Deal {
        updated_at: minutes_ago(minutes),
        ..deal(id)
    });
    let firm = Firm::with(Market::of(deals)).await;

    for size in 1..=7 {
        let pages = firm.walk(&format!("/projects?page_size={size}")).await;
        assert_eq!(pages.len(), 6_usize.div_ceil(size));
        assert_eq!(pages.concat(), ["10", "3", "9", "11", "7", "100"]);
    }
}

#[tokio::test]
async fn rule_07_filters_are_kept_while_walking() {
    let deals = (1..=9).map(|id| Deal {
        classification: Some(if id % 2 == 0 { "active" } else { "draft" }),
        ..deal(id)
    });
    let firm = Firm::with(Market::of(deals)).await;

    let pages = firm
        .walk("/projects?page_size=2&classification=active")
        .await;

    assert_eq!(pages, [["2", "4"], ["6", "8"]]);
}

#[tokio::test]
async fn rule_07_every_list_of_the_generated_firm_can_be_walked() {
    let firm = Firm::generated().await;
    let (deals, contacts, companies, properties) = {
        let world = firm.world();
        let live = world.deals.iter().filter(|deal| deal.deleted_at.is_none());
        let investors = world.investors.iter();
        let investors = investors.filter(|investor| investor.deleted_at.is_none());
        let companies = investors.clone().filter(|one| one.is_company).count();
        let contacts = investors.count() - companies;
        (live.count(), contacts, companies, world.profiles.len())
    };

    for (path, expected) in [
        ("/projects", deals),
        ("/network/contacts", contacts),
        ("/network/companies", companies),
        ("/properties", properties),
    ] {
        let size = (expected / 3).max(1);
        let mut ids = firm
            .walk(&format!("{path}?page_size={size}"))
            .await
            .concat();
        assert_eq!(ids.len(), expected, "{path}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), expected, "{path}");
    }
}

#[tokio::test]
async fn rule_08_nulls_are_left_out() {
    let firm = Firm::with(Market::of([deal(1)])).await;

    let project = firm.get("/projects/1").await.body;

    let mut fields: Vec<_> = project.as_object().unwrap().keys().collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "asset",
            "changeType",
            "classification",
            "createdUtc",
            "etag",
            "externalRefs",
            "id",
            "name",
            "status",
            "updatedUtc",
            "uri"
        ]
    );
}

#[tokio::test]
async fn rule_08_no_list_of_the_generated_firm_holds_a_null() {
    let firm = Firm::generated().await;

    for path in [
        "/projects?include_deleted=true",
        "/network/contacts?include_deleted=true",
        "/network/companies?include_deleted=true",
        "/network/links",
        "/properties",
    ] {
        let body = firm.get(path).await.body;
        assert!(!holds_null(&body), "{path}: {body}");
    }
}

#[tokio::test]
async fn rule_09_numbers_come_as_numbers_or_as_numeric_strings() {
    let firm = Firm::with(Market::of([Deal {
        portfolio_size: Some(5),
        price: Some(Price::euros("12.75", "millions")),
        ..deal(1)
    }]))
    .await;

    let plain = firm.get("/projects/1").await.body;
    firm.set_switches(|switches| switches.numeric_strings = true);
    let texts = firm.get("/projects").await.body;

    assert_eq!(plain["asset"]["propertyCount"], 5);
    assert_eq!(plain["price"]["value"], 12.75);
    assert_eq!(texts["data"][0]["asset"]["propertyCount"], "5");
    assert_eq!(texts["data"][0]["price"]["value"], "12.75");
    assert_eq!(texts["page"]["pageSize"], 500);
}
