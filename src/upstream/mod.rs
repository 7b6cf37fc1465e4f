//! The three systems behind the graph, and the promise each client keeps.
//!
//! A client turns one upstream endpoint into one typed method. It decodes leniently (`wire.rs`),
//! converts to [`crate::model`] in one place (`convert.rs`) and sends everything through
//! [`transport`]. It knows nothing of GraphQL, of batches or of permissions.

pub mod deeprent;
pub mod propstack;
pub mod propstreet;
pub mod transport;
