//! The systems that organisations have connected: sealed credentials, and what the last check found.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    AuditEntry, Result, Store,
    audit::insert_entry,
    column::{self, instant, words},
    execute, read, transact,
};
use crate::model::System;

/// One organisation's way to one system.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Integration {
    /// Whose it is.
    pub organization: String,
    /// Which system.
    #[sqlx(try_from = "column::System")]
    pub system: System,
    /// The credentials as [`crate::keyring`] sealed them.
    pub sealed: Vec<u8>,
    /// The master key that sealed them.
    pub key_id: String,
    /// What people recognise the credentials by, such as their last letters.
    pub key_hint: Option<String>,
    /// What the credentials may do, in the system's words.
    #[sqlx(try_from = "column::Words")]
    pub permissions: Vec<String>,
    /// What the last check found.
    #[sqlx(try_from = "column::Status")]
    pub status: IntegrationStatus,
    /// When it was checked last.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub checked_at: Option<DateTime<Utc>>,
    /// Why the last check failed, in words for the organisation's people.
    pub problem: Option<String>,
    /// When these credentials were saved.
    #[sqlx(try_from = "column::Instant")]
    pub connected_at: DateTime<Utc>,
    /// Rises with each change of the credentials and never comes again, even if the system is
    /// disconnected meanwhile. Sealing the same credentials anew leaves it alone.
    pub version: i64,
}

/// What a check of the credentials found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntegrationStatus {
    /// The system accepts them.
    Connected,
    /// The system refuses them.
    Refused,
    /// The system did not answer.
    Unreachable,
}

impl IntegrationStatus {
    /// The spelling in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "CONNECTED",
            Self::Refused => "REFUSED",
            Self::Unreachable => "UNREACHABLE",
        }
    }

    pub(super) fn read(word: &str) -> Option<Self> {
        [Self::Connected, Self::Refused, Self::Unreachable]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// The outcome of one check.
#[derive(Debug, Clone)]
pub struct Check {
    /// What it found.
    pub status: IntegrationStatus,
    /// What the credentials may do.
    pub permissions: Vec<String>,
    /// Why it failed.
    pub problem: Option<String>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Connects a system, or changes its credentials, where those of version `replaces` still stand, or
    /// none do; gives the version that they now have, whatever [`Integration::version`] says.
    ///
    /// `None` and no change when somebody else was first.
    /// Errors: [`super::Error::UnknownOrganization`].
    pub async fn save_integration(
        &self,
        integration: &Integration,
        replaces: Option<i64>,
        entry: &AuditEntry,
    ) -> Result<Option<i64>> {
        let organization = &integration.organization;
        let version = transact!(self, tx => {
            // The count is the organisation's, for that outlives the row of a system.
            let version: Option<i64> = sqlx::query_scalar(
                "UPDATE organization SET credentials_version = credentials_version + 1
                 WHERE id = $1 RETURNING credentials_version",
            )
            .bind(organization)
            .fetch_optional(&mut *tx)
            .await?;
            let version = version.ok_or(super::Error::UnknownOrganization)?;
            // The row of the organisation is ours until the end: nobody else saves meanwhile.
            let standing: Option<i64> = sqlx::query_scalar(
                "SELECT version FROM integration WHERE organization = $1 AND system = $2",
            )
            .bind(organization)
            .bind(integration.system.as_str())
            .fetch_optional(&mut *tx)
            .await?;
            if standing != replaces {
                return Ok(None);
            }
            sqlx::query(
                "INSERT INTO integration
                   (organization, system, sealed, key_id, key_hint, permissions, status,
                    checked_at, problem, connected_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                 ON CONFLICT (organization, system) DO UPDATE SET
                    sealed = excluded.sealed, key_id = excluded.key_id,
                    key_hint = excluded.key_hint, permissions = excluded.permissions,
                    status = excluded.status, checked_at = excluded.checked_at,
                    problem = excluded.problem, connected_at = excluded.connected_at,
                    version = excluded.version",
            )
            .bind(organization)
            .bind(integration.system.as_str())
            .bind(&integration.sealed)
            .bind(&integration.key_id)
            .bind(&integration.key_hint)
            .bind(words(&integration.permissions))
            .bind(integration.status.as_str())
            .bind(integration.checked_at.map(instant))
            .bind(&integration.problem)
            .bind(instant(integration.connected_at))
            .bind(version)
            .execute(&mut *tx)
            .await?;
            insert_entry!(organization, entry).execute(&mut *tx).await?;
            version
        });
        Ok(Some(version))
    }

    /// The way to this system, when it is connected.
    pub async fn find_integration(
        &self,
        organization: &str,
        system: System,
    ) -> Result<Option<Integration>> {
        Ok(read!(
            self,
            fetch_optional,
            sqlx::query_as("SELECT * FROM integration WHERE organization = $1 AND system = $2")
                .bind(organization)
                .bind(system.as_str())
        ))
    }

    /// The systems that are connected, by name.
    pub async fn list_integrations(&self, organization: &str) -> Result<Vec<Integration>> {
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as("SELECT * FROM integration WHERE organization = $1 ORDER BY system")
                .bind(organization)
        ))
    }

    /// Notes what a check found.
    ///
    /// `false` and no change when the credentials have changed since that `version`, or when a later
    /// check is noted already.
    pub async fn record_check(
        &self,
        organization: &str,
        system: System,
        version: i64,
        check: &Check,
    ) -> Result<bool> {
        let recorded = execute!(
            self,
            sqlx::query(
                "UPDATE integration
                 SET status = $1, permissions = $2, problem = $3, checked_at = $4
                 WHERE organization = $5 AND system = $6 AND version = $7
                   AND (checked_at IS NULL OR checked_at <= $4)",
            )
            .bind(check.status.as_str())
            .bind(words(&check.permissions))
            .bind(&check.problem)
            .bind(instant(check.at))
            .bind(organization)
            .bind(system.as_str())
            .bind(version)
        );
        Ok(recorded == 1)
    }

    /// Forgets a system and its credentials; `false` when it was not connected.
    pub async fn delete_integration(
        &self,
        organization: &str,
        system: System,
        entry: &AuditEntry,
    ) -> Result<bool> {
        transact!(self, tx => {
            let deleted =
                sqlx::query("DELETE FROM integration WHERE organization = $1 AND system = $2")
                    .bind(organization)
                    .bind(system.as_str())
                    .execute(&mut *tx)
                    .await?;
            if deleted.rows_affected() == 0 {
                return Ok(false);
            }
            insert_entry!(organization, entry).execute(&mut *tx).await?;
        });
        Ok(true)
    }

    /// At most `limit` that another master key than this one sealed, of all organisations, behind the
    /// one of `after`.
    pub async fn list_sealed_except(
        &self,
        key_id: &str,
        after: Option<(&str, System)>,
        limit: u32,
    ) -> Result<Vec<Integration>> {
        let (organization, system) = after.map_or(("", ""), |(organization, system)| {
            (organization, system.as_str())
        });
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT * FROM integration
                 WHERE key_id <> $1 AND (organization, system) > ($2, $3)
                 ORDER BY organization, system LIMIT $4",
            )
            .bind(key_id)
            .bind(organization)
            .bind(system)
            .bind(i64::from(limit))
        ))
    }

    /// Puts a new seal around the same credentials: no reader sees a change.
    ///
    /// `false` and no change when the row is not what `old` says any more.
    pub async fn replace_seal(
        &self,
        old: &Integration,
        sealed: &[u8],
        key_id: &str,
    ) -> Result<bool> {
        let replaced = execute!(
            self,
            sqlx::query(
                "UPDATE integration SET sealed = $1, key_id = $2
                 WHERE organization = $3 AND system = $4 AND version = $5 AND key_id = $6",
            )
            .bind(sealed)
            .bind(key_id)
            .bind(&old.organization)
            .bind(old.system.as_str())
            .bind(old.version)
            .bind(&old.key_id)
        );
        Ok(replaced == 1)
    }
}
