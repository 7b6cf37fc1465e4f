//! What Propstreet holds: deals, the properties and investors in them, and bids.

use chrono::{DateTime, Utc};

use super::Place;

/// A name that another system gave to a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Whose name it is, lower case.
    pub namespace: String,
    /// The name there.
    pub id: String,
}

/// An amount of money in the unit that a scale names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// As decimal text.
    pub value: String,
    /// ISO 4217.
    pub currency: String,
    /// `none`, `thousands`, `millions` or `billions`.
    pub scale: &'static str,
}

impl Price {
    /// So much in the world's own currency.
    pub fn euros(value: impl Into<String>, scale: &'static str) -> Self {
        Self {
            value: value.into(),
            currency: "EUR".to_owned(),
            scale,
        }
    }
}

/// What would be paid, from its lower to its upper end; either may be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRange {
    /// As decimal text.
    pub min: Option<String>,
    /// As decimal text.
    pub max: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// `none`, `thousands`, `millions` or `billions`.
    pub scale: &'static str,
}

/// An investment case: a Propstreet project.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// Propstreet's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Set for a portfolio: how many properties.
    pub portfolio_size: Option<u32>,
    /// `open`, `closed` or `deleted`.
    pub status: &'static str,
    /// `draft`, `active`, `inactive`, or none.
    pub classification: Option<&'static str>,
    /// `property_added`, `drafting`, `published`, `verified`, `communicated`, or none before the
    /// teaser work starts.
    pub teaser_stage: Option<&'static str>,
    /// `exclusive`, `non_exclusive`, `other`, or none.
    pub mandate: Option<&'static str>,
    /// What is asked for it.
    pub price: Option<Price>,
    /// What would be paid; in the currency of the price, where there is one, and around it.
    pub price_range: Option<PriceRange>,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// The linked property profile, at most one, by Propstreet's id.
    pub profile: Option<u64>,
    /// What it is about in truth, for tests; the servers never tell it.
    pub subject: Option<Subject>,
    /// When Propstreet itself last moved it on: its teaser, or its closing.
    pub moved_at: DateTime<Utc>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What in the CRM a deal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Subject {
    Unit(u64),
    Development(u64),
}

/// How Propstreet describes a property of its own.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Propstreet's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The unit in truth, for tests and rendering.
    pub unit: Option<u64>,
    /// Where it is; Propstreet shows no street and no postal code.
    pub place: Place,
    /// Such as `residential` or `retail/shopping_mall`.
    pub category: String,
    /// Year of construction.
    pub built: i32,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
}

/// A person or a firm of the Propstreet network.
#[derive(Debug, Clone)]
pub struct Investor {
    /// Propstreet's id; persons and firms count apart, so a person and a firm may share one.
    pub id: u64,
    /// A firm rather than a person.
    pub is_company: bool,
    /// The CRM's contact in truth, for tests; the servers never tell it.
    pub person: Option<u64>,
    /// The firm that a person works for.
    pub company: Option<u64>,
    /// Given name of a person.
    pub first_name: Option<String>,
    /// Family name of a person, or the name of a firm.
    pub name: String,
    /// Unique among persons.
    pub email: Option<String>,
    /// In international writing.
    pub phone: Option<String>,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Somebody in the running for a deal: a Propstreet prospect.
#[derive(Debug, Clone, PartialEq)]
pub struct Bid {
    /// Propstreet's id.
    pub id: u64,
    /// The deal.
    pub deal: u64,
    /// The person, by Propstreet's id.
    pub person: Option<u64>,
    /// The firm, by Propstreet's id.
    pub company: Option<u64>,
    /// `not_contacted`, `contacted`, `interested`, `not_interested`, `bidder`.
    pub classification: &'static str,
    /// Set when Propstreet sent the teaser: until when to answer.
    pub teaser_deadline: Option<DateTime<Utc>>,
    /// Set when the teaser was accepted; gives the `chat` capability.
    pub teaser_accepted: Option<DateTime<Utc>>,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
}
