//! Contacts, companies, their links, and the projects they are prospects of.

use hausgraph::sandbox::world::{Bid, Deal, Investor};
use serde_json::{Value, json};

use super::{
    Firm,
    market::{Market, bid, company, contact, deal, minutes_ago, reference},
};

/// Contact 2 works for company 3; 1 works for nobody. Projects 1 to 4, the last one deleted.
async fn firm() -> Firm {
    let on = |id, deal, person, company, classification| Bid {
        deal,
        person,
        company,
        classification,
        ..bid(id)
    };
    Firm::with(Market {
        deals: vec![
            Deal {
                classification: Some("active"),
                ..deal(1)
            },
            Deal {
                status: "closed",
                classification: None,
                updated_at: minutes_ago(5),
                ..deal(2)
            },
            deal(3),
            Deal {
                deleted_at: Some(minutes_ago(1)),
                ..deal(4)
            },
        ],
        investors: vec![
            contact(1),
            Investor {
                company: Some(3),
                ..contact(2)
            },
            company(3),
        ],
        bids: vec![
            on(1, 1, Some(1), None, "interested"),
            on(2, 1, Some(2), None, "contacted"),
            on(3, 2, Some(2), None, "bidder"),
            on(4, 2, None, Some(3), "not_contacted"),
            on(5, 3, None, Some(3), "interested"),
            on(6, 4, Some(2), None, "bidder"),
            Bid {
                deleted_at: Some(minutes_ago(1)),
                ..on(7, 3, Some(2), None, "bidder")
            },
        ],
        ..Market::default()
    })
    .await
}

/// (project, prospect) of each row.
fn pairs<'a>(rows: &'a [Value]) -> Vec<(&'a str, &'a str)> {
    let pair = |row: &'a Value| Some((row["id"].as_str()?, row["prospectId"].as_str()?));
    rows.iter().filter_map(pair).collect()
}

#[tokio::test]
async fn rule_63_a_contacts_projects_are_those_it_is_a_prospect_of_itself() {
    let firm = firm().await;

    let rows = firm.rows("/network/contacts/2/projects").await;

    assert_eq!(pairs(&rows), [("1", "2"), ("2", "3")]);
    let project = firm.get("/projects/1").await.body;
    assert_eq!(
        rows[0],
        json!({
            "id": "1",
            "prospectId": "2",
            "name": "Kontorhaus 1",
            "status": "open",
            "classification": "active",
            "prospectClassification": "contacted",
            "prospectCount": 2,
            "createdUtc": project["createdUtc"],
            "updatedUtc": project["updatedUtc"],
            "etag": project["etag"],
        })
    );
    assert_eq!(rows[1].get("classification"), None);
    firm.refuses("/network/contacts/9/projects", 404).await;
}

#[tokio::test]
async fn rule_63_a_companys_projects_are_its_own_and_those_of_its_contacts() {
    let firm = firm().await;

    let rows = firm.rows("/network/companies/3/projects").await;

    // One row per project; on project 2 the company's own prospect stands for both.
    assert_eq!(pairs(&rows), [("1", "2"), ("3", "5"), ("2", "4")]);
    firm.refuses("/network/companies/9/projects", 404).await;
    // Persons and firms count apart.
    firm.refuses("/network/contacts/3/projects", 404).await;
}

#[tokio::test]
async fn rule_64_associated_projects_are_filtered_by_the_prospects_stage_and_the_projects_status() {
    let firm = firm().await;

    for (query, ids) in [
        ("classification=contacted", vec!["1"]),
        ("classification=bidder", vec!["2"]),
        ("classification=interested", vec![]),
        ("status=open", vec!["1"]),
        ("status=closed", vec!["2"]),
        ("status=closed&classification=contacted", vec![]),
        ("page_size=1", vec!["1"]),
    ] {
        let path = format!("/network/contacts/2/projects?{query}");
        assert_eq!(firm.ids(&path).await, ids, "{query}");
    }
    let walked = firm.walk("/network/companies/3/projects?page_size=1").await;
    assert_eq!(walked, [["1"], ["3"], ["2"]]);
    for query in ["classification=active", "status=deleted", "page_size=501"] {
        let path = format!("/network/contacts/2/projects?{query}");
        firm.refuses(&path, 400).await;
    }
}

#[tokio::test]
async fn rule_63_contacts_companies_and_links_know_each_other() {
    let firm = firm().await;

    let contact = firm.get("/network/contacts/2").await.body;
    let company = firm.get("/network/companies/3").await.body;
    let links = firm.rows("/network/links").await;

    assert_eq!(contact["primaryCompanyId"], "3");
    assert_eq!(
        contact["companies"],
        json!([{ "id": "3", "name": "Nordlicht Capital 3", "isPrimary": true }])
    );
    assert_eq!(
        contact["emails"],
        json!([{ "address": "lund2@example.com", "type": "work", "isPrimary": true }])
    );
    assert_eq!(contact["phones"], json!([]));
    assert_eq!(company["domain"], "nordlicht3.example");
    assert_eq!(company["contacts"][0]["id"], "2");
    assert_eq!(links.len(), 1);
    assert_eq!(
        (&links[0]["contactId"], &links[0]["companyId"]),
        (&json!("2"), &json!("3"))
    );
    assert_eq!(firm.ids("/network/links?contact_id=1").await, [""; 0]);
    assert_eq!(firm.ids("/network/links?company_id=3").await.len(), 1);
    assert_eq!(firm.ids("/network/contacts").await, ["1", "2"]);
    assert_eq!(firm.ids("/network/companies").await, ["3"]);
    firm.refuses("/network/links?contact_id=x", 400).await;
}

#[tokio::test]
async fn rule_12_deleted_contacts_and_companies_show_only_where_they_are_asked_for() {
    let gone = |investor: Investor| Investor {
        updated_at: minutes_ago(1),
        deleted_at: Some(minutes_ago(1)),
        references: vec![reference("propstack", "7")],
        ..investor
    };
    let employed = |id| Investor {
        company: Some(1),
        ..contact(id)
    };
    let firm = Firm::with(Market {
        investors: vec![employed(1), gone(employed(2)), company(1), gone(company(2))],
        ..Market::default()
    })
    .await;

    for list in ["contacts", "companies", "links"] {
        let path = format!("/network/{list}");
        assert_eq!(firm.ids(&path).await, ["1"], "{list}");
        let since = "updated_since=2026-03-02T07:59:00Z&include_deleted=true";
        let rows = firm.rows(&format!("{path}?{since}")).await;
        assert_eq!(rows.len(), 1, "{list}");
        assert_eq!(rows[0]["id"], "2", "{list}");
        assert_eq!(rows[0]["deletedUtc"], "2026-03-02T07:59:00Z", "{list}");
        assert_eq!(rows[0]["changeType"], "delete", "{list}");
    }
    let company = firm.get("/network/companies/1").await.body;
    assert_eq!(company["contacts"].as_array().unwrap().len(), 1);
    for path in [
        "/network/contacts/2",
        "/network/companies/2",
        "/network/contacts/2/projects",
        "/network/contacts/external/propstack/7",
    ] {
        firm.refuses(path, 404).await;
    }
}
