//! Finds many records one by one or by reading list pages, whichever takes fewer calls.
//!
//! For systems that have no call for many ids at once. How long the list is becomes known with its
//! first page at the earliest, so the choice is made anew after each page. What was read stays at
//! hand for the rest of the request, and a later batch reads on from there.

use std::{collections::HashMap, hash::Hash};

use futures_util::future::join_all;
use tokio::sync::Mutex;

use super::{Error, batch::Batch};

/// Up to this many are looked up one by one without a look at the list.
const FEW: usize = 2;

/// Up to this many are looked up once the list has turned out to be longer than one page, where
/// nobody tells how much longer.
const SOME: usize = 8;

/// The most calls that sweeps of one list of up to `pages` pages make for so many keys that come in
/// so many batches.
///
/// Each batch reads no more pages than it has keys and then looks up no more than it has; and no
/// page is read twice, and no more are looked up than pages were read, or are left.
pub fn most_calls(keys: u64, batches: u64, pages: u64) -> u64 {
    if keys <= FEW as u64 {
        return keys;
    }
    let look_ups = (SOME as u64).max(pages.saturating_sub(1));
    let by_list = pages.saturating_add(batches.saturating_mul(look_ups));
    keys.saturating_mul(2).min(by_list)
}

/// Records that can be looked up by key and also stand in a list.
pub trait Source: Sync {
    /// What a record is looked up by.
    type Key: Clone + Eq + Hash + Send + Sync;
    /// The record.
    type Value: Clone + Send + Sync;
    /// Where a page of the list begins.
    type Cursor: Clone + Send + Sync;

    /// Looks one up; `None` when there is none.
    fn find(
        &self,
        key: &Self::Key,
    ) -> impl Future<Output = Result<Option<Self::Value>, Error>> + Send;

    /// One that is at hand and as good as new; `Some(None)` when there is known to be none.
    fn known(&self, _key: &Self::Key) -> Option<Option<Self::Value>> {
        None
    }

    /// One that was at hand once, for when the system cannot be asked.
    fn recall(&self, _key: &Self::Key) -> Option<Option<Self::Value>> {
        None
    }

    /// Reads one page of the list, the first without a cursor.
    fn page(
        &self,
        cursor: Option<Self::Cursor>,
    ) -> impl Future<Output = Result<PageOf<Self>, Error>> + Send;
}

/// A page of the list of a source.
pub type PageOf<S> = Page<<S as Source>::Key, <S as Source>::Value, <S as Source>::Cursor>;

/// One page of a list.
pub struct Page<K, V, C> {
    /// Every record under each of its keys.
    pub rows: Vec<(K, V)>,
    /// The next page; `None` behind the last.
    pub next: Option<C>,
    /// How many pages follow, where the upstream tells.
    pub pages_left: Option<usize>,
}

/// A source, and what this request has read of its list.
pub struct Sweep<S: Source> {
    source: S,
    read: Mutex<Read<S>>,
}

struct Read<S: Source> {
    rows: HashMap<S::Key, S::Value>,
    /// The next page; `None` behind the last.
    next: Option<Option<S::Cursor>>,
    pages: usize,
    pages_left: Option<usize>,
}

impl<S: Source> Read<S> {
    /// Whether so many look-ups take no more calls than the pages that are left. Where their
    /// number is unknown, so many pages are read as look-ups would have been made: then at most
    /// twice as many calls are made as the better way takes.
    fn is_better_looked_up(&self, missing: usize) -> bool {
        match (self.pages, self.pages_left) {
            (0, _) => missing <= FEW,
            (_, Some(left)) => missing <= left,
            (read, None) => missing <= read.max(SOME),
        }
    }
}

impl<S: Source> Sweep<S> {
    /// Nothing of the list is read yet.
    pub fn new(source: S) -> Self {
        let read = Read {
            rows: HashMap::new(),
            next: Some(None),
            pages: 0,
            pages_left: None,
        };
        Self {
            source,
            read: Mutex::new(read),
        }
    }

    /// Loads distinct keys; what is left out of the answer does not exist.
    pub async fn find_many(
        &self,
        keys: Vec<S::Key>,
    ) -> HashMap<S::Key, Result<Option<S::Value>, Error>> {
        let mut found = HashMap::with_capacity(keys.len());
        let mut missing = keys;
        missing.retain(|key| match self.source.known(key) {
            Some(known) => {
                found.insert(key.clone(), Ok(known));
                false
            }
            None => true,
        });
        if missing.is_empty() {
            return found;
        }
        // Others who sweep the same list wait here, and then find what was read for us.
        let mut read = self.read.lock().await;
        loop {
            missing.retain(|key| match read.rows.get(key) {
                Some(value) => {
                    found.insert(key.clone(), Ok(Some(value.clone())));
                    false
                }
                None => true,
            });
            let Some(cursor) = read.next.clone() else {
                // The whole list was read: what is missing does not exist.
                return found;
            };
            if missing.is_empty() || read.is_better_looked_up(missing.len()) {
                break;
            }
            match self.source.page(cursor).await {
                Ok(page) => {
                    read.rows.extend(page.rows);
                    read.next = page.next.map(Some);
                    read.pages += 1;
                    read.pages_left = page.pages_left;
                }
                Err(error) => {
                    let outcome = |key: &S::Key| {
                        let recalled = error.is_outage().then(|| self.source.recall(key));
                        recalled.flatten().ok_or_else(|| error.clone())
                    };
                    found.extend(missing.into_iter().map(|key| {
                        let outcome = outcome(&key);
                        (key, outcome)
                    }));
                    return found;
                }
            }
        }
        drop(read);
        let looked_up = missing.iter().map(|key| self.source.find(key));
        found.extend(std::iter::zip(missing.clone(), join_all(looked_up).await));
        found
    }
}

impl<S: Source + Send + 'static> Batch for Sweep<S>
where
    S::Key: 'static,
    S::Value: 'static,
{
    type Key = S::Key;
    type Value = Option<S::Value>;

    async fn load(&self, keys: Vec<S::Key>) -> HashMap<S::Key, Result<Self::Value, Error>> {
        self.find_many(keys).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Numbers below `size` on pages of ten; tells how many follow only if `tells`.
    struct Numbers {
        size: u32,
        tells: bool,
        calls: Mutex<Vec<String>>,
    }

    impl Numbers {
        fn below(size: u32, tells: bool) -> Self {
            Self {
                size,
                tells,
                calls: Mutex::default(),
            }
        }

        fn log(&self, call: String) {
            self.calls.lock().unwrap().push(call);
        }
    }

    impl Source for Numbers {
        type Key = u32;
        type Value = u32;
        type Cursor = u32;

        async fn find(&self, key: &u32) -> Result<Option<u32>, Error> {
            self.log(format!("find {key}"));
            Ok((*key < self.size).then_some(*key))
        }

        async fn page(&self, cursor: Option<u32>) -> Result<Page<u32, u32, u32>, Error> {
            let from = cursor.unwrap_or(0);
            self.log(format!("page {from}"));
            let to = (from + 10).min(self.size);
            Ok(Page {
                rows: (from..to).map(|number| (number, number)).collect(),
                next: (to < self.size).then_some(to),
                pages_left: self.tells.then_some((self.size - to).div_ceil(10) as usize),
            })
        }
    }

    async fn find(sweep: &Sweep<Numbers>, keys: &[u32]) -> (Vec<u32>, Vec<String>) {
        let found = sweep.find_many(keys.to_vec()).await;
        let mut found: Vec<u32> = found.into_values().filter_map(Result::unwrap).collect();
        found.sort_unstable();
        (
            found,
            std::mem::take(&mut *sweep.source.calls.lock().unwrap()),
        )
    }

    #[tokio::test]
    async fn a_few_are_looked_up() {
        let (found, calls) = find(&Sweep::new(Numbers::below(1_000, true)), &[7, 2_000]).await;
        assert_eq!(found, [7]);
        assert_eq!(calls, ["find 7", "find 2000"]);
    }

    #[tokio::test]
    async fn many_are_read_from_a_short_list() {
        let keys: Vec<u32> = (0..30).step_by(2).chain([99]).collect();
        let (found, calls) = find(&Sweep::new(Numbers::below(25, true)), &keys).await;
        assert_eq!(found, (0..25).step_by(2).collect::<Vec<_>>());
        assert_eq!(calls, ["page 0", "page 10", "page 20"]);
    }

    #[tokio::test]
    async fn some_in_a_long_list_are_looked_up_after_its_first_page() {
        let (found, calls) = find(
            &Sweep::new(Numbers::below(1_000, true)),
            &[3, 500, 600, 700],
        )
        .await;
        assert_eq!(found, [3, 500, 600, 700]);
        assert_eq!(calls, ["page 0", "find 500", "find 600", "find 700"]);
    }

    #[tokio::test]
    async fn where_the_length_is_unknown_some_are_looked_up_after_the_first_page() {
        let sweep = Sweep::new(Numbers::below(1_000, false));
        let (found, calls) = find(&sweep, &[3, 13, 500, 600]).await;
        assert_eq!(found, [3, 13, 500, 600]);
        assert_eq!(calls, ["page 0", "find 13", "find 500", "find 600"]);
    }

    #[tokio::test]
    async fn where_the_length_is_unknown_no_more_pages_are_read_than_look_ups_would_take() {
        let sweep = Sweep::new(Numbers::below(1_000, false));
        let keys: Vec<u32> = (500..520).collect();
        let (found, calls) = find(&sweep, &keys).await;
        assert_eq!(found, keys);
        let pages = calls.iter().filter(|call| call.starts_with("page")).count();
        assert_eq!((pages, calls.len() - pages), (20, 20));
    }

    #[tokio::test]
    async fn a_later_batch_finds_what_was_read_and_reads_on_from_there() {
        let sweep = Sweep::new(Numbers::below(35, true));
        let (_, calls) = find(&sweep, &[1, 2, 3, 4]).await;
        assert_eq!(calls, ["page 0"]);
        let (found, calls) = find(&sweep, &[5, 6, 7]).await;
        assert_eq!(found, [5, 6, 7]);
        assert!(calls.is_empty());
        let (found, calls) = find(&sweep, &[8, 11, 12, 21, 22, 31]).await;
        assert_eq!(found, [8, 11, 12, 21, 22, 31]);
        assert_eq!(calls, ["page 10", "page 20", "find 31"]);
    }

    #[tokio::test]
    async fn no_sweep_makes_more_calls_than_it_may_at_most() {
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..500 {
            let size = random.u32(1..600);
            let sweep = Sweep::new(Numbers::below(size, random.bool()));
            let (mut keys, mut batches, mut made) = (0, 0, 0);
            for _ in 0..random.u32(1..5) {
                let most = random.u32(1..120);
                // Also some that are not there.
                let asked: Vec<u32> = (0..most).map(|_| random.u32(0..size + 10)).collect();
                let (_, calls) = find(&sweep, &asked).await;
                keys += u64::from(most);
                batches += 1;
                made += calls.len() as u64;
                let bound = most_calls(keys, batches, u64::from(size.div_ceil(10)));
                assert!(
                    made <= bound,
                    "round {round}: {made} calls, {bound} at most"
                );
            }
        }
    }
}
