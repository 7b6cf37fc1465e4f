//! The commands of the program, one file each.

mod check;
#[cfg(feature = "sandbox")]
mod demo;
mod import;
mod integration;
mod key;
mod organization;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod serve;
mod setting;
mod shutdown;
mod table;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// One GraphQL graph over Propstack, deep.rent and Propstreet.
#[derive(Debug, Parser)]
#[command(name = "hausgraph", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a gateway over three simulated systems; this is also what no command means.
    #[cfg(feature = "sandbox")]
    Demo(demo::Arguments),
    /// Starts the gateway that a configuration describes.
    Serve(serve::Arguments),
    /// Starts the three simulated systems alone.
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Arguments),
    /// Prints the schema in its definition language.
    Schema,
    /// Adds and lists the organisations that are served.
    Organization(organization::Arguments),
    /// Makes, lists and takes back the tokens that open the gateway.
    Token(token::Arguments),
    /// Connects the systems of an organisation.
    Integration(integration::Arguments),
    /// Reads the records of a system into the index.
    Import(import::Arguments),
    /// Makes master keys, and seals the stored credentials with a new one.
    Keys(key::Arguments),
    /// Checks a configuration and its store, and whether its systems answer.
    Check(check::Arguments),
}

/// Runs the command that the arguments name.
pub async fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        #[cfg(feature = "sandbox")]
        None => demo::run(demo::Arguments::default()).await,
        #[cfg(not(feature = "sandbox"))]
        None => serve::run(serve::Arguments::default()).await,
        #[cfg(feature = "sandbox")]
        Some(Command::Demo(arguments)) => demo::run(arguments).await,
        Some(Command::Serve(arguments)) => serve::run(arguments).await,
        #[cfg(feature = "sandbox")]
        Some(Command::Sandbox(arguments)) => sandbox::run(arguments).await,
        Some(Command::Schema) => schema::run(),
        Some(Command::Organization(arguments)) => organization::run(arguments).await,
        Some(Command::Token(arguments)) => token::run(arguments).await,
        Some(Command::Integration(arguments)) => integration::run(arguments).await,
        Some(Command::Import(arguments)) => import::run(arguments).await,
        Some(Command::Keys(arguments)) => key::run(arguments).await,
        Some(Command::Check(arguments)) => check::run(&arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hausgraph: {error:#}");
            ExitCode::FAILURE
        }
    }
}
