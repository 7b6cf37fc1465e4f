//! One way out of the house: how far, deadline, size cap, retries, no redirects, one error type.
//!
//! A client starts a call with [`Transport::get`] or [`Transport::write`] and ends it with `send`,
//! `find` or `remove`; in between it only adds what its system wants to see. Deadlines and pauses are kept on
//! [`Clock`]. Whoever drops the future has cancelled the call.
//!
//! Before a call is made, [`breaker`] says whether its system is asked at all, [`budget`] whether
//! it still allows a call, and [`bulkhead`] when there is room for one.

mod answer;
mod breaker;
mod budget;
mod bulkhead;
mod call;
mod names;
mod queue;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{dns::Resolve, header::HeaderValue, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::{Error, Priority, Reach, Scope, System};
use crate::{clock::Clock, model::Fetched};
use breaker::Breaker;
use budget::Allowance;
use bulkhead::Bulkhead;
use names::{Names, OfSystem};

pub use crate::model::CircuitState;
pub use answer::Answer;
pub(crate) use answer::read_body;
pub use budget::Budget;
pub use call::{Call, Written};
pub(crate) use reqwest::Client as Http;
pub use reqwest::Method;

/// How much we are ready to give for one answer of one system.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Until a connection stands. In real time: a connection is made outside our clock's world.
    #[serde(rename = "connect_timeout_seconds", deserialize_with = "seconds")]
    pub connect_timeout: Duration,
    /// From the call to its whole answer, retries included; single calls may allow more.
    #[serde(rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
    /// The longest body, decompressed, in bytes.
    pub max_body_bytes: usize,
    /// The most calls at the same time; fewer where a system gets slower under load. More wait for
    /// their turn.
    pub max_concurrent: usize,
}

impl Default for Limits {
    /// 500 expanded units are 16 MB, so 32 MiB stands above all that is ever asked for.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            max_body_bytes: 32 << 20,
            max_concurrent: 64,
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

/// Whether an HTTP header can carry a key.
pub fn is_sendable(key: &SecretString) -> bool {
    HeaderValue::from_str(key.expose_secret()).is_ok()
}

/// The way to one system with one credential. Clones share connections, budget, breaker and the
/// bound on concurrent calls.
#[derive(Debug, Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    scope: Scope,
}

#[derive(Debug)]
struct Shared {
    system: System,
    clock: Clock,
    limits: Limits,
    reach: Reach,
    http: Http,
    breaker: Breaker,
    allowance: Arc<Allowance>,
    bulkhead: Arc<Bulkhead>,
}

/// Below what servers and balancers usually keep (60 s), so that we never write into a connection
/// that is just being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// With less time than this left no answer comes back: nothing is begun.
const SHORTEST: Duration = Duration::from_millis(5);

/// What every client of ours is built from: it follows no redirect.
fn builder(connect_timeout: Duration) -> reqwest::ClientBuilder {
    Http::builder()
        .redirect(redirect::Policy::none())
        // A proxy would look names up in our place, out of sight of `reach`; and the environment
        // is not read here.
        .no_proxy()
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .user_agent(concat!("hausgraph/", env!("CARGO_PKG_VERSION")))
}

/// A client for an address of the configuration that is no system's, such as an issuer's keys.
/// Deadline and size of an answer are the caller's.
pub(crate) fn bare(connect_timeout: Duration) -> Http {
    let client = builder(connect_timeout).build();
    client.expect("the TLS backend is compiled in")
}

impl Transport {
    /// A way to `system`, for calls without a deadline of their own until [`Self::scoped`].
    pub fn new(system: System, clock: Clock, limits: Limits, reach: Reach) -> Self {
        Self::with_names(system, clock, limits, reach, Arc::new(OfSystem))
    }

    /// The same with another source of what names lead to.
    pub fn with_names(
        system: System,
        clock: Clock,
        limits: Limits,
        reach: Reach,
        source: Arc<dyn Resolve>,
    ) -> Self {
        let http = builder(limits.connect_timeout)
            .dns_resolver(Names { reach, source })
            .pool_max_idle_per_host(limits.max_concurrent)
            .build()
            .expect("the TLS backend is compiled in");
        let shared = Shared {
            system,
            breaker: Breaker::new(system, clock.clone()),
            allowance: Allowance::new(clock.clone()),
            bulkhead: Bulkhead::new(limits.max_concurrent),
            clock,
            limits,
            reach,
            http,
        };
        Self {
            shared: Arc::new(shared),
            scope: Scope::default(),
        }
    }

    /// On whose behalf it leads.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The same way, on behalf of `scope`.
    pub fn scoped(&self, scope: Scope) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            scope,
        }
    }

    /// The same way for work that several scopes share: it does not end with the first of them.
    pub fn shared(&self) -> Self {
        self.scoped(Scope {
            deadline: None,
            ..self.scope.clone()
        })
    }

    /// What the system allows, as far as it is known. Nothing is asked for it.
    pub fn budget(&self) -> Budget {
        self.shared.allowance.budget(self.shared.breaker.circuit())
    }

    /// Whether work that nobody waits for should be left for now: the system is down, or allows
    /// hardly more than those need whom somebody waits for.
    pub fn is_short(&self) -> bool {
        self.shared.breaker.circuit() != CircuitState::Closed || self.shared.allowance.is_short()
    }

    /// Who goes first.
    pub fn priority(&self) -> Priority {
        self.scope.priority
    }

    /// The clock that deadlines are kept on.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// What is to be said of what is read now.
    pub fn fetched(&self) -> Fetched {
        Fetched {
            at: self.now(),
            number: self.scope.number,
        }
    }

    /// A call that reads: it is repeated when that may help.
    pub fn get(&self, operation: &'static str, url: Url) -> Call<'_> {
        self.write(Method::GET, operation, url).repeatable()
    }

    /// A call that writes: it is sent once, unless it is made [`Call::repeatable`].
    pub fn write(&self, method: Method, operation: &'static str, url: Url) -> Call<'_> {
        let forbidden = self.shared.reach.check(&url).err();
        let request = self.shared.http.request(method, url);
        Call::new(self, operation, request, forbidden)
    }

    /// Runs `work` until it ends, `timeout` has passed, or the scope's deadline has.
    ///
    /// Errors: those of `work`, and [`Error::TimedOut`].
    pub async fn in_time<T>(
        &self,
        operation: &'static str,
        timeout: Duration,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let left = self.time_left().map_or(timeout, |left| left.min(timeout));
        let timed_out = || Error::TimedOut {
            system: self.shared.system,
            operation,
            after: left,
        };
        if left < SHORTEST {
            return Err(timed_out());
        }
        tokio::select! {
            biased;
            result = work => result,
            () = self.shared.clock.sleep(left) => Err(timed_out()),
        }
    }

    /// Until the scope's deadline; zero when it has passed, `None` when there is none.
    fn time_left(&self) -> Option<Duration> {
        let left: TimeDelta = self.scope.deadline? - self.now();
        Some(left.to_std().unwrap_or(Duration::ZERO))
    }
}
