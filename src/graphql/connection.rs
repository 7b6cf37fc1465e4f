//! Connections: pages of lists, with a cursor at every edge that the list can be resumed from.

use std::fmt;

use futures_util::future::try_join_all;
use serde::{Serialize, de::DeserializeOwned};

use super::{Error, cursor::List};
use crate::{
    loader::page::{self, Filter, Source},
    model::PageInfo,
};

/// The largest `first`.
pub const MOST: i32 = 100;

/// The paging arguments of a field, checked.
#[derive(Debug, Clone)]
pub struct Paging {
    first: u32,
    after: Option<String>,
}

impl Paging {
    /// Checks the arguments of a field.
    ///
    /// Errors: [`Error::BadUserInput`] when `first` is not between 0 and [`MOST`].
    pub fn new(first: i32, after: Option<String>) -> Result<Self, Error> {
        match u32::try_from(first) {
            Ok(checked) if first <= MOST => Ok(Self {
                first: checked,
                after,
            }),
            _ => Err(Error::bad_user_input(format!(
                "`first` must be between 0 and {MOST}."
            ))),
        }
    }

    /// How many rows are asked for.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// Where to go on, by a cursor of this list.
    pub fn position<P: DeserializeOwned>(&self, list: &List) -> Result<Option<P>, Error> {
        self.after
            .as_deref()
            .map(|after| list.read(after))
            .transpose()
    }
}

/// Above any limit on what a request may cost, and so far below the largest number that no
/// request has enough fields to add up beyond it.
const MOST_COSTLY: usize = 1 << 30;

/// What a list with `first` records costs when one record costs `child`.
pub fn cost(first: i32, child: usize) -> usize {
    usize::try_from(first.clamp(1, MOST))
        .unwrap_or(1)
        .saturating_mul(child)
        .saturating_add(1)
        .min(MOST_COSTLY)
}

/// A page of a list: what every connection is made from.
pub struct Page<T> {
    /// Each with the number of its place.
    rows: Vec<(usize, T)>,
    places: Box<dyn Cursors>,
    has_next_page: bool,
    has_previous_page: bool,
    /// Length of the whole list, where it is known.
    pub total: Option<i32>,
}

/// The cursors of a page, each written when it is asked for.
trait Cursors: Send + Sync {
    /// That of a place, by its number.
    fn at(&self, place: usize) -> Option<String>;
    /// Where the next page begins.
    fn end(&self) -> Option<String>;
}

struct Places<P> {
    list: List,
    rows: Vec<P>,
    /// Where it is not the last of them.
    end: Option<P>,
}

impl<P: Serialize + Send + Sync> Cursors for Places<P> {
    fn at(&self, place: usize) -> Option<String> {
        self.rows.get(place).map(|at| self.list.write(at))
    }

    fn end(&self) -> Option<String> {
        let end = self.end.as_ref().or(self.rows.last());
        end.map(|end| self.list.write(end))
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page of {}", self.rows.len())
    }
}

impl<T> Page<T> {
    fn new<P: Serialize + Send + Sync + 'static>(
        list: List,
        rows: impl IntoIterator<Item = (P, T)>,
        end: Option<P>,
        paging: &Paging,
        has_next_page: bool,
    ) -> Self {
        let (places, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        Self {
            rows: rows.into_iter().enumerate().collect(),
            places: Box::new(Places {
                list,
                rows: places,
                end,
            }),
            has_next_page,
            has_previous_page: paging.after.is_some(),
            total: None,
        }
    }

    /// A page of a list that lives upstream.
    ///
    /// `filter` keeps rows by what the upstream cannot select.
    pub async fn read<S>(
        list: List,
        source: &S,
        paging: &Paging,
        filter: Option<&Filter<'_, T>>,
    ) -> Result<Self, Error>
    where
        S: Source<Row = T, Position: Serialize + DeserializeOwned + 'static>,
        T: Send,
    {
        let after: Option<S::Position> = paging.position(&list)?;
        let stretch = page::read(source, after, paging.first, filter).await?;
        let total = stretch
            .total
            .map(|total| i32::try_from(total).unwrap_or(i32::MAX));
        // A filter may have passed over rows behind the last edge.
        let end = stretch.end.filter(|_| stretch.has_more);
        Ok(Self {
            total,
            ..Self::new(list, stretch.rows, end, paging, stretch.has_more)
        })
    }

    /// A page of rows that are all at hand. `key` names a row: when rows before it have gone in
    /// the meantime, a cursor still resumes behind its own.
    pub fn of(
        list: List,
        rows: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> &str,
        paging: &Paging,
    ) -> Result<Self, Error> {
        let rows: Vec<T> = rows.into_iter().collect();
        let total = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        let from = match paging.position::<(usize, String)>(&list)? {
            None => 0,
            Some((index, last)) => {
                let is_last = |row: &T| key(row) == last;
                // Where it was, for a key may come twice: one contact in two roles.
                let before = index.checked_sub(1).and_then(|at| rows.get(at));
                if before.is_some_and(is_last) {
                    index
                } else {
                    rows.iter().position(is_last).map_or(index, |at| at + 1)
                }
            }
        };
        let count = paging.first as usize;
        let has_more = rows.len() > from.saturating_add(count);
        let rows = rows.into_iter().enumerate().skip(from).take(count);
        let rows = rows.map(|(index, row)| ((index + 1, key(&row).to_owned()), row));
        Ok(Self {
            total: Some(total),
            ..Self::new(list, rows, None, paging, has_more)
        })
    }

    /// A page of rows that were read with their places, one more than asked for where there are
    /// more.
    pub fn ahead<P: Serialize + Send + Sync + 'static>(
        list: List,
        rows: impl IntoIterator<Item = (P, T), IntoIter: ExactSizeIterator>,
        paging: &Paging,
    ) -> Self {
        let rows = rows.into_iter();
        let count = paging.first as usize;
        let has_more = rows.len() > count;
        Self::new(list, rows.take(count), None, paging, has_more)
    }

    /// The same page of other rows, all looked for at once; those that are not found are left out.
    pub async fn try_filter_map<U, E, F>(self, find: impl Fn(T) -> F) -> Result<Page<U>, E>
    where
        F: Future<Output = Result<Option<U>, E>>,
    {
        let Self { rows, places, .. } = self;
        let found = rows.into_iter().map(|(place, row)| {
            let found = find(row);
            async move { Ok(found.await?.map(|row| (place, row))) }
        });
        let rows = try_join_all(found).await?.into_iter().flatten().collect();
        Ok(Page {
            rows,
            places,
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            total: self.total,
        })
    }

    /// The same page of other rows.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Page<U> {
        let rows = self.rows.into_iter();
        Page {
            rows: rows.map(|(place, row)| (place, change(row))).collect(),
            places: self.places,
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            total: self.total,
        }
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// The rows with their cursors.
    pub fn edges(&self) -> impl Iterator<Item = (String, &T)> {
        let cursor = |place| self.places.at(place).unwrap_or_default();
        self.rows
            .iter()
            .map(move |(place, row)| (cursor(*place), row))
    }

    /// Where the page stands.
    pub fn info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            start_cursor: self.places.at(0),
            end_cursor: self.places.end(),
        }
    }
}

/// Declares a connection with its edge. Edge fields in braces come before the node, and a row of
/// the page is a tuple of them and the node; `total` adds `totalCount`.
macro_rules! connection {
    (@any $field:ident) => { _ };
    (
        $(#[$doc:meta])* $connection:ident,
        $(#[$edge_doc:meta])* $edge:ident { $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* }
        to $node:ty $(, $total:ident)?
    ) => {
        $(#[$edge_doc])*
        #[derive(Debug, async_graphql::SimpleObject)]
        pub struct $edge {
            /// Where this edge stands: pass it as `after` to go on behind it.
            pub cursor: String,
            $($(#[$field_doc])* pub $field: $field_type,)*
            /// The record.
            pub node: std::sync::Arc<$node>,
        }

        $crate::graphql::written::object::object!($edge { cursor, $($field,)* node, });

        $(#[$doc])*
        #[derive(Debug)]
        pub struct $connection(
            $crate::graphql::connection::Page<($($field_type,)* std::sync::Arc<$node>,)>,
        );

        impl From<$crate::graphql::connection::Page<($($field_type,)* std::sync::Arc<$node>,)>>
            for $crate::graphql::written::Row<$connection>
        {
            fn from(
                page: $crate::graphql::connection::Page<($($field_type,)* std::sync::Arc<$node>,)>,
            ) -> Self {
                std::sync::Arc::new($connection(page)).into()
            }
        }

        impl $connection {
            fn list_edges(&self) -> Vec<$edge> {
                let edges = self.0.edges().map(|(cursor, row)| {
                    let ($($field,)* node,) = row.clone();
                    $edge { cursor, $($field,)* node }
                });
                edges.collect()
            }

            fn list_nodes(&self) -> Vec<&$node> {
                let nodes = self.0.rows();
                nodes
                    .map(|($($crate::graphql::connection::connection!(@any $field),)* node,)| &**node)
                    .collect()
            }
        }

        $crate::graphql::written::object::object!($connection {
            ;
            edges: Vec<$edge> = |it, _| it.list_edges(),
            nodes: Vec<&$node> = |it, _| it.list_nodes(),
            page_info: $crate::model::PageInfo = |it, _| it.0.info(),
            $(total_count: Option<i32> = |it, _| it.0.$total,)?
        });

        $(#[$doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The records with their cursors.
            async fn edges(&self) -> $crate::graphql::written::Rows<$edge> {
                self.list_edges().into()
            }

            /// The records alone.
            async fn nodes(&self) -> $crate::graphql::written::Rows<&$node> {
                self.list_nodes().into()
            }

            /// Where this page stands.
            async fn page_info(&self) -> $crate::model::PageInfo {
                self.0.info()
            }

            $(
                /// How many records the whole list has; null where that is not known.
                async fn total_count(&self) -> Option<i32> {
                    self.0.$total
                }
            )?
        }
    };
}

pub(crate) use connection;
