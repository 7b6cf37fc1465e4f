//! How a record with a version is changed: only as it stood when the caller saw it, or as whoever
//! came between left what the caller does not touch.

use std::sync::Arc;

use super::{Failure, Writer, turn::Turn};
use crate::{
    cache::{Single, Tag},
    model::{ConflictPolicy, Current, ETag, ErrorCode, MutationError},
    upstream::{self, Written, propstreet},
};

/// The field that no two records may share a part of.
const REFERENCES: &str = "externalReferences";

/// How often a write is sent before it counts as a conflict.
pub const MOST_ATTEMPTS: u32 = 16;

/// A record that stands in one version at a time.
pub trait Guarded: Single + Clone {
    /// What can be written of it.
    type Change: Clone + Send + Sync;

    /// What people see of it, beside when it changed.
    const FIELDS: &'static [Field<Self>];

    /// Its version.
    fn etag(&self) -> &ETag;

    /// Whether the record stands as the change would leave it.
    fn holds(&self, change: &Self::Change) -> bool;

    /// The names of the fields that a change writes.
    fn written(change: &Self::Change) -> Vec<&'static str>;

    /// What shows the record, and so is out of date when it has changed; beside itself.
    fn shown_by(id: &Self::Id) -> Vec<Tag>;

    /// As a conflict shows it.
    fn shown(record: Arc<Self>) -> Current;

    /// Sends the change.
    fn send(
        client: &propstreet::Client,
        id: &Self::Id,
        change: &Self::Change,
        etag: Option<&ETag>,
    ) -> impl Future<Output = Result<Written<Self>, upstream::Error>> + Send;
}

/// A field by its name in the graph, and whether it is the same in two versions.
pub type Field<T> = (&'static str, fn(&T, &T) -> bool);

/// A change that was made.
#[derive(Debug)]
pub struct Updated<T> {
    /// As it stands now.
    pub record: Arc<T>,
    /// How often it was sent; 0 when there was nothing to change.
    pub attempts: u32,
}

/// Somebody else changed the record first.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The version that the caller knew.
    pub expected: ETag,
    /// What stands there now.
    pub current: Current,
    /// The fields that differ from what the caller knew; `None` when that is not known any more.
    pub changed_fields: Option<Vec<&'static str>>,
    /// How often the change was sent.
    pub attempts: u32,
}

/// The fields that differ, in the order of the schema.
pub(super) fn differences<T: Guarded>(one: &T, other: &T) -> Vec<&'static str> {
    let differing = T::FIELDS.iter().filter(|(_, same)| !same(one, other));
    differing.map(|(name, _)| *name).collect()
}

/// How one sending ended.
enum Sent<T> {
    Done(Arc<T>),
    /// It stands in another version; this one.
    Outdated(Arc<T>),
}

impl Writer {
    /// Changes a record as far as it stands at `etag`; without one whatever it is.
    ///
    /// Errors: [`Failure::Conflict`]; mistakes with [`ErrorCode::NotFound`] and
    /// [`ErrorCode::Duplicate`].
    pub async fn update<T: Guarded>(
        &self,
        id: &T::Id,
        change: &T::Change,
        etag: Option<&ETag>,
        policy: ConflictPolicy,
        is_resumed: bool,
    ) -> Result<Updated<T>, Failure> {
        let _turn = self.turn::<T>(id).await;
        let versions = &self.shared.versions;
        let Some(expected) = etag else {
            let record = match self.send::<T>(id, change, None, false).await? {
                Sent::Done(record) | Sent::Outdated(record) => record,
            };
            return Ok(Updated {
                record,
                attempts: 1,
            });
        };
        let (mut against, mut attempts) = (expected.clone(), 0);
        // What is known to be replaced need not be tried; what was read since this request came
        // tells what stands there.
        let mut is_late = versions.is_replaced::<T>(id, expected);
        loop {
            let sent = if std::mem::take(&mut is_late) {
                let current = self.sources.reader.since().one::<T>(id).await;
                let current = current.map_err(Failure::unread(is_resumed))?;
                Sent::Outdated(current.ok_or_else(|| Failure::not_found(&["id"]))?)
            } else {
                attempts += 1;
                self.send::<T>(id, change, Some(&against), is_resumed)
                    .await?
            };
            let current = match sent {
                Sent::Done(record) => return Ok(Updated { record, attempts }),
                Sent::Outdated(current) => current,
            };
            let base = versions.find::<T>(id, expected);
            let changed_fields = base.map(|base| differences(&*base, &*current));
            let is_untouched = changed_fields.as_ref().is_some_and(|changed| {
                let written = T::written(change);
                !changed.iter().any(|name| written.contains(name))
            });
            let retries = policy == ConflictPolicy::RetryIfUntouched && is_untouched;
            if !retries || attempts >= MOST_ATTEMPTS {
                return Err(Failure::Conflict(Conflict {
                    expected: expected.clone(),
                    current: T::shown(current),
                    changed_fields,
                    attempts,
                }));
            }
            against = current.etag().clone();
        }
    }

    /// Sends a change once, and makes sure that nothing older is served from then on.
    ///
    /// `may_be_done` says that it may have been done before: where the record then stands as the
    /// change would leave it, it was.
    async fn send<T: Guarded>(
        &self,
        id: &T::Id,
        change: &T::Change,
        etag: Option<&ETag>,
        may_be_done: bool,
    ) -> Result<Sent<T>, Failure> {
        let client = self.propstreet()?;
        let sent = T::send(&client, id, change, etag).await;
        self.outdate::<T>(id);
        match sent? {
            Written::Done(record) => {
                let record = Arc::new(record);
                self.done(&record, etag);
                Ok(Sent::Done(record))
            }
            Written::Rejected { status: 404, .. } => Err(Failure::not_found(&["id"])),
            Written::Rejected {
                status: status @ (409 | 412),
                may_be_done: again,
            } => {
                let current = self.sources.reader.anew().one::<T>(id).await;
                let current = current.map_err(Failure::unread(may_be_done || again))?;
                let current = current.ok_or_else(|| Failure::not_found(&["id"]))?;
                self.shared.versions.remember(&*current, current.etag());
                if (may_be_done || again) && current.holds(change) {
                    return Ok(Sent::Done(current));
                }
                match etag {
                    Some(etag) if current.etag() != etag => {
                        self.shared.versions.replace::<T>(id, etag);
                        Ok(Sent::Outdated(current))
                    }
                    _ if status == 409 && T::written(change).contains(&REFERENCES) => {
                        Err(duplicate_reference())
                    }
                    // It says that the version is another one, and it is not.
                    _ => Err(Failure::rejected("update", status)),
                }
            }
            Written::Rejected { status, .. } => Err(Failure::rejected("update", status)),
        }
    }

    /// From now on nobody is served the record as it was before, by itself or by what shows it. To be
    /// called after every write, whatever it came to: a lost one may have been done, and behind a
    /// rejection somebody else may have been first.
    pub(super) fn outdate<T: Guarded>(&self, id: &T::Id) {
        self.purge([Tag::record(T::KIND, id)]);
        self.purge(T::shown_by(id));
    }

    /// Keeps a record as a write has left it, which stood at `etag` before.
    pub(super) fn done<T: Guarded>(&self, record: &Arc<T>, etag: Option<&ETag>) {
        self.keep(record);
        let versions = &self.shared.versions;
        versions.remember(&**record, record.etag());
        if let Some(etag) = etag.filter(|etag| *etag != record.etag()) {
            versions.replace::<T>(record.id(), etag);
        }
    }

    /// The same for one that was made: that it is not there may have been read before.
    pub(super) fn made<T: Guarded>(&self, record: T) -> Arc<T> {
        let record = Arc::new(record);
        self.outdate::<T>(record.id());
        self.done(&record, None);
        record
    }

    /// Waits until nobody else here changes the record.
    pub(super) async fn turn<T: Guarded>(&self, id: &T::Id) -> Turn {
        self.shared.turns.take(Tag::record(T::KIND, id)).await
    }

    /// Takes a record away, as far as it stands at `etag`.
    pub(super) async fn remove<T: Guarded>(
        &self,
        id: &T::Id,
        etag: Option<&ETag>,
        is_resumed: bool,
        removal: impl Future<Output = Result<Written<()>, upstream::Error>>,
    ) -> Result<(), Failure> {
        let removed = removal.await;
        self.outdate::<T>(id);
        match removed? {
            Written::Done(()) => Ok(()),
            Written::Rejected {
                status: 404,
                may_be_done,
            } => {
                if may_be_done || is_resumed {
                    return Ok(());
                }
                Err(Failure::not_found(&["id"]))
            }
            Written::Rejected {
                status: status @ (409 | 412),
                may_be_done,
            } => {
                let current = self.sources.reader.anew().one::<T>(id).await;
                let current = current.map_err(Failure::unread(may_be_done || is_resumed))?;
                let current = current.ok_or_else(|| Failure::not_found(&["id"]))?;
                let Some(expected) = etag else {
                    return Err(Failure::rejected("delete", status));
                };
                let base = self.shared.versions.find::<T>(id, expected);
                Err(Failure::Conflict(Conflict {
                    expected: expected.clone(),
                    changed_fields: base.map(|base| differences(&*base, &*current)),
                    current: T::shown(current),
                    attempts: 1,
                }))
            }
            Written::Rejected { status, .. } => Err(Failure::rejected("delete", status)),
        }
    }
}

/// Another record has one of the external references.
pub(super) fn duplicate_reference() -> Failure {
    let message = "Another record has one of these external references.";
    let path = &[REFERENCES];
    MutationError::input(ErrorCode::Duplicate, message, path).into()
}
