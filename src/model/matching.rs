//! Why two records of different systems are taken to be the same thing.

use async_graphql::{Enum, SimpleObject};

use super::DateTime;

/// Why two records of different systems are taken to be the same thing.
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// What the two have in common.
    pub by: MatchedBy,
    /// Whether that can be wrong.
    pub confidence: MatchConfidence,
    /// When somebody said so, for explicit links.
    pub decided_at: Option<DateTime>,
}

impl Match {
    /// A link that somebody wrote down.
    pub const fn certain(by: MatchedBy) -> Self {
        Self {
            by,
            confidence: MatchConfidence::Certain,
            decided_at: None,
        }
    }

    /// A link by likeness, where one candidate alone is alike.
    pub const fn heuristic(by: MatchedBy) -> Self {
        Self {
            by,
            confidence: MatchConfidence::Heuristic,
            decided_at: None,
        }
    }
}

/// What two linked records have in common, the most telling first.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// A person linked them.
    Explicit,
    /// One carries the other's id.
    ExternalReference,
    /// The same object code.
    ObjectCode,
    /// A filed document that names the other.
    Document,
    /// The same e-mail address.
    Email,
    /// The same normalised address.
    Address,
    /// The same name of a firm.
    Name,
    /// The same place on the map.
    Coordinates,
}

/// Whether a match can be wrong.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchConfidence {
    /// Written down somewhere.
    Certain,
    /// Concluded from likeness; one candidate alone was alike.
    Heuristic,
}
