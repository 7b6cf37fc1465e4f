//! The contract with clients: what the schema holds, how it reads, and that the samples fit it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use hausgraph::graphql::Graph;
use serde_json::{Value, json};

use crate::support::TestGateway;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const INTROSPECTION: &str = "{ __schema { types {
    kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) {
        name description type { ...shape }
        args(includeDeprecated: true) { name description type { ...shape } }
    }
    inputFields(includeDeprecated: true) { name description type { ...shape } }
    enumValues(includeDeprecated: true) { name description }
} } }
fragment shape on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The types that the running gateway tells of, by name; those of introspection itself left out.
async fn types() -> BTreeMap<String, Value> {
    let gateway = TestGateway::start().await;
    let mut data = gateway.data(INTROSPECTION).await;
    let types = data["__schema"]["types"].as_array_mut().unwrap();
    let named = types
        .iter_mut()
        .map(|found| (name(found).to_owned(), found.take()));
    named.filter(|(name, _)| !name.starts_with("__")).collect()
}

fn name(item: &Value) -> &str {
    item["name"].as_str().unwrap()
}

fn items<'a>(parent: &'a Value, list: &str) -> &'a [Value] {
    parent[list].as_array().map_or(&[], Vec::as_slice)
}

fn is_nullable(field: &Value) -> bool {
    field["type"]["kind"] != "NON_NULL"
}

/// The type of a field without lists and exclamation marks.
fn inner(field: &Value) -> &str {
    let mut shape = &field["type"];
    while !shape["ofType"].is_null() {
        shape = &shape["ofType"];
    }
    name(shape)
}

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let committed = fs::read_to_string(Path::new(ROOT).join("schema/gateway.graphql")).unwrap();
    assert!(
        committed == Graph::default().sdl(),
        "schema/gateway.graphql is out of date: run `cargo dev schema` and commit what changed"
    );
}

#[tokio::test]
async fn everything_that_a_client_can_touch_is_described() {
    let built_in = ["Boolean", "Float", "ID", "Int", "String"];
    let mut silent = Vec::new();
    let mut note = |item: &Value, path: String| {
        if item["description"]
            .as_str()
            .is_none_or(|text| text.trim().is_empty())
        {
            silent.push(path);
        }
    };
    for (of, found) in types().await {
        if built_in.contains(&of.as_str()) {
            continue;
        }
        note(&found, of.clone());
        for list in ["fields", "inputFields", "enumValues"] {
            for item in items(&found, list) {
                let path = format!("{of}.{}", name(item));
                for argument in items(item, "args") {
                    note(argument, format!("{path}({})", name(argument)));
                }
                note(item, path);
            }
        }
    }
    assert!(silent.is_empty(), "these lack a description: {silent:#?}");
}

#[tokio::test]
async fn what_can_be_read_is_there() {
    let types = types().await;
    let roots: BTreeSet<&str> = items(&types["Query"], "fields").iter().map(name).collect();
    let expected_roots = BTreeSet::from(ROOTS);
    let lost: Vec<_> = expected_roots.difference(&roots).collect();
    assert!(lost.is_empty(), "the query has lost {lost:?}");
    let lost: Vec<_> = TYPES
        .iter()
        .filter(|name| !types.contains_key(**name))
        .collect();
    assert!(lost.is_empty(), "the schema has lost {lost:?}");
}

#[rustfmt::skip]
const ROOTS: [&str; 18] = [
    "node", "nodes", "viewer", "property", "properties", "contact", "contacts", "protocol",
    "protocols", "project", "projects", "prospect", "investor", "investors", "associatedProjects",
    "developments", "propertyStatuses", "brokers",
];

/// Connections and edges apart, which a rule covers.
#[rustfmt::skip]
const TYPES: &[&str] = &[
    // Shared shapes, and who asks.
    "Node", "PageInfo", "SourceRecord", "Freshness", "ServedFrom", "System", "Match", "MatchedBy",
    "MatchConfidence", "ExternalReference", "Money", "Area", "Address", "GeoPoint",
    "OrderDirection", "Viewer", "Organization", "Role", "Scope",
    "CountryCode", "CurrencyCode", "Date", "DateTime", "Decimal", "ETag", "JSON", "URL",
    // Propstack.
    "Property", "PropertyKind", "PropertyUsage", "PropertyFeature", "OfferType", "PropertyStatus",
    "PropertyAreas", "PropertyRooms", "PropertyDescriptions", "PropertyLink", "Building",
    "EnergyCertificate", "SaleTerms", "RentTerms", "InvestmentFigures", "CustomField", "Image",
    "Broker", "Development", "Document", "Contact", "ContactKind", "ContactRole", "ContactStatus",
    "GdprStatus", "Phone",
    // deep.rent.
    "Protocol", "ProtocolCause", "ProtocolContact", "ProtocolContactRole", "ProtocolObject",
    "ProtocolOwner", "ProtocolPdf", "Deletion", "LegalHold",
    // Propstreet.
    "Project", "ProjectStatus", "ProjectClassification", "ProjectTeaser", "TeaserStage", "Mandate",
    "Asset", "AssetType", "Price", "PriceRange", "PriceScale", "PropertyProfile",
    "ProfileCategory", "Prospect", "ProspectClassification", "ProspectCapability",
    "ProspectOrigin", "ProspectTeaser", "Investor", "AssociatedProject",
    // What is asked with.
    "PropertyBy", "ContactBy", "ProtocolBy", "ProjectBy", "ProspectBy", "InvestorBy",
    "PropertyFilter", "PropertyOrder", "PropertyOrderField", "ContactFilter", "ProtocolFilter",
    "ProjectFilter", "ProspectFilter", "InvestorFilter", "AssociatedProjectFilter", "RangeInput",
    "ExternalReferenceInput", "ProspectExternalReferenceInput",
];

#[tokio::test]
async fn a_scalar_says_where_it_is_specified_and_a_choice_that_it_is_one() {
    let built_in = ["Boolean", "Float", "ID", "Int", "String"];
    for (name, found) in types().await {
        if found["kind"] == "SCALAR" && !built_in.contains(&name.as_str()) {
            assert!(found["specifiedByURL"].is_string(), "{name}");
        }
        if found["kind"] == "INPUT_OBJECT" {
            // Selectors are choices, and so is what opens a system; nothing else is.
            let is_choice = name.ends_with("By") || name == "CredentialsInput";
            assert_eq!(found["isOneOf"], is_choice, "{name}");
        }
    }
}

#[tokio::test]
async fn a_connection_has_edges_with_cursors_and_nodes_beside_them() {
    let types = types().await;
    let mut count = 0;
    for (name, found) in &types {
        let Some(stem) = name.strip_suffix("Connection") else {
            continue;
        };
        count += 1;
        let edge = format!("{stem}Edge");
        let fields = |of: &Value| -> BTreeMap<String, String> {
            let fields = items(of, "fields").iter();
            let named = fields.map(|field| (self::name(field).to_owned(), inner(field).to_owned()));
            named.collect()
        };
        let (page, row) = (fields(found), fields(&types[&edge]));
        assert_eq!(page["edges"], edge);
        assert_eq!(page["pageInfo"], "PageInfo");
        assert_eq!(row["cursor"], "String");
        assert_eq!(page["nodes"], row["node"], "{name}");
    }
    assert!(count > 10, "only {count}");
    for field in types.values().flat_map(|found| items(found, "fields")) {
        if inner(field).ends_with("Connection") {
            let arguments: Vec<&str> = items(field, "args").iter().map(name).collect();
            assert!(
                arguments.ends_with(&["first", "after"]),
                "{}: {arguments:?}",
                name(field)
            );
        }
    }
}

/// Which system the fields of a record come from.
const OWNERS: [&[&str]; 3] = [
    &["Property", "Contact", "Document", "Development", "Broker"],
    &["Protocol", "ProtocolContact"],
    &[
        "Project",
        "Prospect",
        "Investor",
        "PropertyProfile",
        "AssociatedProject",
    ],
];

fn owner(record: &str) -> Option<usize> {
    OWNERS.iter().position(|records| records.contains(&record))
}

#[tokio::test]
async fn what_can_fail_alone_can_be_null_alone() {
    let types = types().await;
    for root in items(&types["Query"], "fields") {
        // A list with an item for each id that was asked for: its items can be null.
        let is_list_of_nullable = name(root) == "nodes";
        assert!(is_nullable(root) != is_list_of_nullable, "{}", name(root));
    }
    let mut crossings = 0;
    for (record, found) in &types {
        let Some(home) = owner(record) else { continue };
        for field in items(found, "fields") {
            let inner = inner(field);
            let linked = match inner.strip_suffix("Connection") {
                Some(_) => {
                    let fields = items(&types[inner], "fields");
                    self::inner(fields.iter().find(|field| name(field) == "nodes").unwrap())
                }
                None => inner,
            };
            if owner(linked).is_some_and(|system| system != home) {
                crossings += 1;
                assert!(is_nullable(field), "{record}.{} crosses over", name(field));
            }
        }
    }
    assert!(crossings >= 8, "only {crossings} links between systems");
}

#[tokio::test]
async fn every_mutation_takes_a_key_to_be_repeated_with() {
    let types = types().await;
    let mutations = items(&types["Mutation"], "fields");
    assert!(mutations.len() > 20, "only {}", mutations.len());
    for mutation in mutations {
        let [argument] = items(mutation, "args") else {
            panic!("{} takes more than an input", name(mutation));
        };
        let mut members = items(&types[inner(argument)], "inputFields").iter();
        let key = members.find(|member| name(member) == "idempotencyKey");
        assert!(
            key.is_some_and(|key| is_nullable(key) && inner(key) == "String"),
            "{}",
            name(mutation)
        );
    }
}

#[tokio::test]
async fn every_sample_of_the_playground_runs() {
    let gateway = TestGateway::start().await;
    let folder = Path::new(ROOT).join("playground/operations");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "graphql")
        {
            continue;
        }
        let query = fs::read_to_string(&path).unwrap();
        let variables = match fs::read_to_string(path.with_extension("json")) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => json!({}),
        };
        let answer = gateway.ask_with(&query, variables).await;
        assert_eq!(answer.get("errors"), None, "{}", path.display());
        for (field, value) in answer["data"].as_object().unwrap() {
            assert!(!value.is_null(), "{field} of {} is null", path.display());
        }
        count += 1;
    }
    assert!(count >= 7, "only {count} samples");
}
