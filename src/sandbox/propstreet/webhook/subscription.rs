//! A subscription: which events go where, and how its fields are checked.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

use super::{
    super::{Switches, problem::Problem, record},
    delivery::Delivery,
};

/// Every event that there is.
const EVENTS: [&str; 15] = [
    "project.created",
    "project.updated",
    "project.deleted",
    "prospect.created",
    "prospect.updated",
    "prospect.deleted",
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "company.created",
    "company.updated",
    "company.deleted",
    "link.created",
    "link.updated",
    "link.deleted",
];

/// The only key that a filter may have.
const NAMESPACE: &str = "externalRef.namespace";

/// What a firm wants to be told, and where.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub(super) id: u64,
    pub(super) url: Url,
    /// Never empty.
    pub(super) events: Vec<&'static str>,
    name: Option<String>,
    /// Only of records with a reference in it; lower case (assumed, as in references).
    namespace: Option<String>,
    is_active: bool,
    pub(super) secret: Secret,
    created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    /// Oldest first.
    pub(super) deliveries: Vec<Delivery>,
}

/// The key that deliveries are signed with.
#[derive(Clone)]
pub(super) struct Secret(pub(super) Vec<u8>);

impl Secret {
    fn new() -> Self {
        let halves = [Uuid::new_v4(), Uuid::new_v4()];
        Self(halves.iter().flat_map(Uuid::as_bytes).copied().collect())
    }

    /// As Standard Webhooks write it.
    pub(super) fn told(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(&self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Subscription {
    /// Errors: 400 without a usable `url` and `events`, and as [`Self::change`].
    pub(super) fn new(
        id: u64,
        fields: &Map<String, Value>,
        switches: &Switches,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let field = |name| fields.get(name).unwrap_or(&Value::Null);
        let mut subscription = Self {
            id,
            url: callback(field("url"), switches)?,
            events: events(field("events"))?,
            name: None,
            namespace: None,
            is_active: true,
            secret: Secret::new(),
            created_at: now,
            updated_at: now,
            deliveries: Vec::new(),
        };
        subscription.change(fields, switches, now)?;
        Ok(subscription)
    }

    /// Takes over what is named; null empties what may be empty (assumed).
    ///
    /// Errors: 400 for a value that a field does not take; then nothing has changed.
    pub(super) fn change(
        &mut self,
        fields: &Map<String, Value>,
        switches: &Switches,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let mut changed = self.clone();
        for (field, value) in fields {
            match field.as_str() {
                "url" => changed.url = callback(value, switches)?,
                "events" => changed.events = events(value)?,
                "name" => changed.name = name(value)?,
                "filter" => changed.namespace = filter(value)?,
                "isActive" => {
                    let refused = || Problem::invalid("isActive", "must be true or false");
                    changed.is_active = value.as_bool().ok_or_else(refused)?;
                }
                _ => {}
            }
        }
        changed.updated_at = now;
        *self = changed;
        Ok(())
    }

    /// As every answer but the first shows it; the fields beyond the documented ones are assumed.
    pub(super) fn row(&self) -> Value {
        json!({
            "id": record::id(self.id),
            "url": self.url.as_str(),
            "events": self.events,
            "name": self.name,
            "filter": self.namespace.as_ref().map(|namespace| json!({ NAMESPACE: namespace })),
            "isActive": self.is_active,
            "createdUtc": self.created_at,
            "updatedUtc": self.updated_at,
        })
    }

    /// Whether it wants to be told of an event: of a type that it names, and of a record with a
    /// reference in its namespace, which is written in any case.
    pub(super) fn concerns(&self, event: &str, data: &Value) -> bool {
        let references = data["externalRefs"].as_array();
        let is_within = |wanted: &String| {
            let mut namespaces = references
                .into_iter()
                .flatten()
                .map(|its| &its["namespace"]);
            namespaces.any(|its| {
                its.as_str()
                    .is_some_and(|its| its.to_lowercase() == *wanted)
            })
        };
        self.is_active
            && self.events.contains(&event)
            && self.namespace.as_ref().is_none_or(is_within)
    }
}

/// The event of that name.
pub(super) fn event(name: &Value, field: &'static str) -> Result<&'static str, Problem> {
    let mut known = EVENTS.iter();
    let known = known.find(|its| name.as_str() == Some(its));
    let refused = || Problem::invalid(field, format!("must be of {}", EVENTS.join(", ")));
    known.copied().ok_or_else(refused)
}

fn events(names: &Value) -> Result<Vec<&'static str>, Problem> {
    let names = names.as_array().filter(|names| !names.is_empty());
    let names = names.ok_or_else(|| Problem::invalid("events", "must name an event"))?;
    names.iter().map(|name| event(name, "events")).collect()
}

fn callback(url: &Value, switches: &Switches) -> Result<Url, Problem> {
    let url: Option<Url> = url.as_str().and_then(|url| url.parse().ok());
    let is_allowed = |url: &Url| match url.scheme() {
        "https" => true,
        "http" => switches.allow_insecure_callbacks,
        _ => false,
    };
    url.filter(is_allowed)
        .ok_or_else(|| Problem::invalid("url", "must be an https address"))
}

fn name(name: &Value) -> Result<Option<String>, Problem> {
    match name {
        Value::Null => Ok(None),
        Value::String(name) => Ok(Some(name.clone())),
        _ => Err(Problem::invalid("name", "must be text")),
    }
}

/// The namespace of a filter.
fn filter(filter: &Value) -> Result<Option<String>, Problem> {
    let refused = |detail| Err(Problem::invalid("filter", detail));
    let fields = match filter {
        Value::Null => return Ok(None),
        Value::Object(fields) => fields,
        _ => return refused("must be an object"),
    };
    if fields.keys().any(|key| key != NAMESPACE) {
        return refused("may hold nothing but externalRef.namespace");
    }
    match fields.get(NAMESPACE) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if (1..=50).contains(&name.chars().count()) => {
            Ok(Some(name.to_lowercase()))
        }
        Some(_) => refused("externalRef.namespace must be text of 1 to 50 characters"),
    }
}
