//! Links to PDFs: asked for once, handed out while they work, never shown in a log.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::wire;
use crate::{
    clock::Clock,
    model::{self, ProtocolId, ProtocolPdf},
    upstream::{
        Error, Priority, System,
        lease::{Lease, Leases, Loaded},
        transport::Answer,
    },
};

pub(super) const OPERATION: &str = "find_pdf";

/// A build takes up to 60 s by the contract.
pub(super) const TIMEOUT: Duration = Duration::from_secs(75);
/// For the whole file; contract section 5.
pub(super) const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(120);
/// How many links are asked for at the same time: each may cost deep.rent a build.
const TURNS: usize = 2;
/// How many more may wait for their turn: they go on when whoever asked has left.
const QUEUE: usize = 16;
/// How long before its end a link is no longer handed out.
const MARGIN: TimeDelta = TimeDelta::seconds(60);

/// Whether deep.rent would take this text as the id of a protocol.
pub(super) fn is_protocol_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.len() >= 6 && text.bytes().all(is_allowed)
}

/// The links of one account; they are for whoever holds its key.
#[derive(Debug)]
pub(super) struct Links {
    leases: Leases<ProtocolId, Link>,
    turns: Semaphore,
    /// Of those for which nobody waits: one turn is always somebody's who does.
    in_background: Semaphore,
    /// Of those who wait for a turn or have it.
    places: Semaphore,
}

/// The right to ask deep.rent for one link.
#[must_use]
pub(super) struct Turn<'a> {
    _turn: SemaphorePermit<'a>,
    _in_background: Option<SemaphorePermit<'a>>,
    _place: SemaphorePermit<'a>,
}

impl Links {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            leases: Leases::new(
                clock,
                Error::Unreachable {
                    system: System::DeepRent,
                    operation: OPERATION,
                },
            ),
            turns: Semaphore::new(TURNS),
            in_background: Semaphore::new(TURNS - 1),
            places: Semaphore::new(TURNS + QUEUE),
        }
    }

    /// Gives up a link that does not work.
    pub(super) fn forget(&self, id: &ProtocolId, link: &Link) {
        self.leases.forget(id, link);
    }

    /// A link that still works for a while, from `load` where none is at hand.
    pub(super) async fn find<F>(&self, id: &ProtocolId, load: impl FnOnce() -> F) -> Loaded<Link>
    where
        F: Future<Output = Loaded<Link>> + Send + 'static,
    {
        self.leases.find(id.clone(), load).await
    }

    /// Waits for a turn.
    ///
    /// Errors: [`Error::Throttled`] at once, when too many wait already.
    pub(super) async fn turn(&self, priority: Priority) -> Result<Turn<'_>, Error> {
        let place = self.places.try_acquire().map_err(|_| Error::Throttled {
            system: System::DeepRent,
            operation: OPERATION,
            retry_after: None,
        })?;
        let in_background = match priority {
            Priority::Interactive => None,
            Priority::Background => {
                Some(self.in_background.acquire().await.expect("is never closed"))
            }
        };
        Ok(Turn {
            _turn: self.turns.acquire().await.expect("is never closed"),
            _in_background: in_background,
            _place: place,
        })
    }
}

/// A link as it was issued. Whoever has it may read the file: it has no `Debug`.
#[derive(Clone, PartialEq)]
pub(super) struct Link {
    file_name: String,
    url: url::Url,
    expires_at: DateTime<Utc>,
    was_generated: bool,
}

impl Link {
    /// Reads the answer to a question for the link of `id`.
    pub(super) fn read(id: &ProtocolId, answer: &Answer) -> Result<Lease<Self>, Error> {
        let link: wire::PdfLink = answer.json()?;
        // Rather no file than somebody else's.
        if link.protocol_id.is_some_and(|other| other.0 != id.key()) {
            return Err(answer.unreadable("$.protocolId"));
        }
        let value = Self {
            file_name: link
                .file_name
                .0
                .unwrap_or_else(|| format!("protocol-{}.pdf", id.key())),
            url: link.url.parse().map_err(|_| answer.unreadable("$.url"))?,
            expires_at: link.expires_at.0,
            was_generated: link.generated.is_set(),
        };
        let until = until(value.expires_at);
        Ok(Lease { value, until })
    }

    /// Where the file is.
    pub(super) fn url(&self) -> url::Url {
        self.url.clone()
    }

    /// What the graph answers at this moment.
    pub(super) fn at(self, now: DateTime<Utc>) -> ProtocolPdf {
        let seconds = (self.expires_at - now).num_seconds().max(0);
        ProtocolPdf {
            file_name: self.file_name,
            url: model::Url(self.url),
            expires_at: model::DateTime(self.expires_at),
            expires_in_seconds: i32::try_from(seconds).unwrap_or(i32::MAX),
            was_generated: self.was_generated,
        }
    }
}

/// From when a link is no longer handed out; a wire may carry any instant.
fn until(expires_at: DateTime<Utc>) -> DateTime<Utc> {
    expires_at.checked_sub_signed(MARGIN).unwrap_or(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_any_instant_can_be_held() {
        for (written, held) in [
            ("1970-01-01T00:01:01Z", "1970-01-01T00:00:01Z"),
            ("-262143-01-01T00:00:00Z", "-262143-01-01T00:00:00Z"),
            ("+262142-12-31T23:59:59Z", "+262142-12-31T23:58:59Z"),
        ] {
            let [expires_at, held] = [written, held].map(|at| at.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(until(expires_at), held);
            let link = Link {
                file_name: String::new(),
                url: "https://files.example".parse().unwrap(),
                expires_at,
                was_generated: false,
            };
            let seconds = link.at(DateTime::UNIX_EPOCH).expires_in_seconds;
            assert!(seconds >= 0, "{written}");
        }
    }

    #[test]
    fn ids_follow_the_rule_of_deep_rent() {
        for good in ["Jwlo-Qe8a-3dSn-OQ-w", "abcdef", "______"] {
            assert!(is_protocol_id(good), "{good}");
        }
        for bad in [
            "", "abcde", "abc/def", "abc.def", "abc def", "abcdeü", "../../x",
        ] {
            assert!(!is_protocol_id(bad), "{bad}");
        }
    }
}
