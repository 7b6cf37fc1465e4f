//! Why something could not be read.

use crate::{model::System, upstream};

/// Why something could not be read. What does not exist is no error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A system did not answer as it should.
    #[error(transparent)]
    Upstream(#[from] upstream::Error),
    /// The organisation has not connected the system.
    #[error("{} is not connected", .0.name())]
    NotConnected(System),
    /// The organisation has connected the system, but not a session to manage it with.
    #[error("{} is connected without a session", .0.name())]
    NoSession(System),
    /// The system cannot select what is asked for, and its list is too long to be read whole.
    #[error("the list of {} is too long to be searched", .0.name())]
    TooLong(System),
    /// We failed.
    #[error("loading failed")]
    Internal,
}

impl Error {
    /// Whether it speaks of the system's bad day: then something old is better than nothing.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Upstream(error) if error.is_outage())
    }
}
