//! Jobs: the roots that find them, and what became of what they deal with.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime as Instant, Utc};
use uuid::Uuid;

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::nullable,
    mutation::{self, act},
    written::Row,
};
use crate::{
    model::{
        DateTime, ErrorCode, ImportJob, ImportJobFilter, ImportJobId, ImportProblem, MutationError,
        RecordId, all, requires,
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

/// The mutation that ends jobs.
#[derive(Default)]
pub struct ImportJobMutation;

#[Object]
impl ImportJobMutation {
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

fn shown(job: store::ImportJob) -> ImportJob {
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
