//! Names in other systems are written.

use hausgraph::sandbox::world::{Bid, Deal};
use serde_json::{Value, json};

use super::super::{
    Firm,
    market::{Market, bid, contact, deal, reference},
};

/// Where a record is made, a body to make it with, and one that is there.
const PROJECT: [&str; 2] = ["/projects", "/projects/1"];
const PROSPECT: [&str; 2] = ["/projects/1/prospects", "/projects/1/prospects/1"];

/// Two projects, and on each its prospect of the same name; a contact that is nowhere yet.
async fn firm() -> Firm {
    let named = |id, name| Deal {
        references: vec![reference("hubspot", name)],
        ..deal(id)
    };
    let prospect = |id, name| Bid {
        deal: id,
        references: vec![reference("hubspot", name)],
        ..bid(id)
    };
    Firm::with(Market {
        deals: vec![named(1, "a"), named(2, "b")],
        investors: vec![contact(1), contact(2)],
        bids: vec![prospect(1, "a"), prospect(2, "b")],
        ..Market::default()
    })
    .await
}

fn body(references: &Value) -> Value {
    json!({ "name": "Hof", "contactId": "2", "externalRefs": references })
}

#[tokio::test]
async fn rule_36_one_namespace_comes_once_in_any_case() {
    let firm = firm().await;
    let twice = json!([
        { "namespace": "HubSpot", "id": "x" },
        { "namespace": "hubspot", "id": "y" },
    ]);
    for [list, one] in [PROJECT, PROSPECT] {
        let before = firm.one(one).await;
        firm.post(list, body(&twice))
            .await
            .assert_problem(400, list);
        firm.patch(one, body(&twice)).await.assert_problem(400, one);
        assert_eq!(firm.one(one).await, before);
    }
}

#[tokio::test]
async fn rule_36_a_reference_has_a_namespace_of_50_an_id_of_255_and_49_neighbours() {
    let firm = firm().await;
    let many = |count: usize| {
        let one = |at| json!({ "namespace": format!("n{at}"), "id": "1" });
        (0..count).map(one).collect::<Value>()
    };
    let long = |namespace: usize, id: usize| json!([{ "namespace": "N".repeat(namespace), "id": "i".repeat(id) }]);
    for [list, one] in [PROJECT, PROSPECT] {
        for references in [
            many(51),
            long(51, 1),
            long(1, 256),
            long(0, 1),
            long(1, 0),
            json!([{ "namespace": "n" }]),
            json!([{ "id": "1" }]),
            json!([{ "namespace": "n", "id": 1 }]),
            json!(["n"]),
            json!("n"),
        ] {
            let refused = firm.post(list, body(&references)).await;
            refused.assert_problem(400, &references.to_string());
        }
        firm.patch(one, json!({ "externalRefs": null }))
            .await
            .assert_problem(400, "null");
        let most = firm.patch(one, body(&many(50))).await.body;
        assert_eq!(most["externalRefs"].as_array().unwrap().len(), 50);
        let longest = firm.patch(one, body(&long(50, 255))).await.body;
        assert_eq!(longest["externalRefs"][0]["namespace"], "n".repeat(50));
    }
}

#[tokio::test]
async fn rules_37_and_38_a_name_is_one_projects_and_one_prospects_of_its_project() {
    let firm = firm().await;
    let taken = json!([{ "namespace": "HUBSPOT", "id": "b" }]);

    firm.post("/projects", body(&taken))
        .await
        .assert_problem(409, "another project has it");
    let before = firm.one("/projects/1").await;
    firm.patch("/projects/1", body(&taken))
        .await
        .assert_problem(409, "another project has it");
    assert_eq!(firm.one("/projects/1").await, before);

    let elsewhere = firm.patch("/projects/1/prospects/1", body(&taken)).await;
    assert_eq!(elsewhere.status, 200, "{}", elsewhere.body);
    let refused = firm.post("/projects/1/prospects", body(&taken)).await;
    refused.assert_problem(409, "another prospect has it");
    let other_id = json!([{ "namespace": "hubspot", "id": "B" }]);
    let second = firm.create("/projects/1/prospects", body(&other_id)).await;
    let path = format!("/projects/1/prospects/{}", second["id"].as_str().unwrap());
    firm.patch(&path, body(&taken))
        .await
        .assert_problem(409, "another prospect has it");
    // Its own name is in nobody's way.
    let own = firm
        .patch("/projects/2", json!({ "externalRefs": taken }))
        .await;
    assert_eq!(own.status, 200, "{}", own.body);
}

#[tokio::test]
async fn rule_38_another_firm_may_have_the_same_names() {
    let firm = firm().await;
    firm.set_foreign(Market::of([Deal {
        references: vec![reference("hubspot", "z")],
        ..deal(1)
    }]));
    let same = json!([{ "namespace": "hubspot", "id": "z" }]);
    firm.create("/projects", body(&same)).await;
}

#[tokio::test]
async fn rule_39_a_change_replaces_the_list_and_look_ups_follow() {
    let firm = firm().await;
    for [list, one] in [PROJECT, PROSPECT] {
        let found = async |name: &str| {
            let path = format!("{list}/external/{name}");
            firm.get(&path).await.status.as_u16()
        };
        let references = json!([
            { "namespace": "Propstack", "id": "4711" },
            { "namespace": "deeprent", "id": "Ab/c" },
        ]);
        let shown = json!([
            { "namespace": "propstack", "id": "4711" },
            { "namespace": "deeprent", "id": "Ab/c" },
        ]);

        let changed = firm.patch(one, json!({ "externalRefs": references })).await;
        assert_eq!(changed.body["externalRefs"], shown);
        assert_eq!(found("PROPSTACK/4711").await, 200);
        assert_eq!(found("deeprent/Ab%2Fc").await, 200);
        assert_eq!(found("hubspot/a").await, 404);

        let absent = json!({ "name": "Neu", "classification": "bidder" });
        assert_eq!(firm.patch(one, absent).await.body["externalRefs"], shown);

        let cleared = firm.patch(one, json!({ "externalRefs": [] })).await;
        assert_eq!(cleared.body["externalRefs"], json!([]));
        assert_eq!(found("propstack/4711").await, 404);
    }
}

#[tokio::test]
async fn section_2_5_a_deleted_record_frees_its_names() {
    let firm = firm().await;
    for [list, one] in [PROSPECT, PROJECT] {
        let name = json!([{ "namespace": "hubspot", "id": "a" }]);
        firm.post(list, body(&name)).await.assert_problem(409, list);
        assert_eq!(firm.delete(one).await.status, 204);
        firm.refuses(&format!("{list}/external/hubspot/a"), 404)
            .await;
        let heir = firm.create(list, body(&name)).await;
        let found = firm.one(&format!("{list}/external/hubspot/a")).await;
        assert_eq!(found, heir);
    }
}

#[tokio::test]
async fn rule_41_written_ids_survive_the_round_trip() {
    let firm = firm().await;
    for (name, encoded) in [
        ("a/b c", "a%2Fb%20c"),
        ("100%", "100%25"),
        ("Größe 7/ä", "Gr%C3%B6%C3%9Fe%207%2F%C3%A4"),
    ] {
        for [list, one] in [PROJECT, PROSPECT] {
            let references = json!([{ "namespace": "crm", "id": name }]);
            firm.patch(one, json!({ "externalRefs": references })).await;
            let found = firm.one(&format!("{list}/external/crm/{encoded}")).await;
            assert_eq!(found["externalRefs"], references);
        }
    }
}
