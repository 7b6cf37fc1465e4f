//! Prospects are added, changed, deleted, removed and classified.

use hausgraph::sandbox::world::{Bid, Deal, Investor};
use serde_json::{Value, json};

use super::{
    super::{
        Firm,
        market::{Market, bid, company, contact, deal, minutes_ago, reference},
    },
    etag,
};

const PROSPECTS: &str = "/projects/1/prospects";

/// Two projects without prospects; the second of three contacts works for the first of two firms.
async fn firm() -> Firm {
    let employed = Investor {
        company: Some(1),
        tags: vec!["nordic".to_owned()],
        ..contact(2)
    };
    let gone = Investor {
        deleted_at: Some(minutes_ago(10)),
        ..contact(4)
    };
    Firm::with(Market {
        deals: vec![deal(1), deal(2)],
        investors: vec![
            contact(1),
            employed,
            contact(3),
            gone,
            company(1),
            company(2),
        ],
        ..Market::default()
    })
    .await
}

#[tokio::test]
async fn rule_43_exactly_one_of_contact_and_company_is_added() {
    let firm = firm().await;
    for body in [
        json!({}),
        json!({ "contactId": null }),
        json!({ "contactId": "1", "companyId": "1" }),
        json!({ "contactId": 1 }),
        json!({ "contactId": "one" }),
        json!({ "companyId": "01" }),
    ] {
        let refused = firm.post(PROSPECTS, body.clone()).await;
        refused.assert_problem(400, &body.to_string());
    }
    for body in [
        json!({ "contactId": "9" }),
        json!({ "companyId": "9" }),
        // Deleted.
        json!({ "contactId": "4" }),
    ] {
        let refused = firm.post(PROSPECTS, body.clone()).await;
        refused.assert_problem(404, &body.to_string());
    }
    let nowhere = firm.post("/projects/9/prospects", json!({ "contactId": "1" }));
    nowhere.await.assert_problem(404, "no such project");
    assert_eq!(firm.ids(PROSPECTS).await, [""; 0]);
}

#[tokio::test]
async fn rules_44_45_47_and_50_one_that_is_added_begins_at_the_first_stage() {
    let firm = firm().await;

    let answer = firm
        .post(
            PROSPECTS,
            json!({ "contactId": "2", "classification": "bidder" }),
        )
        .await;

    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.header("location"),
        Some("/api/v1/projects/1/prospects/1")
    );
    let version = answer.body["etag"].clone();
    assert_eq!(
        answer.body,
        json!({
            "id": "1",
            "uri": "https://app.propstreet.com/prospects/1",
            "projectId": "1",
            "contactId": "2",
            "companyId": "1",
            "displayName": "Ingrid Lund 2",
            "organizationName": "Nordlicht Capital 1",
            "classification": "not_contacted",
            "capabilities": [],
            "tags": ["nordic"],
            "externalRefs": [],
            "createdUtc": "2026-03-02T08:00:00Z",
            "updatedUtc": "2026-03-02T08:00:00Z",
            "etag": version,
            "changeType": "create",
        })
    );
    let alone = firm.create(PROSPECTS, json!({ "companyId": "2" })).await;
    assert_eq!(alone["companyId"], "2");
    assert_eq!(alone.get("contactId"), None);
    assert_eq!(firm.ids(PROSPECTS).await, ["1", "2"]);
}

#[tokio::test]
async fn rule_45_every_stage_can_follow_every_other_and_no_unknown_one() {
    let firm = firm().await;
    firm.create(PROSPECTS, json!({ "contactId": "1" })).await;
    let path = "/projects/1/prospects/1";
    for stage in [
        "bidder",
        "not_interested",
        "interested",
        "contacted",
        "not_contacted",
    ] {
        let answer = firm.patch(path, json!({ "classification": stage })).await;
        assert_eq!(answer.body["classification"], stage);
        let filtered = format!("{PROSPECTS}?classification={stage}");
        assert_eq!(firm.ids(&filtered).await, ["1"]);
    }
    for stage in [json!("hot"), json!("Bidder"), json!(1), json!(null)] {
        let refused = firm.patch(path, json!({ "classification": stage })).await;
        refused.assert_problem(400, &stage.to_string());
    }
    assert_eq!(firm.one(path).await["classification"], "not_contacted");
}

#[tokio::test]
async fn rule_46_the_same_contact_or_company_is_added_to_a_project_once() {
    let firm = firm().await;
    for body in [json!({ "contactId": "2" }), json!({ "companyId": "1" })] {
        firm.create(PROSPECTS, body.clone()).await;
        let again = firm.post(PROSPECTS, body.clone()).await;
        again.assert_problem(409, &body.to_string());
        firm.create("/projects/2/prospects", body).await;
    }
    assert_eq!(firm.ids(PROSPECTS).await.len(), 2);
}

#[tokio::test]
async fn rule_51_a_change_touches_stage_and_references_alone() {
    let firm = firm().await;
    let before = firm.create(PROSPECTS, json!({ "contactId": "1" })).await;
    let references = json!([{ "namespace": "propstack-deal", "id": "52" }]);

    let after = firm
        .patch(
            "/projects/1/prospects/1",
            json!({
                "classification": "contacted",
                "externalRefs": references,
                "contactId": "3",
                "companyId": "2",
                "projectId": "2",
                "tags": ["vip"],
                "capabilities": ["chat"],
                "teaser": {},
            }),
        )
        .await
        .body;

    assert_eq!(after["classification"], "contacted");
    assert_eq!(after["externalRefs"], references);
    for field in [
        "contactId",
        "projectId",
        "displayName",
        "tags",
        "capabilities",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after.get("companyId"), None);
    assert_eq!(after.get("teaser"), None);
}

#[tokio::test]
async fn rule_11_a_deleted_or_removed_prospect_shows_only_among_deleted_ones_and_can_be_added_anew()
{
    let firm = firm().await;
    for (path, is_removed) in [
        ("/projects/1/prospects/1", false),
        ("/projects/1/prospects/2", true),
    ] {
        let before = firm.create(PROSPECTS, json!({ "contactId": "1" })).await;
        firm.advance(60);

        let answer = match is_removed {
            true => firm.post(&format!("{path}/remove"), json!({})).await,
            false => firm.delete(path).await,
        };

        assert_eq!(answer.status, 204);
        assert_eq!(firm.ids(PROSPECTS).await, [""; 0]);
        let all = firm
            .rows(&format!("{PROSPECTS}?include_deleted=true"))
            .await;
        let row = all.last().unwrap();
        assert_eq!(row["id"], before["id"]);
        assert_eq!(row["deletedUtc"], json!(firm.clock.now()));
        assert_eq!(row["updatedUtc"], row["deletedUtc"]);
        assert_ne!(etag(row), etag(&before));
        firm.refuses(path, 404).await;
        firm.delete(path).await.assert_problem(404, "deleted twice");
        let removed = firm.post(&format!("{path}/remove"), json!({})).await;
        removed.assert_problem(404, "removed after all");
        let changed = firm
            .patch(path, json!({ "classification": "bidder" }))
            .await;
        changed.assert_problem(404, "changed");
    }
    let anew = firm.create(PROSPECTS, json!({ "contactId": "1" })).await;
    assert_eq!(anew["id"], "3");
}

#[tokio::test]
async fn section_6_the_projects_of_contact_and_company_follow_every_write() {
    let firm = firm().await;
    let projects = [
        "/network/contacts/2/projects",
        "/network/companies/1/projects",
    ];
    firm.create(PROSPECTS, json!({ "contactId": "2" })).await;
    for path in projects {
        let rows = firm.rows(path).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["prospectId"], "1");
        assert_eq!(rows[0]["prospectCount"], 1);
        let project = firm.one("/projects/1").await;
        assert_eq!(rows[0]["etag"], project["etag"]);
    }
    let prospect = "/projects/1/prospects/1";
    firm.patch(prospect, json!({ "classification": "bidder" }))
        .await;
    for path in projects {
        assert_eq!(firm.rows(path).await[0]["prospectClassification"], "bidder");
    }
    firm.delete(prospect).await;
    for path in projects {
        assert_eq!(firm.ids(path).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_blocked_investor_is_not_added() {
    let firm = firm().await;
    firm.set_switches(|switches| {
        switches.blocked_contacts.insert("1".to_owned());
        switches.blocked_companies.insert("2".to_owned());
    });
    for body in [json!({ "contactId": "1" }), json!({ "companyId": "2" })] {
        let refused = firm.post(PROSPECTS, body.clone()).await;
        refused.assert_problem(422, &body.to_string());
    }
    firm.create(PROSPECTS, json!({ "companyId": "1" })).await;
}

#[tokio::test]
async fn r9_many_are_classified_and_the_others_are_named() {
    let firm = Firm::with(Market {
        deals: vec![deal(1), Deal { ..deal(2) }],
        investors: vec![contact(1)],
        bids: vec![
            bid(1),
            bid(2),
            Bid {
                classification: "bidder",
                references: vec![reference("hubspot", "a")],
                ..bid(3)
            },
            Bid { deal: 2, ..bid(4) },
        ],
        ..Market::default()
    })
    .await;
    let classify = "/projects/1/prospects/classify";
    let settled = firm.one("/projects/1/prospects/3").await;

    let body = json!({ "classification": "bidder", "prospectIds": ["2", "4", "3", "2", "x"] });
    let answer = firm.post(classify, body).await;

    assert_eq!(answer.status, 200);
    let error = "not_found_or_no_access";
    assert_eq!(
        answer.body,
        json!({
            "classified": 2,
            "succeeded": ["2", "3"],
            "failed": [
                { "prospectId": "4", "error": error },
                { "prospectId": "x", "error": error },
            ],
        })
    );
    let stages = firm.rows(PROSPECTS).await;
    let stage = |row: &Value| (row["id"].clone(), row["classification"].clone());
    let mut stages: Vec<_> = stages.iter().map(stage).collect();
    stages.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(
        json!(stages),
        json!([["1", "not_contacted"], ["2", "bidder"], ["3", "bidder"]])
    );
    assert_eq!(firm.one("/projects/1/prospects/3").await, settled);
    for body in [
        json!({ "classification": "hot", "prospectIds": ["1"] }),
        json!({ "prospectIds": ["1"] }),
        json!({ "classification": "bidder", "prospectIds": [] }),
        json!({ "classification": "bidder", "prospectIds": [1] }),
        json!({ "classification": "bidder" }),
        json!({ "classification": "bidder", "prospectIds": vec!["1"; 101] }),
    ] {
        let refused = firm.post(classify, body.clone()).await;
        refused.assert_problem(400, &body.to_string());
    }
    let hundred: Vec<_> = (1..=100).map(|id| id.to_string()).collect();
    let body = json!({ "classification": "contacted", "prospectIds": hundred });
    assert_eq!(
        firm.post(classify, body.clone()).await.body["classified"],
        3
    );
    let nowhere = firm.post("/projects/9/prospects/classify", body).await;
    nowhere.assert_problem(404, "no such project");
}
