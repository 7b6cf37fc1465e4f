//! What people decide about links goes before all else, from both ends, and in no system.

use std::time::Duration;

use hausgraph::{
    auth::{Role, Scope},
    cache,
    config::{Config, demo::ORGANIZATION},
    model::{PropertyId, ProtocolId},
    sandbox::{System, world::Clue},
};
use serde_json::{Value, json};

use crate::{
    store::backend::at_every_backend,
    support::{TestGateway, codes, http, sandbox, texts},
};

const MATCH: &str = "match { by confidence decidedAt }
    left { __typename ... on Protocol { property { id } propertyMatch { by confidence } } }
    right { __typename }";

const PROTOCOL: &str = "query($id: ID!) { node(id: $id) { ... on Protocol {
    property { id } propertyMatch { by confidence } } } }";

const PROPERTY: &str = "query($id: ID!) { node(id: $id) { ... on Property {
    protocols(first: 100) { edges { match { by confidence } node { id } } }
    projects { edges { match { by } node { id } } } } } }";

impl TestGateway {
    async fn property_of(&self, protocol: &str) -> Value {
        let data = self.data_with(PROTOCOL, json!({ "id": protocol })).await;
        data["node"].clone()
    }

    /// Why a property shows a protocol, if it does.
    async fn shows(&self, property: &str, protocol: &str) -> Option<Value> {
        let data = self.data_with(PROPERTY, json!({ "id": property })).await;
        let edges = data["node"]["protocols"]["edges"].as_array().unwrap();
        let edge = edges.iter().find(|edge| edge["node"]["id"] == protocol);
        edge.map(|edge| edge["match"]["by"].clone())
    }

    async fn decide(&self, name: &str, left: &str, right: &str) -> Value {
        let input = json!({ "leftId": left, "rightId": right });
        let query = format!(
            "mutation($input: LinkRecordsInput!) {{ {name}(input: $input) {{ {MATCH}
              errors {{ code message path }} }} }}"
        );
        self.data_with(&query, json!({ "input": input })).await[name].clone()
    }

    /// A protocol that is linked by this clue, with two others of the stock that it is not about, and
    /// the property.
    fn protocol_with(&self, clue: Clue) -> (String, String, String) {
        let world = self.sandbox.shared.tenants[0].world();
        let handover = world
            .handovers
            .iter()
            .find(|its| its.clue == clue && its.deleted_at.is_none())
            .unwrap();
        let unit = handover.unit.unwrap();
        let other = world
            .units
            .iter()
            .find(|its| its.id != unit && !its.is_archived && its.deeprent_object.is_none());
        (
            ProtocolId::new(&handover.id).to_string(),
            PropertyId::new(unit.to_string()).to_string(),
            PropertyId::new(other.unwrap().id.to_string()).to_string(),
        )
    }
}

#[tokio::test]
async fn a_decision_goes_before_a_reference_and_is_seen_from_both_ends() {
    for is_imported in [false, true] {
        let gateway = match is_imported {
            true => TestGateway::all_imported().await,
            false => TestGateway::start().await,
        };
        let (protocol, property, other) = gateway.protocol_with(Clue::StoredObject);
        let before = gateway.property_of(&protocol).await;
        assert_eq!(before["property"]["id"], json!(property));
        assert_eq!(before["propertyMatch"]["by"], "EXTERNAL_REFERENCE");

        let payload = gateway.decide("linkRecords", &protocol, &other).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["match"]["by"], "EXPLICIT");
        assert_eq!(payload["match"]["confidence"], "CERTAIN");
        assert!(payload["match"]["decidedAt"].is_string());
        assert_eq!(payload["left"]["property"]["id"], json!(other));
        assert_eq!(payload["right"]["__typename"], "Property");
        assert_eq!(
            gateway.last_act().await,
            ("linkRecords".to_owned(), "OK".to_owned())
        );

        let linked = gateway.property_of(&protocol).await;
        assert_eq!(linked["property"]["id"], json!(other));
        assert_eq!(linked["propertyMatch"]["by"], "EXPLICIT");
        assert_eq!(
            gateway.shows(&other, &protocol).await,
            Some(json!("EXPLICIT"))
        );
        assert_eq!(gateway.shows(&property, &protocol).await, None);

        // Taken back: neither that one nor, once it is said, the one of the reference.
        let payload = gateway.decide("unlinkRecords", &other, &protocol).await;
        assert_eq!(
            (&payload["match"], &payload["errors"]),
            (&Value::Null, &json!([]))
        );
        let back = gateway.property_of(&protocol).await;
        assert_eq!(back["property"]["id"], json!(property));
        gateway.decide("unlinkRecords", &protocol, &property).await;
        let none = gateway.property_of(&protocol).await;
        assert_eq!(none, json!({ "property": null, "propertyMatch": null }));
        assert_eq!(gateway.shows(&property, &protocol).await, None);
        assert_eq!(gateway.shows(&other, &protocol).await, None);
    }
}

#[tokio::test]
async fn what_is_said_of_a_protocol_holds_for_all_of_its_object() {
    let gateway = TestGateway::all_imported().await;
    let siblings: Vec<String> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut objects = std::collections::BTreeMap::<_, Vec<_>>::new();
        for handover in world
            .handovers
            .iter()
            .filter(|its| its.deleted_at.is_none())
        {
            objects
                .entry(&handover.object_id)
                .or_default()
                .push(&handover.id);
        }
        let siblings = objects.into_values().find(|ids| ids.len() > 1).unwrap();
        siblings
            .into_iter()
            .map(|id| ProtocolId::new(id).to_string())
            .collect()
    };
    let (_, _, other) = gateway.protocol_with(Clue::StoredObject);
    gateway.decide("linkRecords", &siblings[0], &other).await;
    for protocol in &siblings {
        let linked = gateway.property_of(protocol).await;
        assert_eq!(linked["property"]["id"], json!(other));
        assert_eq!(
            gateway.shows(&other, protocol).await,
            Some(json!("EXPLICIT"))
        );
    }
}

#[tokio::test]
async fn projects_and_investors_are_linked_as_well_and_an_investor_to_one_contact_only() {
    let gateway = TestGateway::all_imported().await;
    let data = gateway
        .data(
            "{ projects(first: 100) { nodes { id properties { nodes { id } } } }
            investors(first: 2) { nodes { id } } contacts(first: 3) { nodes { id } }
            properties(first: 2) { nodes { id } } }",
        )
        .await;
    let id = |list: &str, index: usize| data[list]["nodes"][index]["id"].as_str().unwrap();
    let open = data["projects"]["nodes"].as_array().unwrap().iter();
    let mut open = open.filter(|project| project["properties"]["nodes"] == json!([]));
    let project = open.next().unwrap()["id"].as_str().unwrap();

    // A project may be about several properties.
    for property in [id("properties", 0), id("properties", 1)] {
        let payload = gateway.decide("linkRecords", project, property).await;
        assert_eq!(payload["errors"], json!([]));
        let data = gateway.data_with(PROPERTY, json!({ "id": property })).await;
        let edges = data["node"]["projects"]["edges"].as_array().unwrap();
        let edge = edges
            .iter()
            .find(|edge| edge["node"]["id"] == project)
            .unwrap();
        assert_eq!(edge["match"]["by"], "EXPLICIT");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Project { properties {
        edges { match { by } node { id } } } } } }";
    let data = gateway.data_with(query, json!({ "id": project })).await;
    assert_eq!(
        data["node"]["properties"]["edges"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    // An investor is one contact: the last word holds.
    let query = "query($id: ID!) { node(id: $id) { ... on Investor { contact { id }
        contactMatch { by } } } }";
    for contact in [id("contacts", 1), id("contacts", 2)] {
        let payload = gateway
            .decide("linkRecords", contact, id("investors", 0))
            .await;
        assert_eq!(payload["errors"], json!([]));
        let data = gateway
            .data_with(query, json!({ "id": id("investors", 0) }))
            .await;
        assert_eq!(data["node"]["contact"]["id"], contact);
        assert_eq!(data["node"]["contactMatch"]["by"], "EXPLICIT");
    }
    assert_eq!(
        gateway
            .tenants
            .find(ORGANIZATION)
            .await
            .unwrap()
            .unwrap()
            .decisions
            .version(),
        4
    );
}

#[tokio::test]
async fn what_people_tied_is_shown_where_they_tied_it_and_nowhere_else() {
    let gateway = TestGateway::all_imported().await;
    let data = gateway
        .data(
            "{ projects(first: 50) { nodes { id asset { type } properties { nodes { id } } } }
            investors(first: 50) { nodes { id contact { id } } }
            contacts(first: 50) { nodes { id } } properties(first: 100) { nodes { id } } }",
        )
        .await;
    let nodes = |list: &str| data[list]["nodes"].as_array().unwrap().clone();
    let first = |rows: &Value| rows[0]["id"].as_str().map(str::to_owned);

    let project = nodes("projects").into_iter().find(|project| {
        project["asset"]["type"] == "SINGLE" && first(&project["properties"]["nodes"]).is_some()
    });
    let project = project.unwrap();
    let property = first(&project["properties"]["nodes"]).unwrap();
    let project = project["id"].as_str().unwrap();
    let others = nodes("properties").into_iter();
    let mut others = others.map(|it| it["id"].as_str().unwrap().to_owned());
    let other = others.find(|it| *it != property).unwrap();
    let projects_of = async |property: &str| {
        let data = gateway.data_with(PROPERTY, json!({ "id": property })).await;
        texts(&data["node"]["projects"]["edges"], "/node/id")
    };
    assert!(projects_of(&property).await.iter().any(|id| id == project));
    gateway.decide("linkRecords", project, &other).await;
    assert!(projects_of(&other).await.iter().any(|id| id == project));
    assert!(projects_of(&property).await.iter().all(|id| id != project));

    let prospects_of = async |contact: &str| {
        let query = "query($id: ID!) { node(id: $id) { ... on Contact { prospects { nodes {
            investor { id } } } } } }";
        let data = gateway.data_with(query, json!({ "id": contact })).await;
        texts(&data["node"]["prospects"]["nodes"], "/investor/id")
    };
    let mut tied = None;
    for investor in nodes("investors") {
        let Some(contact) = investor["contact"]["id"].as_str() else {
            continue;
        };
        if !prospects_of(contact).await.is_empty() {
            tied = Some((
                contact.to_owned(),
                investor["id"].as_str().unwrap().to_owned(),
            ));
            break;
        }
    }
    let (contact, investor) = tied.unwrap();
    let mut others = nodes("contacts").into_iter();
    let other = others.find(|it| it["id"] != json!(contact)).unwrap();
    let other = other["id"].as_str().unwrap();
    assert!(prospects_of(&contact).await.contains(&investor));
    gateway.decide("linkRecords", other, &investor).await;
    assert!(prospects_of(other).await.contains(&investor));
    assert!(!prospects_of(&contact).await.contains(&investor));
}

#[tokio::test]
async fn what_cannot_be_linked_is_refused_and_nothing_is_decided() {
    let gateway = TestGateway::start().await;
    let (protocol, property, other) = gateway.protocol_with(Clue::StoredObject);
    let code = async |left: &str, right: &str| {
        let payload = gateway.decide("linkRecords", left, right).await;
        assert_eq!(payload["match"], Value::Null);
        assert_eq!(payload["left"], Value::Null);
        payload["errors"][0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(&property, &other).await, "VALIDATION");
    assert_eq!(code(&protocol, &protocol).await, "VALIDATION");
    let nobody = PropertyId::new("999999999").to_string();
    assert_eq!(code(&protocol, &nobody).await, "NOT_FOUND");
    let input = json!({ "leftId": "nonsense", "rightId": property });
    let token = gateway.token(ORGANIZATION, &[]);
    let answer = gateway.try_as(&token, "linkRecords", input, MATCH).await;
    assert_eq!(codes(&answer), ["BAD_USER_INPUT"]);

    let input = json!({ "leftId": protocol, "rightId": property });
    for token in [
        gateway.role(Role::Partner),
        gateway.token(ORGANIZATION, &[Scope::ImportRun]),
    ] {
        let answer = gateway
            .try_as(&token, "linkRecords", input.clone(), MATCH)
            .await;
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
    }
    // Whoever may not see a record cannot decide about it.
    let blind = gateway.token(ORGANIZATION, &[Scope::ProtocolRead]);
    let payload = gateway
        .run_as(&blind, "linkRecords", input, "match { by }")
        .await;
    assert_eq!(payload["errors"][0]["code"], "NOT_FOUND");
    let tenant = gateway.tenants.find(ORGANIZATION).await.unwrap().unwrap();
    assert_eq!(tenant.decisions.version(), 0);
}

#[tokio::test]
async fn a_decision_is_made_once_for_each_key() {
    let gateway = TestGateway::start().await;
    let (protocol, _, other) = gateway.protocol_with(Clue::StoredObject);
    let input = json!({ "leftId": protocol, "rightId": other, "idempotencyKey": "k" });
    let first = gateway.run("linkRecords", input.clone(), MATCH).await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(60));
    let again = gateway.run("linkRecords", input, MATCH).await;
    assert_eq!(first, again);
    let tenant = gateway.tenants.find(ORGANIZATION).await.unwrap().unwrap();
    assert_eq!(tenant.decisions.version(), 1);
}

#[tokio::test]
async fn kept_answers_and_other_replicas_show_a_decision_within_a_second() {
    at_every_backend(async |settings| {
        let change = |config: &mut Config| {
            config.store = settings;
            config.cache = cache::Settings::default();
        };
        let gateway = TestGateway::configured(sandbox().await, change).await;
        let replica = gateway.replica().await;
        let (protocol, property, other) = gateway.protocol_with(Clue::StoredObject);
        let ask = async |origin: &str| {
            let body = json!({ "query": PROTOCOL, "variables": { "id": protocol } });
            let token = gateway.token(ORGANIZATION, &[]);
            let post = http().post(format!("{origin}/graphql")).bearer_auth(token);
            let answer = post.json(&body).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            let id = answer["data"]["node"]["property"]["id"].as_str();
            id.unwrap().to_owned()
        };
        for origin in [&gateway.origin, &replica] {
            assert_eq!(ask(origin).await, property);
            // As it was kept.
            let calls = gateway.all_calls(System::Propstack);
            assert_eq!(ask(origin).await, property);
            assert_eq!(gateway.all_calls(System::Propstack), calls);
        }
        gateway.decide("linkRecords", &protocol, &other).await;
        assert_eq!(ask(&gateway.origin).await, other);
        let second = Duration::from_secs(1);
        gateway.sandbox.shared.clock.advance(second);
        assert_eq!(ask(&replica).await, other);
    })
    .await;
}
