//! What the index has, for when a system cannot be asked.
//!
//! Records by their ids, and lists of them: as they were when they were last read, marked as stale. It
//! stands behind the cache, which has what was read lately, and never goes before a system that
//! answers. Where the index does not have all of a kind, or a list asks for what it cannot tell, the
//! failure stays one.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Error, Sources,
    batch::Batch,
    page::{Source, Stretch},
};
use crate::{
    index::{Indexed, fold::fold},
    model::{ContactId, Freshness, InvestorId, ProfileId, ProjectId, PropertyId, ProspectId},
    upstream::propstack::Form,
};

impl Sources {
    /// Whether the index may stand in for what has failed so; marks the answer.
    pub(super) async fn falls_back<T: Indexed>(&self, error: &Error) -> Result<bool, Error> {
        let falls_back = error.is_outage() && self.is_indexed(T::KIND).await?;
        if falls_back {
            self.reader.trace().serve_stale(Freshness::OF_INDEX);
        }
        Ok(falls_back)
    }
}

/// What names one record, whatever else a key says of it.
pub trait Names<Id> {
    /// Its id.
    fn id(&self) -> &Id;
}

impl Names<PropertyId> for (PropertyId, Form) {
    fn id(&self) -> &PropertyId {
        &self.0
    }
}

macro_rules! names_itself {
    ($($id:ty)*) => {
        $(
            impl Names<$id> for $id {
                fn id(&self) -> &$id {
                    self
                }
            }
        )*
    };
}

names_itself! { ContactId ProjectId ProfileId ProspectId InvestorId }

/// Records by their ids; those that their system cannot tell, from the index.
pub struct OrIndexed<B> {
    batch: B,
    sources: Arc<Sources>,
}

impl<B> OrIndexed<B> {
    /// What `batch` loads.
    pub fn new(batch: B, sources: &Arc<Sources>) -> Self {
        Self {
            batch,
            sources: Arc::clone(sources),
        }
    }
}

impl<B, T> Batch for OrIndexed<B>
where
    B: Batch<Value = Option<Arc<T>>, Key: Names<T::Id>>,
    T: Indexed<Id: PartialEq>,
{
    type Key = B::Key;
    type Value = B::Value;

    async fn load(&self, keys: Vec<B::Key>) -> HashMap<B::Key, Result<B::Value, Error>> {
        let mut loaded = self.batch.load(keys).await;
        let failed = loaded.iter().filter_map(|(key, outcome)| {
            let error = outcome.as_ref().err().filter(|error| error.is_outage())?;
            Some((key.clone(), error.clone()))
        });
        let failed: Vec<_> = failed.collect();
        let Some((_, error)) = failed.first() else {
            return loaded;
        };
        if !matches!(self.sources.falls_back::<T>(error).await, Ok(true)) {
            return loaded;
        }
        let ids: Vec<T::Id> = failed.iter().map(|(key, _)| key.id().clone()).collect();
        let Ok(found) = self.sources.index.list::<T>(&ids).await else {
            return loaded;
        };
        for (key, error) in failed {
            let known = found.iter().find(|record| record.id() == key.id());
            // What it does not know may be there nevertheless.
            loaded.insert(key, known.cloned().map(Some).ok_or(error));
        }
        loaded
    }
}

/// A list of a system whose records the index has as well.
pub trait Listed: Source<Row = Arc<Self::Record>> {
    /// What it holds.
    type Record: Indexed;

    /// Where it is read.
    fn sources(&self) -> &Sources;

    /// Whether what is kept of a record tells that the list has it; `false` for a list that asks for
    /// more, such as another order.
    fn is_told(&self) -> bool {
        true
    }

    /// Whether the list has a record.
    fn has(&self, record: &Self::Record) -> bool;
}

/// A list; while its system cannot be asked, what the index has of it, newest first.
pub struct OrIndexedList<S>(pub S);

/// Where a row stands in either of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Position<P> {
    /// In the index.
    Indexed((i64, i64)),
    /// In the system's own list.
    Listed(P),
}

impl<S: Listed> OrIndexedList<S> {
    async fn read_index(
        &self,
        after: Option<(i64, i64)>,
        count: u32,
    ) -> Result<Stretch<Arc<S::Record>, Position<S::Position>>, Error> {
        let index = &self.0.sources().index;
        let rows = index.list_latest::<S::Record>(after, count.max(1)).await?;
        let end = rows.last().map(|(at, _)| Position::Indexed(*at));
        let has_more = rows.len() >= count.max(1) as usize;
        let rows = rows.into_iter().filter(|(_, record)| self.0.has(record));
        Ok(Stretch {
            rows: rows
                .map(|(at, record)| (Position::Indexed(at), record))
                .collect(),
            has_more,
            end,
            total: None,
        })
    }
}

impl<S: Listed> Source for OrIndexedList<S> {
    type Row = S::Row;
    type Position = Position<S::Position>;

    async fn read(
        &self,
        after: Option<&Self::Position>,
        count: u32,
    ) -> Result<Stretch<S::Row, Self::Position>, Error> {
        let behind = match after {
            None => None,
            Some(Position::Listed(at)) => Some(at),
            Some(Position::Indexed(at)) => {
                // Went on with as it was begun, whether or not the system is back.
                let trace = self.0.sources().reader.trace();
                trace.untraced();
                trace.serve_stale(Freshness::OF_INDEX);
                return self.read_index(Some(*at), count).await;
            }
        };
        match self.0.read(behind, count).await {
            Ok(Stretch {
                rows,
                has_more,
                end,
                total,
            }) => Ok(Stretch {
                rows: rows
                    .into_iter()
                    .map(|(at, row)| (Position::Listed(at), row))
                    .collect(),
                has_more,
                end: end.map(Position::Listed),
                total,
            }),
            Err(error) => {
                let begins = after.is_none() && self.0.is_told();
                match begins && self.0.sources().falls_back::<S::Record>(&error).await? {
                    true => self.read_index(None, count).await,
                    false => Err(error),
                }
            }
        }
    }
}

/// Whether a record has all words of a text, or words that begin so.
pub(super) fn has_words(record: &impl Indexed, wanted: &str) -> bool {
    let texts = record.texts();
    let folded: Vec<String> = texts.iter().map(|text| fold(&text.text)).collect();
    let words = || folded.iter().flat_map(|text| text.split_whitespace());
    let wanted = fold(wanted);
    wanted
        .split_whitespace()
        .all(|wanted| words().any(|word| word.starts_with(wanted)))
}
