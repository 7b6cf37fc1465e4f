//! What is not linked, and what somebody has to decide about.

use std::collections::{BTreeMap, BTreeSet};

use hausgraph::{
    auth::Scope,
    config::demo::ORGANIZATION,
    model::{PropertyId, ProtocolId},
    sandbox::world::Clue,
};
use serde_json::{Value, json};

use crate::support::{TestGateway, walk};

const SUGGESTIONS: &str = "query($first: Int!, $after: String) {
  matchSuggestions(first: $first, after: $after) {
    edges { cursor node { by score reason
      left { __typename ... on Protocol { id } ... on PropertyProfile { id } ... on Investor { id } }
      right { __typename ... on Property { id } ... on Contact { id } } } }
    pageInfo { hasNextPage endCursor } } }";

async fn unlinked(gateway: &TestGateway, system: &str, kind: &str) -> Vec<Value> {
    let query = format!(
        "query($first: Int!, $after: String) {{
          unlinkedRecords(system: {system}, kinds: [{kind}], first: $first, after: $after) {{
            edges {{ cursor node {{ __typename
              ... on Property {{ id projects {{ nodes {{ id }} }} protocols {{ nodes {{ id }} }} }}
              ... on Contact {{ id protocols {{ nodes {{ id }} }} }}
              ... on Protocol {{ id property {{ id }} }}
              ... on Project {{ id properties {{ nodes {{ id }} }} }}
              ... on Prospect {{ id contact {{ id }} }} }} }}
            pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    walk(gateway, &query, "/unlinkedRecords").await
}

#[tokio::test]
async fn each_pair_that_nothing_tells_apart_is_suggested_once_with_the_right_one_among_them() {
    let gateway = TestGateway::all_imported().await;
    let suggestions = walk(&gateway, SUGGESTIONS, "/matchSuggestions").await;
    let mut candidates = BTreeMap::<String, BTreeSet<String>>::new();
    for suggestion in &suggestions {
        let (left, right) = (&suggestion["left"]["id"], &suggestion["right"]["id"]);
        let of_left = candidates
            .entry(left.as_str().unwrap().to_owned())
            .or_default();
        assert!(
            of_left.insert(right.as_str().unwrap().to_owned()),
            "{suggestion}"
        );
        assert!(suggestion["reason"].as_str().unwrap().len() > 20);
    }
    for suggestion in &suggestions {
        let of_left = candidates[suggestion["left"]["id"].as_str().unwrap()].len();
        let score = suggestion["score"].as_f64().unwrap();
        assert!((score - 1.0 / (of_left as f64 + 1.0)).abs() < 1e-9);
    }
    let ambiguous: Vec<(String, String)> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let truth = world.truth();
        let open = truth.protocols.iter().filter(|its| its.clues.is_empty());
        let open = open.filter(|its| matches!(its.laid, Clue::SharedAddress | Clue::Twins));
        let handovers = world
            .handovers
            .iter()
            .filter(|its| its.deleted_at.is_none());
        let there: BTreeSet<_> = handovers.map(|its| its.id.clone()).collect();
        open.filter(|its| there.contains(&its.id))
            .filter_map(|its| {
                let property = PropertyId::new(its.unit?.to_string()).to_string();
                Some((ProtocolId::new(&its.id).to_string(), property))
            })
            .collect()
    };
    assert!(ambiguous.len() > 5, "{}", ambiguous.len());
    for (protocol, property) in &ambiguous {
        let suggested = candidates.get(protocol);
        assert!(
            suggested.is_some_and(|of| of.contains(property)),
            "{protocol} {property}"
        );
    }

    // Once somebody has decided, there is nothing to suggest.
    let (protocol, property) = &ambiguous[0];
    let input = json!({ "leftId": protocol, "rightId": property });
    gateway.run("linkRecords", input, "match { by }").await;
    let left = walk(&gateway, SUGGESTIONS, "/matchSuggestions").await;
    assert!(
        left.iter()
            .all(|it| it["left"]["id"].as_str() != Some(protocol))
    );
    assert!(left.len() < suggestions.len());
}

#[tokio::test]
async fn what_is_unlinked_shows_no_partner_and_everything_else_does() {
    let gateway = TestGateway::all_imported().await;
    for (system, kind, partners) in [
        ("DEEPRENT", "PROTOCOL", "/property"),
        ("PROPSTREET", "PROJECT", "/properties/nodes"),
        ("PROPSTREET", "PROSPECT", "/contact"),
        ("PROPSTACK", "PROPERTY", "/protocols/nodes"),
        ("PROPSTACK", "CONTACT", "/protocols/nodes"),
    ] {
        let open = unlinked(&gateway, system, kind).await;
        assert!(!open.is_empty(), "{kind}");
        let ids: BTreeSet<_> = open.iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), open.len(), "{kind}: each once");
        for record in &open {
            let partners = record.pointer(partners).unwrap();
            assert!(partners.is_null() || *partners == json!([]), "{record}");
        }
    }
    let open = unlinked(&gateway, "DEEPRENT", "PROTOCOL").await;
    let open: BTreeSet<_> = open.iter().map(|it| it["id"].as_str().unwrap()).collect();
    let query = "query($first: Int!, $after: String) { protocols(first: $first, after: $after) {
        edges { cursor node { id property { id } } } pageInfo { hasNextPage endCursor } } }";
    for protocol in walk(&gateway, query, "/protocols").await {
        let is_open = open.contains(protocol["id"].as_str().unwrap());
        assert_eq!(is_open, protocol["property"].is_null(), "{protocol}");
    }
    // Nothing of a system is asked for among the records of another one.
    assert_eq!(
        unlinked(&gateway, "DEEPRENT", "PROJECT").await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn what_a_viewer_may_not_see_is_neither_suggested_nor_listed() {
    let gateway = TestGateway::all_imported().await;
    let ask = async |without: &[Scope]| {
        let token = gateway.token(ORGANIZATION, without);
        let query = "{ matchSuggestions(first: 100) { nodes { left { __typename } } }
            unlinkedRecords(system: DEEPRENT, first: 5) { nodes { __typename } } }";
        let answer = gateway.ask_as(&token, query, json!({})).await;
        assert_eq!(answer.get("errors"), None);
        answer["data"].clone()
    };
    let all = ask(&[]).await;
    assert_ne!(all["unlinkedRecords"]["nodes"], json!([]));
    let blind = ask(&[Scope::ProtocolRead]).await;
    assert_eq!(blind["unlinkedRecords"]["nodes"], json!([]));
    let left = blind["matchSuggestions"]["nodes"].as_array().unwrap();
    assert!(left.iter().all(|it| it["left"]["__typename"] != "Protocol"));
}

#[tokio::test]
async fn without_an_import_nothing_is_suggested_or_listed() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data("{ matchSuggestions { nodes { score } } unlinkedRecords(system: DEEPRENT) { nodes { __typename } } }")
        .await;
    assert_eq!(data["matchSuggestions"]["nodes"], json!([]));
    assert_eq!(data["unlinkedRecords"]["nodes"], json!([]));
}
