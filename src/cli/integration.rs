//! `hausgraph integration`.

use anyhow::{Context, anyhow, ensure};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use secrecy::ExposeSecret;

use super::{setting::Owner, table};
use crate::{
    config::Reference,
    model::{
        CredentialsInput, DeepRentCredentialsInput, Integration, IntegrationStatus, MutationError,
        PropstackCredentialsInput, PropstreetCredentialsInput, System,
    },
    tenant::{Act, Credentials, Tenants, act::OPERATOR},
    upstream::Scope,
};

/// What `integration` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    owner: Owner,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows how each system is connected.
    List,
    /// Asks a system whether it still accepts its credentials.
    Check {
        /// Which one.
        #[arg(value_parser = system())]
        system: System,
    },
    /// Tries credentials at their system, and saves them when it accepts them.
    ///
    /// Secrets are named as env:NAME, file:PATH or - (a line of standard input).
    #[command(subcommand)]
    Connect(Connect),
    /// Forgets the credentials of a system.
    Disconnect {
        /// Which one.
        #[arg(value_parser = system())]
        system: System,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Connect {
    /// Connects Propstack.
    Propstack {
        /// Where an API key is; rights may be split over several.
        #[arg(long = "api-key", required = true, value_name = "REFERENCE")]
        api_keys: Vec<Reference>,
    },
    /// Connects deep.rent.
    Deeprent {
        /// Where the API key is that opens the protocols.
        #[arg(long, value_name = "REFERENCE")]
        api_key: Reference,
        /// Where the token of a login is that opens the administration.
        #[arg(long, value_name = "REFERENCE")]
        session_token: Option<Reference>,
        /// deep.rent's id of the organisation that the login acts for.
        #[arg(long)]
        organization_id: Option<String>,
    },
    /// Connects Propstreet, by a personal access token or a client's id with its secret.
    Propstreet {
        /// Where the access token is.
        #[arg(long, value_name = "REFERENCE")]
        access_token: Option<Reference>,
        /// The client's id.
        #[arg(long)]
        client_id: Option<String>,
        /// Where the client's secret is.
        #[arg(long, value_name = "REFERENCE")]
        client_secret: Option<Reference>,
    },
}

pub(super) fn system() -> impl TypedValueParser<Value = System> {
    PossibleValuesParser::new(System::ALL.map(System::as_str)).map(|word| {
        let mut systems = System::ALL.into_iter();
        let found = systems.find(|system| system.as_str() == word);
        found.expect("no other value is possible")
    })
}

/// Does what the arguments say.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (tenants, organization) = arguments.owner.open().await?;
    let act = |action, system: Option<System>| {
        let target = system.map(|system| system.as_str().to_owned());
        Act::new(tenants.clock(), &organization, OPERATOR, action, target)
    };
    match arguments.command {
        Command::List => print(&tenants.list_integrations(&organization).await?),
        Command::Check { system } => {
            let act = act("checkIntegration", Some(system));
            let tenant = tenants.find(&organization).await?;
            let tenant = tenant.context("the organisation is gone")?;
            let scope = Scope::default();
            let checked = tenants.check(&tenant, system, &scope, &act).await?;
            let is_well = checked.status == IntegrationStatus::Connected;
            print(&[checked]);
            ensure!(is_well, "{} does not work", system.name());
        }
        Command::Connect(connect) => {
            let connected = self::connect(&tenants, &organization, connect, act).await?;
            print(&[connected]);
        }
        Command::Disconnect { system } => {
            let act = act("disconnectIntegration", Some(system));
            let gone = tenants.disconnect(&organization, system, &act).await?;
            print(&[gone]);
        }
    }
    Ok(())
}

async fn connect(
    tenants: &Tenants,
    organization: &str,
    connect: Connect,
    act: impl Fn(&'static str, Option<System>) -> Act,
) -> anyhow::Result<Integration> {
    let action = "connectIntegration";
    let credentials = match Credentials::try_from(connect.read()?) {
        Ok(credentials) => credentials,
        Err(error) => {
            act(action, None)
                .write(tenants.store(), "VALIDATION")
                .await?;
            let MutationError::InputError(told) = error else {
                return Err(anyhow!("these credentials cannot be used"));
            };
            return Err(anyhow!(told.message));
        }
    };
    let act = act(action, Some(credentials.system()));
    let scope = Scope::default();
    Ok(tenants
        .connect(&credentials, &scope, organization, &act)
        .await?)
}

impl Connect {
    fn read(self) -> anyhow::Result<CredentialsInput> {
        Ok(match self {
            Self::Propstack { api_keys } => {
                CredentialsInput::Propstack(PropstackCredentialsInput {
                    api_keys: api_keys.iter().map(read).collect::<Result<_, _>>()?,
                    webhook_secret: None,
                })
            }
            Self::Deeprent {
                api_key,
                session_token,
                organization_id,
            } => CredentialsInput::DeepRent(DeepRentCredentialsInput {
                api_key: read(&api_key)?,
                session_token: session_token.as_ref().map(read).transpose()?,
                organization_id,
                webhook_secret: None,
            }),
            Self::Propstreet {
                access_token,
                client_id,
                client_secret,
            } => CredentialsInput::Propstreet(PropstreetCredentialsInput {
                access_token: access_token.as_ref().map(read).transpose()?,
                client_id,
                client_secret: client_secret.as_ref().map(read).transpose()?,
            }),
        })
    }
}

fn read(reference: &Reference) -> anyhow::Result<String> {
    let secret = reference.read().map_err(anyhow::Error::msg)?;
    Ok(secret.expose_secret().to_owned())
}

fn print(integrations: &[Integration]) {
    let rows: Vec<_> = integrations
        .iter()
        .map(|integration| {
            let status = match integration.status {
                IntegrationStatus::NotConnected => "not connected",
                IntegrationStatus::Unchecked => "unchecked",
                IntegrationStatus::Connected => "connected",
                IntegrationStatus::Refused => "refused",
                IntegrationStatus::Unreachable => "unreachable",
            };
            [
                integration.system.as_str().to_owned(),
                status.to_owned(),
                integration.key_hint.clone().unwrap_or_default(),
                integration.permissions.join(", "),
                integration.problem.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let names = ["SYSTEM", "STATUS", "KEY", "PERMISSIONS", "PROBLEM"];
    table::print(names, &rows);
}
