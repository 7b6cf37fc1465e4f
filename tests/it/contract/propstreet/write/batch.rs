//! Many prospects at once.

use hausgraph::sandbox::{propstreet::BatchCodes, world::Bid};
use serde_json::{Value, json};

use super::super::{
    Answer, Firm,
    market::{Market, bid, company, contact, deal, reference},
};

const BATCH: &str = "/projects/1/prospects:batch";

/// Contacts 1 to 110 and two firms; contact 1 is a prospect with a name already.
async fn firm() -> Firm {
    let mut investors: Vec<_> = (1..=110).map(contact).collect();
    investors.extend([company(1), company(2)]);
    Firm::with(Market {
        deals: vec![deal(1)],
        investors,
        bids: vec![Bid {
            references: vec![reference("hubspot", "taken")],
            ..bid(1)
        }],
        ..Market::default()
    })
    .await
}

async fn add(firm: &Firm, items: Vec<Value>) -> Answer {
    firm.post(BATCH, json!({ "items": items })).await
}

fn person(id: u64) -> Value {
    json!({ "contactId": id.to_string() })
}

fn named(id: u64, name: &str) -> Value {
    json!({
        "contactId": id.to_string(),
        "externalRefs": [{ "namespace": "HubSpot", "id": name }],
    })
}

/// Index and code of each item that failed.
fn failures(answer: &Answer) -> Value {
    let failed = answer.body["failed"].as_array().unwrap().iter();
    failed
        .map(|row| json!([row["index"], row["error"]]))
        .collect()
}

#[tokio::test]
async fn rule_52_a_batch_holds_1_to_100_items() {
    let firm = firm().await;
    for items in [0, 101] {
        let items = (2..2 + items).map(person).collect();
        add(&firm, items).await.assert_problem(400, "count");
    }
    for body in [json!({}), json!({ "items": null }), json!({ "items": {} })] {
        firm.post(BATCH, body).await.assert_problem(400, "no list");
    }
    assert_eq!(firm.ids("/projects/1/prospects").await, ["1"]);

    let full = add(&firm, (2..102).map(person).collect()).await;

    assert_eq!(full.status, 200);
    assert_eq!(full.body["created"].as_array().unwrap().len(), 100);
    assert_eq!(full.body["failed"], json!([]));
    assert_eq!(firm.ids("/projects/1/prospects").await.len(), 101);
    let nowhere = json!({ "items": [person(2)] });
    firm.post("/projects/9/prospects:batch", nowhere)
        .await
        .assert_problem(404, "no such project");
}

#[tokio::test]
async fn rule_53_what_can_be_added_is_and_the_rest_is_named_by_its_place() {
    let firm = firm().await;

    let items = vec![
        person(1),
        named(2, "x"),
        person(999),
        json!({ "companyId": "1" }),
    ];
    let answer = add(&firm, items).await;

    assert_eq!(
        answer.body,
        json!({
            "created": [
                {
                    "id": "2",
                    "contactId": "2",
                    "externalRefs": [{ "namespace": "hubspot", "id": "x" }],
                },
                { "id": "3", "companyId": "1" },
            ],
            "failed": [
                {
                    "index": 0,
                    "error": "duplicate",
                    "message": "already in this project",
                    "contactId": "1",
                },
                {
                    "index": 2,
                    "error": "not_added",
                    "message": "no such contact or company",
                    "contactId": "999",
                },
            ],
        })
    );
    let added = firm.one("/projects/1/prospects/external/hubspot/x").await;
    assert_eq!(added["classification"], "not_contacted");
    assert_eq!(firm.ids("/projects/1/prospects").await, ["1", "2", "3"]);
}

#[tokio::test]
async fn rules_54_and_57_each_flaw_has_its_code_in_either_source() {
    let firm = firm().await;
    let items = || {
        vec![
            json!({}),
            json!({ "contactId": "2", "companyId": "1" }),
            json!("2"),
            json!({ "contactId": "2", "externalRefs": [{ "namespace": "n" }] }),
            json!({ "contactId": "two" }),
            person(1),
            person(999),
            person(3),
            json!({ "companyId": "2" }),
            named(4, "taken"),
        ]
    };
    firm.set_switches(|switches| {
        switches.blocked_contacts.insert("3".to_owned());
        switches.blocked_companies.insert("2".to_owned());
    });

    assert_eq!(
        failures(&add(&firm, items()).await),
        json!([
            [0, "validation_error"],
            [1, "validation_error"],
            [2, "validation_error"],
            [3, "validation_error"],
            [4, "invalid_id"],
            [5, "duplicate"],
            [6, "not_added"],
            [7, "not_added"],
            [8, "not_added"],
            [9, "validation_error"],
        ])
    );
    firm.set_switches(|switches| switches.batch_codes = BatchCodes::Reference);
    assert_eq!(
        failures(&add(&firm, items()).await),
        json!([
            [0, "validation_error"],
            [1, "validation_error"],
            [2, "validation_error"],
            [3, "validation_error"],
            [4, "invalid_id"],
            [5, "already_in_prospects"],
            [6, "not_found_or_no_access"],
            [7, "blocked"],
            [8, "blocked"],
            [9, "duplicate_external_ref"],
        ])
    );
    assert_eq!(firm.ids("/projects/1/prospects").await, ["1"]);
}

#[tokio::test]
async fn rule_55_of_two_items_with_one_reference_the_first_wins() {
    let firm = firm().await;

    let other_case = json!({
        "contactId": "3",
        "externalRefs": [{ "namespace": "hubspot", "id": "x" }],
    });
    let items = vec![named(2, "x"), other_case, named(4, "X")];
    let answer = add(&firm, items).await;

    assert_eq!(failures(&answer), json!([[1, "validation_error"]]));
    let holder = firm.one("/projects/1/prospects/external/hubspot/x").await;
    assert_eq!(holder["contactId"], "2");
    assert_eq!(firm.ids("/projects/1/prospects").await.len(), 3);
}

#[tokio::test]
async fn rule_56_a_contact_that_comes_twice_is_added_once() {
    let firm = firm().await;

    let answer = add(
        &firm,
        vec![person(2), person(2), json!({ "companyId": "2" })],
    )
    .await;

    assert_eq!(answer.body["created"].as_array().unwrap().len(), 2);
    assert_eq!(failures(&answer), json!([[1, "duplicate"]]));
    assert_eq!(
        answer.body["failed"][0]["message"],
        "repeated in this batch"
    );
}
