//! Sections 4 to 6: projects, contacts and relationships.

use std::collections::BTreeMap;

use super::{Account, ids, keys, rows};

#[tokio::test]
async fn section_4_projects_come_all_at_once() {
    let account = Account::open().await;
    let body = account.read("/projects?per=2&page=3").await;
    let project = &body[0];
    assert_eq!(
        rows(&body).len(),
        account.world(|world| world.developments.len())
    );
    assert_eq!(project["project_id"], "QLH");
    assert_eq!(keys(&project["status"]), ["color", "label"]);
    assert!(project.get("units").is_none());
    let full = account.read(&format!("/projects/{}", project["id"])).await;
    assert_eq!(full["units"].as_array().unwrap().len(), 24);
    assert_eq!(full["documents"][0]["is_exposee"], true);
}

#[tokio::test]
async fn section_5_contacts_are_searched_and_detailed() {
    let account = Account::open().await;
    let (id, email) = account.world(|world| {
        let person = world
            .people
            .iter()
            .find(|person| !person.is_archived && !person.is_company && !person.emails.is_empty());
        let person = person.unwrap();
        (person.id, person.emails[0].clone())
    });
    let found = account
        .read(&format!("/contacts?email={}", email.to_uppercase()))
        .await;
    assert!(ids(&found).contains(&id));
    let row = rows(&found).iter().find(|row| row["id"] == id).unwrap();
    assert!(row.get("emails").is_none() && row.get("archived").is_none());
    let path = format!("/contacts/{id}?include=relationships,owned_properties,documents,children");
    let one = account.read(&path).await;
    assert_eq!(one["emails"][0], email);
    assert_eq!(one["client_status"]["id"], one["client_status_id"]);
    assert!(one["relationships"].is_array() && one["owned_properties"].is_array());
    assert!(
        account
            .read(&format!("/contacts/{id}"))
            .await
            .get("relationships")
            .is_none()
    );
    let statuses = account.read("/contact_statuses").await;
    let tenant = rows(&statuses)
        .iter()
        .find(|status| status["name"] == "Mieter")
        .unwrap();
    let tenants = account
        .read(&format!("/contacts?status%5B%5D={}&per=100", tenant["id"]))
        .await;
    assert!(rows(&tenants).len() > 50);
    assert!(
        rows(&tenants)
            .iter()
            .all(|row| row["client_status_id"] == tenant["id"])
    );
}

#[tokio::test]
async fn section_6_relationships_agree_from_all_sides() {
    let account = Account::open().await;
    let mut tied = BTreeMap::<u64, Vec<u64>>::new();
    for page in 1.. {
        let body = account
            .read(&format!("/relationships?per=200&page={page}"))
            .await;
        if rows(&body).is_empty() {
            break;
        }
        for row in rows(&body) {
            let person = row["related_client_id"].as_u64().unwrap();
            tied.entry(row["property_id"].as_u64().unwrap())
                .or_default()
                .push(person);
        }
    }
    let body = account.read("/units?expand=1&sort_by=id&per=50").await;
    for unit in rows(&body) {
        let people = unit["relationships"].as_array().unwrap().iter();
        let people: Vec<_> = people
            .map(|row| row["client_id"].as_u64().unwrap())
            .collect();
        assert_eq!(tied[&unit["id"].as_u64().unwrap()], people);
    }
    let person = tied.values().next().unwrap()[0];
    let one = account
        .read(&format!("/contacts/{person}?include=relationships"))
        .await;
    let of_person = tied
        .values()
        .flatten()
        .filter(|its| **its == person)
        .count();
    assert_eq!(one["relationships"].as_array().unwrap().len(), of_person);
}

#[tokio::test]
async fn what_the_contract_leaves_open_about_lists_is_switched() {
    let account = Account::open().await;
    let project = account.world(|world| world.developments[2].id);
    assert_eq!(
        ids(&account.read("/projects?per=1&page=3").await)[2],
        project
    );
    let sorted = "/contacts?sort_by=id&per=50";
    assert!(ids(&account.read(sorted).await).is_sorted());
    let one = account.read(sorted).await[0]["id"].clone();
    {
        let switches = &mut account.sandbox.shared.switches_mut().propstack;
        switches.projects_paged = true;
        switches.contacts_by_id = false;
        switches.contacts_with_meta = false;
        switches.contacts_say_status = true;
        switches.contact_statuses_in_data = true;
        switches.relationships_in_data = true;
        switches.max_per = Some(30);
    }
    assert_eq!(
        ids(&account.read("/projects?per=1&page=3").await),
        [project]
    );
    let contacts = ids(&account.read(&format!("{sorted}&with_meta=1")).await);
    assert!(contacts.len() == 30 && !contacts.is_sorted());
    let contact = account.read(&format!("/contacts/{one}")).await;
    assert_eq!(contact["status"]["id"], contact["client_status_id"]);
    assert!(contact.get("client_status").is_none());
    for path in ["/contact_statuses", "/relationships"] {
        assert_eq!(keys(&account.read(path).await), ["data"], "{path}");
    }
}
