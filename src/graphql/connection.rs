//! Connections: pages of lists, with a cursor at every edge that the list can be resumed from.

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
#[derive(Debug)]
pub struct Page<T> {
    /// Cursor and row.
    pub edges: Vec<(String, T)>,
    /// Where the page stands.
    pub page_info: PageInfo,
    /// Length of the whole list, where it is known.
    pub total: Option<i32>,
}

impl<T> Page<T> {
    /// A page of a list that lives upstream.
    ///
    /// `filter` keeps rows by what the upstream cannot select.
    pub async fn read<S>(
        list: &List,
        source: &S,
        paging: &Paging,
        filter: Option<&Filter<'_, T>>,
    ) -> Result<Self, Error>
    where
        S: Source<Row = T, Position: Serialize + DeserializeOwned>,
        T: Send,
    {
        let after: Option<S::Position> = paging.position(list)?;
        let stretch = page::read(source, after, paging.first, filter).await?;
        let edges: Vec<_> = stretch
            .rows
            .into_iter()
            .map(|(at, row)| (list.write(at), row))
            .collect();
        let mut page_info = info(&edges, paging, stretch.has_more);
        if stretch.has_more {
            // A filter may have passed over rows behind the last edge.
            page_info.end_cursor = stretch.end.map(|end| list.write(end));
        }
        let total = stretch
            .total
            .map(|total| i32::try_from(total).unwrap_or(i32::MAX));
        Ok(Self {
            edges,
            page_info,
            total,
        })
    }

    /// A page of rows that are all at hand. `key` names a row: when rows before it have gone in
    /// the meantime, a cursor still resumes behind its own.
    pub fn of(
        list: &List,
        rows: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> &str,
        paging: &Paging,
    ) -> Result<Self, Error> {
        let rows: Vec<T> = rows.into_iter().collect();
        let total = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        let from = match paging.position::<(usize, String)>(list)? {
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
        let edges: Vec<_> = rows
            .into_iter()
            .enumerate()
            .skip(from)
            .take(count)
            .map(|(index, row)| (list.write((index + 1, key(&row))), row))
            .collect();
        let page_info = info(&edges, paging, has_more);
        Ok(Self {
            edges,
            page_info,
            total: Some(total),
        })
    }

    /// A page of rows that were read with their places, one more than asked for where there are
    /// more.
    pub fn ahead<P: Serialize>(
        list: &List,
        rows: impl IntoIterator<Item = (P, T)>,
        paging: &Paging,
    ) -> Self {
        let mut edges: Vec<_> = rows
            .into_iter()
            .map(|(at, row)| (list.write(at), row))
            .collect();
        let has_more = edges.len() > paging.first as usize;
        edges.truncate(paging.first as usize);
        Self {
            page_info: info(&edges, paging, has_more),
            edges,
            total: None,
        }
    }

    /// The same page of other rows, all looked for at once; those that are not found are left out.
    pub async fn try_filter_map<U, E, F>(self, find: impl Fn(T) -> F) -> Result<Page<U>, E>
    where
        F: Future<Output = Result<Option<U>, E>>,
    {
        let found = self.edges.into_iter().map(|(cursor, row)| {
            let found = find(row);
            async { Ok(found.await?.map(|row| (cursor, row))) }
        });
        let edges = try_join_all(found).await?.into_iter().flatten().collect();
        Ok(Page {
            edges,
            page_info: self.page_info,
            total: self.total,
        })
    }

    /// The same page of other rows.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Page<U> {
        let edges = self
            .edges
            .into_iter()
            .map(|(cursor, row)| (cursor, change(row)))
            .collect();
        Page {
            edges,
            page_info: self.page_info,
            total: self.total,
        }
    }
}

fn info<T>(edges: &[(String, T)], paging: &Paging, has_next_page: bool) -> PageInfo {
    PageInfo {
        has_next_page,
        has_previous_page: paging.after.is_some(),
        start_cursor: edges.first().map(|(cursor, _)| cursor.clone()),
        end_cursor: edges.last().map(|(cursor, _)| cursor.clone()),
    }
}

/// Declares a connection with its edge. Edge fields in braces come before the node, and a row of
/// the page is a tuple of them and the node; `total` adds `totalCount`.
macro_rules! connection {
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
        pub struct $connection($crate::graphql::connection::Page<$edge>);

        impl From<$crate::graphql::connection::Page<($($field_type,)* std::sync::Arc<$node>,)>>
            for $connection
        {
            fn from(
                page: $crate::graphql::connection::Page<($($field_type,)* std::sync::Arc<$node>,)>,
            ) -> Self {
                let edges = page.edges.into_iter().map(|(cursor, ($($field,)* node,))| {
                    (String::new(), $edge { cursor, $($field,)* node })
                });
                Self($crate::graphql::connection::Page {
                    edges: edges.collect(),
                    page_info: page.page_info,
                    total: page.total,
                })
            }
        }

        $(#[$doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The records with their cursors.
            async fn edges(&self) -> $crate::graphql::written::Rows<'_, $edge> {
                self.0.edges.iter().map(|(_, edge)| edge).collect()
            }

            /// The records alone.
            async fn nodes(&self) -> $crate::graphql::written::Rows<'_, $node> {
                self.0.edges.iter().map(|(_, edge)| &*edge.node).collect()
            }

            /// Where this page stands.
            async fn page_info(&self) -> &$crate::model::PageInfo {
                &self.0.page_info
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
