//! `hausgraph schema`.

use crate::graphql::Graph;

/// Prints the schema in its definition language.
#[expect(clippy::unnecessary_wraps, reason = "all commands answer alike")]
pub fn run() -> anyhow::Result<()> {
    print!("{}", Graph::default().sdl());
    Ok(())
}
