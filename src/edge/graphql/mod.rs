//! `/graphql`, as the GraphQL-over-HTTP specification describes it.
//!
//! One request walks through [`respond`]: what it accepts (`media`), who asks (`crate::auth`),
//! its parameters (`parameters`), the operation itself (`super::operation`), and the answer
//! (`answer`). Whatever is wrong is found as early as it can be, and is
//! answered in the shape of a GraphQL error.

mod answer;
mod freshness;
mod media;
mod multipart;
mod parameters;
mod text;

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, Method},
    response::Response,
    routing::{self, MethodRouter},
};

use super::{
    Error, Reply, RequestId, Stopping,
    operation::{DEADLINE, Graph, Wish, within},
};
use crate::upload::Uploads;

pub(super) use answer::{refuse, tidy};
pub(super) use parameters::{Parameters, json};

/// How long files may take to arrive.
const UPLOAD_DEADLINE: Duration = Duration::from_mins(5);

/// With the value 1, asks what the answer cost.
const EXPLAIN: &str = "x-hausgraph-explain";

/// GET and POST; every other method is answered 405 in the shape of a GraphQL error.
pub(super) fn method_router(graph: Arc<Graph>) -> MethodRouter {
    routing::get(handle)
        .post(handle)
        .fallback(async || refuse(&Error::MethodNotAllowed { allow: "GET, POST" }))
        .with_state(graph)
}

async fn handle(
    State(graph): State<Arc<Graph>>,
    Extension(request_id): Extension<RequestId>,
    stopping: Option<Extension<Stopping>>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let Some(format) = media::accepted(&headers) else {
        return refuse(&Error::NotAcceptable);
    };
    let query = query.unwrap_or_default();
    let wish = Wish {
        max_age: freshness::max_age(&headers),
        is_sent_as_text: true,
        stopping: stopping.map(|Extension(stopping)| stopping),
    };
    match respond(&graph, request_id, wish, &method, &headers, &query, body).await {
        Ok(Reply::Executed {
            response,
            fresh_for,
            keep,
        }) => answer::executed(*response, format, fresh_for, keep),
        Ok(Reply::Kept(kept)) => answer::kept(kept, format),
        Err(error) => answer::refused(&error, format),
    }
}

async fn respond(
    graph: &Graph,
    request_id: RequestId,
    wish: Wish,
    method: &Method,
    headers: &HeaderMap,
    query: &str,
    body: Body,
) -> Result<Reply, Error> {
    // Before the body: whoever has no token does not get to send one.
    let viewer = graph.authenticator.authenticate(headers).await?;
    let mut uploads = Uploads::default();
    let mut parameters = if method == Method::POST && multipart::is_announced(headers) {
        let reading = multipart::read(headers, body, graph.upload_bytes);
        let (parameters, files) = within(&graph.clock, UPLOAD_DEADLINE, reading)
            .await
            .ok_or(Error::BodyTooSlow {
                after: UPLOAD_DEADLINE,
            })??;
        uploads = files;
        parameters
    } else if method == Method::POST {
        media::check_body(headers)?;
        let body = within(&graph.clock, DEADLINE, parameters::read(headers, body))
            .await
            .ok_or(Error::BodyTooSlow { after: DEADLINE })??;
        Parameters::from_body(&body)?
    } else {
        Parameters::from_query(query)?
    };
    parameters.explain |= headers.get(EXPLAIN).is_some_and(|value| value == "1");
    let operation = graph.check(parameters).await?.with(uploads);
    // A link or an image tag can make a browser send a GET.
    if method != Method::POST && operation.is_mutation() {
        return Err(Error::MethodNotAllowed { allow: "POST" });
    }
    graph.run(operation, viewer, request_id, wish).await
}
