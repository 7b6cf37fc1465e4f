//! The organisations that are served.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    AuditEntry, Result, Store,
    audit::insert_entry,
    column::{self, instant},
    execute, read, transact,
};

/// A firm whose data is kept apart from all others'.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Organization {
    /// The `org` of its tokens: up to 64 of `a-z`, `0-9` and `-`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was first served here.
    #[sqlx(try_from = "column::Instant")]
    pub created_at: DateTime<Utc>,
}

impl Organization {
    /// Whether an organisation can be called so.
    pub fn is_id(text: &str) -> bool {
        let is_letter = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-');
        (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
    }
}

impl Store {
    /// Adds an organisation; `false` when its id is taken, and then nothing changes.
    pub async fn create_organization(
        &self,
        organization: &Organization,
        entry: &AuditEntry,
    ) -> Result<bool> {
        transact!(self, tx => {
            let created = sqlx::query(
                "INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(&organization.id)
            .bind(&organization.name)
            .bind(instant(organization.created_at))
            .execute(&mut *tx)
            .await?;
            if created.rows_affected() == 0 {
                return Ok(false);
            }
            insert_entry!(&organization.id, entry).execute(&mut *tx).await?;
        });
        Ok(true)
    }

    /// Adds an organisation that the configuration names, or gives it the name that stands there now.
    pub async fn put_organization(&self, organization: &Organization) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            )
            .bind(&organization.id)
            .bind(&organization.name)
            .bind(instant(organization.created_at))
        );
        Ok(())
    }

    /// The organisation of this id.
    pub async fn find_organization(&self, id: &str) -> Result<Option<Organization>> {
        let query = "SELECT id, name, created_at FROM organization WHERE id = $1";
        Ok(read!(self, fetch_optional, sqlx::query_as(query).bind(id)))
    }

    /// All organisations, by id.
    pub async fn list_organizations(&self) -> Result<Vec<Organization>> {
        let query = "SELECT id, name, created_at FROM organization ORDER BY id";
        Ok(read!(self, fetch_all, sqlx::query_as(query)))
    }
}
