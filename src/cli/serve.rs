//! `hausgraph serve`.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use tokio::net::TcpListener;

use super::shutdown;
use crate::{app::App, clock::Clock, config::Config, edge, telemetry};

/// What `serve` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration.
    #[arg(long, default_value = "hausgraph.toml")]
    config: PathBuf,
    /// Where to listen, instead of what the configuration says.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            config: "hausgraph.toml".into(),
            listen: None,
        }
    }
}

/// Serves until it is told to stop.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = Config::read(&arguments.config)?;
    telemetry::start(config.log);
    let clock = Clock::system();
    let app = App::new(&config, clock.clone())?;
    let stop = shutdown::requested()?;
    let listen = arguments.listen.unwrap_or(config.listen);
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let playground = config.playground.then_some(edge::Playground {
        token: None,
        simulated: false,
    });
    let router = app.router(playground);
    tracing::info!(address = %listener.local_addr()?, "listening");
    let draining = async move {
        stop.await;
        app.drain();
    };
    edge::serve(listener, router, clock, draining)
        .await
        .context("serving failed")
}
