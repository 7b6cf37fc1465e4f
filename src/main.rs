//! The gateway's program: one line per command, each in `hausgraph::cli`.

use std::process::ExitCode;

/// An answer is made of many small values, which it makes cheaper: decision 0020.
#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// Of each worker, in bytes. An operation is a tree of nested futures, polled from its root: in a
/// debug build a deep one needs more than the default of 2 MiB.
const STACK: usize = 4 << 20;

fn main() -> ExitCode {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .expect("a system that starts programs also starts their threads")
        .block_on(hausgraph::cli::run())
}
