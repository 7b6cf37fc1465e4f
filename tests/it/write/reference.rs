//! External references through the graph: one changes, the others stay, and what has a name is found
//! by it.

use futures_util::future::join_all;
use hausgraph::sandbox::System;
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, sandbox, text};

const PATCH: &str = "PATCH /api/v1/projects/{id}";
const NODE: &str = "node { ... on Project { externalReferences { namespace id } } } attempts";

async fn references(gateway: &TestGateway, id: &str) -> Vec<Value> {
    let query =
        "query($id: ID!) { project(by: { id: $id }) { externalReferences { namespace id } } }";
    let data = gateway.data_with(query, json!({ "id": id })).await;
    data["project"]["externalReferences"]
        .as_array()
        .unwrap()
        .clone()
}

fn naming(id: &str, namespace: &str, name: &str) -> Value {
    json!({ "id": id, "reference": { "namespace": namespace, "id": name } })
}

#[tokio::test]
async fn rule_42_what_is_set_in_one_namespace_leaves_the_others_and_is_guarded() {
    let gateway = TestGateway::start().await;
    let id = gateway
        .project_where(|deal| !deal.references.is_empty())
        .to_string();
    let before = references(&gateway, &id).await;

    let set = gateway
        .run(
            "setExternalReference",
            naming(&id, "HubSpot", "a/1 ä%"),
            NODE,
        )
        .await;
    let again = gateway
        .run(
            "setExternalReference",
            naming(&id, "hubspot", "a/1 ä%"),
            NODE,
        )
        .await;
    let other = gateway
        .run("setExternalReference", naming(&id, "HUBSPOT", "2"), NODE)
        .await;

    let with = |name: &str| {
        let mut all = before.clone();
        all.push(json!({ "namespace": "hubspot", "id": name }));
        all
    };
    assert_eq!(set["node"]["externalReferences"], json!(with("a/1 ä%")));
    assert_eq!(
        (&set["attempts"], &again["attempts"], &other["attempts"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!(references(&gateway, &id).await, with("2"));
    let entries = gateway.sandbox.shared.journal.entries();
    let patches: Vec<_> = entries
        .iter()
        .filter(|entry| entry.arrival.method == "PATCH")
        .collect();
    assert_eq!(patches.len(), 2);
    assert!(patches.iter().all(|entry| entry.arrival.if_match.is_some()));

    let input = json!({ "id": id, "namespace": "HubSpot" });
    let removed = gateway
        .run("removeExternalReference", input.clone(), NODE)
        .await;
    assert_eq!(removed["node"]["externalReferences"], json!(before));
    let nothing = gateway.run("removeExternalReference", input, NODE).await;
    assert_eq!(
        (&nothing["attempts"], &nothing["errors"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn forty_that_are_set_at_once_all_stand_after_forty_writes_and_one_read() {
    let gateway = TestGateway::caching(sandbox().await).await;
    let id = gateway.project().to_string();
    let before = references(&gateway, &id).await.len();
    let calls = gateway.all_calls(System::Propstreet);

    let writes = (0..40).map(|number| {
        let namespace = format!("system-{number}");
        let input = naming(&id, &namespace, "1");
        gateway.run("setExternalReference", input, NODE)
    });
    let payloads = join_all(writes).await;

    assert!(
        payloads
            .iter()
            .all(|payload| payload["errors"] == json!([]))
    );
    assert_eq!(references(&gateway, &id).await.len(), before + 40);
    assert_eq!(gateway.calls(System::Propstreet, PATCH), 40);
    assert!(gateway.all_calls(System::Propstreet) - calls <= 41);
}

#[tokio::test]
async fn forty_over_two_gateways_that_know_nothing_of_each_other_all_stand() {
    let gateway = TestGateway::start().await;
    let other = gateway.replica().await;
    let id = gateway.project().to_string();
    let before = references(&gateway, &id).await.len();

    let writes = (0..40).map(|number| {
        let namespace = format!("system-{number}");
        let origin = if number % 2 == 0 {
            &gateway.origin
        } else {
            &other
        };
        gateway.run_at(origin, "setExternalReference", naming(&id, &namespace, "1"))
    });
    let payloads = join_all(writes).await;

    let failed: Vec<_> = payloads
        .iter()
        .filter(|payload| payload["errors"] != json!([]))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(references(&gateway, &id).await.len(), before + 40);
    // Each write is sent sixteen times at most.
    assert!(gateway.calls(System::Propstreet, PATCH) <= 40 * 16);
}

#[tokio::test]
async fn a_name_that_another_project_has_is_refused_with_its_place() {
    let gateway = TestGateway::start().await;
    let taken = gateway.project_where(|deal| !deal.references.is_empty());
    let reference = references(&gateway, &taken.to_string())
        .await
        .swap_remove(0);
    let id = gateway
        .project_where(|deal| deal.references.is_empty())
        .to_string();

    let payload = gateway
        .run(
            "setExternalReference",
            json!({ "id": id, "reference": reference }),
            NODE,
        )
        .await;

    assert_eq!(errors(&payload), [("InputError", "DUPLICATE")]);
    assert_eq!(payload["errors"][0]["path"], json!(["reference"]));
    for (bad, part) in [(("", "1"), "namespace"), (("n", ""), "id")] {
        let refused = gateway
            .run("setExternalReference", naming(&id, bad.0, bad.1), NODE)
            .await;
        assert_eq!(errors(&refused), [("InputError", "VALIDATION")]);
        assert_eq!(refused["errors"][0]["path"], json!(["reference", part]));
    }
    assert_eq!(references(&gateway, &id).await, Vec::<Value>::new());
}

/// A project and a prospect of it that other systems give no names to.
async fn unnamed(gateway: &TestGateway) -> [String; 2] {
    let project = gateway.run("createProject", json!({ "name": "Nord" }), "project { id }");
    let project = text(&project.await, "/project/id");
    [add(gateway, &project, 0).await, project]
}

/// A prospect of a project: the investor at this place.
async fn add(gateway: &TestGateway, project: &str, place: usize) -> String {
    let investor = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut people = world
            .investors
            .iter()
            .filter(|it| !it.is_company && it.deleted_at.is_none());
        let id = people.nth(place).unwrap().id.to_string();
        hausgraph::model::InvestorId::Person(id).to_string()
    };
    let input = json!({ "projectId": project, "investorId": investor });
    let added = gateway.run("addProspect", input, "prospect { id }").await;
    text(&added, "/prospect/id")
}

/// The names of a record, set as a whole.
async fn set_all(gateway: &TestGateway, id: &str, references: Value) -> Value {
    let (name, field) = match is_project(id) {
        true => ("updateProject", "project"),
        false => ("updateProspect", "prospect"),
    };
    let input = json!({ "id": id, "externalReferences": references });
    let selection = format!("{field} {{ externalReferences {{ namespace id }} }}");
    let mut payload = gateway.run(name, input, &selection).await;
    payload["record"] = payload[field].take();
    payload
}

fn is_project(id: &str) -> bool {
    <hausgraph::model::ProjectId as hausgraph::model::RecordId>::decode(id).is_ok()
}

/// The id of the record of this name, where there is one: of a project, or of a prospect of one.
async fn find(gateway: &TestGateway, project: Option<&str>, namespace: &str, id: &str) -> Value {
    let (root, kind) = match project {
        None => ("project", "ProjectBy"),
        Some(_) => ("prospect", "ProspectBy"),
    };
    let query = format!("query($by: {kind}!) {{ {root}(by: $by) {{ id }} }}");
    let mut reference = json!({ "namespace": namespace, "id": id });
    if let Some(project) = project {
        reference["projectId"] = json!(project);
    }
    let variables = json!({ "by": { "externalReference": reference } });
    let mut data = gateway.data_with(&query, variables).await;
    match &data[root] {
        Value::Null => Value::Null,
        _ => data[root]["id"].take(),
    }
}

#[tokio::test]
async fn rules_35_40_and_41_what_was_named_is_found_in_any_letter_case_of_the_namespace() {
    for gateway in [
        TestGateway::start().await,
        TestGateway::caching(sandbox().await).await,
    ] {
        let [prospect, project] = unnamed(&gateway).await;
        let within = Some(project.as_str());
        for (record, owner) in [(&project, None), (&prospect, within)] {
            for name in [
                "a/b c",
                "/",
                "100%",
                "%2F",
                "Größe 7/ä",
                "🏠 + ?#&=",
                " blank ",
                "\\\"",
                "Ab1",
            ] {
                let missing = find(&gateway, owner, "HubSpot", name).await;
                assert_eq!(missing, Value::Null, "{name}");
                let input = naming(record, "HubSpot", name);
                let set = gateway.run("setExternalReference", input, "attempts").await;
                assert_eq!(set["errors"], json!([]), "{name}");

                for namespace in ["HubSpot", "hubspot", "HUBSPOT"] {
                    let found = find(&gateway, owner, namespace, name).await;
                    assert_eq!(found, json!(record), "{namespace} {name}");
                }
                let kept = json!([{ "namespace": "hubspot", "id": name }]);
                let again = set_all(&gateway, record, kept.clone()).await;
                assert_eq!(again["record"]["externalReferences"], kept);
            }
            // Letter case of the name matters, and so does the namespace.
            for (namespace, name) in [("hubspot", "ab1"), ("hubspot2", "Ab1"), ("hubspot", "Ab")] {
                let missing = find(&gateway, owner, namespace, name).await;
                assert_eq!(missing, Value::Null, "{namespace} {name}");
            }
        }
    }
}

#[tokio::test]
async fn rule_36_a_namespace_comes_once_and_names_have_their_lengths() {
    let gateway = TestGateway::start().await;
    let [prospect, project] = unnamed(&gateway).await;
    let one = |namespace: &str, id: &str| json!({ "namespace": namespace, "id": id });
    let fine = one("crm", "1");
    let many = |count: usize| (0..count).map(|at| one(&format!("n{at}"), "1")).collect();
    let calls = gateway.calls(System::Propstreet, PATCH);
    for id in [&prospect, &project] {
        for (references, path) in [
            (json!([fine, one("CRM", "2")]), "1.namespace"),
            (json!([fine, one("crm", "1")]), "1.namespace"),
            (json!([one("", "1")]), "0.namespace"),
            (json!([one(&"n".repeat(51), "1")]), "0.namespace"),
            (json!([fine, one("n", "")]), "1.id"),
            (json!([fine, one("n", &"ü".repeat(256))]), "1.id"),
            (many(51), ""),
        ] {
            let payload = set_all(&gateway, id, references.clone()).await;
            assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
            let path = format!("externalReferences.{path}");
            let told = payload["errors"][0]["path"].as_array().unwrap().iter();
            let told: Vec<_> = told.map(|part| part.as_str().unwrap()).collect();
            assert_eq!(told.join("."), path.trim_end_matches('.'));
        }
        for (reference, part) in [(one("", "1"), "namespace"), (one("n", ""), "id")] {
            let input = json!({ "id": id, "reference": reference });
            let payload = gateway.run("setExternalReference", input, NODE).await;
            assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
            let path = payload["errors"][0]["path"].as_array().unwrap();
            assert_eq!(path.last().unwrap(), part);
        }
    }
    assert_eq!(gateway.calls(System::Propstreet, PATCH), calls);
    for id in [&prospect, &project] {
        let longest = json!([one(&"n".repeat(50), &"ü".repeat(255))]);
        let payload = set_all(&gateway, id, longest.clone()).await;
        assert_eq!(payload["record"]["externalReferences"], longest);
        let most = many(50);
        let payload = set_all(&gateway, id, most.clone()).await;
        assert_eq!(payload["record"]["externalReferences"], most);
        let more = gateway.run("setExternalReference", naming(id, "one", "more"), NODE);
        assert_eq!(errors(&more.await), [("InputError", "VALIDATION")]);
    }
}

#[tokio::test]
async fn rules_37_and_38_a_name_is_one_projects_and_one_prospects_of_its_project() {
    let gateway = TestGateway::start().await;
    let [prospect, project] = unnamed(&gateway).await;
    let [elsewhere, other] = unnamed(&gateway).await;
    let neighbour = add(&gateway, &project, 1).await;
    let name = json!([{ "namespace": "HubSpot", "id": "a" }]);
    for (first, second) in [(&project, &other), (&prospect, &neighbour)] {
        let payload = set_all(&gateway, first, name.clone()).await;
        assert_eq!(payload["errors"], json!([]));
        // Its own name is in nobody's way.
        let payload = set_all(&gateway, first, name.clone()).await;
        assert_eq!(payload["errors"], json!([]));
        let payload = set_all(&gateway, second, name.clone()).await;
        assert_eq!(errors(&payload), [("InputError", "DUPLICATE")]);
        assert_eq!(payload["errors"][0]["path"], json!(["externalReferences"]));
        let set = naming(second, "hubspot", "a");
        let payload = gateway.run("setExternalReference", set, NODE).await;
        assert_eq!(errors(&payload), [("InputError", "DUPLICATE")]);
    }
    let made = json!({ "name": "Süd", "externalReferences": name });
    let payload = gateway.run("createProject", made, "project { id }").await;
    assert_eq!(errors(&payload), [("InputError", "DUPLICATE")]);
    // In another project the same name is free.
    let payload = set_all(&gateway, &elsewhere, name).await;
    assert_eq!(payload["errors"], json!([]));
    for (project, prospect) in [(&project, &prospect), (&other, &elsewhere)] {
        let found = find(&gateway, Some(project), "hubspot", "a").await;
        assert_eq!(found, json!(prospect));
    }
}

#[tokio::test]
async fn rule_39_a_change_replaces_all_names_absent_keeps_and_look_ups_follow() {
    let gateway = TestGateway::caching(sandbox().await).await;
    let [prospect, project] = unnamed(&gateway).await;
    let within = Some(project.as_str());
    for (id, owner, other) in [
        (&project, None, json!({ "id": project, "name": "Neu" })),
        (
            &prospect,
            within,
            json!({ "id": prospect, "classification": "BIDDER" }),
        ),
    ] {
        let names = |pairs: &[[&str; 2]]| -> Value {
            let pairs = pairs.iter();
            pairs
                .map(|[namespace, id]| json!({ "namespace": namespace, "id": id }))
                .collect()
        };
        let first = names(&[["propstack", "4711"], ["hubspot", "a"]]);
        let second = names(&[["deeprent", "Ab/c"], ["propstack", "4712"]]);
        set_all(&gateway, id, first).await;
        assert_eq!(find(&gateway, owner, "hubspot", "a").await, json!(id));

        let replaced = set_all(&gateway, id, second.clone()).await;
        assert_eq!(replaced["record"]["externalReferences"], second);
        for (namespace, name, is_there) in [
            ("hubspot", "a", false),
            ("propstack", "4711", false),
            ("PROPSTACK", "4712", true),
            ("DeepRent", "Ab/c", true),
        ] {
            let found = find(&gateway, owner, namespace, name).await;
            assert_eq!(found == json!(id), is_there, "{namespace} {name}");
        }

        let name = match owner {
            None => "updateProject",
            Some(_) => "updateProspect",
        };
        gateway.run(name, other, "attempts").await;
        let kept = find(&gateway, owner, "propstack", "4712").await;
        assert_eq!(kept, json!(id));

        let cleared = set_all(&gateway, id, json!([])).await;
        assert_eq!(cleared["record"]["externalReferences"], json!([]));
        let gone = find(&gateway, owner, "propstack", "4712").await;
        assert_eq!(gone, Value::Null);
    }
}
