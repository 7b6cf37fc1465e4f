//! What was read of the systems, kept and shared by the requests of one organisation.
//!
//! A [`Reader`] reads for one request. [`read`] says what a read is, [`kind`] how long it is kept,
//! `demand` what a request accepts, `flight` and `gather` share calls under way, `index` finds the
//! records that lists have brought, [`purge`] takes out what has changed, [`trace`] notes what an
//! answer was made from, and [`answer`] keeps whole answers.
//!
//! A cache belongs to one organisation with one set of credentials: nothing can cross, for there is
//! nothing to cross to. Reads and purges are numbered in one row, so that what was read before a
//! change is never served after it, whenever it arrives.

pub mod answer;
mod demand;
mod entry;
mod error;
mod flight;
mod gather;
mod index;
pub mod kind;
pub mod purge;
pub mod read;
mod reader;
pub mod trace;

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use foldhash::fast::RandomState;

use crate::clock::Clock;

pub use demand::Demand;
pub use error::Error;
pub use gather::{IdOf, Many};
pub use kind::{Kind, Settings};
pub use purge::Tag;
pub use read::{Depth, Read, Record, Single, Value, Whole};
pub use reader::Reader;
pub use trace::{Hit, Trace};

use entry::{Circumstances, Entry, Origin};
use flight::Flights;
use gather::Gather;
use index::Index;
use purge::Purges;
use read::{AnyRead, Key};

/// The part of its bound by which a cache may be above it for a moment.
const SLACK: u64 = 8;

/// What is kept for one organisation.
pub struct Cache {
    settings: Settings,
    clock: Clock,
    kept: moka::sync::Cache<Key, Arc<Entry>, RandomState>,
    /// How much was put in since it was last made to keep within its bound, in bytes.
    unsettled: AtomicU64,
    index: Arc<Index>,
    purges: Purges,
    flights: Flights,
    /// One for each kind of call that reads many records.
    gathers: Mutex<HashMap<Key, Arc<dyn std::any::Any + Send + Sync>>>,
    /// The number of the latest read, request or purge.
    latest: AtomicU64,
}

impl Cache {
    /// Nothing is kept yet.
    pub fn new(settings: Settings, clock: Clock) -> Arc<Self> {
        let index = Arc::new(Index::default());
        let of_evicted = Arc::clone(&index);
        // Its own expiry is not used: freshness goes by our clock.
        let kept = moka::sync::Cache::builder()
            .max_capacity(settings.max_bytes)
            .weigher(|_, entry: &Arc<Entry>| entry.weight)
            .eviction_listener(move |_, entry: Arc<Entry>, _| {
                of_evicted.remove(entry.number, &entry.tags);
            })
            .build_with_hasher(RandomState::default());
        Arc::new(Self {
            settings,
            clock,
            kept,
            unsettled: AtomicU64::new(0),
            index,
            purges: Purges::default(),
            flights: Flights::default(),
            gathers: Mutex::default(),
            latest: AtomicU64::new(0),
        })
    }

    /// From now on nothing that was read before and carries one of these tags is served, whether it
    /// is kept or still under way. The only way out beside age and size.
    pub fn purge(&self, tags: impl IntoIterator<Item = Tag>) {
        self.purges.add(tags, || self.next());
    }

    /// How many wait for reads under way, each read counted by those who want it.
    pub fn waiting(&self) -> usize {
        self.flights.waiting()
    }

    fn next(&self) -> u64 {
        self.latest.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// What is kept under a name, unless it was purged.
    fn find(&self, name: &(dyn AnyRead + 'static)) -> Option<Arc<Entry>> {
        let entry = self.kept.get(name)?;
        (self.purges)
            .spare(entry.number, &entry.tags, &entry.checked)
            .then_some(entry)
    }

    /// The places where a record stands, unless they were purged: the record, or that there is
    /// none.
    fn records<T: Record>(
        &self,
        id: &T::Id,
        tag: Tag,
        least: Depth,
    ) -> impl Iterator<Item = (Option<Arc<T>>, Arc<Entry>)> {
        let places = self.index.places(tag, least);
        places.filter_map(move |place| {
            let entry = self.find(&*place.entry)?;
            if entry.number != place.number {
                return None;
            }
            let Some(row) = place.row else {
                return Some((None, entry));
            };
            // Another record may have the same digest.
            let row = entry.row::<T>(row as usize).filter(|row| row.id() == id)?;
            Some((Some(row).filter(|row| !row.is_gone()), entry))
        })
    }

    fn keep<V: Value>(&self, name: Key, value: V, read: &Made, sought: &[Tag]) -> Arc<Entry> {
        let rows = value.rows();
        let row_tags: Vec<Tag> = rows
            .iter()
            .map(|row| Tag::record(V::Row::KIND, row.id()))
            .collect();
        self.index
            .add((&name, read.number), rows, &row_tags, sought);
        let tags = [&row_tags, sought, &read.tags].concat();
        let fresh_for = self.settings.freshness(read.kind, value.is_absent());
        let entry = Arc::new(Entry::new(
            value,
            Circumstances {
                origin: read.origin,
                number: read.number,
                fetched_at: self.clock.now(),
                fresh_for,
                tags: tags.into(),
                bytes: read.bytes,
            },
        ));
        self.insert(name, Arc::clone(&entry));
        entry
    }

    fn insert(&self, name: Key, entry: Arc<Entry>) {
        let weight = u64::from(entry.weight);
        self.kept.insert(name, entry);
        // By itself it goes by the number of entries, and they may be large.
        let unsettled = self.unsettled.fetch_add(weight, Ordering::Relaxed) + weight;
        if unsettled > self.settings.max_bytes / SLACK {
            self.unsettled.store(0, Ordering::Relaxed);
            self.kept.run_pending_tasks();
        }
    }

    fn keep_many<M: Many>(
        &self,
        number: u64,
        ids: &[IdOf<M>],
        rows: Vec<Arc<M::Row>>,
        bytes: usize,
    ) -> Arc<Entry> {
        let kind = M::Row::KIND;
        let sought: Vec<Tag> = ids.iter().map(|id| Tag::record(kind, id)).collect();
        let read = Made {
            kind,
            origin: gather::origin::<M>(),
            number,
            tags: Vec::new(),
            bytes,
        };
        // Nobody asks for the same many again; each is found by its own id.
        self.keep(Arc::new(Gathered(number)), rows, &read, &sought)
    }

    fn gather<M: Many>(&self, many: &M) -> Arc<Gather<M>> {
        let mut gathers = self.gathers.lock().unwrap_or_else(PoisonError::into_inner);
        let gather = gathers
            .entry(Arc::new(many.clone()))
            .or_insert_with(|| Arc::new(Gather::new(many.clone())));
        let gather = Arc::clone(gather).downcast();
        gather.expect("its type is part of its name")
    }
}

/// The name of what one call for many records brought.
#[derive(PartialEq, Eq, Hash)]
struct Gathered(u64);

/// A read that was made.
struct Made {
    kind: Kind,
    origin: Origin,
    number: u64,
    tags: Vec<Tag>,
    /// Length of all bodies.
    bytes: usize,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::{Document, DocumentId, System};

    /// Keeps a list of one document, which was so many bytes long.
    fn keep(cache: &Cache, id: u64, bytes: usize) -> Arc<Entry> {
        let document = Arc::new(Document {
            id: DocumentId::new(id.to_string()),
            title: None,
            name: None,
            url: None,
            is_private: false,
            is_floor_plan: false,
            is_expose: false,
            tags: Vec::new(),
            created_at: None,
            updated_at: None,
        });
        let made = Made {
            kind: Kind::Document,
            origin: Origin {
                system: System::Propstack,
                operation: "list",
            },
            number: cache.next(),
            tags: Vec::new(),
            bytes,
        };
        cache.keep(Arc::new(Gathered(id)), vec![document], &made, &[])
    }

    #[test]
    fn what_is_kept_stays_within_its_bound_and_leaves_no_places_behind() {
        let settings = Settings {
            max_bytes: 100_000,
            ..Settings::default()
        };
        let cache = Cache::new(settings, Clock::stopped(DateTime::UNIX_EPOCH));
        for id in 0..1_000 {
            keep(&cache, id, 1_000);
        }
        cache.kept.run_pending_tasks();
        let count = usize::try_from(cache.kept.entry_count()).unwrap();
        assert!(cache.kept.weighted_size() <= 100_000);
        assert!(count > 10);
        assert_eq!(cache.index.len(), count);
    }

    #[test]
    fn large_entries_do_not_wait_until_there_are_many() {
        let settings = Settings {
            max_bytes: 100_000,
            ..Settings::default()
        };
        let cache = Cache::new(settings, Clock::stopped(DateTime::UNIX_EPOCH));
        for id in 0..20 {
            // One that is larger than all that may be kept is not kept at all.
            keep(&cache, id, if id % 2 == 0 { 30_000 } else { 200_000 });
            assert!(cache.index.len() <= 3, "{} places", cache.index.len());
        }
    }
}
