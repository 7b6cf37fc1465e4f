//! The outcomes of mutations that carry an idempotency key, so that a repetition is answered and not
//! done again; and what was begun and never ended, so that a repetition goes on with it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::{NoContext, Timestamp, Uuid};

use super::{
    Result, Store,
    column::{self, instant},
    execute, read, transact,
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

/// Until when a claim stands.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// Nobody else is told to do it before; the holder moves this on as long as it lives.
    pub held_until: DateTime<Utc>,
    /// What was begun and not ended is remembered until then.
    pub kept_until: DateTime<Utc>,
}

/// What somebody who asks with a key is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Do it, and end the ticket.
    Yours(Ticket),
    /// Somebody is doing it.
    Running,
    /// It was done: the outcome as JSON.
    Done(String),
    /// The key stands for something else that was asked.
    Mismatch,
}

/// The right to do what a key stands for. It is lost once it is not held any more and somebody else
/// has claimed the key.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Ticket {
    key: IdempotencyKey,
    id: Uuid,
    /// What every try of the same has in common; of no other. Version 7: it tells when the first
    /// one was made.
    pub seed: Uuid,
    /// Whether somebody may have begun it before.
    pub is_resumed: bool,
}

#[derive(FromRow)]
struct Taken {
    #[sqlx(try_from = "column::Id")]
    seed: Uuid,
    tries: i64,
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
    /// `fingerprint` is a SHA-256 of everything that is asked. What was kept until `now` counts as
    /// absent; what is not held any more is taken over, by whoever asks for the same.
    pub async fn claim(
        &self,
        key: &IdempotencyKey,
        fingerprint: &[u8; 32],
        now: DateTime<Utc>,
        term: Term,
    ) -> Result<Claim> {
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let moment = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
        let (id, seed) = (Uuid::new_v4(), Uuid::new_v7(moment));
        // A holder who releases between the two statements leaves no row to read: ask anew.
        loop {
            let taken: Option<Taken> = transact!(self, tx => {
                sqlx::query_as(
                    "INSERT INTO idempotency
                       (organization, subject, key, fingerprint, ticket, outcome, held_until,
                        expires_at, seed, tries)
                     VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, 1)
                     ON CONFLICT (organization, subject, key) DO UPDATE SET
                       fingerprint = excluded.fingerprint, ticket = excluded.ticket,
                       outcome = NULL, held_until = excluded.held_until,
                       expires_at = excluded.expires_at,
                       seed = CASE WHEN idempotency.expires_at <= $9
                         THEN excluded.seed ELSE idempotency.seed END,
                       tries = CASE WHEN idempotency.expires_at <= $9
                         THEN 1 ELSE idempotency.tries + 1 END
                     WHERE idempotency.expires_at <= $9
                       OR (idempotency.outcome IS NULL AND idempotency.held_until <= $9
                         AND idempotency.fingerprint = excluded.fingerprint)
                     RETURNING seed, tries",
                )
                .bind(&key.organization)
                .bind(&key.subject)
                .bind(&key.key)
                .bind(&fingerprint[..])
                .bind(id.to_string())
                .bind(instant(term.held_until))
                .bind(instant(term.kept_until))
                .bind(seed.to_string())
                .bind(instant(now))
                .fetch_optional(&mut *tx)
                .await?
            });
            if let Some(Taken { seed, tries }) = taken {
                return Ok(Claim::Yours(Ticket {
                    key: key.clone(),
                    id,
                    seed,
                    is_resumed: tries > 1,
                }));
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

    /// Goes on holding; `false` and no change when the ticket was lost.
    pub async fn hold(&self, ticket: &Ticket, until: DateTime<Utc>) -> Result<bool> {
        let Ticket { key, id, .. } = ticket;
        let held = execute!(
            self,
            sqlx::query(
                "UPDATE idempotency SET held_until = $1
                 WHERE organization = $2 AND subject = $3 AND key = $4 AND ticket = $5
                   AND outcome IS NULL",
            )
            .bind(instant(until))
            .bind(&key.organization)
            .bind(&key.subject)
            .bind(&key.key)
            .bind(id.to_string())
        );
        Ok(held == 1)
    }

    /// Keeps the outcome until `expires_at`; `false` and no change when the ticket was lost. To say
    /// it again, after an error that leaves open whether it was kept, does no harm.
    pub async fn complete(
        &self,
        ticket: &Ticket,
        outcome: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<bool> {
        let Ticket { key, id, .. } = ticket;
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

    /// Frees the key of what was not begun, so that it can be tried again, also with another input.
    pub async fn release(&self, ticket: &Ticket) -> Result<()> {
        let Ticket { key, id, .. } = ticket;
        // Who went on with what somebody else had begun cannot say that it was not.
        execute!(
            self,
            sqlx::query(
                "DELETE FROM idempotency
                 WHERE organization = $1 AND subject = $2 AND key = $3 AND ticket = $4
                   AND outcome IS NULL AND tries = 1",
            )
            .bind(&key.organization)
            .bind(&key.subject)
            .bind(&key.key)
            .bind(id.to_string())
        );
        self.give_up(ticket).await
    }

    /// Leaves what was begun to whoever asks for the same next.
    pub async fn give_up(&self, ticket: &Ticket) -> Result<()> {
        // No moment is earlier.
        self.hold(ticket, DateTime::UNIX_EPOCH).await?;
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
