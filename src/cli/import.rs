//! `hausgraph import`.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::{integration::system, setting::Owner, table};
use crate::{
    job::{Jobs, schedule},
    model::{ImportMode, ImportStatus, System},
    store::ImportJob,
    tenant::{Act, act::OPERATOR},
};

/// What `import` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    owner: Owner,
    /// From which system.
    #[arg(long, value_parser = system())]
    system: System,
    /// How much of it.
    #[arg(long, value_enum, default_value_t = Mode::Delta)]
    mode: Mode,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// All records.
    Full,
    /// What has changed since the last import; everything of what was never imported.
    Delta,
}

/// How often is looked how far it is.
const LOOK: Duration = Duration::from_millis(250);

/// Imports, or follows the import that is being done already, and tells what came of it.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (tenants, organization) = arguments.owner.open().await?;
    let (store, clock) = (tenants.store(), tenants.clock());
    let mode = match arguments.mode {
        Mode::Full => ImportMode::Full,
        Mode::Delta => ImportMode::Delta,
    };
    let system = arguments.system;
    let tenant = tenants.find(&organization).await?;
    let tenant = tenant.context("the organisation is gone")?;
    let is_connected = tenant
        .clients
        .systems()
        .any(|connected| connected == system);
    ensure!(is_connected, "{} is not connected", system.name());
    let kind = (mode.kind(), system);
    let input = "{}".to_owned();
    let job = ImportJob::queued(
        Uuid::now_v7(),
        &organization,
        kind,
        OPERATOR,
        input,
        clock.now(),
    );
    let id = match store.start_import_job(&job).await? {
        Some(open) => {
            eprintln!(
                "an import of {} has not ended: going on with it",
                system.name()
            );
            open.id
        }
        None => {
            let target = Some(system.as_str().to_owned());
            let act = Act::new(clock, &organization, OPERATOR, "startImport", target);
            act.write(store, "OK").await?;
            job.id
        }
    };
    // A gateway that runs may take it instead: then this one only watches.
    let jobs = Jobs::new(Arc::clone(&tenants), 0, schedule::Settings::default());
    let working = tokio::spawn(jobs.run_one(id));
    let bar = ProgressBar::no_length();
    bar.set_style(style());
    let ended = loop {
        let found = store.find_import_job(&organization, id).await?;
        let found = found.context("the job is gone")?;
        show(&bar, &found);
        if found.finished_at.is_some() {
            break found;
        }
        clock.sleep(LOOK).await;
    };
    bar.finish_and_clear();
    working.abort();
    print(&ended);
    store.close().await;
    let why = ended.error.unwrap_or_default();
    ensure!(
        ended.status == ImportStatus::Succeeded,
        "{}: {why}",
        ended.status.as_str()
    );
    Ok(())
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template(
        "{msg:12} {bar:32} {human_pos}/{human_len}  {per_sec}  {eta} left",
    );
    style.expect("the template is a good one")
}

fn show(bar: &ProgressBar, job: &ImportJob) {
    if let Some(stage) = job.stages.last() {
        let count = |count: i32| u64::try_from(count).unwrap_or_default();
        if bar.message() != stage.kind {
            bar.reset();
            bar.set_message(stage.kind.clone());
        }
        bar.set_length(count(stage.total.unwrap_or(stage.seen)));
        bar.set_position(count(stage.seen));
    }
}

fn print(job: &ImportJob) {
    let rows: Vec<_> = job
        .stages
        .iter()
        .map(|stage| {
            let count = |count: i32| count.to_string();
            [
                stage.kind.clone(),
                count(stage.seen),
                count(stage.created),
                count(stage.updated),
                count(stage.unchanged),
                count(stage.deleted),
                count(stage.skipped_inactive),
                count(stage.failed),
            ]
        })
        .collect();
    let names = [
        "KIND",
        "SEEN",
        "CREATED",
        "UPDATED",
        "UNCHANGED",
        "DELETED",
        "INACTIVE",
        "FAILED",
    ];
    table::print(names, &rows);
}
