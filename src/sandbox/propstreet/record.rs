//! How every record is written: what all kinds share, and the omission of nulls.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::{Switches, page::Page};
use crate::sandbox::world::{Price, Reference};

/// What every kind of record carries beside its own fields.
pub(super) struct Stamp {
    /// The kind's name in paths.
    pub(super) kind: &'static str,
    pub(super) id: u64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) deleted_at: Option<DateTime<Utc>>,
    pub(super) etag: String,
}

impl Stamp {
    /// Adds the shared fields to a record's own, which are an object.
    pub(super) fn on(self, mut fields: Value) -> Value {
        let change = match self.deleted_at {
            Some(_) => "delete",
            None if self.updated_at > self.created_at => "update",
            None => "create",
        };
        fields["id"] = id(self.id);
        fields["uri"] = json!(format!(
            "https://app.propstreet.com/{}/{}",
            self.kind, self.id
        ));
        fields["createdUtc"] = json!(self.created_at);
        fields["updatedUtc"] = json!(self.updated_at);
        fields["deletedUtc"] = json!(self.deleted_at);
        fields["etag"] = json!(self.etag);
        fields["changeType"] = json!(change);
        fields
    }
}

/// An id as Propstreet writes it: a string of digits.
pub(super) fn id(id: u64) -> Value {
    Value::String(id.to_string())
}

/// An amount of money.
pub(super) fn price(price: &Price) -> Value {
    let Price {
        value,
        currency,
        scale,
    } = price;
    json!({ "value": decimal(value), "currency": currency, "scale": scale })
}

/// A JSON number from the world's decimal text. Where a number would lose digits it stays text, as
/// the vendor's schema allows.
pub(super) fn decimal(text: &str) -> Value {
    let number: Number = text.parse().expect("the world writes amounts as decimals");
    match text.parse() == number.to_string().parse::<Decimal>() {
        true => Value::Number(number),
        false => Value::String(text.to_owned()),
    }
}

/// Names in other systems; the namespace in lower case (assumed).
pub(super) fn references(references: &[Reference]) -> Value {
    let name = |reference: &Reference| json!({ "namespace": reference.namespace.to_lowercase(), "id": reference.id });
    references.iter().map(name).collect()
}

/// The answer with one record: the header repeats the body's etag byte for byte.
pub(super) fn one(mut record: Value, switches: &Switches) -> Response {
    let etag = record["etag"].as_str().map(HeaderValue::from_str);
    let etag = etag.expect("every record carries an etag");
    let etag = etag.expect("an etag is ASCII");
    tidy(&mut record, switches);
    ([(header::ETAG, etag)], Json(record)).into_response()
}

/// The answer with a record that was just made, and where it is (assumed).
pub(super) fn created(record: Value, location: &str, switches: &Switches) -> Response {
    let mut response = one(record, switches);
    *response.status_mut() = StatusCode::CREATED;
    let location = HeaderValue::from_str(location).expect("a path is ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// The answer with a page of records; a list has no etag header (assumed).
pub(super) fn list(page: Page<Value>, switches: &Switches) -> Response {
    let mut data = Value::Array(page.rows);
    tidy(&mut data, switches);
    let mut about = json!({ "pageSize": page.size, "hasMore": page.next.is_some() });
    if let Some(cursor) = page.next {
        about["nextCursor"] = Value::String(cursor);
    }
    Json(json!({ "data": data, "page": about })).into_response()
}

/// Leaves out every null, and writes numbers as strings where the switch says so.
pub(super) fn tidy(value: &mut Value, switches: &Switches) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(|field| tidy(field, switches));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, switches)),
        Value::Number(number) if switches.numeric_strings => {
            *value = Value::String(number.to_string());
        }
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
