//! Any record by its id: `node` and `nodes`.

use hausgraph::{
    model::{
        ContactId, DevelopmentId, DocumentId, InvestorId, OrganizationId, ProfileId, ProjectId,
        PropertyId, PropertyStatusId, ProspectId, ProtocolId,
    },
    sandbox::Tenant,
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes};

/// The id of one record of each type of a tenant's, but for its organisation.
pub fn one_of_each(tenant: &Tenant) -> Vec<(&'static str, String)> {
    let world = tenant.world();
    let text = |id: u64| id.to_string();
    let deal = world
        .deals
        .iter()
        .find(|deal| deal.deleted_at.is_none())
        .unwrap();
    let mut bids = world.bids.iter().filter(|bid| bid.deal == deal.id);
    let bid = bids.find(|bid| bid.deleted_at.is_none()).unwrap();
    let investor = |is_company| {
        let mut investors = world.investors.iter();
        text(investors.find(|it| it.is_company == is_company).unwrap().id)
    };
    vec![
        (
            "Property",
            PropertyId::new(text(world.units[3].id)).to_string(),
        ),
        (
            "Contact",
            ContactId::new(text(world.people[3].id)).to_string(),
        ),
        (
            "Document",
            DocumentId::new(text(world.documents[3].id)).to_string(),
        ),
        (
            "Development",
            DevelopmentId::new(text(world.developments[0].id)).to_string(),
        ),
        (
            "Protocol",
            ProtocolId::new(&world.handovers[3].id).to_string(),
        ),
        ("Project", ProjectId::new(text(deal.id)).to_string()),
        (
            "PropertyProfile",
            ProfileId::new(text(world.profiles[0].id)).to_string(),
        ),
        (
            "Prospect",
            ProspectId::new(ProjectId::new(text(deal.id)), text(bid.id)).to_string(),
        ),
        ("Investor", InvestorId::Person(investor(false)).to_string()),
        ("Investor", InvestorId::Company(investor(true)).to_string()),
    ]
}

/// Ids of the right form that name no record.
fn unknown() -> Vec<String> {
    let project = ProjectId::new("1");
    vec![
        PropertyId::new("1").to_string(),
        ContactId::new("1").to_string(),
        DocumentId::new("1").to_string(),
        DevelopmentId::new("1").to_string(),
        ProtocolId::new("none-of-them").to_string(),
        ProspectId::new(project.clone(), "1").to_string(),
        project.to_string(),
        ProfileId::new("1").to_string(),
        InvestorId::Person("1".into()).to_string(),
        InvestorId::Company("1".into()).to_string(),
        OrganizationId::new("nobody").to_string(),
    ]
}

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id } }";
const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

#[tokio::test]
async fn every_record_is_found_by_its_id() {
    let gateway = TestGateway::start().await;
    let mut records = one_of_each(&gateway.sandbox.shared.tenants[0]);
    records.push(("Organization", OrganizationId::new("demo").to_string()));

    for (name, id) in &records {
        let data = gateway.data_with(NODE, json!({ "id": id })).await;
        assert_eq!(data["node"], json!({ "__typename": name, "id": id }));
    }
    for id in unknown() {
        let data = gateway.data_with(NODE, json!({ "id": id })).await;
        assert_eq!(data["node"], Value::Null, "{id}");
    }
}

#[tokio::test]
async fn nodes_come_in_the_order_of_their_ids_with_null_for_the_unknown() {
    let gateway = TestGateway::start().await;
    let mut ids: Vec<Option<String>> = Vec::new();
    let records = one_of_each(&gateway.sandbox.shared.tenants[0]);
    for ((_, id), _) in records.iter().rev().zip(unknown()) {
        ids.extend([Some(id.clone()), None, Some(records[0].1.clone())]);
    }
    let mut nobody = unknown().into_iter().cycle();
    let asked: Vec<_> = ids
        .iter()
        .map(|id| id.clone().unwrap_or_else(|| nobody.next().unwrap()))
        .collect();

    let data = gateway.data_with(NODES, json!({ "ids": asked })).await;

    let found: Vec<_> = data["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].clone())
        .collect();
    assert_eq!(json!(found), json!(ids));
    assert_eq!(
        gateway.data_with(NODES, json!({ "ids": [] })).await["nodes"],
        json!([])
    );
}

#[tokio::test]
async fn what_is_no_id_of_a_node_is_refused() {
    let gateway = TestGateway::start().await;
    let status = PropertyStatusId::new("1").to_string();
    for id in [
        "",
        "nonsense",
        "!",
        "UHJvcGVydHk",
        "UHJvcGVydHk6",
        &status,
        "\u{1f3e0}",
    ] {
        let answer = gateway.ask_with(NODE, json!({ "id": id })).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{id}");
        assert_eq!(answer["data"]["node"], Value::Null);
    }
    let contact = ContactId::new("1").to_string();
    let query =
        "query($id: ID!) { property(by: { id: $id }) { id } project(by: { id: $id }) { id } }";
    let answer = gateway.ask_with(query, json!({ "id": contact })).await;
    assert_eq!(
        codes(&answer),
        ["BAD_USER_INPUT"; 2],
        "an id of another type"
    );
    assert_eq!(answer["data"], json!({ "property": null, "project": null }));
}

#[tokio::test]
async fn one_bad_id_does_not_take_the_others_away() {
    let gateway = TestGateway::start().await;
    let records = one_of_each(&gateway.sandbox.shared.tenants[0]);
    let ids = json!([
        records[0].1,
        "nonsense",
        records[1].1,
        PropertyStatusId::new("1").to_string()
    ]);

    let answer = gateway.ask_with(NODES, json!({ "ids": ids })).await;

    assert_eq!(codes(&answer), ["BAD_USER_INPUT"; 2]);
    assert_eq!(answer["errors"][0]["path"], json!(["nodes", 1]));
    assert_eq!(answer["errors"][1]["path"], json!(["nodes", 3]));
    let nodes = answer["data"]["nodes"].as_array().unwrap();
    let found: Vec<_> = nodes.iter().map(|node| node["id"].clone()).collect();
    assert_eq!(
        json!(found),
        json!([records[0].1, null, records[1].1, null])
    );
}

#[tokio::test]
async fn a_hundred_ids_are_the_most() {
    let gateway = TestGateway::start().await;
    let ids: Vec<_> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let units = world.units.iter().take(101);
        units
            .map(|unit| PropertyId::new(unit.id.to_string()).to_string())
            .collect()
    };
    let data = gateway.data_with(NODES, json!({ "ids": ids[..100] })).await;
    let nodes = data["nodes"].as_array().unwrap();
    let found: Vec<_> = nodes.iter().map(|node| node["id"].clone()).collect();
    assert_eq!(json!(found), json!(ids[..100]));

    let answer = gateway.ask_with(NODES, json!({ "ids": ids })).await;
    assert_eq!(codes(&answer), ["BAD_USER_INPUT"]);
}
