//! The rules of the protocol, held over what passes in both directions.
//!
//! A rule that is broken sets the [`Close`]; nothing is read after that. The library then sees the
//! end of its input and ends as well, having sent what it had.

use std::{
    collections::{HashMap, hash_map::Entry},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_graphql::ServerError;
use axum::extract::ws::Message;
use tokio::sync::Notify;

use super::{
    close::Close,
    message::{self, ClientMessage},
};
use crate::edge::{Error, graphql::Parameters};

/// The largest message, in bytes; as much as a body over HTTP.
pub(super) const MESSAGE_LIMIT: usize = 1 << 20;

/// Operations under way on one connection.
pub(super) const OPERATION_LIMIT: usize = 32;

/// What is refused beyond that is also held until it is answered; this many and it is abuse.
const REFUSAL_LIMIT: usize = 2 * OPERATION_LIMIT;

/// One connection's.
#[derive(Default)]
pub(super) struct Session {
    state: Mutex<State>,
    closing: Notify,
}

#[derive(Default)]
struct State {
    has_init: bool,
    is_admitted: bool,
    is_stopping: bool,
    operations: HashMap<String, Stage>,
    close: Option<Close>,
}

/// How far an operation is.
enum Stage {
    /// The library has been told, and will ask for the parameters.
    Accepted(Result<Parameters, Error>),
    Running,
    /// Nothing was executed, for these reasons.
    Refused(Vec<ServerError>),
}

impl Session {
    /// What the library shall see of something that came in.
    pub(super) fn received(
        &self,
        message: Result<Message, axum::Error>,
    ) -> Option<Result<Message, axum::Error>> {
        let mut state = self.state();
        if state.close.is_some() {
            return None;
        }
        let forwarded = match message {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                state.receive(&message.into_data())
            }
            // The frames beneath the protocol are answered by the transport.
            Ok(_) => return None,
            // Too large even to be read, or broken off: then nobody sees this.
            Err(_) => Err(Close::TooLarge),
        };
        match forwarded {
            Ok(forwarded) => {
                self.close_if_done(&mut state);
                forwarded.map(|text| Ok(Message::Text(text.into())))
            }
            Err(close) => {
                state.close = Some(close);
                self.closing.notify_one();
                None
            }
        }
    }

    /// What the client shall see of something that the library says.
    pub(super) fn sent(&self, message: Message) -> Option<Message> {
        // Its close codes are not the protocol's; ours follows.
        let Message::Text(text) = message else {
            return None;
        };
        let Some(id) = message::completed(&text) else {
            return Some(Message::Text(text));
        };
        let mut state = self.state();
        // One that is not known any more was completed by the client, who expects no answer.
        let stage = state.operations.remove(&id)?;
        self.close_if_done(&mut state);
        Some(match stage {
            Stage::Refused(errors) => Message::Text(message::error(&id, &errors).into()),
            Stage::Accepted(_) | Stage::Running => Message::Text(text),
        })
    }

    /// The token is good: operations may come.
    pub(super) fn admit(&self) {
        self.state().is_admitted = true;
    }

    /// The parameters of an operation that begins, or why it must not.
    pub(super) fn begin(&self, id: &str) -> Result<Parameters, Error> {
        let mut state = self.state();
        let stage = state.operations.get_mut(id);
        match stage.map(|stage| mem::replace(stage, Stage::Running)) {
            Some(Stage::Accepted(parameters)) => parameters,
            _ => Err(Error::BadParameter("There is no such operation.")),
        }
    }

    /// The operation ends without having been executed.
    pub(super) fn refuse(&self, id: &str, errors: Vec<ServerError>) {
        if let Some(stage) = self.state().operations.get_mut(id) {
            *stage = Stage::Refused(errors);
        }
    }

    /// Takes no new operations, and closes when those under way are answered.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.is_stopping = true;
        self.close_if_done(&mut state);
    }

    pub(super) fn close(&self, close: Close) {
        self.state().close.get_or_insert(close);
        self.closing.notify_one();
    }

    /// Why we close, if it is we who do.
    pub(super) fn close_reason(&self) -> Option<Close> {
        self.state().close.clone()
    }

    /// Returns when there is a reason to close.
    pub(super) async fn closing(&self) {
        self.closing.notified().await;
    }

    fn close_if_done(&self, state: &mut State) {
        if state.is_stopping && state.operations.is_empty() {
            state.close.get_or_insert(Close::GoingAway);
            self.closing.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic happens under the lock halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn receive(&mut self, bytes: &[u8]) -> Result<Option<String>, Close> {
        if bytes.len() > MESSAGE_LIMIT {
            return Err(Close::TooLarge);
        }
        let message = ClientMessage::parse(bytes)?;
        let forwarded = message.forwarded();
        match message {
            ClientMessage::Init { .. } if mem::replace(&mut self.has_init, true) => {
                Err(Close::TooManyInits)
            }
            ClientMessage::Subscribe { id, parameters } => {
                if !self.is_admitted {
                    return Err(Close::Unauthorized);
                }
                self.accept(id, parameters)
                    .map(|is_accepted| forwarded.filter(|_| is_accepted))
            }
            ClientMessage::Complete { id } => {
                self.operations.remove(&id);
                Ok(forwarded)
            }
            ClientMessage::Init { .. } | ClientMessage::Ping | ClientMessage::Pong => Ok(forwarded),
        }
    }

    fn accept(&mut self, id: String, parameters: Parameters) -> Result<bool, Close> {
        if self.is_stopping {
            // The close that is to come makes the client ask elsewhere.
            return Ok(false);
        }
        let parameters = match self.operations.len() {
            0..OPERATION_LIMIT => Ok(parameters),
            OPERATION_LIMIT..REFUSAL_LIMIT => Err(Error::TooManyOperations {
                limit: OPERATION_LIMIT,
            }),
            _ => return Err(Close::TooManyOperations),
        };
        match self.operations.entry(id) {
            Entry::Occupied(_) => Err(Close::DuplicateId),
            Entry::Vacant(entry) => {
                entry.insert(Stage::Accepted(parameters));
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_that_waits_for_no_answer_ends_the_connection() {
        let session = Session::default();
        session.admit();
        let subscribe = |id: usize| {
            let text = format!(
                r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{{ hello }}"}}}}"#
            );
            session.received(Ok(Message::Text(text.into())))
        };
        for id in 0..REFUSAL_LIMIT {
            assert!(subscribe(id).is_some());
        }
        assert!(session.begin("31").is_ok());
        assert!(matches!(
            session.begin("32"),
            Err(Error::TooManyOperations { limit: 32 })
        ));
        assert_eq!(session.close_reason(), None);

        assert!(subscribe(REFUSAL_LIMIT).is_none());

        assert_eq!(session.close_reason(), Some(Close::TooManyOperations));
        assert!(subscribe(REFUSAL_LIMIT + 1).is_none());
    }
}
