//! What lists can be asked for, and how it is written into an address.
//!
//! Conditions are joined by "and". `Unknown` of any list of words is refused by Propstreet.

use chrono::{DateTime, SecondsFormat, Utc};
use url::Url;

use crate::{
    model::{
        ProjectClassification, ProjectStatus, ProspectCapability, ProspectClassification,
        TeaserStage,
    },
    upstream::vocabulary::Vocabulary,
};

/// Selects projects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProjectsQuery {
    /// Open, closed or deleted.
    pub status: Option<ProjectStatus>,
    /// How the firm works on it.
    pub classification: Option<ProjectClassification>,
    /// How far its teaser is.
    pub teaser_stage: Option<TeaserStage>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Deleted ones as well.
    pub include_deleted: bool,
}

/// Selects the prospects of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProspectsQuery {
    /// How far the talks are.
    pub classification: Option<ProspectClassification>,
    /// What can be done with them.
    pub capability: Option<ProspectCapability>,
    /// Carries one of these tags, letter for letter; none means any.
    pub tags: Vec<String>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Deleted ones as well.
    pub include_deleted: bool,
}

/// Selects profiles or investors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ChangesQuery {
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Deleted ones as well.
    pub include_deleted: bool,
}

/// Selects the projects of an investor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AssociatedQuery {
    /// Open or closed.
    pub status: Option<ProjectStatus>,
    /// How far the talks with this investor are; not how the firm works on the project.
    pub classification: Option<ProspectClassification>,
}

impl ProjectsQuery {
    pub(super) fn write(&self, url: &mut Url) {
        word(url, "status", self.status);
        word(url, "classification", self.classification);
        word(url, "teaser_stage", self.teaser_stage);
        changes(url, self.updated_since, self.include_deleted);
    }
}

impl ProspectsQuery {
    pub(super) fn write(&self, url: &mut Url) {
        word(url, "classification", self.classification);
        word(url, "capability", self.capability);
        for tag in &self.tags {
            url.query_pairs_mut().append_pair("tags", tag);
        }
        changes(url, self.updated_since, self.include_deleted);
    }
}

impl ChangesQuery {
    pub(super) fn write(&self, url: &mut Url) {
        changes(url, self.updated_since, self.include_deleted);
    }
}

impl AssociatedQuery {
    pub(super) fn write(&self, url: &mut Url) {
        word(url, "status", self.status);
        word(url, "classification", self.classification);
    }
}

fn word(url: &mut Url, name: &str, value: Option<impl Vocabulary>) {
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, value.word());
    }
}

fn changes(url: &mut Url, updated_since: Option<DateTime<Utc>>, include_deleted: bool) {
    if let Some(instant) = updated_since {
        let instant = instant.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        url.query_pairs_mut().append_pair("updated_since", &instant);
    }
    if include_deleted {
        url.query_pairs_mut().append_pair("include_deleted", "true");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_written_in_propstreets_words() {
        let mut url: Url = "https://app.example/prospects".parse().unwrap();
        ProspectsQuery {
            classification: Some(ProspectClassification::NotContacted),
            capability: Some(ProspectCapability::Chat),
            tags: vec!["Büro, Core".into(), "a&b".into()],
            updated_since: Some("2026-03-01T08:00:00.250Z".parse().unwrap()),
            include_deleted: true,
        }
        .write(&mut url);
        assert_eq!(
            url.query().unwrap(),
            "classification=not_contacted&capability=chat&tags=B%C3%BCro%2C+Core&tags=a%26b\
             &updated_since=2026-03-01T08%3A00%3A00.250Z&include_deleted=true"
        );
    }

    #[test]
    fn without_conditions_nothing_is_written() {
        let mut url: Url = "https://app.example/projects".parse().unwrap();
        ProjectsQuery::default().write(&mut url);
        assert_eq!(url.query(), None);
    }
}
