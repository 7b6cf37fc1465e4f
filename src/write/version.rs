//! What records looked like at versions that somebody was told of, as far as that is remembered.

use std::{any::Any, sync::Arc};

use crate::{
    cache::{Record, Tag},
    model::ETag,
};

/// How many are remembered for one organisation; those that nobody asks after go first.
const MOST: u64 = 4096;

/// Records by version.
#[derive(Debug)]
pub struct Versions(moka::sync::Cache<(Tag, ETag), Version>);

#[derive(Debug, Clone)]
struct Version {
    /// Of the type that the tag's kind says.
    record: Option<Arc<dyn Any + Send + Sync>>,
    is_replaced: bool,
}

impl Default for Versions {
    fn default() -> Self {
        Self(moka::sync::Cache::new(MOST))
    }
}

impl Versions {
    /// Remembers what a record looks like at its version.
    pub fn remember<T: Record + Clone>(&self, record: &T, etag: &ETag) {
        let key = (Tag::record(T::KIND, record.id()), etag.clone());
        if self.0.get(&key).is_none_or(|known| known.record.is_none()) {
            let is_replaced = self.is_replaced::<T>(record.id(), etag);
            let record: Arc<dyn Any + Send + Sync> = Arc::new(record.clone());
            self.0.insert(
                key,
                Version {
                    record: Some(record),
                    is_replaced,
                },
            );
        }
    }

    /// What a record looked like then; `None` when that is not known any more.
    pub fn find<T: Record>(&self, id: &T::Id, etag: &ETag) -> Option<Arc<T>> {
        let known = self.0.get(&(Tag::record(T::KIND, id), etag.clone()))?;
        known.record?.downcast().ok()
    }

    /// From now on it is known that the record has another version.
    pub fn replace<T: Record>(&self, id: &T::Id, etag: &ETag) {
        let key = (Tag::record(T::KIND, id), etag.clone());
        let record = self.0.get(&key).and_then(|known| known.record);
        let version = Version {
            record,
            is_replaced: true,
        };
        self.0.insert(key, version);
    }

    /// Whether it is known that the record has another version: none ever comes again.
    pub fn is_replaced<T: Record>(&self, id: &T::Id, etag: &ETag) -> bool {
        let known = self.0.get(&(Tag::record(T::KIND, id), etag.clone()));
        known.is_some_and(|known| known.is_replaced)
    }
}
