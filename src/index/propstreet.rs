//! Projects, profiles, prospects and investors as the index has them.

use chrono::{DateTime, Utc};

use super::{
    entry::{Indexed, Text, micros, texts},
    key::{email_key, firm_key, investor_key, point_key, profile_key, project_key, reference_key},
};
use crate::{
    identity::{investor, point::square},
    model::{
        Freshness, Investor, InvestorId, ProfileId, Project, ProjectId, PropertyProfile, Prospect,
        ProspectId, RecordKind,
    },
    store::{Column, Key},
};

impl Indexed for Project {
    const KIND: RecordKind = RecordKind::Project;
    type Id = ProjectId;

    fn id(&self) -> &ProjectId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(Some(&self.updated_at))
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let references = self.external_references.iter().map(reference_key);
        let profiles = self.profile_ids.iter().map(profile_key);
        references.chain(profiles).collect()
    }

    fn texts(&self) -> Vec<Text> {
        let references = self.external_references.iter();
        texts(Column::Title, [Some(self.name.as_str())])
            .chain(texts(
                Column::Text,
                references.map(|reference| Some(reference.id.as_str())),
            ))
            .collect()
    }
}

impl Indexed for PropertyProfile {
    const KIND: RecordKind = RecordKind::Profile;
    type Id = ProfileId;

    fn id(&self) -> &ProfileId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(Some(&self.updated_at))
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        None
    }

    fn keys(&self) -> Vec<Key> {
        let references = self.external_references.iter().map(reference_key);
        let point = self.location.map(|point| point_key(square(point)));
        references
            .chain(point)
            .chain([profile_key(&self.id)])
            .collect()
    }

    fn texts(&self) -> Vec<Text> {
        Vec::new()
    }
}

impl Indexed for Prospect {
    const KIND: RecordKind = RecordKind::Prospect;
    type Id = ProspectId;

    fn id(&self) -> &ProspectId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(Some(&self.updated_at))
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let investor = self.investor_id.as_ref();
        let investor = investor.map(investor_key);
        let project = project_key(&self.id.project);
        let references = self.external_references.iter().map(reference_key);
        investor
            .into_iter()
            .chain([project])
            .chain(references)
            .collect()
    }

    fn texts(&self) -> Vec<Text> {
        let names = [
            self.display_name.as_deref(),
            self.organization_name.as_deref(),
        ];
        let references = self.external_references.iter();
        let references = references.map(|reference| Some(reference.id.as_str()));
        let tags = self.tags.iter().map(|tag| Some(tag.as_str()));
        texts(Column::Title, names)
            .chain(texts(Column::Text, tags.chain(references)))
            .collect()
    }
}

impl Indexed for Investor {
    const KIND: RecordKind = RecordKind::Investor;
    type Id = InvestorId;

    fn id(&self) -> &InvestorId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(self.updated_at.as_ref())
    }

    fn sorts(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        None
    }

    fn keys(&self) -> Vec<Key> {
        let references = self.external_references.iter().map(reference_key);
        let clues = investor::Clues::of(self);
        let emails = clues.emails.iter().map(|address| email_key(address));
        let firm = clues.firm.as_deref().map(firm_key);
        let own = [investor_key(&self.id)];
        emails.chain(firm).chain(references).chain(own).collect()
    }

    fn texts(&self) -> Vec<Text> {
        Vec::new()
    }
}
