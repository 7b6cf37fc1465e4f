//! The one command of the house: `cargo dev check|fix|schema|run`.

fn main() {}
