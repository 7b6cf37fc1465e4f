//! Propstack v1 as its contract describes it: what can be read, webhooks, and uploads.
//!
//! [`key`] decides who asks, [`query`] reads the parameters, [`page`] cuts and wraps, and there is
//! one file per resource. [`sheet`] and [`field`] hold what a unit says about itself. The quirks
//! are deliberate; where the contract leaves something open, [`Switches`] decides.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use serde::Serialize;
use serde_json::json;

use super::Shared;

mod broker;
mod churn;
mod contact;
mod document;
mod field;
mod file;
mod hook;
mod instant;
mod key;
mod page;
mod project;
mod query;
mod reference;
mod sheet;
mod switches;
mod unit;
mod upload;

pub(super) use churn::churn;
pub use hook::Hooks;
pub use switches::{DocumentsInUnits, Switches};

/// The routes.
pub fn router(shared: Arc<Shared>) -> Router {
    let v1 = Router::new()
        .route("/units", get(unit::list))
        .route("/units/{id}", get(unit::one))
        .route("/property_statuses", get(reference::unit_statuses))
        .route("/projects", get(project::list))
        .route("/projects/{id}", get(project::one))
        .route("/groups", get(reference::groups))
        .route("/super_groups", get(reference::super_groups))
        .route("/contacts", get(contact::list))
        .route("/contacts/{id}", get(contact::one))
        .route("/contacts/{id}/favorites", get(contact::favorites))
        .route("/contact_statuses", get(reference::contact_statuses))
        .route("/contact_sources", get(reference::contact_sources))
        .route("/relationships", get(reference::relationships))
        .route(
            "/documents",
            get(document::list)
                .post(upload::create)
                .layer(DefaultBodyLimit::max(upload::LARGEST_BODY)),
        )
        .route("/documents/tags", get(document::tags))
        .route("/documents/{id}", get(document::one))
        .route("/hooks", get(hook::list).post(hook::create))
        .route("/hooks/{id}", delete(hook::delete))
        .route("/brokers", get(broker::list))
        .route("/brokers/{id}", get(broker::one));
    Router::new()
        .nest("/v1", v1)
        .route("/files/images/{file}", get(file::image))
        .route("/files/documents/{id}/{token}", get(file::document))
        .fallback(|| async { Refusal::not_found("Seite konnte nicht gefunden werden.") })
        .with_state(shared)
}

/// Any answer that is not a success: a status and a German sentence.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn not_found(message: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, message.into())
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, message.into())
    }

    /// For a record of a kind that Propstack calls so.
    fn no_such(kind: &str, id: &str) -> Self {
        Self::not_found(format!(
            "{kind} mit der id={id} konnte nicht gefunden werden."
        ))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        (status, Json(json!({ "errors": [message] }))).into_response()
    }
}

/// Writes an answer while the world is locked, so that it can be sent afterwards.
fn answer(body: &impl Serialize) -> Response {
    let text = serde_json::to_vec(body).expect("keys are text and numbers are finite");
    let content_type = (header::CONTENT_TYPE, "application/json; charset=utf-8");
    ([content_type], Bytes::from(text)).into_response()
}
