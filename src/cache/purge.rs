//! What has changed, and so may not be served any more.
//!
//! Nobody searches for what a change concerns. Each purge has a number in the same row as the reads
//! have, and whoever is about to serve something asks whether one of its tags was purged after it
//! was read. As long as nothing is purged, that is one comparison.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Kind;

/// Names what a purge concerns and what an entry holds: a record, or lists.
///
/// Of ids only a digest is kept: two that share one are purged together, which costs a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(Kind, u64);

static DIGESTS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Tag {
    /// A record, by its id.
    pub fn record(kind: Kind, id: &(impl Hash + ?Sized)) -> Self {
        Self(kind, DIGESTS.hash_one((0_u8, id)))
    }

    /// All lists of a kind, and all look-ups by something else than the id.
    pub fn lists(kind: Kind) -> Self {
        Self(kind, DIGESTS.hash_one(1_u8))
    }

    /// The lists of a kind that belong to one record, such as the prospects of a project.
    pub fn lists_of(kind: Kind, owner: &(impl Hash + ?Sized)) -> Self {
        Self(kind, DIGESTS.hash_one((2_u8, owner)))
    }

    /// The records of a kind that go when another one goes, such as the prospects of a project.
    pub fn parts_of(kind: Kind, whole: &(impl Hash + ?Sized)) -> Self {
        Self(kind, DIGESTS.hash_one((4_u8, whole)))
    }

    /// The lists of what investors are in the running for.
    pub fn associations() -> Self {
        Self(Kind::Investor, DIGESTS.hash_one(3_u8))
    }

    /// What people decided about which records are the same.
    pub fn decisions() -> Self {
        Self(Kind::Directory, DIGESTS.hash_one(5_u8))
    }

    /// What it is about.
    pub(super) fn kind(self) -> Kind {
        self.0
    }
}

/// Beyond so many, everything that was read before is taken to be purged.
const MOST: usize = 10_000;

/// The purges so far.
#[derive(Debug, Default)]
pub(super) struct Purges {
    latest: AtomicU64,
    latest_of: [AtomicU64; Kind::ALL.len()],
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    purged: HashMap<Tag, u64>,
    /// Whatever was read before is purged.
    floor: u64,
}

impl Purges {
    /// Purges what carries one of these tags and has a lower number than `next` gives now.
    pub(super) fn add(&self, tags: impl IntoIterator<Item = Tag>, next: impl FnOnce() -> u64) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let number = next();
        for tag in tags {
            log.purged.insert(tag, number);
            self.latest_of[tag.kind() as usize].store(number, Ordering::Release);
        }
        if log.purged.len() > MOST {
            log.purged.clear();
            log.floor = number;
            for latest in &self.latest_of {
                latest.store(number, Ordering::Release);
            }
        }
        self.latest.store(number, Ordering::Release);
    }

    /// The number of the last one that concerned anything of this kind; 0 without one.
    pub(super) fn latest_of(&self, kind: Kind) -> u64 {
        self.latest_of[kind as usize].load(Ordering::Acquire)
    }

    /// Whether something of this number and with these tags may still be served. `checked` is
    /// where it keeps up to which purge that is known.
    pub(super) fn spare(&self, number: u64, tags: &[Tag], checked: &AtomicU64) -> bool {
        let latest = self.latest.load(Ordering::Acquire);
        if number > latest || checked.load(Ordering::Acquire) >= latest {
            return true;
        }
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let is_purged = number < log.floor
            || tags
                .iter()
                .any(|tag| log.purged.get(tag).is_some_and(|purge| *purge > number));
        if !is_purged {
            checked.fetch_max(latest, Ordering::AcqRel);
        }
        !is_purged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_purge_of_one_of_its_tags_is_not_spared() {
        let purges = Purges::default();
        let one = Tag::record(Kind::Project, "1");
        let other = Tag::record(Kind::Project, "2");
        let checked = AtomicU64::new(0);
        assert!(purges.spare(1, &[one], &checked));
        purges.add([one], || 5);
        assert!(!purges.spare(1, &[other, one], &checked));
        assert!(purges.spare(1, &[other], &checked));
        assert!(purges.spare(6, &[one], &AtomicU64::new(0)));
        assert_eq!(purges.latest_of(Kind::Project), 5);
        assert_eq!(purges.latest_of(Kind::Property), 0);
    }

    #[test]
    fn what_was_checked_is_checked_again_after_the_next_purge() {
        let purges = Purges::default();
        let tag = Tag::lists(Kind::Prospect);
        let checked = AtomicU64::new(0);
        purges.add([Tag::lists(Kind::Project)], || 2);
        assert!(purges.spare(1, &[tag], &checked));
        assert_eq!(checked.load(Ordering::Acquire), 2);
        purges.add([tag], || 3);
        assert!(!purges.spare(1, &[tag], &checked));
    }

    #[test]
    fn more_purges_than_are_remembered_purge_everything() {
        let purges = Purges::default();
        for number in 0..=MOST as u64 {
            purges.add([Tag::record(Kind::Contact, &number)], || number + 10);
        }
        let unrelated = Tag::record(Kind::Property, "1");
        assert!(!purges.spare(5, &[unrelated], &AtomicU64::new(0)));
        assert!(purges.spare(u64::MAX, &[unrelated], &AtomicU64::new(0)));
        assert!(purges.log.lock().unwrap().purged.is_empty());
    }
}
