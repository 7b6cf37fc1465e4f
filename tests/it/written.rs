//! Lists written by hand against lists that the library resolves: the same for whatever is selected.
//!
//! Over HTTP an answer is text that the gateway writes; over a WebSocket the library serialises it,
//! so there nothing is written by hand. Both answer the same generated queries.

use std::{collections::BTreeMap, time::Duration};

use async_graphql::{
    Value,
    parser::{
        parse_schema,
        types::{BaseType, Type, TypeKind, TypeSystemDefinition},
    },
};
use fastrand::Rng;
use hausgraph::{auth::Scope, config::demo::ORGANIZATION, graphql::Graph};

use serde_json::json;

use crate::{edge::socket::Socket, support::TestGateway};

/// Fields that are never written by hand: they load, or take arguments that matter.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "Property.broker", "Property.development", "Property.documents", "Property.contacts",
    "Property.protocols", "Property.projects", "Contact.status", "Contact.roles",
    "Contact.properties", "Contact.protocols", "Contact.prospects", "Protocol.property",
    "Protocol.propertyMatch", "ProtocolContact.contact", "Project.prospects", "Project.profiles",
    "Project.properties", "Prospect.project", "Prospect.investor", "Prospect.contact",
    "Prospect.contactMatch", "Investor.contact", "Investor.contactMatch",
];

/// Asked for by nothing here: links to files take their time, and time passes between the answers.
const LEFT_OUT: &[&str] = &["pdf", "freshness"];

/// For how long a system may ask to be left alone.
const PAUSE: Duration = Duration::from_secs(15);

/// The lists that are asked for, with the type of the connection.
const LISTS: &[(&str, &str)] = &[
    ("properties(first: 4)", "PropertyConnection"),
    (
        "properties(first: 3, orderBy: { field: UPDATED_AT })",
        "PropertyConnection",
    ),
    ("contacts(first: 5)", "ContactConnection"),
    ("protocols(first: 5)", "ProtocolConnection"),
    ("projects(first: 5)", "ProjectConnection"),
    (
        "projects(first: 2) { nodes { id prospects(first: 3)",
        "ProspectConnection",
    ),
    (
        "properties(first: 2) { nodes { contacts(first: 3)",
        "PropertyContactConnection",
    ),
    (
        "properties(first: 2) { nodes { protocols(first: 3)",
        "PropertyProtocolConnection",
    ),
    (
        "properties(first: 2) { nodes { documents(first: 3)",
        "DocumentConnection",
    ),
    ("investors(first: 3)", "InvestorConnection"),
];

/// A field of an object: its name, and what it leads to.
type Field = (String, String);

/// Writes queries at random.
struct Author {
    /// The fields of each object type.
    types: BTreeMap<String, Vec<Field>>,
    random: Rng,
    fragments: Vec<String>,
}

impl Author {
    fn new(seed: u64) -> Self {
        let document = parse_schema(Graph::default().sdl()).unwrap();
        let mut types = BTreeMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(found) = definition else {
                continue;
            };
            if let TypeKind::Object(object) = found.node.kind {
                let fields = object.fields.iter().map(|field| {
                    let name = field.node.name.node.to_string();
                    (name, inner(&field.node.ty.node))
                });
                let fields = fields.filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
                types.insert(found.node.name.node.to_string(), fields.collect());
            }
        }
        Self {
            types,
            random: Rng::with_seed(seed),
            fragments: Vec::new(),
        }
    }

    fn is(&mut self, percent: u8) -> bool {
        self.random.u8(0..100) < percent
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.random.usize(0..of.len())].clone()
    }

    fn leads_to(&self, on: &str, field: &str) -> String {
        let found = self.types[on].iter().find(|(name, _)| name == field);
        found.unwrap().1.clone()
    }

    fn query(&mut self) -> String {
        self.fragments.clear();
        let mut query = String::from("query($yes: Boolean!, $no: Boolean!) {");
        for (index, (list, connection)) in LISTS.iter().enumerate() {
            let whole = self.selection(connection, 0);
            let edge = connection.replace("Connection", "Edge");
            let node = self.leads_to(&edge, "node");
            // Many lists of one read.
            let rows = (0..4).map(|at| match at % 2 {
                0 => format!("_{at}: nodes {}", self.selection(&node, 1)),
                _ => format!("_{at}: edges {}", self.selection(&edge, 1)),
            });
            let rows: Vec<_> = rows.collect();
            let rows = rows.join(" ");
            let open = " }".repeat(list.matches(" { nodes {").count() * 2);
            query += &format!(" _{index}: {list} {{ ... {whole} {rows} }}{open}");
        }
        query + " }\n" + &self.fragments.join("\n")
    }

    /// A selection in braces; at least one thing in it is neither skipped nor conditional.
    fn selection(&mut self, on: &str, level: usize) -> String {
        let mut fields = self.types[on].clone();
        self.random.shuffle(&mut fields);
        let is_plain = |(name, _): &Field| !GENERIC.contains(&format!("{on}.{name}").as_str());
        let links = level < 3 && self.is(8);
        fields.retain(|field| links || is_plain(field));
        let first = fields.pop().unwrap();
        let mut parts = vec![self.field(&first, level, "")];
        for _ in 0..self.random.usize(0..7) {
            let part = match self.random.u8(0..100) {
                0..8 => "__typename".to_owned(),
                8..16 if level < 4 => self.fragment(on, level),
                // A list that is selected twice is not written by hand, so that is to be rare.
                16..24 if level > 0 || self.is(20) => self.one(&parts),
                _ => match fields.pop() {
                    Some(field) => {
                        let condition = self.condition();
                        self.field(&field, level, condition)
                    }
                    None => continue,
                },
            };
            parts.push(part);
        }
        self.random.shuffle(&mut parts);
        format!("{{ {} }}", parts.join(" "))
    }

    fn condition(&mut self) -> &'static str {
        if self.is(85) {
            return "";
        }
        let conditions = [
            " @skip(if: $no)",
            " @skip(if: $yes)",
            " @include(if: $yes)",
            " @include(if: $no)",
            " @include(if: true) @skip(if: false)",
        ];
        self.one(&conditions)
    }

    fn fragment(&mut self, on: &str, level: usize) -> String {
        let has_id = self.types[on].iter().any(|(name, _)| name == "id");
        let is_record = has_id && self.types[on].iter().any(|(name, _)| name == "source");
        let condition = self.condition();
        match self.random.u8(0..4) {
            0 => format!("...{condition} {}", self.selection(on, level + 1)),
            1 => format!("... on {on}{condition} {}", self.selection(on, level + 1)),
            2 if is_record => format!("... on Node{condition} {{ again: id id }}"),
            _ => {
                let selection = self.selection(on, level + 1);
                let name = format!("f{}", self.fragments.len());
                let text = format!("fragment {name} on {on} {selection}");
                self.fragments.push(text);
                format!("...{name}{condition}")
            }
        }
    }

    fn field(&mut self, (name, leads_to): &Field, level: usize, condition: &str) -> String {
        let alias = if self.is(10) {
            // One alias means one field, so that selections can be merged.
            format!("{name}_{}: ", self.random.u8(0..2))
        } else {
            String::new()
        };
        if !self.types.contains_key(leads_to) {
            return alias + name + condition;
        }
        let arguments = if leads_to.ends_with("Connection") {
            "(first: 2)"
        } else {
            ""
        };
        let selection = self.selection(leads_to, level + 1);
        format!("{alias}{name}{arguments}{condition} {selection}")
    }
}

/// The name of a type without lists and exclamation marks.
fn inner(found: &Type) -> String {
    match &found.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => inner(item),
    }
}

/// One of the fields of an answer, in the order of its text.
fn part(of: Value, name: &str) -> Value {
    match of {
        Value::Object(mut fields) => fields.swap_remove(name).unwrap_or_default(),
        other => panic!("no object: {other}"),
    }
}

#[tokio::test]
async fn whatever_is_selected_both_ways_answer_the_same() {
    let gateway = TestGateway::start().await;
    for (seed, without) in [
        (1, None),
        (2, Some(Scope::PropertyAddress)),
        (3, Some(Scope::ContactRead)),
    ] {
        let token = gateway.token(ORGANIZATION, without.as_slice());
        let mut socket = Socket::admitted(&gateway.origin, &token).await;
        let mut author = Author::new(seed);
        for _ in 0..3 {
            let query = author.query();
            let request = json!({ "query": query, "variables": { "yes": true, "no": false } });
            let written = gateway.hurry(PAUSE, gateway.post(&token, request.clone()));
            let written = written.await.text().await.unwrap();
            let written: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(part(written.clone(), "errors"), Value::Null, "{query}");
            let resolved = gateway.hurry(PAUSE, socket.answer(&request)).await;
            let resolved = part(serde_json::from_str(&resolved).unwrap(), "payload");
            assert_eq!(part(resolved.clone(), "errors"), Value::Null, "{query}");
            // As texts, in which the order counts.
            let (written, resolved) = (part(written, "data"), part(resolved, "data"));
            assert_eq!(written.to_string(), resolved.to_string(), "{query}");
        }
    }
}
