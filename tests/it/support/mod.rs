//! What the tests share: a gateway over a sandbox, tokens, a clock.

pub mod answer;
mod folder;
mod form;
mod gateway;
mod graph;
mod issuer;
mod log;
mod mutation;
mod pdf;
pub mod receiver;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeZone, Utc};
use hausgraph::{
    auth::{Authenticator, access_token::AccessTokens, token::Keys},
    clock::Clock,
    sandbox::{self, Options, Sandbox},
    store::{self, Store},
};

pub use folder::Folder;
pub use form::Form;
pub use gateway::TestGateway;
pub use graph::{codes, text, texts, walk, written};
pub use issuer::Issuer;
pub use log::logged;
pub use pdf::pdf;

/// A moment to stop the clock at: 09:00 in Berlin on a working day.
pub fn morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 8, 0, 0)
        .single()
        .expect("a moment of the calendar")
}

/// The default sandbox on a stopped clock; a fresh one per test, on ports of its own.
///
/// Building a missing PDF takes no time here, lest it wait for somebody to push the clock.
pub async fn sandbox() -> Sandbox {
    let sandbox = sandbox_on(Clock::stopped(morning())).await;
    sandbox.shared.switches_mut().deeprent.pdf_build_delay_ms = 0;
    sandbox
}

/// The default sandbox on this clock.
pub async fn sandbox_on(clock: Clock) -> Sandbox {
    let options = Options {
        clock,
        ..Options::default()
    };
    sandbox::start(options)
        .await
        .expect("loopback ports can be had")
}

/// A sandbox whose firms share their ids; all that the foreign one has is marked.
pub async fn overlapping_sandbox() -> Sandbox {
    let options = Options {
        clock: Clock::stopped(morning()),
        overlapping_ids: true,
        ..Options::default()
    };
    let sandbox = sandbox::start(options).await;
    let sandbox = sandbox.expect("loopback ports can be had");
    sandbox.shared.switches_mut().deeprent.pdf_build_delay_ms = 0;
    sandbox
}

/// A bare HTTP client: no redirects, and a deadline so that a hanging server fails the test.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .expect("the default TLS set-up is sound")
}

/// What asks for tokens, with these keys and a store of its own without any; on a clock that stands
/// where it does not matter.
pub async fn authenticator(keys: Keys) -> Authenticator {
    let settings = store::Settings {
        url: "sqlite::memory:".into(),
    };
    let store = Store::open(&settings).await.expect("memory can be had");
    let clock = Clock::stopped(morning());
    Authenticator::new(keys, Arc::new(AccessTokens::new(store, clock)))
}
