//! Batches per request: gathers the keys of one level of a query into few upstream calls.

pub mod batch;
pub mod error;
pub mod list;
pub mod page;
pub mod window;

pub use error::Error;
