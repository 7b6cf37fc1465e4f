//! The one integration-test binary: real HTTP against the real router with the sandbox behind it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod administration;
mod auth;
mod cache;
mod calls;
mod cli;
mod client;
mod connect;
mod contact;
mod contract;
mod edge;
mod estimate;
mod explain;
mod fallback;
mod fault;
mod hidden;
mod identity;
mod import;
mod investor;
mod isolation;
mod job;
mod leak;
mod log;
mod node;
mod pdf;
mod permission;
mod project;
mod property;
mod prospect;
mod protocol;
mod readme;
mod sandbox;
mod schema;
mod search;
mod store;
mod support;
mod tenant;
mod tidy;
mod validation;
mod write;
mod written;
