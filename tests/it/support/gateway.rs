//! The real gateway on a real socket, over a sandbox of its own.

use std::{sync::Arc, time::Duration};

use hausgraph::{
    app::App,
    auth::{Role, Scopes, Viewer},
    cache,
    clock::Clock,
    config::{self, Config},
    edge,
    job::Jobs,
    sandbox::{Sandbox, System},
    store::Store,
    tenant::Tenants,
};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Issuer, http, sandbox};

/// A running gateway; it and its sandbox end with this handle.
pub struct TestGateway {
    /// The simulated systems behind it.
    pub sandbox: Sandbox,
    /// Such as `http://127.0.0.1:40000`.
    pub origin: String,
    /// What the gateway keeps.
    pub store: Store,
    /// Its organisations.
    pub tenants: Arc<Tenants>,
    /// Works on their jobs only when it is told to.
    pub jobs: Arc<Jobs>,
    config: Config,
    issuer: Issuer,
    server: JoinHandle<()>,
}

async fn serve(config: &Config, clock: Clock) -> (String, Arc<App>, JoinHandle<()>) {
    let app = App::open(config, clock.clone())
        .await
        .expect("the sandbox is a good configuration");
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port can be had");
    let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
    let router = app.router(None);
    let server = tokio::spawn(async move {
        edge::serve(listener, router, clock, std::future::pending())
            .await
            .expect("serving goes on until it is aborted");
    });
    (origin, app, server)
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            self.assert_propstack_is_only_read();
        }
    }
}

impl TestGateway {
    /// A gateway over the default sandbox, on a stopped clock.
    pub async fn start() -> Self {
        Self::over(sandbox().await).await
    }

    /// A gateway over this sandbox, on its clock.
    pub async fn over(sandbox: Sandbox) -> Self {
        Self::configured(sandbox, |_| {}).await
    }

    /// The same, which keeps what it has read as it would in production. All others keep nothing
    /// beyond the request that it was read for, so that a test sees what was asked.
    pub async fn caching(sandbox: Sandbox) -> Self {
        Self::configured(sandbox, |config| config.cache = cache::Settings::default()).await
    }

    /// The same with something changed in the configuration.
    pub async fn configured(sandbox: Sandbox, change: impl FnOnce(&mut Config)) -> Self {
        let clock = sandbox.shared.clock.clone();
        let mut config = config::demo::over(&sandbox.access);
        config.cache = cache::Settings::off();
        change(&mut config);
        let (origin, app, server) = serve(&config, clock).await;
        Self {
            sandbox,
            origin,
            store: app.tenants.store().clone(),
            tenants: Arc::clone(&app.tenants),
            jobs: Arc::clone(&app.jobs),
            issuer: Issuer::among(&config.issuers),
            config,
            server,
        }
    }

    /// Where another process of the same configuration and store would serve, until the test ends.
    pub async fn replica(&self) -> String {
        let clock = self.sandbox.shared.clock.clone();
        serve(&self.config, clock).await.0
    }

    /// Where another gateway over the same systems would serve that keeps what it reads by these
    /// settings, until the test ends.
    pub async fn replica_with(&mut self, cache: cache::Settings) -> String {
        let own = std::mem::replace(&mut self.config.cache, cache);
        let origin = self.replica().await;
        self.config.cache = own;
        origin
    }

    /// An owner's token of an organisation that may do everything but `without`.
    pub fn token(&self, organization: &str, without: &[hausgraph::auth::Scope]) -> String {
        let scopes: Scopes = Scopes::all()
            .iter()
            .filter(|scope| !without.contains(scope))
            .collect();
        self.token_of(Viewer::new("test", organization, Role::Owner, scopes))
    }

    /// A token that speaks for this viewer for an hour.
    #[expect(clippy::needless_pass_by_value, reason = "it is made for this")]
    pub fn token_of(&self, viewer: Viewer) -> String {
        let now = self.sandbox.shared.clock.now();
        self.issuer.token(&viewer, now, Duration::from_hours(1))
    }

    /// The answer to a query of the demo organisation, whole.
    pub async fn ask_with(&self, query: &str, variables: Value) -> Value {
        let token = self.token(config::demo::ORGANIZATION, &[]);
        self.ask_as(&token, query, variables).await
    }

    /// The same with a token of one's own.
    pub async fn ask_as(&self, token: &str, query: &str, variables: Value) -> Value {
        let response = self
            .post(token, json!({ "query": query, "variables": variables }))
            .await;
        response.json().await.expect("answers are JSON")
    }

    /// The data of an answer that must have no errors.
    pub async fn data(&self, query: &str) -> Value {
        self.data_with(query, json!({})).await
    }

    /// The same with variables.
    pub async fn data_with(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask_with(query, variables).await;
        assert_eq!(answer.get("errors"), None, "for {query}");
        answer["data"].take()
    }

    /// Posts a body as it is.
    pub async fn post(&self, token: &str, body: Value) -> Response {
        http()
            .post(format!("{}/graphql", self.origin))
            .bearer_auth(token)
            .json(&body)
            .send()
            .await
            .expect("the gateway answers")
    }

    /// Runs `work` and lets the clock run through every pause of up to `limit`; whoever sleeps
    /// longer, such as a deadline, is not woken before its time.
    pub async fn hurry<T>(&self, limit: Duration, work: impl Future<Output = T>) -> T {
        let clock = &self.sandbox.shared.clock;
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                pause = clock.wait_for_pause(limit) => clock.advance(pause),
            }
        }
    }

    /// Least privilege towards the CRM: whatever a test did, nothing there was changed or deleted, and
    /// nothing but documents and hooks was made.
    fn assert_propstack_is_only_read(&self) {
        let entries = self.sandbox.shared.journal.entries();
        let sent = entries.iter().map(|entry| &entry.arrival);
        for arrival in sent.filter(|arrival| arrival.system == System::Propstack) {
            let is_allowed = match arrival.method.as_str() {
                "GET" => true,
                "POST" => ["/v1/documents", "/v1/hooks"].contains(&arrival.path.as_str()),
                _ => false,
            };
            assert!(is_allowed, "{} {}", arrival.method, arrival.path);
        }
    }

    /// How often an endpoint of a system was asked, such as `GET /v1/units`.
    pub fn calls(&self, system: System, endpoint: &str) -> u64 {
        self.sandbox.shared.journal.count(system, endpoint)
    }

    /// How often a system was asked at all.
    pub fn all_calls(&self, system: System) -> u64 {
        self.sandbox.shared.journal.count_all(system)
    }
}
