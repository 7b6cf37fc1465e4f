//! Jobs: what was asked for, how far it is, and who works on it at this moment.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Result, Store,
    column::{self, instant, stages},
    execute, read, transact,
};
use crate::model::{ImportKind, ImportStage, ImportStatus, System};

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ImportJob {
    /// Later jobs need not have higher ids.
    #[sqlx(try_from = "column::Id")]
    pub id: Uuid,
    /// Whose.
    pub organization: String,
    /// What it does.
    #[sqlx(try_from = "column::ImportKind")]
    pub kind: ImportKind,
    /// Where it reads.
    #[sqlx(try_from = "column::System")]
    pub system: System,
    /// Who asked for it: a token's `sub`.
    pub started_by: String,
    /// What exactly was asked for: JSON.
    pub input: String,
    /// How far it is.
    #[sqlx(try_from = "column::ImportStatus")]
    pub status: ImportStatus,
    /// Where to go on: JSON.
    pub checkpoint: Option<String>,
    /// What was done so far.
    #[sqlx(try_from = "column::Stages")]
    pub stages: Vec<ImportStage>,
    /// Why it waits, or failed.
    pub error: Option<String>,
    /// When it was asked for.
    #[sqlx(try_from = "column::Instant")]
    pub created_at: DateTime<Utc>,
    /// When it was begun.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[sqlx(try_from = "column::MaybeInstant")]
    pub finished_at: Option<DateTime<Utc>>,
}

/// The right to work on a job, until it is not held any more and somebody else has taken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobTicket {
    pub(super) job: Uuid,
    pub(super) id: Uuid,
}

/// A record that a job could not deal with.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ImportProblem {
    /// Counts them within the job.
    pub number: i64,
    /// The kind of record.
    pub kind: String,
    /// The id that its system gives to it.
    pub upstream_id: String,
    /// Why.
    pub reason: String,
}

/// What a step of a job has brought.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Where to go on: JSON.
    pub checkpoint: &'a str,
    /// What was done so far.
    pub stages: &'a [ImportStage],
    /// Kind, id and reason of what could not be dealt with in this step.
    pub problems: &'a [(&'static str, String, String)],
}

/// Which jobs; all when nothing is set.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportJobFilter {
    /// Only those that read there.
    pub system: Option<System>,
    /// Only those this far.
    pub status: Option<ImportStatus>,
}

impl ImportJob {
    /// One that nobody has begun.
    pub fn queued(
        id: Uuid,
        organization: &str,
        (kind, system): (ImportKind, System),
        started_by: &str,
        input: String,
        created_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            organization: organization.to_owned(),
            kind,
            system,
            started_by: started_by.to_owned(),
            input,
            status: ImportStatus::Queued,
            checkpoint: None,
            stages: Vec::new(),
            error: None,
            created_at,
            started_at: None,
            finished_at: None,
        }
    }
}

/// Of a job that somebody can work on.
const OPEN: &str = "status IN ('QUEUED', 'RUNNING', 'PAUSED')";

/// As [`ImportJob`] reads them.
const COLUMNS: &str = "id, organization, kind, system, started_by, input, status, checkpoint, stages, \
    error, created_at, started_at, finished_at";

/// Writes down what a step could not deal with.
macro_rules! problems {
    ($tx:ident, $ticket:expr, $problems:expr) => {
        for (kind, upstream_id, reason) in $problems {
            sqlx::query(
                "INSERT INTO import_problem (job, number, kind, upstream_id, reason)
                 SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4
                 FROM import_problem WHERE job = $1",
            )
            .bind($ticket.job.to_string())
            .bind(*kind)
            .bind(upstream_id)
            .bind(reason)
            .execute(&mut *$tx)
            .await?;
        }
    };
}

pub(super) use problems;

/// Adds a job; one of the same id that is there already stays as it is.
macro_rules! insert {
    ($tx:ident, $job:expr) => {
        sqlx::query(
            "INSERT INTO import_job
               (id, organization, kind, system, started_by, input, status, checkpoint, stages,
                error, created_at, held_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind($job.id.to_string())
        .bind(&$job.organization)
        .bind($job.kind.as_str())
        .bind($job.system.as_str())
        .bind(&$job.started_by)
        .bind(&$job.input)
        .bind($job.status.as_str())
        .bind(&$job.checkpoint)
        .bind(stages(&$job.stages))
        .bind(&$job.error)
        .bind(instant($job.created_at))
        .execute(&mut *$tx)
        .await?
    };
}

impl Store {
    /// Adds a job; one of the same id that is there already stays as it is.
    pub async fn create_import_job(&self, job: &ImportJob) -> Result<()> {
        transact!(self, tx => { insert!(tx, job); });
        Ok(())
    }

    /// Adds an import, unless one of the same organisation and system has not ended: then that one is
    /// given.
    pub async fn start_import_job(&self, job: &ImportJob) -> Result<Option<ImportJob>> {
        Ok(transact!(self, tx => {
            // Two that start imports of one organisation do so one after the other.
            sqlx::query("UPDATE organization SET name = name WHERE id = $1")
                .bind(&job.organization)
                .execute(&mut *tx)
                .await?;
            let open: Option<ImportJob> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM import_job
                 WHERE organization = $1 AND system = $2 AND id <> $3 AND {OPEN}
                   AND kind IN ('FULL_IMPORT', 'DELTA_IMPORT')
                 LIMIT 1"
            )))
            .bind(&job.organization)
            .bind(job.system.as_str())
            .bind(job.id.to_string())
            .fetch_optional(&mut *tx)
            .await?;
            if open.is_some() {
                return Ok(open);
            }
            insert!(tx, job);
            None
        }))
    }

    /// The import of a system that was asked for last; of this kind only, where that is said.
    pub async fn find_last_import(
        &self,
        organization: &str,
        system: System,
        kind: Option<ImportKind>,
    ) -> Result<Option<ImportJob>> {
        Ok(read!(
            self,
            fetch_optional,
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM import_job
                 WHERE organization = $1 AND system = $2
                   AND kind IN ('FULL_IMPORT', 'DELTA_IMPORT') AND ($3 IS NULL OR kind = $3)
                 ORDER BY created_at DESC, id DESC LIMIT 1"
            )))
            .bind(organization)
            .bind(system.as_str())
            .bind(kind.map(ImportKind::as_str))
        ))
    }

    /// Takes the oldest job that nobody works on, of all organisations; none while another one of the
    /// same organisation and system is being worked on. `only` names the one that is wanted.
    pub async fn take_import_job(
        &self,
        now: DateTime<Utc>,
        held_until: DateTime<Utc>,
        only: Option<Uuid>,
    ) -> Result<Option<(ImportJob, JobTicket)>> {
        let ticket = Uuid::new_v4();
        // Whoever is faster leaves the next one.
        loop {
            let next: Option<(String, String)> = read!(
                self,
                fetch_optional,
                sqlx::query_as(sqlx::AssertSqlSafe(format!(
                    "SELECT id, organization FROM import_job AS job
                     WHERE {OPEN} AND held_until <= $1 AND ($2 IS NULL OR id = $2)
                       AND NOT EXISTS (
                         SELECT 1 FROM import_job AS other
                         WHERE other.organization = job.organization AND other.system = job.system
                           AND other.status = 'RUNNING' AND other.held_until > $1)
                     ORDER BY created_at, id LIMIT 1"
                )))
                .bind(instant(now))
                .bind(only.map(|only| only.to_string()))
            );
            let Some((next, organization)) = next else {
                return Ok(None);
            };
            let taken: Option<ImportJob> = transact!(self, tx => {
                // Two that take jobs of one organisation do so one after the other, and see each other.
                sqlx::query("UPDATE organization SET name = name WHERE id = $1")
                    .bind(&organization)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query_as(sqlx::AssertSqlSafe(format!(
                    "UPDATE import_job SET status = 'RUNNING', ticket = $1, held_until = $2,
                       started_at = COALESCE(started_at, $3), error = NULL
                     WHERE id = $4 AND {OPEN} AND held_until <= $3
                       AND NOT EXISTS (
                         SELECT 1 FROM import_job AS other
                         WHERE other.organization = import_job.organization
                           AND other.system = import_job.system
                           AND other.status = 'RUNNING' AND other.held_until > $3)
                     RETURNING {COLUMNS}"
                )))
                .bind(ticket.to_string())
                .bind(instant(held_until))
                .bind(instant(now))
                .bind(&next)
                .fetch_optional(&mut *tx)
                .await?
            });
            if let Some(job) = taken {
                let ticket = JobTicket {
                    job: job.id,
                    id: ticket,
                };
                return Ok(Some((job, ticket)));
            }
        }
    }

    /// Goes on holding a job; `false` when it was lost.
    pub async fn hold_import_job(&self, ticket: JobTicket, until: DateTime<Utc>) -> Result<bool> {
        let held = execute!(
            self,
            sqlx::query("UPDATE import_job SET held_until = $1 WHERE id = $2 AND ticket = $3")
                .bind(instant(until))
                .bind(ticket.job.to_string())
                .bind(ticket.id.to_string())
        );
        Ok(held == 1)
    }

    /// Keeps what a step has brought; `false` and no change when the job was lost, or has ended.
    pub async fn save_import_progress(
        &self,
        ticket: JobTicket,
        progress: Progress<'_>,
    ) -> Result<bool> {
        Ok(transact!(self, tx => {
            let saved = sqlx::query(
                "UPDATE import_job SET checkpoint = $1, stages = $2
                 WHERE id = $3 AND ticket = $4 AND status = 'RUNNING'",
            )
            .bind(progress.checkpoint)
            .bind(stages(progress.stages))
            .bind(ticket.job.to_string())
            .bind(ticket.id.to_string())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if saved == 0 {
                return Ok(false);
            }
            problems!(tx, ticket, progress.problems);
            true
        }))
    }

    /// Leaves a job to whoever takes it after `until`, and says why.
    pub async fn pause_import_job(
        &self,
        ticket: JobTicket,
        until: DateTime<Utc>,
        error: &str,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE import_job SET status = 'PAUSED', held_until = $1, error = $2
                 WHERE id = $3 AND ticket = $4 AND status = 'RUNNING'",
            )
            .bind(instant(until))
            .bind(error)
            .bind(ticket.job.to_string())
            .bind(ticket.id.to_string())
        );
        Ok(())
    }

    /// Ends a job that is being worked on. What exactly was asked for is forgotten: it may name a
    /// person.
    pub async fn end_import_job(
        &self,
        ticket: JobTicket,
        status: ImportStatus,
        error: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE import_job
                 SET status = $1, error = $2, finished_at = $3, held_until = 0, input = '{}'
                 WHERE id = $4 AND ticket = $5 AND status = 'RUNNING'",
            )
            .bind(status.as_str())
            .bind(error)
            .bind(instant(at))
            .bind(ticket.job.to_string())
            .bind(ticket.id.to_string())
        );
        Ok(())
    }

    /// Ends a job of an organisation that has not ended; whoever works on it learns so with its next
    /// step.
    pub async fn cancel_import_job(
        &self,
        organization: &str,
        job: Uuid,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let cancelled = execute!(
            self,
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE import_job SET status = 'CANCELLED', finished_at = $1, input = '{{}}'
                 WHERE organization = $2 AND id = $3 AND {OPEN}"
            )))
            .bind(instant(at))
            .bind(organization)
            .bind(job.to_string())
        );
        Ok(cancelled == 1)
    }

    /// One job of an organisation.
    pub async fn find_import_job(
        &self,
        organization: &str,
        job: Uuid,
    ) -> Result<Option<ImportJob>> {
        Ok(read!(
            self,
            fetch_optional,
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM import_job WHERE organization = $1 AND id = $2"
            )))
            .bind(organization)
            .bind(job.to_string())
        ))
    }

    /// At most `first` jobs, newest first, behind the one at `after`.
    pub async fn list_import_jobs(
        &self,
        organization: &str,
        filter: ImportJobFilter,
        after: Option<(DateTime<Utc>, Uuid)>,
        first: u32,
    ) -> Result<Vec<ImportJob>> {
        let (at, id) = after.map_or((i64::MAX, String::new()), |(at, id)| {
            (instant(at), id.to_string())
        });
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM import_job
                 WHERE organization = $1 AND (created_at, id) < ($2, $3)
                   AND ($4 IS NULL OR system = $4) AND ($5 IS NULL OR status = $5)
                 ORDER BY created_at DESC, id DESC LIMIT $6"
            )))
            .bind(organization)
            .bind(at)
            .bind(&id)
            .bind(filter.system.map(System::as_str))
            .bind(filter.status.map(ImportStatus::as_str))
            .bind(i64::from(first))
        ))
    }

    /// At most `first` problems of a job, in the order of their numbers, behind the one of number
    /// `after`.
    pub async fn list_import_problems(
        &self,
        job: Uuid,
        after: i64,
        first: u32,
    ) -> Result<Vec<ImportProblem>> {
        Ok(read!(
            self,
            fetch_all,
            sqlx::query_as(
                "SELECT number, kind, upstream_id, reason FROM import_problem
                 WHERE job = $1 AND number > $2 ORDER BY number LIMIT $3",
            )
            .bind(job.to_string())
            .bind(after)
            .bind(i64::from(first))
        ))
    }
}
