//! Opening, and the one sentence that says why it cannot be done.

use std::{fs, os::unix::fs::PermissionsExt};

use hausgraph::store::{Error, Settings, Store};
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::{net::TcpListener, task::JoinSet};

use super::{
    actions,
    backend::{Database, at_every_backend, on_every_backend, server, settings},
    entry, minute, organization,
};
use crate::support::Folder;

async fn refusal(settings: &Settings) -> Error {
    Store::open(settings).await.unwrap_err()
}

/// Writes past the store, as another program would.
async fn write(settings: &Settings, statement: &'static str) {
    let url = settings.url.expose_secret();
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        connection.execute(statement).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(statement).await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    at_every_backend(async |settings| {
        let store = Store::open(&settings).await.unwrap();
        let organization = organization("hansehaus");
        store.put_organization(&organization).await.unwrap();
        store.close().await;
        assert!(matches!(store.ping().await, Err(Error::Unavailable { .. })));

        let store = Store::open(&settings).await.unwrap();

        assert_eq!(store.ping().await, Ok(()));
        let found = store.find_organization("hansehaus").await;
        assert_eq!(found, Ok(Some(organization)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_can_open_it_at_once_also_for_the_first_time() {
    at_every_backend(async |settings| {
        let mut tasks = JoinSet::new();
        for number in 0..6 {
            let settings = settings.clone();
            tasks.spawn(async move {
                let store = Store::open(&settings).await.unwrap();
                let organization = organization(&number.to_string());
                store.put_organization(&organization).await.unwrap();
                store
            });
        }

        let stores = tasks.join_all().await;

        for store in stores {
            assert_eq!(store.list_organizations().await.unwrap().len(), 6);
        }
    })
    .await;
}

#[tokio::test]
async fn in_memory_nothing_is_shared_between_two_stores_but_all_between_clones() {
    let store = Store::open(&settings("sqlite::memory:")).await.unwrap();
    let other = Store::open(&settings("sqlite::memory:")).await.unwrap();

    let clone = store.clone();
    clone.put_organization(&organization("a")).await.unwrap();

    assert_eq!(store.list_organizations().await.unwrap().len(), 1);
    assert_eq!(other.list_organizations().await, Ok(vec![]));
}

#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    let folder = Folder::new();
    let url = format!("sqlite://{}", folder.path("new.db"));
    let store = Store::open(&settings(&url)).await.unwrap();
    store.put_organization(&organization("a")).await.unwrap();

    for name in ["new.db", "new.db-wal", "new.db-shm"] {
        let mode = fs::metadata(folder.path(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_cancelled_leaves_all_or_nothing_and_blocks_nobody() {
    on_every_backend(async |store| {
        let mut tasks = Vec::new();
        for number in 0..60 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let id = format!("{number:02}");
                let entry = entry(&id, &id, minute(number));
                store.create_organization(&organization(&id), &entry).await
            }));
            for _ in 0..number % 12 {
                tokio::task::yield_now().await;
            }
            if number % 2 == 0 {
                tasks[tasks.len() / 2].abort();
            }
        }
        for task in tasks {
            match task.await {
                Ok(created) => assert_eq!(created, Ok(true)),
                Err(ended) => assert!(ended.is_cancelled(), "{ended}"),
            }
        }

        for organization in store.list_organizations().await.unwrap() {
            assert_eq!(actions(&store, &organization.id).await, [organization.id]);
        }
        store.put_organization(&organization("last")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    at_every_backend(async |settings| {
        Store::open(&settings).await.unwrap().close().await;
        write(
            &settings,
            "INSERT INTO _sqlx_migrations
             SELECT 9999, description, installed_on, success, checksum, execution_time
             FROM _sqlx_migrations WHERE version = 1",
        )
        .await;

        let error = refusal(&settings).await;

        assert!(matches!(error, Error::Newer { .. }), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_cannot_be_the_store_is_named_with_what_to_do() {
    let folder = Folder::new();
    let text = folder.write("letter.txt", &"Sehr geehrte Damen und Herren, ".repeat(99));
    let read_only = folder.write("read-only.db", "");
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
    let nowhere = folder.path("missing/new.db");
    let inside = folder.path("");
    let damaged = folder.path("damaged.db");
    Store::open(&settings(&format!("sqlite:{damaged}")))
        .await
        .unwrap()
        .close()
        .await;
    // All pages but the first are overwritten.
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[4096..].fill(0xAA);
    fs::write(&damaged, &bytes).unwrap();

    for (file, expected) in [
        (&text, "is no SQLite database: move it away"),
        (&inside, "is no SQLite database: move it away"),
        (&read_only, "cannot be written: let this user write it"),
        (&nowhere, "does not exist: make it"),
        (&damaged, "is damaged: put a copy from the last backup"),
    ] {
        let error = refusal(&settings(&format!("sqlite:{file}"))).await;
        let told = error.to_string();
        assert!(told.contains(expected), "{told}");
        assert!(told.contains(file.as_str()), "{told}");
    }
    let unchanged = fs::read_to_string(&text).unwrap();
    assert!(unchanged.starts_with("Sehr geehrte"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_and_the_password_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);

    let url = format!("postgres://erika:geheim@127.0.0.1:{port}/hausgraph");
    let error = refusal(&settings(&url)).await;

    let told = error.to_string();
    let server = format!("PostgreSQL at 127.0.0.1:{port} does not answer");
    assert!(told.starts_with(&server), "{told}");
    assert!(!format!("{told} {error:?}").contains("geheim"));
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_is_named_and_the_password_is_not() {
    let Some(server) = server() else { return };
    let database = Database::new(server).await;
    let mut stranger = database.url.clone();
    stranger.set_username("stranger").unwrap();
    stranger.set_password(Some("geheim")).unwrap();
    let mut elsewhere = database.url.clone();
    elsewhere.set_path("no_such_database");

    let refused = refusal(&settings(stranger.as_str())).await.to_string();
    let missing = refusal(&settings(elsewhere.as_str())).await.to_string();

    assert!(refused.contains("refuses the user stranger"), "{refused}");
    assert!(!refused.contains("geheim"), "{refused}");
    let expected = "has no database no_such_database: make it";
    assert!(missing.contains(expected), "{missing}");
}

#[tokio::test]
async fn an_address_of_no_kind_that_we_know_is_not_repeated() {
    for address in [
        "",
        "geheim",
        "mysql://erika:geheim@host/x",
        "postgres:geheim",
    ] {
        let told = refusal(&settings(address)).await.to_string();
        assert!(told.contains("write `sqlite:FILE`"), "{told}");
        assert!(!told.contains("geheim"), "{told}");
    }
}

#[test]
fn without_an_address_the_store_is_a_file_and_no_log_shows_it() {
    let settings: Settings = toml::from_str("").unwrap();

    assert_eq!(settings.url.expose_secret(), "sqlite:hausgraph.db");
    assert!(!format!("{settings:?}").contains("hausgraph.db"));
}
