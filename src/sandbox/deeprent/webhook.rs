//! Webhook subscriptions: one event and one address each. Nothing is delivered here.

use axum::{
    Json,
    extract::{Path, rejection::JsonRejection},
    http::StatusCode,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::{Refusal, session::Member, stamp};

const UNKNOWN: Refusal = Refusal(StatusCode::NOT_FOUND, "webhook not found");
const UNSAFE: Refusal = Refusal(StatusCode::BAD_REQUEST, "url must be an https address");

/// What can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A protocol was made.
    #[serde(rename = "protocol.generated")]
    Generated,
    /// A protocol was soft-deleted.
    #[serde(rename = "protocol.deleted")]
    Deleted,
}

/// A subscription.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Webhook {
    pub id: String,
    pub name: Option<String>,
    pub event: Event,
    pub url: String,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
    /// `whsec_` and the key in base64, as Standard Webhooks has it; no answer ever shows it.
    pub secret: String,
}

impl Webhook {
    fn shown(&self, member: &Member) -> Json<Value> {
        Json(json!({
            "id": self.id,
            "orgId": member.tenant().credentials.deeprent_org,
            "name": self.name,
            "event": self.event,
            "url": self.url,
            "active": self.is_active,
            "createdAt": stamp(self.created_at),
        }))
    }
}

pub(super) async fn list(member: Member) -> Json<Value> {
    let webhooks = member.tenant().deeprent.webhooks();
    let rows = webhooks.iter().map(|webhook| webhook.shown(&member).0);
    Json(rows.collect())
}

pub(super) async fn events(_: Member) -> Json<Value> {
    Json(json!({ "events": [Event::Generated, Event::Deleted] }))
}

#[derive(Deserialize)]
pub(super) struct Draft {
    event: Event,
    url: String,
    name: Option<String>,
    active: Option<bool>,
}

pub(super) async fn create(
    member: Member,
    draft: Result<Json<Draft>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Json(draft) = draft?;
    check(&draft.url, &member)?;
    let signing_key = format!("sandbox-{}", Uuid::new_v4().simple());
    let webhook = Webhook {
        id: format!("whk_{}", Uuid::new_v4().simple()),
        name: draft.name,
        event: draft.event,
        url: draft.url,
        is_active: draft.active.unwrap_or(true),
        created_at: member.shared.clock.now(),
        secret: format!("whsec_{}", STANDARD.encode(signing_key)),
    };
    let shown = webhook.shown(&member);
    member.tenant().deeprent.webhooks().push(webhook);
    Ok((StatusCode::CREATED, shown))
}

/// What is absent stays. That a null takes the name away is assumed.
#[derive(Deserialize)]
pub(super) struct Changes {
    event: Option<Event>,
    url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    name: Option<Option<String>>,
    active: Option<bool>,
}

/// Tells a null from what is absent.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

pub(super) async fn update(
    member: Member,
    Path(id): Path<String>,
    changes: Result<Json<Changes>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let mut webhooks = member.tenant().deeprent.webhooks();
    let webhook = webhooks.iter_mut().find(|webhook| webhook.id == id);
    let webhook = webhook.ok_or(UNKNOWN)?;
    let Json(changes) = changes?;
    if let Some(url) = changes.url {
        check(&url, &member)?;
        webhook.url = url;
    }
    webhook.event = changes.event.unwrap_or(webhook.event);
    webhook.is_active = changes.active.unwrap_or(webhook.is_active);
    if let Some(name) = changes.name {
        webhook.name = name;
    }
    Ok(webhook.shown(&member))
}

pub(super) async fn delete(member: Member, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let mut webhooks = member.tenant().deeprent.webhooks();
    let position = webhooks.iter().position(|webhook| webhook.id == id);
    webhooks.remove(position.ok_or(UNKNOWN)?);
    Ok(StatusCode::NO_CONTENT)
}

fn check(url: &str, member: &Member) -> Result<(), Refusal> {
    let is_lax = member.shared.switches().deeprent.allow_insecure_callbacks;
    match Url::parse(url).as_ref().map(Url::scheme) {
        Ok("https") => Ok(()),
        Ok("http") if is_lax => Ok(()),
        _ => Err(UNSAFE),
    }
}
