//! Why the state could not be opened, read or changed.

use sqlx::migrate::MigrateError;

/// What went wrong. No text holds a password or a value of a row.
///
/// The first ones come from [`super::Store::open`] and tell the operator what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address is of no kind that we know.
    #[error(
        "this is no address of a store: write `sqlite:FILE`, `sqlite::memory:` or \
         `postgres://USER:PASSWORD@HOST/DATABASE`"
    )]
    UnknownAddress,
    /// The file would stand in a folder that does not exist.
    #[error("the folder of {file} does not exist: make it, or name another file for the store")]
    FolderMissing {
        /// As it was named.
        file: String,
    },
    /// The file or its folder may not be written.
    #[error(
        "{file} cannot be written: let this user write it and its folder, or name another file"
    )]
    ReadOnly {
        /// As it was named.
        file: String,
    },
    /// There is something else in the file.
    #[error("{file} is no SQLite database: move it away, or name another file for the store")]
    NotADatabase {
        /// As it was named.
        file: String,
    },
    /// The file was a database once.
    #[error("{file} is damaged: put a copy from the last backup in its place")]
    Damaged {
        /// As it was named.
        file: String,
    },
    /// Nobody answers there.
    #[error("{server} does not answer ({reason}): start it, or correct the address of the store")]
    Unreachable {
        /// Without the password.
        server: String,
        /// What the system says.
        reason: String,
    },
    /// The server does not let us in.
    #[error("{server} refuses the user {user}: correct the name or the password of the store")]
    Refused {
        /// Without the password.
        server: String,
        /// Who we said we are.
        user: String,
    },
    /// The server has no such database.
    #[error("{server} has no database {database}: make it, or correct the address of the store")]
    DatabaseMissing {
        /// Without the password.
        server: String,
        /// As it was named.
        database: String,
    },
    /// A later version of this program has changed the tables.
    #[error(
        "{place} was written by a newer version of this program: start that version or a later one"
    )]
    Newer {
        /// The file, or the server and its database.
        place: String,
    },
    /// The tables could not be made for another reason.
    #[error("{place} cannot be opened: {reason}")]
    Unusable {
        /// The file, or the server and its database.
        place: String,
        /// What the database says.
        reason: String,
    },

    /// What was to be saved belongs to an organisation that does not exist.
    #[error("there is no such organisation")]
    UnknownOrganization,
    /// The database cannot answer now: busy, full, restarted or away.
    #[error("the store cannot answer now: {reason}")]
    Unavailable {
        /// What the database says.
        reason: String,
    },
    /// A column holds what this version cannot read.
    #[error("the store holds something unreadable in column {column}")]
    Unreadable {
        /// Its name.
        column: String,
    },
    /// The database refuses a statement: our mistake.
    #[error("the store refuses a statement: {reason}")]
    Failed {
        /// What the database says.
        reason: String,
    },
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let reason = reason(&error);
        match error {
            sqlx::Error::ColumnDecode { index: column, .. } => Self::Unreadable { column },
            sqlx::Error::Database(error) if error.is_foreign_key_violation() => {
                Self::UnknownOrganization
            }
            sqlx::Error::Database(error) if !is_passing(error.code().as_deref()) => {
                Self::Failed { reason }
            }
            sqlx::Error::Database(_)
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable { reason },
            _ => Self::Failed { reason },
        }
    }
}

/// Whether a code says that the database, and not the statement, is at fault.
fn is_passing(code: Option<&str>) -> bool {
    match code.map(|code| (code, code.parse::<i32>())) {
        // SQLite, without what it adds to each code: busy, locked, no memory, disk at fault, full.
        Some((code, Ok(number))) if code.len() < 5 => {
            matches!(number & 0xff, 5 | 6 | 7 | 10 | 13)
        }
        // PostgreSQL by class: connection, transaction rolled back, resources, operator, system.
        Some((code, _)) => ["08", "40", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class)),
        None => false,
    }
}

/// What happened, without the values that PostgreSQL adds as details.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        error => error.to_string(),
    }
}

/// The error of the database below a failed migration.
pub(super) fn cause(error: MigrateError) -> Result<sqlx::Error, MigrateError> {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Ok(error),
        error => Err(error),
    }
}
