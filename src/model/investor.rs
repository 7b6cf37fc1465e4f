//! Who may invest.

use async_graphql::{InputObject, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{DateTime, ExternalReference, InvestorId, SourceRecord};

/// A person or firm of the Propstreet network. Source: Propstreet.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("prospect:read")))]
pub struct Investor {
    /// Opaque; stable over the life of the investor.
    pub id: InvestorId,
    /// The record in Propstreet.
    pub source: SourceRecord,
    /// A firm rather than a person.
    pub is_company: bool,
    /// The full name.
    pub name: Option<String>,
    /// The firm that the person works for, or the firm itself.
    pub company_name: Option<String>,
    /// The main e-mail address.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub email: Option<String>,
    /// The main phone number.
    #[graphql(directive = requires::apply(all("contact:read")))]
    pub phone: Option<String>,
    /// The tags put on it.
    pub tags: Vec<String>,
    /// Names that other systems gave to it.
    pub external_references: Vec<ExternalReference>,

    /// Every e-mail address of it.
    #[graphql(skip)]
    pub emails: Vec<String>,
    /// When it last changed, where Propstreet says so.
    #[graphql(skip)]
    pub updated_at: Option<DateTime>,
    /// When it was deleted.
    #[graphql(skip)]
    pub deleted_at: Option<DateTime>,
}

/// Names one investor, one way or another.
#[derive(Debug, OneofObject, Clone, PartialEq, Eq)]
pub enum InvestorBy {
    /// By its id in this graph.
    Id(async_graphql::ID),
    /// A person, by the network contact's id in Propstreet.
    ContactUpstreamId(String),
    /// A firm, by the network company's id in Propstreet.
    CompanyUpstreamId(String),
}

/// Selects investors; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct InvestorFilter {
    /// Part of the name or firm, in any letter case.
    pub text: Option<String>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime>,
    /// Deleted ones as well.
    #[graphql(default)]
    pub include_deleted: bool,
}
