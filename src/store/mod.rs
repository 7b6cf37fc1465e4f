//! Durable state: what must outlive the process, in SQLite or in PostgreSQL.
//!
//! Both databases keep one promise, held by one suite (`tests/it/store`): a method that has returned
//! is on disk, a state change and its audit entry are written together or not at all, and nothing is
//! read across organisations except where a method says so. The store never asks for the time and
//! never sees a plain credential (`crate::keyring` seals them). Absent is `None`; text must not hold
//! NUL, which PostgreSQL cannot store; instants are kept to the microsecond.
//!
//! A new table: `CREATE TABLE` in a new file of both `migrations` folders, one file here with its
//! type and its methods, each statement written once for both databases, and one file of tests.
//! A migration that was released is never changed.

mod access_token;
mod audit;
mod column;
mod decision;
mod error;
mod filing;
mod hold;
mod idempotency;
mod import_job;
mod index;
mod integration;
mod organization;
mod postgres;
mod recent;
mod sqlite;
mod words;

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::PgPool;

pub use access_token::AccessToken;
pub use audit::{AuditEntry, AuditFilter};
pub use decision::{Decision, Decisions};
pub use error::Error;
pub use filing::{FiledProtocol, Filing, FilingTicket, Intent};
pub use hold::holding;
pub use idempotency::{Claim, IdempotencyKey, Term, Ticket};
pub use import_job::{ImportJob, ImportJobFilter, ImportProblem, JobTicket, Progress};
pub use index::{Entry, Found, FoundByKey, ImportPage, IndexState, Kept, Key, Sweep, Words};
pub use integration::{Check, Integration, IntegrationStatus};
pub use organization::Organization;
pub use recent::Recent;
pub use words::{Column, Fit, Hit, Search};

/// What a method of the store gives back.
pub type Result<T> = std::result::Result<T, Error>;

/// Where the state is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `sqlite:FILE`, `sqlite::memory:` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[serde(default = "default_url")]
    pub url: SecretString,
}

fn default_url() -> SecretString {
    "sqlite:hausgraph.db".into()
}

impl Default for Settings {
    fn default() -> Self {
        Self { url: default_url() }
    }
}

/// A handle on the state; clones share its connections.
#[derive(Clone)]
pub struct Store {
    database: Database,
    /// The file or the server, without the password.
    place: Arc<str>,
}

#[derive(Clone)]
enum Database {
    Sqlite(sqlite::Pools),
    Postgres(PgPool),
}

/// What one statement reads, by a fetching method of sqlx, from whichever database there is.
macro_rules! read {
    ($store:expr, $fetch:ident, $query:expr) => {
        match &$store.database {
            $crate::store::Database::Sqlite(pools) => $query.$fetch(&pools.read).await?,
            $crate::store::Database::Postgres(pool) => $query.$fetch(pool).await?,
        }
    };
}

/// Runs one statement that writes on whichever database there is, and counts the rows it changed.
macro_rules! execute {
    ($store:expr, $query:expr) => {
        match &$store.database {
            $crate::store::Database::Sqlite(pools) => {
                $query.execute(&pools.write).await?.rows_affected()
            }
            $crate::store::Database::Postgres(pool) => $query.execute(pool).await?.rows_affected(),
        }
    };
}

/// Several statements that take effect together; to `return` from the body undoes them.
///
/// SQLite's only writer stands still meanwhile: the body awaits nothing but its statements.
macro_rules! transact {
    ($store:expr, $tx:ident => $body:block) => {
        match &$store.database {
            $crate::store::Database::Sqlite(pools) => {
                // One that begins by reading and then writes could find the file locked.
                let mut $tx = pools.write.begin_with("BEGIN IMMEDIATE").await?;
                let outcome = $body;
                $tx.commit().await?;
                outcome
            }
            $crate::store::Database::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let outcome = $body;
                $tx.commit().await?;
                outcome
            }
        }
    };
}

use {execute, read, transact};

impl Store {
    /// Opens the database, makes it when it is a file that does not exist, and brings its tables up
    /// to date.
    ///
    /// Errors: one sentence that names the file or the server and says what to do, never the password.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let url = settings.url.expose_secret();
        let (database, place) = match url.split_once(':') {
            Some(("sqlite", file)) => {
                let file = file.strip_prefix("//").unwrap_or(file);
                let pools = sqlite::open(file).await?;
                (Database::Sqlite(pools), format!("SQLite in {file}"))
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                let (pool, server) = postgres::open(url).await?;
                (Database::Postgres(pool), server)
            }
            _ => return Err(Error::UnknownAddress),
        };
        let place = place.into();
        Ok(Self { database, place })
    }

    /// The file or the server, without the password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Asks the database for nothing: whether it answers at all.
    pub async fn ping(&self) -> Result<()> {
        let _: i32 = read!(self, fetch_one, sqlx::query_scalar("SELECT 1"));
        Ok(())
    }

    /// Ends all connections once their work is done; SQLite folds its journal into the file.
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite(pools) => pools.close().await,
            Database::Postgres(pool) => pool.close().await,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.place).finish()
    }
}
