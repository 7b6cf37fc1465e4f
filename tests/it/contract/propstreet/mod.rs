//! The rules of Propstreet's contract, by bare HTTP against the sandbox.
//!
//! Each test puts the few records that its rule needs into the demo firm ([`market`]) and asks as a
//! client would. The number in a test's name is the rule's.

use std::{sync::RwLockReadGuard, time::Duration};

use hausgraph::{
    clock::Clock,
    sandbox::{Sandbox, propstreet::Switches, world::World},
};
use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;

use self::market::Market;
use crate::support;

mod access;
mod delta;
mod market;
mod network;
mod paging;
mod project;
mod prospect;
mod reference;
mod webhook;
mod write;

/// A sandbox with a market of the test's own, and a token for it.
struct Firm {
    sandbox: Sandbox,
    clock: Clock,
    http: reqwest::Client,
    token: String,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Firm {
    /// The firm that the sandbox generates, for rules that hold for any data.
    async fn generated() -> Self {
        let clock = Clock::stopped(support::morning());
        let mut firm = Self {
            sandbox: support::sandbox_on(clock.clone()).await,
            clock,
            http: support::http(),
            token: String::new(),
        };
        firm.token = firm.buy_token().await;
        firm
    }

    /// A firm with these records instead.
    async fn with(market: Market) -> Self {
        let firm = Self::generated().await;
        // Before the first read: the server indexes what it finds then.
        market.into_world(&mut firm.sandbox.shared.tenants[0].world_mut());
        firm
    }

    fn world(&self) -> RwLockReadGuard<'_, World> {
        self.sandbox.shared.tenants[0].world()
    }

    /// Puts records into the firm that this one must never see.
    fn set_foreign(&self, market: Market) {
        market.into_world(&mut self.sandbox.shared.tenants[1].world_mut());
    }

    fn set_switches(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.sandbox.shared.switches_mut().propstreet);
    }

    /// The form of the client-credentials exchange.
    fn form(&self) -> Vec<(&'static str, String)> {
        let access = &self.sandbox.access.demo.propstreet;
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", access.client_id.clone()),
            ("client_secret", access.client_secret.clone()),
            ("scope", "api:public".to_owned()),
        ]
    }

    async fn exchange(&self, form: &[(&str, String)]) -> Answer {
        let url = &self.sandbox.access.demo.propstreet.token_url;
        send(self.http.post(url).form(form)).await
    }

    async fn buy_token(&self) -> String {
        let answer = self.exchange(&self.form()).await;
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    fn url(&self, path: &str) -> String {
        let base = &self.sandbox.access.demo.propstreet.base_url;
        format!("{base}{path}")
    }

    async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.token, path).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Answer {
        send(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    /// The rows of a page that must be there.
    async fn rows(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body["data"].as_array().unwrap().clone()
    }

    /// The ids on a page, in its order.
    async fn ids(&self, path: &str) -> Vec<String> {
        let rows = self.rows(path).await;
        let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
        rows.iter().map(id).collect()
    }

    /// Follows the cursors from `path`, which has a query, to the end: the pages' ids.
    async fn walk(&self, path: &str) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).await.body;
            let rows = page["data"].as_array().unwrap();
            let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
            pages.push(rows.iter().map(id).collect());
            assert!(pages.len() < 100, "the cursors of {path} do not end");
            let cursor = page["page"]["nextCursor"].as_str();
            assert_eq!(page["page"]["hasMore"], cursor.is_some());
            match cursor {
                Some(cursor) => next = format!("{path}&cursor={cursor}"),
                None => return pages,
            }
        }
    }

    /// Asserts a refusal: its status, and a problem body that names it.
    async fn refuses(&self, path: &str, status: u16) {
        self.get(path).await.assert_problem(status, path);
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn assert_problem(&self, status: u16, what: &str) {
        assert_eq!(self.status, status, "{what}: {}", self.body);
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{what}");
        assert_eq!(self.body["status"], status, "{what}");
        let name = self.body["type"].as_str().unwrap();
        assert!(name.starts_with("urn:propstreet:error:"), "{what}: {name}");
        assert!(self.body["title"].is_string() && self.body["detail"].is_string());
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = match status {
        StatusCode::NO_CONTENT => Value::Null,
        _ => serde_json::from_str(&text).unwrap(),
    };
    Answer {
        status,
        headers,
        body,
    }
}

/// Whether a null stands anywhere in it.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(fields) => fields.values().any(holds_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
