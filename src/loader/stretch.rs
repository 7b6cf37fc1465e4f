//! Lists that belong to a record, such as a project's prospects, for all records of a level at once.
//!
//! No system reads such lists of many owners in one call. Still they go through a loader: an owner
//! that comes twice is asked for once, and what all the rows of a level link to is asked for
//! together, for the stretches of a level arrive together.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use futures_util::future::join_all;

use super::{
    Error,
    batch::{Batch, Loader},
    page::{Source, Stretch},
};

/// Reads lists of one kind.
pub trait Lists: Send + Sync + 'static {
    /// What names a list: its owner, and which of its rows.
    type List: Clone + Eq + Hash + Send + Sync + 'static;
    /// What the lists hold.
    type Row: Send + Sync + 'static;
    /// Where a row stands.
    type Position: Clone + Eq + Hash + Send + Sync + 'static;

    /// Reads up to `count` rows of a list behind `after`, or from its start.
    fn read(
        &self,
        list: &Self::List,
        after: Option<&Self::Position>,
        count: u32,
    ) -> impl Future<Output = Result<StretchOf<Self>, Error>> + Send;
}

/// A stretch of a list of these lists.
pub type StretchOf<L> = Stretch<Arc<<L as Lists>::Row>, <L as Lists>::Position>;

/// Loads stretches of such lists.
pub struct Stretches<L>(pub L);

impl<L: Lists> Batch for Stretches<L> {
    type Key = (L::List, Option<L::Position>, u32);
    type Value = StretchOf<L>;

    async fn load(&self, keys: Vec<Self::Key>) -> HashMap<Self::Key, Result<Self::Value, Error>> {
        let read = keys.into_iter().map(|key| async {
            let (list, after, count) = &key;
            let read = self.0.read(list, after.as_ref(), *count).await;
            (key, read)
        });
        join_all(read).await.into_iter().collect()
    }
}

/// One of such lists, to be read in pages.
pub struct Listing<'a, L: Lists> {
    /// What reads it.
    pub loader: &'a Loader<Stretches<L>>,
    /// Which one.
    pub list: L::List,
}

impl<L: Lists> Source for Listing<'_, L> {
    type Row = Arc<L::Row>;
    type Position = L::Position;

    async fn read(&self, after: Option<&L::Position>, count: u32) -> Result<StretchOf<L>, Error> {
        let key = (self.list.clone(), after.cloned(), count);
        self.loader.load(key).await
    }
}
