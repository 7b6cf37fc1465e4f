//! `hausgraph keys`.

use anyhow::ensure;
use secrecy::ExposeSecret;

use super::setting::Setting;
use crate::{clock::Clock, keyring::MasterKey, tenant::act::OPERATOR};

/// What `keys` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    setting: Setting,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Prints a fresh master key for the configuration; its first one seals.
    Generate,
    /// Seals with the first master key what another has sealed, while servers that hold both go on.
    Rotate,
}

/// Does what the arguments say.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Generate => {
            generate();
            Ok(())
        }
        Command::Rotate => rotate(&arguments.setting).await,
    }
}

fn generate() {
    let today = Clock::system().now().format("%F").to_string();
    let MasterKey { id, key } = MasterKey::generate(today);
    let key = key.expose_secret();
    println!("[[master_key]]\nid = \"{id}\"\nkey = \"{key}\"");
}

async fn rotate(setting: &Setting) -> anyhow::Result<()> {
    let tenants = setting.open().await?;
    let rotation = tenants.rotate_keys(OPERATOR).await?;
    println!("{} sealed anew", rotation.renewed);
    for unopened in &rotation.unopened {
        println!("{unopened}");
    }
    let left = rotation.unopened.len();
    ensure!(left == 0, "{left} could not be opened and stay as they are");
    Ok(())
}
