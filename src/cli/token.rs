//! `hausgraph token`.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;

use crate::{
    auth::{Role, Scopes, Viewer, issuer},
    clock::Clock,
    config::Config,
};

/// What `token` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration of the gateway that is to accept it; without it, `hausgraph.toml` where
    /// there is one.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The organisation whose data it opens, by its id in the configuration.
    #[arg(long)]
    organization: String,
    /// The user or program that it is for; it stands in the log.
    #[arg(long)]
    subject: String,
    /// For how many hours it is good.
    #[arg(long, default_value_t = 24)]
    hours: u64,
}

/// Prints a token that may do everything in its organisation.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = Config::read(arguments.config.as_deref(), toml::Table::new())?;
    let organization = &arguments.organization;
    let is_known = config
        .organizations
        .iter()
        .any(|known| known.id == *organization);
    ensure!(
        is_known,
        "the configuration has no organisation {organization}"
    );
    let viewer = Viewer::new(&arguments.subject, organization, Role::Owner, Scopes::all());
    let lifetime = Duration::from_secs(arguments.hours.saturating_mul(3600));
    let token = issuer::sign(&config.issuers, &viewer, lifetime, Clock::system().now())
        .context("the configuration has no issuer with a secret to sign with")?;
    println!("{}", token.expose_secret());
    Ok(())
}
