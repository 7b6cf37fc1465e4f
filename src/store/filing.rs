//! Files that were added to properties in Propstack, which does not know a second request for the
//! first: what is being sent and may have arrived, and what became of it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Result, Store,
    column::{self, instant},
    execute, read, transact,
};

/// A file at a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Whose property.
    pub organization: String,
    /// Propstack's id of it.
    pub property: String,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
}

/// What somebody who wants to add a file is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Intent {
    /// Send it, and say what came of it.
    Yours(FilingTicket),
    /// Somebody sends it, or did so a moment ago and does not know whether it arrived.
    Running {
        /// When it was last sent.
        since: DateTime<Utc>,
        /// Until when nobody else sends it.
        until: DateTime<Utc>,
    },
    /// It is there: Propstack's id of the document.
    Filed(String),
}

/// The right to send a file.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct FilingTicket {
    filing: Filing,
    id: Uuid,
    /// When it was last sent by somebody whose request may have arrived.
    pub begun: Option<DateTime<Utc>>,
}

/// The document that a protocol became at a property.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct FiledProtocol {
    /// Propstack's id.
    pub document: String,
    /// The version of the protocol then, where deep.rent told one.
    pub protocol_version: Option<i32>,
}

#[derive(FromRow)]
struct Taken {
    #[sqlx(try_from = "column::Instant")]
    begun_at: DateTime<Utc>,
    tries: i64,
}

#[derive(FromRow)]
struct Row {
    document: Option<String>,
    #[sqlx(try_from = "column::Instant")]
    begun_at: DateTime<Utc>,
    #[sqlx(try_from = "column::Instant")]
    held_until: DateTime<Utc>,
}

impl Store {
    /// Asks to send a file. Of any number that ask at once, one is told to; nobody else is before
    /// `held_until`, whatever becomes of that one.
    pub async fn intend(
        &self,
        filing: &Filing,
        now: DateTime<Utc>,
        held_until: DateTime<Utc>,
    ) -> Result<Intent> {
        let id = Uuid::new_v4();
        // A holder who releases between the two statements leaves no row to read: ask anew.
        loop {
            let taken: Option<Taken> = transact!(self, tx => {
                sqlx::query_as(
                    "INSERT INTO filing
                       (organization, property, digest, ticket, begun_at, held_until, tries)
                     VALUES ($1, $2, $3, $4, $5, $6, 1)
                     ON CONFLICT (organization, property, digest) DO UPDATE SET
                       ticket = excluded.ticket, held_until = excluded.held_until,
                       tries = filing.tries + 1
                     WHERE filing.document IS NULL AND filing.held_until <= $5
                     RETURNING begun_at, tries",
                )
                .bind(&filing.organization)
                .bind(&filing.property)
                .bind(&filing.digest[..])
                .bind(id.to_string())
                .bind(instant(now))
                .bind(instant(held_until))
                .fetch_optional(&mut *tx)
                .await?
            });
            if let Some(Taken { begun_at, tries }) = taken {
                return Ok(Intent::Yours(FilingTicket {
                    filing: filing.clone(),
                    id,
                    begun: (tries > 1).then_some(begun_at),
                }));
            }
            let row: Option<Row> = read!(
                self,
                fetch_optional,
                sqlx::query_as(
                    "SELECT document, begun_at, held_until FROM filing
                     WHERE organization = $1 AND property = $2 AND digest = $3",
                )
                .bind(&filing.organization)
                .bind(&filing.property)
                .bind(&filing.digest[..])
            );
            return Ok(match row {
                None => continue,
                Some(row) => match row.document {
                    Some(document) => Intent::Filed(document),
                    None => Intent::Running {
                        since: row.begun_at,
                        until: row.held_until,
                    },
                },
            });
        }
    }

    /// Says that it is sent now, and holds it anew; `false` and no change when somebody else has taken
    /// it, or knows it to be there.
    pub async fn begin_filing(
        &self,
        ticket: &FilingTicket,
        now: DateTime<Utc>,
        held_until: DateTime<Utc>,
    ) -> Result<bool> {
        let FilingTicket { filing, id, .. } = ticket;
        // What was sent before was looked for and not found: only this may turn up from now on.
        let begun = execute!(
            self,
            sqlx::query(
                "UPDATE filing SET begun_at = $1, held_until = $2
                 WHERE organization = $3 AND property = $4 AND digest = $5 AND ticket = $6
                   AND document IS NULL",
            )
            .bind(instant(now))
            .bind(instant(held_until))
            .bind(&filing.organization)
            .bind(&filing.property)
            .bind(&filing.digest[..])
            .bind(id.to_string())
        );
        Ok(begun == 1)
    }

    /// Remembers which document a file is now.
    pub async fn remember_filing(&self, filing: &Filing, document: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE filing SET document = $1
                 WHERE organization = $2 AND property = $3 AND digest = $4",
            )
            .bind(document)
            .bind(&filing.organization)
            .bind(&filing.property)
            .bind(&filing.digest[..])
        );
        Ok(())
    }

    /// Says that what a ticket gave the right to was not done.
    pub async fn withdraw(&self, ticket: &FilingTicket) -> Result<()> {
        let FilingTicket { filing, id, .. } = ticket;
        // What somebody else had begun before may have arrived all the same.
        execute!(
            self,
            sqlx::query(
                "DELETE FROM filing
                 WHERE organization = $1 AND property = $2 AND digest = $3 AND ticket = $4
                   AND document IS NULL AND tries = 1",
            )
            .bind(&filing.organization)
            .bind(&filing.property)
            .bind(&filing.digest[..])
            .bind(id.to_string())
        );
        execute!(
            self,
            sqlx::query(
                "UPDATE filing SET held_until = $1
                 WHERE organization = $2 AND property = $3 AND digest = $4 AND ticket = $5
                   AND document IS NULL",
            )
            .bind(instant(DateTime::UNIX_EPOCH))
            .bind(&filing.organization)
            .bind(&filing.property)
            .bind(&filing.digest[..])
            .bind(id.to_string())
        );
        Ok(())
    }

    /// Forgets which document a file is: it is not found there. Whoever sends it next looks for it first.
    pub async fn forget_filing(&self, filing: &Filing, document: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE filing SET document = NULL, held_until = 0
                 WHERE organization = $1 AND property = $2 AND digest = $3 AND document = $4",
            )
            .bind(&filing.organization)
            .bind(&filing.property)
            .bind(&filing.digest[..])
            .bind(document)
        );
        Ok(())
    }

    /// Notes that a file is the PDF of this version of a protocol.
    pub async fn note_protocol(
        &self,
        filing: &Filing,
        protocol: &str,
        version: Option<i32>,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE filing SET protocol = $1, protocol_version = $2
                 WHERE organization = $3 AND property = $4 AND digest = $5",
            )
            .bind(protocol)
            .bind(version)
            .bind(&filing.organization)
            .bind(&filing.property)
            .bind(&filing.digest[..])
        );
        Ok(())
    }

    /// The documents that a protocol became at a property, one for each file that its PDF was.
    pub async fn list_filed_protocols(
        &self,
        organization: &str,
        property: &str,
        protocol: &str,
    ) -> Result<Vec<FiledProtocol>> {
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT document, protocol_version FROM filing
                 WHERE organization = $1 AND protocol = $2 AND property = $3
                   AND document IS NOT NULL
                 ORDER BY begun_at DESC, digest",
            )
            .bind(organization)
            .bind(protocol)
            .bind(property)
        ))
    }
}
