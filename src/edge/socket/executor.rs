//! One operation of a connection, run the way HTTP runs a request.

use std::{future, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Data, Executor, Request, Response, Value};
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use tracing::Instrument;

use super::{close::Close, session::Session};
use crate::{
    auth::{self, token::Grant},
    edge::{
        Error, Reply, RequestId, Stopping,
        graphql::tidy,
        operation::{Graph, Wish},
    },
};

/// What the library calls for each operation. Its requests hold no more than the id, which leads
/// to the parameters in the session.
#[derive(Clone)]
pub(super) struct Operations {
    pub(super) graph: Arc<Graph>,
    pub(super) session: Arc<Session>,
    pub(super) connection_id: RequestId,
    /// For mutations that outlive the connection.
    pub(super) stopping: Stopping,
}

impl Executor for Operations {
    /// Not for sockets: without a session there is nobody who asks.
    async fn execute(&self, _: Request) -> Response {
        refused(&auth::Error::Missing.into())
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let operations = self.clone();
        // One answer; an operation that has many will be a stream here.
        let answer = async move { operations.answer(&request, session_data.as_deref()).await };
        stream::once(answer).filter_map(future::ready).boxed()
    }
}

impl Operations {
    /// `None` when nothing was executed; the session then knows why.
    async fn answer(&self, request: &Request, session_data: Option<&Data>) -> Option<Response> {
        let Some(Value::String(id)) = request.extensions.get("id") else {
            return None;
        };
        let request_id = RequestId::new(&self.graph.clock);
        let connection_id = self.connection_id;
        let span = tracing::info_span!("request", id = %request_id, connection = %connection_id);
        let run = self.run(id, session_data.and_then(grant), request_id);
        // A panic ends the operation and not the others of its connection.
        let outcome = AssertUnwindSafe(run.instrument(span.clone()))
            .catch_unwind()
            .await;
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => refused(&error),
            Err(_) => {
                span.in_scope(|| tracing::error!("an operation panicked"));
                refused(&Error::Panicked)
            }
        };
        // Over HTTP this is a header.
        let request_id = request_id.to_string();
        if tidy(&mut response) {
            for error in &mut response.errors {
                let extensions = error.extensions.get_or_insert_default();
                extensions.set("requestId", request_id.as_str());
            }
            self.session.refuse(id, response.errors);
            return None;
        }
        response
            .extensions
            .insert("requestId".to_owned(), Value::String(request_id));
        Some(response)
    }

    async fn run(
        &self,
        id: &str,
        grant: Option<Grant>,
        request_id: RequestId,
    ) -> Result<Response, Error> {
        let parameters = self.session.begin(id)?;
        let grant = grant.ok_or(auth::Error::Missing)?;
        if let Err(error) = self.graph.authenticator.confirm(&grant).await {
            // That it cannot be told now says nothing about the operations under way.
            if error != auth::Error::Unavailable {
                self.session.close(Close::Forbidden(error));
            }
            return Err(error.into());
        }
        let operation = self.graph.check(parameters).await?;
        let wish = Wish {
            stopping: Some(self.stopping.clone()),
            ..Wish::default()
        };
        let reply = self.graph.run(operation, grant.viewer, request_id, wish);
        match reply.await? {
            Reply::Executed { response, .. } => Ok(*response),
            // Answers are kept as they are sent over HTTP.
            Reply::Kept(_) => unreachable!("none was wished for"),
        }
    }
}

/// Put there when the token was accepted.
fn grant(data: &Data) -> Option<Grant> {
    let grant = data.get(&std::any::TypeId::of::<Grant>())?;
    grant.downcast_ref::<Grant>().cloned()
}

fn refused(error: &Error) -> Response {
    Response::from_errors(vec![error.to_server_error()])
}
