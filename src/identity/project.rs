//! Projects, profiles and investors of Propstreet, and what Propstack calls the same things.
//!
//! Propstreet knows no street, so only references link: namespace [`PROPSTACK`] on a project of
//! one property, a profile or an investor, [`PROPSTACK_PROJECT`] on a portfolio.

use crate::model::{
    AssetType, ContactId, DevelopmentId, ExternalReference, Investor, Match, MatchedBy, Project,
    Property, PropertyId, PropertyProfile,
};

/// Namespace of Propstack's unit and contact ids.
pub const PROPSTACK: &str = "propstack";
/// Namespace of Propstack's project ids, which are our developments.
pub const PROPSTACK_PROJECT: &str = "propstack-project";

/// What a project is about in Propstack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One property.
    Property(PropertyId),
    /// All properties of a development.
    Development(DevelopmentId),
}

/// What a project is about in Propstack; `None` when nobody wrote it down.
///
/// A portfolio is a development; a project of one property is that property.
pub fn subject_of(project: &Project) -> Option<Subject> {
    let references = &project.external_references;
    let property = || {
        find(references, PROPSTACK)
            .map(PropertyId::new)
            .map(Subject::Property)
    };
    let development = || {
        find(references, PROPSTACK_PROJECT)
            .map(DevelopmentId::new)
            .map(Subject::Development)
    };
    match project.asset.asset_type {
        AssetType::Portfolio => development().or_else(property),
        AssetType::Single | AssetType::Unknown => property().or_else(development),
    }
}

/// Why `project` is taken to be about `property`; `None` when it is not.
pub fn match_project(property: &Property, project: &Project) -> Option<Match> {
    let is_about = match subject_of(project)? {
        Subject::Property(id) => property.id == id,
        Subject::Development(id) => property.development_id.as_ref() == Some(&id),
    };
    is_about.then_some(Match::certain(MatchedBy::ExternalReference))
}

/// The property that a profile describes; `None` when nobody wrote it down.
pub fn property_of_profile(profile: &PropertyProfile) -> Option<PropertyId> {
    find(&profile.external_references, PROPSTACK).map(PropertyId::new)
}

/// The contact that an investor is; `None` when nobody wrote it down.
pub fn contact_of_investor(investor: &Investor) -> Option<ContactId> {
    find(&investor.external_references, PROPSTACK).map(ContactId::new)
}

fn find<'a>(references: &'a [ExternalReference], namespace: &str) -> Option<&'a str> {
    let mut in_namespace = references
        .iter()
        .filter(|reference| reference.namespace.eq_ignore_ascii_case(namespace));
    in_namespace.next().map(|reference| reference.id.as_str())
}
