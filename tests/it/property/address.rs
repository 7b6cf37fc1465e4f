//! Hidden addresses: who sees them, and that nothing beside them tells them.

use hausgraph::{auth::Scope, config::demo::ORGANIZATION};
use serde_json::{Value, json};

use crate::support::TestGateway;

const ROW: &str = "name address { street houseNumber formatted } location { latitude }";

/// A hidden and a shown unit by Propstack's id, each with its street.
fn hidden_and_shown(gateway: &TestGateway) -> [(u64, String); 2] {
    let world = gateway.sandbox.shared.tenants[0].world();
    [true, false].map(|is_hidden| {
        let mut units = world.units.iter().filter(|unit| !unit.is_archived);
        let unit = units.find(|unit| unit.hides_address == is_hidden).unwrap();
        (unit.id, unit.place.street.clone())
    })
}

async fn read(gateway: &TestGateway, without: &[Scope], id: u64) -> Value {
    let query = format!("query($by: PropertyBy!) {{ property(by: $by) {{ {ROW} }} }}");
    let token = gateway.token(ORGANIZATION, without);
    let by = json!({ "by": { "upstreamId": id.to_string() } });
    let mut answer = gateway.ask_as(&token, &query, by).await;
    assert_eq!(answer.get("errors"), None);
    answer["data"]["property"].take()
}

#[tokio::test]
async fn a_hidden_address_takes_the_right_to_see_it() {
    let gateway = TestGateway::start().await;
    let [(hidden, street), (shown, other_street)] = hidden_and_shown(&gateway);

    let property = read(&gateway, &[Scope::PropertyAddress], hidden).await;
    assert_eq!(
        property,
        json!({ "name": null, "address": null, "location": null })
    );

    let property = read(&gateway, &[], hidden).await;
    assert_eq!(property["address"]["street"], json!(street));
    assert!(property["name"].as_str().unwrap().starts_with(&street));
    assert!(property["location"]["latitude"].is_f64());

    for without in [&[][..], &[Scope::PropertyAddress]] {
        let property = read(&gateway, without, shown).await;
        assert_eq!(property["address"]["street"], json!(other_street));
        let formatted = property["address"]["formatted"].as_str().unwrap();
        assert!(formatted.starts_with(&other_street), "{formatted}");
    }
}

#[tokio::test]
async fn without_the_right_no_list_tells_a_hidden_street() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[Scope::PropertyAddress]);
    let row = format!("source {{ id }} {ROW} title");
    let queries = [
        format!("{{ list: properties(first: 100, orderBy: {{ field: ID, direction: DESC }}) {{ nodes {{ {row} }} }} }}"),
        format!("{{ list: properties(first: 100, orderBy: {{ field: ID, direction: DESC }}) {{ edges {{ node {{ ...Row }} }} nodes {{ ...Row }} }} }}
            fragment Row on Property {{ {row} }}"),
    ];
    for query in queries {
        let answer = gateway.ask_as(&token, &query, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{query}");
        let nodes = answer["data"]["list"]["nodes"].as_array().unwrap();
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut hidden = 0;
        for node in nodes {
            let id = node["source"]["id"].as_str().unwrap().parse().unwrap();
            let unit = world.unit(id).unwrap();
            assert_eq!(node["address"].is_null(), unit.hides_address, "{node}");
            assert_eq!(node["name"].is_null(), unit.hides_address, "{node}");
            assert_eq!(node["location"].is_null(), unit.hides_address, "{node}");
            if unit.hides_address {
                hidden += 1;
                assert!(!node.to_string().contains(&unit.place.street), "{node}");
            }
        }
        assert!(hidden > 3);
    }
}

#[tokio::test]
async fn a_development_hides_its_address_alike() {
    let gateway = TestGateway::start().await;
    for without in [&[][..], &[Scope::PropertyAddress]] {
        let token = gateway.token(ORGANIZATION, without);
        let query = "{ developments { title address { street } } }";
        let answer = gateway.ask_as(&token, query, json!({})).await;
        assert_eq!(answer.get("errors"), None);
        let rows = answer["data"]["developments"].as_array().unwrap();
        let world = gateway.sandbox.shared.tenants[0].world();
        assert_eq!(rows.len(), world.developments.len());
        assert!(world.developments.iter().any(|its| its.hides_address));
        for (row, development) in rows.iter().zip(&world.developments) {
            let is_hidden = development.hides_address && !without.is_empty();
            let street = (!is_hidden).then_some(&development.place.street);
            assert_eq!(row["address"]["street"], json!(street), "{row}");
        }
    }
}
