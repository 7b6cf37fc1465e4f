//! What was asked of each simulated system: a bounded list of requests and a count per endpoint.
//!
//! It proves how many calls a query cost, that no key went where it must not, and under which
//! conditions a write was sent. Bodies, secrets in the query, and values of other headers than
//! `Idempotency-Key` and `If-Match` never enter it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{extract::Request, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::System;

/// How many requests are listed; counts go on beyond.
const CAPACITY: usize = 10_000;

/// Headers that carry a credential.
const CREDENTIALS: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
];

/// Query parameters whose value is a secret.
const SECRETS: [&str; 4] = ["access_token", "api_key", "signature", "token"];

/// Requests per endpoint, such as `GET /v1/units`, by system.
pub type Counts = BTreeMap<System, BTreeMap<String, u64>>;

/// One request and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Rises by one with every request, over all systems; never used twice.
    pub number: u64,
    /// When it arrived, on the sandbox's clock.
    pub at: DateTime<Utc>,
    /// What was asked.
    #[serde(flatten)]
    pub arrival: Arrival,
    /// None while the answer is under way, and when the connection was dropped without one.
    pub status: Option<u16>,
}

/// What a request asked for, without its secrets.
#[derive(Debug, Clone, Serialize)]
pub struct Arrival {
    /// Whom it reached.
    pub system: System,
    /// Such as `GET`.
    pub method: String,
    /// The route that took it, such as `/v1/units/{id}`; none for an unknown path.
    pub route: Option<String>,
    /// The path as sent.
    pub path: String,
    /// The query as sent, secrets replaced by `…`.
    pub query: String,
    /// The names of all headers, lower case, sorted.
    pub headers: Vec<String>,
    /// Those among them that carry a credential.
    pub credentials: Vec<String>,
    /// By which a write that is sent again is known, as sent.
    pub idempotency_key: Option<String>,
    /// The version that a write is meant for, as sent.
    pub if_match: Option<String>,
}

impl Arrival {
    /// Reads a request that `route` took.
    pub(super) fn of(request: &Request, system: System, route: Option<String>) -> Self {
        let mut headers: Vec<String> = request.headers().keys().map(ToString::to_string).collect();
        headers.sort();
        let credentials = headers
            .iter()
            .filter(|name| CREDENTIALS.contains(&name.as_str()))
            .cloned()
            .collect();
        let text = |name: &str| {
            let value = request.headers().get(name);
            value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            system,
            method: request.method().to_string(),
            route,
            path: request.uri().path().to_owned(),
            query: without_secrets(request.uri().query().unwrap_or_default()),
            headers,
            credentials,
            idempotency_key: text("idempotency-key"),
            if_match: text("if-match"),
        }
    }

    /// Method and route, such as `GET /v1/units/{id}`.
    pub fn endpoint(&self) -> String {
        let route = self.route.as_deref().unwrap_or("(unknown path)");
        format!("{} {route}", self.method)
    }
}

fn without_secrets(query: &str) -> String {
    let clean = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if SECRETS.contains(&name.to_lowercase().as_str()) => format!("{name}=…"),
        _ => pair.to_owned(),
    };
    query.split('&').map(clean).collect::<Vec<_>>().join("&")
}

/// The list and the counts.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    next: u64,
    entries: VecDeque<Entry>,
    counts: Counts,
}

impl Journal {
    /// The latest requests, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.pages().entries.iter().cloned().collect()
    }

    /// Requests since the start or the last [`clear`](Self::clear).
    pub fn counts(&self) -> Counts {
        self.pages().counts.clone()
    }

    /// Requests to one endpoint, such as `GET /v1/units`.
    pub fn count(&self, system: System, endpoint: &str) -> u64 {
        let pages = self.pages();
        let of_system = pages.counts.get(&system);
        of_system
            .and_then(|counts| counts.get(endpoint))
            .copied()
            .unwrap_or(0)
    }

    /// Requests to one system.
    pub fn count_all(&self, system: System) -> u64 {
        let pages = self.pages();
        pages.counts.get(&system).map_or(0, |c| c.values().sum())
    }

    /// Forgets list and counts.
    pub fn clear(&self) {
        let mut pages = self.pages();
        pages.entries.clear();
        pages.counts.clear();
    }

    /// Writes a request down and gives its number.
    pub(super) fn arrive(&self, at: DateTime<Utc>, arrival: Arrival) -> u64 {
        let mut pages = self.pages();
        let number = pages.next;
        pages.next += 1;
        let counts = pages.counts.entry(arrival.system).or_default();
        *counts.entry(arrival.endpoint()).or_default() += 1;
        if pages.entries.len() == CAPACITY {
            pages.entries.pop_front();
        }
        pages.entries.push_back(Entry {
            number,
            at,
            arrival,
            status: None,
        });
        number
    }

    /// Adds the answer, unless the request was forgotten meanwhile.
    pub(super) fn answer(&self, number: u64, status: StatusCode) {
        let mut pages = self.pages();
        let position = pages.entries.binary_search_by_key(&number, |e| e.number);
        if let Ok(position) = position {
            pages.entries[position].status = Some(status.as_u16());
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
