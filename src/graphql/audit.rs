//! The audit log, for administrators.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime as Instant, Utc};
use uuid::Uuid;

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::nullable,
    written::Row,
};
use crate::{
    model::{AuditEntry, AuditFilter, DateTime},
    store,
};

connection! {
    /// Acts of administrators, a page at a time.
    AuditConnection,
    /// An act in a list.
    AuditEdge {} to AuditEntry
}

/// The root that reads the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What administrators did, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which acts; all when left out.")] filter: Option<AuditFilter>,
        #[graphql(default = 50, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<AuditConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("auditLog", vec![Box::new(filter.clone())]);
            let filter = filter.unwrap_or_default();
            let texts = [&filter.actor, &filter.action].into_iter().flatten();
            if texts.into_iter().any(|text| text.contains('\0')) {
                return Err(Error::bad_user_input(
                    "No actor and no action has a NUL in it.",
                ));
            }
            let filter = store::AuditFilter {
                actor: filter.actor,
                action: filter.action,
                since: filter.since.map(|since| since.0),
            };
            let organization = &ctx.viewer().organization;
            let after: Option<(Instant<Utc>, Uuid)> = paging.position(&list)?;
            // One more than is shown tells whether there are more.
            let count = paging.first() + 1;
            let entries = ctx
                .tenants()
                .store()
                .list_audit_entries(organization, &filter, after, count)
                .await?;
            let rows = entries
                .into_iter()
                .map(|entry| ((entry.at, entry.id), shown(entry)));
            let page = Page::ahead(list, rows, &paging);
            Ok::<_, Error>(Some(page.map(|entry| (Arc::new(entry),)).into()))
        })
        .await
    }
}

fn shown(entry: store::AuditEntry) -> AuditEntry {
    AuditEntry {
        id: ID(entry.id.to_string()),
        at: DateTime(entry.at),
        actor: entry.actor,
        action: entry.action,
        target: entry.target.map(ID),
        outcome: entry.outcome,
    }
}
