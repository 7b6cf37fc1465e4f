//! The control plane: faults, changes, journal, truth, clock and switches over HTTP, for scripts and for people.
//!
//! Tests inside the process use [`Shared`] directly. Nothing here asks for a credential; it listens
//! on the loopback interface only.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{
        Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Firm, Shared,
    churn::{Churn, Report},
    fault::Rule,
    journal::{Counts, Entry},
    world::truth::Truth,
};

/// The routes, all below `/__sim`.
pub fn router(shared: Arc<Shared>) -> Router {
    let routes = Router::new()
        .route("/faults", get(faults).post(add_fault).delete(heal))
        .route("/journal", get(journal).delete(forget))
        .route("/counts", get(counts))
        .route("/changes", post(change))
        .route("/truth", get(truth))
        .route("/clock", get(clock))
        .route("/clock/advance", post(advance))
        .route("/switches", get(switches).patch(set_switches));
    Router::new()
        .nest("/__sim", routes)
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                Json(json!({ "error": "unknown path" })),
            )
        })
        .with_state(shared)
}

/// Ten years, in seconds: links and retention must still have a date.
const LONGEST_ADVANCE: u64 = 10 * 365 * 24 * 60 * 60;

type Control = State<Arc<Shared>>;

/// What was wrong with the input; a 400.
struct Refusal(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.body_text())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self(rejection.body_text())
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

async fn faults(State(shared): Control) -> Json<Vec<Rule>> {
    Json(shared.faults.list())
}

async fn add_fault(
    State(shared): Control,
    rule: Result<Json<Rule>, JsonRejection>,
) -> Result<(StatusCode, Json<Vec<Rule>>), Refusal> {
    let Json(rule) = rule?;
    if let Some(flaw) = rule.flaw() {
        return Err(Refusal(flaw));
    }
    shared.faults.add(rule);
    Ok((StatusCode::CREATED, Json(shared.faults.list())))
}

async fn heal(State(shared): Control) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn journal(State(shared): Control) -> Json<Vec<Entry>> {
    Json(shared.journal.entries())
}

async fn forget(State(shared): Control) -> StatusCode {
    shared.journal.clear();
    StatusCode::NO_CONTENT
}

async fn counts(State(shared): Control) -> Json<Counts> {
    Json(shared.journal.counts())
}

/// So many records of a system change, go and come.
async fn change(
    State(shared): Control,
    churn: Result<Json<Churn>, JsonRejection>,
) -> Result<Json<Report>, Refusal> {
    let Json(churn) = churn?;
    Ok(Json(shared.churn(&churn)))
}

/// Whose truth.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    #[serde(default)]
    firm: Firm,
}

/// Who is who across the systems.
async fn truth(
    State(shared): Control,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<Truth>, Refusal> {
    let Query(Whose { firm }) = whose?;
    Ok(Json(shared.firm(firm).world().truth()))
}

async fn clock(State(shared): Control) -> Json<Value> {
    Json(json!({ "now": shared.clock.now() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(
    State(shared): Control,
    advance: Result<Json<Advance>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(Advance { seconds }) = advance?;
    if seconds > LONGEST_ADVANCE {
        let message = format!("seconds {seconds} exceeds ten years, {LONGEST_ADVANCE}");
        return Err(Refusal(message));
    }
    shared.clock.advance(Duration::from_secs(seconds));
    Ok(clock(State(shared)).await)
}

async fn switches(State(shared): Control) -> Result<Json<Value>, Refusal> {
    Ok(Json(serde_json::to_value(&*shared.switches())?))
}

/// Changes the switches that are named and leaves the rest.
async fn set_switches(
    State(shared): Control,
    changes: Result<Json<Value>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(changes) = changes?;
    let merged = {
        let mut switches = shared.switches_mut();
        let mut merged = serde_json::to_value(&*switches)?;
        merge(&mut merged, changes);
        *switches = serde_json::from_value(merged.clone())?;
        merged
    };
    Ok(Json(merged))
}

/// Objects are merged member by member, anything else is replaced.
fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(into.entry(name).or_insert(Value::Null), change);
            }
        }
        (into, changes) => *into = changes,
    }
}
