//! The API keys of a firm: made, listed and deleted by its owner. Each is shown once, when made.

use axum::{
    Json,
    extract::{Path, rejection::JsonRejection},
    http::StatusCode,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Refusal, Switches, session::Owner, stamp};

const UNKNOWN: Refusal = Refusal(StatusCode::NOT_FOUND, "API key not found");
const NAMELESS: Refusal = Refusal(StatusCode::BAD_REQUEST, "name is missing");

/// A key that opens the protocols of its firm.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Key {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// The secret itself.
    pub key: String,
    pub created_at: DateTime<Utc>,
}

impl Key {
    pub(super) fn new(name: String, key: String, created_at: DateTime<Utc>) -> Self {
        Self {
            id: format!("key_{}", Uuid::new_v4().simple()),
            name,
            description: None,
            key,
            created_at,
        }
    }

    /// As lists show it; nobody can change a key, so `updatedAt` is when it was made.
    fn row(&self, switches: &Switches) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "createdAt": stamp(self.created_at),
            "updatedAt": stamp(self.created_at),
            "enabled": !switches.revoked_keys.contains(&self.key),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Draft {
    name: String,
    description: Option<String>,
}

pub(super) async fn create(
    Owner(member): Owner,
    draft: Result<Json<Draft>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Json(Draft { name, description }) = draft?;
    if name.trim().is_empty() {
        return Err(NAMELESS);
    }
    let secret = format!("sandbox-{}", Uuid::new_v4().simple());
    let key = Key {
        description,
        ..Key::new(name, secret, member.shared.clock.now())
    };
    let shown = json!({
        "id": key.id,
        "name": key.name,
        "description": key.description,
        "key": key.key,
        "createdAt": stamp(key.created_at),
    });
    member.tenant().deeprent.keys().push(key);
    Ok((StatusCode::CREATED, Json(shown)))
}

pub(super) async fn list(Owner(member): Owner) -> Json<Value> {
    let switches = member.shared.switches().deeprent.clone();
    let keys = member.tenant().deeprent.keys();
    let rows: Vec<_> = keys.iter().map(|key| key.row(&switches)).collect();
    Json(json!({ "apiKeys": rows }))
}

pub(super) async fn find(
    Owner(member): Owner,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let switches = member.shared.switches().deeprent.clone();
    let keys = member.tenant().deeprent.keys();
    let key = keys.iter().find(|key| key.id == id).ok_or(UNKNOWN)?;
    Ok(Json(key.row(&switches)))
}

pub(super) async fn delete(
    Owner(member): Owner,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let mut keys = member.tenant().deeprent.keys();
    let position = keys.iter().position(|key| key.id == id);
    keys.remove(position.ok_or(UNKNOWN)?);
    Ok(StatusCode::NO_CONTENT)
}
