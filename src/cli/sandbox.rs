//! `hausgraph sandbox`: the three simulated systems alone, for other people's tests.

use anyhow::Context;

use super::shutdown;
use crate::{config::LogFormat, sandbox, telemetry};

/// What `sandbox` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How many properties the simulated firm has; everything else grows with them.
    #[arg(long, default_value_t = 240)]
    units: usize,
    /// How many contacts it has; five for three properties unless told.
    #[arg(long)]
    contacts: Option<usize>,
    /// Make it hard to tell who is who across the systems.
    #[arg(long)]
    hard_cases: bool,
}

/// Prints how the systems are reached, as one JSON object, and runs until it is told to stop.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    telemetry::start(LogFormat::Text);
    let stop = shutdown::requested()?;
    let options = sandbox::Options {
        units: arguments.units,
        contacts: arguments.contacts,
        hard_cases: arguments.hard_cases,
        ..sandbox::Options::default()
    };
    let sandbox = sandbox::start(options)
        .await
        .context("the sandbox cannot start")?;
    println!("{}", serde_json::to_string_pretty(&sandbox.access)?);
    stop.await;
    Ok(())
}
