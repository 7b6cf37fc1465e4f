//! The gateway's program: one line per command, each in `hausgraph::cli`.

fn main() {}
