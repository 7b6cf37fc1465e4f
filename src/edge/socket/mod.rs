//! `/graphql/ws`: GraphQL over WebSocket, by the protocol graphql-transport-ws.
//!
//! The library carries the operations; its close codes and its leniency are not the protocol's, so
//! an adaptor stands between it and the socket. `session` holds the rules and sees every message in
//! both directions, `message` reads them, `close` says how a connection ends, `executor` runs one
//! operation the way HTTP does, `origin` keeps other sites out. Start at [`converse`].

mod close;
mod executor;
mod message;
mod origin;
mod session;

use std::{future, sync::Arc, time::Duration};

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    Extension,
    extract::{FromRequestParts, Request, State, WebSocketUpgrade, ws::WebSocket},
    http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL, request::Parts},
    response::Response,
    routing::{self, MethodRouter},
};
use futures_util::{SinkExt, StreamExt, stream};
use tokio::sync::oneshot;

use self::{close::Close, executor::Operations, session::Session};
use super::{
    Error, RequestId, Stopping,
    graphql::refuse,
    operation::{Graph, within},
};
use crate::auth;

/// Spoken here. The library would also take its legacy predecessor.
const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to introduce itself, and to take leave.
const INIT_WITHIN: Duration = Duration::from_secs(5);
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// What is read of one message, in bytes: more than is accepted, so that who sends too much can be
/// told; beyond this the connection just breaks.
const READ_LIMIT: usize = 2 * session::MESSAGE_LIMIT;

/// Upgrades GET; every other method is answered 405 in the shape of a GraphQL error.
pub(super) fn method_router(graph: Arc<Graph>) -> MethodRouter {
    routing::get(upgrade)
        .fallback(async || refuse(&Error::MethodNotAllowed { allow: "GET" }))
        .with_state(graph)
}

async fn upgrade(
    State(graph): State<Arc<Graph>>,
    Extension(request_id): Extension<RequestId>,
    Extension(stopping): Extension<Stopping>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    match negotiate(&mut parts).await {
        Ok((upgrade, protocol)) => upgrade
            .on_upgrade(move |socket| converse(socket, protocol, graph, request_id, stopping)),
        Err(error) => refuse(&error),
    }
}

async fn negotiate(parts: &mut Parts) -> Result<(WebSocketUpgrade, GraphQLProtocol), Error> {
    origin::check(&parts.headers)?;
    let is_offered = parts
        .headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|protocol| protocol.trim() == PROTOCOL);
    if !is_offered {
        return Err(Error::NotASocket);
    }
    // The library picks the first that it knows, so it is shown only ours.
    parts
        .headers
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    let protocol = GraphQLProtocol::from_request_parts(parts, &())
        .await
        .map_err(|_| Error::NotASocket)?;
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &())
        .await
        .map_err(|_| Error::NotASocket)?
        .protocols([PROTOCOL])
        .max_message_size(READ_LIMIT)
        .max_frame_size(READ_LIMIT);
    Ok((upgrade, protocol))
}

/// One connection, from the upgrade to the closing handshake.
async fn converse(
    socket: WebSocket,
    protocol: GraphQLProtocol,
    graph: Arc<Graph>,
    connection_id: RequestId,
    mut stopping: Stopping,
) {
    let clock = graph.clock.clone();
    let session = Arc::new(Session::default());
    let (introduced, introduction) = oneshot::channel();
    let (admitted, admission) = oneshot::channel();
    let (mut sink, mut stream) = socket.split();

    // All of this is one task, and the library handles a message before it reads the next: whatever
    // it says has passed `sent` before the client's next message passes `received`.
    let incoming = (&mut stream)
        .filter_map(|message| future::ready(session.received(message)))
        .take_until(session.closing());
    let outgoing = (&mut sink).with_flat_map(|message| stream::iter(session.sent(message).map(Ok)));
    let operations = Operations {
        graph: Arc::clone(&graph),
        session: Arc::clone(&session),
        connection_id,
        stopping: stopping.clone(),
    };
    let serving = GraphQLWebSocket::new_with_pair(outgoing, incoming, operations, protocol)
        .on_connection_init({
            let session = Arc::clone(&session);
            move |authorization| async move {
                // Nobody listens to this or the next when the connection is already over.
                let _ = introduced.send(());
                let grant = match authorization.as_str() {
                    Some(authorization) => graph.authenticator.admit(authorization).await,
                    None => Err(auth::Error::Missing),
                };
                match grant {
                    Ok(grant) => {
                        session.admit();
                        let _ = admitted.send(grant.expires_at);
                        let mut data = Data::default();
                        data.insert(grant);
                        Ok(data)
                    }
                    Err(error) => {
                        session.close(Close::Forbidden(error));
                        Err(error.into())
                    }
                }
            }
        })
        .serve();
    let lifetime = async {
        // How long the token's issuer takes is not the client's doing.
        if within(&clock, INIT_WITHIN, introduction).await.is_none() {
            return Close::InitTooLate;
        }
        // Without an answer the token was refused: the session ends by itself.
        let Ok(expires_at) = admission.await else {
            return future::pending().await;
        };
        let left = (expires_at - clock.now()).to_std().unwrap_or_default();
        clock.sleep(left).await;
        Close::Forbidden(auth::Error::Expired)
    };
    let stop = async {
        stopping.requested().await;
        session.stop();
        future::pending().await
    };
    let close = tokio::select! {
        () = serving => session.close_reason(),
        close = lifetime => Some(close),
        close = stop => close,
    };

    // Without a reason it was the client who left, and the handshake is already answered.
    if let Some(close) = close {
        tracing::debug!(%connection_id, %close, "closing a socket");
        let leave = async {
            if sink.send(close.into()).await.is_ok() {
                while let Some(Ok(_)) = stream.next().await {}
            }
        };
        // A client that does not answer is left behind.
        let _ = within(&clock, CLOSE_WITHIN, leave).await;
    }
}
