//! One box over what was imported: German spellings, highlights, pages, and who may find what.

use std::collections::BTreeSet;

use hausgraph::{auth::Scope, config::demo::ORGANIZATION, sandbox::System};
use serde_json::{Value, json};

use crate::support::TestGateway;

const SEARCH: &str = "query($text: String!, $kinds: [SearchKind!], $first: Int!, $after: String) {
    search(text: $text, kinds: $kinds, first: $first, after: $after) {
        edges { score highlight node { __typename
            ... on Property { id title freshness { servedFrom isStale } }
            ... on Contact { id name } ... on Protocol { id }
            ... on Project { id name } ... on Prospect { id } } }
        pageInfo { endCursor hasNextPage } } }";

impl TestGateway {
    async fn imported() -> Self {
        let gateway = Self::start().await;
        for system in ["PROPSTACK", "DEEPRENT", "PROPSTREET"] {
            assert_eq!(gateway.import(system, "FULL").await["status"], "SUCCEEDED");
        }
        gateway
    }

    async fn search(&self, text: &str, kinds: Value) -> Vec<Value> {
        let variables = json!({ "text": text, "kinds": kinds, "first": 100 });
        let data = self.data_with(SEARCH, variables).await;
        data["search"]["edges"].as_array().unwrap().clone()
    }

    async fn search_without(&self, scope: Scope, text: &str) -> Vec<Value> {
        let token = self.token(ORGANIZATION, &[scope]);
        let variables = json!({ "text": text, "kinds": null, "first": 100 });
        let answer = self.ask_as(&token, SEARCH, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"]["search"]["edges"]
            .as_array()
            .unwrap()
            .clone()
    }
}

fn ids(edges: &[Value]) -> BTreeSet<String> {
    edges
        .iter()
        .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Every spelling of a street that somebody may type.
fn spellings(street: &str) -> [String; 4] {
    let written_out = street
        .replace('ä', "ae")
        .replace('ö', "oe")
        .replace('ü', "ue")
        .replace('ß', "ss");
    let bare = street
        .replace('ä', "a")
        .replace('ö', "o")
        .replace('ü', "u")
        .replace('ß', "ss");
    [
        street.to_owned(),
        written_out.clone(),
        bare.to_uppercase(),
        written_out.replace("strasse", "str."),
    ]
}

#[tokio::test]
async fn all_spellings_of_a_street_find_the_same_without_asking_a_system() {
    let gateway = TestGateway::imported().await;
    let street = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut streets = world.units.iter().map(|unit| unit.place.street.clone());
        let is_odd = |street: &String| street.ends_with("straße");
        streets.find(is_odd).expect("the world has such a street")
    };
    let calls = || {
        [System::Propstack, System::DeepRent, System::Propstreet]
            .map(|system| gateway.all_calls(system))
    };
    let before = calls();
    let mut found = Vec::new();
    for spelling in spellings(&street) {
        let edges = gateway.search(&spelling, json!(["PROPERTY"])).await;
        let highlights = edges.iter().filter_map(|edge| edge["highlight"].as_str());
        assert!(
            highlights.clone().all(|html| html.contains("<mark>")),
            "{spelling}"
        );
        assert!(highlights.count() > 0);
        assert_eq!(edges[0]["node"]["freshness"]["servedFrom"], "INDEX");
        found.push(ids(&edges));
    }
    assert!(!found[0].is_empty());
    assert!(found.iter().all(|ids| *ids == found[0]), "{found:?}");
    assert_eq!(calls(), before);
}

#[tokio::test]
async fn pages_are_stable_and_the_best_fit_comes_first() {
    let gateway = TestGateway::imported().await;
    let (mut after, mut all, mut scores) = (Value::Null, Vec::new(), Vec::new());
    loop {
        let variables = json!({ "text": "a", "kinds": null, "first": 7, "after": after });
        let page = gateway.data_with(SEARCH, variables).await["search"].clone();
        for edge in page["edges"].as_array().unwrap() {
            all.push(edge["node"]["id"].as_str().unwrap().to_owned());
            scores.push(edge["score"].as_f64().unwrap());
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let distinct: BTreeSet<_> = all.iter().collect();
    assert!(
        all.len() > 100 && distinct.len() == all.len(),
        "{}",
        all.len()
    );
    assert!(scores.is_sorted_by(|one, next| one >= next));
    assert!(scores.first() > scores.last());
    // Another text's cursor is refused.
    let variables = json!({ "text": "b", "kinds": null, "first": 7, "after": after });
    let answer = gateway.ask_with(SEARCH, variables).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    for nothing in ["", "  ", "\"'*:()", "xyzzyx"] {
        assert_eq!(
            gateway.search(nothing, Value::Null).await,
            [] as [Value; 0],
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_see() {
    let gateway = TestGateway::imported().await;
    let (email, name) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let person = world
            .people
            .iter()
            .find(|it| !it.emails.is_empty() && !it.is_archived);
        let person = person.unwrap();
        (person.emails[0].clone(), person.last_name.clone().unwrap())
    };
    let of = |edges: &[Value], kind: &str| {
        edges
            .iter()
            .filter(|edge| edge["node"]["__typename"] == kind)
            .count()
    };
    let all = gateway.search(&email, Value::Null).await;
    assert!(of(&all, "Contact") > 0);
    // An address would tell of a person; a name is not withheld.
    let without = gateway.search_without(Scope::ContactRead, &email).await;
    assert_eq!(of(&without, "Contact") + of(&without, "Protocol"), 0);
    let named = gateway.search_without(Scope::ContactRead, &name).await;
    assert!(of(&named, "Contact") > 0);
    assert_eq!(
        of(
            &gateway.search_without(Scope::PropertyRead, &name).await,
            "Contact"
        ),
        0
    );

    let hidden = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let hidden = world
            .units
            .iter()
            .find(|unit| unit.hides_address && !unit.is_archived);
        let place = &hidden.unwrap().place;
        format!(
            "{} {} {}",
            place.street, place.house_number, place.postal_code
        )
    };
    let seen = gateway.search(&hidden, json!(["PROPERTY"])).await;
    let unseen = gateway
        .search_without(Scope::PropertyAddress, &hidden)
        .await;
    assert!(seen.len() > of(&unseen, "Property"), "{hidden}");
    assert_eq!(of(&unseen, "Protocol"), 0);

    // Another organisation finds nothing of it.
    let token = gateway.token(hausgraph::config::demo::FOREIGN_ORGANIZATION, &[]);
    let variables = json!({ "text": name, "kinds": null, "first": 100 });
    let answer = gateway.ask_as(&token, SEARCH, variables).await;
    assert_eq!(answer["data"]["search"]["edges"], json!([]));
}
