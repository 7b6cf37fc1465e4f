//! Prospects of a project.

use hausgraph::sandbox::world::{Bid, Investor};
use serde_json::json;

use super::{
    Firm,
    market::{Market, bid, company, contact, deal, minutes_ago},
};

#[tokio::test]
async fn rule_44_a_contact_with_a_company_shows_both_ids() {
    let employed = Investor {
        company: Some(3),
        ..contact(2)
    };
    let firm = Firm::with(Market {
        deals: vec![deal(1)],
        investors: vec![contact(1), employed, company(3)],
        bids: vec![
            bid(1),
            Bid {
                person: Some(2),
                ..bid(2)
            },
            Bid {
                person: None,
                company: Some(3),
                ..bid(3)
            },
        ],
        ..Market::default()
    })
    .await;

    let rows = firm.rows("/projects/1/prospects").await;

    assert_eq!(rows[0]["contactId"], "1");
    assert_eq!(rows[0].get("companyId"), None);
    assert_eq!(
        (&rows[1]["contactId"], &rows[1]["companyId"]),
        (&json!("2"), &json!("3"))
    );
    assert_eq!(rows[1]["displayName"], "Ingrid Lund 2");
    assert_eq!(rows[1]["organizationName"], "Nordlicht Capital 3");
    assert_eq!(rows[2].get("contactId"), None);
    assert_eq!(rows[2]["companyId"], "3");
}

#[tokio::test]
async fn rules_45_and_47_one_that_we_added_is_not_contacted_and_has_neither_teaser_nor_chat() {
    let firm = Firm::with(Market {
        deals: vec![deal(1)],
        investors: vec![contact(1)],
        bids: vec![bid(1)],
        ..Market::default()
    })
    .await;

    let prospect = firm.get("/projects/1/prospects/1").await.body;

    assert_eq!(prospect["projectId"], "1");
    assert_eq!(prospect["classification"], "not_contacted");
    assert_eq!(prospect["capabilities"], json!([]));
    assert_eq!(prospect["tags"], json!([]));
    assert_eq!(prospect["externalRefs"], json!([]));
    assert_eq!(prospect.get("teaser"), None);
}

#[tokio::test]
async fn rule_48_one_that_was_matched_has_a_deadline_and_after_acceptance_chat() {
    let sent = Bid {
        teaser_deadline: Some(minutes_ago(-60)),
        ..bid(1)
    };
    let accepted = Bid {
        teaser_deadline: Some(minutes_ago(-60)),
        teaser_accepted: Some(minutes_ago(30)),
        ..bid(2)
    };
    let firm = Firm::with(Market {
        deals: vec![deal(1)],
        investors: vec![contact(1)],
        bids: vec![sent, accepted],
        ..Market::default()
    })
    .await;

    let rows = firm.rows("/projects/1/prospects").await;

    let deadline = "2026-03-02T09:00:00Z";
    assert_eq!(rows[0]["teaser"], json!({ "deadlineUtc": deadline }));
    assert_eq!(rows[0]["capabilities"], json!([]));
    assert_eq!(
        rows[1]["teaser"],
        json!({ "acceptedUtc": "2026-03-02T07:30:00Z", "deadlineUtc": deadline })
    );
    assert_eq!(rows[1]["capabilities"], json!(["chat"]));
}

#[tokio::test]
async fn rules_49_and_50_filters_select_and_tags_come_from_the_contact_or_company() {
    let tagged = |investor: Investor, tags: &[&str]| Investor {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..investor
    };
    let employed = Investor {
        company: Some(1),
        ..contact(2)
    };
    let firm = Firm::with(Market {
        deals: vec![deal(1)],
        investors: vec![
            tagged(contact(1), &["vip", "nordic"]),
            tagged(employed, &["nordic"]),
            tagged(company(1), &["family, office"]),
        ],
        bids: vec![
            Bid {
                classification: "bidder",
                ..bid(1)
            },
            Bid {
                person: Some(2),
                classification: "interested",
                teaser_deadline: Some(minutes_ago(-60)),
                teaser_accepted: Some(minutes_ago(30)),
                ..bid(2)
            },
            Bid {
                person: None,
                company: Some(1),
                ..bid(3)
            },
        ],
        ..Market::default()
    })
    .await;

    let rows = firm.rows("/projects/1/prospects").await;
    assert_eq!(rows[0]["tags"], json!(["vip", "nordic"]));
    assert_eq!(rows[1]["tags"], json!(["nordic"]));
    assert_eq!(rows[2]["tags"], json!(["family, office"]));
    for (query, ids) in [
        ("capability=chat", vec!["2"]),
        ("classification=bidder", vec!["1"]),
        ("classification=not_contacted", vec!["3"]),
        ("classification=contacted", vec![]),
        ("tags=nordic", vec!["1", "2"]),
        ("tags=vip&tags=family,%20office", vec!["1", "3"]),
        ("tags=vip,nordic", vec![]),
        ("tags=VIP", vec![]),
        ("tags=nordic&classification=interested", vec!["2"]),
        ("tags=vip&capability=chat", vec![]),
    ] {
        let path = format!("/projects/1/prospects?{query}");
        assert_eq!(firm.ids(&path).await, ids, "{query}");
    }
    firm.refuses("/projects/1/prospects?classification=hot", 400)
        .await;
    firm.refuses("/projects/1/prospects?capability=video", 400)
        .await;
    firm.refuses("/projects/9/prospects", 404).await;
}
