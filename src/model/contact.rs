//! People and firms that the agency knows.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{Address, ContactId, ContactStatusId, DateTime, Freshness, PropertyId, SourceRecord};

/// A person or firm that the agency knows. Source: Propstack.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("property:read")))]
pub struct Contact {
    /// Opaque; stable over the life of the contact.
    pub id: ContactId,
    /// The record in Propstack.
    pub source: SourceRecord,
    /// The full name.
    pub name: Option<String>,
    /// A firm rather than a person.
    pub is_company: bool,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// `mr` or `ms`.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub salutation: Option<String>,
    /// Such as `Dr.`.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub academic_title: Option<String>,
    /// The firm, or where the person works.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub company: Option<String>,
    /// What the person does there.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub position: Option<String>,
    /// E-mail addresses, the main one first.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub emails: Option<Vec<String>>,
    /// Phone numbers.
    pub phones: Option<Vec<Phone>>,
    /// Where to write to.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub address: Option<Address>,
    /// What the contact is to the agency, where the read carried it.
    #[graphql(skip)]
    pub status: Option<ContactStatus>,
    /// Whether and how the person may be contacted.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub gdpr_status: Option<GdprStatus>,
    /// The language to write in, by ISO 639-1.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub language: Option<String>,
    /// When the contact was entered.
    pub created_at: Option<DateTime>,
    /// When the contact last changed.
    pub updated_at: Option<DateTime>,
    /// How fresh this record is.
    #[serde(skip, default = "Freshness::unread")]
    pub freshness: Freshness,

    /// Known to be archived; rows do not say so themselves.
    #[graphql(skip)]
    #[serde(default)]
    pub is_archived: bool,
    /// The status by id where only that was read.
    #[graphql(skip)]
    pub status_id: Option<ContactStatusId>,
    /// The properties that the contact is tied to; `None` where the read did not carry them.
    #[graphql(skip)]
    pub relationships: Option<Vec<ContactRelationship>>,
}

/// One tie between a contact and a property, seen from the contact.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRelationship {
    /// The property.
    pub property: PropertyId,
    /// What the contact is to the property.
    pub role: ContactRole,
    /// The role in the agency's words.
    pub role_text: Option<String>,
}

/// A phone number.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(directive = requires::apply(all("contact:read")))]
pub struct Phone {
    /// Which one: `main`, `home`, `home mobile`, `office`, `office mobile`, `fax`.
    pub kind: String,
    /// The number as written.
    pub number: String,
}

/// What a contact is to the agency: one of its own list of statuses.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(directive = requires::apply(all("contact:read")))]
pub struct ContactStatus {
    /// Opaque; stable over the life of the status.
    pub id: ContactStatusId,
    /// Its name.
    pub name: String,
    /// Which of the usual statuses it means.
    pub kind: ContactKind,
}

/// The usual statuses of contacts; CONTACT when none of the others fits.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContactKind {
    /// Owns property.
    Owner,
    /// Rents property.
    Tenant,
    /// Known to the agency.
    Contact,
    /// A public office.
    Authority,
    /// A lawyer or notary.
    Legal,
    /// A craftsman or other provider.
    ServiceProvider,
    /// A partner in business.
    BusinessPartner,
    /// Has bought.
    Buyer,
    /// May buy.
    PurchaseProspect,
    /// Sells.
    Seller,
    /// May sell.
    SellerLead,
    /// Has not been spoken to.
    ColdLead,
}

/// What a contact is to one property.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContactRole {
    /// Owns it.
    Owner,
    /// Rents it.
    Tenant,
    /// Buys it.
    Buyer,
    /// Sells it.
    Seller,
    /// Takes part in some other way that the agency calls a partner.
    Partner,
    /// Something else.
    Other,
}

/// Whether a person may be contacted.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GdprStatus {
    /// Never asked.
    NotStated,
    /// Asked, not answered.
    Ignored,
    /// Agreed.
    Consented,
    /// Took it back.
    Revoked,
    /// One that Propstack has added since; never an input.
    Unknown,
}

/// Names one contact, one way or another.
#[derive(Debug, OneofObject, Clone, PartialEq, Eq)]
pub enum ContactBy {
    /// By its id in this graph.
    Id(async_graphql::ID),
    /// By e-mail address; null when several share it, and without the scope `contact:read`.
    Email(String),
    /// By its id in Propstack.
    UpstreamId(String),
}

/// Selects contacts; what is left out does not matter. `text`, `email` and `kinds` need the scope
/// `contact:read`: without it the list is null.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct ContactFilter {
    /// Full text over names, e-mail addresses, addresses and phone numbers.
    pub text: Option<String>,
    /// With this e-mail address.
    pub email: Option<String>,
    /// In a status of one of these kinds.
    pub kinds: Option<Vec<ContactKind>>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime>,
    /// Archived ones as well.
    #[graphql(default)]
    pub include_archived: bool,
}
