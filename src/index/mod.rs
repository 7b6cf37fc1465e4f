//! The records that were read, kept for what the systems cannot look up and for when they cannot be
//! asked.
//!
//! Imports fill it ([`crate::job`]). [`Indexed`] is how a record goes in and comes out: under its id,
//! with the keys that it can be found by and the words that people look for, folded by [`fold`] and
//! found by [`search`]; a file for each system says so of its records. [`Index`] is one
//! organisation's. It never pretends: what comes out says when it was read.

mod deeprent;
mod entry;
pub mod fold;
mod key;
mod propstack;
mod propstreet;
pub mod search;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use chrono::{DateTime, Utc};

use crate::{
    cache::Error,
    model::{RecordKind, System},
    store::{self, Found, IndexState, Key, Store},
};

pub use entry::{Indexed, Text, entry_at};
pub use key::{
    contact_key, document_key, email_key, firm_key, investor_key, keys_of_clues, keys_of_property,
    object_key, point_key, profile_key, project_key, reference_key,
};

/// What is kept of one organisation's records.
///
/// What was read with other credentials is another index: it may be of another account.
#[derive(Clone)]
pub struct Index {
    store: Store,
    organization: Arc<str>,
    /// Of the credentials of each system.
    versions: Arc<BTreeMap<System, i64>>,
}

impl Index {
    /// What `store` has of an organisation.
    pub fn new(store: Store, organization: &str, versions: BTreeMap<System, i64>) -> Self {
        Self {
            store,
            organization: organization.into(),
            versions: Arc::new(versions),
        }
    }

    /// What the store calls the part of the index that has the records of a system.
    pub fn place(&self, system: System) -> String {
        let version = self.versions.get(&system).copied().unwrap_or_default();
        place(&self.organization, version)
    }

    /// Keeps records that were read at `at`.
    pub async fn put<T: Indexed>(&self, records: &[Arc<T>], at: DateTime<Utc>) -> Result<()> {
        let entries = records.iter().map(|record| entry_at(&**record, at));
        let entries: Vec<_> = entries.collect();
        let place = self.place(T::KIND.system());
        let put = self.store.put_index_entries(&place, &entries);
        put.await.map_err(lost)?;
        Ok(())
    }

    /// One record; `None` when it is not known, or is known to be gone.
    pub async fn find<T: Indexed>(&self, id: &T::Id) -> Result<Option<Arc<T>>> {
        let mut found = self.list::<T>(std::slice::from_ref(id)).await?;
        Ok(found.pop())
    }

    /// Records by their ids, in no order; those that are not known or gone are left out.
    pub async fn list<T: Indexed>(&self, ids: &[T::Id]) -> Result<Vec<Arc<T>>> {
        let place = self.place(T::KIND.system());
        let mut records = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let ids: Vec<String> = ids.iter().map(entry::id).collect();
            let found = self.store.list_index_entries(&place, T::KIND, &ids);
            records.extend(found.await.map_err(lost)?.iter().filter_map(entry::read));
        }
        Ok(records)
    }

    /// The records that have one of these keys, for each key, newest first.
    pub async fn list_by_key<T: Indexed>(&self, keys: &[Key]) -> Result<HashMap<Key, Vec<Arc<T>>>> {
        let place = self.place(T::KIND.system());
        let mut records: HashMap<Key, Vec<Arc<T>>> = HashMap::new();
        for keys in keys.chunks(AT_ONCE) {
            let found = self.store.list_index_entries_by_key(&place, T::KIND, keys);
            for row in found.await.map_err(lost)? {
                let of = keys
                    .iter()
                    .find(|key| key.name == row.name && key.value == row.value);
                if let (Some(key), Some(record)) = (of, entry::read::<T>(&row.found)) {
                    records.entry(key.clone()).or_default().push(record);
                }
            }
        }
        Ok(records)
    }

    /// At most `first` records that are not gone, newest first, behind a position, each with its own.
    pub async fn list_latest<T: Indexed>(
        &self,
        after: Option<(i64, i64)>,
        first: u32,
    ) -> Result<Vec<((i64, i64), Arc<T>)>> {
        let place = self.place(T::KIND.system());
        let found = self
            .store
            .list_latest_index_entries(&place, T::KIND, after, first);
        let with_position = |row: &Found| Some(((row.sorts, row.number), entry::read(row)?));
        Ok(found
            .await
            .map_err(lost)?
            .iter()
            .filter_map(with_position)
            .collect())
    }

    /// How far each kind of record is known as a whole, for those of which something is known.
    pub async fn states(&self) -> Result<Vec<(RecordKind, IndexState)>> {
        let mut states = Vec::new();
        for system in System::ALL {
            let known = self
                .store
                .list_index_states(&self.place(system))
                .await
                .map_err(lost)?;
            // Two systems may have credentials of the same version.
            states.extend(
                known
                    .into_iter()
                    .filter(|(kind, _)| kind.system() == system),
            );
        }
        Ok(states)
    }
}

/// What the store calls the records that were read with these credentials of an organisation.
pub fn place(organization: &str, credentials_version: i64) -> String {
    format!("{organization}/{credentials_version}")
}

/// The store failed, which says nothing to whoever reads.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn lost(error: store::Error) -> Error {
    tracing::error!(%error, "the store failed a read of the index");
    Error::Internal
}

type Result<T> = std::result::Result<T, Error>;

/// So many records are asked for or kept with one statement.
const AT_ONCE: usize = 500;

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Index").field(&self.organization).finish()
    }
}

#[cfg(test)]
impl Index {
    /// One that knows nothing.
    pub(crate) async fn idle() -> Self {
        let settings = store::Settings {
            url: "sqlite::memory:".into(),
        };
        let store = Store::open(&settings).await.expect("memory can be had");
        Self::new(store, "nobody", BTreeMap::new())
    }
}
