//! Where a record lives and how fresh it is.

use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};

use super::DateTime;

/// One of the systems behind the graph.
#[derive(
    Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// The CRM: properties, contacts, documents.
    Propstack,
    /// Handover protocols and their PDFs.
    #[graphql(name = "DEEPRENT")]
    DeepRent,
    /// Investment projects, prospects and investors.
    Propstreet,
}

impl System {
    /// Every system, in declaration order.
    pub const ALL: [Self; 3] = [Self::Propstack, Self::DeepRent, Self::Propstreet];

    /// Its name in settings and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Propstack => "propstack",
            Self::DeepRent => "deeprent",
            Self::Propstreet => "propstreet",
        }
    }

    /// Its name as the firm behind it writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Propstack => "Propstack",
            Self::DeepRent => "deep.rent",
            Self::Propstreet => "Propstreet",
        }
    }
}

/// The record's name where it lives.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The system that holds the record.
    pub system: System,
    /// The record's id there.
    pub id: String,
}

impl SourceRecord {
    /// The record that `system` calls `id`.
    pub fn new(system: System, id: impl Into<String>) -> Self {
        let id = id.into();
        Self { system, id }
    }
}

/// When a record was read: by the clock, and in the row of all reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// By the clock.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Which read it was; 0 for one that nobody keeps.
    pub number: u64,
}

impl From<chrono::DateTime<chrono::Utc>> for Fetched {
    /// Then, by a read that nobody keeps.
    fn from(at: chrono::DateTime<chrono::Utc>) -> Self {
        Self { at, number: 0 }
    }
}

/// How fresh a record is and where this answer came from.
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq)]
#[graphql(complex)]
pub struct Freshness {
    /// When the record was read from its system.
    pub fetched_at: DateTime,
    /// Which read it was; 0 for one that nobody keeps.
    #[graphql(skip)]
    pub number: u64,
}

impl Freshness {
    /// The number of whatever came from the index.
    pub const OF_INDEX: u64 = u64::MAX;

    /// Of a record whose read is not known yet.
    pub const fn unread() -> Self {
        Self {
            fetched_at: DateTime(chrono::DateTime::UNIX_EPOCH),
            number: 0,
        }
    }

    /// Of a record that the index has since it was read then.
    pub const fn of_index(read_at: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            fetched_at: DateTime(read_at),
            number: Self::OF_INDEX,
        }
    }
}

impl From<Fetched> for Freshness {
    fn from(Fetched { at, number }: Fetched) -> Self {
        Self {
            fetched_at: DateTime(at),
            number,
        }
    }
}

/// Where an answer was taken from.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum ServedFrom {
    /// The system that holds the record, for this request.
    Upstream,
    /// A copy kept for a short while.
    Cache,
    /// The local index, filled by imports and events.
    Index,
}

/// A name that another system gave to a record.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExternalReference {
    /// Whose name it is, lower case: `propstack`, `deeprent`.
    pub namespace: String,
    /// The name there.
    pub id: String,
}
