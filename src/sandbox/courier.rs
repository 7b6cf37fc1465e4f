//! The simulated systems' own way out: one POST to a receiver of webhooks.
//!
//! What is sent, how it is signed and whether it is tried again is each system's business. The gateway
//! calls nobody by this: its way out is `upstream::transport`.

use std::{sync::OnceLock, time::Duration};

use axum::http::{HeaderMap, StatusCode};
use reqwest::redirect;
use url::Url;

use crate::clock::Clock;

/// How long a receiver has, on the sandbox's clock.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers; made when there is something to deliver.
#[derive(Debug, Default)]
pub struct Courier(OnceLock<reqwest::Client>);

/// What came of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipt {
    /// The receiver answered so.
    Answered(StatusCode),
    /// No connection, or none that lasted.
    Unreachable,
    /// No answer in time.
    Late,
}

impl Courier {
    /// Posts `body` once; redirects are not followed, answers not read.
    pub(super) async fn deliver(
        &self,
        clock: &Clock,
        url: Url,
        headers: HeaderMap,
        body: String,
    ) -> Receipt {
        let http = self.0.get_or_init(|| {
            let builder = reqwest::Client::builder().redirect(redirect::Policy::none());
            builder.build().expect("the TLS backend is compiled in")
        });
        let answer = http.post(url).headers(headers).body(body).send();
        tokio::select! {
            biased;
            answer = answer => answer.map_or(Receipt::Unreachable, |answer| Receipt::Answered(answer.status())),
            () = clock.sleep(PATIENCE) => Receipt::Late,
        }
    }
}

impl Receipt {
    /// Whether the receiver took it: any 2xx.
    pub(super) fn is_success(self) -> bool {
        self.status().is_some_and(|status| status.is_success())
    }

    /// What the receiver answered, if it did.
    pub(super) fn status(self) -> Option<StatusCode> {
        match self {
            Self::Answered(status) => Some(status),
            Self::Unreachable | Self::Late => None,
        }
    }

    /// Why it is no success, for people.
    pub(super) fn flaw(self) -> Option<String> {
        match self {
            Self::Answered(status) if status.is_success() => None,
            Self::Answered(status) => Some(format!("the receiver answered {status}")),
            Self::Unreachable => Some("the receiver cannot be reached".to_owned()),
            Self::Late => Some(format!("the receiver did not answer within {PATIENCE:?}")),
        }
    }
}
