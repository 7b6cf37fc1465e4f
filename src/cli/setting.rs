//! Which configuration a command goes by.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;

use crate::{app::App, clock::Clock, config::Config, tenant::Tenants};

/// Where the settings are.
#[derive(Debug, Default, clap::Args)]
pub struct Setting {
    /// The configuration; without it, `hausgraph.toml` where there is one.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

impl Setting {
    /// The organisations of its store.
    pub async fn open(&self) -> anyhow::Result<Arc<Tenants>> {
        let config = Config::read(self.config.as_deref(), toml::Table::new())?;
        let app = App::open(&config, Clock::system()).await?;
        Ok(Arc::clone(&app.tenants))
    }
}

/// Whose things a command is about.
#[derive(Debug, clap::Args)]
pub struct Owner {
    #[command(flatten)]
    setting: Setting,
    /// The id of the organisation.
    #[arg(long, global = true)]
    organization: Option<String>,
}

impl Owner {
    /// The organisations of the store, and the id of the one that is meant, which is there.
    pub async fn open(self) -> anyhow::Result<(Arc<Tenants>, String)> {
        let id = self
            .organization
            .context("say which organisation: --organization ID")?;
        let tenants = self.setting.open().await?;
        let found = tenants.store().find_organization(&id).await?;
        found.with_context(|| {
            format!("there is no organisation {id}: `hausgraph organization list` has them all")
        })?;
        Ok((tenants, id))
    }
}
