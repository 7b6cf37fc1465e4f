//! What people decided about which records of an organisation are the same.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    AuditEntry, Result, Store,
    audit::insert_entry,
    column::{self, instant},
    read, transact,
};

/// One decision about two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// A record of Propstack, by the inside of its id.
    pub anchor: String,
    /// A record of another system, by the inside of its id.
    pub other: String,
    /// Whether they are the same.
    pub is_same: bool,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

/// All decisions of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// Rises with each decision.
    pub version: i64,
    /// In no order.
    pub all: Vec<Decision>,
}

#[derive(FromRow)]
struct Row {
    version: i64,
    anchor: Option<String>,
    other: Option<String>,
    is_same: Option<bool>,
    #[sqlx(try_from = "column::MaybeInstant")]
    at: Option<DateTime<Utc>>,
}

impl Store {
    /// Writes a decision in place of what was decided about the two before, and where `is_only`, in
    /// place of whatever else was said to be the same as the other record.
    ///
    /// Errors: [`super::Error::UnknownOrganization`].
    pub async fn decide(
        &self,
        organization: &str,
        decision: &Decision,
        is_only: bool,
        entry: &AuditEntry,
    ) -> Result<()> {
        transact!(self, tx => {
            // The row is ours until the end: versions come in the order of what they stand for.
            let counted = sqlx::query(
                "UPDATE organization SET decisions_version = decisions_version + 1 WHERE id = $1",
            )
            .bind(organization)
            .execute(&mut *tx)
            .await?;
            if counted.rows_affected() == 0 {
                return Err(super::Error::UnknownOrganization);
            }
            if is_only && decision.is_same {
                sqlx::query(
                    "DELETE FROM decision WHERE organization = $1 AND other = $2 AND is_same",
                )
                .bind(organization)
                .bind(&decision.other)
                .execute(&mut *tx)
                .await?;
            }
            sqlx::query(
                "INSERT INTO decision (organization, anchor, other, is_same, at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (organization, other, anchor) DO UPDATE
                   SET is_same = excluded.is_same, at = excluded.at",
            )
            .bind(organization)
            .bind(&decision.anchor)
            .bind(&decision.other)
            .bind(decision.is_same)
            .bind(instant(decision.at))
            .execute(&mut *tx)
            .await?;
            insert_entry!(organization, entry).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// All decisions of an organisation; `None` when they are those of the version that is known.
    pub async fn list_decisions(
        &self,
        organization: &str,
        known: i64,
    ) -> Result<Option<Decisions>> {
        let rows: Vec<Row> = read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT organization.decisions_version AS version,
                   decision.anchor, decision.other, decision.is_same, decision.at
                 FROM organization LEFT JOIN decision ON decision.organization = organization.id
                 WHERE organization.id = $1 AND organization.decisions_version <> $2",
            )
            .bind(organization)
            .bind(known)
        );
        let Some(version) = rows.first().map(|row| row.version) else {
            return Ok(None);
        };
        let all = rows.into_iter().filter_map(|row| {
            Some(Decision {
                anchor: row.anchor?,
                other: row.other?,
                is_same: row.is_same?,
                at: row.at?,
            })
        });
        let all = all.collect();
        Ok(Some(Decisions { version, all }))
    }
}
