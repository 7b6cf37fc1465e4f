//! What one organisation has, and what its answers may show.

use std::collections::{BTreeMap, HashSet};

use hausgraph::{
    config::demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    model::{
        BrokerId, ContactId, DevelopmentId, DocumentId, InvestorId, ProfileId, ProjectId,
        PropertyId, PropertyStatusId, ProspectId, ProtocolId,
    },
    sandbox::{tenant::FOREIGN_MARK, world::World},
};
use serde_json::{Value, json};

use super::operation::CURSORS;
use crate::support::{TestGateway, answer::strings, text};

/// Where the foreign firm's records carry its mark.
const MARKED: &[(&str, &str)] = &[
    ("Property", "reference"),
    ("Contact", "name"),
    ("Document", "title"),
    ("Development", "title"),
    ("Protocol", "tags"),
    ("Project", "name"),
    ("AssociatedProject", "name"),
    ("PropertyProfile", "name"),
    ("Prospect", "externalReferences"),
    ("Investor", "name"),
    ("Broker", "name"),
    ("PropertyStatus", "name"),
];

/// An organisation with its records and tokens.
pub struct Firm {
    pub name: &'static str,
    /// One of an issuer, one of the gateway's own.
    pub tokens: Vec<String>,
    /// Credentials of the systems that were connected through the store.
    pub connectable: Vec<Value>,
    /// Global ids of records that exist, by type.
    pub ids: BTreeMap<&'static str, Vec<String>>,
    /// Of deep.rent's API keys.
    pub api_keys: Vec<String>,
    /// What records are called elsewhere: by kind, such as `email`.
    pub names: BTreeMap<&'static str, Vec<Value>>,
    /// One from the first page of each list.
    pub cursors: BTreeMap<&'static str, String>,
    /// All global ids, also of what was deleted.
    known: HashSet<String>,
    /// Texts by which the firm's records are told from others.
    texts: HashSet<String>,
}

impl Firm {
    /// Connects the organisation of the sandbox's tenant, makes a token for it and learns cursors.
    pub async fn meet(gateway: &TestGateway, tenant: usize) -> Self {
        let name = [ORGANIZATION, FOREIGN_ORGANIZATION][tenant];
        let mut firm = {
            let world = gateway.sandbox.shared.tenants[tenant].world();
            let mut firm = Self {
                name,
                tokens: vec![gateway.token(name, &[])],
                connectable: Vec::new(),
                ids: ids(&world),
                api_keys: Vec::new(),
                names: names(&world),
                cursors: BTreeMap::new(),
                known: HashSet::new(),
                texts: texts(&world),
            };
            firm.known.extend(firm.ids.values().flatten().cloned());
            firm
        };
        firm.connect_all(gateway, tenant).await;
        let made = firm
            .ask(
                gateway,
                "mutation($name: String!, $scopes: [Scope!]!) { createAccessToken(input: {
                    name: $name, role: OWNER, scopes: $scopes }) { secret errors { message } }
                    createDeepRentApiKey(input: { name: $name }) {
                        apiKey { id } errors { message } } }",
                json!({ "name": format!("key of {name}"), "scopes": firm.scopes(gateway).await }),
            )
            .await;
        firm.tokens.push(text(&made, "/createAccessToken/secret"));
        firm.api_keys
            .push(text(&made, "/createDeepRentApiKey/apiKey/id"));
        let own = firm
            .ask(
                gateway,
                "{ viewer { organization { id name } } accessTokens { id name }
                    deepRentApiKeys { id } auditLog { nodes { id } } }",
                json!({}),
            )
            .await;
        let mut found = Vec::new();
        strings(&own, &mut found);
        firm.texts.extend(found.into_iter().map(str::to_owned));
        for (list, query) in CURSORS {
            let data = firm.ask(gateway, query, json!({})).await;
            let cursor = text(&data, &format!("/{list}/pageInfo/endCursor"));
            firm.cursors.insert(list, cursor);
        }
        firm
    }

    async fn scopes(&self, gateway: &TestGateway) -> Value {
        let data = self.ask(gateway, "{ viewer { scopes } }", json!({})).await;
        data["viewer"]["scopes"].clone()
    }

    async fn connect_all(&mut self, gateway: &TestGateway, tenant: usize) {
        let data = self
            .ask(gateway, "{ integrations { system status } }", json!({}))
            .await;
        let all = &gateway.sandbox.access;
        let access = [&all.demo, &all.foreign][tenant];
        for integration in data["integrations"].as_array().unwrap() {
            if integration["status"] != "NOT_CONNECTED" {
                continue;
            }
            let credentials = match integration["system"].as_str().unwrap() {
                "PROPSTACK" => json!({ "propstack": { "apiKeys": [access.propstack.api_key] } }),
                "DEEPRENT" => json!({ "deepRent": {
                    "apiKey": access.deeprent.api_key,
                    "sessionToken": access.deeprent.session_token,
                    "organizationId": access.deeprent.organization_id,
                } }),
                _ => json!({ "propstreet": {
                    "clientId": access.propstreet.client_id,
                    "clientSecret": access.propstreet.client_secret,
                } }),
            };
            self.connect(gateway, &credentials).await;
            self.connectable.push(credentials);
        }
    }

    /// Connects one system through the store.
    pub async fn connect(&self, gateway: &TestGateway, credentials: &Value) {
        let query = "mutation($credentials: CredentialsInput!) {
            connectIntegration(input: { credentials: $credentials }) {
                integration { status } errors { message } } }";
        let data = self
            .ask(gateway, query, json!({ "credentials": credentials }))
            .await;
        let connected = &data["connectIntegration"]["integration"]["status"];
        assert_eq!(connected, "CONNECTED", "{data}");
    }

    /// Disconnects the system of these credentials.
    pub async fn disconnect(&self, gateway: &TestGateway, credentials: &Value) {
        let system = match credentials
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap()
            .as_str()
        {
            "propstack" => "PROPSTACK",
            "deepRent" => "DEEPRENT",
            _ => "PROPSTREET",
        };
        let query = "mutation($system: System!) {
            disconnectIntegration(input: { system: $system }) {
                integration { status } errors { message } } }";
        let data = self.ask(gateway, query, json!({ "system": system })).await;
        let status = &data["disconnectIntegration"]["integration"]["status"];
        assert_eq!(status, "NOT_CONNECTED", "{data}");
    }

    async fn ask(&self, gateway: &TestGateway, query: &str, variables: Value) -> Value {
        let mut answer = gateway.ask_as(&self.tokens[0], query, variables).await;
        assert_eq!(answer.get("errors"), None, "{}", self.name);
        answer["data"].take()
    }

    /// How many records an answer to this firm shows.
    ///
    /// Errors: what in it is the other firm's.
    pub fn check(&self, data: &Value, other: &Self) -> Result<usize, String> {
        let is_foreign = self.name == FOREIGN_ORGANIZATION;
        let text = data.to_string().to_lowercase();
        if !is_foreign && text.contains(&FOREIGN_MARK.to_lowercase()) {
            return Err(format!("the mark {FOREIGN_MARK}"));
        }
        let mut shown = 0;
        let mut left = vec![data];
        while let Some(value) = left.pop() {
            match value {
                Value::Array(values) => left.extend(values),
                Value::String(text) if other.texts.contains(text) && !self.texts.contains(text) => {
                    return Err(text.clone());
                }
                Value::Object(fields) => {
                    left.extend(fields.values());
                    let Some(name) = fields.get("__typename").and_then(Value::as_str) else {
                        continue;
                    };
                    shown += 1;
                    let id = fields.get("id").and_then(Value::as_str);
                    let is_unknown =
                        |id: &&str| self.ids.contains_key(name) && !self.known.contains(*id);
                    if let Some(id) = id.filter(is_unknown) {
                        return Err(format!("the {name} {id}"));
                    }
                    let marked = MARKED.iter().find(|(of, _)| *of == name);
                    let mark = marked.map(|(_, field)| &fields[*field]);
                    if let Some(mark) = mark.filter(|mark| !mark.is_null())
                        && mark.to_string().contains(FOREIGN_MARK) != is_foreign
                    {
                        return Err(format!("a {name} of {mark}"));
                    }
                }
                _ => {}
            }
        }
        Ok(shown)
    }
}

/// The global ids of all records.
fn ids(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    fn each<T>(rows: &[T], id: impl Fn(&T) -> String) -> Vec<String> {
        rows.iter().map(id).collect()
    }
    let investor = |row: &hausgraph::sandbox::world::Investor| match row.is_company {
        true => InvestorId::Company(row.id.to_string()).to_string(),
        false => InvestorId::Person(row.id.to_string()).to_string(),
    };
    BTreeMap::from([
        (
            "Property",
            each(&world.units, |row| {
                PropertyId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "Contact",
            each(&world.people, |row| {
                ContactId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "Document",
            each(&world.documents, |row| {
                DocumentId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "Development",
            each(&world.developments, |row| {
                DevelopmentId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "Protocol",
            each(&world.handovers, |row| ProtocolId::new(&row.id).to_string()),
        ),
        (
            "Project",
            each(&world.deals, |row| {
                ProjectId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "PropertyProfile",
            each(&world.profiles, |row| {
                ProfileId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "Prospect",
            each(&world.bids, |row| {
                let project = ProjectId::new(row.deal.to_string());
                ProspectId::new(project, row.id.to_string()).to_string()
            }),
        ),
        ("Investor", each(&world.investors, investor)),
        (
            "Broker",
            each(&world.brokers, |row| {
                BrokerId::new(row.id.to_string()).to_string()
            }),
        ),
        (
            "PropertyStatus",
            each(&world.statuses, |row| {
                PropertyStatusId::new(row.id.to_string()).to_string()
            }),
        ),
    ])
}

/// What records are called elsewhere.
fn names(world: &World) -> BTreeMap<&'static str, Vec<Value>> {
    let emails = world.people.iter().flat_map(|row| &row.emails);
    let deals = world.deals.iter().filter(|row| row.deleted_at.is_none());
    let references = deals.clone().flat_map(|row| &row.references);
    let references = references.map(|it| json!({ "namespace": it.namespace, "id": it.id }));
    let bids = world.bids.iter().filter(|row| row.deleted_at.is_none());
    let prospects = bids.flat_map(|row| {
        row.references.iter().map(|it| {
            let project = ProjectId::new(row.deal.to_string()).to_string();
            json!({ "projectId": project, "namespace": it.namespace, "id": it.id })
        })
    });
    let investors = |is_company: bool| {
        let found = world.investors.iter();
        let found = found.filter(move |row| row.is_company == is_company);
        found.map(|row| json!(row.id.to_string())).collect()
    };
    let handovers = world
        .handovers
        .iter()
        .filter(|row| row.deleted_at.is_none());
    BTreeMap::from([
        (
            "unit",
            world
                .units
                .iter()
                .map(|row| json!(row.id.to_string()))
                .collect(),
        ),
        (
            "number",
            world.units.iter().map(|row| json!(row.number)).collect(),
        ),
        (
            "person",
            world
                .people
                .iter()
                .map(|row| json!(row.id.to_string()))
                .collect(),
        ),
        ("email", emails.map(|email| json!(email)).collect()),
        ("handover", handovers.map(|row| json!(row.id)).collect()),
        ("deal", deals.map(|row| json!(row.id.to_string())).collect()),
        ("reference", references.collect()),
        ("bid", prospects.collect()),
        ("investor", investors(false)),
        ("company", investors(true)),
    ])
}

/// What tells this firm's records from others: the ids too, since one that only this firm has must
/// not be met elsewhere.
fn texts(world: &World) -> HashSet<String> {
    let mut texts: HashSet<String> = ids(world).into_values().flatten().collect();
    texts.extend(world.units.iter().map(|row| row.number.clone()));
    texts.extend(world.developments.iter().map(|row| row.title.clone()));
    texts.extend(world.people.iter().flat_map(|row| row.emails.clone()));
    texts.extend(world.brokers.iter().map(|row| row.email.clone()));
    texts.extend(world.documents.iter().map(|row| row.title.clone()));
    texts.extend(world.deals.iter().map(|row| row.name.clone()));
    texts.extend(world.profiles.iter().map(|row| row.name.clone()));
    texts.extend(world.investors.iter().map(|row| row.name.clone()));
    texts.extend(world.investors.iter().filter_map(|row| row.email.clone()));
    texts
}
