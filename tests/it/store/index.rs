//! Records of the index, and their words.

use hausgraph::{
    model::{ImportKind, ImportStage, ImportStatus, RecordKind, System},
    store::{
        Column, Entry, Fit, ImportJob, ImportPage, IndexState, JobTicket, Kept, Key, Search, Store,
        Sweep, Words,
    },
};
use uuid::Uuid;

use super::{backend::on_every_backend, minute, organization};

const PLACE: &str = "hansehaus/0";

fn entry(id: &str, version: i64, read_at: i64) -> Entry {
    Entry {
        kind: RecordKind::Project,
        id: id.to_owned(),
        version,
        sorts: minute(id.len() as i64),
        read_at: minute(read_at),
        deleted_at: None,
        digest: [u8::try_from(version).unwrap(); 16],
        body: format!("{{\"version\":{version}}}"),
        keys: vec![Key {
            name: "reference",
            value: format!("propstack:{id}"),
        }],
        words: Some(Words {
            title: format!("lindenhof {id}"),
            text: "quartier bremen".to_owned(),
            place: "muhlenstr 12".to_owned(),
            person: "erika".to_owned(),
        }),
    }
}

fn kept(created: i32, updated: i32, unchanged: i32) -> Kept {
    Kept {
        created,
        updated,
        unchanged,
    }
}

async fn put(store: &Store, entries: &[Entry]) -> Kept {
    store.put_index_entries(PLACE, entries).await.unwrap()
}

async fn bodies(store: &Store, ids: &[&str]) -> Vec<String> {
    let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    let found = store.list_index_entries(PLACE, RecordKind::Project, &ids);
    let mut bodies: Vec<_> = found
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.body)
        .collect();
    bodies.sort();
    bodies
}

/// The ids of what fits, in its order.
async fn search(store: &Store, words: &[&str], columns: &[Column], fit: Fit) -> Vec<String> {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let search = Search {
        scopes: &[(PLACE.to_owned(), RecordKind::Project)],
        words: &words,
        columns,
    };
    let hits = store.search_index(&search, fit, None, 100).await.unwrap();
    hits.into_iter().map(|hit| hit.found.id).collect()
}

#[tokio::test]
async fn an_older_version_never_replaces_a_newer_one() {
    on_every_backend(async |store| {
        assert_eq!(
            put(&store, &[entry("1", 5, 1), entry("2", 5, 1)]).await,
            kept(2, 0, 0)
        );
        // The older one comes later, as when a page was read long ago.
        assert_eq!(put(&store, &[entry("1", 4, 9)]).await, kept(0, 0, 1));
        assert_eq!(bodies(&store, &["1"]).await, ["{\"version\":5}"]);
        assert_eq!(
            put(&store, &[entry("1", 6, 2), entry("2", 5, 3)]).await,
            kept(0, 1, 1)
        );
        assert_eq!(bodies(&store, &["1"]).await, ["{\"version\":6}"]);
        // Of the same version the later reading stands: not all changes raise it.
        let mut other = entry("1", 6, 1);
        other.digest = [99; 16];
        assert_eq!(put(&store, &[other.clone()]).await, kept(0, 0, 1));
        other.read_at = minute(3);
        assert_eq!(put(&store, &[other]).await, kept(0, 1, 0));
        // Of one that comes twice the last stands.
        let twice = [entry("3", 1, 1), entry("3", 2, 1)];
        assert_eq!(put(&store, &twice).await, kept(1, 0, 0));
        assert_eq!(bodies(&store, &["3", "4"]).await, ["{\"version\":2}"]);
    })
    .await;
}

#[tokio::test]
async fn a_record_is_found_by_the_keys_that_it_has_now_and_only_in_its_place() {
    on_every_backend(async |store| {
        let mut elsewhere = entry("1", 1, 1);
        elsewhere.body = "{}".to_owned();
        store
            .put_index_entries("hansehaus/1", &[elsewhere])
            .await
            .unwrap();
        put(&store, &[entry("1", 1, 1), entry("2", 1, 1)]).await;
        let find = async |value: &str| {
            let key = Key {
                name: "reference",
                value: value.to_owned(),
            };
            let found = store
                .list_index_entries_by_key(PLACE, RecordKind::Project, &[key])
                .await;
            let found = found.unwrap().into_iter();
            found
                .map(|row| (row.value, row.found.id))
                .collect::<Vec<_>>()
        };
        let told = |value: &str, id: &str| (value.to_owned(), id.to_owned());
        assert_eq!(find("propstack:1").await, [told("propstack:1", "1")]);
        let mut moved = entry("1", 2, 2);
        moved.keys = vec![Key {
            name: "reference",
            value: "propstack:2".to_owned(),
        }];
        put(&store, &[moved]).await;
        assert_eq!(find("propstack:1").await, []);
        assert_eq!(find("propstack:2").await.len(), 2);
        assert_eq!(find("' OR 1=1 --").await, []);

        store
            .clear_index(PLACE, &[RecordKind::Project])
            .await
            .unwrap();
        assert_eq!(find("propstack:2").await, []);
        assert_eq!(bodies(&store, &["1", "2"]).await, Vec::<String>::new());
        let all = [Column::Title, Column::Text, Column::Place, Column::Person];
        assert_eq!(
            search(&store, &["lindenhof"], &all, Fit::Title).await,
            Vec::<String>::new()
        );
    })
    .await;
}

#[tokio::test]
async fn words_are_found_in_the_columns_that_may_be_searched_the_best_fit_apart() {
    on_every_backend(async |store| {
        let mut other = entry("2", 1, 1);
        other.words = Some(Words {
            title: "lindenhofpark".to_owned(),
            text: "lindenhof".to_owned(),
            ..Words::default()
        });
        put(&store, &[entry("1", 1, 1), other]).await;
        let open = [Column::Title, Column::Text];
        assert_eq!(
            search(&store, &["lindenhof"], &open, Fit::Title).await,
            ["1"]
        );
        assert_eq!(
            search(&store, &["lindenhof"], &open, Fit::TitlePrefix).await,
            ["2"]
        );
        assert_eq!(
            search(&store, &["lindenhof"], &open, Fit::Anywhere).await,
            Vec::<String>::new()
        );
        assert_eq!(
            search(&store, &["linden", "1"], &open, Fit::TitlePrefix).await,
            ["1"]
        );
        assert_eq!(
            search(&store, &["bre", "quart"], &open, Fit::Anywhere).await,
            ["1"]
        );
        // What is not among the columns is not found.
        assert_eq!(
            search(&store, &["erika"], &open, Fit::Anywhere).await,
            Vec::<String>::new()
        );
        let all = [Column::Title, Column::Text, Column::Place, Column::Person];
        assert_eq!(search(&store, &["erika"], &all, Fit::Anywhere).await, ["1"]);
        assert_eq!(
            search(&store, &["muhlenstr", "12"], &all, Fit::Anywhere).await,
            ["1"]
        );
        // What has gone, or is called otherwise, is not found either.
        let mut gone = entry("1", 2, 2);
        gone.deleted_at = Some(minute(2));
        put(&store, &[gone]).await;
        assert_eq!(
            search(&store, &["lindenhof"], &open, Fit::Title).await,
            Vec::<String>::new()
        );
    })
    .await;
}

async fn begun(store: &Store) -> JobTicket {
    store
        .put_organization(&organization("hansehaus"))
        .await
        .unwrap();
    let job = ImportJob::queued(
        Uuid::from_u128(1),
        "hansehaus",
        (ImportKind::FullImport, System::Propstreet),
        "erika",
        "{}".to_owned(),
        minute(0),
    );
    assert_eq!(store.start_import_job(&job).await.unwrap(), None);
    let taken = store.take_import_job(minute(0), minute(10), None).await;
    taken.unwrap().unwrap().1
}

fn page(entries: &[Entry]) -> ImportPage<'_> {
    ImportPage {
        organization: PLACE,
        at: minute(5),
        entries,
        parts: &[],
        gone_parts: &[],
        checkpoint: "{}",
        problems: &[],
        state: None,
        sweep: None,
    }
}

#[tokio::test]
async fn a_page_is_kept_with_its_checkpoint_or_not_at_all() {
    on_every_backend(async |store| {
        let ticket = begun(&store).await;
        let stages = [ImportStage {
            kind: "project".to_owned(),
            ..ImportStage::default()
        }];
        let first = [entry("1", 1, 5), entry("2", 1, 5), entry("3", 1, 5)];
        let saved = store
            .save_import_page(ticket, &page(&first), &stages, 0)
            .await;
        let saved = saved.unwrap().unwrap();
        assert_eq!(saved[0].created, 3);

        // The walk met only one of them again; another one was told to be gone.
        let again = [entry("1", 2, 6)];
        let walked = ImportPage {
            at: minute(7),
            gone_parts: &[(RecordKind::Project, entry("2", 1, 5).keys[0].clone())],
            state: Some((
                RecordKind::Project,
                IndexState {
                    walked_at: Some(minute(6)),
                    known_until: Some(minute(6)),
                    watermark: None,
                },
            )),
            sweep: Some(Sweep {
                kind: RecordKind::Project,
                since: minute(6),
                at: minute(7),
            }),
            ..page(&again)
        };
        let saved = store.save_import_page(ticket, &walked, &saved, 0).await;
        let saved = saved.unwrap().unwrap();
        assert_eq!((saved[0].updated, saved[0].deleted), (1, 2));
        let left = store
            .list_index_ids(PLACE, RecordKind::Project, "", 9)
            .await;
        assert_eq!(left.unwrap(), ["1"]);
        let state = store
            .find_index_state(PLACE, RecordKind::Project)
            .await
            .unwrap();
        assert_eq!(state.walked_at, Some(minute(6)));

        // Whoever has lost the job changes nothing.
        let now = minute(8);
        store
            .cancel_import_job("hansehaus", Uuid::from_u128(1), now)
            .await
            .unwrap();
        let late = [entry("9", 1, 9)];
        let lost = store
            .save_import_page(ticket, &page(&late), &saved, 0)
            .await;
        assert_eq!(lost.unwrap(), None);
        assert_eq!(bodies(&store, &["9"]).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn one_import_of_a_system_is_open_at_a_time() {
    on_every_backend(async |store| {
        begun(&store).await;
        let job = |number, system| {
            let kind = (ImportKind::DeltaImport, system);
            let id = Uuid::from_u128(number);
            ImportJob::queued(id, "hansehaus", kind, "erika", "{}".to_owned(), minute(1))
        };
        let second = store
            .start_import_job(&job(2, System::Propstreet))
            .await
            .unwrap();
        assert_eq!(second.map(|job| job.id), Some(Uuid::from_u128(1)));
        assert_eq!(
            store
                .start_import_job(&job(3, System::DeepRent))
                .await
                .unwrap(),
            None
        );
        // The same one once more is no second one.
        assert_eq!(
            store
                .start_import_job(&job(3, System::DeepRent))
                .await
                .unwrap(),
            None
        );
        let now = minute(2);
        store
            .cancel_import_job("hansehaus", Uuid::from_u128(1), now)
            .await
            .unwrap();
        assert_eq!(
            store
                .start_import_job(&job(4, System::Propstreet))
                .await
                .unwrap(),
            None
        );
        let last = store
            .find_last_import("hansehaus", System::Propstreet, None)
            .await
            .unwrap();
        assert_eq!(
            last.map(|job| (job.id, job.status)),
            Some((Uuid::from_u128(4), ImportStatus::Queued))
        );
    })
    .await;
}

#[tokio::test]
async fn more_records_than_one_statement_takes_are_kept_together() {
    on_every_backend(async |store| {
        let entries: Vec<_> = (0..5_000)
            .map(|number| entry(&format!("{number:04}"), 1, 0))
            .collect();
        assert_eq!(put(&store, &entries).await, kept(5_000, 0, 0));
        assert_eq!(put(&store, &entries).await, kept(0, 0, 5_000));
    })
    .await;
}
