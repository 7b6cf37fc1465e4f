//! Webhooks: made, listed and deleted, by a key with a right of its own. Nothing is sent, yet.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Refusal, answer, key::Caller};

/// Every event that there is.
const EVENTS: [&str; 18] = [
    "client_created",
    "client_updated",
    "property_created",
    "property_updated",
    "task_created",
    "task_updated",
    "task_deleted",
    "client_property_created",
    "client_property_updated",
    "client_property_deleted",
    "project_created",
    "project_updated",
    "document_created",
    "document_updated",
    "document_deleted",
    "saved_query_created",
    "saved_query_updated",
    "saved_query_deleted",
];

/// What one firm wants to be told, by ascending id.
#[derive(Debug, Default)]
pub struct Hooks(Mutex<Vec<Hook>>);

#[derive(Debug)]
struct Hook {
    id: u64,
    event: &'static str,
    target_url: String,
}

impl Hooks {
    fn list(&self) -> MutexGuard<'_, Vec<Hook>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a hook is made by.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    event: String,
    target_url: String,
}

/// `GET /hooks`: events in capitals, as in the documented sample.
pub async fn list(caller: Caller) -> Response {
    let hooks = caller.tenant().hooks.list();
    let row = |hook: &Hook| json!({ "id": hook.id, "event": hook.event.to_uppercase(), "target_url": hook.target_url });
    let rows: Vec<Value> = hooks.iter().map(row).collect();
    answer(&json!({ "hooks": rows }))
}

/// `POST /hooks`: answers the id alone. How a useless one is refused is assumed.
pub async fn create(caller: Caller, body: Bytes) -> Result<Response, Refusal> {
    let draft: Draft = serde_json::from_slice(&body)
        .map_err(|_| Refusal(StatusCode::BAD_REQUEST, "JSON ist ungültig".to_owned()))?;
    let mut events = EVENTS.iter();
    let event = events.find(|event| event.eq_ignore_ascii_case(&draft.event));
    let event = event.ok_or_else(|| Refusal::invalid("Event ist kein gültiger Wert"))?;
    let is_address = Url::parse(&draft.target_url).is_ok_and(|url| url.has_host());
    if !is_address {
        return Err(Refusal::invalid("Target url ist nicht gültig"));
    }
    let mut hooks = caller.tenant().hooks.list();
    let id = hooks.last().map_or(120, |last| last.id) + 1;
    hooks.push(Hook {
        id,
        event,
        target_url: draft.target_url,
    });
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

/// `DELETE /hooks/:id`
pub async fn delete(caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let mut hooks = caller.tenant().hooks.list();
    let position = hooks.iter().position(|hook| hook.id.to_string() == id);
    let position = position.ok_or_else(|| Refusal::no_such("Webhook", &id))?;
    hooks.remove(position);
    Ok(answer(&json!({ "ok": true })))
}
