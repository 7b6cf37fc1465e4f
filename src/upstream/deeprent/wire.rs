//! deep.rent's JSON as it comes. The contract promises only ids and the time of making; all else
//! may be null, and left out too.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use url::Url;

use crate::upstream::{
    instant::Instant,
    lenient::{Flag, Id, List, Number, Text},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub protocols: Vec<Protocol>,
    #[serde(default)]
    pub has_more: Flag,
    pub next_cursor: Option<NextCursor>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NextCursor {
    pub cursor_ts: Instant,
    pub cursor_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Protocol {
    pub id: Id,
    pub object: Option<Object>,
    pub protocol: Signing,
    #[serde(default)]
    pub contacts: List<Contact>,
    pub owner: Option<Owner>,
    #[serde(default)]
    pub store: Text,
    /// Text here, a number in `protocol.store_kb`.
    #[serde(default)]
    pub storage_kb: Number,
    pub meta: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Object {
    pub id: Text,
    pub category: Text,
    #[serde(rename = "type")]
    pub object_type: Text,
    pub name: Text,
    pub address: Option<Address>,
    pub address_id: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Address {
    pub address_line1: Text,
    pub city: Text,
    pub postal_code: Text,
    pub country: Text,
    pub country_code: Text,
}

/// What deep.rent calls `protocol` inside a protocol. Its `link` is no address and is not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signing {
    pub created_at: Instant,
    #[serde(default)]
    pub cause: Text,
    #[serde(default, rename = "store_kb")]
    pub store_kb: Number,
    #[serde(default)]
    pub document_costs: Flag,
    pub retention_until: Option<Instant>,
    #[serde(default)]
    pub landlord_confirmation: Flag,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Contact {
    pub id: Text,
    pub email: Text,
    pub first_name: Text,
    pub last_name: Text,
    pub salutation: Text,
    pub resolved_salutation: Text,
    pub company_name: Text,
    pub person_title: Text,
    pub role: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Owner {
    pub org_id: Text,
    pub user_id: Text,
    pub user_name: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta {
    pub updated_at: Option<Instant>,
    pub version: Number,
    pub tags: List<Text>,
    pub deleted_at: Option<Instant>,
    pub deleted_by: Text,
    pub delete_reason: Text,
    pub legal_hold: Flag,
    pub legal_hold_reason: Text,
}

/// No `Debug`: whoever has the address may read the file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PdfLink {
    pub protocol_id: Option<Id>,
    #[serde(default)]
    pub file_name: Text,
    pub url: String,
    pub expires_at: Instant,
    #[serde(default)]
    pub generated: Flag,
}

/// Of a page of protocols, only whose they are.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization {
    #[serde(default)]
    pub org_id: Text,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeys {
    pub api_keys: Vec<ApiKey>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKey {
    pub id: Id,
    #[serde(default)]
    pub name: Text,
    #[serde(default)]
    pub description: Text,
    pub created_at: Instant,
    pub updated_at: Option<Instant>,
    #[serde(default)]
    pub enabled: Flag,
    /// Only in the answer to its making.
    pub key: Option<SecretString>,
}

#[derive(Debug, Serialize)]
pub(super) struct NewApiKey<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    pub id: Id,
    #[serde(default)]
    pub name: Text,
    pub event: String,
    #[serde(deserialize_with = "address")]
    pub url: Url,
    #[serde(default)]
    pub active: Flag,
    pub created_at: Instant,
}

fn address<'de, D: Deserializer<'de>>(value: D) -> Result<Url, D::Error> {
    let text = String::deserialize(value)?;
    text.parse()
        .map_err(|_| D::Error::custom("expected an address"))
}

/// What is left out stays as it is, or becomes what deep.rent makes of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct WebhookChanges<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WebhookEvents {
    pub events: Vec<String>,
}
