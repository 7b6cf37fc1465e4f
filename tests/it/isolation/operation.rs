//! What is asked: every root, and through them every loader.

use fastrand::Rng;
use serde_json::{Value, json};

use super::Firm;

/// One thing to ask for.
pub struct Operation {
    pub name: &'static str,
    query: &'static str,
    /// From what the first firm has; the second is the one that must not be seen.
    pub variables: fn(&Firm, &Firm, &mut Rng) -> Value,
}

impl Operation {
    /// The document; `...X` in it stands for what is read of each record X.
    pub fn query(&self) -> String {
        let mut query = self.query.to_owned();
        for (name, fields) in FIELDS {
            query = query.replace(&format!("...{name}"), &format!("__typename {fields}"));
        }
        query
    }
}

/// What is read of each record: what it is, and where its firm is told by.
const FIELDS: &[(&str, &str)] = &[
    ("Unit", "id reference"),
    ("Person", "id name emails"),
    ("File", "id title"),
    ("Site", "id title"),
    ("Handover", "id tags"),
    ("Deal", "id name"),
    ("Profile", "id name"),
    ("Bid", "id externalReferences { id }"),
    ("Money", "id name email"),
];

/// Lists and how one of their cursors is had.
pub const CURSORS: &[(&str, &str)] = &[
    (
        "properties",
        "{ properties(first: 2) { pageInfo { endCursor } } }",
    ),
    (
        "contacts",
        "{ contacts(first: 2) { pageInfo { endCursor } } }",
    ),
    (
        "protocols",
        "{ protocols(first: 2) { pageInfo { endCursor } } }",
    ),
    (
        "projects",
        "{ projects(first: 2) { pageInfo { endCursor } } }",
    ),
    (
        "investors",
        "{ investors(first: 2) { pageInfo { endCursor } } }",
    ),
    (
        "auditLog",
        "{ auditLog(first: 1) { pageInfo { endCursor } } }",
    ),
];

fn one(values: &[Value], rng: &mut Rng) -> Value {
    rng.choice(values).expect("there are some").clone()
}

fn id(firm: &Firm, name: &str, rng: &mut Rng) -> Value {
    json!(rng.choice(&firm.ids[name]).expect("there are some"))
}

/// One of every type of node, at random.
fn each(firm: &Firm, rng: &mut Rng) -> Vec<Value> {
    let nodes = [
        "Property",
        "Contact",
        "Document",
        "Development",
        "Protocol",
        "Project",
        "PropertyProfile",
        "Prospect",
        "Investor",
    ];
    nodes.map(|name| id(firm, name, rng)).to_vec()
}

macro_rules! by {
    ($name:literal, $kind:literal) => {
        |firm, _, rng| json!({ $name: one(&firm.names[$kind], rng) })
    };
}

macro_rules! after {
    ($list:literal) => {
        |firm, _, _| json!({ "after": firm.cursors[$list] })
    };
}

fn nothing(_: &Firm, _: &Firm, _: &mut Rng) -> Value {
    json!({})
}

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "nodes of one firm",
        query: "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
            ... on Property { reference } ... on Contact { name } ... on Document { title }
            ... on Development { title } ... on Protocol { tags } ... on Project { name }
            ... on PropertyProfile { name } ... on Prospect { externalReferences { id } }
            ... on Investor { name } } }",
        variables: |firm, _, rng| json!({ "ids": each(firm, rng) }),
    },
    Operation {
        name: "nodes of both firms",
        query: "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
            ... on Property { reference } ... on Contact { name } ... on Document { title }
            ... on Development { title } ... on Protocol { tags } ... on Project { name }
            ... on PropertyProfile { name } ... on Prospect { externalReferences { id } }
            ... on Investor { name } } }",
        variables: |firm, other, rng| {
            let mut ids = each(firm, rng);
            ids.extend(each(other, rng));
            rng.shuffle(&mut ids);
            json!({ "ids": ids })
        },
    },
    Operation {
        name: "node",
        query: "query($id: ID!) { node(id: $id) { __typename id ... on Property { reference
            development { ...Site } broker { __typename id name } status { __typename id name }
            documents(first: 2) { nodes { ...File } } } } }",
        variables: |firm, _, rng| json!({ "id": id(firm, "Property", rng) }),
    },
    Operation {
        name: "property by id in Propstack",
        query:
            "query($id: String!) { property(by: { upstreamId: $id }) { ...Unit
            contacts(first: 2) { nodes { ...Person } } projects(first: 2) { nodes { ...Deal } } } }",
        variables: by!("id", "unit"),
    },
    Operation {
        name: "property by reference",
        query: "query($reference: String!) { property(by: { reference: $reference }) { ...Unit
            protocols(first: 2) { nodes { ...Handover } } } }",
        variables: by!("reference", "number"),
    },
    Operation {
        name: "contact by id in Propstack",
        query: "query($id: String!) { contact(by: { upstreamId: $id }) { ...Person
            properties(first: 2) { nodes { ...Unit } } } }",
        variables: by!("id", "person"),
    },
    Operation {
        name: "contact by e-mail",
        query: "query($email: String!) { contact(by: { email: $email }) { ...Person
            protocols(first: 2) { nodes { ...Handover } }
            prospects(first: 2) { nodes { ...Bid } } } }",
        variables: by!("email", "email"),
    },
    Operation {
        name: "protocol by id in deep.rent",
        query: "query($id: String!) { protocol(by: { upstreamId: $id }) { ...Handover
            contacts { lastName email contact { ...Person } } property { ...Unit } } }",
        variables: by!("id", "handover"),
    },
    Operation {
        name: "project by reference",
        query: "query($reference: ExternalReferenceInput!) {
            project(by: { externalReference: $reference }) { ...Deal
                profiles { ...Profile property { ...Unit } }
                properties(first: 2) { nodes { ...Unit } } } }",
        variables: by!("reference", "reference"),
    },
    Operation {
        name: "project by id in Propstreet",
        query: "query($id: String!) { project(by: { upstreamId: $id }) { ...Deal
            prospects(first: 2) { nodes { ...Bid investor { ...Money }
                contact { ...Person } } } } }",
        variables: by!("id", "deal"),
    },
    Operation {
        name: "prospect by id",
        query: "query($id: ID!) { prospect(by: { id: $id }) { ...Bid project { ...Deal } } }",
        variables: |firm, _, rng| json!({ "id": id(firm, "Prospect", rng) }),
    },
    Operation {
        name: "prospect by reference",
        query: "query($reference: ProspectExternalReferenceInput!) {
            prospect(by: { externalReference: $reference }) { ...Bid project { ...Deal } } }",
        variables: by!("reference", "bid"),
    },
    Operation {
        name: "investor, a person",
        query: "query($id: String!) { investor(by: { contactUpstreamId: $id }) { ...Money
            contact { ...Person } }
            associatedProjects(of: { contactUpstreamId: $id }, first: 2) {
                nodes { __typename name project { ...Deal } } } }",
        variables: by!("id", "investor"),
    },
    Operation {
        name: "investor, a firm",
        query: "query($id: String!) { investor(by: { companyUpstreamId: $id }) { ...Money } }",
        variables: by!("id", "company"),
    },
    Operation {
        name: "properties",
        query: "query($after: String) { properties(first: 3, after: $after) { nodes { ...Unit
            projects(first: 1) { nodes { ...Deal } }
            protocols(first: 1) { nodes { ...Handover } } } } }",
        variables: after!("properties"),
    },
    Operation {
        name: "contacts",
        query: "query($after: String) { contacts(first: 3, after: $after) { nodes { ...Person } } }",
        variables: after!("contacts"),
    },
    Operation {
        name: "protocols",
        query: "query($after: String) { protocols(first: 3, after: $after) { nodes { ...Handover
            property { ...Unit } } } }",
        variables: after!("protocols"),
    },
    Operation {
        name: "protocols of an address",
        query: "query($email: String!) { protocols(first: 20) { nodes { ...Handover } }
            of: protocols(first: 2, filter: { contactEmail: $email }) { nodes { ...Handover } } }",
        variables: by!("email", "email"),
    },
    Operation {
        name: "projects",
        query: "query($after: String) { projects(first: 3, after: $after) { nodes { ...Deal
            properties(first: 1) { nodes { ...Unit } } } } }",
        variables: after!("projects"),
    },
    Operation {
        name: "investors",
        query: "query($after: String) { investors(first: 3, after: $after) { nodes { ...Money } } }",
        variables: after!("investors"),
    },
    Operation {
        name: "developments and their properties",
        query: "{ developments { ...Site properties(first: 1) { nodes { ...Unit } } } }",
        variables: nothing,
    },
    Operation {
        name: "brokers and statuses",
        query: "{ brokers { __typename id name email } propertyStatuses { __typename id name } }",
        variables: nothing,
    },
    Operation {
        name: "contacts of a text",
        query: "query($text: String!) {
            contacts(first: 3, filter: { text: $text }) { nodes { ...Person } } }",
        variables: by!("text", "email"),
    },
    Operation {
        name: "viewer",
        query: "{ viewer { __typename organization { __typename id } } }",
        variables: nothing,
    },
    Operation {
        name: "integrations",
        query: "{ integrations { __typename system isConfigured keyHint } }",
        variables: nothing,
    },
    Operation {
        name: "access tokens",
        query: "{ accessTokens { __typename name } }",
        variables: nothing,
    },
    Operation {
        name: "audit log",
        query:
            "query($after: String) { recent: auditLog(first: 5) { nodes { __typename id target } }
            auditLog(first: 5, after: $after) { nodes { __typename id target } } }",
        variables: after!("auditLog"),
    },
    Operation {
        name: "API keys of deep.rent",
        query: "query($id: ID!) { deepRentApiKeys { __typename id name }
            deepRentApiKey(id: $id) { __typename id name } }",
        variables: |firm, _, _| json!({ "id": firm.api_keys[0] }),
    },
];
