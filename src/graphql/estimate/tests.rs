//! Whether the table is whole, and what walking comes to.

use std::{fs, path::Path};

use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;
use crate::graphql::schema::{Mutation, Query};

fn estimate(query: &str, variables: serde_json::Value) -> Estimate {
    let costs = Costs::of::<Query, Mutation>();
    let document = parse_query(query).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let variables = Variables::from_json(variables);
    costs.estimate(&document, &operation.node, "Query", &variables)
}

fn total(query: &str) -> u64 {
    estimate(query, json!({})).total()
}

fn is_listed(on: &str, field: &str) -> bool {
    let free = cost::FREE
        .iter()
        .any(|(of, fields)| *of == on && fields.contains(&field));
    free || row_of(on, field).is_some()
}

/// `deep_rent_webhooks` as the schema has it.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        name + &part[..1].to_uppercase() + &part[1..]
    })
}

/// Type and name of each resolver that takes the context, and so could load.
fn resolvers(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(resolvers(&path));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut of: Option<&str> = None;
        let mut is_object = false;
        let mut name: Option<&str> = None;
        for line in text.lines() {
            if line.starts_with("#[Object") || line.starts_with("#[ComplexObject") {
                is_object = true;
            } else if let Some(rest) = line.strip_prefix("impl ") {
                of = std::mem::take(&mut is_object).then_some(rest.trim_end_matches(" {"));
            } else if line == "}" {
                of = None;
            }
            let Some(of) = of else { continue };
            if let Some(rest) = line.trim_start().strip_prefix("async fn ") {
                name = rest.split(['(', '<']).next();
            }
            if line.contains("ctx: ")
                && let Some(name) = name.take()
            {
                let root = ["Query", "Mutation"]
                    .into_iter()
                    .find(|root| of.ends_with(root));
                found.push((root.unwrap_or(of).to_owned(), camel(name)));
            }
        }
    }
    found
}

#[test]
fn every_resolver_that_could_load_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graphql");
    let resolvers = resolvers(&folder);
    assert!(resolvers.len() > 60, "{resolvers:?}");
    let missing: Vec<_> = resolvers
        .iter()
        .filter(|(on, field)| !is_listed(on, field))
        .collect();
    assert!(missing.is_empty(), "what do these ask for? {missing:?}");
}

#[test]
fn every_list_and_choice_of_the_schema_is_listed_and_all_that_is_listed_is_there() {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    Mutation::create_type_info(&mut registry);
    for (name, found) in &registry.types {
        // Parts that roots are merged from are types of the program only.
        if ["Query", "Mutation"]
            .iter()
            .any(|root| name != root && name.trim_end_matches("_MergedObjectTail").ends_with(root))
        {
            continue;
        }
        for (field, meta) in found.fields().into_iter().flatten() {
            let is_connection = meta.ty.trim_end_matches('!').ends_with("Connection");
            if name.starts_with("__") || !is_connection && meta.args.is_empty() {
                continue;
            }
            assert!(is_listed(name, field), "what does {name}.{field} ask for?");
        }
    }
    let rows = TABLE.iter().map(|row| (row.on, row.fields));
    for (on, fields) in rows.chain(cost::FREE.iter().copied()) {
        for name in fields {
            let field = registry.types[on].field_by_name(name);
            assert!(field.is_some(), "there is no {on}.{name}");
        }
    }
    for row in TABLE {
        for ask in row.asks {
            if let When::Has(argument, members) = ask.when {
                let field = registry.types[row.on].field_by_name(row.fields[0]).unwrap();
                let of = MetaTypeName::concrete_typename(&field.args[argument].ty);
                let MetaType::InputObject { input_fields, .. } = &registry.types[of] else {
                    panic!("{of} has no members");
                };
                for member in members {
                    assert!(input_fields.contains_key(*member), "{of} has no {member}");
                }
            }
        }
    }
    // Rows that were asked for are kept as bits.
    assert!(TABLE.len() <= 128);
}

#[test]
fn lists_in_lists_multiply_and_batches_do_not() {
    let query = |projects: u32| {
        format!(
            "{{ projects(first: {projects}) {{ nodes {{ prospects(first: 10) {{ nodes {{ id }} }} }} }} }}"
        )
    };
    // One page, a list for each, and the exchange.
    assert_eq!(total(&query(50)), 1 + 50 + 1);
    assert_eq!(total(&query(0)), 1 + 1);
    assert_eq!(total(&query(1_000)), 1 + 100 + 1);
    let deep = "{ projects(first: 100) { nodes { prospects(first: 100) { nodes {
        again: project { prospects { nodes { id } } } } } } } }";
    assert!(estimate(deep, json!({})).propstreet > 10_000);
    // A hundred properties are two bundles.
    let links = "{ propertiesOf: contacts(first: 1) { nodes { properties(first: 100) { nodes { id } } } } }";
    assert_eq!(total(links), 1 + 1 + (2 + 2));
    // Brokers are read once.
    assert_eq!(
        total("{ brokers { name } properties { nodes { broker { name } } } }"),
        2
    );
}

#[test]
fn arguments_come_from_literals_variables_and_defaults() {
    let query =
        "query($n: Int = 30) { projects(first: $n) { nodes { prospects { nodes { id } } } } }";
    let with = |variables| estimate(query, variables).total();
    assert_eq!(with(json!({ "n": 7 })), 1 + 7 + 1);
    assert_eq!(with(json!({})), 1 + 30 + 1);
    let query = "query($n: Int) { projects(first: $n) { nodes { prospects { nodes { id } } } } }";
    assert_eq!(total(query), 1 + 20 + 1);
    let query = "query($text: String, $codes: [PropertyKind!]) {
        properties(filter: { city: $text, kinds: $codes }) { nodes { id } } }";
    let with = |variables| estimate(query, variables).total();
    assert_eq!(with(json!({ "text": "Bremen" })), 1);
    assert_eq!(with(json!({ "codes": ["APARTMENT"] })), 20);
    let query = "query($filter: PropertyFilter) { properties(filter: $filter) { nodes { id } } }";
    let with = |variables| estimate(query, variables).total();
    assert_eq!(with(json!({ "filter": { "city": "Bremen" } })), 1);
    assert_eq!(
        with(json!({ "filter": { "updatedSince": "2026-01-01T00:00:00Z" } })),
        20
    );
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Project { prospects { nodes { id } } } } }";
    let id = crate::model::ProjectId::new("a").to_string();
    // Two look-ups and two lists.
    let found = estimate(nodes, json!({ "ids": [id, id] }));
    assert_eq!(found.total(), 2 + 2 + 1);
}

#[test]
fn what_is_left_out_for_sure_costs_nothing() {
    let query = "query($on: Boolean!, $off: Boolean = false) { brokers { name }
        properties @include(if: $on) { nodes { id } }
        projects @skip(if: true) { nodes { id } }
        contacts @include(if: $off) { nodes { id } }
        ... @include(if: $off) { developments { id } }
        ...Statuses @skip(if: $on) }
        fragment Statuses on Query { propertyStatuses { id } }";
    assert_eq!(estimate(query, json!({ "on": false })).total(), 1 + 1);
    assert_eq!(estimate(query, json!({ "on": true })).total(), 1 + 1);
    assert_eq!(estimate(query, json!({})).total(), 1 + 1 + 1);
}

#[test]
fn what_loaders_remember_is_counted_once() {
    let once = total("{ protocols { nodes { property { id } } } }");
    let more = "{ protocols { nodes { property { id } again: property { title } propertyMatch { by } } } }";
    assert_eq!(total(more), once);
    // Pages of roots are not remembered, nor lists in another form.
    let pages = "{ a: properties { nodes { id } } b: properties { nodes { id } } }";
    assert_eq!(total(pages), 2);
    let forms = "{ developments { a: properties { nodes { id } } b: properties { nodes { images { id } } } } }";
    assert_eq!(total(forms), 1 + 100 + 100);
}

#[test]
fn a_fragment_is_counted_wherever_it_is_spread_and_walked_once() {
    let query =
        "{ projects(first: 10) { nodes { ...P } edges { node { ...P ... on Project { ...P } } } } }
        fragment P on Project { prospects { nodes { id } } }";
    assert_eq!(total(query), 1 + 30 + 1);
    let mut bomb = "{ projects { nodes { ...F0 } } }".to_owned();
    for level in 0..200 {
        let next = level + 1;
        bomb += &format!(
            " fragment F{level} on Project {{ ...F{next} a: prospects {{ nodes {{ project {{ ...F{next} }} }} }} }}"
        );
    }
    bomb += " fragment F200 on Project { prospects { nodes { id } } }";
    assert!(total(&bomb) >= UNCOUNTED);
    let endless = "{ projects { nodes { ...A } } }
        fragment A on Project { prospects { nodes { project { ...A } } } }";
    assert!(total(endless) > 20);
}
