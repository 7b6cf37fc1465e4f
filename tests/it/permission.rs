//! What the schema declares about who may see what, and that it is so for every field.
//!
//! The rules are read here from the published text of the schema, not from the program.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{BaseType, ConstDirective, FieldDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};
use hausgraph::{
    auth::Scope,
    config::demo::ORGANIZATION,
    graphql::Graph,
    sandbox::{System, world::Clue},
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, sandbox};

/// The object types of the schema with what their text says.
struct Schema(BTreeMap<String, Object>);

#[derive(Default)]
struct Object {
    declares: Option<Scopes>,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    declares: Option<Scopes>,
    leads_to: String,
    is_nullable: bool,
    takes: BTreeSet<String>,
    requires_arguments: bool,
}

type Scopes = BTreeSet<String>;

impl Schema {
    fn read() -> Self {
        let document = parse_schema(Graph::default().sdl()).unwrap();
        let mut objects = BTreeMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(found) = definition else {
                continue;
            };
            if let TypeKind::Object(object) = found.node.kind {
                let read = Object {
                    declares: declared(&found.node.directives),
                    fields: object
                        .fields
                        .iter()
                        .map(|field| Field::read(&field.node))
                        .collect(),
                };
                objects.insert(found.node.name.node.to_string(), read);
            }
        }
        Self(objects)
    }

    /// What a type needs: what it declares, or else what its non-null fields lead to.
    fn needs(&self, name: &str) -> Scopes {
        let Some(object) = self.0.get(name) else {
            return Scopes::new();
        };
        if let Some(declared) = &object.declares {
            return declared.clone();
        }
        let certain = object.fields.iter().filter(|field| !field.is_nullable);
        certain.flat_map(|field| self.needs_of(field)).collect()
    }

    fn needs_of(&self, field: &Field) -> Scopes {
        let own = field.declares.clone().unwrap_or_default();
        &own | &self.needs(&field.leads_to)
    }

    /// A selection of everything, with at most `links` records inside each other.
    fn everything(&self, name: &str, links: usize) -> String {
        let mut selection = String::new();
        for field in &self.0[name].fields {
            // A link to a file takes its time, and there may be five of them only.
            if field.requires_arguments || field.name == "pdf" {
                continue;
            }
            let arguments = if field.takes.contains("first") {
                "(first: 2)"
            } else {
                ""
            };
            let Some(object) = self.0.get(&field.leads_to) else {
                if !["Node", "Linkable"].contains(&field.leads_to.as_str()) {
                    selection.push_str(&format!(" {}", field.name));
                }
                continue;
            };
            let is_record = object.declares.is_some();
            if is_record && links == 0 {
                continue;
            }
            let inner = self.everything(&field.leads_to, links - usize::from(is_record));
            if !inner.is_empty() {
                selection.push_str(&format!(" {}{arguments} {{{inner} }}", field.name));
            }
        }
        selection
    }

    /// Takes out of an answer what a viewer without `missing` must not see.
    fn mask(&self, answer: &mut Value, name: &str, missing: &str, masked: &mut BTreeSet<String>) {
        match answer {
            Value::Array(rows) => {
                for row in rows {
                    self.mask(row, name, missing, masked);
                }
            }
            Value::Object(fields) => {
                for field in &self.0[name].fields {
                    let Some(value) = fields.get_mut(&field.name) else {
                        continue;
                    };
                    if self.needs_of(field).contains(missing) {
                        if !value.take().is_null() {
                            masked.insert(format!("{name}.{}", field.name));
                        }
                    } else if self.0.contains_key(&field.leads_to) {
                        self.mask(value, &field.leads_to, missing, masked);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Field {
    fn read(field: &FieldDefinition) -> Self {
        let arguments = field.arguments.iter().map(|argument| &argument.node);
        Self {
            name: field.name.node.to_string(),
            declares: declared(&field.directives),
            leads_to: concrete(&field.ty.node).to_owned(),
            is_nullable: field.ty.node.nullable,
            takes: arguments
                .clone()
                .map(|argument| argument.name.node.to_string())
                .collect(),
            requires_arguments: arguments
                .into_iter()
                .any(|argument| !argument.ty.node.nullable && argument.default_value.is_none()),
        }
    }
}

fn concrete(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(ty) => concrete(ty),
    }
}

/// `None` where there is no rule; nothing in it where any viewer may.
fn declared(directives: &[Positioned<ConstDirective>]) -> Option<Scopes> {
    let mut found = None;
    for directive in directives {
        let directive = &directive.node;
        match directive.name.node.as_str() {
            "authenticated" => {
                found.get_or_insert_with(Scopes::new);
            }
            "requiresScopes" => {
                let lists = directive.get_argument("scopes").unwrap().node.clone();
                let lists: Vec<Vec<String>> =
                    serde_json::from_value(lists.into_json().unwrap()).unwrap();
                assert_eq!(lists.len(), 1, "all scopes of one list are needed");
                found
                    .get_or_insert_with(Scopes::new)
                    .extend(lists.into_iter().flatten());
            }
            _ => {}
        }
    }
    found
}

const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

#[test]
fn every_field_stands_under_a_rule() {
    let schema = Schema::read();
    // From the roots down: a rule covers what lies below it, up to the next record.
    let mut bare = Vec::new();
    let mut covered = BTreeSet::new();
    let roots = ROOTS
        .iter()
        .filter_map(|root| schema.0.get_key_value(*root));
    let mut paths: Vec<(&str, bool)> = roots.map(|(name, _)| (name.as_str(), false)).collect();
    while let Some((name, is_covered)) = paths.pop() {
        if !covered.insert((name, is_covered)) {
            continue;
        }
        for field in &schema.0[name].fields {
            let has_rule = field.declares.is_some()
                || schema
                    .0
                    .get(&field.leads_to)
                    .is_some_and(|object| object.declares.is_some())
                || !schema.needs(&field.leads_to).is_empty();
            if !has_rule && !is_covered {
                bare.push(format!("{name}.{}", field.name));
            }
            if let Some((leads_to, _)) = schema.0.get_key_value(&field.leads_to) {
                paths.push((leads_to, has_rule || is_covered));
            }
        }
    }
    assert!(bare.is_empty(), "nobody says who may see {bare:#?}");

    // What has an id of its own is a record, and says so itself.
    let records = schema.0.iter().filter(|(_, object)| {
        object
            .fields
            .iter()
            .any(|field| field.name == "id" && !field.is_nullable)
    });
    let silent: Vec<_> = records
        .filter(|(name, object)| object.declares.is_none() && !PARTS.contains(&name.as_str()))
        .map(|(name, _)| name)
        .collect();
    assert!(
        silent.is_empty(),
        "these records declare nothing: {silent:?}"
    );
}

/// What has an id but is a part of another record.
const PARTS: [&str; 5] = [
    "ExternalReference",
    "Image",
    "PropertyLink",
    "SourceRecord",
    "ProtocolObject",
];

#[test]
fn what_may_look_absent_is_nullable() {
    let schema = Schema::read();
    let mut held = Vec::new();
    for (name, object) in &schema.0 {
        let above = schema.needs(name);
        for field in &object.fields {
            let is_mutation = name == "Mutation";
            if !field.is_nullable && !is_mutation && !schema.needs_of(field).is_subset(&above) {
                held.push(format!("{name}.{}", field.name));
            }
        }
    }
    assert!(held.is_empty(), "these cannot look absent: {held:#?}");
}

#[test]
fn every_scope_named_in_the_schema_is_one() {
    let schema = Schema::read();
    let fields = schema.0.values().flat_map(|object| &object.fields);
    let named = fields.filter_map(|field| field.declares.as_ref());
    let on_types = schema
        .0
        .values()
        .filter_map(|object| object.declares.as_ref());
    for word in named.chain(on_types).flatten() {
        assert!(word.parse::<Scope>().is_ok(), "{word}");
    }
}

#[tokio::test]
async fn without_a_scope_exactly_what_needs_it_is_absent() {
    // Nobody else asks for everything at once.
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.limits.upstream_calls = 10_000;
    })
    .await;
    let schema = Schema::read();
    let everything = schema.everything("Query", 2);
    let deeper = schema.everything("Prospect", 1);
    let mut seen = BTreeSet::new();

    for query in [
        format!("{{ {everything} }}"),
        format!(
            "{{ projects(first: 2) {{ nodes {{ prospects(first: 2) {{ nodes {{ {deeper} }} }} }} }} }}"
        ),
        format!(
            "{{ contacts(first: 20) {{ nodes {{ prospects(first: 1) {{ nodes {{ {deeper} }} }} }} }} }}"
        ),
    ] {
        let whole = gateway.data(&query).await;
        for scope in Scope::ALL {
            // Whether an address is hidden is for each property to say.
            if scope == Scope::PropertyAddress {
                continue;
            }
            let token = gateway.token(ORGANIZATION, &[scope]);
            let mut answer = gateway.ask_as(&token, &query, json!({})).await;

            let mut expected = whole.clone();
            schema.mask(&mut expected, "Query", scope.as_str(), &mut seen);
            assert_eq!(answer.get("errors"), None, "without {scope}");
            let mut answer = answer["data"].take();
            for value in [&mut expected, &mut answer] {
                if let Some(scopes) = value.pointer_mut("/viewer/scopes") {
                    scopes.take();
                }
                // What is known and left of the systems' minutes changes with each of these.
                let integrations = value.get_mut("integrations").and_then(Value::as_array_mut);
                for integration in integrations.into_iter().flatten() {
                    integration["budget"].take();
                }
            }
            assert_eq!(answer, expected, "without {scope}");
        }
    }

    // The data at hand show each kind of thing that can be absent.
    for field in [
        "Query.properties",
        "Query.contacts",
        "Query.protocols",
        "Query.projects",
        "Query.investors",
        "Property.documents",
        "Property.protocols",
        "Property.projects",
        "Contact.emails",
        "Contact.phones",
        "Contact.address",
        "Contact.status",
        "Protocol.contacts",
        "ProtocolOwner.userName",
        "Investor.email",
        "Prospect.project",
        "Prospect.contact",
        "Project.prospects",
        "Project.properties",
    ] {
        assert!(
            seen.contains(field),
            "{field} was never there to be absent: {seen:?}"
        );
    }
}

#[tokio::test]
async fn what_is_absent_costs_no_call() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[Scope::ProtocolRead, Scope::ProjectRead]);
    let query = "{ properties(first: 5) { nodes { id protocols { nodes { id } } projects { nodes { id } } } }
        protocols { nodes { id } } }";

    let answer = gateway.ask_as(&token, query, json!({})).await;

    assert_eq!(answer.get("errors"), None);
    assert_eq!(answer["data"]["protocols"], Value::Null);
    assert_eq!(
        answer["data"]["properties"]["nodes"][0]["protocols"],
        Value::Null
    );
    assert_eq!(gateway.all_calls(System::DeepRent), 0);
    assert_eq!(gateway.all_calls(System::Propstreet), 0);
}

#[tokio::test]
async fn a_record_is_absent_by_its_id_too() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data(
            "{ properties(first: 1) { nodes { id documents(first: 1) { nodes { id } } } } contacts(first: 1) { nodes { id } }
            developments { id } protocols(first: 1) { nodes { id } }
            projects(first: 1) { nodes { id profiles { id } prospects(first: 1) { nodes { id investor { id } } } } } }",
        )
        .await;
    let id = |pointer: &str| {
        data.pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer}: {data}"))
            .clone()
    };
    let project = "/projects/nodes/0";
    for (scope, id) in [
        (Scope::PropertyRead, id("/properties/nodes/0/id")),
        (Scope::PropertyRead, id("/contacts/nodes/0/id")),
        (Scope::PropertyRead, id("/developments/0/id")),
        (Scope::ProtocolRead, id("/protocols/nodes/0/id")),
        (Scope::ProjectRead, id(&format!("{project}/id"))),
        (
            Scope::ProspectRead,
            id(&format!("{project}/prospects/nodes/0/id")),
        ),
        (
            Scope::ProspectRead,
            id(&format!("{project}/prospects/nodes/0/investor/id")),
        ),
    ] {
        let query = "query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }";
        let token = gateway.token(ORGANIZATION, &[scope]);
        let answer = gateway.ask_as(&token, query, json!({ "id": id })).await;
        assert_eq!(
            answer,
            json!({ "data": { "node": null, "nodes": [null] } }),
            "{scope}"
        );
        let whole = gateway.data_with(query, json!({ "id": id })).await;
        assert_eq!(whole["node"]["id"], id);
    }
}

#[tokio::test]
async fn arguments_tell_nothing_about_persons_to_whoever_may_not_read_them() {
    let gateway = TestGateway::start().await;
    let (email, property) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut certain = world
            .handovers
            .iter()
            .filter(|row| row.deleted_at.is_none() && row.clue == Clue::StoredObject);
        let found = certain.find_map(|row| {
            let email = row.people.iter().find_map(|person| person.email.clone())?;
            Some((email, row.unit?.to_string()))
        });
        found.unwrap()
    };
    let query = "query($email: String!, $property: String!) {
        contact(by: { email: $email }) { id }
        byText: contacts(filter: { text: $email }) { nodes { id } }
        byEmail: contacts(filter: { email: $email }) { nodes { id } }
        byKind: contacts(filter: { kinds: [TENANT] }) { nodes { id } }
        protocols(filter: { contactEmail: $email }) { nodes { id } }
        property(by: { upstreamId: $property }) { protocols(filter: { contactEmail: $email }) { nodes { id } } }
    }";
    let variables = json!({ "email": email, "property": property });

    let token = gateway.token(ORGANIZATION, &[Scope::ContactRead]);
    let answer = gateway.ask_as(&token, query, variables.clone()).await;

    let nothing = json!({ "contact": null, "byText": null, "byEmail": null, "byKind": null,
        "protocols": null, "property": { "protocols": null } });
    assert_eq!(answer, json!({ "data": nothing }));
    let whole = gateway.ask_with(query, variables).await;
    assert!(codes(&whole).is_empty());
    assert!(
        !whole["data"]["protocols"]["nodes"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
