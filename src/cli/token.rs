//! `hausgraph token`.

use anyhow::ensure;
use chrono::TimeDelta;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{setting::Owner, table};
use crate::{
    auth::{Role, Scope, policy},
    tenant::{Act, Tenants, act::OPERATOR, token::NewToken},
};

/// What `token` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    owner: Owner,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a token and prints its secret, which is never shown again.
    Create(New),
    /// Lists the tokens that were not taken back.
    List,
    /// Takes a token back: within a second it opens nothing any more.
    Revoke {
        /// Its id, as `token list` shows it.
        #[arg(long)]
        id: Uuid,
    },
}

#[derive(Debug, clap::Args)]
struct New {
    /// What to call it: up to 100 characters.
    #[arg(long)]
    name: String,
    /// What its program may administer: partner, member, admin or owner.
    #[arg(long)]
    role: Role,
    /// What its program may read and write; all that the role may when left out.
    #[arg(long = "scope", num_args = 1.., value_parser = scope())]
    scopes: Vec<Scope>,
    /// For how many days it is good; until it is revoked when left out.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: Option<u32>,
}

fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|word| word.parse::<Scope>())
}

/// Does what the arguments say.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (tenants, organization) = arguments.owner.open().await?;
    match arguments.command {
        Command::Create(new) => create(&tenants, &organization, new).await,
        Command::List => list(&tenants, &organization).await,
        Command::Revoke { id } => revoke(&tenants, &organization, id).await,
    }
}

async fn create(tenants: &Tenants, organization: &str, new: New) -> anyhow::Result<()> {
    let now = tenants.clock().now();
    let scopes = match new.scopes.as_slice() {
        [] => policy::ceiling(new.role),
        some => some.iter().copied().collect(),
    };
    let lifetime = new.days.map(|days| TimeDelta::days(days.into()));
    let new = NewToken {
        id: tenants.clock().new_id(),
        name: new.name.trim().to_owned(),
        role: new.role,
        scopes,
        expires_at: lifetime.map(|lifetime| now + lifetime),
        requests_per_minute: None,
    };
    new.check(now)?;
    let clock = tenants.clock();
    let act = Act::new(clock, organization, OPERATOR, "createAccessToken", None);
    let (_, secret) = tenants
        .create_token(organization, OPERATOR, new, act)
        .await?;
    println!("{}", secret.expose_secret());
    Ok(())
}

async fn list(tenants: &Tenants, organization: &str) -> anyhow::Result<()> {
    let tokens = tenants.store().list_access_tokens(organization).await?;
    let day = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| at.format("%F %R").to_string())
    };
    let rows: Vec<_> = tokens
        .into_iter()
        .map(|token| {
            let (expires, used) = (day(token.expires_at), day(token.last_used_at));
            let id = token.id.to_string();
            [id, token.name, token.role, token.hint, expires, used]
        })
        .collect();
    let names = ["ID", "NAME", "ROLE", "HINT", "EXPIRES", "LAST USED"];
    table::print(names, &rows);
    Ok(())
}

async fn revoke(tenants: &Tenants, organization: &str, id: Uuid) -> anyhow::Result<()> {
    let target = Some(id.to_string());
    let clock = tenants.clock();
    let act = Act::new(clock, organization, OPERATOR, "revokeAccessToken", target);
    let was_there = tenants.revoke_token(organization, id, &act).await?;
    ensure!(was_there, "{organization} has no token {id}");
    println!("{id} is revoked");
    Ok(())
}
