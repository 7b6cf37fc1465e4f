//! Projects of Propstreet, and the properties or the development of Propstack that they are about.
//!
//! Only references link: namespace [`PROPSTACK`] on a project of one property, [`PROPSTACK_PROJECT`]
//! on a portfolio. A project that has neither is about whatever its profile describes.

use super::reference::{PROPSTACK, PROPSTACK_PROJECT, find};
use crate::model::{AssetType, DevelopmentId, Match, MatchedBy, Project, Property, PropertyId};

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
