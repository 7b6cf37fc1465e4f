//! What kinds of records there are, for whoever deals with records of any kind.

use serde::{Deserialize, Serialize};

use super::System;

/// A kind of record that the index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecordKind {
    /// A property.
    Property,
    /// A contact.
    Contact,
    /// A development.
    Development,
    /// A protocol.
    Protocol,
    /// A project.
    Project,
    /// A property profile.
    Profile,
    /// A prospect.
    Prospect,
    /// An investor.
    Investor,
}

impl RecordKind {
    /// Every one, in declaration order.
    pub const ALL: [Self; 8] = [
        Self::Property,
        Self::Contact,
        Self::Development,
        Self::Protocol,
        Self::Project,
        Self::Profile,
        Self::Prospect,
        Self::Investor,
    ];

    /// The spelling in the database and in the stages of a job.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Contact => "contact",
            Self::Development => "development",
            Self::Protocol => "protocol",
            Self::Project => "project",
            Self::Profile => "profile",
            Self::Prospect => "prospect",
            Self::Investor => "investor",
        }
    }

    /// Where such records live.
    pub const fn system(self) -> System {
        match self {
            Self::Property | Self::Contact | Self::Development => System::Propstack,
            Self::Protocol => System::DeepRent,
            Self::Project | Self::Profile | Self::Prospect | Self::Investor => System::Propstreet,
        }
    }
}
