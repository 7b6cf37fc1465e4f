//! The edge over real HTTP, with a tiny schema behind it: what it lets through, what it refuses,
//! and that it goes on answering whatever it is sent.

mod attack;
mod failure;
mod page;
mod protocol;
pub mod socket;
mod upload;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_graphql::{EmptySubscription, Object, Schema};
use bytes::Bytes;
use chrono::DateTime;
use futures_util::stream;
use hausgraph::{
    auth::{Role, Scopes, Viewer, issuer, token},
    clock::Clock,
    edge::{self, Execute, Readiness, guard::Limits},
};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use crate::support::{Issuer, authenticator};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

struct Query;

#[Object]
impl Query {
    async fn hello(&self, name: Option<String>) -> String {
        format!("hello {}", name.unwrap_or_default())
    }

    async fn query(&self) -> Query {
        Query
    }

    async fn deep(&self, value: Option<async_graphql::Json<Value>>) -> bool {
        value.is_some()
    }

    async fn absent(&self) -> Option<async_graphql::Result<String>> {
        Some(Err("not today".into()))
    }

    async fn required(&self) -> async_graphql::Result<String> {
        Err("not today".into())
    }

    async fn panics(&self) -> String {
        "not a number"
            .parse::<u8>()
            .expect("the secret of the resolver")
            .to_string()
    }

    /// Never answers; tells when it starts and when it is dropped.
    async fn hangs(&self, ctx: &async_graphql::Context<'_>) -> bool {
        let watch = ctx.data_unchecked::<Watch>().clone();
        watch.0.send("started").unwrap();
        let _dropped = Dropped(watch);
        std::future::pending().await
    }

    async fn pdf(&self, ctx: &async_graphql::Context<'_>) -> bool {
        self.hangs(ctx).await.unwrap_or_default()
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> bool {
        true
    }
}

#[derive(Clone)]
struct Watch(mpsc::UnboundedSender<&'static str>);

struct Dropped(Watch);

impl Drop for Dropped {
    fn drop(&mut self) {
        // Nobody may be listening any more when a test ends.
        let _ = self.0.0.send("dropped");
    }
}

pub struct Gateway {
    pub base: String,
    pub token: String,
    pub clock: Clock,
    pub client: Client,
    readiness: Readiness,
    seen: mpsc::UnboundedReceiver<&'static str>,
    /// Request id and viewer of each execution.
    pub calls: Arc<Mutex<Vec<(String, Viewer)>>>,
    stop: tokio::sync::oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// One issuer, with a secret.
pub fn issuers() -> Vec<issuer::Settings> {
    let settings = json!([{
        "issuer": "hausgraph-test",
        "audience": "hausgraph",
        "secret": "a secret of thirty-two bytes, at least",
    }]);
    serde_json::from_value(settings).unwrap()
}

pub fn ada() -> Viewer {
    Viewer::new("ada", "acme", Role::Member, Scopes::all())
}

pub async fn gateway() -> Gateway {
    gateway_trusting(&issuers()).await
}

/// One that these issuers' tokens open, of whom one has a secret.
pub async fn gateway_trusting(issuers: &[issuer::Settings]) -> Gateway {
    let playground = edge::Playground {
        token: None,
        simulated: true,
    };
    start(Some(playground), issuers).await
}

async fn gateway_with(playground: Option<edge::Playground>) -> Gateway {
    start(playground, &issuers()).await
}

async fn start(playground: Option<edge::Playground>, issuers: &[issuer::Settings]) -> Gateway {
    let clock = Clock::stopped(DateTime::from_timestamp(1_790_000_000, 0).unwrap());
    let keys = token::Keys::new(issuers, clock.clone()).unwrap();
    let token = Issuer::among(issuers).token(&ada(), clock.now(), Duration::from_secs(3600));
    let (sender, seen) = mpsc::unbounded_channel();
    let schema = Schema::build(Query, Mutation, EmptySubscription)
        .data(Watch(sender))
        .limit_complexity(2_000)
        .finish();
    let calls = Arc::new(Mutex::new(vec![]));
    let execute = Execute::new({
        let calls = Arc::clone(&calls);
        move |call: edge::Call| {
            let schema = schema.clone();
            calls
                .lock()
                .unwrap()
                .push((call.request_id.to_string(), call.viewer));
            let request = call.request;
            async move { Ok(schema.execute(request).await.into()) }
        }
    });
    let readiness = Readiness::default();
    let router = edge::router(edge::Parts {
        execute,
        authenticator: Arc::new(authenticator(keys).await),
        clock: clock.clone(),
        limits: Limits::default(),
        upload_bytes: 1 << 20,
        readiness: readiness.clone(),
        playground,
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let server = tokio::spawn(edge::serve(listener, router, clock.clone(), async {
        let _ = stopped.await;
    }));
    Gateway {
        base,
        token,
        clock,
        client: Client::builder().build().unwrap(),
        readiness,
        seen,
        calls,
        stop,
        server,
    }
}

impl Gateway {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    fn post(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::POST, "/graphql")
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, GRAPHQL_RESPONSE)
            .body(body)
    }

    async fn send(&self, parameters: &Value) -> (StatusCode, Value) {
        read(self.post(parameters.to_string()).send().await.unwrap()).await
    }

    async fn query(&self, query: &str) -> (StatusCode, Value) {
        self.send(&json!({ "query": query })).await
    }

    async fn assert_still_answers(&self) {
        let (status, body) = self.query("{ hello }").await;
        assert_eq!(
            (status, body),
            (StatusCode::OK, json!({ "data": { "hello": "hello " } }))
        );
    }
}

pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    (status, response.json().await.unwrap())
}

pub fn code(body: &Value) -> &str {
    assert!(body.get("data").is_none(), "{body}");
    body["errors"][0]["extensions"]["code"].as_str().unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}
