//! SQLite: one file, one connection that writes, some that read.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    error::DatabaseError,
    migrate::{MigrateError, Migrator},
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::error::{self, Error};

static MIGRATOR: Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// How long a statement waits for another program that has the file locked.
const BUSY: Duration = Duration::from_secs(5);
/// How long it waits for one of our own connections.
const ACQUIRE: Duration = Duration::from_secs(10);
const READERS: u32 = 4;

#[derive(Clone)]
pub(super) struct Pools {
    /// A single connection: SQLite has one writer, and ours queue here.
    pub(super) write: SqlitePool,
    /// They see what was committed last.
    pub(super) read: SqlitePool,
    /// Keeps a state in memory; nobody uses it.
    _kept: Option<Arc<Mutex<SqliteConnection>>>,
}

impl Pools {
    pub(super) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Opens a file, which is made when it does not exist, or `:memory:`.
pub(super) async fn open(file: &str) -> Result<Pools, Error> {
    let options = SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(BUSY);
    let told = |error| opening(file, &error);
    if file == ":memory:" {
        // The state lives as long as a connection to it: a pool gives its own up when somebody
        // leaves in the middle of a statement.
        let options: SqliteConnectOptions = "sqlite::memory:".parse().map_err(told)?;
        let options = options.foreign_keys(true).busy_timeout(BUSY);
        let kept = SqliteConnection::connect_with(&options).await;
        let pool = pool(1).connect_with(options).await.map_err(told)?;
        migrate(file, &pool).await?;
        let read = pool.clone();
        return Ok(Pools {
            write: pool,
            read,
            _kept: Some(Arc::new(Mutex::new(kept.map_err(told)?))),
        });
    }

    make(file)?;
    let options = options.filename(file);
    let writing = options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        // What was answered must outlast a power cut.
        .synchronous(SqliteSynchronous::Full);
    let write = pool(1).connect_with(writing).await.map_err(told)?;
    migrate(file, &write).await?;
    let read = pool(READERS).connect_lazy_with(options.read_only(true));
    Ok(Pools {
        write,
        read,
        _kept: None,
    })
}

fn pool(size: u32) -> PoolOptions<sqlx::Sqlite> {
    PoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE)
}

/// Makes the file for this user alone: it holds personal data.
///
/// A file that exists is not opened: to close it again would take its locks from another handle.
fn make(file: &str) -> Result<(), Error> {
    let path = Path::new(file);
    let file = file.to_owned();
    if path.is_dir() {
        return Err(Error::NotADatabase { file });
    }
    let mut new = fs::OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    match new.open(path).map_err(|error| error.kind()) {
        Ok(_) => Ok(()),
        Err(io::ErrorKind::AlreadyExists) => {
            // SQLite would open it to read, and the superuser could write it all the same.
            match fs::metadata(path) {
                Ok(found) if found.permissions().readonly() => Err(Error::ReadOnly { file }),
                _ => Ok(()),
            }
        }
        Err(io::ErrorKind::NotFound) => Err(Error::FolderMissing { file }),
        Err(_) => Err(Error::ReadOnly { file }),
    }
}

async fn migrate(file: &str, pool: &SqlitePool) -> Result<(), Error> {
    let mut outcome = MIGRATOR.run(pool).await;
    // Nothing keeps two programs from changing the tables at once: each change can be somebody
    // else's, and the next look finds it made.
    for _ in MIGRATOR.iter() {
        if outcome.is_err() {
            outcome = MIGRATOR.run(pool).await;
        }
    }
    outcome.map_err(|failed| match failed {
        MigrateError::VersionMissing(_) => Error::Newer {
            place: file.to_owned(),
        },
        failed => match error::cause(failed) {
            Ok(error) => opening(file, &error),
            Err(failed) => Error::Unusable {
                place: file.to_owned(),
                reason: failed.to_string(),
            },
        },
    })
}

/// What keeps a file from being opened, by SQLite's code without what it adds to it.
fn opening(file: &str, error: &sqlx::Error) -> Error {
    let reason = error::reason(error);
    let code = error.as_database_error().and_then(DatabaseError::code);
    let code = code.and_then(|code| code.parse::<i32>().ok());
    let file = file.to_owned();
    match code.map(|code| code & 0xff) {
        Some(8 | 14) => Error::ReadOnly { file },
        Some(11) => Error::Damaged { file },
        Some(26) => Error::NotADatabase { file },
        _ => Error::Unusable {
            place: file,
            reason,
        },
    }
}
