//! PostgreSQL: one database that several replicas share.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::error::{self, Error};

static MIGRATOR: Migrator = sqlx::migrate!("src/store/migrations/postgres");

/// How long a statement waits for a connection, and opening for the server.
const CONNECT: Duration = Duration::from_secs(5);
/// A server allows a hundred or so to all its clients.
const CONNECTIONS: u32 = 10;

/// Opens the database of a URL; gives the pool and the server's name without the password.
pub(super) async fn open(url: &str) -> Result<(PgPool, String), Error> {
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::UnknownAddress)?;
    let options = options.application_name("hausgraph");
    let server = server(&options);

    // A pool would try again and again and at last say no more than that time is up.
    let connecting = PgConnection::connect_with(&options);
    let first = tokio::time::timeout(CONNECT, connecting);
    match first.await {
        Ok(Ok(connection)) => connection.close().await.map_err(Error::from)?,
        Ok(Err(error)) => return Err(opening(&server, &options, error)),
        Err(_) => {
            let reason = format!("nothing within {} s", CONNECT.as_secs());
            return Err(Error::Unreachable { server, reason });
        }
    }

    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT)
        .connect_lazy_with(options.clone());
    // Replicas that start together queue here for a lock of the server.
    match MIGRATOR.run(&pool).await {
        Ok(()) => Ok((pool, server)),
        Err(MigrateError::VersionMissing(_)) => Err(Error::Newer { place: server }),
        Err(failed) => Err(match error::cause(failed) {
            Ok(error) => opening(&server, &options, error),
            Err(failed) => Error::Unusable {
                place: server,
                reason: failed.to_string(),
            },
        }),
    }
}

fn server(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("PostgreSQL at {}", socket.display()),
        None => format!(
            "PostgreSQL at {}:{}",
            options.get_host(),
            options.get_port()
        ),
    }
}

/// What keeps the database from being opened, by the code of PostgreSQL's manual, appendix A.
fn opening(server: &str, options: &PgConnectOptions, error: sqlx::Error) -> Error {
    let reason = error::reason(&error);
    let server = server.to_owned();
    let user = options.get_username().to_owned();
    match error {
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => Error::Refused { server, user },
            Some("3D000") => Error::DatabaseMissing {
                server,
                database: options.get_database().unwrap_or(&user).to_owned(),
            },
            _ => Error::Unusable {
                place: server,
                reason,
            },
        },
        _ => Error::Unreachable { server, reason },
    }
}
