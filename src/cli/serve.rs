//! `hausgraph serve`.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context;
use tokio::net::TcpListener;

use super::shutdown;
use crate::{app::App, clock::Clock, config::Config, edge, telemetry};

/// What `serve` can be told.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// The configuration; without it, `hausgraph.toml` where there is one.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where to listen, instead of what the configuration says.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// Serves until it is told to stop.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let listen = (arguments.listen).map(|listen| ("listen".to_owned(), listen.to_string().into()));
    let config = Config::read(arguments.config.as_deref(), listen.into_iter().collect())?;
    telemetry::start(config.log);
    let clock = Clock::system();
    let app = App::open(&config, clock.clone()).await?;
    let stop = shutdown::requested()?;
    let listen = config.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let playground = config.playground.then_some(edge::Playground {
        token: None,
        simulated: false,
    });
    let router = app.router(playground);
    tracing::info!(address = %listener.local_addr()?, "listening");
    let store = app.tenants.store().clone();
    let jobs = tokio::spawn(Arc::clone(&app.jobs).run());
    let draining = async move {
        stop.await;
        app.drain();
    };
    let served = edge::serve(listener, router, clock, draining).await;
    // What is under way is gone on with after the next start.
    jobs.abort();
    let _ = jobs.await;
    // SQLite folds its journal into the file.
    store.close().await;
    served.context("serving failed")
}
