//! Prospects.

use super::{references, source, texts, wire, words};
use crate::{
    model::{
        ETag, Fetched, InvestorId, ProjectId, Prospect, ProspectCapability, ProspectClassification,
        ProspectId, ProspectOrigin, ProspectTeaser,
    },
    upstream::{System, vocabulary::Vocabulary},
};

pub(in crate::upstream::propstreet) fn prospect(row: wire::Prospect, fetched: Fetched) -> Prospect {
    let person = row.contact_id.map(|id| InvestorId::Person(id.0));
    let company = row.company_id.map(|id| InvestorId::Company(id.0));
    Prospect {
        source: source(&row.id.0),
        id: ProspectId::new(ProjectId::new(row.project_id.0), row.id.0),
        classification: row.classification.0,
        capabilities: words(row.capabilities),
        tags: texts(row.tags),
        // Propstreet sends its teaser to those that it found itself.
        origin: match row.teaser {
            Some(_) => ProspectOrigin::Matched,
            None => ProspectOrigin::Added,
        },
        teaser: row.teaser.map(|teaser| ProspectTeaser {
            accepted_at: teaser.accepted_utc.map(Into::into),
            deadline_at: teaser.deadline_utc.map(Into::into),
        }),
        external_references: references(row.external_refs),
        created_at: row.created_utc.into(),
        updated_at: row.updated_utc.into(),
        deleted_at: row.deleted_utc.map(Into::into),
        etag: ETag(row.etag),
        freshness: fetched.into(),
        investor_id: person.or(company),
        display_name: row.display_name.0,
        organization_name: row.organization_name.0,
    }
}

impl Vocabulary for ProspectClassification {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "prospect.classification";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("not_contacted", Self::NotContacted),
        ("contacted", Self::Contacted),
        ("interested", Self::Interested),
        ("not_interested", Self::NotInterested),
        ("bidder", Self::Bidder),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for ProspectCapability {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "prospect.capabilities";
    const WORDS: &'static [(&'static str, Self)] = &[("chat", Self::Chat)];
    const UNKNOWN: Self = Self::Unknown;
}

#[cfg(test)]
mod tests {
    use super::{super::page, *};

    fn read() -> Vec<Prospect> {
        let json = include_str!("../../../../tests/fixtures/propstreet/prospects.json");
        page(json, |row| {
            prospect(row, chrono::DateTime::UNIX_EPOCH.into())
        })
        .rows
    }

    #[test]
    fn a_matched_prospect_has_a_teaser_and_both_ids_mean_the_person() {
        let prospect = &read()[0];
        assert_eq!(prospect.id.key(), "9001");
        assert_eq!(prospect.id.project.key(), "123");
        assert_eq!(prospect.origin, ProspectOrigin::Matched);
        let teaser = prospect.teaser.unwrap();
        assert!(teaser.accepted_at.is_some() && teaser.deadline_at.is_some());
        assert_eq!(prospect.capabilities, [ProspectCapability::Chat]);
        assert_eq!(
            prospect.classification,
            Some(ProspectClassification::Interested)
        );
        assert_eq!(prospect.tags, ["Core", "Hamburg"]);
        assert_eq!(prospect.investor_id, Some(InvestorId::Person("101".into())));
        assert_eq!(prospect.external_references[0].id, "deal 7/2");
        assert_eq!(prospect.etag.0, "W/\"42\"");
    }

    #[test]
    fn an_added_prospect_has_no_teaser_and_may_be_a_firm() {
        let prospect = &read()[1];
        assert_eq!(prospect.origin, ProspectOrigin::Added);
        assert_eq!(prospect.teaser, None);
        assert!(prospect.capabilities.is_empty());
        assert_eq!(
            prospect.investor_id,
            Some(InvestorId::Company("201".into()))
        );
    }

    #[test]
    fn new_words_break_nothing() {
        let prospect = &read()[2];
        assert_eq!(
            prospect.classification,
            Some(ProspectClassification::Unknown)
        );
        assert_eq!(
            prospect.capabilities,
            [ProspectCapability::Chat, ProspectCapability::Unknown]
        );
        assert_eq!(prospect.teaser.unwrap().accepted_at, None);
        assert_eq!(prospect.investor_id, None);
    }
}
