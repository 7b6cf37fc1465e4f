//! deep.rent as its contract describes it: the part that an API key opens, the part that a login
//! session opens, and the file store.
//!
//! A key opens `protocol`, which lists, and `link`, which points to files; `storage` serves what it
//! points to. A `session` opens `key` and `webhook`, the management of both. Nothing here writes a
//! protocol, and no event is delivered.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{FromRequestParts, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Shared, Tenant};

mod churn;
pub mod key;
mod link;
mod protocol;
pub mod session;
mod storage;
pub mod webhook;

pub(super) use churn::churn;

/// Behaviour that the contract leaves open, and states of the service that only its operator knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// How long it takes to build a file that is missing, on the sandbox's clock.
    pub pdf_build_delay_ms: u64,
    /// Building a missing file fails with 500.
    pub pdf_build_fails: bool,
    /// The file store is set up wrongly: every link is refused with 400.
    pub storage_is_misconfigured: bool,
    /// Protocols whose source data is gone from the store: their link is refused with 404.
    pub lost_protocols: BTreeSet<String>,
    /// The file of a soft-deleted protocol is refused with 404.
    pub hides_deleted_pdfs: bool,
    /// A `limit` above the largest page is refused with 400 rather than lowered.
    pub refuses_large_limit: bool,
    /// Keys that were revoked, or whose owner left the firm.
    pub revoked_keys: BTreeSet<String>,
    /// Webhooks may also go to plain http.
    pub allow_insecure_callbacks: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            pdf_build_delay_ms: 1_500,
            pdf_build_fails: false,
            storage_is_misconfigured: false,
            lost_protocols: BTreeSet::new(),
            hides_deleted_pdfs: false,
            refuses_large_limit: false,
            revoked_keys: BTreeSet::new(),
            allow_insecure_callbacks: false,
        }
    }
}

/// What a firm has set up in deep.rent, beside its protocols.
#[derive(Debug)]
pub struct Account {
    keys: Mutex<Vec<key::Key>>,
    webhooks: Mutex<Vec<webhook::Webhook>>,
}

impl Account {
    /// With one key and no webhook.
    pub(super) fn new(key: String, created_at: DateTime<Utc>) -> Self {
        let key = key::Key::new("Hausgraph".to_owned(), key, created_at);
        Self {
            keys: Mutex::new(vec![key]),
            webhooks: Mutex::default(),
        }
    }

    /// The keys that open its protocols.
    pub fn keys(&self) -> MutexGuard<'_, Vec<key::Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who wants to be told of its events.
    pub fn webhooks(&self) -> MutexGuard<'_, Vec<webhook::Webhook>> {
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/external/protocols", get(protocol::list))
        .route("/external/protocols/{id}/pdf", get(link::pdf))
        .route("/storage/{org}/{file}", get(storage::download))
        .route("/api/api-keys", get(key::list).post(key::create))
        .route("/api/api-keys/{id}", get(key::find).delete(key::delete))
        .route("/api/webhooks", get(webhook::list).post(webhook::create))
        .route("/api/webhooks/events", get(webhook::events))
        .route(
            "/api/webhooks/{id}",
            put(webhook::update).delete(webhook::delete),
        )
        .fallback(async || Refusal(StatusCode::NOT_FOUND, "not found"))
        .method_not_allowed_fallback(async || {
            Refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
        })
        .with_state(shared)
}

/// The firm that the request's key opens; without one the request ends with 401.
#[derive(Clone)]
struct Viewer {
    shared: Arc<Shared>,
    tenant: usize,
}

impl Viewer {
    fn tenant(&self) -> &Tenant {
        &self.shared.tenants[self.tenant]
    }
}

impl FromRequestParts<Arc<Shared>> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        // The key alone decides the firm: `x-org-id` is not looked at.
        let key = presented_key(&parts.headers).ok_or(UNAUTHORIZED)?;
        let opens = |tenant: &Tenant| tenant.deeprent.keys().iter().any(|it| it.key == key);
        let tenant = shared.tenants.iter().position(opens).ok_or(UNAUTHORIZED)?;
        if shared.switches().deeprent.revoked_keys.contains(key) {
            return Err(UNAUTHORIZED);
        }
        let shared = shared.clone();
        Ok(Self { shared, tenant })
    }
}

/// `x-api-key` wins over `Authorization` [assumed by the contract].
fn presented_key(headers: &HeaderMap) -> Option<&str> {
    if let Some(key) = headers.get("x-api-key") {
        return key.to_str().ok();
    }
    bearer(headers)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(key.trim_start())
}

/// How deep.rent says no; the shape of the body is assumed by the contract.
#[derive(Debug, Clone, Copy)]
struct Refusal(StatusCode, &'static str);

const UNAUTHORIZED: Refusal = Refusal(StatusCode::UNAUTHORIZED, "API key missing or invalid");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, error) = self;
        (status, Json(json!({ "success": false, "error": error }))).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(_: JsonRejection) -> Self {
        Self(StatusCode::BAD_REQUEST, "malformed body")
    }
}

/// The instant as deep.rent knows it: to the millisecond.
fn instant(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// The instant as deep.rent writes it: milliseconds only where there are some.
fn stamp(at: DateTime<Utc>) -> String {
    instant(at).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
