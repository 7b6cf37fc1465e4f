//! The list of protocols: newest first, in pages that a pair of time and id continues.

use std::cmp::Reverse;

use axum::{Json, extract::Query, http::StatusCode};
use chrono::{DateTime, Months, Utc};
use serde_json::{Value, json};

use super::{Refusal, Tenant, Viewer, instant, stamp};
use crate::sandbox::world::{Handover, HandoverPerson, World};

const DEFAULT_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 200;

/// Where the files lie; every protocol names it.
const STORE: &str = "eu-deepstore-ce-2";

/// Newest first; of equal age, the greater id first.
type Position<'a> = Reverse<(DateTime<Utc>, &'a str)>;

pub(super) async fn list(
    viewer: Viewer,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(
        &query,
        viewer.shared.switches().deeprent.refuses_large_limit,
    )?;
    let tenant = viewer.tenant();
    let world = tenant.world();

    let name = format!("protocols {}", page.with_deleted);
    let order = tenant
        .selections
        .remember(name, || order(&world, page.with_deleted));
    let row = |at: &usize| &world.handovers[*at];
    let seen = |at: &usize| page.after.is_some_and(|after| position(row(at)) <= after);
    let unseen = &order[order.partition_point(seen)..];
    let has_more = unseen.len() > page.limit;
    let rows: Vec<&Handover> = unseen.iter().take(page.limit).map(row).collect();

    let next = rows.last().filter(|_| has_more);
    let next = next.map(|row| json!({ "cursorTs": stamp(row.created_at), "cursorId": row.id }));
    let snapshots: Vec<_> = rows.iter().map(|row| snapshot(row, tenant)).collect();
    Ok(Json(json!({
        "success": true,
        "count": snapshots.len(),
        "userId": tenant.credentials.deeprent_user,
        "orgId": tenant.credentials.deeprent_org,
        "protocols": snapshots,
        "hasMore": has_more,
        "nextCursor": next,
    })))
}

/// The positions of the rows that a list shows, in its order.
fn order(world: &World, with_deleted: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..world.handovers.len()).collect();
    order.retain(|at| with_deleted || world.handovers[*at].deleted_at.is_none());
    order.sort_by_key(|at| position(&world.handovers[*at]));
    order
}

fn position(row: &Handover) -> Position<'_> {
    Reverse((instant(row.created_at), &row.id))
}

/// What the query asks for.
struct Page<'a> {
    limit: usize,
    after: Option<Position<'a>>,
    with_deleted: bool,
}

impl<'a> Page<'a> {
    /// The answers to malformed parameters are assumed by the contract; that any other word than
    /// `true` leaves deleted rows out is assumed here.
    fn read(query: &'a [(String, String)], refuses_large_limit: bool) -> Result<Self, Refusal> {
        let refuse = |error| Err(Refusal(StatusCode::BAD_REQUEST, error));
        let value = |name| {
            query
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, v)| v.as_str())
        };

        let limit = match value("limit").map(str::parse::<i64>) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if limit >= 1 => usize::try_from(limit).unwrap_or(usize::MAX),
            Some(_) => return refuse("limit must be a positive number"),
        };
        if limit > LARGEST_LIMIT && refuses_large_limit {
            return refuse("limit must not exceed 200");
        }
        let after = match (value("cursorTs"), value("cursorId")) {
            (None, None) => None,
            (Some(at), Some(id)) => match DateTime::parse_from_rfc3339(at) {
                Ok(at) => Some(Reverse((at.to_utc(), id))),
                Err(_) => return refuse("cursorTs must be an ISO 8601 time"),
            },
            _ => return refuse("cursorTs and cursorId belong together"),
        };
        Ok(Self {
            limit: limit.min(LARGEST_LIMIT),
            after,
            with_deleted: value("includeDeleted") == Some("true"),
        })
    }
}

/// The record as lists and webhooks show it. What is absent is an explicit null.
fn snapshot(row: &Handover, tenant: &Tenant) -> Value {
    let credentials = &tenant.credentials;
    let category = row.object_type.split('_').next();
    let deleted = row.deleted_at.map(stamp);
    json!({
        "id": row.id,
        "object": {
            "id": row.object_id,
            "category": category,
            "type": row.object_type,
            "name": row.object_name,
            "address": {
                "addressLine1": row.address_line,
                "city": row.city,
                "postalCode": row.postal_code,
                "country": "Germany",
                "countryCode": "DE",
            },
            "addressId": row.address_id,
        },
        "protocol": {
            "link": format!("{STORE}/protocol/{}", row.id),
            "cause": row.cause,
            // A number here, a text below: both are the contract's.
            "store_kb": row.storage_kb,
            "createdAt": stamp(row.created_at),
            "documentCosts": row.version > 3,
            "retentionUntil": row.created_at.checked_add_months(Months::new(60)).map(stamp),
            "landlordConfirmation": row.is_confirmed,
        },
        "contacts": row.people.iter().map(contact).collect::<Vec<_>>(),
        "owner": {
            "orgId": credentials.deeprent_org,
            "userId": credentials.deeprent_user,
            "userName": "Verwaltung Nord",
        },
        "store": STORE,
        "storage_kb": row.storage_kb.to_string(),
        "meta": {
            "tags": row.tags,
            "version": row.version,
            "deletedBy": deleted.as_ref().map(|_| &credentials.deeprent_user),
            "deleteReason": deleted.as_ref().map(|_| "Doppelt erfasst"),
            "deletedAt": deleted,
            "legalHold": row.legal_hold.is_some(),
            "legalHoldReason": row.legal_hold,
            "updatedAt": stamp(row.updated_at),
        },
    })
}

fn contact(person: &HandoverPerson) -> Value {
    let resolved = match person.salutation.as_deref() {
        Some("MR") => Some("Herr"),
        Some("MS") => Some("Frau"),
        _ => None,
    };
    json!({
        "id": person.id,
        "email": person.email,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "salutation": person.salutation,
        "resolvedSalutation": resolved,
        "companyName": person.company,
        "personTitle": null,
        "role": person.role,
    })
}
