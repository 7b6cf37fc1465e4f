//! What is kept is new again after a write: every query sees at once what a gateway sees that keeps
//! nothing, and what has nothing to do with the write is not read again.

use std::time::Duration;

use hausgraph::{
    cache::Settings,
    config::demo,
    model::{InvestorId, ProjectId, ProspectId},
    sandbox::{System, fault::Fault},
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, http, sandbox, text};

const PATCH: &str = "PATCH /api/v1/projects/{id}";
const PATCH_PROSPECT: &str = "PATCH /api/v1/projects/{id}/prospects/{prospect}";

/// Asked before and after every write, with the ids of a [`Scene`]. Each shows what writes change
/// in another way.
const QUERIES: [&str; 15] = [
    "{ projects(first: 100) { nodes { id name etag updatedAt } } }",
    "{ projects(first: 100, filter: { status: OPEN }) { nodes { id externalReferences { id } } } }",
    "{ projects(first: 100, filter: { status: DELETED }) { nodes { id deletedAt } } }",
    "query($project: ID!) { project(by: { id: $project }) { name etag price { amount } } }",
    "query($project: ID!) { node(id: $project) { ... on Project { name etag } } }",
    "query($project: ID!) { project(by: { id: $project }) {
        prospects(first: 100) { nodes { id etag classification } } } }",
    "query($project: ID!) { project(by: { id: $project }) {
        prospects(first: 100, filter: { classification: BIDDER }) { nodes { id } } } }",
    "{ project(by: { externalReference: { namespace: \"HubSpot\", id: \"neu\" } }) { id etag } }",
    "query($prospect: ID!) { prospect(by: { id: $prospect }) { etag classification project { etag } } }",
    "query($prospect: ID!) { nodes(ids: [$prospect]) { id ... on Prospect { etag } } }",
    "query($project: ID!) { prospect(by: { externalReference: {
        projectId: $project, namespace: \"HubSpot\", id: \"neu\" } }) { id etag } }",
    "query($investor: ID!) { associatedProjects(of: { id: $investor }, first: 100) { nodes {
        name etag updatedAt prospectCount prospectClassification prospect { etag } } } }",
    "query($newcomer: ID!) { associatedProjects(of: { id: $newcomer }, first: 100) { nodes {
        name etag prospectClassification project { name } } } }",
    "query($investor: ID!) { associatedProjects(of: { id: $investor }, first: 100,
        filter: { classification: BIDDER }) { nodes { name } } }",
    "query($property: String!) { property(by: { upstreamId: $property }) {
        projects(first: 10) { nodes { id name } } } }",
];

/// A gateway that keeps what it reads, one that does not, and the records that are written to.
struct Scene {
    gateway: TestGateway,
    /// Of the gateway that keeps nothing.
    bare: String,
    project: String,
    prospect: String,
    /// What [`QUERIES`] are asked with.
    ids: Value,
}

impl Scene {
    async fn new() -> Self {
        let mut gateway = TestGateway::caching(sandbox().await).await;
        let bare = gateway.replica_with(Settings::off()).await;
        let (project, prospect, ids) = {
            let world = gateway.sandbox.shared.tenants[0].world();
            let found = world.bids.iter().find_map(|bid| {
                let deal = world.deal(bid.deal)?;
                let is_live = bid.deleted_at.is_none() && deal.deleted_at.is_none();
                let mut references = deal.references.iter();
                let property = references.find(|its| its.namespace == "propstack")?;
                let person = bid.person.filter(|_| is_live && deal.status == "open")?;
                Some((deal.id, bid.id, person, property.id.clone()))
            });
            let (deal, bid, investor, property) = found.unwrap();
            let newcomer = world.investors.iter().find(|it| {
                let mut bids = world.bids.iter();
                !it.is_company
                    && it.deleted_at.is_none()
                    && bids.all(|bid| bid.person != Some(it.id))
            });
            let newcomer = newcomer.unwrap().id;
            let person = |id: u64| InvestorId::Person(id.to_string()).to_string();
            let deal = ProjectId::new(deal.to_string());
            let project = deal.to_string();
            let prospect = ProspectId::new(deal, bid.to_string()).to_string();
            let ids = json!({ "project": project, "prospect": prospect, "property": property,
                "investor": person(investor), "newcomer": person(newcomer) });
            (project, prospect, ids)
        };
        let scene = Self {
            gateway,
            bare,
            project,
            prospect,
            ids,
        };
        scene.check("nothing").await;
        scene
    }

    fn calls(&self) -> u64 {
        self.gateway.all_calls(System::Propstreet) + self.gateway.all_calls(System::Propstack)
    }

    async fn ask(&self, origin: &str, query: &str) -> Value {
        let token = self.gateway.token(demo::ORGANIZATION, &[]);
        let mut variables = self.ids.clone();
        let named = variables.as_object_mut().unwrap();
        named.retain(|name, _| query.contains(&format!("${name}")));
        let request = http().post(format!("{origin}/graphql")).bearer_auth(token);
        let body = json!({ "query": query, "variables": variables });
        let answer = request.json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer
    }

    /// Asks every query of both gateways, and makes sure that the answers are kept again.
    async fn check(&self, what: &str) {
        for query in QUERIES {
            let kept = self.ask(&self.gateway.origin, query).await;
            let true_now = self.ask(&self.bare, query).await;
            assert_eq!(kept, true_now, "after {what}: {query}");
        }
        let calls = self.calls();
        for query in QUERIES {
            self.ask(&self.gateway.origin, query).await;
        }
        assert_eq!(self.calls(), calls, "all of it is kept after {what}");
    }

    /// Runs a mutation that must succeed; then every query sees it.
    async fn write(&self, name: &str, input: Value, selection: &str) -> Value {
        let payload = self.gateway.run(name, input.clone(), selection).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        self.check(&format!("{name} {input}")).await;
        payload
    }
}

#[tokio::test]
async fn every_query_sees_every_write_to_projects_at_once() {
    let scene = Scene::new().await;
    let id = &scene.project;
    let named = json!([{ "namespace": "hubspot", "id": "neu" }]);

    scene
        .write(
            "updateProject",
            json!({ "id": id, "name": "Neu" }),
            "attempts",
        )
        .await;
    let price = json!({ "value": "7", "scale": "MILLIONS", "currency": "EUR" });
    let priced = json!({ "id": id, "price": price, "priceRange": null });
    scene.write("updateProject", priced, "attempts").await;
    let reference = json!({ "id": id, "reference": named[0] });
    scene
        .write("setExternalReference", reference, "attempts")
        .await;
    for namespace in ["propstack", "hubspot"] {
        let input = json!({ "id": id, "namespace": namespace });
        scene
            .write("removeExternalReference", input, "attempts")
            .await;
    }
    let made = json!({ "name": "Ganz neu", "externalReferences": named });
    let made = scene.write("createProject", made, "project { id }").await;
    let made = json!({ "id": made["project"]["id"] });
    scene.write("deleteProject", made, "deletedId").await;
    let replaced = json!({ "id": id, "externalReferences": named });
    scene.write("updateProject", replaced, "attempts").await;
    scene
        .write("deleteProject", json!({ "id": id }), "deletedId")
        .await;
}

#[tokio::test]
async fn every_query_sees_every_write_to_prospects_at_once() {
    let scene = Scene::new().await;
    let id = &scene.prospect;
    let named = json!([{ "namespace": "hubspot", "id": "neu" }]);

    for stage in ["BIDDER", "CONTACTED"] {
        let input = json!({ "id": id, "classification": stage });
        scene.write("updateProspect", input, "attempts").await;
    }
    let input =
        json!({ "projectId": scene.project, "prospectIds": [id], "classification": "BIDDER" });
    scene
        .write("classifyProspects", input, "failed { index }")
        .await;
    let reference = json!({ "id": id, "reference": named[0] });
    scene
        .write("setExternalReference", reference, "attempts")
        .await;
    let input = json!({ "id": id, "namespace": "HUBSPOT" });
    scene
        .write("removeExternalReference", input, "attempts")
        .await;
    let new = json!({ "projectId": scene.project, "investorId": scene.ids["newcomer"], "externalReferences": named });
    let added = scene.write("addProspect", new, "prospect { id }").await;
    let added = json!({ "id": added["prospect"]["id"] });
    scene.write("removeProspect", added, "removedId").await;
    let replaced = json!({ "id": id, "externalReferences": named });
    scene.write("updateProspect", replaced, "attempts").await;
    scene
        .write("removeProspect", json!({ "id": id }), "removedId")
        .await;
}

#[tokio::test]
async fn every_query_sees_what_was_done_although_its_answer_was_lost() {
    for losses in [1, 3] {
        let scene = Scene::new().await;
        let etag = async |query| {
            let answer = scene.ask(&scene.gateway.origin, query).await;
            let root = if query == QUERIES[3] {
                "project"
            } else {
                "prospect"
            };
            text(&answer, &format!("/data/{root}/etag"))
        };
        let named = json!([{ "namespace": "hubspot", "id": "neu" }]);
        let project = json!({ "id": scene.project, "etag": etag(QUERIES[3]).await,
            "name": "Neu", "externalReferences": named });
        let prospect = json!({ "id": scene.prospect, "etag": etag(QUERIES[8]).await,
            "classification": "BIDDER", "externalReferences": named });
        let reference =
            |id: &str| json!({ "id": id, "reference": { "namespace": "hubspot", "id": "alt" } });
        for (endpoint, name, input) in [
            (PATCH, "updateProject", project),
            (PATCH, "setExternalReference", reference(&scene.project)),
            (PATCH_PROSPECT, "updateProspect", prospect),
            (
                PATCH_PROSPECT,
                "setExternalReference",
                reference(&scene.prospect),
            ),
        ] {
            for _ in 0..losses {
                scene
                    .gateway
                    .strike(System::Propstreet, endpoint, Fault::LoseAnswer);
            }
            let write = scene.gateway.run(name, input, "attempts");
            let payload = scene.gateway.hurry(Duration::from_secs(2), write).await;

            let expected: &[_] = match losses {
                1 => &[],
                _ => &[("UpstreamFailure", "OUTCOME_UNKNOWN")],
            };
            assert_eq!(errors(&payload), expected, "{name}");
            scene
                .check(&format!("{losses} lost answers to {name}"))
                .await;
        }
    }
}

#[tokio::test]
async fn what_a_write_has_nothing_to_do_with_is_not_read_again() {
    let scene = Scene::new().await;
    let other = scene.gateway.project_where(|deal| {
        let world = scene.gateway.sandbox.shared.tenants[0].world();
        let is_other = ProjectId::new(deal.id.to_string()).to_string() != scene.project;
        is_other && world.bids.iter().any(|bid| bid.deal == deal.id)
    });
    let unrelated = [
        "{ investors(first: 100) { nodes { id name } } }".to_owned(),
        "{ properties(first: 20) { nodes { id title } } }".to_owned(),
        format!("{{ project(by: {{ id: \"{other}\" }}) {{ name etag }} }}"),
        format!(
            "{{ project(by: {{ id: \"{other}\" }}) {{ prospects(first: 50) {{ nodes {{ id etag }} }} }} }}"
        ),
    ];
    let writes = [
        (
            "updateProject",
            json!({ "id": scene.project, "name": "Neu" }),
        ),
        (
            "setExternalReference",
            json!({ "id": scene.project, "reference": { "namespace": "a", "id": "b" } }),
        ),
        (
            "updateProspect",
            json!({ "id": scene.prospect, "classification": "BIDDER" }),
        ),
        (
            "setExternalReference",
            json!({ "id": scene.prospect, "reference": { "namespace": "a", "id": "b" } }),
        ),
        ("createProject", json!({ "name": "Ganz neu" })),
        (
            "addProspect",
            json!({ "projectId": scene.project, "investorId": scene.ids["newcomer"] }),
        ),
        ("removeProspect", json!({ "id": scene.prospect })),
        ("deleteProject", json!({ "id": scene.project })),
    ];
    for query in &unrelated {
        scene.ask(&scene.gateway.origin, query).await;
    }
    for (name, input) in writes {
        let payload = scene.gateway.run(name, input, "__typename").await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        let calls = scene.calls();
        for query in &unrelated {
            scene.ask(&scene.gateway.origin, query).await;
        }
        assert_eq!(scene.calls(), calls, "after {name}");
    }
}

#[tokio::test]
async fn what_a_write_brought_need_not_be_read() {
    let scene = Scene::new().await;
    let shown = "project { id name etag }";
    let input = json!({ "id": scene.project, "name": "Neu" });
    let payload = scene.gateway.run("updateProject", input, shown).await;
    let calls = scene.calls();

    let query = "query($id: ID!) { project(by: { id: $id }) { id name etag } }";
    let read = scene
        .gateway
        .data_with(query, json!({ "id": scene.project }))
        .await;

    assert_eq!(read["project"], payload["project"]);
    assert_eq!(scene.calls(), calls);
}

#[tokio::test]
async fn mutations_of_one_document_run_one_after_the_other() {
    for gateway in [
        TestGateway::start().await,
        TestGateway::caching(sandbox().await).await,
    ] {
        let id = gateway.prospect().to_string();
        let named = "{ externalReferences { namespace id } }";
        let set = |namespace: &str| {
            format!(
                "setExternalReference(input: {{ id: $id, reference: {{ namespace: \"{namespace}\", id: \"1\" }} }}) {{
                    node {{ ... on Prospect {named} }} attempts errors {{ code }} }}"
            )
        };
        let document = format!(
            "mutation($id: ID!) {{ one: {} two: {}
                three: updateProspect(input: {{ id: $id, classification: BIDDER }}) {{
                    prospect {{ classification externalReferences {{ namespace }}
                        project {{ prospects(first: 100, filter: {{ classification: BIDDER }}) {{ nodes {{ id }} }} }} }} }}
                four: removeProspect(input: {{ id: $id }}) {{ removedId errors {{ code }} }}
                five: removeProspect(input: {{ id: $id }}) {{ removedId errors {{ code }} }} }}",
            set("eins"),
            set("zwei")
        );

        let data = gateway.data_with(&document, json!({ "id": id })).await;

        assert_eq!(data["one"]["errors"], json!([]));
        let namespaces = |at: &str| {
            let references = data.pointer(at).unwrap().as_array().unwrap().iter();
            let ours = references.map(|its| text(its, "/namespace"));
            let ours = ours.filter(|its| ["eins", "zwei"].contains(&its.as_str()));
            ours.collect::<Vec<_>>()
        };
        assert_eq!(namespaces("/one/node/externalReferences"), ["eins"]);
        assert_eq!(namespaces("/two/node/externalReferences"), ["eins", "zwei"]);
        let prospect = &data["three"]["prospect"];
        assert_eq!(prospect["classification"], "BIDDER");
        assert_eq!(
            namespaces("/three/prospect/externalReferences"),
            ["eins", "zwei"]
        );
        let bidders = prospect["project"]["prospects"]["nodes"]
            .as_array()
            .unwrap();
        assert!(bidders.contains(&json!({ "id": id })));
        assert_eq!(data["four"], json!({ "removedId": id, "errors": [] }));
        assert_eq!(data["five"]["errors"][0]["code"], "NOT_FOUND");
    }
}
