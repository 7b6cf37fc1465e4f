//! When to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Returns at the first SIGINT or SIGTERM.
///
/// Errors: the system refuses to tell of signals.
pub fn requested() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: requests under way may finish");
    })
}
