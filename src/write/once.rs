//! What is asked with an idempotency key is done once: its outcome is kept and told again, and what was
//! begun and never ended is gone on with.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    clock::Clock,
    store::{self, Claim, IdempotencyKey, Store, Term, Ticket},
};

/// How long outcomes are kept, and what was begun is remembered.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// How long a key stays taken when its holder dies. Said anew every third of it.
const HELD: TimeDelta = TimeDelta::milliseconds(7_500);
const SAID_ANEW: Duration = Duration::from_millis(2_500);

/// Something that is asked, with a key or without one.
#[derive(Debug)]
pub struct Once<'a> {
    /// Where outcomes are kept.
    pub store: &'a Store,
    /// Tells how long.
    pub clock: &'a Clock,
    /// What a repetition has in common with it, where the client says.
    pub key: Option<IdempotencyKey>,
    /// A SHA-256 of everything that is asked.
    pub fingerprint: [u8; 32],
}

/// One try of what was asked.
#[derive(Debug, Clone, Copy)]
pub struct Try {
    seed: Uuid,
    /// Whether somebody may have begun it before, and died.
    pub is_resumed: bool,
}

/// Why nothing was done, and no outcome is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// The same is being done at this moment.
    Running,
    /// The key stands for something else.
    Mismatch,
}

/// How an outcome is to be taken when the same is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finality {
    /// It stands.
    Final,
    /// Nothing was begun: it can be tried again.
    NotBegun,
    /// Something was begun: to be gone on with.
    Open,
}

/// What something came to.
pub trait Outcome: Serialize + DeserializeOwned {
    /// Whether it stands.
    fn finality(&self) -> Finality;
}

impl Try {
    /// One that nobody repeats.
    pub fn only() -> Self {
        Self {
            seed: Uuid::new_v4(),
            is_resumed: false,
        }
    }

    /// When the first try was made, to the second; `None` when nobody knows any more.
    pub fn began_at(&self) -> Option<DateTime<Utc>> {
        let (seconds, _) = self.seed.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
    }

    /// What no other part of any other mutation has, and every try of this one: the key by which a
    /// system knows it again.
    pub fn key(&self, part: impl AsRef<[u8]>) -> Uuid {
        let mut digest = Sha256::new();
        digest.update(self.seed);
        digest.update(part);
        let digest: [u8; 32] = digest.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

impl Once<'_> {
    /// Does it, unless that was done.
    pub async fn run<T: Outcome, W: Future<Output = T>>(
        &self,
        work: impl FnOnce(Try) -> W,
    ) -> store::Result<Result<T, Repeated>> {
        let Some(key) = &self.key else {
            return Ok(Ok(work(Try::only()).await));
        };
        let now = self.clock.now();
        let term = Term {
            held_until: now + HELD,
            kept_until: now + KEPT,
        };
        let claim = self.store.claim(key, &self.fingerprint, now, term).await?;
        let ticket = match claim {
            Claim::Yours(ticket) => ticket,
            Claim::Running => return Ok(Err(Repeated::Running)),
            Claim::Mismatch => return Ok(Err(Repeated::Mismatch)),
            Claim::Done(outcome) => {
                let outcome = serde_json::from_str(&outcome);
                return outcome.map(Ok).map_err(|_| store::Error::Unreadable {
                    column: "outcome".to_owned(),
                });
            }
        };
        let this = Try {
            seed: ticket.seed,
            is_resumed: ticket.is_resumed,
        };
        let hold = || async {
            self.hold(&ticket).await;
            // Whoever has begun goes on.
            true
        };
        let done = store::holding(self.clock, SAID_ANEW, work(this), hold).await;
        let outcome = done.expect("nobody takes it away");
        let ended = match outcome.finality() {
            Finality::Final => {
                let text = serde_json::to_string(&outcome).expect("outcomes are plain data");
                let until = self.clock.now() + KEPT;
                self.store.complete(&ticket, &text, until).await.map(drop)
            }
            Finality::NotBegun => self.store.release(&ticket).await,
            Finality::Open => self.store.give_up(&ticket).await,
        };
        let forgotten = self.store.delete_expired_outcomes(self.clock.now());
        if let Err(error) = ended.and(forgotten.await.map(drop)) {
            // It is done: whoever asks again goes on with the same keys.
            tracing::error!(%error, "the outcome of a mutation cannot be kept");
        }
        Ok(Ok(outcome))
    }

    async fn hold(&self, ticket: &Ticket) {
        let until = self.clock.now() + HELD;
        if let Err(error) = self.store.hold(ticket, until).await {
            tracing::warn!(%error, "the hold on an idempotency key cannot be said anew");
        }
    }
}
