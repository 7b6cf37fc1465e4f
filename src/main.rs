//! The gateway's program: one line per command, each in `hausgraph::cli`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hausgraph::cli::run().await
}
