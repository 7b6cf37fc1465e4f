//! What an operator does beside a running gateway: organisations, tokens, integrations, master keys.

use std::{fs, process::Output};

use hausgraph::{clock::Clock, sandbox::Sandbox};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Running, bare_configuration, data, run, text};
use crate::support::{Folder, http, sandbox_on};

/// What a command prints that does what it is told.
pub(super) async fn told(config: &str, arguments: &[&str]) -> String {
    let output = run(&[arguments, &["--config", config]].concat()).await;
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    text(&output.stdout).trim_end().to_owned()
}

/// What a command says that cannot do it.
async fn refused(config: &str, arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = run(&[arguments, &["--config", config]].concat()).await;
    assert_eq!(status.code(), Some(1), "{arguments:?}");
    text(&stderr).to_owned()
}

/// A gateway of this configuration, and the address of its graph.
pub(super) async fn serve(config: &str) -> (Running, String) {
    let mut gateway = Running::start(&["serve", "--config", config]);
    let said = gateway.lines_until("listening").await;
    let line: Value = serde_json::from_str(said.last().unwrap()).unwrap();
    let graphql = format!("http://{}/graphql", line["address"].as_str().unwrap());
    (gateway, graphql)
}

async fn with_organization(sandbox: &Sandbox, folder: &Folder) -> String {
    let config = folder.write("hausgraph.toml", &bare_configuration(sandbox, folder));
    let create = ["organization", "create", "--id", "firm", "--name", "A firm"];
    told(&config, &create).await;
    config
}

pub(super) const CREATE: [&str; 8] = [
    "token",
    "create",
    "--organization",
    "firm",
    "--name",
    "ci",
    "--role",
    "owner",
];

#[tokio::test]
async fn an_organisation_is_made_once_and_listed() {
    let (sandbox, folder) = (sandbox_on(Clock::system()).await, Folder::new());
    let config = with_organization(&sandbox, &folder).await;

    let create = ["organization", "create", "--id", "firm", "--name", "Again"];
    let again = refused(&config, &create).await;
    let create = ["organization", "create", "--id", "A Firm", "--name", "A"];
    let bad = refused(&config, &create).await;
    let listed = told(&config, &["organization", "list"]).await;

    assert_eq!(again, "hausgraph: there is an organisation firm already\n");
    assert_eq!(bad, "hausgraph: an id has 1 to 64 of a-z, 0-9 and -\n");
    assert!(listed.ends_with("firm  A firm"), "{listed}");
}

#[tokio::test]
async fn a_token_of_the_command_opens_the_running_gateway_until_it_is_revoked() {
    let (sandbox, folder) = (sandbox_on(Clock::system()).await, Folder::new());
    let config = with_organization(&sandbox, &folder).await;
    let (_gateway, graphql) = serve(&config).await;

    let secret = told(&config, &CREATE).await;
    assert!(secret.starts_with("hg_") && !secret.contains('\n'));
    data(&graphql, &secret, "{ viewer { subject } }").await;

    let listed = told(&config, &["token", "list", "--organization", "firm"]).await;
    assert!(!listed.contains(&secret));
    let id = listed.lines().nth(1).unwrap().split(' ').next().unwrap();
    let revoke = ["token", "revoke", "--organization", "firm", "--id", id];
    told(&config, &revoke).await;
    let closed = async {
        let query = json!({ "query": "{ viewer { subject } }" });
        let ask = || {
            http()
                .post(&graphql)
                .bearer_auth(&secret)
                .json(&query)
                .send()
        };
        while ask().await.unwrap().status() != 401 {}
    };
    timeout(std::time::Duration::from_secs(2), closed)
        .await
        .unwrap();
    let again = refused(&config, &revoke).await;
    assert!(again.contains("has no token"), "{again}");
}

#[tokio::test]
async fn keys_are_rotated_while_a_gateway_goes_on() {
    let (sandbox, folder) = (sandbox_on(Clock::system()).await, Folder::new());
    let bare = bare_configuration(&sandbox, &folder);
    let key = |id: &str| {
        let made = id.repeat(32);
        let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, made);
        format!("[[master_key]]\nid = \"{id}\"\nkey = \"{key}\"\n")
    };
    let (old, new) = (key("a"), key("b"));
    let before = folder.write("before.toml", &format!("{bare}\n{old}"));
    let both = folder.write("both.toml", &format!("{bare}\n{new}{old}"));
    let after = folder.write("after.toml", &format!("{bare}\n{new}"));
    told(
        &before,
        &["organization", "create", "--id", "firm", "--name", "A firm"],
    )
    .await;
    let secret = folder.write("key", &sandbox.access.demo.propstack.api_key);
    let reference = format!("file:{secret}");
    let connect = [
        "integration",
        "connect",
        "propstack",
        "--organization",
        "firm",
        "--api-key",
    ];
    let plain = refused(&before, &[&connect[..], &["plain-text"]].concat()).await;
    assert!(plain.contains("never written on the command line") && !plain.contains("plain-text"));
    told(&before, &[&connect[..], &[&reference]].concat()).await;
    let token = told(&before, &CREATE).await;
    let query = "{ properties(first: 1) { nodes { id } } }";
    let (gateway, graphql) = serve(&both).await;
    data(&graphql, &token, query).await;
    assert!(
        refused(&after, &["keys", "rotate"])
            .await
            .contains("1 could not be opened")
    );

    let rotating = told(&both, &["keys", "rotate"]);
    let (rotated, _) = tokio::join!(rotating, data(&graphql, &token, query));

    assert_eq!(rotated, "1 sealed anew");
    assert_eq!(told(&both, &["keys", "rotate"]).await, "0 sealed anew");
    data(&graphql, &token, query).await;
    assert_eq!(gateway.stop().await.code(), Some(0));
    let (_gateway, graphql) = serve(&after).await;
    data(&graphql, &token, query).await;
    assert!(
        told(&after, &["check"])
            .await
            .contains("firm: Propstack: answers")
    );
    let output = run(&["check", "--config", &before]).await;
    assert_eq!(output.status.code(), Some(1));
    let line = "firm: Propstack: sealed with the master key b, which is not configured";
    assert!(
        text(&output.stdout).contains(line),
        "{}",
        text(&output.stdout)
    );
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_killed_gateway() {
    let (sandbox, folder) = (sandbox_on(Clock::system()).await, Folder::new());
    let config = with_organization(&sandbox, &folder).await;
    let token = told(&config, &CREATE).await;
    let create = r#"mutation { createAccessToken(input: { name: "x", role: MEMBER, scopes: [] })
        { accessToken { id } } }"#;
    let mut acknowledged = Vec::new();
    for round in 1..5 {
        let (mut gateway, graphql) = serve(&config).await;
        for _ in 0..round * 3 {
            let made = data(&graphql, &token, create).await;
            acknowledged.push(made["createAccessToken"]["accessToken"]["id"].clone());
        }
        // One more is under way.
        let request = http().post(&graphql).bearer_auth(&token);
        let request = request.json(&json!({ "query": create })).send();
        let (_, ()) = tokio::join!(request, async { gateway.child.kill().unwrap() });
        gateway.child.wait().unwrap();
    }

    let (_gateway, graphql) = serve(&config).await;
    let query = "{ accessTokens { id } auditLog(first: 100) { nodes { action target } } }";
    let kept = data(&graphql, &token, query).await;
    let tokens = kept["accessTokens"].as_array().unwrap();
    let entries = kept["auditLog"]["nodes"].as_array().unwrap();
    for id in &acknowledged {
        assert!(tokens.iter().any(|token| token["id"] == *id), "{id}");
        assert!(entries.iter().any(|entry| entry["target"] == *id), "{id}");
    }
    let made = entries
        .iter()
        .filter(|entry| entry["action"] == "createAccessToken");
    assert_eq!(made.count(), tokens.len());
}

#[tokio::test]
async fn a_database_that_is_none_or_cannot_be_written_is_told_in_one_sentence() {
    let (sandbox, folder) = (sandbox_on(Clock::system()).await, Folder::new());
    let config = folder.write("hausgraph.toml", &bare_configuration(&sandbox, &folder));
    let file = folder.write("hausgraph.db", &"no database ".repeat(1000));
    for (is_readonly, part) in [
        (false, "is no SQLite database"),
        (true, "cannot be written"),
    ] {
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(is_readonly);
        fs::set_permissions(&file, permissions).unwrap();
        for command in [&["serve"][..], &["check"], &["organization", "list"]] {
            let said = refused(&config, command).await;
            assert!(said.contains(part) && said.lines().count() == 1, "{said}");
        }
    }
}
