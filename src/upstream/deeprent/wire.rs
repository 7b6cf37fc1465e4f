//! deep.rent's JSON as it comes. The contract promises only ids and the time of making; all else
//! may be null, and left out too.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::upstream::lenient::{Flag, Id, List, Number, Text};

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
    pub cursor_ts: DateTime<Utc>,
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
    pub created_at: DateTime<Utc>,
    #[serde(default)]
    pub cause: Text,
    #[serde(default, rename = "store_kb")]
    pub store_kb: Number,
    #[serde(default)]
    pub document_costs: Flag,
    pub retention_until: Option<DateTime<Utc>>,
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
    pub updated_at: Option<DateTime<Utc>>,
    pub version: Number,
    pub tags: List<Text>,
    pub deleted_at: Option<DateTime<Utc>>,
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
    pub expires_at: DateTime<Utc>,
    #[serde(default)]
    pub generated: Flag,
}
