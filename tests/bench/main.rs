//! The bench: what an answer of the gateway costs, beside services that give the same data.
//!
//! `cargo dev bench` builds this as what is shipped is built, and runs it. Every contender is a process of its own,
//! made from this very program with the name of a [`Role`], so that its CPU time and its peak memory can be read from
//! `/proc`:
//!
//! - `gateway`: the real router over the real clients, with the configuration in `gateway.rs`
//! - `typed`: a hand-written service with the same calls and the same data, without GraphQL
//! - `plain`: an async-graphql gateway with loaders as one would write it in a day
//! - `fixed`: the bytes of the answer and nothing else
//!
//! Behind the first three is `upstream`, which has recorded what the sandbox answers and gives it back after a
//! latency that can be set, counting the calls. In front of them is `load`. Each [`workload::Workload`] runs cold,
//! where no request is like another, and warm, where all are alike. Contenders take turns in short rounds, since
//! machines have moods; the middle round counts, and ratios are of one run.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot go on ends by panicking"
)]

mod answer;
mod fixed;
mod gateway;
mod load;
mod plain;
mod process;
mod report;
mod run;
mod server;
mod systems;
mod typed;
mod upstream;
mod workload;

use std::{io, net::SocketAddr, path::PathBuf, process::exit, thread};

use clap::{Parser, Subcommand};

use workload::{Temperature, Workload};

/// As the gateway's own program has it; the others have it too.
#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// What the bench can be told.
#[derive(Debug, Parser)]
#[command(name = "cargo dev bench")]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Only this workload; may be repeated.
    #[arg(long)]
    workload: Vec<Workload>,
    /// How long the upstream waits before each answer, in milliseconds.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 5, 50])]
    latency: Vec<u64>,
    /// How long a round lasts; there are three of each.
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
    /// Requests at the same time; eight times as many where one record is asked for, an eighth where answers are
    /// large.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Only cold, or only warm.
    #[arg(long)]
    only: Option<Temperature>,
    /// Short rounds without latency: about a minute.
    #[arg(long)]
    quick: bool,
    /// Writes `tests/bench/RESULTS.md`.
    #[arg(long)]
    write: bool,
    /// A command that the gateway is run under, such as `valgrind --tool=callgrind`, for a look inside; then nobody
    /// else is measured.
    #[arg(long)]
    under: Option<String>,
    /// Stops after so many requests of a round, for a look inside.
    #[arg(long)]
    requests: Option<u64>,
    /// Cargo says this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a process of the bench is; without one it runs the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
enum Role {
    /// The recorded systems.
    #[command(hide = true)]
    Upstream,
    /// Ours.
    #[command(hide = true)]
    Gateway { upstream: SocketAddr },
    /// The same data without GraphQL.
    #[command(hide = true)]
    Typed { upstream: SocketAddr },
    /// A gateway of a day's work.
    #[command(hide = true)]
    Plain { upstream: SocketAddr },
    /// Bytes.
    #[command(hide = true)]
    Fixed,
}

/// As the gateway's own program has it.
const STACK: usize = 4 << 20;

fn main() {
    let arguments = Arguments::parse();
    let mut runtime = match arguments.role {
        // It and the upstream leave as much as they can to whom they measure.
        None | Some(Role::Upstream) => tokio::runtime::Builder::new_current_thread(),
        Some(_) => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.unwrap();
    let Some(role) = arguments.role else {
        runtime.block_on(run::all(arguments));
        return;
    };
    end_with_parent();
    runtime.block_on(async {
        match role {
            Role::Upstream => upstream::run().await,
            Role::Gateway { upstream } => gateway::run(upstream).await,
            Role::Typed { upstream } => typed::run(upstream).await,
            Role::Plain { upstream } => plain::run(upstream).await,
            Role::Fixed => fixed::run().await,
        }
    });
}

/// A parent that is gone has closed our standard input.
fn end_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        exit(0);
    });
}

/// Where results are kept.
fn results() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bench/RESULTS.md")
}
