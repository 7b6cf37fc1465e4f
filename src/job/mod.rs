//! Work that goes on when its request has been answered: taken from the store, done piece by piece,
//! and gone on with after a restart, here or in another process.
//!
//! [`Jobs`] takes what is due and holds it while it is being done. What a kind of job does is one
//! file each. Nothing here knows GraphQL, or who may do what.

mod import;
mod protocol;
pub mod schedule;

pub use protocol::Input as Protocols;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::FutureExt;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    loader::{self, Loaders},
    model::{ErrorCode, ImportKind, ImportStage, ImportStatus},
    store::{self, ImportJob, JobTicket, Progress},
    tenant::{Tenant, Tenants},
    upstream::{self, Scope},
    write::Failure,
};

/// How many jobs one process works on at the same time.
const AT_ONCE: usize = 4;
/// How long a job stays taken when whoever works on it dies. Said anew every third of it.
const HELD: TimeDelta = TimeDelta::seconds(15);
const SAID_ANEW: Duration = Duration::from_secs(5);
/// How often jobs are looked for that another process made, or left.
const POLL: Duration = Duration::from_secs(5);
/// How long a job waits for a system that is down or allows no more.
const PAUSE: TimeDelta = TimeDelta::seconds(60);
/// How long a call of a job may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// Works on the jobs of all organisations.
pub struct Jobs {
    tenants: Arc<Tenants>,
    /// Of a file that a job fetches, in bytes.
    most_bytes: u64,
    /// How often imports are made that nobody asks for.
    imports: schedule::Settings,
}

/// Why a job stops before its end.
#[derive(Debug)]
enum Stop {
    /// It was cancelled, or somebody else works on it.
    Lost,
    /// It can be gone on with later; why not now.
    Later(String),
    /// It cannot be done.
    Never(String),
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed a job");
        Self::Later("Something went wrong on our side.".to_owned())
    }
}

/// What a failure means for the record that a job deals with, and for the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// It cannot be dealt with.
    Problem,
    /// It can in a while, if the record is not at fault.
    Again,
    /// It can in a while: the record is not at fault.
    Wait,
    /// None can.
    End,
}

/// A job that is being done.
struct Work {
    jobs: Arc<Jobs>,
    job: ImportJob,
    ticket: JobTicket,
}

impl Jobs {
    /// Jobs that fetch files of so many bytes at most, and imports that nobody asks for.
    pub fn new(tenants: Arc<Tenants>, most_bytes: u64, imports: schedule::Settings) -> Arc<Self> {
        Arc::new(Self {
            tenants,
            most_bytes,
            imports,
        })
    }

    /// Works on whatever is due, until it is dropped: what is under way then is gone on with by
    /// whoever takes it next.
    pub async fn run(self: Arc<Self>) {
        let mut running = JoinSet::new();
        let clock = self.tenants.clock();
        let mut looked_at = None;
        loop {
            let now = clock.now();
            if looked_at.is_none_or(|at| now - at >= schedule::LOOK) {
                looked_at = Some(now);
                if let Err(error) = self.schedule().await {
                    tracing::error!(%error, "imports that are due cannot be made");
                }
            }
            self.fill(&mut running, None).await;
            tokio::select! {
                () = self.tenants.created_job().notified() => {}
                () = clock.sleep(POLL) => {}
                Some(_) = running.join_next() => {}
            }
        }
    }

    /// Works on one job whenever it is due, until it is dropped.
    pub async fn run_one(self: Arc<Self>, job: Uuid) {
        loop {
            let mut running = JoinSet::new();
            self.fill(&mut running, Some(job)).await;
            running.join_all().await;
            self.tenants.clock().sleep(POLL).await;
        }
    }

    /// Works on what is due now, to its end.
    pub async fn run_due(self: Arc<Self>) {
        let mut running = JoinSet::new();
        loop {
            self.fill(&mut running, None).await;
            if running.join_next().await.is_none() {
                return;
            }
        }
    }

    /// Takes as many jobs as there is room for, or this one alone.
    async fn fill(self: &Arc<Self>, running: &mut JoinSet<()>, only: Option<Uuid>) {
        let (store, clock) = (self.tenants.store(), self.tenants.clock());
        while running.len() < AT_ONCE {
            let now = clock.now();
            match store.take_import_job(now, now + HELD, only).await {
                Ok(Some((job, ticket))) => {
                    let jobs = Arc::clone(self);
                    running.spawn(Work { jobs, job, ticket }.run());
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "no job can be taken");
                    return;
                }
            }
        }
    }
}

impl Work {
    async fn run(self) {
        let (jobs, ticket, id) = (Arc::clone(&self.jobs), self.ticket, self.job.id);
        let (store, clock) = (jobs.tenants.store(), jobs.tenants.clock());
        let hold = || async {
            let held = store.hold_import_job(ticket, clock.now() + HELD).await;
            held.unwrap_or_else(|error| {
                tracing::warn!(%error, "the hold on a job cannot be said anew");
                true
            })
        };
        let work = AssertUnwindSafe(Box::pin(self.steps())).catch_unwind();
        let stopped = store::holding(clock, SAID_ANEW, work, hold).await;
        let stopped = match stopped {
            Some(Ok(stopped)) => stopped,
            // It would do so again wherever it is gone on with.
            Some(Err(_)) => Err(Stop::Never("Something went wrong on our side.".to_owned())),
            None => Err(Stop::Lost),
        };
        let now = clock.now();
        let ended = match stopped {
            Ok(()) => {
                let status = ImportStatus::Succeeded;
                store.end_import_job(ticket, status, None, now).await
            }
            Err(Stop::Lost) => Ok(()),
            Err(Stop::Later(why)) => store.pause_import_job(ticket, now + PAUSE, &why).await,
            Err(Stop::Never(why)) => {
                let status = ImportStatus::Failed;
                store.end_import_job(ticket, status, Some(&why), now).await
            }
        };
        if let Err(error) = ended {
            // It is taken up where it stood once it is not held any more.
            tracing::error!(%error, job = %id, "the end of a job cannot be kept");
        }
    }

    async fn steps(&self) -> Result<(), Stop> {
        match self.job.kind {
            ImportKind::FileProtocolPdfs => protocol::file(self).await,
            ImportKind::FullImport | ImportKind::DeltaImport => import::import(self).await,
        }
    }

    /// The organisation as it is connected at this moment.
    async fn tenant(&self) -> Result<Arc<Tenant>, Stop> {
        let found = self.jobs.tenants.find(&self.job.organization).await?;
        found.ok_or_else(|| Stop::Never("The organisation is gone.".to_owned()))
    }

    /// What one step reads with: behind everybody who waits for an answer.
    fn loaders(tenant: &Tenant) -> Arc<Loaders> {
        let scope = Scope::default().background().patient(PATIENCE);
        Arc::new(Loaders::new(
            tenant.reader(scope, None),
            tenant.index.clone(),
            Arc::clone(&tenant.decisions),
        ))
    }

    /// Keeps what a step has brought.
    async fn save(
        &self,
        checkpoint: &str,
        stage: &ImportStage,
        problems: &[(&'static str, String, String)],
    ) -> Result<(), Stop> {
        let progress = Progress {
            checkpoint,
            stages: std::slice::from_ref(stage),
            problems,
        };
        let store = self.jobs.tenants.store();
        match store.save_import_progress(self.ticket, progress).await? {
            true => Ok(()),
            false => Err(Stop::Lost),
        }
    }
}

impl Stop {
    /// Something that all of a job needs could not be read.
    fn unread(error: &loader::Error) -> Self {
        match error.is_outage() {
            true => Self::Later(error.to_string()),
            false => Self::Never(error.to_string()),
        }
    }
}

impl Failure {
    /// What it means for the record that a job deals with.
    fn meaning(&self) -> Meaning {
        use upstream::Error as E;
        match self {
            // Nobody knows yet whether it was done before.
            Self::Input(error) if error.kind() == ErrorCode::InProgress => Meaning::Wait,
            Self::Input(_) | Self::Conflict(_) => Meaning::Problem,
            Self::Unread(error) | Self::Load(error) => match error {
                loader::Error::NotConnected(_) | loader::Error::NoSession(_) => Meaning::End,
                loader::Error::TooLong(_) => Meaning::Problem,
                loader::Error::Internal => Meaning::Again,
                loader::Error::Upstream(error) => match error {
                    E::Throttled { .. } | E::Suspended { .. } => Meaning::Wait,
                    // The record may be at fault: a PDF that cannot be built.
                    E::Unreachable { .. }
                    | E::Unconnected { .. }
                    | E::TimedOut { .. }
                    | E::Failed { .. } => Meaning::Again,
                    // A link of its store, not the key.
                    E::Refused { operation, .. } if *operation == "download_pdf" => {
                        Meaning::Problem
                    }
                    E::Refused { .. } => Meaning::End,
                    E::Rejected { .. }
                    | E::Redirected { .. }
                    | E::TooLarge { .. }
                    | E::Unreadable { .. } => Meaning::Problem,
                },
            },
        }
    }

    /// For whoever looks at the job.
    fn reason(&self) -> String {
        match self {
            Self::Unread(error) | Self::Load(error) => error.to_string(),
            Self::Input(error) => error.text().to_owned(),
            Self::Conflict(_) => "Somebody else changed the record first.".to_owned(),
        }
    }
}
