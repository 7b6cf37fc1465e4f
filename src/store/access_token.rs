//! The gateway's own tokens: known by their hash, so that a copy of the database opens nothing.

use std::fmt;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    AuditEntry, Result, Store,
    audit::insert_entry,
    column::{self, instant, words},
    execute, read, transact,
};

/// A token that an administrator made.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct AccessToken {
    /// Of each there is one token.
    #[sqlx(try_from = "column::Id")]
    pub id: Uuid,
    /// The one organisation that it opens.
    pub organization: String,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the secret.
    #[sqlx(try_from = "column::Digest")]
    pub hash: [u8; 32],
    /// What people recognise the secret by.
    pub hint: String,
    /// The word of a [`crate::auth::Role`].
    pub role: String,
    /// The words of its [`crate::auth::Scopes`].
    #[sqlx(try_from = "column::Words")]
    pub scopes: Vec<String>,
    /// How often it may be used; as often as any when absent.
    #[sqlx(try_from = "column::MaybeCount")]
    pub requests_per_minute: Option<u32>,
    /// The `sub` of who made it.
    pub created_by: String,
    /// When it was made.
    #[sqlx(try_from = "column::Instant")]
    pub created_at: DateTime<Utc>,
    /// From when on it opens nothing.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, roughly.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub last_used_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for AccessToken {
    /// Shows what may stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("id", &self.id)
            .field("organization", &self.organization)
            .field("role", &self.role)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Adds a token.
    ///
    /// Errors: [`super::Error::UnknownOrganization`].
    pub async fn create_access_token(&self, token: &AccessToken, entry: &AuditEntry) -> Result<()> {
        transact!(self, tx => {
            sqlx::query(
                "INSERT INTO access_token
                   (id, organization, name, hash, hint, role, scopes, requests_per_minute,
                    created_by, created_at, expires_at, revoked_at, last_used_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(token.id.to_string())
            .bind(&token.organization)
            .bind(&token.name)
            .bind(&token.hash[..])
            .bind(&token.hint)
            .bind(&token.role)
            .bind(words(&token.scopes))
            .bind(token.requests_per_minute.map(i64::from))
            .bind(&token.created_by)
            .bind(instant(token.created_at))
            .bind(token.expires_at.map(instant))
            .bind(token.revoked_at.map(instant))
            .bind(token.last_used_at.map(instant))
            .execute(&mut *tx)
            .await?;
            insert_entry!(&token.organization, entry).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// The token whose secret has this hash, of whatever organisation; also one that was revoked or
    /// has expired, which is for the caller to judge.
    pub async fn find_access_token_by_hash(&self, hash: &[u8; 32]) -> Result<Option<AccessToken>> {
        Ok(read!(
            self,
            fetch_optional,
            sqlx::query_as("SELECT * FROM access_token WHERE hash = $1").bind(&hash[..])
        ))
    }

    /// The token of this id, also one that was revoked or has expired.
    pub async fn find_access_token(
        &self,
        organization: &str,
        id: Uuid,
    ) -> Result<Option<AccessToken>> {
        Ok(read!(
            self,
            fetch_optional,
            sqlx::query_as("SELECT * FROM access_token WHERE organization = $1 AND id = $2")
                .bind(organization)
                .bind(id.to_string())
        ))
    }

    /// The tokens that were not revoked, oldest first.
    pub async fn list_access_tokens(&self, organization: &str) -> Result<Vec<AccessToken>> {
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT * FROM access_token WHERE organization = $1 AND revoked_at IS NULL
                 ORDER BY created_at, id",
            )
            .bind(organization)
        ))
    }

    /// Takes a token back; `false` when there is none, or it was revoked before.
    pub async fn revoke_access_token(
        &self,
        organization: &str,
        id: Uuid,
        at: DateTime<Utc>,
        entry: &AuditEntry,
    ) -> Result<bool> {
        transact!(self, tx => {
            let revoked = sqlx::query(
                "UPDATE access_token SET revoked_at = $1
                 WHERE organization = $2 AND id = $3 AND revoked_at IS NULL",
            )
            .bind(instant(at))
            .bind(organization)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
            if revoked.rows_affected() == 0 {
                return Ok(false);
            }
            insert_entry!(organization, entry).execute(&mut *tx).await?;
        });
        Ok(true)
    }

    /// Notes that a token was used; an earlier moment than the one that is noted changes nothing.
    pub async fn touch_access_token(
        &self,
        organization: &str,
        id: Uuid,
        at: DateTime<Utc>,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE access_token SET last_used_at = $1
                 WHERE organization = $2 AND id = $3
                   AND (last_used_at IS NULL OR last_used_at < $1)",
            )
            .bind(instant(at))
            .bind(organization)
            .bind(id.to_string())
        );
        Ok(())
    }
}
