//! Jobs.

use hausgraph::{
    model::{ImportKind, ImportStage, ImportStatus, System},
    store::{ImportJob, ImportJobFilter, ImportProblem, JobTicket, Progress, Store},
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{backend::on_every_backend, minute};

fn job(organization: &str, number: u128, at: i64) -> ImportJob {
    ImportJob {
        id: Uuid::from_u128(number),
        organization: organization.to_owned(),
        kind: ImportKind::FileProtocolPdfs,
        system: System::DeepRent,
        started_by: "erika".to_owned(),
        input: r#"{"tags":["ä"]}"#.to_owned(),
        status: ImportStatus::Queued,
        checkpoint: None,
        stages: Vec::new(),
        error: None,
        created_at: minute(at),
        started_at: None,
        finished_at: None,
    }
}

/// Takes a job for ten minutes.
async fn take(store: &Store, at: i64) -> Option<(ImportJob, JobTicket)> {
    let taken = store
        .take_import_job(minute(at), minute(at + 10), None)
        .await;
    taken.unwrap()
}

async fn find(store: &Store, number: u128) -> ImportJob {
    let found = store.find_import_job("hansehaus", Uuid::from_u128(number));
    found.await.unwrap().unwrap()
}

fn stages(created: i32) -> Vec<ImportStage> {
    vec![ImportStage {
        kind: "protocolPdf".to_owned(),
        created,
        ..ImportStage::default()
    }]
}

/// Keeps that so many were made, and one problem of this reason.
async fn save(store: &Store, ticket: JobTicket, created: i32, reason: &str) -> bool {
    let progress = Progress {
        checkpoint: "{}",
        stages: &stages(created),
        problems: &[("protocolPdf", "P-1".to_owned(), reason.to_owned())],
    };
    store.save_import_progress(ticket, progress).await.unwrap()
}

async fn reasons(store: &Store, after: i64) -> Vec<(i64, String)> {
    let problems = store
        .list_import_problems(Uuid::from_u128(1), after, 2)
        .await;
    let told = |problem: ImportProblem| (problem.number, problem.reason);
    problems.unwrap().into_iter().map(told).collect()
}

#[tokio::test]
async fn a_job_is_taken_by_one_and_by_another_once_it_is_not_held() {
    on_every_backend(async |store| {
        store
            .create_import_job(&job("hansehaus", 1, 0))
            .await
            .unwrap();
        let mut all = JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            all.spawn(async move { take(&store, 1).await });
        }
        let taken: Vec<_> = all.join_all().await.into_iter().flatten().collect();
        let [(taken, first)] = &taken[..] else {
            panic!("{taken:?}");
        };
        assert_eq!(
            (taken.status, taken.started_at),
            (ImportStatus::Running, Some(minute(1)))
        );
        assert_eq!(taken.input, r#"{"tags":["ä"]}"#);

        assert_eq!(take(&store, 10).await, None);
        assert!(store.hold_import_job(*first, minute(20)).await.unwrap());
        assert_eq!(take(&store, 19).await, None);
        let (again, second) = take(&store, 20).await.unwrap();
        assert_eq!(again.started_at, Some(minute(1)));
        // The first has nothing to say any more.
        assert!(!store.hold_import_job(*first, minute(99)).await.unwrap());
        assert!(!save(&store, *first, 1, "late").await);
        let late = store.end_import_job(*first, ImportStatus::Failed, None, minute(21));
        late.await.unwrap();
        assert_eq!(find(&store, 1).await.status, ImportStatus::Running);
        assert!(save(&store, second, 1, "first").await);
    })
    .await;
}

#[tokio::test]
async fn a_step_is_kept_whole_and_problems_are_numbered() {
    on_every_backend(async |store| {
        store
            .create_import_job(&job("hansehaus", 1, 0))
            .await
            .unwrap();
        let (_, ticket) = take(&store, 0).await.unwrap();
        for (created, reason) in [(1, "a"), (2, "b"), (3, "c")] {
            assert!(save(&store, ticket, created, reason).await);
        }
        let saved = find(&store, 1).await;
        assert_eq!(
            (saved.checkpoint.as_deref(), saved.stages),
            (Some("{}"), stages(3))
        );
        let told = |number, reason: &str| (number, reason.to_owned());
        assert_eq!(reasons(&store, 0).await, [told(1, "a"), told(2, "b")]);
        assert_eq!(reasons(&store, 2).await, [told(3, "c")]);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_waits_is_taken_after_its_time_and_one_that_ended_never() {
    on_every_backend(async |store| {
        store
            .create_import_job(&job("hansehaus", 1, 0))
            .await
            .unwrap();
        let (_, ticket) = take(&store, 0).await.unwrap();
        store
            .pause_import_job(ticket, minute(5), "down")
            .await
            .unwrap();
        let paused = find(&store, 1).await;
        assert_eq!(
            (paused.status, paused.error.as_deref()),
            (ImportStatus::Paused, Some("down"))
        );
        assert_eq!(take(&store, 4).await, None);
        let (again, ticket) = take(&store, 5).await.unwrap();
        assert_eq!(again.error, None);

        let ended = store.end_import_job(ticket, ImportStatus::Failed, Some("gone"), minute(6));
        ended.await.unwrap();
        let ended = find(&store, 1).await;
        assert_eq!(
            (ended.status, ended.error.as_deref()),
            (ImportStatus::Failed, Some("gone"))
        );
        // What was asked for may name a person.
        assert_eq!(
            (ended.finished_at, ended.input.as_str()),
            (Some(minute(6)), "{}")
        );
        assert_eq!(take(&store, 99).await, None);
        // The same job is not made anew.
        store
            .create_import_job(&job("hansehaus", 1, 7))
            .await
            .unwrap();
        assert_eq!(take(&store, 99).await, None);
    })
    .await;
}

#[tokio::test]
async fn who_ends_a_job_ends_it_for_whoever_works_on_it() {
    on_every_backend(async |store| {
        let cancel = async |organization: &'static str, at| {
            let cancelled = store.cancel_import_job(organization, Uuid::from_u128(1), minute(at));
            cancelled.await.unwrap()
        };
        store
            .create_import_job(&job("hansehaus", 1, 0))
            .await
            .unwrap();
        let (_, ticket) = take(&store, 0).await.unwrap();
        assert!(!cancel("fremdhaus", 1).await);
        assert!(cancel("hansehaus", 2).await);
        assert!(!cancel("hansehaus", 3).await);
        assert!(!save(&store, ticket, 1, "late").await);
        let late = store.end_import_job(ticket, ImportStatus::Succeeded, None, minute(4));
        late.await.unwrap();
        let cancelled = find(&store, 1).await;
        assert_eq!(
            (cancelled.status, cancelled.finished_at),
            (ImportStatus::Cancelled, Some(minute(2)))
        );
        assert_eq!(cancelled.input, "{}");
        assert_eq!(reasons(&store, 0).await, []);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_has_one_job_of_a_system_at_a_time_the_oldest_first() {
    on_every_backend(async |store| {
        for job in [
            job("hansehaus", 1, 2),
            job("hansehaus", 2, 1),
            job("fremdhaus", 3, 3),
        ] {
            store.create_import_job(&job).await.unwrap();
        }
        let (first, ticket) = take(&store, 5).await.unwrap();
        assert_eq!(first.id, Uuid::from_u128(2));
        let (second, _) = take(&store, 5).await.unwrap();
        assert_eq!(second.organization, "fremdhaus");
        assert_eq!(take(&store, 5).await, None);
        let ended = store.end_import_job(ticket, ImportStatus::Succeeded, None, minute(6));
        ended.await.unwrap();
        assert_eq!(take(&store, 6).await.unwrap().0.id, Uuid::from_u128(1));
    })
    .await;
}

#[tokio::test]
async fn jobs_are_listed_newest_first_by_system_and_status() {
    on_every_backend(async |store| {
        for (number, at) in [(1, 1), (2, 2), (3, 2)] {
            store
                .create_import_job(&job("hansehaus", number, at))
                .await
                .unwrap();
        }
        store
            .create_import_job(&job("fremdhaus", 4, 9))
            .await
            .unwrap();
        let list = async |filter, after| {
            let jobs = store.list_import_jobs("hansehaus", filter, after, 2).await;
            jobs.unwrap()
                .iter()
                .map(|job| job.id.as_u128())
                .collect::<Vec<_>>()
        };
        let all = ImportJobFilter::default();
        assert_eq!(list(all, None).await, [3, 2]);
        assert_eq!(list(all, Some((minute(2), Uuid::from_u128(2)))).await, [1]);
        let of = |system, status| ImportJobFilter { system, status };
        assert_eq!(list(of(Some(System::Propstack), None), None).await, []);
        let queued = Some(ImportStatus::Queued);
        assert_eq!(list(of(Some(System::DeepRent), queued), None).await, [3, 2]);
        let _ = take(&store, 3).await;
        assert_eq!(list(of(None, Some(ImportStatus::Running)), None).await, [1]);
    })
    .await;
}
