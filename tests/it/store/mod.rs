//! The contract of the store: one suite, and each of its tests on every backend.
//!
//! SQLite has a file of its own for each test, PostgreSQL a database of its own on the server that
//! `HAUSGRAPH_TEST_POSTGRES` names. `cargo dev check` always names one.

mod access_token;
mod audit;
pub mod backend;
mod decision;
mod filing;
mod idempotency;
mod import_job;
mod index;
mod integration;
mod open;
mod organization;

use chrono::{DateTime, TimeDelta, Utc};
use hausgraph::store::{AuditEntry, AuditFilter, Organization, Store};
use uuid::Uuid;

use crate::support::morning;

/// So many minutes after the morning.
fn minute(minutes: i64) -> DateTime<Utc> {
    morning() + TimeDelta::minutes(minutes)
}

fn organization(id: &str) -> Organization {
    Organization {
        id: id.to_owned(),
        name: format!("{id} Immobilien"),
        created_at: minute(0),
    }
}

/// An entry of this moment; later ones have higher ids.
fn entry(organization: &str, action: &str, at: DateTime<Utc>) -> AuditEntry {
    AuditEntry {
        id: Uuid::now_v7(),
        organization: organization.to_owned(),
        at,
        actor: "erika".to_owned(),
        action: action.to_owned(),
        target: None,
        outcome: "DONE".to_owned(),
    }
}

/// Two organisations, one of which the tests look at and one that must never be seen.
async fn with_two_organizations(store: &Store) {
    for id in ["hansehaus", "elbufer"] {
        store.put_organization(&organization(id)).await.unwrap();
    }
}

/// The actions of an organisation's audit list, newest first.
async fn actions(store: &Store, organization: &str) -> Vec<String> {
    let entries = store
        .list_audit_entries(organization, &AuditFilter::default(), None, 100)
        .await
        .unwrap();
    entries.into_iter().map(|entry| entry.action).collect()
}
