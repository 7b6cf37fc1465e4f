//! What Propstack gives rights for: a key may have some of them.

/// A list that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Resource {
    Units,
    Statuses,
    Projects,
    Brokers,
    Contacts,
    ContactStatuses,
    Documents,
    Relationships,
    Hooks,
}

impl Resource {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Units,
        Self::Statuses,
        Self::Projects,
        Self::Brokers,
        Self::Contacts,
        Self::ContactStatuses,
        Self::Documents,
        Self::Relationships,
        Self::Hooks,
    ];

    /// The right to read it as an administrator would recognise it, who calls units objects.
    pub fn word(self) -> &'static str {
        match self {
            Self::Units => "objects:read",
            Self::Statuses => "object_statuses:read",
            Self::Projects => "projects:read",
            Self::Brokers => "brokers:read",
            Self::Contacts => "contacts:read",
            Self::ContactStatuses => "contact_statuses:read",
            Self::Documents => "documents:read",
            Self::Relationships => "relationships:read",
            Self::Hooks => "hooks:read",
        }
    }

    /// Its path below the base address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Units => "units",
            Self::Statuses => "property_statuses",
            Self::Projects => "projects",
            Self::Brokers => "brokers",
            Self::Contacts => "contacts",
            Self::ContactStatuses => "contact_statuses",
            Self::Documents => "documents",
            Self::Relationships => "relationships",
            Self::Hooks => "hooks",
        }
    }
}
