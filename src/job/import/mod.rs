//! All records of one system go into the index, or those that have changed since the last time.
//!
//! An import is a row of walks through lists, page by page. Each page is kept together with where to
//! go on, so a break anywhere costs one page; the next page is read while one is kept. What a walk
//! reads is in a file for each system. A delta of a kind that was never walked through is a full
//! import of it.

mod deeprent;
mod propstack;
mod propstreet;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Stop, Work};
use crate::{
    cache::Reader,
    index::{Index, Indexed, entry_at},
    loader,
    model::{ImportKind, ImportStage, RecordKind, System},
    store::{Entry, ImportPage, IndexState, Key, Sweep},
    upstream::{Flaw, Flaws, Scope},
};

/// So far before the newest change that was seen the next delta begins: clocks and transactions of a
/// system need not be in step.
const OVERLAP: TimeDelta = TimeDelta::seconds(5);

/// A list that is walked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walk {
    Developments,
    Properties,
    /// For properties that a walk has missed, and those that are gone.
    PropertyIds,
    Contacts,
    ArchivedContacts,
    Protocols,
    Projects,
    /// Those of each project.
    Prospects,
    Profiles,
    Persons,
    Companies,
}

impl Walk {
    fn of(system: System) -> &'static [Self] {
        match system {
            System::Propstack => &[
                Self::Developments,
                Self::Properties,
                Self::PropertyIds,
                Self::Contacts,
                Self::ArchivedContacts,
            ],
            System::DeepRent => &[Self::Protocols],
            System::Propstreet => &[
                Self::Projects,
                Self::Prospects,
                Self::Profiles,
                Self::Persons,
                Self::Companies,
            ],
        }
    }

    fn kind(self) -> RecordKind {
        match self {
            Self::Developments => RecordKind::Development,
            Self::Properties | Self::PropertyIds => RecordKind::Property,
            Self::Contacts | Self::ArchivedContacts => RecordKind::Contact,
            Self::Protocols => RecordKind::Protocol,
            Self::Projects => RecordKind::Project,
            Self::Prospects => RecordKind::Prospect,
            Self::Profiles => RecordKind::Profile,
            Self::Persons | Self::Companies => RecordKind::Investor,
        }
    }
}

/// Where to go on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Checkpoint {
    /// Which walk, counted from 0.
    walk: usize,
    /// How far that is; at its start when there is none.
    position: Option<Value>,
    /// When the first walk of this kind began.
    began: Option<DateTime<Utc>>,
    /// The time of the newest change so far, by the system's own clock.
    newest: Option<DateTime<Utc>>,
    /// What the store calls the index of the credentials that it began with.
    place: String,
    /// Whether the walks of this kind have met as many records as there are.
    #[serde(default)]
    is_whole: bool,
}

/// What one page of a walk has brought.
#[derive(Debug, Default)]
struct Bite {
    entries: Vec<Entry>,
    /// Records that are kept with them and not counted.
    parts: Vec<Entry>,
    /// Records that went together with others.
    gone_parts: Vec<(RecordKind, Key)>,
    /// How many of the page are no longer in use.
    inactive: usize,
    /// How many were looked at.
    seen: usize,
    /// How many the walk has in all, where that is told.
    total: Option<u64>,
    /// The time of the newest change, by the system's own clock.
    newest: Option<DateTime<Utc>>,
    /// Those that could not be read.
    flaws: Vec<Flaw>,
    /// Where the next page begins; `None` at the end of the walk.
    next: Option<Value>,
    /// Whether those that no walk of this kind has met are gone.
    sweeps: bool,
}

impl Bite {
    /// What is kept of records that were read at `at`.
    fn of<'a, T: Indexed>(
        records: impl IntoIterator<Item = &'a Arc<T>>,
        at: DateTime<Utc>,
    ) -> Self {
        let entries: Vec<_> = records
            .into_iter()
            .map(|record| entry_at(&**record, at))
            .collect();
        Self {
            seen: entries.len(),
            entries,
            ..Self::default()
        }
    }

    fn next_at(mut self, position: Option<impl Serialize>) -> Self {
        let position = position.map(serde_json::to_value);
        self.next = position.map(|position| position.expect("is plain data"));
        self
    }
}

/// What a page of a walk is read with.
struct Step<'a> {
    work: &'a Work,
    reader: Reader,
    index: Index,
    walk: Walk,
    /// Whether only what has changed is wanted.
    is_delta: bool,
    /// Only what has changed since then; all when there is none.
    since: Option<DateTime<Utc>>,
    /// When the first walk of this kind began.
    began: DateTime<Utc>,
    /// What the store calls the index.
    place: &'a str,
    is_whole: bool,
}

impl Step<'_> {
    /// Reads a page; rows that cannot be read are problems of the import.
    async fn read(&self, position: Option<&Value>) -> Result<Bite, Stop> {
        let mut bite = self.read_rows(position).await?;
        bite.flaws.extend(self.left_out());
        bite.seen += bite.flaws.len();
        // They are still there.
        let ids: Vec<_> = bite.flaws.iter().map(|flaw| flaw.id.clone()).collect();
        let store = self.work.jobs.tenants.store();
        let kind = self.walk.kind();
        store
            .see_index_entries(self.place, kind, &ids, self.now())
            .await?;
        Ok(bite)
    }

    /// Rows that could not be read since this was last asked.
    fn left_out(&self) -> Vec<Flaw> {
        let flaws = self.reader.scope().flaws.as_ref();
        flaws.map(Flaws::take).unwrap_or_default()
    }

    async fn read_rows(&self, position: Option<&Value>) -> Result<Bite, Stop> {
        match self.walk {
            Walk::Developments => propstack::developments(self).await,
            Walk::Properties => propstack::properties(self, at(position)?).await,
            Walk::PropertyIds => propstack::property_ids(self, at(position)?).await,
            Walk::Contacts | Walk::ArchivedContacts => {
                propstack::contacts(self, at(position)?).await
            }
            Walk::Protocols => deeprent::protocols(self, at(position)?).await,
            Walk::Projects => propstreet::projects(self, at(position)?).await,
            Walk::Prospects => propstreet::prospects(self, at(position)?).await,
            Walk::Profiles => propstreet::profiles(self, at(position)?).await,
            Walk::Persons => propstreet::persons(self, at(position)?).await,
            Walk::Companies => propstreet::companies(self, at(position)?).await,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.work.jobs.tenants.clock().now()
    }
}

/// A position as its walk wrote it.
fn at<T: DeserializeOwned>(position: Option<&Value>) -> Result<Option<T>, Stop> {
    let position = position.cloned().map(serde_json::from_value);
    position
        .transpose()
        .map_err(|_| Stop::Never("Another version of the gateway began this.".to_owned()))
}

/// A call that failed: the job waits, or cannot be done.
fn unread(error: impl Into<loader::Error>) -> Stop {
    Stop::unread(&error.into())
}

/// Imports what the job was asked to, from its checkpoint on.
pub(super) async fn import(work: &Work) -> Result<(), Stop> {
    let mut checkpoint: Checkpoint = match &work.job.checkpoint {
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Stop::Never("Another version of the gateway began this.".to_owned()))?,
        None => Checkpoint {
            place: work.tenant().await?.index.place(work.job.system),
            ..Checkpoint::default()
        },
    };
    let mut stages = work.job.stages.clone();
    let walks = Walk::of(work.job.system);
    while let Some(walk) = walks.get(checkpoint.walk).copied() {
        let stage = stage_of(&mut stages, walk.kind());
        through(work, walk, &mut checkpoint, &mut stages, stage).await?;
    }
    Ok(())
}

/// The place of a kind among the stages; it is added when it has none.
fn stage_of(stages: &mut Vec<ImportStage>, kind: RecordKind) -> usize {
    let found = stages.iter().position(|stage| stage.kind == kind.as_str());
    found.unwrap_or_else(|| {
        stages.push(ImportStage {
            kind: kind.as_str().to_owned(),
            ..ImportStage::default()
        });
        stages.len() - 1
    })
}

/// Goes through one list to its end.
async fn through(
    work: &Work,
    walk: Walk,
    checkpoint: &mut Checkpoint,
    stages: &mut Vec<ImportStage>,
    stage: usize,
) -> Result<(), Stop> {
    let store = work.jobs.tenants.store();
    let place = &checkpoint.place.clone();
    let kind = walk.kind();
    let known = store.find_index_state(place, kind).await?;
    let is_delta = work.job.kind == ImportKind::DeltaImport && known.walked_at.is_some();
    let began = *checkpoint
        .began
        .get_or_insert_with(|| work.jobs.tenants.clock().now());
    let step = async |is_whole| {
        // With the systems as they are connected by then: an import may take hours.
        let tenant = work.tenant().await?;
        if tenant.index.place(work.job.system) != *place {
            let why = "The system was connected anew: start another import.";
            return Err(Stop::Never(why.to_owned()));
        }
        let scope = Scope::default()
            .background()
            .patient(super::PATIENCE)
            .tolerant();
        Ok::<_, Stop>(Step {
            work,
            place,
            reader: tenant.reader(scope, None),
            index: tenant.index.clone(),
            walk,
            is_delta,
            // What was never seen to change has no newest change: all of it is read again.
            since: known.watermark.filter(|_| is_delta),
            began,
            is_whole,
        })
    };
    let first = step(checkpoint.is_whole).await?;
    let mut bite = first.read(checkpoint.position.as_ref()).await?;
    loop {
        let met = usize::try_from(stages[stage].seen).unwrap_or_default() + bite.seen;
        if let Some(total) = bite.total {
            stages[stage].total = i32::try_from(total).ok();
            checkpoint.is_whole = bite.next.is_none() && met as u64 == total;
        }
        stages[stage].seen = i32::try_from(met).unwrap_or(i32::MAX);
        stages[stage].skipped_inactive += i32::try_from(bite.inactive).unwrap_or(i32::MAX);
        stages[stage].failed += i32::try_from(bite.flaws.len()).unwrap_or(i32::MAX);
        let problems: Vec<_> = bite
            .flaws
            .drain(..)
            .map(|Flaw { id, at }| {
                let reason = format!(
                    "{} sent what we cannot read at {at}.",
                    work.job.system.name()
                );
                (kind.as_str(), id, reason)
            })
            .collect();
        checkpoint.newest = checkpoint.newest.max(bite.newest);
        checkpoint.position = bite.next.take();
        let is_end = checkpoint.position.is_none();
        let is_last = is_end
            && Walk::of(work.job.system)
                .get(checkpoint.walk + 1)
                .is_none_or(|next| next.kind() != kind);
        let mut state = None;
        if is_last {
            let walked = bite.sweeps || !is_delta;
            let changed = checkpoint.newest.map(|newest| newest - OVERLAP);
            state = Some((
                kind,
                IndexState {
                    walked_at: if walked { Some(began) } else { known.walked_at },
                    known_until: Some(began),
                    watermark: changed.max(known.watermark),
                },
            ));
            stages[stage].total = Some(stages[stage].seen);
        }
        let sweep = (is_last && bite.sweeps).then_some(Sweep {
            kind,
            since: began,
            at: first.now(),
        });
        let here = checkpoint.clone();
        if is_end {
            checkpoint.walk += 1;
        }
        if is_last {
            *checkpoint = Checkpoint {
                walk: checkpoint.walk,
                place: place.clone(),
                ..Checkpoint::default()
            };
        }
        let text = serde_json::to_string(checkpoint).expect("is plain data");
        let page = ImportPage {
            organization: place,
            entries: &bite.entries,
            parts: &bite.parts,
            gone_parts: &bite.gone_parts,
            at: first.now(),
            checkpoint: &text,
            problems: &problems,
            state,
            sweep,
        };
        let keep = store.save_import_page(work.ticket, &page, stages, stage);
        let next = async {
            match &here.position {
                Some(position) => {
                    let step = step(here.is_whole).await?;
                    step.read(Some(position)).await.map(Some)
                }
                None => Ok(None),
            }
        };
        // Kept first: what is read ahead is read again when keeping fails.
        let (kept, next) = tokio::join!(keep, next);
        *stages = kept?.ok_or(Stop::Lost)?;
        match next? {
            Some(next) => bite = next,
            None => return Ok(()),
        }
    }
}
