//! The graph: roots, links between entities, connections, and the face of errors.
//!
//! One file per entity, called as in [`crate::model`]: its roots, its connections, and the fields
//! that load. [`schema`] puts them together, [`connection`] and [`cursor`] page every list,
//! [`access`] says what each field needs, [`estimate`] how many calls an operation can take,
//! [`explain`] how many it took, [`validated`] which documents have passed, [`written`] writes lists, [`error`] is what a client is told. Nothing here knows a URL or an
//! HTTP status.

pub mod access;
pub mod access_token;
pub mod audit;
pub mod connection;
pub mod contact;
pub mod context;
pub mod cursor;
pub mod deeprent_api_key;
pub mod deeprent_webhook;
pub mod development;
pub mod error;
pub mod estimate;
pub mod explain;
pub mod freshness;
pub mod import_job;
pub mod integration;
pub mod investor;
pub mod matching;
pub mod mutation;
pub mod node;
pub mod profile;
pub mod project;
pub mod property;
pub mod propstack_webhook;
pub mod propstreet_webhook;
pub mod prospect;
pub mod protocol;
pub mod schema;
pub mod search;
pub mod selection;
pub mod validated;
pub mod viewer;
pub mod webhook;
pub mod written;

pub use context::RequestContext;
pub use error::{Error, Nullable};
pub use schema::Graph;
