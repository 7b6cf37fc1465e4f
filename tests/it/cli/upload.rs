//! Files that are added to properties, by a gateway that is a process of its own: what they cost in
//! memory, and what is left of them when it is killed.

use std::fs;

use hausgraph::{
    model::PropertyId,
    sandbox::{
        self, Options, Sandbox, System,
        fault::{Fault, Rule},
        world::DocumentOwner,
    },
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    PATIENCE, Running, configuration,
    operator::{CREATE, serve, told},
};
use crate::support::{Folder, Form, pdf};

const MIB: usize = 1 << 20;

/// By how much the gateway may grow while a file of 25 MiB passes through it.
const MOST_GROWTH: usize = 16 * MIB;

const UPLOAD: &str = "mutation($input: UploadPropertyDocumentInput!) {
    uploadPropertyDocument(input: $input) { document { id } wasDuplicate errors { code message } } }";

fn unit(sandbox: &Sandbox) -> u64 {
    let world = sandbox.shared.tenants[0].world();
    world
        .units
        .iter()
        .find(|unit| !unit.is_archived)
        .unwrap()
        .id
}

/// Uploads a file; `None` when there is no answer.
async fn upload(sandbox: &Sandbox, graphql: &str, token: &str, file: &[u8]) -> Option<Value> {
    let property = PropertyId::new(unit(sandbox).to_string()).to_string();
    let input = json!({ "propertyId": property, "file": null });
    let operations = json!({ "query": UPLOAD, "variables": { "input": input } });
    let map = json!({ "0": ["variables.input.file"] });
    let form = Form::new(&operations, &map).file("0", "a.pdf", file);
    let origin = graphql.strip_suffix("/graphql").unwrap();
    let answer: Value = form
        .try_send_to(origin, token)
        .await
        .ok()?
        .json()
        .await
        .ok()?;
    Some(answer["data"]["uploadPropertyDocument"].clone())
}

fn uploaded(sandbox: &Sandbox) -> Vec<usize> {
    let unit = unit(sandbox);
    let world = sandbox.shared.tenants[0].world();
    let documents = world.documents_of(DocumentOwner::Unit(unit));
    documents
        .filter_map(|document| Some(document.upload.as_ref()?.bytes.len()))
        .collect()
}

/// What a process holds in memory now and held at most since [`forget_peak`], in bytes.
fn resident(gateway: &Running) -> (usize, usize) {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.child.id())).unwrap();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse::<usize>().unwrap() << 10
    };
    (of("VmRSS:"), of("VmHWM:"))
}

fn forget_peak(gateway: &Running) {
    fs::write(format!("/proc/{}/clear_refs", gateway.child.id()), "5").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_25_mib_passes_through_without_being_in_memory() {
    let sandbox = sandbox::start(Options::default()).await.unwrap();
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));
    let (gateway, graphql) = serve(&config).await;
    let token = told(&config, &CREATE).await;
    // Connections and whatever else is made once.
    let first = upload(&sandbox, &graphql, &token, &pdf(0, 1_000))
        .await
        .unwrap();
    assert_eq!(first["errors"], json!([]));
    let file = pdf(1, 25 * MIB);
    let (before, _) = resident(&gateway);
    forget_peak(&gateway);

    let payload = upload(&sandbox, &graphql, &token, &file).await.unwrap();

    let (after, peak) = resident(&gateway);
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(uploaded(&sandbox).last(), Some(&file.len()));
    let growth = peak.saturating_sub(before);
    println!(
        "before {} KiB, at most {} KiB, after {} KiB: grew by {} KiB",
        before >> 10,
        peak >> 10,
        after >> 10,
        growth >> 10
    );
    assert!(growth < MOST_GROWTH, "grew by {growth} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_arrived_before_the_gateway_was_killed_is_there_once() {
    let sandbox = sandbox::start(Options::default()).await.unwrap();
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));
    let (mut gateway, graphql) = serve(&config).await;
    let token = told(&config, &CREATE).await;
    // It is done, and the answer does not come.
    let endpoint = "POST /v1/documents";
    let silent = Rule::new(System::Propstack, Fault::DelayAnswerMs(3_600_000)).at(endpoint);
    sandbox.shared.faults.add(silent.times(1));
    let file = pdf(1, 100_000);
    let killed = async {
        while uploaded(&sandbox).is_empty() {
            tokio::task::yield_now().await;
        }
        gateway.child.kill().unwrap();
        gateway.child.wait().unwrap();
    };
    let first = upload(&sandbox, &graphql, &token, &file);
    let (first, ()) = timeout(PATIENCE, async { tokio::join!(first, killed) })
        .await
        .unwrap();
    assert_eq!(first, None);

    let (_gateway, graphql) = serve(&config).await;
    let again = upload(&sandbox, &graphql, &token, &file).await.unwrap();

    assert_eq!(again["errors"], json!([]));
    assert_eq!(again["wasDuplicate"], true);
    assert!(again["document"]["id"].is_string());
    assert_eq!(uploaded(&sandbox), [file.len()]);
    assert_eq!(sandbox.shared.journal.count(System::Propstack, endpoint), 1);
}
