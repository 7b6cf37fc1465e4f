//! What is open: records of the index that nothing links, and those that several others may be.
//!
//! Neither is kept anywhere: the records of a kind are walked through, newest first, and judged as
//! those are that somebody asks for. A page reads so many and tells where to go on.

use std::sync::Arc;

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{
    Error, Loaders,
    page::{Source, Stretch},
};
use crate::{
    identity::verdict::Verdict,
    index::{Indexed, search::AnyRecord},
    model::{
        Contact, Investor, MatchedBy, Project, Property, PropertyProfile, Prospect, Protocol,
        RecordKind,
    },
};

/// Records that are judged together.
const AT_ONCE: u32 = 200;

/// Where a row stands: in which of the walks, at which record, and how many rows of that record are
/// passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    walk: usize,
    record: Option<(i64, i64)>,
    passed: usize,
}

impl Place {
    /// Behind all rows of a record.
    const ALL: usize = usize::MAX;
}

impl Loaders {
    /// Judges the next records of a kind; each gives any number of rows. There are none where the
    /// index does not have all of the kind.
    async fn judge_next<T: Indexed, R, F>(
        &self,
        place: Place,
        judge: impl Fn(Arc<T>) -> F,
    ) -> Result<Stretch<R, Place>, Error>
    where
        F: Future<Output = Result<Vec<R>, Error>>,
    {
        let walked = match self.sources.knows(T::KIND).await? {
            true => {
                // A record that is passed only in part comes once more.
                let is_whole = place.passed == Place::ALL;
                let again = |(sorts, number)| (sorts, number + i64::from(!is_whole));
                let after = place.record.map(again);
                self.sources.index.list_latest::<T>(after, AT_ONCE).await?
            }
            false => Vec::new(),
        };
        let is_end = walked.len() < AT_ONCE as usize;
        let end = match walked.last() {
            Some((last, _)) if !is_end => Place {
                record: Some(*last),
                passed: Place::ALL,
                ..place
            },
            _ => Place {
                walk: place.walk + 1,
                ..Place::default()
            },
        };
        let judged = walked.into_iter().map(|(record, it)| {
            let rows = judge(it);
            async move { Ok::<_, Error>((record, rows.await?)) }
        });
        let mut found = Vec::new();
        for (record, rows) in try_join_all(judged).await? {
            let is_begun = place.record == Some(record);
            let passed = if is_begun { place.passed } else { 0 };
            found.extend(
                rows.into_iter()
                    .enumerate()
                    .skip(passed)
                    .map(|(index, row)| {
                        let at = Place {
                            record: Some(record),
                            passed: index + 1,
                            ..place
                        };
                        (at, row)
                    }),
            );
        }
        Ok(Stretch {
            rows: found,
            has_more: true,
            end: Some(end),
            total: None,
        })
    }

    async fn is_property_linked(&self, property: &Property) -> Result<bool, Error> {
        Ok(!self.protocols_of_property(property).await?.is_empty()
            || !self.projects_of_property(property).await?.is_empty())
    }

    async fn is_contact_linked(&self, contact: &Contact) -> Result<bool, Error> {
        Ok(self.known_investor_of_contact(contact).await?.is_some()
            || !self.protocols_of_contact(contact).await?.is_empty())
    }

    async fn is_protocol_linked(&self, protocol: &Protocol) -> Result<bool, Error> {
        let verdict = self.property_of_protocol(protocol).await?;
        Ok(matches!(verdict, Verdict::Is(..)))
    }

    async fn is_project_linked(&self, project: &Project) -> Result<bool, Error> {
        Ok(!self.properties_decided(&project.id).is_empty()
            || self.subject_of_project(project).await?.is_some())
    }

    async fn is_prospect_linked(&self, prospect: &Prospect) -> Result<bool, Error> {
        let Some(investor) = &prospect.investor_id else {
            return Ok(false);
        };
        let Some(investor) = self.known_investor(investor).await? else {
            return Ok(false);
        };
        let verdict = self.contact_of_investor(&investor).await?;
        Ok(matches!(verdict, Verdict::Is(..)))
    }
}

/// Records of some kinds that are not linked to any of another system.
pub struct Unlinked<'a> {
    /// What they are judged with.
    pub loaders: &'a Loaders,
    /// Which kinds, one after the other.
    pub kinds: &'a [RecordKind],
}

impl Source for Unlinked<'_> {
    type Row = AnyRecord;
    type Position = Place;

    async fn read(
        &self,
        after: Option<&Place>,
        _: u32,
    ) -> Result<Stretch<AnyRecord, Place>, Error> {
        let place = after.copied().unwrap_or_default();
        let it = self.loaders;
        let unless = |is_linked: bool, record| if is_linked { Vec::new() } else { vec![record] };
        let mut stretch = match self.kinds.get(place.walk) {
            Some(RecordKind::Property) => {
                it.judge_next(place, async |property: Arc<Property>| {
                    let is_linked = !property.is_active || it.is_property_linked(&property).await?;
                    Ok(unless(is_linked, AnyRecord::Property(property)))
                })
                .await?
            }
            Some(RecordKind::Contact) => {
                it.judge_next(place, async |contact: Arc<Contact>| {
                    let is_linked = contact.is_archived || it.is_contact_linked(&contact).await?;
                    Ok(unless(is_linked, AnyRecord::Contact(contact)))
                })
                .await?
            }
            Some(RecordKind::Protocol) => {
                it.judge_next(place, async |protocol: Arc<Protocol>| {
                    let is_linked = it.is_protocol_linked(&protocol).await?;
                    Ok(unless(is_linked, AnyRecord::Protocol(protocol)))
                })
                .await?
            }
            Some(RecordKind::Project) => {
                it.judge_next(place, async |project: Arc<Project>| {
                    let is_linked = it.is_project_linked(&project).await?;
                    Ok(unless(is_linked, AnyRecord::Project(project)))
                })
                .await?
            }
            Some(RecordKind::Prospect) => {
                it.judge_next(place, async |prospect: Arc<Prospect>| {
                    let is_linked = it.is_prospect_linked(&prospect).await?;
                    Ok(unless(is_linked, AnyRecord::Prospect(prospect)))
                })
                .await?
            }
            _ => return Ok(Stretch::default()),
        };
        stretch.has_more = (stretch.end).is_some_and(|end| end.walk < self.kinds.len());
        Ok(stretch)
    }
}

/// Two records that may be the same.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// The two.
    pub pair: Pair,
    /// What they have in common.
    pub by: MatchedBy,
    /// How many others have that as well, this one counted.
    pub of: usize,
}

/// A record of one system, and one of Propstack that it may be.
#[derive(Debug, Clone)]
pub enum Pair {
    /// What a protocol may be about.
    Protocol(Arc<Protocol>, Arc<Property>),
    /// What a profile may describe.
    Profile(Arc<PropertyProfile>, Arc<Property>),
    /// Who an investor may be.
    Investor(Arc<Investor>, Arc<Contact>),
}

/// The pairs that somebody has to decide about.
pub struct Suggestions<'a> {
    /// What they are judged with.
    pub loaders: &'a Loaders,
    /// Of which kinds, one after the other.
    pub kinds: &'a [RecordKind],
}

impl Source for Suggestions<'_> {
    type Row = Suggestion;
    type Position = Place;

    async fn read(
        &self,
        after: Option<&Place>,
        _: u32,
    ) -> Result<Stretch<Suggestion, Place>, Error> {
        let place = after.copied().unwrap_or_default();
        let it = self.loaders;
        let index = &it.sources.index;
        let mut stretch = match self.kinds.get(place.walk) {
            Some(RecordKind::Protocol) => {
                it.judge_next(place, async |protocol: Arc<Protocol>| {
                    let verdict = it.property_of_protocol(&protocol).await?;
                    let Verdict::MayBe(by, properties) = verdict else {
                        return Ok(Vec::new());
                    };
                    let pair = |property| Pair::Protocol(Arc::clone(&protocol), property);
                    Ok(suggest(by, properties.into_iter().map(pair)))
                })
                .await?
            }
            Some(RecordKind::Profile) => {
                it.judge_next(place, async |profile: Arc<PropertyProfile>| {
                    let verdict = it.property_of_profile(&profile).await?;
                    let Verdict::MayBe(by, ids) = verdict else {
                        return Ok(Vec::new());
                    };
                    let properties = index.list::<Property>(&ids).await?;
                    let pair = |property| Pair::Profile(Arc::clone(&profile), property);
                    Ok(suggest(by, properties.into_iter().map(pair)))
                })
                .await?
            }
            Some(RecordKind::Investor) => {
                it.judge_next(place, async |investor: Arc<Investor>| {
                    let verdict = it.contact_of_investor(&investor).await?;
                    let Verdict::MayBe(by, ids) = verdict else {
                        return Ok(Vec::new());
                    };
                    let contacts = index.list::<Contact>(&ids).await?;
                    let pair = |contact| Pair::Investor(Arc::clone(&investor), contact);
                    Ok(suggest(by, contacts.into_iter().map(pair)))
                })
                .await?
            }
            _ => return Ok(Stretch::default()),
        };
        stretch.has_more = (stretch.end).is_some_and(|end| end.walk < self.kinds.len());
        Ok(stretch)
    }
}

fn suggest(by: MatchedBy, pairs: impl ExactSizeIterator<Item = Pair>) -> Vec<Suggestion> {
    let of = pairs.len();
    pairs.map(|pair| Suggestion { pair, by, of }).collect()
}
