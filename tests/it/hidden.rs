//! A viewer without the right to see hidden addresses walks every path to one.

use hausgraph::{auth::Scope, config::demo::ORGANIZATION, sandbox::world::Clue};
use serde_json::{Value, json};

use crate::support::TestGateway;

const PATHS: &str = "query($reference: String!, $text: String!, $code: String!) {
    property(by: { reference: $reference }) {
        reference name address { formatted } location { latitude }
        development { title address { formatted } }
        protocols { nodes { object { id address { formatted } } } }
        projects { nodes { profiles { name location { latitude } } } }
    }
    byText: properties(filter: { text: $text, includeInactive: true }, first: 100) {
        nodes { reference } }
    byCode: properties(filter: { postalCode: $code, includeInactive: true }, first: 100) {
        nodes { reference } }
}";

/// A unit that hides its address, belongs to a development and has a protocol; then one that does
/// not hide it, in the same street.
fn units(gateway: &TestGateway) -> (Value, String) {
    let world = gateway.sandbox.shared.tenants[0].world();
    let unit = world
        .units
        .iter()
        .find(|unit| {
            let has_protocol = world.handovers.iter().any(|row| {
                row.unit == Some(unit.id)
                    && row.clue == Clue::StoredObject
                    && row.deleted_at.is_none()
            });
            unit.hides_address && unit.development.is_some() && has_protocol
        })
        .unwrap();
    let variables = json!({
        "reference": unit.number,
        "text": unit.place.street,
        "code": unit.place.postal_code,
    });
    let shown = world
        .units
        .iter()
        .find(|other| !other.hides_address && other.place.street == unit.place.street);
    (variables, shown.unwrap().number.clone())
}

fn references(list: &Value) -> Vec<&str> {
    let nodes = list["nodes"].as_array().unwrap();
    nodes
        .iter()
        .filter_map(|node| node["reference"].as_str())
        .collect()
}

#[tokio::test]
async fn whoever_may_not_see_a_hidden_address_finds_it_nowhere() {
    let gateway = TestGateway::start().await;
    let (variables, shown) = units(&gateway);
    let token = gateway.token(ORGANIZATION, &[Scope::PropertyAddress]);

    let answer = gateway.ask_as(&token, PATHS, variables.clone()).await;

    assert_eq!(answer.get("errors"), None);
    let data = &answer["data"];
    let property = &data["property"];
    assert!(property["reference"].is_string() && property["development"]["title"].is_string());
    for hidden in ["/name", "/address", "/location", "/development/address"] {
        assert_eq!(property.pointer(hidden), Some(&Value::Null), "{hidden}");
    }
    assert!(property["protocols"]["nodes"][0]["object"]["id"].is_string());
    assert_eq!(
        property["protocols"]["nodes"][0]["object"]["address"],
        Value::Null
    );
    let street = variables["text"].as_str().unwrap();
    assert!(!property["address"].to_string().contains(street));
    for list in ["byText", "byCode"] {
        let found = references(&data[list]);
        assert!(
            !found.contains(&variables["reference"].as_str().unwrap()),
            "{list}"
        );
        assert!(found.contains(&shown.as_str()), "{list}: {found:?}");
    }
}

#[tokio::test]
async fn whoever_may_see_it_finds_it_everywhere() {
    let gateway = TestGateway::start().await;
    let (variables, _) = units(&gateway);

    let data = gateway.data_with(PATHS, variables.clone()).await;

    let property = &data["property"];
    for shown in ["/name", "/address", "/location", "/development/address"] {
        assert!(!property.pointer(shown).unwrap().is_null(), "{shown}");
    }
    assert!(!property["protocols"]["nodes"][0]["object"]["address"].is_null());
    for list in ["byText", "byCode"] {
        let found = references(&data[list]);
        assert!(
            found.contains(&variables["reference"].as_str().unwrap()),
            "{list}"
        );
    }
}
