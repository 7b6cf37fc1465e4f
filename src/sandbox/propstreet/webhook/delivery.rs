//! A delivery: its body, its signature by the Standard Webhooks scheme, and what came of it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::subscription::Secret;
use crate::sandbox::courier::Receipt;

/// Says that nothing happened.
pub(super) const TEST: HeaderName = HeaderName::from_static("x-propstreet-test");

/// One event on its way to one receiver.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    /// The `webhook-id`, the same on every attempt.
    pub(super) id: String,
    event: String,
    /// Signed and sent as it stands here.
    pub(super) body: String,
    attempts: u32,
    state: State,
    /// What the receiver last answered.
    status: Option<u16>,
    pub(super) created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Succeeded,
    Failed,
}

impl Delivery {
    /// Not yet sent.
    pub(super) fn new(event: &str, data: &Value, now: DateTime<Utc>) -> Self {
        let timestamp = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let body = json!({ "event": event, "timestamp": timestamp, "data": data });
        Self {
            id: format!("msg_{}", Uuid::now_v7().simple()),
            event: event.to_owned(),
            body: body.to_string(),
            attempts: 0,
            state: State::Pending,
            status: None,
            created_at: now,
        }
    }

    /// Sent once, in vain.
    pub(super) fn failed(event: &str, data: &Value, now: DateTime<Utc>) -> Self {
        let mut delivery = Self::new(event, data, now);
        delivery.close(Receipt::Unreachable);
        delivery
    }

    pub(super) fn is_failed(&self) -> bool {
        self.state == State::Failed
    }

    /// Begins anew: a copy to be sent.
    pub(super) fn renew(&mut self) -> Self {
        (self.attempts, self.state) = (0, State::Pending);
        self.clone()
    }

    /// Notes what came of an attempt.
    pub(super) fn close(&mut self, receipt: Receipt) {
        self.attempts += 1;
        self.status = receipt.status().map(|status| status.as_u16());
        self.state = match receipt.is_success() {
            true => State::Succeeded,
            false => State::Failed,
        };
    }

    /// What an attempt at `now` carries.
    pub(super) fn headers(&self, secret: &Secret, now: DateTime<Utc>) -> HeaderMap {
        let timestamp = now.timestamp();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&secret.0).expect("a key of any length will do");
        mac.update(format!("{}.{timestamp}.{}", self.id, self.body).as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let text = |text: String| HeaderValue::try_from(text).expect("ASCII");
        HeaderMap::from_iter([
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
            (HeaderName::from_static("webhook-id"), text(self.id.clone())),
            (
                HeaderName::from_static("webhook-timestamp"),
                HeaderValue::from(timestamp),
            ),
            (
                HeaderName::from_static("webhook-signature"),
                text(format!("v1,{signature}")),
            ),
        ])
    }

    /// As the history shows it.
    pub(super) fn row(&self) -> Value {
        json!({
            "id": self.id,
            "event": self.event,
            "status": match self.state {
                State::Pending => "pending",
                State::Succeeded => "succeeded",
                State::Failed => "failed",
            },
            "attempts": self.attempts,
            "statusCode": self.status,
            "createdUtc": self.created_at,
        })
    }
}
