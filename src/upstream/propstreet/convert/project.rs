//! Projects, and how they look from an investor in the running for them.

use super::{price, price_range, references, source, wire};
use crate::{
    model::{
        Asset, AssetType, AssociatedProject, ETag, Fetched, Json, Mandate, ProfileId, Project,
        ProjectClassification, ProjectId, ProjectStatus, ProjectTeaser, ProspectId, TeaserStage,
    },
    upstream::{System, vocabulary::Vocabulary},
};

pub(in crate::upstream::propstreet) fn project(row: wire::Project, fetched: Fetched) -> Project {
    Project {
        source: source(&row.id.0),
        id: ProjectId::new(row.id.0),
        name: row.name,
        asset: Asset {
            asset_type: AssetType::read(&row.asset.asset_type),
            property_count: row.asset.property_count.whole(),
        },
        status: ProjectStatus::read(&row.status),
        classification: row.classification.0,
        teaser: row.teaser.map(|teaser| ProjectTeaser {
            stage: TeaserStage::read(&teaser.stage),
            published_at: teaser.published_utc.map(Into::into),
            verified_at: teaser.verified_utc.map(Into::into),
            communicated_at: teaser.communicated_utc.map(Into::into),
        }),
        mandate: row.exclusivity.0.or(row.mandate.0),
        price: row.price.as_ref().and_then(price),
        price_range: row.price_range.as_ref().and_then(price_range),
        transactions: row.transactions.0.into_iter().map(Json).collect(),
        profile_ids: (row.properties.0.into_iter())
            .filter_map(|linked| linked.id.map(|id| ProfileId::new(id.0)))
            .collect(),
        external_references: references(row.external_refs),
        created_at: row.created_utc.into(),
        updated_at: row.updated_utc.into(),
        deleted_at: row.deleted_utc.map(Into::into),
        etag: ETag(row.etag),
        freshness: fetched.into(),
    }
}

pub(in crate::upstream::propstreet) fn associated_project(
    row: wire::AssociatedProject,
) -> AssociatedProject {
    let project_id = ProjectId::new(row.id.0);
    AssociatedProject {
        name: row.name,
        status: ProjectStatus::read(&row.status),
        classification: row.classification.0,
        prospect_classification: row.prospect_classification.0,
        prospect_count: row.prospect_count,
        created_at: row.created_utc.into(),
        updated_at: row.updated_utc.into(),
        deleted_at: row.deleted_utc.map(Into::into),
        etag: ETag(row.etag),
        prospect_id: ProspectId::new(project_id.clone(), row.prospect_id.0),
        project_id,
    }
}

impl Vocabulary for AssetType {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "project.asset.type";
    const WORDS: &'static [(&'static str, Self)] =
        &[("single", Self::Single), ("portfolio", Self::Portfolio)];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for ProjectStatus {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "project.status";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("open", Self::Open),
        ("closed", Self::Closed),
        ("deleted", Self::Deleted),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for ProjectClassification {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "project.classification";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("draft", Self::Draft),
        ("active", Self::Active),
        ("inactive", Self::Inactive),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for Mandate {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "project.mandate";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("exclusive", Self::Exclusive),
        ("non_exclusive", Self::NonExclusive),
        ("other", Self::Other),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for TeaserStage {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "project.teaser.stage";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("property_added", Self::PropertyAdded),
        ("drafting", Self::Drafting),
        ("published", Self::Published),
        ("verified", Self::Verified),
        ("communicated", Self::Communicated),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

#[cfg(test)]
mod tests {
    use super::{super::page, *};
    use crate::model::{CurrencyCode, PriceScale};

    fn read() -> (Vec<Project>, Option<String>) {
        let json = include_str!("../../../../tests/fixtures/propstreet/projects.json");
        let convert = |row| project(row, chrono::DateTime::UNIX_EPOCH.into());
        let page = page(json, convert);
        let next = page.next();
        (page.rows, next)
    }

    #[test]
    fn a_whole_project_is_read_whole() {
        let (projects, next) = read();
        let project = &projects[0];
        assert_eq!(next.as_deref(), Some("eyJ1IjoiMjAyNiJ9"));
        assert_eq!(project.id.key(), "123");
        assert_eq!(project.source.system, System::Propstreet);
        assert_eq!(project.name, "Kontorhaus Nord");
        assert_eq!(project.asset.asset_type, AssetType::Portfolio);
        assert_eq!(project.asset.property_count, Some(3));
        assert_eq!(project.status, ProjectStatus::Closed);
        assert_eq!(project.classification, Some(ProjectClassification::Active));
        let teaser = project.teaser.unwrap();
        assert_eq!(teaser.stage, TeaserStage::Verified);
        assert!(teaser.published_at < teaser.verified_at);
        assert_eq!(teaser.communicated_at, None);
        // `exclusivity` is the newer name and wins.
        assert_eq!(project.mandate, Some(Mandate::NonExclusive));
        let price = project.price.unwrap();
        assert_eq!(price.value.0.to_string(), "149.95");
        assert_eq!(price.scale, PriceScale::Millions);
        assert_eq!(price.currency, CurrencyCode::EUR);
        let range = project.price_range.unwrap();
        assert_eq!(range.min.unwrap().0.to_string(), "140");
        assert_eq!(range.max.unwrap().0.to_string(), "160.5");
        assert_eq!(project.transactions[0].0["buyer"], "Nordfonds");
        assert_eq!(project.external_references[0].namespace, "propstack");
        assert_eq!(project.external_references[0].id, "4711");
        assert_eq!(project.etag.0, "W/\"17\"");
        assert_eq!(project.deleted_at, None);
        assert!(project.created_at < project.updated_at);
    }

    #[test]
    fn what_is_left_out_or_null_is_none_and_new_words_break_nothing() {
        let (projects, _) = read();
        for project in &projects[1..] {
            assert_eq!(project.classification, None);
            assert_eq!(project.teaser, None);
            assert_eq!(project.mandate, None);
            assert_eq!(project.price, None);
            assert_eq!(project.price_range, None);
            assert!(project.transactions.is_empty());
            assert!(project.external_references.is_empty());
        }
        assert_eq!(projects[1].id.key(), "124");
        assert_eq!(projects[2].asset.asset_type, AssetType::Unknown);
        assert_eq!(projects[2].status, ProjectStatus::Unknown);
        assert!(projects[2].deleted_at.is_some());
    }

    #[test]
    fn an_associated_project_names_project_and_prospect() {
        let json = include_str!("../../../../tests/fixtures/propstreet/associated_projects.json");
        let page = page(json, associated_project);
        assert_eq!(page.next(), None);
        let rows = page.rows;
        assert_eq!(rows[0].project_id.key(), "123");
        assert_eq!(rows[0].prospect_id.project, rows[0].project_id);
        assert_eq!(rows[0].prospect_id.key(), "9001");
        assert_eq!(rows[0].prospect_count, 12);
        assert_eq!(
            rows[0].prospect_classification,
            Some(crate::model::ProspectClassification::Interested)
        );
        // Text is a number, too.
        assert_eq!(rows[1].prospect_count, 1);
        assert_eq!(rows[1].classification, None);
    }

    #[test]
    fn a_flat_envelope_is_read_as_well() {
        let page = |json| page(json, |row: wire::Project| row);
        let more = page(r#"{"data": [], "nextCursor": "abc", "hasMore": true}"#);
        assert_eq!(more.next().as_deref(), Some("abc"));
        let last = page(r#"{"data": [], "nextCursor": "abc", "hasMore": false}"#);
        assert_eq!(last.next(), None);
        let torn = page(r#"{"data": [], "page": {"hasMore": true}}"#);
        assert!(torn.next().is_none() && torn.goes_on());
        let bare = page(r#"{"data": []}"#);
        assert!(bare.next().is_none() && !bare.goes_on());
    }
}
