//! Records as they were last read, with what they can be found by.
//!
//! An older version never replaces a newer one: of two reads of one record the one with the greater
//! version stands, of the same version the later one. What is gone stays, marked.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use super::{
    JobTicket, Result, Store,
    column::{self, instant, stages},
    read, transact,
    words::{WordsRow, WordsTable},
};
use crate::model::{ImportStage, RecordKind};

/// So many records go with one statement.
const ENTRIES_AT_ONCE: usize = 1_000;
/// So many rows of keys go with one statement.
const KEYS_AT_ONCE: usize = 2_000;

/// A record to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: RecordKind,
    /// What names it among those of its kind.
    pub id: String,
    /// Rises with each change; 0 where its system does not tell.
    pub version: i64,
    /// Where it stands in lists, which begin with the newest.
    pub sorts: DateTime<Utc>,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// When it went.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Tells whether anything of it is new.
    pub digest: [u8; 16],
    /// The record itself: JSON.
    pub body: String,
    /// What it can be found by, each once.
    pub keys: Vec<Key>,
    /// What people look for; none for what they do not.
    pub words: Option<Words>,
}

/// Something that a record has in common with whatever belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What it is: `email`.
    pub name: &'static str,
    /// Its normal form.
    pub value: String,
}

/// The folded words of a record, in the columns that different viewers may search in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// What it is called.
    pub title: String,
    /// What else anybody may know.
    pub text: String,
    /// An address that is hidden from most.
    pub place: String,
    /// Personal data.
    pub person: String,
}

/// A record as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Found {
    /// Its number among all records; a later one is greater.
    pub number: i64,
    /// What names it among those of its kind.
    pub id: String,
    /// Where it stands in lists, in microseconds since 1970.
    pub sorts: i64,
    /// When it was read.
    #[sqlx(try_from = "column::Instant")]
    pub read_at: DateTime<Utc>,
    /// When it went.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// The record itself: JSON.
    pub body: String,
}

/// A record that has a key.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct FoundByKey {
    /// What key it was found by.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The record.
    #[sqlx(flatten)]
    pub found: Found,
}

/// How far a kind of record is known as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct IndexState {
    /// When all of them were last walked through; `None` while they never were.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub walked_at: Option<DateTime<Utc>>,
    /// Up to when changes are known.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub known_until: Option<DateTime<Utc>>,
    /// Where the next read of changes begins, by the system's own clock.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub watermark: Option<DateTime<Utc>>,
}

/// What became of records that were to be kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// They were not known.
    pub created: i32,
    /// They were known otherwise.
    pub updated: i32,
    /// They were known so, or newer.
    pub unchanged: i32,
}

/// What one step of an import brings; all of it is kept, or nothing.
#[derive(Debug)]
pub struct ImportPage<'a> {
    /// Whose.
    pub organization: &'a str,
    /// When it was read.
    pub at: DateTime<Utc>,
    /// Records of one kind.
    pub entries: &'a [Entry],
    /// Records that are kept with them and not counted.
    pub parts: &'a [Entry],
    /// All records of a kind that have a key are gone.
    pub gone_parts: &'a [(RecordKind, Key)],
    /// Where to go on: JSON.
    pub checkpoint: &'a str,
    /// Kind, id and reason of what could not be dealt with.
    pub problems: &'a [(&'static str, String, String)],
    /// What is known of a kind from now on.
    pub state: Option<(RecordKind, IndexState)>,
    /// All of this kind that were not seen since then are gone.
    pub sweep: Option<Sweep>,
}

/// Ends a walk through all records of a kind: those that it did not meet are gone.
#[derive(Debug, Clone, Copy)]
pub struct Sweep {
    /// What was walked through.
    pub kind: RecordKind,
    /// When the walk began.
    pub since: DateTime<Utc>,
    /// When they are taken to have gone.
    pub at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Known {
    id: String,
    digest: Vec<u8>,
    is_deleted: bool,
}

#[derive(FromRow)]
struct KindState {
    #[sqlx(try_from = "column::RecordKind")]
    kind: RecordKind,
    #[sqlx(flatten)]
    state: IndexState,
}

#[derive(FromRow)]
struct Numbered {
    number: i64,
    id: String,
}

/// As [`Found`] reads them.
pub(super) const COLUMNS: &str =
    "record.number, record.id, record.sorts, record.read_at, record.deleted_at, record.body";

/// Keeps entries within a transaction.
macro_rules! put {
    ($tx:ident, $organization:expr, $entries:expr) => {{
        let (organization, all): (&str, &[Entry]) = ($organization, $entries);
        let mut kept = Kept::default();
        // Some lists come in one piece, and a statement takes only so many values.
        let of_one_kind = all.chunk_by(|one, other| one.kind == other.kind);
        for entries in of_one_kind.flat_map(|entries| entries.chunks(ENTRIES_AT_ONCE)) {
            // Of one that came twice the last stands: PostgreSQL takes each once in a statement.
            let latest: HashMap<&str, &Entry> =
                entries.iter().map(|entry| (&*entry.id, entry)).collect();
            let entries = entries.iter().filter(|entry| std::ptr::eq(latest[&*entry.id], *entry));
            let entries: Vec<&Entry> = entries.collect();
            let kind = entries[0].kind;
            let mut look = QueryBuilder::new(
                "SELECT id, digest, deleted_at IS NOT NULL AS is_deleted FROM record WHERE organization = ",
            );
            look.push_bind(organization).push(" AND kind = ").push_bind(kind.as_str());
            look.push(" AND id IN (");
            let mut ids = look.separated(", ");
            for entry in &entries {
                ids.push_bind(&entry.id);
            }
            look.push(")");
            let known: Vec<Known> =
                look.build_query_as().persistent(false).fetch_all(&mut *$tx).await?;
            let known: HashMap<String, Known> =
                known.into_iter().map(|row| (row.id.clone(), row)).collect();
            let is_as_known = |entry: &Entry| {
                known.get(&entry.id).is_some_and(|known| {
                    known.digest == entry.digest && known.is_deleted == entry.deleted_at.is_some()
                })
            };
            let (same, news): (Vec<&Entry>, Vec<&Entry>) =
                entries.iter().copied().partition(|entry| is_as_known(entry));
            if !same.is_empty() {
                kept.unchanged += i32::try_from(same.len()).unwrap_or(i32::MAX);
                let latest = same.iter().map(|entry| entry.read_at).max().unwrap_or_default();
                let mut touch = QueryBuilder::new("UPDATE record SET read_at = ");
                touch.push_bind(instant(latest)).push(", seen_at = ").push_bind(instant(latest));
                touch.push(" WHERE organization = ").push_bind(organization);
                touch.push(" AND kind = ").push_bind(kind.as_str());
                touch.push(" AND read_at < ").push_bind(instant(latest)).push(" AND id IN (");
                let mut ids = touch.separated(", ");
                for entry in &same {
                    ids.push_bind(&entry.id);
                }
                touch.push(")");
                touch.build().persistent(false).execute(&mut *$tx).await?;
            }
            if !news.is_empty() {
                let mut upsert = QueryBuilder::new(
                    "INSERT INTO record (organization, kind, id, version, sorts, read_at, seen_at,
                       deleted_at, digest, body) ",
                );
                upsert.push_values(&news, |mut row, entry| {
                    row.push_bind(organization)
                        .push_bind(kind.as_str())
                        .push_bind(&entry.id)
                        .push_bind(entry.version)
                        .push_bind(instant(entry.sorts))
                        .push_bind(instant(entry.read_at))
                        .push_bind(instant(entry.read_at))
                        .push_bind(entry.deleted_at.map(instant))
                        .push_bind(&entry.digest[..])
                        .push_bind(&entry.body);
                });
                upsert.push(
                    " ON CONFLICT (organization, kind, id) DO UPDATE SET
                       version = excluded.version, sorts = excluded.sorts,
                       read_at = excluded.read_at, seen_at = excluded.seen_at,
                       deleted_at = excluded.deleted_at, digest = excluded.digest,
                       body = excluded.body
                     WHERE (excluded.version, excluded.read_at) >= (record.version, record.read_at)
                     RETURNING number, id",
                );
                let written: Vec<Numbered> =
                    upsert.build_query_as().persistent(false).fetch_all(&mut *$tx).await?;
                for row in &written {
                    match known.contains_key(&row.id) {
                        true => kept.updated += 1,
                        false => kept.created += 1,
                    }
                }
                kept.unchanged += i32::try_from(news.len() - written.len()).unwrap_or(i32::MAX);
                let updated: Vec<i64> = written
                    .iter()
                    .filter(|row| known.contains_key(&row.id))
                    .map(|row| row.number)
                    .collect();
                if !updated.is_empty() {
                    let mut forget = QueryBuilder::new("DELETE FROM record_key WHERE record IN (");
                    let mut numbers = forget.separated(", ");
                    for number in &updated {
                        numbers.push_bind(*number);
                    }
                    forget.push(")");
                    forget.build().persistent(false).execute(&mut *$tx).await?;
                }
                let keys: Vec<(i64, &Key)> = written
                    .iter()
                    .flat_map(|row| latest[&*row.id].keys.iter().map(|key| (row.number, key)))
                    .collect();
                for keys in keys.chunks(KEYS_AT_ONCE) {
                    let mut insert = QueryBuilder::new(
                        "INSERT INTO record_key (organization, name, value, kind, record) ",
                    );
                    insert.push_values(keys, |mut row, (number, key)| {
                        row.push_bind(organization)
                            .push_bind(key.name)
                            .push_bind(&key.value)
                            .push_bind(kind.as_str())
                            .push_bind(*number);
                    });
                    insert.push(" ON CONFLICT DO NOTHING");
                    insert.build().persistent(false).execute(&mut *$tx).await?;
                }
                let scope = super::words::scope(organization, kind);
                let (said, silent): (Vec<_>, Vec<_>) = written
                    .iter()
                    .map(|row| (row.number, latest[&*row.id]))
                    .partition(|(_, entry)| entry.words.is_some() && entry.deleted_at.is_none());
                let said: Vec<WordsRow<'_>> = said
                    .into_iter()
                    .filter_map(|(record, entry)| {
                        let words = entry.words.as_ref()?;
                        Some(WordsRow { record, words })
                    })
                    .collect();
                let silent: Vec<i64> = silent
                    .into_iter()
                    .filter(|(_, entry)| known.contains_key(&entry.id))
                    .map(|(number, _)| number)
                    .collect();
                $tx.put_words(&scope, &said).await?;
                $tx.drop_words(&silent).await?;
            }
        }
        kept
    }};
}

impl Store {
    /// Keeps records of one kind, unless what is known of them is newer.
    pub async fn put_index_entries(&self, organization: &str, entries: &[Entry]) -> Result<Kept> {
        Ok(transact!(self, tx => { put!(tx, organization, entries) }))
    }

    /// Keeps what a step of an import has brought, and counts it in the stage at `stage`; `None` and
    /// no change when the job was lost, or has ended.
    pub async fn save_import_page(
        &self,
        ticket: JobTicket,
        page: &ImportPage<'_>,
        of_job: &[ImportStage],
        stage: usize,
    ) -> Result<Option<Vec<ImportStage>>> {
        Ok(transact!(self, tx => {
            let kept = put!(tx, page.organization, page.entries);
            put!(tx, page.organization, page.parts);
            let mut of_job = of_job.to_vec();
            if let Some(stage) = of_job.get_mut(stage) {
                stage.created += kept.created;
                stage.updated += kept.updated;
                stage.unchanged += kept.unchanged;
            }
            let mut gone: Vec<i64> = Vec::new();
            for (kind, key) in page.gone_parts {
                let marked: Vec<i64> = sqlx::query_scalar(
                    "UPDATE record SET deleted_at = $1
                     WHERE deleted_at IS NULL AND number IN (
                       SELECT record FROM record_key
                       WHERE organization = $2 AND name = $3 AND value = $4 AND kind = $5)
                     RETURNING number",
                )
                .bind(instant(page.at))
                .bind(page.organization)
                .bind(key.name)
                .bind(&key.value)
                .bind(kind.as_str())
                .fetch_all(&mut *tx)
                .await?;
                gone.extend(marked);
            }
            if let Some(sweep) = page.sweep {
                let swept: Vec<i64> = sqlx::query_scalar(
                    "UPDATE record SET deleted_at = $1
                     WHERE organization = $2 AND kind = $3 AND seen_at < $4 AND deleted_at IS NULL
                     RETURNING number",
                )
                .bind(instant(sweep.at))
                .bind(page.organization)
                .bind(sweep.kind.as_str())
                .bind(instant(sweep.since))
                .fetch_all(&mut *tx)
                .await?;
                gone.extend(swept);
            }
            tx.drop_words(&gone).await?;
            if let Some(stage) = of_job.get_mut(stage) {
                stage.deleted += i32::try_from(gone.len()).unwrap_or(i32::MAX);
            }
            if let Some((kind, state)) = &page.state {
                sqlx::query(
                    "INSERT INTO record_state (organization, kind, walked_at, known_until, watermark)
                     VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (organization, kind) DO UPDATE SET
                       walked_at = excluded.walked_at, known_until = excluded.known_until,
                       watermark = excluded.watermark",
                )
                .bind(page.organization)
                .bind(kind.as_str())
                .bind(state.walked_at.map(instant))
                .bind(state.known_until.map(instant))
                .bind(state.watermark.map(instant))
                .execute(&mut *tx)
                .await?;
            }
            let saved = sqlx::query(
                "UPDATE import_job SET checkpoint = $1, stages = $2
                 WHERE id = $3 AND ticket = $4 AND status = 'RUNNING'",
            )
            .bind(page.checkpoint)
            .bind(stages(&of_job))
            .bind(ticket.job.to_string())
            .bind(ticket.id.to_string())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if saved == 0 {
                return Ok(None);
            }
            super::import_job::problems!(tx, ticket, page.problems);
            Some(of_job)
        }))
    }

    /// Notes that these records still exist; gives the ids of those that are known and not gone.
    pub async fn see_index_entries(
        &self,
        organization: &str,
        kind: RecordKind,
        ids: &[String],
        at: DateTime<Utc>,
    ) -> Result<Vec<String>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(transact!(self, tx => {
            let mut see = QueryBuilder::new("UPDATE record SET seen_at = CASE WHEN seen_at < ");
            see.push_bind(instant(at)).push(" THEN ").push_bind(instant(at));
            see.push(" ELSE seen_at END WHERE organization = ").push_bind(organization);
            see.push(" AND kind = ").push_bind(kind.as_str());
            see.push(" AND deleted_at IS NULL AND id IN (");
            let mut listed = see.separated(", ");
            for id in ids {
                listed.push_bind(id);
            }
            see.push(") RETURNING id");
            let seen: Vec<(String,)> =
                see.build_query_as().persistent(false).fetch_all(&mut *tx).await?;
            seen.into_iter().map(|(id,)| id).collect()
        }))
    }

    /// The ids of all records of a kind that are not gone and were not seen since then.
    pub async fn list_unseen_index_ids(
        &self,
        organization: &str,
        kind: RecordKind,
        since: DateTime<Utc>,
    ) -> Result<Vec<String>> {
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_scalar(
                "SELECT id FROM record
                 WHERE organization = $1 AND kind = $2 AND seen_at < $3 AND deleted_at IS NULL",
            )
            .bind(organization)
            .bind(kind.as_str())
            .bind(instant(since))
        ))
    }

    /// At most `first` ids of records of a kind that are not gone, in their order, behind `after`.
    pub async fn list_index_ids(
        &self,
        organization: &str,
        kind: RecordKind,
        after: &str,
        first: u32,
    ) -> Result<Vec<String>> {
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_scalar(
                "SELECT id FROM record
                 WHERE organization = $1 AND kind = $2 AND id > $3 AND deleted_at IS NULL
                 ORDER BY id LIMIT $4",
            )
            .bind(organization)
            .bind(kind.as_str())
            .bind(after)
            .bind(i64::from(first))
        ))
    }

    /// Records of one kind by their ids, in no order; those that are not known are left out.
    pub async fn list_index_entries(
        &self,
        organization: &str,
        kind: RecordKind,
        ids: &[String],
    ) -> Result<Vec<Found>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        macro_rules! look {
            ($pool:expr) => {{
                let mut look = QueryBuilder::new(format!(
                    "SELECT {COLUMNS} FROM record WHERE organization = "
                ));
                look.push_bind(organization)
                    .push(" AND kind = ")
                    .push_bind(kind.as_str());
                look.push(" AND id IN (");
                let mut listed = look.separated(", ");
                for id in ids {
                    listed.push_bind(id);
                }
                look.push(")");
                look.build_query_as()
                    .persistent(false)
                    .fetch_all($pool)
                    .await?
            }};
        }
        Ok(match &self.database {
            super::Database::Sqlite(pools) => look!(&pools.read),
            super::Database::Postgres(pool) => look!(pool),
        })
    }

    /// Records of one kind that have one of these keys, newest first, once for each that they have.
    pub async fn list_index_entries_by_key(
        &self,
        organization: &str,
        kind: RecordKind,
        keys: &[Key],
    ) -> Result<Vec<FoundByKey>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        macro_rules! look {
            ($pool:expr) => {{
                let mut look = QueryBuilder::new(format!(
                    "SELECT record_key.name, record_key.value, {COLUMNS}
                     FROM record_key JOIN record ON record.number = record_key.record
                     WHERE record_key.organization = "
                ));
                look.push_bind(organization);
                look.push(" AND record_key.kind = ")
                    .push_bind(kind.as_str());
                look.push(" AND (record_key.name, record_key.value) IN (VALUES ");
                let mut listed = look.separated(", ");
                for key in keys {
                    listed.push("(");
                    listed.push_bind_unseparated(key.name);
                    listed.push_unseparated(", ");
                    listed.push_bind_unseparated(&key.value);
                    listed.push_unseparated(")");
                }
                look.push(") ORDER BY record.sorts DESC, record.number DESC");
                look.build_query_as()
                    .persistent(false)
                    .fetch_all($pool)
                    .await?
            }};
        }
        Ok(match &self.database {
            super::Database::Sqlite(pools) => look!(&pools.read),
            super::Database::Postgres(pool) => look!(pool),
        })
    }

    /// At most `first` records of one kind that are not gone, newest first, behind the one that sorts
    /// at `after`.
    pub async fn list_latest_index_entries(
        &self,
        organization: &str,
        kind: RecordKind,
        after: Option<(i64, i64)>,
        first: u32,
    ) -> Result<Vec<Found>> {
        let (sorts, number) = after.unwrap_or((i64::MAX, i64::MAX));
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM record
                 WHERE organization = $1 AND kind = $2 AND deleted_at IS NULL
                   AND (sorts, number) < ($3, $4)
                 ORDER BY sorts DESC, number DESC LIMIT $5"
            )))
            .bind(organization)
            .bind(kind.as_str())
            .bind(sorts)
            .bind(number)
            .bind(i64::from(first))
        ))
    }

    /// How far a kind of record is known as a whole.
    pub async fn find_index_state(
        &self,
        organization: &str,
        kind: RecordKind,
    ) -> Result<IndexState> {
        let found: Option<IndexState> = read!(
            self,
            fetch_optional,
            sqlx::query_as(
                "SELECT walked_at, known_until, watermark FROM record_state
                 WHERE organization = $1 AND kind = $2",
            )
            .bind(organization)
            .bind(kind.as_str())
        );
        Ok(found.unwrap_or_default())
    }

    /// How far each kind of record is known as a whole, for those of which something is known.
    pub async fn list_index_states(
        &self,
        organization: &str,
    ) -> Result<Vec<(RecordKind, IndexState)>> {
        let rows: Vec<KindState> = read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT kind, walked_at, known_until, watermark FROM record_state
                 WHERE organization = $1",
            )
            .bind(organization)
        );
        let known = rows.into_iter().map(|row| (row.kind, row.state));
        Ok(known.collect())
    }

    /// Forgets all records of a system: its credentials may be another account's now.
    pub async fn clear_index(&self, organization: &str, kinds: &[RecordKind]) -> Result<()> {
        transact!(self, tx => {
            for kind in kinds {
                let gone: Vec<i64> = sqlx::query_scalar(
                    "SELECT number FROM record WHERE organization = $1 AND kind = $2",
                )
                .bind(organization)
                .bind(kind.as_str())
                .fetch_all(&mut *tx)
                .await?;
                for gone in gone.chunks(KEYS_AT_ONCE) {
                    tx.drop_words(gone).await?;
                }
                for statement in [
                    "DELETE FROM record_key WHERE organization = $1 AND kind = $2",
                    "DELETE FROM record WHERE organization = $1 AND kind = $2",
                    "DELETE FROM record_state WHERE organization = $1 AND kind = $2",
                ] {
                    sqlx::query(statement)
                        .bind(organization)
                        .bind(kind.as_str())
                        .execute(&mut *tx)
                        .await?;
                }
            }
        });
        Ok(())
    }
}
