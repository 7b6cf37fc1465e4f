//! Properties through the graph: roots, paging, and what they link to.

use serde_json::json;

use crate::support::TestGateway;

#[tokio::test]
async fn one_query_walks_all_three_systems() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data(
            "{ properties(first: 5) { nodes {
                reference
                contacts { nodes { name } }
                documents { nodes { title } }
                protocols { edges { match { by confidence } node { cause } } }
                projects { edges { match { by } node {
                    name
                    prospects { nodes { classification investor { name contact { name } } } }
                } } }
            } } }",
        )
        .await;

    let properties = data["properties"]["nodes"].as_array().unwrap();
    assert_eq!(properties.len(), 5);
    let has = |path: &str| {
        properties
            .iter()
            .any(|property| property.pointer(path).is_some())
    };
    assert!(has("/contacts/nodes/0/name"));
    assert!(has("/documents/nodes/0/title"));
    assert!(has("/protocols/edges/0/node/cause"));
    assert!(has(
        "/projects/edges/0/node/prospects/nodes/0/investor/name"
    ));
}

#[tokio::test]
async fn reading_page_by_page_from_any_edge_yields_each_property_once() {
    let gateway = TestGateway::start().await;
    let query = "query($after: String, $first: Int!) { properties(first: $first, after: $after) {
        totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }";

    let (mut ids, mut after) = (Vec::new(), json!(null));
    let mut sizes = [7, 20, 1, 100, 33].into_iter().cycle();
    let total = loop {
        let variables = json!({ "first": sizes.next(), "after": after });
        let data = gateway.data_with(query, variables).await;
        let page = &data["properties"];
        let edges = page["edges"].as_array().unwrap();
        // Go on in the middle of the page, not at its end.
        let kept = edges.len().div_ceil(2);
        ids.extend(edges[..kept].iter().map(|edge| edge["node"]["id"].clone()));
        after = edges[kept - 1]["cursor"].clone();
        if kept == edges.len() && page["pageInfo"]["hasNextPage"] == json!(false) {
            break page["totalCount"].as_u64().unwrap();
        }
    };

    assert_eq!(ids.len() as u64, total);
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!(ids.len() as u64, total, "no property came twice");
}
