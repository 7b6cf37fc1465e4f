//! Many prospects at once, and a project out of a property; the numbers are those of the contract's
//! rules.

use std::time::Duration;

use hausgraph::{
    config::demo::ORGANIZATION,
    model::{ContactId, InvestorId, ProjectId, PropertyId},
    sandbox::{
        System,
        fault::{Fault, Rule},
        propstreet::BatchCodes,
    },
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{Form, TestGateway, text};

const BATCH: &str = "POST /api/v1/projects/{id}/prospects:batch";
const IMPORTED: &str = "created { index prospect { id classification investor { id } } }
    failed { index code upstreamCode message }";

/// A new project, and persons of the network who are not in the running for it.
async fn empty_project(gateway: &TestGateway) -> String {
    let made = gateway
        .run("createProject", json!({ "name": "Leer" }), "project { id }")
        .await;
    text(&made, "/project/id")
}

/// The opaque ids of the first `count` persons.
fn persons(gateway: &TestGateway, count: usize) -> Vec<String> {
    let world = gateway.sandbox.shared.tenants[0].world();
    let persons = world.investors.iter();
    let persons = persons.filter(|person| !person.is_company && person.deleted_at.is_none());
    let ids: Vec<_> = persons
        .take(count)
        .map(|person| InvestorId::Person(person.id.to_string()).to_string())
        .collect();
    assert_eq!(ids.len(), count, "the sandbox has too few persons");
    ids
}

fn input(project: &str, items: &[Value], key: &str) -> Value {
    json!({ "projectId": project, "items": items, "idempotencyKey": key })
}

fn investor(id: &str) -> Value {
    json!({ "investorId": id })
}

/// Place and code of each that failed.
fn failed(payload: &Value) -> Vec<(i64, &str)> {
    let failed = payload["failed"].as_array().unwrap().iter();
    failed
        .map(|row| {
            (
                row["index"].as_i64().unwrap(),
                row["code"].as_str().unwrap(),
            )
        })
        .collect()
}

fn created(payload: &Value) -> Vec<i64> {
    let created = payload["created"].as_array().unwrap().iter();
    created.map(|row| row["index"].as_i64().unwrap()).collect()
}

/// How many prospects a project has, by the truth of the sandbox.
fn count(gateway: &TestGateway, project: &str) -> usize {
    use hausgraph::model::RecordId;
    let project = ProjectId::decode(project).unwrap();
    let world = gateway.sandbox.shared.tenants[0].world();
    let bids = world.bids.iter();
    bids.filter(|bid| bid.deal.to_string() == project.key() && bid.deleted_at.is_none())
        .count()
}

#[tokio::test]
async fn rules_52_and_53_and_58_any_number_goes_in_batches_and_places_are_the_callers() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let mut items: Vec<_> = persons(&gateway, 140)
        .iter()
        .map(|id| investor(id))
        .collect();
    // One in each batch that Propstreet refuses, and one that is not even sent.
    items[7] = investor(&InvestorId::Person("999999999".to_owned()).to_string());
    items[120] = json!({});
    items[139] = investor(&InvestorId::Company("999999999".to_owned()).to_string());

    let payload = gateway
        .run("importProspects", input(&project, &items, "k"), IMPORTED)
        .await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(
        failed(&payload),
        [(7, "NOT_ADDED"), (120, "VALIDATION"), (139, "NOT_ADDED")]
    );
    assert_eq!(payload["failed"][0]["upstreamCode"], "not_added");
    let wanted: Vec<i64> = (0..140).filter(|at| ![7, 120, 139].contains(at)).collect();
    assert_eq!(created(&payload), wanted);
    for row in payload["created"].as_array().unwrap() {
        let index = usize::try_from(row["index"].as_i64().unwrap()).unwrap();
        assert_eq!(
            row["prospect"]["investor"]["id"],
            items[index]["investorId"]
        );
        assert_eq!(row["prospect"]["classification"], "NOT_CONTACTED");
    }
    assert_eq!(gateway.calls(System::Propstreet, BATCH), 2);
    assert_eq!(count(&gateway, &project), 137);
}

#[tokio::test]
async fn rules_54_to_57_each_code_has_a_meaning_and_unknown_ones_are_kept() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let ids = persons(&gateway, 6);
    let named = |id: &str, name: &str| json!({ "investorId": id, "externalReferences": [{ "namespace": "deal", "id": name }] });
    gateway
        .run(
            "importProspects",
            input(&project, &[investor(&ids[0]), named(&ids[1], "1")], "k1"),
            IMPORTED,
        )
        .await;
    {
        let mut switches = gateway.sandbox.shared.switches_mut();
        switches.propstreet.batch_codes = BatchCodes::Reference;
        let blocked = text(&json!({ "id": ids[2] }), "/id");
        use hausgraph::model::RecordId;
        let blocked = InvestorId::decode(&blocked).unwrap();
        switches
            .propstreet
            .blocked_contacts
            .insert(blocked.key().to_owned());
    }

    let items = [
        investor(&ids[0]),
        named(&ids[3], "1"),
        investor(&ids[2]),
        investor(&InvestorId::Person("x-1".to_owned()).to_string()),
        investor(&InvestorId::Person("999999999".to_owned()).to_string()),
        // Not sent at all: twice in the input, twice the same name, no name.
        named(&ids[4], "2"),
        investor(&ids[4]),
        named(&ids[5], "2"),
        named(&ids[5], ""),
        json!({ "investorId": ids[5], "contactId": ContactId::new("1").to_string() }),
    ];
    let payload = gateway
        .run("importProspects", input(&project, &items, "k2"), IMPORTED)
        .await;

    assert_eq!(
        failed(&payload),
        [
            (0, "DUPLICATE"),
            (1, "DUPLICATE_REFERENCE"),
            (2, "BLOCKED"),
            (3, "VALIDATION"),
            (4, "NOT_FOUND"),
            (6, "DUPLICATE"),
            (7, "DUPLICATE_REFERENCE"),
            (8, "VALIDATION"),
            (9, "VALIDATION"),
        ]
    );
    assert_eq!(payload["failed"][0]["upstreamCode"], "already_in_prospects");
    assert_eq!(payload["failed"][5]["upstreamCode"], json!(null));
    assert_eq!(created(&payload), [5]);
}

#[tokio::test]
async fn rule_62_a_batch_whose_answer_is_lost_is_added_once() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let items: Vec<_> = persons(&gateway, 140)
        .iter()
        .map(|id| investor(id))
        .collect();
    for _ in 0..4 {
        gateway.strike(System::Propstreet, BATCH, Fault::LoseAnswer);
    }

    let import = gateway.run("importProspects", input(&project, &items, "k"), IMPORTED);
    let payload = gateway.hurry(Duration::from_secs(2), import).await;
    // Four of six attempts were lost: one batch may have been given up.
    let payload = match errors(&payload).as_slice() {
        [] => payload,
        [("UpstreamFailure", "OUTCOME_UNKNOWN")] => {
            assert!(failed(&payload).iter().all(|(_, code)| *code == "UPSTREAM"));
            gateway
                .run("importProspects", input(&project, &items, "k"), IMPORTED)
                .await
        }
        other => panic!("{other:?}"),
    };

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(failed(&payload), []);
    assert_eq!(created(&payload), (0..140).collect::<Vec<_>>());
    assert_eq!(count(&gateway, &project), 140);
}

#[tokio::test]
async fn a_token_that_ends_between_two_batches_is_renewed_and_nothing_is_added_twice() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let items: Vec<_> = persons(&gateway, 140)
        .iter()
        .map(|id| investor(id))
        .collect();
    let renewals = gateway.calls(System::Propstreet, "POST /openid/token");
    gateway.strike(System::Propstreet, BATCH, Fault::Status(401));

    let payload = gateway
        .run("importProspects", input(&project, &items, "k"), IMPORTED)
        .await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(created(&payload).len(), 140);
    assert_eq!(count(&gateway, &project), 140);
    assert_eq!(gateway.calls(System::Propstreet, BATCH), 3);
    assert_eq!(
        gateway.calls(System::Propstreet, "POST /openid/token"),
        renewals + 1
    );
}

#[tokio::test]
async fn what_could_not_be_sent_is_sent_when_the_same_is_asked_again() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let items: Vec<_> = persons(&gateway, 20)
        .iter()
        .map(|id| investor(id))
        .collect();
    let retry_after = Some(3_600);
    gateway.strike(System::Propstreet, BATCH, Fault::Throttle { retry_after });

    let first = gateway
        .run("importProspects", input(&project, &items, "k"), IMPORTED)
        .await;
    assert_eq!(
        errors(&first),
        [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")]
    );
    assert_eq!(failed(&first).len(), 20);
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(3_601));
    let second = gateway
        .run("importProspects", input(&project, &items, "k"), IMPORTED)
        .await;
    let third = gateway
        .run("importProspects", input(&project, &items, "k"), IMPORTED)
        .await;

    assert_eq!(created(&second).len(), 20);
    assert_eq!(second, third);
    assert_eq!(gateway.calls(System::Propstreet, BATCH), 2);
}

#[tokio::test]
async fn a_file_of_a_spreadsheet_does_what_items_do() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let ids = persons(&gateway, 120);
    let mut rows = "investorId;reference:deal\n".to_owned();
    for (number, id) in ids.iter().enumerate() {
        rows.push_str(&format!("{id};{number}\n"));
    }
    let query = format!(
        "mutation($input: ImportProspectsInput!) {{ importProspects(input: $input) {{ {IMPORTED} errors {{ code }} }} }}"
    );
    let operations =
        json!({ "query": query, "variables": { "input": { "projectId": project, "file": null } } });
    let map = json!({ "0": ["variables.input.file"] });
    let form = Form::new(&operations, &map).file("0", "rows.csv", rows.as_bytes());

    let token = gateway.token(ORGANIZATION, &[]);
    let answer: Value = form.send(&gateway, &token).await.json().await.unwrap();

    let payload = &answer["data"]["importProspects"];
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(created(payload), (0..120).collect::<Vec<_>>());
    let world = gateway.sandbox.shared.tenants[0].world();
    let named = world.bids.iter().filter(|bid| {
        bid.references
            .iter()
            .any(|reference| reference.namespace == "deal" && reference.id == "119")
    });
    assert_eq!(named.count(), 1);
}

#[tokio::test]
async fn contacts_are_resolved_by_reference_then_by_an_address_that_nobody_shares() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    // The truth of the sandbox: who has a reference, who only an address, who neither.
    let (referenced, mailed, nobody) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let persons: Vec<_> = world
            .investors
            .iter()
            .filter(|person| !person.is_company && person.deleted_at.is_none())
            .collect();
        let reference = |person: &hausgraph::sandbox::world::Investor| {
            let mut references = person.references.iter();
            let found = references.find(|reference| reference.namespace == "propstack");
            found.map(|reference| reference.id.clone())
        };
        let referenced = persons
            .iter()
            .find_map(|person| Some((reference(person)?, person.id)))
            .unwrap();
        let is_alone = |email: &str| {
            let same = |other: &&&hausgraph::sandbox::world::Investor| {
                other.email.as_deref().map(str::to_lowercase) == Some(email.to_lowercase())
            };
            persons.iter().filter(same).count() == 1
        };
        let mailed = persons
            .iter()
            .filter(|person| reference(person).is_none())
            .find_map(|person| {
                let email = person.email.as_deref().filter(|email| is_alone(email))?;
                let contact = world.people.iter().find(|contact| {
                    let mut emails = contact.emails.iter();
                    emails.any(|own| own.eq_ignore_ascii_case(email))
                })?;
                Some((contact.id.to_string(), person.id))
            })
            .expect("somebody is known by an address alone");
        let emails: Vec<_> = persons
            .iter()
            .filter_map(|person| person.email.as_deref().map(str::to_lowercase))
            .collect();
        let known: Vec<_> = persons
            .iter()
            .filter_map(|person| reference(person))
            .collect();
        let nobody = world.people.iter().find(|contact| {
            let id = contact.id.to_string();
            !known.contains(&id)
                && contact
                    .emails
                    .iter()
                    .all(|own| !emails.contains(&own.to_lowercase()))
        });
        (referenced, mailed, nobody.unwrap().id.to_string())
    };
    let items: Vec<_> = [&referenced.0, &mailed.0, &nobody]
        .map(|id| json!({ "contactId": ContactId::new(id.as_str()).to_string() }))
        .into();

    let payload = gateway
        .run("importProspects", input(&project, &items, "k"), IMPORTED)
        .await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(failed(&payload), [(2, "UNRESOLVED")]);
    for (row, id) in [(0, referenced.1), (1, mailed.1)] {
        let investor = InvestorId::Person(id.to_string()).to_string();
        assert_eq!(
            payload["created"][row]["prospect"]["investor"]["id"],
            investor
        );
    }
}

#[tokio::test]
async fn a_property_or_contact_that_cannot_be_read_leaves_nothing_unknown() {
    let gateway = TestGateway::start().await;
    let project = empty_project(&gateway).await;
    let down = Rule::new(System::Propstack, Fault::Status(500));
    gateway.sandbox.shared.faults.add(down);
    let contact = json!({ "contactId": ContactId::new("999999999").to_string() });
    let property = PropertyId::new("1").to_string();
    let made = json!({ "propertyId": property });

    let import = gateway.run(
        "importProspects",
        input(&project, &[contact], "k"),
        IMPORTED,
    );
    let imported = gateway.hurry(Duration::from_secs(2), import).await;
    let create = gateway.run("importProjectFromProperty", made, "project { id }");
    let created = gateway.hurry(Duration::from_secs(2), create).await;

    for payload in [&imported, &created] {
        assert_eq!(
            errors(payload),
            [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")]
        );
        assert_eq!(payload["errors"][0]["system"], "PROPSTACK");
    }
    assert_eq!(failed(&imported), [(0, "UPSTREAM")]);
}

#[tokio::test]
async fn a_project_out_of_a_property_refers_to_it_and_there_is_one() {
    let gateway = TestGateway::start().await;
    let property = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let is_taken = |id: u64| {
            let mut references = world.deals.iter().flat_map(|deal| &deal.references);
            references.any(|reference| reference.id == id.to_string())
        };
        let unit = world.units.iter().find(|unit| !is_taken(unit.id)).unwrap();
        PropertyId::new(unit.id.to_string()).to_string()
    };
    let input = json!({ "propertyId": property, "mandate": "EXCLUSIVE" });
    let selection =
        "project { id name mandate asset { type } properties(first: 5) { nodes { id } } }";

    let made = gateway
        .run("importProjectFromProperty", input.clone(), selection)
        .await;
    let again = gateway
        .run("importProjectFromProperty", input, selection)
        .await;

    assert_eq!(made["errors"], json!([]));
    assert_eq!(made["project"]["mandate"], "EXCLUSIVE");
    assert_eq!(made["project"]["asset"]["type"], "SINGLE");
    assert_eq!(
        made["project"]["properties"]["nodes"],
        json!([{ "id": property }])
    );
    assert_eq!(errors(&again), [("InputError", "DUPLICATE")]);
    assert_eq!(again["errors"][0]["path"], json!(["propertyId"]));

    let query = "query($id: ID!) { property(by: { id: $id }) { projects { nodes { id } } } }";
    let data = gateway.data_with(query, json!({ "id": property })).await;
    // Beside it there may be one of the property's development.
    let nodes = data["property"]["projects"]["nodes"].as_array().unwrap();
    assert!(nodes.contains(&json!({ "id": made["project"]["id"] })));

    let none = json!({ "propertyId": PropertyId::new("999999999").to_string() });
    let missing = gateway
        .run("importProjectFromProperty", none, "project { id }")
        .await;
    assert_eq!(errors(&missing), [("InputError", "NOT_FOUND")]);
}
