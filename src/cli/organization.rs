//! `hausgraph organization`.

use anyhow::ensure;

use super::{setting::Setting, table};
use crate::{
    model::IntegrationStatus,
    store,
    tenant::{Act, Tenants, act::OPERATOR},
};

/// What `organization` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    setting: Setting,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Adds an organisation, whose systems can be connected then.
    Create {
        /// The `org` of its tokens: up to 64 of a-z, 0-9 and -.
        #[arg(long)]
        id: String,
        /// Its name.
        #[arg(long)]
        name: String,
    },
    /// Lists the organisations and the systems that each has connected.
    List,
}

/// Does what the arguments say.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let tenants = arguments.setting.open().await?;
    match arguments.command {
        Command::Create { id, name } => create(&tenants, &id, name.trim()).await,
        Command::List => list(&tenants).await,
    }
}

async fn create(tenants: &Tenants, id: &str, name: &str) -> anyhow::Result<()> {
    ensure!(
        store::Organization::is_id(id),
        "an id has 1 to 64 of a-z, 0-9 and -"
    );
    ensure!(!name.is_empty(), "an organisation has a name");
    let act = Act::new(tenants.clock(), id, OPERATOR, "createOrganization", None);
    let is_new = tenants.create(id, name, &act).await?;
    ensure!(is_new, "there is an organisation {id} already");
    println!("{id} is served");
    Ok(())
}

async fn list(tenants: &Tenants) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for organization in tenants.store().list_organizations().await? {
        let integrations = tenants.list_integrations(&organization.id).await?;
        let connected = integrations
            .iter()
            .filter(|integration| integration.status != IntegrationStatus::NotConnected);
        let systems: Vec<_> = connected.map(|one| one.system.as_str()).collect();
        rows.push([organization.id, organization.name, systems.join(", ")]);
    }
    table::print(["ID", "NAME", "SYSTEMS"], &rows);
    Ok(())
}
