//! Propstack: properties, contacts, documents.
//!
//! Start at [`Client`]. Propstack lists by page number, leaves out archived units unless asked,
//! and knows no etags. It answers with street and coordinates also where the agency hides the
//! address: hiding is for whoever knows the viewer.

mod client;
mod convert;
mod document;
mod query;
mod resource;
mod wire;

use secrecy::SecretString;

use super::{BaseUrl, Reach, rows::Rows, transport::Limits};
use crate::model::{CurrencyCode, PropertyId, Relationship};

pub use client::Client;
pub use document::{CREATE_TIMEOUT, NewDocument};
pub use query::{Archived, ContactsQuery, Form, UnitsQuery};
pub use resource::Resource;

/// How one organisation's Propstack account is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// With the version: `https://api.propstack.de/v1`.
    pub base_url: BaseUrl,
    /// An account may split its rights over several keys: each call uses one that has the right.
    pub api_keys: Vec<SecretString>,
    /// Propstack names no currency.
    pub currency: CurrencyCode,
    /// Ids of the statuses that mean out of stock. Empty: any status called `Inaktiv`.
    pub inactive_status_ids: Vec<String>,
    /// For all organisations alike.
    pub limits: Limits,
    /// How far calls to it may go.
    pub reach: Reach,
}

/// One page of a list that is counted from page 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// At most as many as were asked for, without those that say nothing.
    pub rows: Vec<T>,
    /// How many Propstack sent; fewer than were asked for make the last page.
    pub received: usize,
    /// Of all pages together, where Propstack tells.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    fn new(rows: Rows<T>, total: Option<u64>) -> Self {
        Self {
            rows: rows.kept,
            received: rows.received,
            total,
        }
    }
}

/// One row of the list of all ties between properties and contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyRelationship {
    /// The property.
    pub property: PropertyId,
    /// Its contact.
    pub relationship: Relationship,
}
