//! Records by what they have in common with others.

use std::{
    collections::{HashMap, HashSet},
    marker::PhantomData,
    sync::Arc,
};

use super::{Error, Sources, batch::Batch};
use crate::{index::Indexed, store::Key};

/// Records at hand, by their keys.
#[derive(Debug)]
pub(super) struct Keyed<T> {
    /// As they came.
    pub(super) records: Vec<Arc<T>>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl<T: Indexed> Keyed<T> {
    pub(super) fn new(records: Vec<Arc<T>>) -> Self {
        let mut by_key = HashMap::<_, Vec<_>>::new();
        for (index, record) in records.iter().enumerate() {
            for key in record.keys() {
                let indices = by_key.entry(key).or_default();
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
        }
        Self { records, by_key }
    }

    /// Those that have a key, as they came.
    pub(super) fn of(&self, key: &Key) -> impl Iterator<Item = &Arc<T>> {
        let indices = self.by_key.get(key).into_iter().flatten();
        indices.map(|index| &self.records[*index])
    }

    /// Those that have one of these keys, each once, as they came.
    pub(super) fn of_any(&self, keys: &[Key]) -> Vec<Arc<T>> {
        let indices = keys.iter().filter_map(|key| self.by_key.get(key));
        let mut indices: Vec<_> = indices.flatten().copied().collect();
        indices.sort_unstable();
        indices.dedup();
        let records = indices
            .into_iter()
            .map(|index| Arc::clone(&self.records[index]));
        records.collect()
    }
}

/// Records that the index has, by key; none where it does not have all of their kind.
pub struct FromIndex<T>(Arc<Sources>, PhantomData<fn() -> T>);

impl<T> FromIndex<T> {
    /// Those of one request.
    pub fn new(sources: &Arc<Sources>) -> Self {
        Self(Arc::clone(sources), PhantomData)
    }
}

impl<T: Indexed> Batch for FromIndex<T> {
    type Key = Key;
    type Value = Vec<Arc<T>>;

    async fn load(&self, keys: Vec<Key>) -> HashMap<Key, Result<Self::Value, Error>> {
        let found = async {
            match self.0.knows(T::KIND).await? {
                true => self.0.index.list_by_key::<T>(&keys).await,
                false => Ok(HashMap::new()),
            }
        };
        let mut found = found.await;
        let of_key = |key: Key| {
            let records = match &mut found {
                Ok(found) => Ok(found.remove(&key).unwrap_or_default()),
                Err(error) => Err(error.clone()),
            };
            (key, records)
        };
        keys.into_iter().map(of_key).collect()
    }
}

/// Records of several keys, each once.
pub(super) fn distinct<T: Indexed>(found: Vec<Vec<Arc<T>>>) -> Vec<Arc<T>>
where
    T::Id: std::hash::Hash + Eq,
{
    let mut seen = HashSet::new();
    let all = found.into_iter().flatten();
    all.filter(|record| seen.insert(record.id().clone()))
        .collect()
}
