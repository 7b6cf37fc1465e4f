//! Imports from the shell, killed in the middle and gone on with.

use std::collections::BTreeSet;

use hausgraph::{
    clock::Clock,
    model::RecordKind,
    sandbox::{self, Options, System},
    store::{Settings, Store},
};
use tokio::time::timeout;

use super::{PATIENCE, Running, configuration, operator::told, run, text};
use crate::support::Folder;

const IMPORT: [&str; 7] = [
    "import",
    "--organization",
    "firm",
    "--system",
    "propstack",
    "--mode",
    "full",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_is_gone_on_with_and_brings_every_record() {
    let options = Options {
        units: 1_000,
        clock: Clock::system(),
        ..Options::default()
    };
    let sandbox = sandbox::start(options).await.unwrap();
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));
    let calls = || sandbox.shared.journal.count_all(System::Propstack);
    for more in [3, 5] {
        let until = calls() + more;
        let import = Running::start(&[&IMPORT[..], &["--config", &config]].concat());
        let enough = async {
            while calls() < until {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, enough).await.expect("it asks Propstack");
        drop(import);
    }
    let printed = told(&config, &IMPORT).await;
    let line = printed
        .lines()
        .find(|line| line.starts_with("property"))
        .unwrap();
    println!("{printed}");
    let all: BTreeSet<String> = {
        let world = sandbox.shared.tenants[0].world();
        world.units.iter().map(|unit| unit.id.to_string()).collect()
    };
    let columns: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(columns[1], "1000", "{line}");
    let url = format!("sqlite:{}", folder.path("hausgraph.db"));
    let store = Store::open(&Settings { url: url.into() }).await.unwrap();
    let ids = store
        .list_index_ids("firm/0", RecordKind::Property, "", 10_000)
        .await;
    assert_eq!(ids.unwrap().into_iter().collect::<BTreeSet<_>>(), all);
}

#[tokio::test]
async fn a_system_that_is_not_connected_cannot_be_imported() {
    let sandbox = sandbox::start(Options::default()).await.unwrap();
    let folder = Folder::new();
    let config = folder.write(
        "hausgraph.toml",
        &super::bare_configuration(&sandbox, &folder),
    );
    told(
        &config,
        &["organization", "create", "--id", "firm", "--name", "A firm"],
    )
    .await;
    let output = run(&[&IMPORT[..], &["--config", &config]].concat()).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("Propstack is not connected"));
}
