//! Who may not write, and what comes of it: nothing.

use hausgraph::{
    auth::{Role, Scope, Scopes, Viewer},
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    sandbox::{System, world::World},
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, codes, overlapping_sandbox, sandbox};

/// A mutation that would succeed: its name, its input, and a field of its payload.
pub type Write = (&'static str, Value, &'static str);

/// One of each mutation of projects, prospects and references; the last take away what the others
/// are about.
pub fn every_write(gateway: &TestGateway) -> Vec<Write> {
    let id = gateway.prospect();
    let project = id.project.to_string();
    let newcomer = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let newcomer = world.investors.iter().find(|it| {
            let mut bids = world.bids.iter();
            !it.is_company && it.deleted_at.is_none() && bids.all(|bid| bid.person != Some(it.id))
        });
        let id = newcomer.unwrap().id.to_string();
        hausgraph::model::InvestorId::Person(id).to_string()
    };
    let id = id.to_string();
    let reference =
        |id: &str| json!({ "id": id, "reference": { "namespace": "geheim", "id": "Geheimnis" } });
    let removal = |id: &str| json!({ "id": id, "namespace": "geheim" });
    vec![
        (
            "createProject",
            json!({ "name": "Geheimnis", "externalReferences": [{ "namespace": "geheim", "id": "Geheimnis 2" }] }),
            "project { id }",
        ),
        (
            "updateProject",
            json!({ "id": project, "name": "Geheimnis" }),
            "project { id }",
        ),
        ("setExternalReference", reference(&project), "node { id }"),
        ("removeExternalReference", removal(&project), "node { id }"),
        (
            "addProspect",
            json!({ "projectId": project, "investorId": newcomer }),
            "prospect { id }",
        ),
        (
            "updateProspect",
            json!({ "id": id, "externalReferences": [{ "namespace": "geheim", "id": "Geheimnis" }] }),
            "prospect { id }",
        ),
        ("removeExternalReference", removal(&id), "node { id }"),
        ("setExternalReference", reference(&id), "node { id }"),
        (
            "classifyProspects",
            json!({ "projectId": project, "prospectIds": [id], "classification": "BIDDER" }),
            "prospects { id }",
        ),
        ("removeProspect", json!({ "id": id }), "removedId"),
        ("deleteProject", json!({ "id": project }), "deletedId"),
    ]
}

#[tokio::test]
async fn without_the_scope_no_mutation_runs_and_nothing_is_sent() {
    let gateway = TestGateway::start().await;
    for (name, input, selection) in every_write(&gateway) {
        let scopes: &[Scope] = match name {
            "createProject" | "updateProject" | "deleteProject" => &[Scope::ProjectWrite],
            "setExternalReference" | "removeExternalReference" => continue,
            _ => &[Scope::ProspectWrite],
        };
        let none = Viewer::new("none", ORGANIZATION, Role::Owner, Scopes::default());
        for token in [gateway.token(ORGANIZATION, scopes), gateway.token_of(none)] {
            let before = gateway.audit(ORGANIZATION).await.len();
            let answer = gateway.try_as(&token, name, input.clone(), selection).await;
            assert_eq!(codes(&answer), ["FORBIDDEN"], "{name}");
            assert!(answer.get("data").is_none_or(Value::is_null), "{answer}");
            let acts = gateway.audit(ORGANIZATION).await;
            assert_eq!(acts.len(), before + 1);
            assert_eq!(acts[0].action, name);
            assert_eq!(acts[0].outcome, "FORBIDDEN");
        }
    }
    assert_eq!(gateway.sandbox.shared.journal.entries().len(), 0);
}

#[tokio::test]
async fn a_reference_needs_the_scope_of_its_record() {
    let gateway = TestGateway::start().await;
    let project = gateway.project().to_string();
    let prospect = gateway.prospect().to_string();
    for (id, scope) in [
        (&project, Scope::ProjectWrite),
        (&prospect, Scope::ProspectWrite),
    ] {
        let reference = json!({ "namespace": "a", "id": "b" });
        let set = json!({ "id": id, "reference": reference, "idempotencyKey": scope.as_str() });
        let removed = json!({ "id": id, "namespace": "a" });
        let token = gateway.token(ORGANIZATION, &[scope]);
        for (name, input) in [
            ("setExternalReference", &set),
            ("removeExternalReference", &removed),
        ] {
            let payload = gateway
                .run_as(&token, name, input.clone(), "node { id } attempts")
                .await;
            assert_eq!(
                errors(&payload),
                [("InputError", "NOT_PERMITTED")],
                "{name}"
            );
            assert_eq!(payload["node"], Value::Null);
            let message = payload["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(scope.as_str()), "{message}");
            let act = (name.to_owned(), "NOT_PERMITTED".to_owned());
            assert_eq!(gateway.last_act().await, act);
        }
        assert_eq!(gateway.all_calls(System::Propstreet), 0);
    }
    // With the scope the same key does it.
    let input = json!({ "id": project, "reference": { "namespace": "a", "id": "b" }, "idempotencyKey": "project:write" });
    let payload = gateway.run("setExternalReference", input, "attempts").await;
    assert_eq!(payload["errors"], json!([]));
}

/// What of the market is written to.
fn written(world: &World) -> String {
    let (deals, bids) = (&world.deals, &world.bids);
    format!("{deals:?} {bids:?}")
}

#[tokio::test]
async fn rule_76_the_ids_of_another_organisation_are_not_found() {
    let gateway = TestGateway::over(sandbox().await).await;
    let tenants = &gateway.sandbox.shared.tenants;
    let before = written(&tenants[0].world());
    let stranger = gateway.token(FOREIGN_ORGANIZATION, &[]);
    for (name, mut input, selection) in every_write(&gateway) {
        if name == "createProject" {
            continue;
        }
        for etag in [None, Some("W/\"1\"")] {
            let takes_etag = matches!(
                name,
                "updateProject" | "updateProspect" | "removeProspect" | "deleteProject"
            );
            if let Some(etag) = etag.filter(|_| takes_etag) {
                input["etag"] = json!(etag);
            }
            let payload = gateway
                .run_as(&stranger, name, input.clone(), selection)
                .await;
            assert_eq!(errors(&payload), [("InputError", "NOT_FOUND")], "{name}");
            let field = selection.split(' ').next().unwrap();
            assert!([Value::Null, json!([])].contains(&payload[field]), "{name}");
        }
        let acts = gateway.audit(FOREIGN_ORGANIZATION).await;
        assert_eq!(
            (acts[0].action.as_str(), acts[0].outcome.as_str()),
            (name, "NOT_FOUND")
        );
    }
    assert_eq!(written(&tenants[0].world()), before);
    assert_eq!(gateway.audit(ORGANIZATION).await.len(), 0);
}

#[tokio::test]
async fn rule_76_where_ids_are_the_same_each_organisation_writes_to_its_own() {
    let gateway = TestGateway::caching(overlapping_sandbox().await).await;
    let tenants = &gateway.sandbox.shared.tenants;
    let before = written(&tenants[0].world());
    let stranger = gateway.token(FOREIGN_ORGANIZATION, &[]);
    for (name, input, selection) in every_write(&gateway) {
        let answer = gateway.try_as(&stranger, name, input, selection).await;
        assert_eq!(answer.get("errors"), None, "{name}");
    }
    assert_eq!(written(&tenants[0].world()), before);
}
