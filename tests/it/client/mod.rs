//! The clients of the three systems, against servers on real sockets.

use std::time::Duration;

use hausgraph::{
    clock::Clock,
    upstream::{BaseUrl, Error},
};

mod breaker;
mod budget;
mod bulkhead;
mod deeprent;
mod fault;
mod propstack;
mod propstreet;
mod reach;
mod right;
mod transport;
mod webhook;

fn base_url(text: &str) -> BaseUrl {
    text.parse().expect("a loopback address")
}

/// No address, no credential and no body in what a log or an answer may show.
fn assert_tells_nothing(error: &Error, secrets: &[&str]) {
    let common = ["127.0.0.1", "http", "?", "@", "{\"", "<"];
    for text in [error.to_string(), format!("{error:?}")] {
        for hidden in secrets.iter().chain(&common) {
            assert!(!text.contains(hidden), "{text} tells {hidden}");
        }
    }
}

/// Lets time run in steps of a second through every pause of `work`; each asker has a deadline of
/// its own, so `deadlines` sleepers mean that nobody pauses.
async fn hurry<T>(clock: &Clock, deadlines: usize, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = clock.wait_for_sleepers(deadlines + 1) => clock.advance(Duration::from_secs(1)),
        }
        // Whoever was woken may run in a task of its own.
        tokio::task::yield_now().await;
    }
}
