//! One loopback server: binding, serving, and the middleware that journals and spoils.

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
    serve::ListenerExt,
};
use tokio::{net::TcpListener, sync::watch};

use super::{Shared, System, fault::Fault, journal::Arrival};

/// A listener on a free port of 127.0.0.1, and its origin.
pub(super) async fn bind() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}

/// Serves until the other end of `stopped` is dropped; answers under way are finished.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<()>,
) -> io::Result<()> {
    // Without this, the end of a long body may wait for the client's delayed acknowledgement.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            // Nothing is ever sent: this ends when the sender is gone.
            let _ = stopped.changed().await;
        })
        .await
}

/// Puts journal and faults in front of a system's routes.
pub(super) fn observed(router: Router, system: System, shared: Arc<Shared>) -> Router {
    router.layer(from_fn_with_state((system, shared), observe))
}

async fn observe(
    State((system, shared)): State<(System, Arc<Shared>)>,
    request: Request,
    next: Next,
) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let arrival = Arrival::of(&request, system, route);
    let due = shared.faults.due(system, &arrival.endpoint());
    let number = shared.journal.arrive(shared.clock.now(), arrival);

    let mut spoiler = None;
    let mut answer_waits = Duration::ZERO;
    for fault in due {
        match fault {
            Fault::DelayMs(ms) => shared.clock.sleep(Duration::from_millis(ms)).await,
            Fault::DelayAnswerMs(ms) => answer_waits += Duration::from_millis(ms),
            fault => spoiler = Some(fault),
        }
    }
    let response = match &spoiler {
        None => next.run(request).await,
        Some(fault) => match fault.instead(system) {
            Some(response) => response,
            None => fault.spoil(next.run(request).await).await,
        },
    };
    if !answer_waits.is_zero() {
        shared.clock.sleep(answer_waits).await;
    }
    if !spoiler.is_some_and(|spoiler| spoiler.is_silent()) {
        shared.journal.answer(number, response.status());
    }
    response
}
