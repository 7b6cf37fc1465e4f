//! The published keys of one issuer: fetched when first needed, held, fetched again by age or when
//! a token names a key that is not among them.
//!
//! Nothing that a token says leads anywhere: the address is the configuration's, an id is only
//! compared, and whatever is asked for, the issuer is asked once in [`FLOOR`] at most.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tracing::Instrument;
use url::Url;

use super::{
    Error,
    key::{Key, KeySet},
};
use crate::{
    clock::Clock,
    upstream::transport::{Http, bare, read_body},
};

/// Between two fetches, however the first one ended.
pub(super) const FLOOR: Duration = Duration::from_secs(30);

/// For a whole fetch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer, in bytes.
const BODY_LIMIT: usize = 256 << 10;

/// How long keys go on working while the issuer does not answer.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// What the issuer has published.
pub(super) struct Jwks(Arc<Source>);

struct Source {
    issuer: String,
    url: Url,
    refresh: Duration,
    http: Http,
    clock: Clock,
    held: ArcSwapOption<Held>,
    last: Mutex<Option<Attempt>>,
    is_failing: AtomicBool,
}

struct Held {
    keys: KeySet,
    since: DateTime<Utc>,
}

/// A fetch that is under way or over; then its sender is gone.
#[derive(Clone)]
struct Attempt {
    begun: DateTime<Utc>,
    under_way: watch::Receiver<()>,
}

/// Why a fetch brought no keys; no text holds what was read.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the connection broke")]
    Unreachable,
    #[error("no answer within {TIMEOUT:?}")]
    TimedOut,
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer broke off, or has more than {BODY_LIMIT} bytes")]
    Body,
    #[error(transparent)]
    NotASet(#[from] super::key::NotASet),
}

impl Jwks {
    pub(super) fn new(issuer: String, url: Url, refresh: Duration, clock: Clock) -> Self {
        Self(Arc::new(Source {
            issuer,
            url,
            refresh,
            http: bare(TIMEOUT),
            clock,
            held: ArcSwapOption::empty(),
            last: Mutex::default(),
            is_failing: AtomicBool::default(),
        }))
    }

    /// The key that a token names, or the only one when it names none.
    ///
    /// Errors: [`Error::Invalid`] when there is no such key, [`Error::Unavailable`] when no keys
    /// can be had.
    pub(super) async fn find(&self, id: Option<&str>) -> Result<Arc<Key>, Error> {
        let source = &self.0;
        let mut held = source.held();
        if held
            .as_ref()
            .is_none_or(|held| source.age(held.since) >= source.refresh)
        {
            // Who holds keys does not wait for an issuer that did not answer the last time.
            let must_wait = held.is_none() || !source.is_failing.load(Ordering::Relaxed);
            let attempt = source.fetch_again();
            if must_wait {
                attempt.ended().await;
                held = source.held();
            }
        }
        let held = held.ok_or(Error::Unavailable)?;
        if let Some(key) = held.keys.find(id) {
            return Ok(key);
        }
        if id.is_some() {
            source.fetch_again().ended().await;
        }
        let held = source.held().ok_or(Error::Unavailable)?;
        held.keys.find(id).ok_or(Error::Invalid)
    }
}

impl Source {
    /// The keys, unless they are too old.
    fn held(&self) -> Option<Arc<Held>> {
        let held = self.held.load_full();
        held.filter(|held| self.clock.now() - held.since < KEPT)
    }

    fn age(&self, moment: DateTime<Utc>) -> Duration {
        (self.clock.now() - moment).to_std().unwrap_or_default()
    }

    /// Starts a fetch, unless one is under way or was begun within the floor: then it is that one.
    fn fetch_again(self: &Arc<Self>) -> Attempt {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempt) = &*last
            && (attempt.is_under_way() || self.age(attempt.begun) < FLOOR)
        {
            return attempt.clone();
        }
        let (ends, under_way) = watch::channel(());
        let begun = self.clock.now();
        let attempt = Attempt { begun, under_way };
        *last = Some(attempt.clone());
        let source = Arc::clone(self);
        // A task of its own, so that it ends whoever leaves.
        let task = async move {
            source.fetch(begun).await;
            drop(ends);
        };
        tokio::spawn(task.in_current_span());
        attempt
    }

    async fn fetch(&self, begun: DateTime<Utc>) {
        let fetched = tokio::select! {
            biased;
            fetched = self.read() => fetched,
            () = self.clock.sleep(TIMEOUT) => Err(Failure::TimedOut),
        };
        self.is_failing.store(fetched.is_err(), Ordering::Relaxed);
        match fetched {
            Ok(keys) => self.held.store(Some(Arc::new(Held { keys, since: begun }))),
            Err(failure) => {
                let issuer = &self.issuer;
                tracing::warn!(issuer, %failure, "the keys of an issuer were not fetched");
            }
        }
    }

    async fn read(&self) -> Result<KeySet, Failure> {
        let asked = self.http.get(self.url.clone()).send().await;
        let mut response = asked.map_err(|_| Failure::Unreachable)?;
        let status = response.status();
        if !status.is_success() {
            return Err(Failure::Status(status.as_u16()));
        }
        let body = read_body(&mut response, BODY_LIMIT).await;
        Ok(KeySet::parse(&body.map_err(|_| Failure::Body)?)?)
    }
}

impl Attempt {
    fn is_under_way(&self) -> bool {
        self.under_way.has_changed().is_ok()
    }

    async fn ended(mut self) {
        // Nothing is ever sent: this returns when the sender is gone.
        while self.under_way.changed().await.is_ok() {}
    }
}
