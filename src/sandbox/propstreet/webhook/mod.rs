//! Webhooks (W1 to W5): subscriptions, test deliveries, history and replay.
//!
//! `subscription` is what a firm asked for and `delivery` is what was sent for it. Nothing is sent
//! when a record changes, yet; [`Webhooks::fail`] puts into the history what a replay can repeat.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    Extension, Json,
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use self::{
    delivery::{Delivery, TEST},
    subscription::Subscription,
};
use super::{Path, auth::Caller, page::Window, problem::Problem, query::Query, record};

mod delivery;
mod subscription;

/// The most deliveries that one replay repeats.
const LARGEST_REPLAY: usize = 100;

/// What one firm subscribed to.
#[derive(Debug, Default)]
pub struct Webhooks(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    subscriptions: BTreeMap<u64, Subscription>,
    /// Ids are never given twice.
    last_id: u64,
}

impl Webhooks {
    /// Notes, for every subscription that an event concerns, that its first delivery failed at `now`;
    /// says for how many. `data` is the event's, with the record's `externalRefs`.
    pub fn fail(&self, event: &str, data: &Value, now: DateTime<Utc>) -> usize {
        let mut book = self.book();
        let concerned = book.subscriptions.values_mut();
        let concerned = concerned.filter(|its| its.concerns(event, data));
        concerned
            .map(|its| its.deliveries.push(Delivery::failed(event, data, now)))
            .count()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// The subscription that a path names.
    fn find(&mut self, id: &str) -> Result<&mut Subscription, Problem> {
        let id = super::number(id);
        let found = id.and_then(|id| self.subscriptions.get_mut(&id));
        found.ok_or_else(Problem::not_found)
    }
}

/// W1: the only answer that tells the secret.
pub(super) async fn create(
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = object(&body)?;
    let switches = caller.switches();
    let mut book = caller.tenant().webhooks.book();
    let id = book.last_id + 1;
    let subscription = Subscription::new(id, &fields, &switches, caller.now())?;
    let mut row = subscription.row();
    row["secret"] = json!(subscription.secret.told());
    record::tidy(&mut row, &switches);
    book.last_id = id;
    book.subscriptions.insert(id, subscription);
    Ok((StatusCode::CREATED, Json(row)).into_response())
}

/// W2, the list.
pub(super) async fn list(
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Problem> {
    let window = Window::from_query(&query, 500)?;
    let book = caller.tenant().webhooks.book();
    let rows = book.subscriptions.values();
    let order = rows.map(|its| (its.updated_at, its.id)).collect();
    let page = window.walk(&order, |id| {
        book.subscriptions.get(&id).map(Subscription::row)
    });
    Ok(record::list(page, &caller.switches()))
}

/// W2, one.
pub(super) async fn one(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let mut row = caller.tenant().webhooks.book().find(&id)?.row();
    record::tidy(&mut row, &caller.switches());
    Ok(Json(row))
}

/// W2, the change of what is named; the rest stays.
pub(super) async fn change(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let switches = caller.switches();
    let mut book = caller.tenant().webhooks.book();
    let subscription = book.find(&id)?;
    subscription.change(&object(&body)?, &switches, caller.now())?;
    let mut row = subscription.row();
    record::tidy(&mut row, &switches);
    Ok(Json(row))
}

/// W2, the end.
pub(super) async fn delete(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let mut book = caller.tenant().webhooks.book();
    let id = book.find(&id)?.id;
    book.subscriptions.remove(&id);
    Ok(StatusCode::NO_CONTENT)
}

/// W3: oldest first. The fields are assumed.
pub(super) async fn deliveries(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let window = Window::from_query(&query, 500)?;
    let mut book = caller.tenant().webhooks.book();
    let sent = &book.find(&id)?.deliveries;
    let numbered = (0..).zip(sent);
    let order = numbered.map(|(number, its)| (its.created_at, number));
    let page = window.walk(&order.collect(), |number| {
        sent.get(usize::try_from(number).ok()?).map(Delivery::row)
    });
    Ok(record::list(page, &caller.switches()))
}

/// W4: sends at once, waits for what comes of it, and keeps nothing. That an event is made up of
/// the first type subscribed to where none is named is assumed.
pub(super) async fn test(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let subscription = caller.tenant().webhooks.book().find(&id)?.clone();
    let event = match object(&body)?.get("event_type") {
        None | Some(Value::Null) => subscription.events[0],
        Some(name) => subscription::event(name, "event_type")?,
    };
    let sample = json!({ "id": "0", "name": "Test", "externalRefs": [] });
    let began = caller.now();
    let delivery = Delivery::new(event, &sample, began);
    let mut headers = delivery.headers(&subscription.secret, began);
    headers.insert(TEST, "true".parse().expect("a word"));
    let receipt = caller
        .deliver(subscription.url, headers, delivery.body)
        .await;
    let mut answer = json!({
        "success": receipt.is_success(),
        "status_code": receipt.status().map(|status| status.as_u16()),
        "duration_ms": (caller.now() - began).num_milliseconds(),
        "error": receipt.flaw(),
    });
    record::tidy(&mut answer, &caller.switches());
    Ok(Json(answer))
}

/// W5: takes what failed at or after an instant up again, the oldest first, and sends it by and by.
/// The attempts are counted anew.
pub(super) async fn replay(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let count = {
        let mut book = caller.tenant().webhooks.book();
        let subscription = book.find(&id)?;
        let fields = object(&body)?;
        let since = fields.get("since").and_then(Value::as_str);
        let since: DateTime<Utc> = since
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Problem::invalid("since", "must be an instant as in ISO 8601"))?;
        let sent = subscription.deliveries.iter_mut();
        let failed = sent.filter(|its| its.created_at >= since && its.is_failed());
        let again: Vec<_> = failed.take(LARGEST_REPLAY).map(Delivery::renew).collect();
        let count = again.len();
        tokio::spawn(repeat(caller.clone(), subscription.id, again));
        count
    };
    let message = format!("{count} deliveries will be sent again");
    Ok(Json(json!({ "replayed_count": count, "message": message })))
}

/// Sends deliveries of one subscription, one after the other, for as long as it is there.
async fn repeat(caller: Caller, subscription: u64, deliveries: Vec<Delivery>) {
    for delivery in deliveries {
        let (url, headers) = {
            let book = caller.tenant().webhooks.book();
            let Some(its) = book.subscriptions.get(&subscription) else {
                return;
            };
            let headers = delivery.headers(&its.secret, caller.now());
            (its.url.clone(), headers)
        };
        let receipt = caller.deliver(url, headers, delivery.body).await;
        let mut book = caller.tenant().webhooks.book();
        let its = book.subscriptions.get_mut(&subscription);
        let mut sent = its.into_iter().flat_map(|its| &mut its.deliveries);
        if let Some(sent) = sent.find(|sent| sent.id == delivery.id) {
            sent.close(receipt);
        }
    }
}

/// The body, which may be left out where nothing has to be said.
fn object(body: &Bytes) -> Result<Map<String, Value>, Problem> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|_| Problem::invalid("body", "must be a JSON object"))
}
