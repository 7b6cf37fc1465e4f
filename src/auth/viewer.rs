//! The person or program that asks, as its token describes it.

use std::{fmt, str::FromStr};

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

use super::policy;

/// Who asks. Everything that is read on its behalf stays within its organisation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// The token's `sub`: a user's or a program's name, unique within the organisation.
    pub subject: String,
    /// The token's `org`: the one organisation whose records this viewer can see.
    pub organization: String,
    /// How far the viewer may administer.
    pub role: Role,
    /// What the viewer may read and write.
    pub scopes: Scopes,
}

impl Viewer {
    /// A viewer who may do what `scopes` name, as far as its role can go.
    pub fn new(
        subject: impl Into<String>,
        organization: impl Into<String>,
        role: Role,
        scopes: Scopes,
    ) -> Self {
        Self {
            subject: subject.into(),
            organization: organization.into(),
            role,
            scopes: scopes.intersection(policy::ceiling(role)),
        }
    }
}

/// How much of the organisation's administration is open to a viewer.
#[derive(
    Enum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A partner's program: reads and writes what its scopes name, nothing about the organisation.
    Partner,
    /// One of the organisation's people.
    Member,
    /// Administers integrations, tokens and imports.
    Admin,
    /// Like an administrator, and answers for the organisation.
    Owner,
}

impl Role {
    const ALL: [Self; 4] = [Self::Partner, Self::Member, Self::Admin, Self::Owner];

    /// The spelling in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Debug, thiserror::Error)]
#[error("not a role: partner, member, admin or owner")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or(UnknownRole)
    }
}

/// One permission that a token can carry. Tokens spell it `property:read`.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read properties, developments and brokers.
    PropertyRead,
    /// See the street and the position of properties that hide their address.
    PropertyAddress,
    /// Read personal data: contacts beyond their name, and e-mail addresses and numbers anywhere.
    ContactRead,
    /// Read documents.
    DocumentRead,
    /// Upload and file documents.
    DocumentWrite,
    /// Read handover protocols and their PDFs.
    ProtocolRead,
    /// Read investment projects and property profiles.
    ProjectRead,
    /// Create, change and delete investment projects.
    ProjectWrite,
    /// Read prospects and investors.
    ProspectRead,
    /// Add, change and remove prospects.
    ProspectWrite,
    /// Run imports.
    ImportRun,
    /// Read and subscribe to events.
    EventRead,
    /// Administer integrations, webhooks and keys.
    IntegrationAdmin,
}

impl Scope {
    /// Every scope, in declaration order.
    pub const ALL: [Self; 13] = [
        Self::PropertyRead,
        Self::PropertyAddress,
        Self::ContactRead,
        Self::DocumentRead,
        Self::DocumentWrite,
        Self::ProtocolRead,
        Self::ProjectRead,
        Self::ProjectWrite,
        Self::ProspectRead,
        Self::ProspectWrite,
        Self::ImportRun,
        Self::EventRead,
        Self::IntegrationAdmin,
    ];

    /// The spelling in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PropertyRead => "property:read",
            Self::PropertyAddress => "property:address",
            Self::ContactRead => "contact:read",
            Self::DocumentRead => "document:read",
            Self::DocumentWrite => "document:write",
            Self::ProtocolRead => "protocol:read",
            Self::ProjectRead => "project:read",
            Self::ProjectWrite => "project:write",
            Self::ProspectRead => "prospect:read",
            Self::ProspectWrite => "prospect:write",
            Self::ImportRun => "import:run",
            Self::EventRead => "event:read",
            Self::IntegrationAdmin => "integration:admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no scope.
#[derive(Debug, thiserror::Error)]
#[error("not a scope")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or(UnknownScope)
    }
}

/// A set of scopes; equal sets are equal permissions, whatever their order in the token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u16);

impl Scopes {
    /// Every scope there is.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// One bit for each, in the order of [`Scope::ALL`].
    pub fn bits(self) -> u16 {
        self.0
    }

    /// More than any viewer can have.
    pub fn everything() -> Self {
        Self(u16::MAX)
    }

    /// Whether the set holds this scope.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & bit(scope) != 0
    }

    /// Whether the set holds all of these.
    pub fn contains_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// What either set holds.
    pub fn union(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// What both sets hold.
    pub fn intersection(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In declaration order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }
}

fn bit(scope: Scope) -> u16 {
    1 << scope as u16
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | bit(scope)))
    }
}
