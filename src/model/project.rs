//! Investment cases.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{
    DateTime, ETag, ExternalReference, Freshness, Json, Price, PriceRange, ProfileId, ProjectId,
    SourceRecord,
};

/// An investment case: one property or a portfolio that is brought to investors. Source: Propstreet.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("project:read")))]
pub struct Project {
    /// Opaque; stable over the life of the project.
    pub id: ProjectId,
    /// The record in Propstreet.
    pub source: SourceRecord,
    /// Its name.
    pub name: String,
    /// One property or a portfolio.
    pub asset: Asset,
    /// Open, closed or deleted; set by Propstreet.
    pub status: ProjectStatus,
    /// How the firm works on it.
    pub classification: Option<ProjectClassification>,
    /// How far its teaser is; null before work on one starts.
    pub teaser: Option<ProjectTeaser>,
    /// What mandate the firm has.
    pub mandate: Option<Mandate>,
    /// The price.
    pub price: Option<Price>,
    /// From where to where the price may go.
    pub price_range: Option<PriceRange>,
    /// The transactions of a closed project, as Propstreet sends them.
    pub transactions: Vec<Json>,
    /// Names that other systems gave to it.
    pub external_references: Vec<ExternalReference>,
    /// The profiles that it is linked to.
    #[graphql(skip)]
    #[serde(default)]
    pub profile_ids: Vec<ProfileId>,
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
}

/// What a project is about.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// One property or several.
    #[graphql(name = "type")]
    pub asset_type: AssetType,
    /// How many properties a portfolio has.
    pub property_count: Option<i32>,
}

/// One property or several.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AssetType {
    /// One property.
    Single,
    /// Several.
    Portfolio,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// Whether a project goes on.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProjectStatus {
    /// It goes on.
    Open,
    /// It came to an end.
    Closed,
    /// It was deleted.
    Deleted,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// How the firm works on a project.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProjectClassification {
    /// Being prepared.
    Draft,
    /// At work.
    Active,
    /// At rest.
    Inactive,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// What mandate the firm has.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mandate {
    /// The firm alone.
    Exclusive,
    /// Others too.
    NonExclusive,
    /// Something else.
    Other,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// How far a project's teaser is.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectTeaser {
    /// The stage that it has reached.
    pub stage: TeaserStage,
    /// When it was published.
    pub published_at: Option<DateTime>,
    /// When it was verified.
    pub verified_at: Option<DateTime>,
    /// When it was sent to investors.
    pub communicated_at: Option<DateTime>,
}

/// The stages of a teaser.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TeaserStage {
    /// The property was added.
    PropertyAdded,
    /// It is being written.
    Drafting,
    /// It was published.
    Published,
    /// It was verified.
    Verified,
    /// It was sent to investors.
    Communicated,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

/// A record by the name that another system gave to it.
#[derive(Debug, InputObject, Clone, PartialEq, Eq, Hash)]
pub struct ExternalReferenceInput {
    /// Whose name it is, in any letter case.
    pub namespace: String,
    /// The name there; letter case matters.
    pub id: String,
}

/// Names one project, one way or another.
#[derive(Debug, OneofObject, Clone, PartialEq, Eq)]
pub enum ProjectBy {
    /// By its id in this graph.
    Id(async_graphql::ID),
    /// By the name that another system gave to it.
    ExternalReference(ExternalReferenceInput),
    /// By its id in Propstreet.
    UpstreamId(String),
}

/// Selects projects; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct ProjectFilter {
    /// Open, closed or deleted.
    pub status: Option<ProjectStatus>,
    /// How the firm works on it.
    pub classification: Option<ProjectClassification>,
    /// How far its teaser is.
    pub teaser_stage: Option<TeaserStage>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime>,
    /// Deleted ones as well.
    #[graphql(default)]
    pub include_deleted: bool,
}
