//! HTTP: the router and what stands before the graph.
//!
//! [`router`] assembles the routes from [`Parts`]; `graphql` is the walk of one request, `socket` a
//! connection that carries many, `operation` what both end in, [`guard`] what a document must pass
//! before anything parses or runs it. The edge knows neither the schema nor the upstreams: it hands a
//! checked [`Call`] to [`Execute`] and serialises what comes back.

mod document;
mod error;
mod graphql;
pub mod guard;
mod health;
mod operation;
mod playground;
mod request_id;
mod socket;

use std::{any::Any, future::Future, io, sync::Arc, time::Duration};

use axum::{Extension, Router, middleware, response::Response, routing, serve::ListenerExt};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{net::TcpListener, sync::watch};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    auth::{Authenticator, Viewer},
    clock::Clock,
};

pub use error::Error;
pub use health::Readiness;
pub use playground::Settings as Playground;
pub use request_id::RequestId;

/// How long requests under way may still run once the server is told to stop; a little more than
/// the longest of their own deadlines.
const DRAIN: Duration = Duration::from_secs(80);

/// One GraphQL request that passed every check of the edge.
pub struct Call {
    /// With the parsed document set; operation, variables and types are not validated yet.
    pub request: async_graphql::Request,
    /// Of the document's text.
    pub digest: [u8; 32],
    /// Who asks.
    pub viewer: Viewer,
    /// For logs, errors and outgoing calls.
    pub request_id: RequestId,
    /// The oldest that the client accepts, where it says; zero for nothing that is kept.
    pub max_age: Option<Duration>,
    /// A digest of what is asked, when whole answers to it may be kept.
    pub name: Option<[u8; 32]>,
    /// Whether whoever carries the answer writes `Value::Binary` as JSON text that it is.
    pub is_sent_as_text: bool,
    /// Whether the answer may tell where it came from.
    pub tells_origin: bool,
    /// How much time the request has left; the edge itself drops the execution when it is over.
    pub deadline: Duration,
    /// Whether the answer is to tell what it cost.
    pub explain: bool,
}

/// Runs one call against the graph. The future is dropped when the client leaves or time is up.
#[derive(Clone)]
pub struct Execute(Arc<dyn Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync>);

/// What a call ended in.
pub enum Reply {
    /// It was executed now.
    Executed {
        /// What it gave.
        response: Box<async_graphql::Response>,
        /// How long that is as good as new, where it is known.
        fresh_for: Option<Duration>,
        /// Keeps the answer, if it has no errors.
        keep: Option<Keep>,
    },
    /// The same was answered before.
    Kept(Kept),
}

impl From<async_graphql::Response> for Reply {
    /// Executed now, to be forgotten.
    fn from(response: async_graphql::Response) -> Self {
        Self::Executed {
            response: Box::new(response),
            fresh_for: None,
            keep: None,
        }
    }
}

/// Takes an answer as it is sent.
pub type Keep = Box<dyn FnOnce(Bytes) + Send>;

/// An answer that was sent before.
pub struct Kept {
    /// As it was sent.
    pub body: Bytes,
    /// How long it is still as good as new.
    pub fresh_for: Duration,
}

/// A reply, or why the call was not begun.
type Outcome = Result<Reply, Error>;

impl Execute {
    /// Wraps what executes.
    pub fn new<F, R>(execute: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        Self(Arc::new(move |call| execute(call).boxed()))
    }

    async fn run(&self, call: Call) -> Outcome {
        (self.0)(call).await
    }
}

/// What the router is made of.
pub struct Parts {
    /// Answers checked requests.
    pub execute: Execute,
    /// Turns tokens into viewers.
    pub authenticator: Arc<Authenticator>,
    /// Drives deadlines and request ids.
    pub clock: Clock,
    /// Bounds of documents and variables.
    pub limits: guard::Limits,
    /// The most bytes of files that one request may bring.
    pub upload_bytes: usize,
    /// What `/health/ready` reports.
    pub readiness: Readiness,
    /// `None` switches the playground off.
    pub playground: Option<Playground>,
}

/// All routes of the gateway.
pub fn router(parts: Parts) -> Router {
    let clock = parts.clock.clone();
    let mut router = Router::new()
        .route("/health/live", routing::get(health::live))
        .route(
            "/health/ready",
            routing::get(health::ready).with_state(parts.readiness),
        );
    if let Some(settings) = parts.playground {
        router = router.merge(playground::router(&settings));
    }
    let graph = Arc::new(operation::Graph {
        execute: parts.execute,
        authenticator: parts.authenticator,
        clock: parts.clock,
        limits: parts.limits,
        documents: document::Documents::new(parts.limits),
        upload_bytes: parts.upload_bytes,
    });
    // The first is the outermost: whatever happens below gets the request's id and the headers, even
    // the answer to a panic. One layer, for each makes room for all routes of its own.
    router
        .route("/graphql", graphql::method_router(Arc::clone(&graph)))
        .route("/graphql/ws", socket::method_router(graph))
        .layer((
            middleware::from_fn_with_state(clock, request_id::assign),
            CatchPanicLayer::custom(answer_panic),
        ))
}

/// The panic's own text stays in the process: the hook has printed it, and it may hold data.
fn answer_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request panicked");
    graphql::refuse(&Error::Panicked)
}

/// Tells connections that outlive their request that the server is to stop.
#[derive(Clone)]
struct Stopping(watch::Receiver<bool>);

impl Stopping {
    async fn requested(&mut self) {
        // Without a sender the server is gone altogether.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

/// Serves until `shutdown`, then lets requests under way finish, for at most 80 s.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    clock: Clock,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Answers are written at once and whole; waiting to fill a packet only delays them.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not switch Nagle's algorithm off");
        }
    });
    let (stop, stopping) = watch::channel(false);
    let router = router.layer(Extension(Stopping(stopping)));
    let shutdown = shutdown.shared();
    let served = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone());
    let finished = async {
        served.await?;
        // WebSockets are no longer the server's; each of them holds a receiver.
        stop.closed().await;
        Ok(())
    };
    let overdue = async {
        shutdown.await;
        stop.send_replace(true);
        clock.sleep(DRAIN).await;
    };
    tokio::select! {
        result = finished => result,
        () = overdue => {
            tracing::warn!("gave up on requests that did not finish in time");
            Ok(())
        }
    }
}
