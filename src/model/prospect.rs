//! Investors in the running for a project.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{
    DateTime, ETag, ExternalReference, Freshness, InvestorId, ProjectClassification, ProjectId,
    ProjectStatus, ProspectId, SourceRecord,
};

/// An investor in the running for a project. Source: Propstreet.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("prospect:read")))]
pub struct Prospect {
    /// Opaque; stable over the life of the prospect.
    pub id: ProspectId,
    /// The record in Propstreet.
    pub source: SourceRecord,
    /// How far the talks are.
    pub classification: Option<ProspectClassification>,
    /// What can be done with this prospect in Propstreet.
    pub capabilities: Vec<ProspectCapability>,
    /// The investor's tags.
    pub tags: Vec<String>,
    /// Present only when Propstreet sent the teaser to this investor.
    pub teaser: Option<ProspectTeaser>,
    /// Added by the firm or found by Propstreet.
    pub origin: ProspectOrigin,
    /// Names that other systems gave to it.
    pub external_references: Vec<ExternalReference>,
    /// When it was created.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    /// When it was deleted.
    pub deleted_at: Option<DateTime>,
    /// Its version.
    #[graphql(skip)]
    pub etag: ETag,
    /// How fresh this record is.
    #[serde(skip, default = "Freshness::unread")]
    pub freshness: Freshness,

    /// The person, or the firm where there is no person.
    #[graphql(skip)]
    pub investor_id: Option<InvestorId>,
    /// The name of the investor, where the prospect carried it.
    #[graphql(skip)]
    pub display_name: Option<String>,
    /// The name of the investor's firm, where the prospect carried it.
    #[graphql(skip)]
    pub organization_name: Option<String>,
}

/// How far the talks with a prospect are.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProspectClassification {
    /// Not spoken to yet.
    NotContacted,
    /// Spoken to.
    Contacted,
    /// Wants to know more.
    Interested,
    /// Declined.
    NotInterested,
    /// Made an offer.
    Bidder,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// What can be done with a prospect in Propstreet.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProspectCapability {
    /// Talk in Propstreet; from the acceptance of the teaser on.
    Chat,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// How a prospect came about.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProspectOrigin {
    /// The firm added it.
    Added,
    /// Propstreet found it and sent the teaser.
    Matched,
}

/// The teaser as it was sent to a prospect.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProspectTeaser {
    /// When the investor accepted it.
    pub accepted_at: Option<DateTime>,
    /// Until when the investor may accept it.
    pub deadline_at: Option<DateTime>,
}

/// A project in which an investor is in the running.
#[derive(Debug, SimpleObject, Clone, PartialEq)]
#[graphql(complex, directive = requires::apply(all("prospect:read")))]
pub struct AssociatedProject {
    /// The project's name.
    pub name: String,
    /// Whether the project goes on.
    pub status: ProjectStatus,
    /// How the firm works on the project.
    pub classification: Option<ProjectClassification>,
    /// How far the talks with this investor are.
    pub prospect_classification: Option<ProspectClassification>,
    /// How many prospects the project has, as Propstreet counts them.
    pub prospect_count: i32,
    /// When the project was created.
    pub created_at: DateTime,
    /// When the project last changed.
    pub updated_at: DateTime,
    /// When the project was deleted.
    pub deleted_at: Option<DateTime>,
    /// The project's version.
    pub etag: ETag,

    /// The project.
    #[graphql(skip)]
    pub project_id: ProjectId,
    /// The prospect.
    #[graphql(skip)]
    pub prospect_id: ProspectId,
}

/// A prospect by the name that another system gave to it; unique inside its project only.
#[derive(Debug, InputObject, Clone, PartialEq, Eq, Hash)]
pub struct ProspectExternalReferenceInput {
    /// The project.
    pub project_id: async_graphql::ID,
    /// Whose name it is, in any letter case.
    pub namespace: String,
    /// The name there; letter case matters.
    pub id: String,
}

/// A prospect that was not added or changed with others.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedProspect {
    /// Its place in the input, from 0.
    pub index: i32,
    /// What kind of failure it is.
    pub code: ProspectImportError,
    /// Propstreet's own code, where it gave one.
    pub upstream_code: Option<String>,
    /// What went wrong, for people.
    pub message: String,
}

/// Why a prospect was not added or changed with others.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProspectImportError {
    /// It is not as it must be.
    Validation,
    /// The investor is a prospect of the project already, or stands in the input twice.
    Duplicate,
    /// Another prospect has one of its external references.
    DuplicateReference,
    /// There is no such record, or not for these credentials.
    NotFound,
    /// The investor must not be added.
    Blocked,
    /// Propstreet could not add it, and does not say why.
    NotAdded,
    /// No investor is known to be this contact, or several are.
    Unresolved,
    /// Propstreet was not reached, or did not answer: it may be tried again with the same key.
    Upstream,
    /// A code that Propstreet has added since.
    Unknown,
}

impl ProspectImportError {
    /// What a code of Propstreet means. Source: contract 5.6.
    pub fn of(code: &str) -> Self {
        match code {
            "validation_error" | "invalid_id" | "invalid_source" => Self::Validation,
            "duplicate" | "already_in_prospects" | "already_in_incoming" => Self::Duplicate,
            "duplicate_external_ref" => Self::DuplicateReference,
            "not_found_or_no_access" | "not_found" => Self::NotFound,
            "blocked" => Self::Blocked,
            "not_added" | "action_failed" => Self::NotAdded,
            _ => Self::Unknown,
        }
    }
}

/// Names one prospect, one way or another.
#[derive(Debug, OneofObject, Clone, PartialEq, Eq)]
pub enum ProspectBy {
    /// By its id in this graph.
    Id(async_graphql::ID),
    /// By the name that another system gave to it inside a project.
    ExternalReference(ProspectExternalReferenceInput),
}

/// Selects prospects; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct ProspectFilter {
    /// How far the talks are.
    pub classification: Option<ProspectClassification>,
    /// What can be done with them.
    pub capability: Option<ProspectCapability>,
    /// Carries one of these tags.
    pub tags: Option<Vec<String>>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime>,
    /// Deleted ones as well.
    #[graphql(default)]
    pub include_deleted: bool,
}

/// Selects the projects of an investor; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct AssociatedProjectFilter {
    /// Open or closed.
    pub status: Option<ProjectStatus>,
    /// How far the talks with this investor are.
    pub classification: Option<ProspectClassification>,
}
