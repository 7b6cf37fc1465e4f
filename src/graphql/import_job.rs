//! Jobs: the roots that find them, and what became of what they deal with.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime as Instant, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::nullable,
    mutation::{self, Outcome, act},
    written::Row,
};
use crate::{
    model::{
        DateTime, ErrorCode, ImportJob, ImportJobFilter, ImportJobId, ImportMode, ImportProblem,
        ImportStatus, MutationError, RecordId, System, all, requires,
    },
    store,
};

connection! {
    /// Jobs, a page at a time.
    ImportJobConnection,
    /// A job in a list.
    ImportJobEdge {} to ImportJob
}

connection! {
    /// Problems of a job, a page at a time.
    ImportProblemConnection,
    /// A problem in a list.
    ImportProblemEdge {} to ImportProblem
}

/// What to import.
#[derive(Debug, InputObject)]
pub struct StartImportInput {
    /// From which system.
    system: System,
    /// How much of it.
    #[graphql(default_with = "ImportMode::Delta")]
    mode: ImportMode,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// A job that was asked for, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Started {
    /// Opaque.
    pub(super) job: String,
}

/// What becomes of the answer to whoever asked for a job.
pub(super) async fn started(
    ctx: &Context<'_>,
    outcome: Outcome<Started>,
) -> Result<StartImportPayload, Error> {
    let Outcome { done, errors, .. } = outcome;
    let job = match done {
        Some(Started { job }) => find(ctx, &ImportJobId::decode(&job)?).await?,
        None => None,
    };
    Ok(StartImportPayload {
        job: job.map(Row::from),
        errors,
    })
}

/// Which job to end.
#[derive(Debug, InputObject)]
pub struct CancelImportInput {
    /// Its id.
    job_id: ID,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What asking for a job came to.
#[derive(Debug, SimpleObject)]
pub struct StartImportPayload {
    /// The job as it stands now; null when there is none.
    pub(super) job: Option<Row<ImportJob>>,
    /// Why not.
    pub(super) errors: Vec<MutationError>,
}

/// What ending a job came to.
#[derive(Debug, SimpleObject)]
pub struct CancelImportPayload {
    /// The job as it stands now; null when there is none.
    job: Option<Row<ImportJob>>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// The roots that find jobs.
#[derive(Default)]
pub struct ImportJobQuery;

#[Object]
impl ImportJobQuery {
    /// One job; null when there is none of this id.
    async fn import_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Nullable<Row<ImportJob>> {
        nullable(async { Ok(find(ctx, &ImportJobId::decode(&id)?).await?.map(Row::from)) }).await
    }

    /// The jobs of the organisation, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn import_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; all when left out.")] filter: Option<ImportJobFilter>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ImportJobConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("importJobs", vec![Box::new(filter.clone())]);
            let filter = filter.unwrap_or_default();
            let filter = store::ImportJobFilter {
                system: filter.system,
                status: filter.status,
            };
            let organization = &ctx.viewer().organization;
            let after: Option<(Instant<Utc>, Uuid)> = paging.position(&list)?;
            // One more than is shown tells whether there are more.
            let jobs = ctx.tenants().store().list_import_jobs(
                organization,
                filter,
                after,
                paging.first() + 1,
            );
            let rows = jobs.await?.into_iter();
            let rows = rows.map(|job| ((job.created_at, job.id), shown(job)));
            let page = Page::ahead(list, rows, &paging);
            Ok::<_, Error>(Some(page.map(|job| (Arc::new(job),)).into()))
        })
        .await
    }
}

#[ComplexObject]
impl ImportJob {
    /// In how many seconds it will have ended if it goes on like this; null where that cannot be told.
    async fn eta_seconds(&self, ctx: &Context<'_>) -> Option<i32> {
        let (seen, total) = self
            .stages
            .iter()
            .fold((0_i64, 0_i64), |(seen, total), stage| {
                let of_stage = i64::from(stage.total.unwrap_or(stage.seen));
                (seen + i64::from(stage.seen), total + of_stage)
            });
        let is_running = self.status == ImportStatus::Running && seen > 0 && total > seen;
        let since = self.started_at.filter(|_| is_running)?;
        let seconds = (ctx.tenants().clock().now() - since.0).num_seconds();
        i32::try_from(seconds * (total - seen) / seen).ok()
    }

    /// The records that it could not deal with, in the order in which it met them.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn problems(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ImportProblemConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("ImportJob.problems", vec![Box::new(self.id.to_string())]);
            let after: Option<i64> = paging.position(&list)?;
            let problems = ctx.tenants().store().list_import_problems(
                key(&self.id),
                after.unwrap_or_default(),
                paging.first() + 1,
            );
            let rows = problems.await?.into_iter().map(|problem| {
                let shown = ImportProblem {
                    kind: problem.kind,
                    upstream_id: problem.upstream_id,
                    reason: problem.reason,
                };
                (problem.number, shown)
            });
            let page = Page::ahead(list, rows, &paging);
            Ok::<_, Error>(Some(page.map(|problem| (Arc::new(problem),)).into()))
        })
        .await
    }
}

/// The mutations that begin and end jobs.
#[derive(Default)]
pub struct ImportJobMutation;

#[Object]
impl ImportJobMutation {
    /// Reads the records of a system into the index: a job, which goes on when the request has been
    /// answered. One import of a system is done at a time.
    #[graphql(directive = requires::apply(all("import:run")))]
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where, and how much.")] input: StartImportInput,
    ) -> Result<StartImportPayload, Error> {
        let system = input.system;
        let act = act(ctx, "startImport", Some(system.as_str()));
        let ran = mutation::run(ctx, act, input.idempotency_key, async |this| {
            let (tenants, viewer) = (ctx.tenants(), ctx.viewer());
            if !ctx
                .tenant()
                .clients
                .systems()
                .any(|connected| connected == system)
            {
                let message = format!("{} is not connected.", system.name());
                let path = &["system"];
                return Err(MutationError::input(ErrorCode::NotFound, message, path).into());
            }
            let job = store::ImportJob::queued(
                this.key("job"),
                &viewer.organization,
                (input.mode.kind(), system),
                &viewer.subject,
                "{}".to_owned(),
                tenants.clock().now(),
            );
            if tenants.store().start_import_job(&job).await?.is_some() {
                let message = "An import of this system has not ended.";
                return Err(
                    MutationError::input(ErrorCode::InProgress, message, &["system"]).into(),
                );
            }
            tenants.created_job().notify_one();
            let job = ImportJobId::new(job.id.to_string()).to_string();
            Ok((Started { job }, 1, None))
        })
        .await?;
        started(ctx, ran).await
    }

    /// Ends a job that has not ended. What it did until then stays.
    #[graphql(directive = requires::apply(all("import:run")))]
    async fn cancel_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CancelImportInput,
    ) -> Result<CancelImportPayload, Error> {
        let id = ImportJobId::decode(&input.job_id)?;
        let act = act(ctx, "cancelImport", Some(&id.to_string()));
        let ran = mutation::run(ctx, act, input.idempotency_key, async |this| {
            let (store, now) = (ctx.tenants().store(), ctx.tenants().clock().now());
            let organization = &ctx.viewer().organization;
            if store.cancel_import_job(organization, key(&id), now).await? {
                return Ok(((), 1, None));
            }
            let error = match store.find_import_job(organization, key(&id)).await? {
                // The first try did it.
                Some(_) if this.is_resumed => return Ok(((), 1, None)),
                Some(_) => MutationError::input(
                    ErrorCode::Conflict,
                    "The job has ended already.",
                    &["jobId"],
                ),
                None => {
                    let message = "There is no such record.";
                    MutationError::input(ErrorCode::NotFound, message, &["jobId"])
                }
            };
            Err(error.into())
        })
        .await?;
        Ok(CancelImportPayload {
            job: find(ctx, &id).await?.map(Row::from),
            errors: ran.errors,
        })
    }
}

/// One job of the viewer's organisation.
pub(super) async fn find(
    ctx: &Context<'_>,
    id: &ImportJobId,
) -> Result<Option<Arc<ImportJob>>, Error> {
    let organization = &ctx.viewer().organization;
    let found = ctx.tenants().store().find_import_job(organization, key(id));
    Ok(found.await?.map(|job| Arc::new(shown(job))))
}

/// The store's id of a job; one that no job has for what is none.
fn key(id: &ImportJobId) -> Uuid {
    id.key().parse().unwrap_or(Uuid::nil())
}

pub(super) fn shown(job: store::ImportJob) -> ImportJob {
    ImportJob {
        id: ImportJobId::new(job.id.to_string()),
        kind: job.kind,
        system: job.system,
        status: job.status,
        stages: job.stages,
        created_at: DateTime(job.created_at),
        started_at: job.started_at.map(DateTime),
        finished_at: job.finished_at.map(DateTime),
        error: job.error,
    }
}
