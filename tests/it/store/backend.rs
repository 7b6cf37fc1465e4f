//! A fresh database of each kind, which goes with its test.

use std::{panic, thread};

use hausgraph::store::{Settings, Store};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::runtime;
use url::Url;
use uuid::Uuid;

use crate::support::Folder;

/// Runs a test with an empty store of every backend.
pub async fn on_every_backend(test: impl AsyncFn(Store)) {
    at_every_backend(async |settings| test(Store::open(&settings).await.unwrap()).await).await;
}

/// Runs a test with the settings of a database of every backend, which nobody has opened.
pub async fn at_every_backend(test: impl AsyncFn(Settings)) {
    eprintln!("on SQLite:");
    let folder = Folder::new();
    test(settings(&format!("sqlite:{}", folder.path("test.db")))).await;

    let Some(server) = server() else { return };
    eprintln!("on PostgreSQL:");
    let database = Database::new(server).await;
    test(settings(database.url.as_str())).await;
}

pub fn settings(url: &str) -> Settings {
    Settings { url: url.into() }
}

/// The PostgreSQL server of the tests; without one their other half must do.
#[expect(
    clippy::disallowed_methods,
    reason = "which server there is, is no setting of the gateway"
)]
pub fn server() -> Option<Url> {
    let named = std::env::var("HAUSGRAPH_TEST_POSTGRES").ok();
    if named.is_none() {
        eprintln!("skipped on PostgreSQL: HAUSGRAPH_TEST_POSTGRES names no server");
    }
    named.map(|url| url.parse().expect("HAUSGRAPH_TEST_POSTGRES is a URL"))
}

/// A database of PostgreSQL that is dropped with this value, also when the test fails.
pub struct Database {
    pub url: Url,
    server: Url,
}

impl Database {
    pub async fn new(server: Url) -> Self {
        let name = format!("hausgraph_test_{}", Uuid::new_v4().simple());
        // Nobody is ever connected to template0, so many tests can copy it at once.
        tell(
            &server,
            format!("CREATE DATABASE {name} TEMPLATE template0"),
        )
        .await;
        let mut url = server.clone();
        url.set_path(&name);
        Self { url, server }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.url.path().trim_start_matches('/');
        let statement = format!("DROP DATABASE {name} WITH (FORCE)");
        let server = self.server.clone();
        // The test's own runtime may be unwinding.
        let dropped = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(tell(&server, statement));
        });
        if let Err(panicked) = dropped.join()
            && !thread::panicking()
        {
            panic::resume_unwind(panicked);
        }
    }
}

async fn tell(server: &Url, statement: String) {
    let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}
