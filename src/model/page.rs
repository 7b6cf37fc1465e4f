//! Pages of lists.

use async_graphql::{Enum, InputObject, SimpleObject};

/// Where a page stands in its list.
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// Whether more follows.
    pub has_next_page: bool,
    /// Whether something came before.
    pub has_previous_page: bool,
    /// The cursor of the first edge.
    pub start_cursor: Option<String>,
    /// The cursor of the last edge: pass it as `after` for the next page.
    pub end_cursor: Option<String>,
}

/// Which way a list is ordered.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderDirection {
    /// Smallest, oldest or first in the alphabet first.
    Asc,
    /// Largest, newest or last in the alphabet first.
    Desc,
}

/// A range that includes its ends; an end left out is open.
#[derive(Debug, InputObject, Clone, Copy, Default, PartialEq)]
pub struct RangeInput {
    /// The least that is in range.
    pub min: Option<f64>,
    /// The most that is in range.
    pub max: Option<f64>,
}
