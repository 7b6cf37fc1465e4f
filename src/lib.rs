//! Hausgraph: one GraphQL graph over Propstack, deep.rent and Propstreet.
//!
//! A request flows down through the modules in this order, and no module knows one above it:
//! [`edge`] takes HTTP, [`auth`] says who asks, [`graphql`] resolves the selection, [`loader`]
//! gathers what a level of it needs into few calls, [`identity`] decides what belongs together
//! across systems, and [`upstream`] speaks to the three of them; what is changed there goes through
//! [`mod@write`]. What they hand around is in
//! [`model`]. `src/docs/architecture.md` walks one query through all of this.

pub mod app;
pub mod auth;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod edge;
pub mod graphql;
pub mod identity;
pub mod index;
pub mod job;
pub mod json;
pub mod keyring;
pub mod loader;
pub mod model;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod spool;
pub mod store;
pub mod telemetry;
pub mod tenant;
pub mod upload;
pub mod upstream;
pub mod write;
