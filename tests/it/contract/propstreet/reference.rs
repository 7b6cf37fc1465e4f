//! Look-ups by the name that another system gave.

use hausgraph::sandbox::world::{Bid, Deal, Investor};
use serde_json::json;

use super::{
    Firm,
    market::{Market, bid, contact, deal, reference},
};

#[tokio::test]
async fn rule_35_the_namespace_is_found_in_any_case_and_the_id_letter_by_letter() {
    let firm = Firm::with(Market {
        deals: vec![Deal {
            references: vec![
                reference("hubspot", "Deal-123"),
                reference("propstack", "9"),
            ],
            ..deal(1)
        }],
        investors: vec![Investor {
            references: vec![reference("hubspot", "Lund")],
            ..contact(1)
        }],
        bids: vec![Bid {
            references: vec![reference("hubspot", "Bid-1")],
            ..bid(1)
        }],
        ..Market::default()
    })
    .await;

    for namespace in ["HubSpot", "hubspot", "HUBSPOT"] {
        for path in [
            format!("/projects/external/{namespace}/Deal-123"),
            format!("/projects/1/prospects/external/{namespace}/Bid-1"),
            format!("/network/contacts/external/{namespace}/Lund"),
        ] {
            let found = firm.get(&path).await;
            assert_eq!(found.status, 200, "{path}");
            assert_eq!(found.body["id"], "1", "{path}");
        }
    }
    let project = firm.get("/projects/external/propstack/9").await.body;
    assert_eq!(
        project["externalRefs"],
        json!([
            { "namespace": "hubspot", "id": "Deal-123" },
            { "namespace": "propstack", "id": "9" }
        ])
    );
    firm.refuses("/projects/external/hubspot/deal-123", 404)
        .await;
}

#[tokio::test]
async fn rule_40_a_miss_is_not_found() {
    let firm = Firm::with(Market {
        deals: vec![
            Deal {
                references: vec![reference("hubspot", "a")],
                ..deal(1)
            },
            deal(2),
        ],
        investors: vec![contact(1)],
        bids: vec![Bid {
            references: vec![reference("hubspot", "b")],
            ..bid(1)
        }],
        ..Market::default()
    })
    .await;

    for path in [
        "/projects/external/hubspot/b",
        "/projects/external/other/a",
        "/projects/1/prospects/external/hubspot/a",
        "/projects/2/prospects/external/hubspot/b",
        "/projects/3/prospects/external/hubspot/b",
        "/network/contacts/external/hubspot/a",
    ] {
        firm.refuses(path, 404).await;
    }
}

#[tokio::test]
async fn rule_41_ids_with_slash_space_percent_and_umlaut_survive() {
    let names = [
        ("a/b c", "a%2Fb%20c"),
        ("100%", "100%25"),
        ("%2F", "%252F"),
        ("Größe 7/ä", "Gr%C3%B6%C3%9Fe%207%2F%C3%A4"),
        ("x?y#z&w", "x%3Fy%23z%26w"),
        ("1+1", "1+1"),
    ];
    let deals = (1..).zip(names).map(|(id, (name, _))| Deal {
        references: vec![reference("propstack", name)],
        ..deal(id)
    });
    let bids = (1..).zip(names).map(|(id, (name, _))| Bid {
        references: vec![reference("propstack", name)],
        ..bid(id)
    });
    let firm = Firm::with(Market {
        deals: deals.collect(),
        investors: vec![contact(1)],
        bids: bids.collect(),
        ..Market::default()
    })
    .await;

    for (name, encoded) in names {
        for place in ["/projects", "/projects/1/prospects"] {
            let found = firm
                .get(&format!("{place}/external/propstack/{encoded}"))
                .await;
            assert_eq!(
                found.body["externalRefs"][0]["id"], name,
                "{place}: {encoded}"
            );
        }
    }
    firm.refuses("/projects/external/propstack/%FF", 404).await;
}
