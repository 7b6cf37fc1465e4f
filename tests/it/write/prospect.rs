//! Prospects through the graph: added, changed and removed by the rules of Propstreet's contract.
//!
//! Of rule 20 the races are in `conflict`. That Propstreet itself refuses neither and both of
//! `contactId` and `companyId` (rule 43) is shown in `contract/propstreet/write/prospect.rs`: the
//! graph has one id for the two, so that it never sends them.

use std::collections::BTreeSet;

use hausgraph::{
    model::{ContactId, InvestorId, ProjectId, ProspectId},
    sandbox::{
        System,
        world::{Bid, Investor},
    },
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, codes, text, texts, written};

const POST: &str = "POST /api/v1/projects/{id}/prospects";
const PATCH: &str = "PATCH /api/v1/projects/{id}/prospects/{prospect}";
const SHOWN: &str = "id classification capabilities tags teaser { acceptedAt deadlineAt } origin
    externalReferences { namespace id } createdAt updatedAt deletedAt etag
    project { id } investor { id companyName tags }";
const STAGES: [&str; 5] = [
    "BIDDER",
    "NOT_INTERESTED",
    "INTERESTED",
    "CONTACTED",
    "NOT_CONTACTED",
];

/// A project without prospects.
async fn project(gateway: &TestGateway) -> String {
    let made = gateway.run("createProject", json!({ "name": "Nord" }), "project { id }");
    text(&made.await, "/project/id")
}

/// The investors for which `keep` holds.
fn investors(gateway: &TestGateway, keep: impl Fn(&Investor) -> bool) -> Vec<String> {
    let world = gateway.sandbox.shared.tenants[0].world();
    let kept = world
        .investors
        .iter()
        .filter(|it| it.deleted_at.is_none() && keep(it));
    let ids = kept.map(|it| match it.is_company {
        true => InvestorId::Company(it.id.to_string()),
        false => InvestorId::Person(it.id.to_string()),
    });
    ids.map(|id| id.to_string()).collect()
}

async fn try_add(gateway: &TestGateway, input: Value) -> Value {
    let selection = format!("prospect {{ {SHOWN} }}");
    gateway.run("addProspect", input, &selection).await
}

async fn add(gateway: &TestGateway, project: &str, investor: &str) -> Value {
    let input = json!({ "projectId": project, "investorId": investor });
    let payload = try_add(gateway, input).await;
    assert_eq!(payload["errors"], json!([]));
    payload["prospect"].clone()
}

async fn update(gateway: &TestGateway, input: Value) -> Value {
    let selection = format!("prospect {{ {SHOWN} }} attempts");
    gateway.run("updateProspect", input, &selection).await
}

/// A prospect as a fresh query shows it.
async fn read(gateway: &TestGateway, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ prospect(by: {{ id: $id }}) {{ {SHOWN} }} }}");
    gateway.data_with(&query, json!({ "id": id })).await["prospect"].take()
}

/// The ids of a project's prospects, in order.
async fn list(gateway: &TestGateway, project: &str, filter: &str) -> BTreeSet<String> {
    let query = format!(
        "query($id: ID!) {{ project(by: {{ id: $id }}) {{
            prospects(first: 100, filter: {{ {filter} }}) {{ nodes {{ id }} }} }} }}"
    );
    let data = gateway.data_with(&query, json!({ "id": project })).await;
    let ids = texts(&data["project"]["prospects"]["nodes"], "/id");
    ids.into_iter().collect()
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

#[tokio::test]
async fn rule_20_versions_of_prospects_are_as_those_of_projects() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let made = add(&gateway, &project, &investors(&gateway, |_| true)[0]).await;
    let id = text(&made, "/id");
    assert_eq!(read(&gateway, &id).await, made);

    let change = |stage: &str| json!({ "id": id, "etag": made["etag"], "classification": stage });
    let won = update(&gateway, change("BIDDER")).await;
    let lost = update(&gateway, change("CONTACTED")).await;
    let free = update(
        &gateway,
        json!({ "id": id, "classification": "INTERESTED" }),
    )
    .await;
    let unknown = json!({ "id": id, "etag": "W/\"0\"", "classification": "BIDDER" });
    let unknown = update(&gateway, unknown).await;

    assert_eq!(won["errors"], json!([]));
    assert_ne!(won["prospect"]["etag"], made["etag"]);
    for conflict in [lost, unknown] {
        assert_eq!(errors(&conflict), [("EtagConflict", "ETAG_CONFLICT")]);
        assert_eq!(conflict["prospect"], Value::Null);
    }
    assert_eq!(read(&gateway, &id).await, free["prospect"]);
    assert_eq!(free["prospect"]["classification"], "INTERESTED");
    let entries = gateway.sandbox.shared.journal.entries();
    let patches = entries
        .iter()
        .filter(|entry| entry.arrival.method == "PATCH");
    let sent: Vec<_> = patches
        .map(|entry| entry.arrival.if_match.clone())
        .collect();
    let first = made["etag"].as_str().map(str::to_owned);
    assert_eq!(sent, [first, None, Some("W/\"0\"".to_owned())]);
}

#[tokio::test]
async fn rule_43_a_prospect_is_exactly_one_investor() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let investor = &investors(&gateway, |_| true)[0];
    let contact = ContactId::new("1").to_string();
    let unsent = gateway.all_calls(System::Propstreet);
    for (who, path) in [
        (json!({}), "investorId"),
        (
            json!({ "investorId": null, "contactId": null }),
            "investorId",
        ),
        (
            json!({ "investorId": investor, "contactId": contact }),
            "investorId",
        ),
        (json!({ "investorId": "nonsense" }), "investorId"),
        (json!({ "investorId": contact }), "investorId"),
        (json!({ "contactId": investor }), "contactId"),
    ] {
        let mut input = who.clone();
        input["projectId"] = json!(project);
        let payload = try_add(&gateway, input).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")], "{who}");
        assert_eq!(payload["errors"][0]["path"], json!([path]), "{who}");
    }
    assert_eq!(gateway.all_calls(System::Propstreet), unsent);

    let deleted = {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let mut people = world.investors.iter_mut().filter(|it| !it.is_company);
        let person = people.nth(3).unwrap();
        person.deleted_at = Some(person.updated_at);
        InvestorId::Person(person.id.to_string()).to_string()
    };
    let nobody = InvestorId::Company("1".to_owned()).to_string();
    let nowhere = ProjectId::new("1").to_string();
    for (project, investor) in [
        (&project, &deleted),
        (&project, &nobody),
        (&nowhere, investor),
    ] {
        let input = json!({ "projectId": project, "investorId": investor });
        let payload = try_add(&gateway, input).await;
        assert_eq!(errors(&payload), [("InputError", "NOT_FOUND")]);
    }
    let payload = try_add(
        &gateway,
        json!({ "projectId": project, "contactId": contact }),
    )
    .await;
    assert_eq!(errors(&payload), [("InputError", "NOT_FOUND")]);
    assert_eq!(payload["errors"][0]["path"], json!(["contactId"]));
    assert_eq!(list(&gateway, &project, "").await, set(&[]));
}

#[tokio::test]
async fn rule_43_a_contact_is_added_as_the_investor_that_it_is() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let (contact, investor) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let known = world.investors.iter().find_map(|it| {
            let mut references = it.references.iter();
            let reference = references.find(|its| its.namespace == "propstack")?;
            let is_live = !it.is_company && it.deleted_at.is_none();
            is_live.then(|| (reference.id.clone(), it.id.to_string()))
        });
        let (contact, person) = known.unwrap();
        (
            ContactId::new(contact).to_string(),
            InvestorId::Person(person).to_string(),
        )
    };

    let payload = try_add(
        &gateway,
        json!({ "projectId": project, "contactId": contact }),
    )
    .await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(payload["prospect"]["investor"]["id"], investor);
}

#[tokio::test]
async fn rules_44_45_47_and_50_one_that_is_added_begins_at_the_first_stage() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let (person, firm, tags, name) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut people = world.investors.iter();
        let person = people
            .find(|it| it.company.is_some() && !it.tags.is_empty())
            .unwrap();
        let firm = world.investor(true, person.company.unwrap()).unwrap();
        (
            InvestorId::Person(person.id.to_string()).to_string(),
            InvestorId::Company(firm.id.to_string()).to_string(),
            [json!(person.tags), json!(firm.tags)],
            firm.name.clone(),
        )
    };

    for (investor, tags) in [&person, &firm].into_iter().zip(&tags) {
        let made = add(&gateway, &project, investor).await;
        let now = written(gateway.sandbox.shared.clock.now());
        let expected = json!({
            "id": made["id"],
            "classification": "NOT_CONTACTED",
            "capabilities": [],
            "tags": tags,
            "teaser": null,
            "origin": "ADDED",
            "externalReferences": [],
            "createdAt": now,
            "updatedAt": now,
            "deletedAt": null,
            "etag": made["etag"],
            "project": { "id": project },
            // A person stands there with its firm.
            "investor": { "id": investor, "companyName": name, "tags": tags },
        });
        assert_eq!(made, expected);
    }
}

#[tokio::test]
async fn rule_45_every_stage_can_follow_every_other_and_no_unknown_one() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let id = text(
        &add(&gateway, &project, &investors(&gateway, |_| true)[0]).await,
        "/id",
    );
    for stage in STAGES {
        let payload = update(&gateway, json!({ "id": id, "classification": stage })).await;
        assert_eq!(payload["prospect"]["classification"], stage);
        for filter in STAGES {
            let found = list(&gateway, &project, &format!("classification: {filter}")).await;
            assert_eq!(found.len(), usize::from(filter == stage));
        }
    }
    let calls = gateway.calls(System::Propstreet, PATCH);

    let payload = update(&gateway, json!({ "id": id, "classification": "UNKNOWN" })).await;
    assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
    assert_eq!(payload["errors"][0]["path"], json!(["classification"]));
    let token = gateway.token(hausgraph::config::demo::ORGANIZATION, &[]);
    for stage in [json!("HOT"), json!("bidder"), json!(1)] {
        let input = json!({ "id": id, "classification": stage });
        let answer = gateway
            .try_as(&token, "updateProspect", input, "attempts")
            .await;
        assert_eq!(codes(&answer).len(), 1, "{stage}");
    }

    assert_eq!(gateway.calls(System::Propstreet, PATCH), calls);
    assert_eq!(read(&gateway, &id).await["classification"], "NOT_CONTACTED");
}

#[tokio::test]
async fn rule_46_an_investor_is_added_to_a_project_once() {
    let gateway = TestGateway::start().await;
    let [one, other] = [project(&gateway).await, project(&gateway).await];
    let person = &investors(&gateway, |it| it.company.is_some())[0];
    let firm = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let firm = world.investors.iter().find_map(|it| it.company).unwrap();
        InvestorId::Company(firm.to_string()).to_string()
    };
    for investor in [person, &firm] {
        let first = add(&gateway, &one, investor).await;
        let again = try_add(
            &gateway,
            json!({ "projectId": one, "investorId": investor }),
        )
        .await;
        assert_eq!(errors(&again), [("InputError", "DUPLICATE")]);
        assert_eq!(again["prospect"], Value::Null);
        add(&gateway, &other, investor).await;

        // One that was removed can come again, and is another one then.
        let removed = gateway
            .run("removeProspect", json!({ "id": first["id"] }), "removedId")
            .await;
        assert_eq!(removed["removedId"], first["id"]);
        let anew = add(&gateway, &one, investor).await;
        assert_ne!(anew["id"], first["id"]);
    }
    assert_eq!(list(&gateway, &one, "").await.len(), 2);
    assert_eq!(gateway.calls(System::Propstreet, POST), 8);
}

#[tokio::test]
async fn a_blocked_investor_cannot_be_added() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let investor = &investors(&gateway, |it| !it.is_company)[0];
    let key = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let person = world.investors.iter().find(|it| !it.is_company).unwrap();
        person.id.to_string()
    };
    gateway
        .sandbox
        .shared
        .switches_mut()
        .propstreet
        .blocked_contacts
        .insert(key);

    let payload = try_add(
        &gateway,
        json!({ "projectId": project, "investorId": investor }),
    )
    .await;

    assert_eq!(errors(&payload), [("InputError", "UNPROCESSABLE")]);
    assert_eq!(list(&gateway, &project, "").await, set(&[]));
}

#[tokio::test]
async fn rule_48_teaser_and_chat_come_from_propstreet_and_stay_through_a_change() {
    let gateway = TestGateway::start().await;
    let find = |keep: fn(&Bid) -> bool| {
        let world = gateway.sandbox.shared.tenants[0].world();
        let bid = world.bids.iter().find(|bid| {
            let deal = world.deal(bid.deal);
            let is_live = deal.is_some_and(|deal| deal.deleted_at.is_none());
            is_live && bid.deleted_at.is_none() && keep(bid)
        });
        let bid = bid.unwrap();
        let project = ProjectId::new(bid.deal.to_string());
        ProspectId::new(project, bid.id.to_string()).to_string()
    };
    let added = find(|bid| bid.teaser_deadline.is_none());
    let matched = find(|bid| bid.teaser_deadline.is_some() && bid.teaser_accepted.is_none());
    let accepted = find(|bid| bid.teaser_accepted.is_some());

    for (id, is_matched, is_accepted) in [
        (added, false, false),
        (matched, true, false),
        (accepted, true, true),
    ] {
        let before = read(&gateway, &id).await;
        let stage = match before["classification"] == "BIDDER" {
            true => "CONTACTED",
            false => "BIDDER",
        };
        let after = update(&gateway, json!({ "id": id, "classification": stage })).await;

        let prospect = &after["prospect"];
        assert_eq!(prospect["teaser"]["deadlineAt"].is_string(), is_matched);
        assert_eq!(prospect["teaser"]["acceptedAt"].is_string(), is_accepted);
        let origin = if is_matched { "MATCHED" } else { "ADDED" };
        assert_eq!(prospect["origin"], origin);
        let chat = if is_accepted {
            json!(["CHAT"])
        } else {
            json!([])
        };
        assert_eq!(prospect["capabilities"], chat);
        for field in ["teaser", "origin", "capabilities", "tags", "investor"] {
            assert_eq!(prospect[field], before[field], "{field}");
        }
    }
}

#[tokio::test]
async fn rule_49_filters_select_what_was_written() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let tagged = investors(&gateway, |it| !it.tags.is_empty());
    let plain = investors(&gateway, |it| it.tags.is_empty());
    let (mut ids, mut tags) = (Vec::new(), Vec::new());
    for investor in [&tagged[0], &tagged[1], &plain[0]] {
        let made = add(&gateway, &project, investor).await;
        ids.push(text(&made, "/id"));
        tags.push(made["tags"].clone());
    }
    update(
        &gateway,
        json!({ "id": ids[0], "classification": "BIDDER" }),
    )
    .await;

    let all = set(&[&ids[0], &ids[1], &ids[2]]);
    assert_eq!(list(&gateway, &project, "").await, all);
    for (filter, found) in [
        ("classification: BIDDER", set(&[&ids[0]])),
        ("classification: NOT_CONTACTED", set(&[&ids[1], &ids[2]])),
        ("classification: INTERESTED", set(&[])),
        ("capability: CHAT", set(&[])),
    ] {
        assert_eq!(list(&gateway, &project, filter).await, found, "{filter}");
    }
    let either = format!("tags: [{}, {}]", tags[0][0], tags[1][0]);
    let found = list(&gateway, &project, &either).await;
    assert_eq!(found, set(&[&ids[0], &ids[1]]), "{either}");
    let both = format!("{either}, classification: BIDDER");
    assert_eq!(list(&gateway, &project, &both).await, set(&[&ids[0]]));

    gateway
        .run("removeProspect", json!({ "id": ids[1] }), "removedId")
        .await;
    let left = set(&[&ids[0], &ids[2]]);
    assert_eq!(list(&gateway, &project, "").await, left);
    assert_eq!(list(&gateway, &project, "includeDeleted: true").await, all);
}

#[tokio::test]
async fn rule_51_stage_and_references_change_and_nothing_else() {
    let gateway = TestGateway::start().await;
    let project = project(&gateway).await;
    let mut now = add(&gateway, &project, &investors(&gateway, |_| true)[0]).await;
    let id = text(&now, "/id");
    let named = json!([{ "namespace": "propstack-deal", "id": "52" }]);
    let cleared = json!([]);

    for (name, value, shown) in [
        ("classification", json!("BIDDER"), &json!("BIDDER")),
        ("externalReferences", named.clone(), &named),
        ("externalReferences", Value::Null, &cleared),
    ] {
        let payload = update(&gateway, json!({ "id": id, name: value })).await;
        let after = &payload["prospect"];
        assert_eq!(&after[name], shown);
        for (field, value) in after.as_object().unwrap() {
            let is_moved = field == name || ["etag", "updatedAt"].contains(&field.as_str());
            assert!(is_moved || *value == now[field], "{name} changed {field}");
        }
        now = after.clone();
    }
    assert_eq!(read(&gateway, &id).await, now);

    let calls = gateway.calls(System::Propstreet, PATCH);
    for change in [
        json!({ "id": id }),
        json!({ "id": id, "classification": null }),
    ] {
        let payload = update(&gateway, change).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
        assert_eq!(payload["errors"][0]["path"], Value::Null);
    }
    let token = gateway.token(hausgraph::config::demo::ORGANIZATION, &[]);
    for field in ["tags", "capabilities", "investorId", "projectId", "teaser"] {
        let input = json!({ "id": id, "classification": "CONTACTED", field: [] });
        let answer = gateway
            .try_as(&token, "updateProspect", input, "attempts")
            .await;
        assert_eq!(codes(&answer).len(), 1, "{field}");
    }
    assert_eq!(gateway.calls(System::Propstreet, PATCH), calls);
}
