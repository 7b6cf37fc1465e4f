//! Rules of the Propstack contract (its section 11), held against the sandbox by bare HTTP.

use std::collections::BTreeSet;

use hausgraph::sandbox::{Sandbox, world::World};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::support::{http, sandbox};

mod directory;
mod document;
mod fault;
mod hook;
mod key;

mod page;
mod unit;
mod upload;

/// A client that knows nothing but addresses and a key.
struct Account {
    sandbox: Sandbox,
    http: reqwest::Client,
    key: String,
}

impl Account {
    async fn open() -> Self {
        let sandbox = sandbox().await;
        let key = sandbox.access.demo.propstack.api_key.clone();
        Self {
            sandbox,
            http: http(),
            key,
        }
    }

    /// The same account by a key for these resources alone.
    fn narrowed(mut self, rights: &str) -> Self {
        self.key = format!("{}.{rights}", self.key);
        self
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.access.demo.propstack.base_url)
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.http.get(self.url(path)).header("X-API-KEY", &self.key);
        request.send().await.unwrap()
    }

    /// The body of an answer that must be 200.
    async fn read(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    async fn refused(&self, path: &str) -> (StatusCode, String) {
        let response = self.get(path).await;
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        (status, body["errors"][0].as_str().unwrap().to_owned())
    }

    /// All pages of a list, as ids in the order they came.
    async fn walk(&self, path: &str) -> Vec<u64> {
        let mut seen = Vec::new();
        for page in 1.. {
            let rows = self.read(&format!("{path}&page={page}")).await;
            let ids = ids(&rows);
            if ids.is_empty() {
                break;
            }
            seen.extend(ids);
        }
        seen
    }

    fn world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.sandbox.shared.tenants[0].world())
    }

    /// Active units by ascending id.
    fn active(&self, count: usize) -> Vec<u64> {
        self.world(|world| {
            let active = world.units.iter().filter(|unit| !unit.is_archived);
            active.take(count).map(|unit| unit.id).collect()
        })
    }
}

fn rows(body: &Value) -> &Vec<Value> {
    body.as_array()
        .or_else(|| body["data"].as_array())
        .expect("an array or one in `data`")
}

fn ids(body: &Value) -> Vec<u64> {
    let rows = rows(body).iter();
    rows.map(|row| row["id"].as_u64().unwrap()).collect()
}

fn batch(ids: &[u64]) -> String {
    let pairs = ids.iter().map(|id| format!("property_ids%5B%5D={id}"));
    pairs.collect::<Vec<_>>().join("&")
}

fn distinct(ids: &[u64]) -> usize {
    ids.iter().collect::<BTreeSet<_>>().len()
}

fn keys(row: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = row
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}
