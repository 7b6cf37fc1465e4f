//! What Propstreet may open to our credentials, or not.

/// A list that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Resource {
    Projects,
    Contacts,
    Companies,
    Properties,
    Webhooks,
}

impl Resource {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Projects,
        Self::Contacts,
        Self::Companies,
        Self::Properties,
        Self::Webhooks,
    ];

    /// The right to read it, to be shown to people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Projects => "projects:read",
            Self::Contacts => "contacts:read",
            Self::Companies => "companies:read",
            Self::Properties => "properties:read",
            Self::Webhooks => "webhooks:read",
        }
    }

    /// Its path below the base address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Contacts => "network/contacts",
            Self::Companies => "network/companies",
            Self::Properties => "properties",
            Self::Webhooks => "webhooks",
        }
    }
}
