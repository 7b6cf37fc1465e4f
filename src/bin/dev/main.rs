//! The one command of the house: `cargo dev check|fix|schema|run|bench`.
//!
//! It only starts other commands, and whatever a step does can be typed by hand. What a machine
//! needs beside Rust is the business of `tests/run`.

mod demo;
mod postgres;
mod shell;
mod steps;

use std::process::{Command, ExitCode};
use std::{env, fs};

use crate::demo::Demo;
use crate::postgres::Postgres;
use crate::shell::{cargo, node, npm_ci, output, root, run};
use crate::steps::Steps;

const USAGE: &str = "usage: cargo dev <command>
  check   format, lints, dependencies, tests, documentation, playground, npm clients, browser
  fix     lint suggestions, format, schema, playground, snapshots
  schema  write schema/gateway.graphql
  run     start the demo; further arguments go to `hausgraph demo`
  bench   what answers cost, beside services that give the same data; `bench --help` says more";

/// One TLS backend is enough, and `rsa` leaks keys by its timing (RUSTSEC-2023-0071).
const UNWANTED_CRATES: [&str; 2] = ["ring", "rsa"];

/// What went wrong, in words for the terminal.
type Problem = String;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["check"] => check(),
        ["fix"] => fix(),
        ["schema"] => schema(),
        ["bench", rest @ ..] => bench(rest),
        ["run", rest @ ..] => run(cargo("run --quiet --bin hausgraph -- demo").args(rest)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\ncargo dev: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Stops at the first step that fails, cheap ones first.
fn check() -> Result<(), Problem> {
    let lints = "clippy --locked --all-targets -- --deny warnings";
    let lean_lints = "clippy --locked --no-default-features -- --deny warnings";
    let mut documentation = cargo("doc --locked --no-deps --lib --document-private-items");
    documentation.env("RUSTDOCFLAGS", "--deny warnings");

    let mut steps = Steps::default();
    steps.run("format", cargo("fmt --check"))?;
    steps.step("dependencies", no_unwanted_crates)?;
    steps.run("lints", cargo(lints))?;
    steps.run("lints without the sandbox", cargo(lean_lints))?;
    if is_installed("deny") {
        steps.run("advisories", cargo("deny check advisories"))?;
    }
    let postgres = Postgres::find_or_start()?;
    steps.test("tests", tests(&postgres))?;
    steps.run("documentation", documentation)?;
    steps.run("playground packages", npm_ci("playground"))?;
    steps.run("playground build", node("playground", "build.mjs --check"))?;
    steps.run("gateway", cargo("build --locked --bin hausgraph"))?;
    let demo = Demo::start()?;
    steps.run("npm client packages", npm_ci("tests/npm"))?;
    for (name, script) in [
        ("graphql-http audit", "graphql_http_audit.mjs"),
        ("graphql-ws client", "graphql_ws.mjs"),
    ] {
        steps.test(name, demo.client("tests/npm", script))?;
    }
    steps.run("browser packages", npm_ci("tests/browser"))?;
    steps.test("browser", demo.client("tests/browser", "playground.mjs"))?;
    steps.total();
    Ok(())
}

fn fix() -> Result<(), Problem> {
    run(&mut cargo(
        "clippy --fix --allow-dirty --allow-staged --all-targets",
    ))?;
    run(&mut cargo("fmt"))?;
    schema()?;
    run(&mut npm_ci("playground"))?;
    run(&mut node("playground", "build.mjs"))?;
    let postgres = Postgres::find_or_start()?;
    run(tests(&postgres).env("INSTA_UPDATE", "always"))
}

fn schema() -> Result<(), Problem> {
    let sdl = output(&mut cargo("run --quiet --bin hausgraph -- schema"))?;
    let file = root().join("schema/gateway.graphql");
    fs::write(&file, sdl).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// In the profile of releases, and without what Cargo itself has to say.
fn bench(arguments: &[&str]) -> Result<(), Problem> {
    let line = "bench --locked --quiet --bench gateway --profile dist --";
    run(cargo(line).args(arguments))
}

fn no_unwanted_crates() -> Result<usize, Problem> {
    let tree = output(&mut cargo(
        "tree --locked --all-features --prefix none --format {p}",
    ))?;
    let mut names = tree.lines().filter_map(|line| line.split(' ').next());
    match names.find(|name| UNWANTED_CRATES.contains(name)) {
        Some(name) => Err(format!(
            "`{name}` came in; see `cargo tree --invert {name}`"
        )),
        None => Ok(0),
    }
}

fn tests(postgres: &Postgres) -> Command {
    let line = if is_installed("nextest") {
        "nextest run --locked"
    } else {
        "test --locked"
    };
    let mut command = cargo(line);
    command.env(postgres::VARIABLE, &postgres.url);
    command
}

fn is_installed(subcommand: &str) -> bool {
    output(&mut cargo(&format!("{subcommand} --version"))).is_ok()
}
