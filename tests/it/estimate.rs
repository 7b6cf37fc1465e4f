//! Whether no operation makes more upstream calls than was estimated, and what becomes of one that
//! could make too many.

use std::{fs, path::Path};

use async_graphql::{Request, Variables};
use hausgraph::{
    graphql::{Graph, estimate::Estimate},
    sandbox::System,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    node::one_of_each,
    support::{TestGateway, sandbox},
};

fn estimate(graph: &Graph, query: &str, variables: &Value) -> Estimate {
    let variables = Variables::from_json(variables.clone());
    graph.estimate(&mut Request::new(query).variables(variables))
}

/// What an operation was estimated at and what it cost, by system: the latter is never more.
async fn compare(
    gateway: &TestGateway,
    graph: &Graph,
    query: &str,
    variables: Value,
) -> (Estimate, Estimate) {
    let estimated = estimate(graph, query, &variables);
    gateway.sandbox.shared.journal.clear();
    let answer = gateway.ask_with(query, variables).await;
    let made = Estimate {
        propstack: gateway.all_calls(System::Propstack),
        deeprent: gateway.all_calls(System::DeepRent),
        propstreet: gateway.all_calls(System::Propstreet),
    };
    assert!(
        made.propstack <= estimated.propstack
            && made.deeprent <= estimated.deeprent
            && made.propstreet <= estimated.propstreet,
        "{made:?} is more than {estimated:?} for {query}"
    );
    let is_refused = answer.to_string().contains("upstream calls; at most");
    assert!(!is_refused, "{estimated:?} for {query}");
    (estimated, made)
}

/// Queries that people ask, each with how many times over it may be estimated at most. Lists that
/// the sandbox has on one page may have a hundred elsewhere, and deep.rent's has up to fifty.
const USUAL: &[(&str, u64)] = &[
    ("{ properties(first: 50) { nodes { id title documents { nodes { id } } } } }", 3),
    ("{ contacts(first: 50) { nodes { id name emails } } }", 1),
    ("{ protocols(first: 50) { nodes { id cause contacts { email } } } }", 1),
    ("{ projects(first: 50) { nodes { id name price { amount } } } }", 2),
    ("{ viewer { subject organization { name } } __typename }", 1),
    ("{ projects(first: 50) { nodes { prospects(first: 10) { nodes { id } } } } }", 2),
    ("{ properties(first: 50) { nodes { development { id properties(first: 1) { nodes { id } } } } } }", 15),
    ("{ properties(first: 5) { nodes { broker { name } development { title } status { name } } } }", 2),
    ("{ contacts(first: 100) { nodes { roles } } }", 70),
    ("{ protocols { nodes { property { id title } propertyMatch { by } again: property { id reference } } } }", 45),
    (
        "{ properties(first: 50) { nodes { id contacts { nodes { id name } } documents { nodes { id title } }
            protocols { nodes { id cause } } projects { nodes { id name } } } } }",
        60,
    ),
    (
        "{ properties(first: 100) { nodes { id contacts { nodes { id name } }
            protocols { nodes { id cause } } projects { nodes { id name } } } } }",
        60,
    ),
    (
        "{ projects(first: 10) { nodes { prospects { nodes {
            id project { id } investor { id contact { id } } contact { id } contactMatch { by } } } } } }",
        32,
    ),
];

#[tokio::test]
async fn usual_queries_cost_no_more_than_estimated_and_not_absurdly_less() {
    let gateway = TestGateway::start().await;
    let graph = Graph::default();
    // The token is there when all that follows is asked for.
    gateway
        .data("{ projects(first: 1) { nodes { id } } }")
        .await;
    for (query, factor) in USUAL {
        let (estimated, made) = compare(&gateway, &graph, query, json!({})).await;
        println!("{} of {}: {query}", made.total(), estimated.total());
        assert!(
            estimated.total() <= factor * made.total(),
            "{estimated:?} is absurd beside {made:?} for {query}"
        );
    }
}

#[tokio::test]
async fn the_samples_of_the_playground_cost_no_more_than_estimated() {
    let gateway = TestGateway::start().await;
    let graph = Graph::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playground/operations");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "graphql")
        {
            continue;
        }
        let query = fs::read_to_string(&path).unwrap();
        let variables = fs::read_to_string(path.with_extension("json"));
        let variables = variables.map_or(json!({}), |text| serde_json::from_str(&text).unwrap());
        let (estimated, made) = compare(&gateway, &graph, &query, variables).await;
        println!(
            "{} of {}: {}",
            made.total(),
            estimated.total(),
            path.display()
        );
    }
}

/// What can be asked of records of a type: a field, with `#` where a number of rows may stand, and
/// the type that it leads to.
const LINKS: &[(&str, &[(&str, &str)])] = &[
    (
        "Query",
        &[
            ("properties(first: #)", "[Property]"),
            (
                "properties(first: #, filter: { kinds: [APARTMENT, HOUSE] })",
                "[Property]",
            ),
            ("contacts(first: #)", "[Contact]"),
            (
                "contacts(first: #, filter: { kinds: [OWNER], updatedSince: \"2026-01-01T00:00:00Z\" })",
                "[Contact]",
            ),
            ("protocols(first: #)", "[Protocol]"),
            (
                "protocols(first: #, filter: { cause: HANDOVER })",
                "[Protocol]",
            ),
            ("projects(first: #)", "[Project]"),
            ("investors(first: #)", "[Investor]"),
            ("investors(first: #, filter: { text: \"a\" })", "[Investor]"),
            ("developments", "Development"),
            ("brokers", "-"),
            ("propertyStatuses", "-"),
            ("nodes(ids: $ids)", "Node"),
        ],
    ),
    (
        "Node",
        &[
            ("... on Property", "Property"),
            ("... on Contact", "Contact"),
            ("... on Development", "Development"),
            ("... on Protocol", "Protocol"),
            ("... on Project", "Project"),
            ("... on PropertyProfile", "PropertyProfile"),
            ("... on Prospect", "Prospect"),
            ("... on Investor", "Investor"),
        ],
    ),
    (
        "Property",
        &[
            ("broker", "-"),
            ("development", "Development"),
            ("documents(first: #)", "[-]"),
            ("contacts(first: #)", "[Contact]"),
            ("protocols(first: #)", "[Protocol]"),
            ("projects(first: #)", "[Project]"),
        ],
    ),
    ("Development", &[("properties(first: #)", "[Property]")]),
    (
        "Contact",
        &[
            ("status", "-"),
            ("properties(first: #)", "[Property]"),
            ("protocols(first: #)", "[Protocol]"),
            ("prospects(first: #)", "[Prospect]"),
        ],
    ),
    (
        "Protocol",
        &[
            ("pdf", "pdf"),
            ("property", "Property"),
            ("propertyMatch", "match"),
            ("contacts", "ProtocolContact"),
        ],
    ),
    ("ProtocolContact", &[("contact", "Contact")]),
    (
        "Project",
        &[
            ("prospects(first: #)", "[Prospect]"),
            ("profiles", "PropertyProfile"),
            ("properties(first: #)", "[Property]"),
        ],
    ),
    (
        "PropertyProfile",
        &[("property", "Property"), ("propertyMatch", "match")],
    ),
    (
        "Prospect",
        &[
            ("project", "Project"),
            ("investor", "Investor"),
            ("contact", "Contact"),
            ("contactMatch", "match"),
        ],
    ),
    (
        "Investor",
        &[("contact", "Contact"), ("contactMatch", "match")],
    ),
];

/// A selection of records of a type, with up to three links, each under a name of its own.
fn selection(random: &mut fastrand::Rng, of: &str, depth: u32) -> String {
    let links = LINKS.iter().find(|(name, _)| *name == of);
    let mut text = match of {
        "pdf" => "expiresAt".to_owned(),
        "match" => "by".to_owned(),
        "-" => "__typename".to_owned(),
        "Contact" if random.bool() => "__typename roles".to_owned(),
        _ => "__typename".to_owned(),
    };
    let Some((_, links)) = links.filter(|_| depth > 0) else {
        return text;
    };
    for number in 0..random.u32(1..=3) {
        let (field, leads_to) = links[random.usize(..links.len())];
        let field = field.replace('#', &random.u32(0..=12).to_string());
        let name = if field.starts_with("...") {
            String::new()
        } else {
            format!("f{depth}_{number}: ")
        };
        let inner = leads_to.trim_matches(['[', ']']);
        let below = selection(random, inner, depth - 1);
        let below = match leads_to.starts_with('[') {
            true if random.bool() => format!("edges {{ node {{ {below} }} }}"),
            true => format!("nodes {{ {below} }}"),
            false => below,
        };
        text += &format!(" {name}{field} {{ {below} }}");
    }
    text
}

#[tokio::test]
async fn random_queries_cost_no_more_than_estimated() {
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.limits.upstream_calls = 3_000;
    })
    .await;
    let graph = Graph::default();
    let records = one_of_each(&gateway.sandbox.shared.tenants[0]);
    let ids: Vec<String> = records.into_iter().map(|(_, id)| id).collect();
    let mut random = fastrand::Rng::with_seed(20_261_101);
    let (mut asked, mut calls) = (0, 0);
    while asked < 60 {
        let depth = random.u32(2..=5);
        let query = format!(
            "query($ids: [ID!]!) {{ any: nodes(ids: $ids) {{ id }} {} }}",
            selection(&mut random, "Query", depth)
        );
        let variables = json!({ "ids": ids });
        if estimate(&graph, &query, &variables).total() > 3_000 {
            continue;
        }
        let (_, made) = compare(&gateway, &graph, &query, variables).await;
        asked += 1;
        calls += made.total();
    }
    println!("{calls} calls of {asked} queries");
    assert!(calls > 400, "{calls}");
}

#[tokio::test]
async fn a_query_that_may_need_too_many_calls_is_refused_before_anything_is_asked() {
    let gateway = TestGateway::start().await;
    let query =
        "query($first: Int) { projects(first: $first) { nodes { prospects(first: 100) { nodes {
        project { prospects(first: 1) { nodes { id } } } } } } } }";
    let token = gateway.token(hausgraph::config::demo::ORGANIZATION, &[]);
    let body = json!({ "query": query, "variables": { "first": 100 } });

    let response = gateway.post(&token, body).await;

    // JSON that is not said to be a GraphQL response has status 200 for requests that are understood.
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer.get("data"), None, "{answer}");
    let error = &answer["errors"][0];
    let total = error["extensions"]["estimatedCalls"]["total"]
        .as_u64()
        .unwrap();
    assert!(total > 10_000, "{total}");
    assert_eq!(
        error["message"],
        format!("This query may need up to {total} upstream calls; at most 500 are allowed.")
    );
    assert_eq!(
        error["extensions"],
        json!({
            "code": "QUERY_TOO_COSTLY",
            "estimatedCalls": { "total": total, "propstack": 0, "deeprent": 0, "propstreet": total },
            "limit": 500,
        })
    );
    assert!(gateway.sandbox.shared.journal.entries().is_empty());

    // The same with shorter lists is answered.
    gateway.data_with(query, json!({ "first": 1 })).await;
}

#[tokio::test]
async fn the_configuration_says_how_many_calls_are_too_many() {
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.limits.upstream_calls = 11;
    })
    .await;
    let query =
        "query($first: Int) { projects(first: $first) { nodes { prospects { nodes { id } } } } }";
    // One page, nine lists and the exchange.
    gateway.data_with(query, json!({ "first": 9 })).await;
    let answer = gateway.ask_with(query, json!({ "first": 10 })).await;
    assert_eq!(answer["errors"][0]["extensions"]["limit"], 11);
    assert_eq!(
        answer["errors"][0]["extensions"]["estimatedCalls"]["total"],
        12
    );
}
