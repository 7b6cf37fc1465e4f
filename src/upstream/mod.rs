//! The three systems behind the graph, and the promise each client keeps.
//!
//! A client turns one upstream endpoint into one typed method. It decodes leniently (`wire.rs`),
//! converts to [`crate::model`] in one place (`convert.rs`) and sends everything through
//! [`transport`], on behalf of a [`Scope`]. It knows nothing of GraphQL, of batches or of
//! permissions. What is absent is `Ok(None)`; everything else that goes wrong is an [`Error`].

pub mod deeprent;
pub mod propstack;
pub mod propstreet;
pub mod transport;

mod base_url;
mod clients;
mod error;
mod flaw;
mod instant;
mod lease;
mod lenient;
mod reach;
mod right;
mod rows;
mod scope;
mod vocabulary;

pub use crate::model::System;
pub(crate) use base_url::is_safe;
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use clients::{Client, Clients};
pub use error::{Error, SettingsError};
pub use flaw::{Flaw, Flaws};
pub use reach::{Forbidden, Reach, is_public};
pub use scope::{Call, CallLog, Outcome, Priority, Scope};
pub use transport::Written;
