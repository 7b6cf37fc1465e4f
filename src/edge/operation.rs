//! One operation, from its parameters to the response, whatever carried it here.
//!
//! [`Graph::check`] guards and parses, [`Graph::run`] executes under a deadline.

use std::{future::Future, sync::Arc, time::Duration};

use async_graphql::{Request, Value, Variables, parser::types::OperationType};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::{
    Call, Error, Execute, Reply, RequestId, Stopping,
    document::{self, Document, Documents},
    graphql::Parameters,
    guard::{self, Pace},
};
use crate::{
    auth::{Authenticator, Viewer},
    clock::Clock,
    upload::Uploads,
};

/// How long a request may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// The same where a PDF may have to be built first.
const LINK_DEADLINE: Duration = Duration::from_secs(75);
/// The same where a file is fetched, too, and sent on: each has two minutes of its own.
const FILE_DEADLINE: Duration = Duration::from_secs(320);

/// What answering takes.
pub(super) struct Graph {
    pub(super) execute: Execute,
    pub(super) authenticator: Arc<Authenticator>,
    pub(super) clock: Clock,
    pub(super) limits: guard::Limits,
    pub(super) documents: Documents,
    /// The most bytes of files that one request may bring.
    pub(super) upload_bytes: usize,
}

/// An operation that passed every check of the edge.
pub(super) struct Operation {
    parameters: Parameters,
    document: Arc<Document>,
    uploads: Uploads,
}

/// How an operation is to be answered.
#[derive(Default)]
pub(super) struct Wish {
    /// The oldest that the client accepts, where it says.
    pub(super) max_age: Option<Duration>,
    /// Whether the answer is sent as text, and so may be one that was sent before.
    pub(super) is_sent_as_text: bool,
    /// What keeps the server from stopping, for a mutation that outlives its client.
    pub(super) stopping: Option<Stopping>,
}

impl Operation {
    /// The same with files.
    pub(super) fn with(self, uploads: Uploads) -> Self {
        Self { uploads, ..self }
    }

    /// A digest of what is asked; `None` for what may answer otherwise each time.
    fn name(&self) -> Option<[u8; 32]> {
        let name = self.parameters.operation_name.as_deref();
        let operation = self.document.operation(name)?;
        if operation.ty != OperationType::Query || self.document.pace != Pace::Usual {
            return None;
        }
        // None at all are as good as none.
        let variables = match &self.parameters.variables {
            Value::Object(variables) if variables.is_empty() => Vec::new(),
            Value::Null => Vec::new(),
            variables => serde_json::to_vec(variables).ok()?,
        };
        let mut digest = Sha256::new();
        digest.update(self.document.digest);
        digest.update((name.map_or(0, str::len) as u64).to_le_bytes());
        digest.update(name.unwrap_or_default());
        digest.update(variables);
        Some(digest.finalize().into())
    }

    pub(super) fn is_mutation(&self) -> bool {
        self.document
            .operation(self.parameters.operation_name.as_deref())
            .is_some_and(|operation| operation.ty == OperationType::Mutation)
    }
}

impl Graph {
    /// Guards the variables and the document; parses a document that has not been seen before.
    pub(super) async fn check(&self, parameters: Parameters) -> Result<Operation, Error> {
        guard::check_variables(&parameters.variables, &self.limits)?;
        let document = self.documents.load(&parameters.query).await?;
        if let Some(operation) = document.operation(parameters.operation_name.as_deref()) {
            document::check_required(operation, &parameters.variables)?;
        }
        Ok(Operation {
            parameters,
            document,
            uploads: Uploads::default(),
        })
    }

    /// Executes. A query is dropped with its outgoing calls when the client leaves or the deadline
    /// passes; a mutation goes on to its end.
    pub(super) async fn run(
        &self,
        operation: Operation,
        viewer: Viewer,
        request_id: RequestId,
        wish: Wish,
    ) -> Result<Reply, Error> {
        let changing = operation.is_mutation().then_some(wish.stopping);
        let name = operation.name().filter(|_| wish.is_sent_as_text);
        let Operation {
            parameters,
            document,
            uploads,
        } = operation;
        let deadline = match document.pace {
            Pace::Usual => DEADLINE,
            Pace::Link => LINK_DEADLINE,
            Pace::File => FILE_DEADLINE,
        };
        let mut request =
            Request::new(parameters.query).variables(Variables::from_value(parameters.variables));
        request.operation_name = parameters.operation_name;
        request.set_parsed_query(document.parsed.clone());
        let request = request.data(Arc::new(uploads));
        let call = Call {
            request,
            digest: document.digest,
            viewer,
            request_id,
            max_age: wish.max_age,
            name,
            is_sent_as_text: wish.is_sent_as_text,
            tells_origin: document.tells_origin,
            deadline,
            explain: parameters.explain,
        };
        let execute = self.execute.clone();
        let running = async move { execute.run(call).await };
        let ended = match changing {
            None => within(&self.clock, deadline, running).await,
            Some(stopping) => within(&self.clock, deadline, to_its_end(running, stopping)).await,
        };
        ended.unwrap_or(Err(Error::TimedOut { after: deadline }))
    }
}

/// Runs `work` to its end even when nobody waits for it any more: half a change is worse than a whole
/// one. The server waits for it before it stops.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    stopping: Option<Stopping>,
) -> T {
    let task = async move {
        let _held = stopping;
        work.await
    };
    match tokio::spawn(task.in_current_span()).await {
        Ok(ended) => ended,
        // Nobody aborts it.
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// What `work` gives, or `None` and `work` dropped when it takes longer than `limit`.
pub(super) async fn within<T>(
    clock: &Clock,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        // What is done at once needs no timer.
        biased;
        result = work => Some(result),
        () = clock.sleep(limit) => None,
    }
}
