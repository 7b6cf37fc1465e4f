//! `/graphql`, as the GraphQL-over-HTTP specification describes it.
//!
//! One request walks through [`respond`]: what it accepts (`media`), who asks (`crate::auth`),
//! its parameters (`parameters`), its document (`super::document`, guarded), the execution under a
//! deadline, and the answer (`answer`). Whatever is wrong is found as early as it can be, and is
//! answered in the shape of a GraphQL error.

mod answer;
mod media;
mod parameters;

use std::{future::Future, sync::Arc, time::Duration};

use async_graphql::{Request, Variables, parser::types::OperationType};
use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, Method},
    response::Response,
    routing::{self, MethodRouter},
};

use self::parameters::Parameters;
use super::{
    Call, Error, Execute, RequestId,
    document::{self, Documents},
    guard,
};
use crate::{auth, clock::Clock};

pub(super) use answer::refuse;

/// How long a request may take, and one that asks for a `pdf`, which may first have to be built.
const DEADLINE: Duration = Duration::from_secs(30);
const PDF_DEADLINE: Duration = Duration::from_secs(75);

/// What answering takes.
pub(super) struct Graph {
    pub(super) execute: Execute,
    pub(super) keys: Arc<auth::token::Keys>,
    pub(super) clock: Clock,
    pub(super) limits: guard::Limits,
    pub(super) documents: Documents,
}

/// GET and POST; every other method is answered 405 in the shape of a GraphQL error.
pub(super) fn method_router(graph: Graph) -> MethodRouter {
    routing::get(handle)
        .post(handle)
        .fallback(async || refuse(&Error::MethodNotAllowed { allow: "GET, POST" }))
        .with_state(Arc::new(graph))
}

async fn handle(
    State(graph): State<Arc<Graph>>,
    Extension(request_id): Extension<RequestId>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let Some(format) = media::accepted(&headers) else {
        return refuse(&Error::NotAcceptable);
    };
    let query = query.unwrap_or_default();
    match respond(&graph, request_id, &method, &headers, &query, body).await {
        Ok(response) => answer::executed(response, format),
        Err(error) => answer::refused(&error, format),
    }
}

async fn respond(
    graph: &Graph,
    request_id: RequestId,
    method: &Method,
    headers: &HeaderMap,
    query: &str,
    body: Body,
) -> Result<async_graphql::Response, Error> {
    // Before the body: whoever has no token does not get to send one.
    let viewer = auth::authenticate(headers, &graph.keys)?;
    let parameters = if method == Method::POST {
        media::check_body(headers)?;
        let body = within(&graph.clock, DEADLINE, parameters::read(headers, body))
            .await
            .ok_or(Error::BodyTooSlow { after: DEADLINE })??;
        Parameters::from_body(&body)?
    } else {
        Parameters::from_query(query)?
    };
    guard::check_variables(&parameters.variables, &graph.limits)?;
    let document = graph.documents.load(&parameters.query).await?;
    let operation_name = parameters.operation_name;
    if let Some(operation) = document.operation(operation_name.as_deref()) {
        // A link or an image tag can make a browser send a GET.
        if method != Method::POST && operation.ty == OperationType::Mutation {
            return Err(Error::MethodNotAllowed { allow: "POST" });
        }
        document::check_required(operation, &parameters.variables)?;
    }

    let deadline = if document.asks_for_pdf {
        PDF_DEADLINE
    } else {
        DEADLINE
    };
    let mut request =
        Request::new(parameters.query).variables(Variables::from_value(parameters.variables));
    request.operation_name = operation_name;
    request.set_parsed_query(document.parsed.clone());
    let call = Call {
        request,
        viewer,
        request_id,
        deadline,
    };
    within(&graph.clock, deadline, graph.execute.run(call))
        .await
        .ok_or(Error::TimedOut { after: deadline })
}

/// What `work` gives, or `None` and `work` dropped when it takes longer than `limit`.
async fn within<T>(clock: &Clock, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        result = work => Some(result),
        () = clock.sleep(limit) => None,
    }
}
