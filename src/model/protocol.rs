//! Signed hand-overs.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{
    Address, DateTime, Freshness, ProtocolContactId, ProtocolId, ProtocolObjectId, SourceRecord,
    Url,
};

/// A signed hand-over of a property. Source: deep.rent.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("protocol:read")))]
pub struct Protocol {
    /// Opaque; stable over the life of the protocol.
    pub id: ProtocolId,
    /// The record in deep.rent.
    pub source: SourceRecord,
    /// What was handed over.
    pub object: ProtocolObject,
    /// Why it was handed over; OTHER for a word that we do not know.
    pub cause: Option<ProtocolCause>,
    /// Why it was handed over, in deep.rent's own word.
    pub cause_text: Option<String>,
    /// Who was present.
    pub contacts: Option<Vec<ProtocolContact>>,
    /// The deep.rent account that made the protocol; not the owner of the property.
    pub owner: Option<ProtocolOwner>,
    /// Whether it states costs.
    pub has_document_costs: Option<bool>,
    /// Whether the landlord confirmed it.
    pub is_confirmed_by_landlord: Option<bool>,
    /// Until when it is kept.
    pub retention_until: Option<DateTime>,
    /// Where it is stored.
    pub storage_region: Option<String>,
    /// How much is stored, in kilobytes.
    pub storage_kb: Option<i32>,
    /// The tags put on it.
    pub tags: Vec<String>,
    /// Rises with each change.
    pub version: Option<i32>,
    /// Whether it must not be deleted.
    pub legal_hold: Option<LegalHold>,
    /// Set once it was deleted.
    pub deletion: Option<Deletion>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    /// How fresh this record is.
    #[serde(skip, default = "Freshness::unread")]
    pub freshness: Freshness,
}

/// Why a property was handed over.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProtocolCause {
    /// Given to a tenant.
    Handover,
    /// Taken back from a tenant.
    Takeback,
    /// Looked at.
    Inspection,
    /// Bought.
    Purchase,
    /// Sold.
    Sale,
    /// Something else; `causeText` has the word.
    Other,
}

/// What a protocol is about, as deep.rent holds it.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(complex)]
pub struct ProtocolObject {
    /// Opaque; the same for all protocols of one object.
    pub id: Option<ProtocolObjectId>,
    /// Its name there: `WE 07, 2. OG links`.
    pub name: Option<String>,
    /// Its category, in deep.rent's open list of words: `REALESTATE`.
    pub category: Option<String>,
    /// Its type, in deep.rent's open list of words.
    #[graphql(name = "type")]
    pub object_type: Option<String>,
    /// Where it is, whoever may see it.
    #[graphql(skip)]
    pub address: Option<Address>,
    /// The entry in deep.rent's address book: the same for objects of one address.
    pub address_id: Option<String>,
}

/// Somebody present at a hand-over.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("contact:read")))]
pub struct ProtocolContact {
    /// Opaque; stable over the life of the entry.
    pub id: Option<ProtocolContactId>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The salutation by code: `MR`.
    pub salutation: Option<String>,
    /// The salutation as people read it: `Herr`.
    pub resolved_salutation: Option<String>,
    /// The firm.
    pub company_name: Option<String>,
    /// Such as `Dr.`.
    pub person_title: Option<String>,
    /// In which role; OTHER for a word that we do not know.
    pub role: Option<ProtocolContactRole>,
    /// In which role, in deep.rent's own word.
    pub role_text: Option<String>,
}

/// In which role somebody was present at a hand-over.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProtocolContactRole {
    /// Rents the property.
    Renter,
    /// Owns the property.
    Owner,
    /// Lets the property.
    Landlord,
    /// Manages the property.
    Manager,
    /// Acts for somebody.
    Agent,
    /// Buys the property.
    Buyer,
    /// Sells the property.
    Seller,
    /// Something else; `roleText` has the word.
    Other,
}

/// The deep.rent account that made a protocol.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolOwner {
    /// The organisation there.
    pub organization_id: Option<String>,
    /// The user there.
    pub user_id: Option<String>,
    /// The user's name.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub user_name: Option<String>,
}

/// Whether a protocol must not be deleted.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    /// It must not.
    pub is_active: bool,
    /// Why.
    pub reason: Option<String>,
}

/// How a protocol was deleted.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When.
    pub deleted_at: DateTime,
    /// By whom.
    pub deleted_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A link to a protocol's PDF that works for a quarter of an hour.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("protocol:read")))]
pub struct ProtocolPdf {
    /// A file name to store it under.
    pub file_name: String,
    /// Where to read it; send no credentials there.
    pub url: Url,
    /// Until when the link works.
    pub expires_at: DateTime,
    /// For how many seconds the link works yet.
    pub expires_in_seconds: i32,
    /// Whether the file was built for this very link.
    pub was_generated: bool,
}

/// Names one protocol, one way or another.
#[derive(Debug, OneofObject, Clone, PartialEq, Eq)]
pub enum ProtocolBy {
    /// By its id in this graph.
    Id(async_graphql::ID),
    /// By its id in deep.rent.
    UpstreamId(String),
}

/// Selects protocols; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct ProtocolFilter {
    /// Made for this cause.
    pub cause: Option<ProtocolCause>,
    /// Matched to this property.
    pub property_id: Option<async_graphql::ID>,
    /// Somebody with this e-mail address was present. Needs the scope `contact:read`: without it the
    /// list is null.
    pub contact_email: Option<String>,
    /// Carries one of these tags.
    pub tags: Option<Vec<String>>,
    /// Made at or after this instant.
    pub created_since: Option<DateTime>,
    /// Made before this instant.
    pub created_before: Option<DateTime>,
    /// Deleted ones as well.
    #[graphql(default)]
    pub include_deleted: bool,
}
