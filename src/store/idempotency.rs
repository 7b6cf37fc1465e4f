//! The outcomes of mutations that carry an idempotency key, so that a repetition is answered and not
//! done again.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Result, Store,
    column::{self, instant},
    execute, read,
};

/// What a repetition has in common with what it repeats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Where it was asked.
    pub organization: String,
    /// Who asked: a token's `sub`.
    pub subject: String,
    /// What the client wrote.
    pub key: String,
}

/// What somebody who asks with a key is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Do it, and end the ticket.
    New(Ticket),
    /// Somebody is doing it.
    Running,
    /// It was done: the outcome as JSON.
    Done(String),
    /// The key stands for something else that was asked.
    Mismatch,
}

/// The right to do what a key stands for. It is lost once the claim has expired and somebody else
/// has claimed the key.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Ticket {
    key: IdempotencyKey,
    id: Uuid,
}

#[derive(FromRow)]
struct Row {
    #[sqlx(try_from = "column::Digest")]
    fingerprint: [u8; 32],
    outcome: Option<String>,
}

impl Store {
    /// Asks to do what `key` stands for. Of any number that ask at once, one is told to.
    ///
    /// `fingerprint` is a SHA-256 of everything that is asked. The claim ends at `expires_at`, so
    /// that a key does not stay taken when its holder dies; what expired by `now` counts as absent.
    pub async fn claim(
        &self,
        key: &IdempotencyKey,
        fingerprint: &[u8; 32],
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Claim> {
        let id = Uuid::new_v4();
        // A holder who releases between the two statements leaves no row to read: ask anew.
        loop {
            let claimed = execute!(
                self,
                sqlx::query(
                    "INSERT INTO idempotency
                       (organization, subject, key, fingerprint, ticket, outcome, expires_at)
                     VALUES ($1, $2, $3, $4, $5, NULL, $6)
                     ON CONFLICT (organization, subject, key) DO UPDATE SET
                       fingerprint = excluded.fingerprint, ticket = excluded.ticket,
                       outcome = NULL, expires_at = excluded.expires_at
                     WHERE idempotency.expires_at <= $7",
                )
                .bind(&key.organization)
                .bind(&key.subject)
                .bind(&key.key)
                .bind(&fingerprint[..])
                .bind(id.to_string())
                .bind(instant(expires_at))
                .bind(instant(now))
            );
            if claimed == 1 {
                let key = key.clone();
                return Ok(Claim::New(Ticket { key, id }));
            }
            let row: Option<Row> = read!(
                self,
                fetch_optional,
                sqlx::query_as(
                    "SELECT fingerprint, outcome FROM idempotency
                     WHERE organization = $1 AND subject = $2 AND key = $3",
                )
                .bind(&key.organization)
                .bind(&key.subject)
                .bind(&key.key)
            );
            return Ok(match row {
                None => continue,
                Some(row) if row.fingerprint != *fingerprint => Claim::Mismatch,
                Some(row) => row.outcome.map_or(Claim::Running, Claim::Done),
            });
        }
    }

    /// Keeps the outcome until `expires_at`; `false` and no change when the ticket was lost. To say
    /// it again, after an error that leaves open whether it was kept, does no harm.
    pub async fn complete(
        &self,
        ticket: &Ticket,
        outcome: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<bool> {
        let Ticket { key, id } = ticket;
        let completed = execute!(
            self,
            sqlx::query(
                "UPDATE idempotency SET outcome = $1, expires_at = $2
                 WHERE organization = $3 AND subject = $4 AND key = $5 AND ticket = $6",
            )
            .bind(outcome)
            .bind(instant(expires_at))
            .bind(&key.organization)
            .bind(&key.subject)
            .bind(&key.key)
            .bind(id.to_string())
        );
        Ok(completed == 1)
    }

    /// Frees the key of what was not done, so that it can be tried again.
    pub async fn release(&self, ticket: &Ticket) -> Result<()> {
        let Ticket { key, id } = ticket;
        execute!(
            self,
            sqlx::query(
                "DELETE FROM idempotency
                 WHERE organization = $1 AND subject = $2 AND key = $3 AND ticket = $4
                   AND outcome IS NULL",
            )
            .bind(&key.organization)
            .bind(&key.subject)
            .bind(&key.key)
            .bind(id.to_string())
        );
        Ok(())
    }

    /// Forgets what expired by `now`, in all organisations; gives their number.
    pub async fn delete_expired_outcomes(&self, now: DateTime<Utc>) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query("DELETE FROM idempotency WHERE expires_at <= $1").bind(instant(now))
        ))
    }
}
