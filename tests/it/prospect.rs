//! Prospects through the graph: the root that finds one, by id and by reference.

use hausgraph::{
    model::{ProjectId, ProspectId},
    sandbox::world::Bid,
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, written};

/// A prospect whose project is there, for which `keep` holds.
fn find(gateway: &TestGateway, keep: impl Fn(&Bid) -> bool) -> (ProspectId, Vec<(String, String)>) {
    let world = gateway.sandbox.shared.tenants[0].world();
    let mut bids = world.bids.iter().filter(|bid| {
        let deal = world.deal(bid.deal);
        deal.is_some_and(|deal| deal.deleted_at.is_none())
    });
    let bid = bids.find(|bid| keep(bid)).unwrap();
    let references = bid
        .references
        .iter()
        .map(|its| (its.namespace.clone(), its.id.clone()));
    let project = ProjectId::new(bid.deal.to_string());
    (
        ProspectId::new(project, bid.id.to_string()),
        references.collect(),
    )
}

const QUERY: &str = "query($by: ProspectBy!) { prospect(by: $by) { id } }";

#[tokio::test]
async fn a_prospect_is_found_by_id_and_by_reference() {
    let gateway = TestGateway::start().await;
    let (id, references) = find(&gateway, |bid| {
        bid.deleted_at.is_none() && !bid.references.is_empty()
    });
    let (namespace, name) = &references[0];
    let project = id.project.to_string();
    let by_reference = |project: &str, namespace: &str, name: &str| json!({ "externalReference": { "projectId": project, "namespace": namespace, "id": name } });

    for by in [
        json!({ "id": id.to_string() }),
        by_reference(&project, namespace, name),
        by_reference(&project, &namespace.to_uppercase(), name),
    ] {
        let data = gateway.data_with(QUERY, json!({ "by": by })).await;
        assert_eq!(data["prospect"]["id"], id.to_string(), "{by}");
    }

    let (elsewhere, _) = find(&gateway, |bid| bid.deal.to_string() != id.project.key());
    let (deleted, _) = find(&gateway, |bid| bid.deleted_at.is_some());
    let nowhere = ProjectId::new("1");
    for by in [
        json!({ "id": deleted.to_string() }),
        json!({ "id": ProspectId::new(id.project.clone(), "1").to_string() }),
        // It exists, but not in that project.
        json!({ "id": ProspectId::new(elsewhere.project.clone(), id.key()).to_string() }),
        json!({ "id": ProspectId::new(nowhere.clone(), id.key()).to_string() }),
        by_reference(&project, namespace, "none"),
        by_reference(&project, "nobody", name),
        by_reference(&elsewhere.project.to_string(), namespace, name),
        by_reference(&nowhere.to_string(), namespace, name),
    ] {
        let data = gateway.data_with(QUERY, json!({ "by": by })).await;
        assert_eq!(data["prospect"], Value::Null, "{by}");
    }
}

#[tokio::test]
async fn what_is_no_id_of_a_prospect_is_refused() {
    let gateway = TestGateway::start().await;
    let project = ProjectId::new("1").to_string();
    for by in [
        json!({ "id": "nonsense" }),
        json!({ "id": project }),
        json!({ "externalReference": { "projectId": "nonsense", "namespace": "a", "id": "b" } }),
    ] {
        let answer = gateway.ask_with(QUERY, json!({ "by": by })).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{by}");
        assert_eq!(answer["data"]["prospect"], Value::Null);
    }
}

#[tokio::test]
async fn a_prospect_links_to_project_investor_and_contact() {
    let gateway = TestGateway::start().await;
    let (id, bid, investor, contact) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        // A matched person whom the CRM knows.
        let contact = |bid: &Bid| {
            let investor = world.investor(false, bid.person?)?;
            let mut references = investor.references.iter();
            Some((
                investor,
                references
                    .find(|its| its.namespace == "propstack")?
                    .id
                    .clone(),
            ))
        };
        let bid = world.bids.iter().find(|bid| {
            let is_live = world
                .deal(bid.deal)
                .is_some_and(|deal| deal.deleted_at.is_none());
            is_live
                && bid.deleted_at.is_none()
                && bid.teaser_accepted.is_some()
                && contact(bid).is_some()
        });
        let bid = bid.unwrap();
        let (investor, contact) = contact(bid).unwrap();
        let id = ProspectId::new(ProjectId::new(bid.deal.to_string()), bid.id.to_string());
        let told = (
            written(bid.created_at),
            bid.teaser_deadline.map(written),
            bid.teaser_accepted.map(written),
        );
        (
            id,
            told,
            (investor.email.clone(), investor.tags.clone()),
            contact,
        )
    };
    let query = "query($by: ProspectBy!) { prospect(by: $by) {
        source { id system } createdAt origin teaser { deadlineAt acceptedAt } tags
        project { id } investor { email contact { source { id } } }
        contact { source { id } } contactMatch { by confidence } } }";

    let data = gateway
        .data_with(query, json!({ "by": { "id": id.to_string() } }))
        .await;

    let (created_at, deadline, accepted) = bid;
    let source = json!({ "source": { "id": contact } });
    assert_eq!(
        data["prospect"],
        json!({
            "source": { "id": id.key(), "system": "PROPSTREET" },
            "createdAt": created_at,
            "origin": "MATCHED",
            "teaser": { "deadlineAt": deadline, "acceptedAt": accepted },
            "tags": investor.1,
            "project": { "id": id.project.to_string() },
            "investor": { "email": investor.0, "contact": source },
            "contact": source,
            "contactMatch": { "by": "EXTERNAL_REFERENCE", "confidence": "CERTAIN" },
        })
    );
}
