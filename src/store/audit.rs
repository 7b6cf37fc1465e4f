//! Who did what: a list that only grows.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Result, Store,
    column::{self, instant},
    execute, read,
};

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AuditEntry {
    /// Version 7: later entries have higher ids.
    #[sqlx(try_from = "column::Id")]
    pub id: Uuid,
    /// Where it was done. Written beside a change, it is the organisation that was changed.
    pub organization: String,
    /// When.
    #[sqlx(try_from = "column::Instant")]
    pub at: DateTime<Utc>,
    /// Who: a token's `sub`.
    pub actor: String,
    /// What, such as `connectIntegration`.
    pub action: String,
    /// The id of what it was done to.
    pub target: Option<String>,
    /// How it ended; [`AuditEntry::STARTED`] until that is known.
    pub outcome: String,
}

impl AuditEntry {
    /// The outcome of an act that has not ended, or whose end was never told.
    pub const STARTED: &str = "STARTED";
}

/// Which entries; all when nothing is set.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those of this actor.
    pub actor: Option<String>,
    /// Only those of this action.
    pub action: Option<String>,
    /// Only those at this moment or later.
    pub since: Option<DateTime<Utc>>,
}

pub(super) const INSERT: &str =
    "INSERT INTO audit (id, organization, at, actor, action, target, outcome)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// The statement that writes an entry of an organisation: alone, or in the transaction of a change.
macro_rules! insert_entry {
    ($organization:expr, $entry:expr) => {{
        // The organisation is the one that was changed, whatever the entry says.
        debug_assert_eq!(*$organization, $entry.organization);
        sqlx::query($crate::store::audit::INSERT)
            .bind($entry.id.to_string())
            .bind($organization)
            .bind($crate::store::column::instant($entry.at))
            .bind(&$entry.actor)
            .bind(&$entry.action)
            .bind(&$entry.target)
            .bind(&$entry.outcome)
    }};
}
pub(super) use insert_entry;

impl Store {
    /// Writes the entry of an act that changes nothing here.
    pub async fn append_audit_entry(&self, entry: &AuditEntry) -> Result<()> {
        execute!(self, insert_entry!(&entry.organization, entry));
        Ok(())
    }

    /// Says how an act ended that was written as [`AuditEntry::STARTED`]; `false` when there is none
    /// that has not ended.
    pub async fn finish_audit_entry(
        &self,
        organization: &str,
        id: Uuid,
        outcome: &str,
    ) -> Result<bool> {
        let finished = execute!(
            self,
            sqlx::query(
                "UPDATE audit SET outcome = $1
                 WHERE organization = $2 AND id = $3 AND outcome = $4",
            )
            .bind(outcome)
            .bind(organization)
            .bind(id.to_string())
            .bind(AuditEntry::STARTED)
        );
        Ok(finished == 1)
    }

    /// At most `first` entries, newest first, behind the one at `after`.
    ///
    /// Stable: entries that are added meanwhile stand before what was read and shift nothing.
    pub async fn list_audit_entries(
        &self,
        organization: &str,
        filter: &AuditFilter,
        after: Option<(DateTime<Utc>, Uuid)>,
        first: u32,
    ) -> Result<Vec<AuditEntry>> {
        // No entry is so late, or so early: a bound on either side keeps to the index.
        let (at, id) = after.map_or((i64::MAX, String::new()), |(at, id)| {
            (instant(at), id.to_string())
        });
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT id, organization, at, actor, action, target, outcome FROM audit
                 WHERE organization = $1 AND (at, id) < ($2, $3) AND at >= $4
                   AND ($5 IS NULL OR actor = $5) AND ($6 IS NULL OR action = $6)
                 ORDER BY at DESC, id DESC LIMIT $7",
            )
            .bind(organization)
            .bind(at)
            .bind(&id)
            .bind(filter.since.map_or(i64::MIN, instant))
            .bind(&filter.actor)
            .bind(&filter.action)
            .bind(i64::from(first))
        ))
    }
}
