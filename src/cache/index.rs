//! Where each record stands among what was read: a list primes the look-ups of its rows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

use super::{
    Tag,
    read::{Depth, Key, Record},
};

/// The place of one record: the newest read that it was in.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) entry: Key,
    /// The entry's number: another of the same name may come later.
    pub(super) number: u64,
    /// Which row it is; `None` where the read has shown that there is no such record.
    pub(super) row: Option<u32>,
}

/// The places of records, by tag and by how much of them there is.
#[derive(Default)]
pub(super) struct Index(Mutex<HashMap<(Tag, Depth), Place>>);

impl Index {
    /// The newest place of a record with at least so much of it.
    pub(super) fn places(&self, tag: Tag, least: Depth) -> impl Iterator<Item = Place> {
        let places = self.lock();
        let found = Depth::ALL.map(|depth| {
            let is_enough = depth >= least;
            is_enough.then(|| places.get(&(tag, depth)).cloned())
        });
        found.into_iter().flatten().flatten()
    }

    /// Notes where these rows stand, and that what was sought beside them is absent.
    pub(super) fn add<T: Record>(
        &self,
        (entry, number): (&Key, u64),
        rows: &[Arc<T>],
        tags: &[Tag],
        sought: &[Tag],
    ) {
        if rows.is_empty() && sought.is_empty() {
            return;
        }
        let place = |row| Place {
            entry: Arc::clone(entry),
            number,
            row,
        };
        let mut places = self.lock();
        for (index, (row, tag)) in rows.iter().zip(tags).enumerate() {
            let row_number = u32::try_from(index).ok();
            places.insert((*tag, row.depth()), place(row_number));
        }
        for tag in sought {
            let is_here = |place: &Place| place.row.is_some() && place.number == number;
            let has = |depth| places.get(&(*tag, depth)).is_some_and(is_here);
            if Depth::ALL.into_iter().any(has) {
                continue;
            }
            for depth in Depth::ALL {
                places.insert((*tag, depth), place(None));
            }
        }
    }

    /// Forgets the places in an entry that is no longer kept.
    pub(super) fn remove(&self, number: u64, tags: &[Tag]) {
        let mut places = self.lock();
        for tag in tags {
            for depth in Depth::ALL {
                let place = places.get(&(*tag, depth));
                if place.is_some_and(|place| place.number == number) {
                    places.remove(&(*tag, depth));
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Tag, Depth), Place>> {
        // Each change is one call that leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
