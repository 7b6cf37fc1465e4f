//! `hausgraph demo`: a gateway over three simulated systems, with nothing to configure.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::net::TcpListener;

use super::shutdown;
use crate::{
    app::App,
    auth::{Role, Scopes},
    clock::Clock,
    config::{self, LogFormat},
    edge, sandbox, telemetry,
    tenant::{Act, act::OPERATOR, token::NewToken},
};

/// What `demo` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes any that is free.
    #[arg(long, default_value_t = config::default_listen())]
    listen: SocketAddr,
    /// Writes one JSON object to this file once the gateway answers: its addresses, a token, and
    /// how the simulated systems are reached.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// How many properties the simulated firm has; everything else grows with them.
    #[arg(long, default_value_t = 240)]
    units: usize,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            listen: config::default_listen(),
            ready_file: None,
            units: 240,
        }
    }
}

/// Serves until it is told to stop.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    telemetry::start(LogFormat::Text);
    let stop = shutdown::requested()?;
    let clock = Clock::system();
    let options = sandbox::Options {
        units: arguments.units,
        clock: clock.clone(),
        ..sandbox::Options::default()
    };
    let sandbox = sandbox::start(options)
        .await
        .context("the sandbox cannot start")?;
    let config = config::demo::over(&sandbox.access);
    let app = App::open(&config, clock.clone()).await?;

    let listen = arguments.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let origin = format!("http://{}", listener.local_addr()?);
    let organization = config::demo::ORGANIZATION;
    let act = Act::new(&clock, organization, OPERATOR, "createAccessToken", None);
    let new = NewToken {
        id: clock.new_id(),
        name: "demo".to_owned(),
        role: Role::Owner,
        scopes: Scopes::all(),
        expires_at: None,
        requests_per_minute: None,
    };
    let (_, token) = app
        .tenants
        .create_token(organization, OPERATOR, new, act)
        .await?;
    let playground = edge::Playground {
        token: Some(token.clone()),
        simulated: true,
    };
    let router = app.router(Some(playground));
    // The listener takes connections from here on; they wait until `serve` accepts them.
    if let Some(path) = &arguments.ready_file {
        let ready = json!({
            "graphql": format!("{origin}/graphql"),
            "playground": format!("{origin}/"),
            "token": token.expose_secret(),
            "sandbox": sandbox.access,
        });
        write_whole(path, &ready.to_string())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("Hausgraph over three simulated systems: none of this data is real.");
    println!("  playground  {origin}/");
    println!("  graphql     {origin}/graphql");
    println!("  token       {}", token.expose_secret());
    let jobs = tokio::spawn(Arc::clone(&app.jobs).run());
    let draining = async move {
        stop.await;
        app.drain();
        jobs.abort();
    };
    edge::serve(listener, router, clock, draining)
        .await
        .context("serving failed")
}

/// Whoever sees the file sees all of it.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, path)
}
