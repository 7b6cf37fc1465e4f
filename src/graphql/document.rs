//! Documents as lists.

use super::connection::connection;
use crate::model::Document;

connection! {
    /// Documents, a page at a time.
    DocumentConnection,
    /// A document in a list.
    DocumentEdge {} to Document, total
}
