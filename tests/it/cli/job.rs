//! Jobs, as the program works on them by itself.

use hausgraph::sandbox::{self, Options};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    PATIENCE, configuration,
    operator::{CREATE, serve, told},
};
use crate::support::{Folder, http};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_behind_the_answer() {
    let sandbox = sandbox::start(Options::default()).await.unwrap();
    sandbox.shared.switches_mut().deeprent.pdf_build_delay_ms = 0;
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));
    let (_gateway, graphql) = serve(&config).await;
    let token = told(&config, &CREATE).await;
    let ask = async |query: &str, variables: Value| {
        let request = http().post(&graphql).bearer_auth(&token);
        let request = request.json(&json!({ "query": query, "variables": variables }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].clone()
    };

    let start = "mutation { fileProtocolPdfs(input: {}) { job { id } errors { code message } } }";
    let started = ask(start, json!({})).await["fileProtocolPdfs"].clone();
    assert_eq!(started["errors"], json!([]));

    let query = "query($id: ID!) { job: importJob(id: $id) { status stages { created failed } } }";
    let done = async {
        loop {
            let job = ask(query, json!({ "id": started["job"]["id"] })).await["job"].clone();
            if !["QUEUED", "RUNNING"].contains(&job["status"].as_str().unwrap()) {
                break job;
            }
        }
    };
    let job = timeout(PATIENCE, done).await.unwrap();
    assert_eq!(job["status"], "SUCCEEDED");
    let filed = {
        let world = sandbox.shared.tenants[0].world();
        world
            .documents
            .iter()
            .filter(|it| it.upload.is_some())
            .count()
    };
    assert!(filed > 3);
    assert_eq!(job["stages"][0]["created"], filed);
}
