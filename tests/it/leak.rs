//! A whole life of a gateway with every log line on; then every credential of it is searched for in
//! all that came out: logs, answers, the database, `Debug`.

mod search;

use std::{fs, path::Path, process::Command, time::Duration};

use hausgraph::{
    config::{Config, demo},
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
    store::Settings,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use self::search::found_in;
use crate::{
    log::FAULTS,
    store::backend::{Database, server, settings},
    support::{Folder, TestGateway, logged, sandbox},
};

/// What came out of a gateway, piece by piece with a name, and the credentials that went in.
#[derive(Default)]
struct Life {
    pieces: Vec<(String, String)>,
    credentials: Vec<String>,
}

impl Life {
    /// What is no text in it counts for nothing: every form of a credential is text.
    fn keep(&mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) {
        let text = String::from_utf8_lossy(bytes.as_ref()).into_owned();
        self.pieces.push((name.into(), text));
    }

    /// Keeps every file in the folder as it is now.
    fn keep_files(&mut self, when: &str, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            self.keep(
                format!("{} {when}", path.display()),
                fs::read(&path).unwrap(),
            );
        }
    }

    /// Asks, and keeps head and body of the answer.
    async fn ask(&mut self, gateway: &TestGateway, token: &str, body: Value) -> Value {
        let (answer, text) = self.ask_apart(gateway, token, body).await;
        self.keep("an answer", text);
        answer
    }

    /// Asks, and keeps the head of the answer only: its body shows a new secret, this once.
    async fn ask_apart(
        &mut self,
        gateway: &TestGateway,
        token: &str,
        body: Value,
    ) -> (Value, String) {
        let work = gateway.post(token, body);
        let response = gateway.hurry(Duration::from_secs(2), work).await;
        self.keep("a head", format!("{:?}", response.headers()));
        let text = response.text().await.unwrap();
        (serde_json::from_str(&text).unwrap_or_default(), text)
    }

    fn assert_tight(&self) {
        assert!(self.credentials.len() > 10);
        for credential in &self.credentials {
            for (name, text) in &self.pieces {
                let form = found_in(text, credential);
                assert_eq!(form, None, "{credential} is in {name}");
            }
        }
    }
}

fn unconnected(config: &mut Config, store: Settings) {
    config.store = store;
    for organization in &mut config.organizations {
        // The other firm stays as it is: its credentials stand in the configuration.
        if organization.id == demo::ORGANIZATION {
            (
                organization.propstack,
                organization.deeprent,
                organization.propstreet,
            ) = (None, None, None);
        }
    }
}

const CONNECT: &str = "mutation($credentials: CredentialsInput!) {
    connectIntegration(input: { credentials: $credentials }) {
        integration { system status keyHint permissions problem } errors { code message path } } }";
const CREATE: &str = "mutation($scopes: [Scope!]!) {
    createAccessToken(input: { name: \"partner\", role: OWNER, scopes: $scopes }) {
        accessToken { id } secret errors { message } }
    createDeepRentApiKey(input: { name: \"partner\" }) {
        apiKey { id } secret errors { message } } }";
const REVOKE: &str = "mutation($token: ID!, $key: ID!) {
    revokeAccessToken(input: { id: $token }) { revokedId errors { message } }
    revokeDeepRentApiKey(input: { id: $key }) { revokedId errors { message } } }";
const ADMINISTRATION: &str = "{ viewer { subject scopes }
    integrations { system status keyHint permissions problem }
    accessTokens { id name hint createdBy lastUsedAt } deepRentApiKeys { id name }
    auditLog { nodes { actor action target outcome } } }";

/// Lives through everything and answers what came out; the store is open when this returns.
async fn live(store: Settings) -> (TestGateway, Life) {
    let mut life = Life::default();
    let mut shown = String::new();
    let gateway = TestGateway::configured(sandbox().await, |config| {
        unconnected(config, store);
        shown = format!("{config:?}");
        let secrets = config
            .issuers
            .iter()
            .filter_map(|issuer| issuer.secret.as_ref());
        let keys = config.master_keys.iter().map(|key| &key.key);
        let plain = secrets.chain(keys).map(|it| it.expose_secret().to_owned());
        life.credentials.extend(plain);
    })
    .await;
    life.keep("Debug of the configuration", shown);
    life.keep("Debug of the store", format!("{:?}", gateway.store));
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let access = gateway.sandbox.access.demo.clone();
    let foreign = &gateway.sandbox.access.foreign;
    let wrong = |system: &str| format!("sandbox-wrong-{system}-0123456789+/=?&%");
    life.credentials.extend([
        token.clone(),
        gateway.token(demo::FOREIGN_ORGANIZATION, &[]),
        access.propstack.api_key.clone(),
        access.deeprent.api_key.clone(),
        access.deeprent.session_token.clone(),
        access.propstreet.client_secret.clone(),
        access.propstreet.access_token.clone(),
        foreign.propstack.api_key.clone(),
        foreign.deeprent.api_key.clone(),
        foreign.deeprent.session_token.clone(),
        foreign.propstreet.client_secret.clone(),
        wrong("propstack"),
        wrong("deeprent"),
        wrong("session"),
        wrong("propstreet"),
        wrong("client"),
        wrong("webhook"),
    ]);

    let good = [
        json!({ "propstack": { "apiKeys": [access.propstack.api_key],
            "webhookSecret": wrong("webhook") } }),
        json!({ "deepRent": { "apiKey": access.deeprent.api_key,
            "sessionToken": access.deeprent.session_token,
            "organizationId": access.deeprent.organization_id,
            "webhookSecret": wrong("webhook") } }),
        json!({ "propstreet": { "accessToken": access.propstreet.access_token } }),
        json!({ "propstreet": { "clientId": access.propstreet.client_id,
            "clientSecret": access.propstreet.client_secret } }),
    ];
    let bad = [
        json!({ "propstack": { "apiKeys": [wrong("propstack")] } }),
        json!({ "propstack": { "apiKeys": [format!("{} {}", wrong("propstack"), "ü")] } }),
        json!({ "deepRent": { "apiKey": wrong("deeprent"), "sessionToken": wrong("session") } }),
        json!({ "deepRent": { "apiKey": [{ "wrong": wrong("deeprent") }] } }),
        json!({ "propstreet": { "accessToken": wrong("propstreet") } }),
        json!({ "propstreet": { "clientId": "c", "clientSecret": wrong("client") } }),
        json!({ "propstreet": { "accessToken": wrong("propstreet"), "clientId": "c" } }),
    ];
    let connect = |credentials: &Value| json!({ "query": CONNECT, "variables": { "credentials": credentials } });
    for credentials in &bad {
        let answer = life.ask(&gateway, &token, connect(credentials)).await;
        assert!(
            answer
                .pointer("/data/connectIntegration/integration")
                .is_none_or(Value::is_null)
        );
    }
    let faults = &gateway.sandbox.shared.faults;
    for fault in FAULTS {
        for system in [System::Propstack, System::DeepRent, System::Propstreet] {
            faults.add(Rule::new(system, fault.clone()));
        }
        for credentials in &good {
            let answer = life.ask(&gateway, &token, connect(credentials)).await;
            let errors = &answer["data"]["connectIntegration"]["errors"];
            // A right is known by the status of an answer, whatever stands in it.
            let is_refused = *errors != json!([]);
            assert!(is_refused || fault == Fault::WrongTypes, "{fault:?}");
        }
        faults.clear();
    }
    for credentials in &good {
        let answer = life.ask(&gateway, &token, connect(credentials)).await;
        let status = answer.pointer("/data/connectIntegration/integration/status");
        assert_eq!(status, Some(&json!("CONNECTED")), "{answer}");
    }

    let body = json!({ "query": "{ viewer { scopes } }" });
    let answer = life.ask(&gateway, &token, body).await;
    let scopes = &answer["data"]["viewer"]["scopes"];
    let body = json!({ "query": CREATE, "variables": { "scopes": scopes } });
    let (made, _) = life.ask_apart(&gateway, &token, body).await;
    let at = |pointer: &str| {
        made.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    let partner = at("/data/createAccessToken/secret");
    life.credentials
        .extend([partner.clone(), at("/data/createDeepRentApiKey/secret")]);

    let tampered = format!("{token}x");
    let strangers = [
        tampered,
        "hg_0123456789abcdefghijklmnopqrstuvwxyz".to_owned(),
    ];
    life.credentials.extend(strangers.clone());
    for token in [&token, &partner, &strangers[0], &strangers[1]] {
        for query in queries() {
            life.ask(&gateway, token, query).await;
        }
        life.ask(&gateway, token, json!({ "query": ADMINISTRATION }))
            .await;
        for system in ["PROPSTACK", "DEEPRENT", "PROPSTREET"] {
            let query = format!(
                "mutation {{ checkIntegration(input: {{ system: {system} }}) {{
                integration {{ status problem keyHint }} errors {{ message }} }} }}"
            );
            life.ask(&gateway, token, json!({ "query": query })).await;
        }
    }
    let ids = json!({ "token": at("/data/createAccessToken/accessToken/id"),
        "key": at("/data/createDeepRentApiKey/apiKey/id") });
    let revoked = life
        .ask(
            &gateway,
            &token,
            json!({ "query": REVOKE, "variables": ids }),
        )
        .await;
    assert!(
        revoked["data"]["revokeAccessToken"]["revokedId"].is_string(),
        "{revoked}"
    );
    life.ask(&gateway, &partner, json!({ "query": ADMINISTRATION }))
        .await;
    // Propstack and Propstreet stay, so that sealed credentials are in the database.
    let query = "mutation { disconnectIntegration(input: { system: DEEPRENT }) {
        integration { status } errors { message } } }";
    life.ask(&gateway, &token, json!({ "query": query })).await;
    let stored = gateway
        .store
        .list_integrations(demo::ORGANIZATION)
        .await
        .unwrap();
    assert_eq!(stored.len(), 2);
    life.keep("Debug of what is stored", format!("{stored:?}"));
    (gateway, life)
}

/// What the playground offers.
fn queries() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playground/operations");
    let mut queries = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "graphql")
        {
            let variables = fs::read_to_string(path.with_extension("json"));
            let variables: Value = serde_json::from_str(&variables.unwrap_or("{}".into())).unwrap();
            let query = fs::read_to_string(path).unwrap();
            queries.push(json!({ "query": query, "variables": variables }));
        }
    }
    assert!(queries.len() > 5);
    queries
}

#[tokio::test]
async fn no_credential_is_in_any_log_answer_or_file_of_sqlite() {
    let folder = Folder::new();
    let store = settings(&format!("sqlite:{}", folder.path("life.db")));

    let ((gateway, mut life), log) = logged("trace", live(store)).await;
    assert!(log.contains("TRACE") && log.contains("upstream_call"));
    life.keep("the log", log);
    life.keep_files("while open", folder.root());
    gateway.store.close().await;
    life.keep_files("after close", folder.root());

    assert!(
        life.pieces
            .iter()
            .any(|(name, _)| name.contains("life.db-wal"))
    );
    life.assert_tight();
    // The search would have found it: the file is there, and each credential is found in a copy.
    let (_, file) = life
        .pieces
        .iter()
        .rfind(|(name, _)| name.contains("life.db"))
        .unwrap();
    assert!(file.contains("propstack"), "the rows are in the file");
    for credential in &life.credentials {
        let copy = format!("{file}{credential}{file}");
        assert!(found_in(&copy, credential).is_some());
    }
}

#[tokio::test]
async fn no_credential_is_in_any_log_answer_or_dump_of_postgresql() {
    let Some(server) = server() else { return };
    let database = Database::new(server).await;

    let ((gateway, mut life), log) = logged("trace", live(settings(database.url.as_str()))).await;
    assert!(log.contains("TRACE") && log.contains("upstream_call"));
    life.keep("the log", log);
    let dump = dump(&database.url);
    assert!(
        dump.windows(9).any(|bytes| bytes == b"propstack"),
        "the rows are in the dump"
    );
    life.keep("the dump", dump);
    gateway.store.close().await;

    life.assert_tight();
}

/// All of a database as `pg_dump` writes it.
fn dump(url: &Url) -> Vec<u8> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut programs: Vec<_> = installed
        .map(|version| version.unwrap().path().join("bin/pg_dump"))
        .filter(|path| path.exists())
        .collect();
    // The newest reads every server that is not newer.
    programs.sort();
    let program = programs.pop().unwrap_or_else(|| "pg_dump".into());
    let output = Command::new(&program).arg(url.as_str()).output();
    let output = output.expect("a server of PostgreSQL is named, so pg_dump is needed as well");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{} failed: {told}",
        program.display()
    );
    output.stdout
}
