//! The program itself: each command as a process, as its users run it.

mod crash;
mod import;
mod job;
mod operator;
mod upload;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::Duration,
};

use hausgraph::{
    clock::Clock,
    sandbox::{
        Sandbox, System,
        fault::{Fault, Rule},
    },
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::spawn_blocking, time::timeout};

use crate::support::{Folder, http, sandbox_on};

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

const SECRET: &str = "forty bytes that nobody could ever guess";

fn hausgraph(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hausgraph"));
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        // Nobody is there: whatever heeds a proxy of the environment reaches nothing.
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .env("TOKEN_SECRET", SECRET);
    command
}

/// What a command that ends by itself leaves behind. The sandbox of the test goes on meanwhile.
async fn run(arguments: &[&str]) -> Output {
    let mut command = hausgraph(arguments);
    let ended = spawn_blocking(move || command.output().unwrap());
    timeout(PATIENCE, ended).await.expect("it ends").unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A command that runs until it is stopped; it is killed with this value.
struct Running {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::of(hausgraph(arguments))
    }

    fn of(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::unbounded_channel();
        read_lines(child.stdout.take().unwrap(), sender.clone());
        read_lines(child.stderr.take().unwrap(), sender);
        Self { child, lines }
    }

    /// The next line that holds `part`, and all before it.
    async fn lines_until(&mut self, part: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|line: &String| !line.contains(part)) {
            let line = timeout(PATIENCE, self.lines.recv())
                .await
                .expect("it says something");
            seen.push(line.unwrap_or_else(|| panic!("it ended after {seen:#?}")));
        }
        seen
    }

    /// Asks it to end, as a service manager does.
    async fn stop(mut self) -> ExitStatus {
        let terminate = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh")
            .args(["-c", &terminate])
            .status()
            .unwrap();
        assert!(sent.success());
        // Its output ends with it.
        let ended = async { while self.lines.recv().await.is_some() {} };
        timeout(PATIENCE, ended).await.expect("it ends");
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // In vain when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(pipe: impl Read + Send + 'static, lines: mpsc::UnboundedSender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            // Nobody listens once the test is over.
            let _ = lines.send(line.unwrap());
        }
    });
}

/// Asks for one record of each system; the data.
async fn ask(graphql: &str, token: &str) -> Value {
    let query = "{
        properties(first: 1) { nodes { id } }
        protocols(first: 1) { nodes { id } }
        projects(first: 1) { nodes { id } }
    }";
    data(graphql, token, query).await
}

/// The data of an answer without errors.
async fn data(graphql: &str, token: &str, query: &str) -> Value {
    let request = http()
        .post(graphql)
        .bearer_auth(token)
        .json(&json!({ "query": query }));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut answer: Value = response.json().await.unwrap();
    assert_eq!(answer.get("errors"), None);
    answer["data"].take()
}

fn assert_has_all_three(data: &Value) {
    for root in ["properties", "protocols", "projects"] {
        let nodes = data[root]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 1, "{root}");
    }
}

/// A configuration file for the systems of a sandbox.
fn configuration(sandbox: &Sandbox, folder: &Folder) -> String {
    let demo = &sandbox.access.demo;
    let (propstack, deeprent, propstreet) = (&demo.propstack, &demo.deeprent, &demo.propstreet);
    format!(
        r#"
        {}
        [[organization]]
        id = "firm"
        name = "A firm"
        propstack = {{ api_keys = ["{}"] }}
        deeprent = {{ api_key = "{}" }}
        propstreet = {{ credentials = {{ client = {{ id = "{}", secret = "{}" }} }} }}
        "#,
        bare_configuration(sandbox, folder),
        propstack.api_key,
        deeprent.api_key,
        propstreet.client_id,
        propstreet.client_secret,
    )
}

/// The same without any organisation.
fn bare_configuration(sandbox: &Sandbox, folder: &Folder) -> String {
    let demo = &sandbox.access.demo;
    let (propstack, deeprent, propstreet) = (&demo.propstack, &demo.deeprent, &demo.propstreet);
    format!(
        r#"
        listen = "127.0.0.1:0"
        log = "json"
        store.url = "sqlite:{}"
        [[issuer]]
        secret = "env:TOKEN_SECRET"
        issuer = "the-tests"
        audience = "hausgraph"
        [upstreams]
        allow_private = true
        propstack.base_url = "{}"
        deeprent.base_url = "{}"
        propstreet = {{ base_url = "{}", token_url = "{}" }}
        "#,
        folder.path("hausgraph.db"),
        propstack.base_url,
        deeprent.base_url,
        propstreet.base_url,
        propstreet.token_url,
    )
}

#[tokio::test]
async fn schema_prints_the_committed_file() {
    let output = run(&["schema"]).await;
    assert!(output.status.success());
    assert!(text(&output.stdout) == include_str!("../../../schema/gateway.graphql"));
}

#[tokio::test]
async fn demo_says_when_it_is_ready_answers_and_ends_when_told() {
    let folder = Folder::new();
    let ready_file = folder.path("ready.json");
    let listen = ["--listen", "127.0.0.1:0", "--units", "40"];
    let mut demo = Running::start(&[&["demo", "--ready-file", &ready_file][..], &listen].concat());

    let said = demo.lines_until("  token ").await;

    // Whole, and nothing half-written beside it.
    let ready: Value = serde_json::from_str(&fs::read_to_string(&ready_file).unwrap()).unwrap();
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1);
    let of = |name: &str| ready[name].as_str().unwrap();
    assert!(
        said.iter()
            .any(|line| line.contains("none of this data is real"))
    );
    assert!(said.iter().any(|line| line.ends_with(of("playground"))));
    assert!(said.last().unwrap().ends_with(of("token")));
    assert!(ready["sandbox"]["propstack"]["base_url"].is_string());
    assert_has_all_three(&ask(of("graphql"), of("token")).await);
    let page = http().get(of("playground")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(demo.stop().await.code(), Some(0));
}

#[tokio::test]
async fn a_query_as_deep_as_is_allowed_does_not_overflow_the_programs_stack() {
    let folder = Folder::new();
    let ready_file = folder.path("ready.json");
    let listen = ["--listen", "127.0.0.1:0", "--units", "40"];
    let mut demo = Running::start(&[&["demo", "--ready-file", &ready_file][..], &listen].concat());
    demo.lines_until("  token ").await;
    let ready: Value = serde_json::from_str(&fs::read_to_string(&ready_file).unwrap()).unwrap();
    // 28 selection sets around one another, of the 30 that the guard lets pass.
    let (open, close) = ("properties(first: 1) { nodes { development { ", "} } } ");
    let query = format!("{{ {} id {} }}", open.repeat(9), close.repeat(9));

    let of = |name: &str| ready[name].as_str().unwrap();
    let data = data(of("graphql"), of("token"), &query).await;

    assert!(data["properties"]["nodes"][0]["development"].is_object());
    assert_eq!(demo.stop().await.code(), Some(0));
}

#[tokio::test]
async fn serve_answers_whoever_has_a_token_from_token() {
    let sandbox = sandbox_on(Clock::system()).await;
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));
    let issue = [
        "token",
        "create",
        "--config",
        &config,
        "--name",
        "ci",
        "--role",
        "member",
        "--organization",
    ];

    let issued = run(&[&issue[..], &["firm"]].concat()).await;
    assert!(issued.status.success(), "{}", text(&issued.stderr));
    let token = text(&issued.stdout).trim();
    let mut gateway = Running::start(&["serve", "--config", &config]);
    let said = gateway.lines_until("listening").await;

    let line: Value = serde_json::from_str(said.last().unwrap()).unwrap();
    let origin = format!("http://{}", line["address"].as_str().unwrap());
    assert_has_all_three(&ask(&format!("{origin}/graphql"), token).await);
    let ready = http()
        .get(format!("{origin}/health/ready"))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
    // Not simulated, so nobody is handed a token.
    let page = http()
        .get(&origin)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!page.contains("hg_"));
    assert_eq!(gateway.stop().await.code(), Some(0));

    let refused = run(&[&issue[..], &["nobody"]].concat()).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("nobody"));
    assert!(refused.stdout.is_empty());
}

#[tokio::test]
async fn check_says_of_each_system_whether_it_answers() {
    let sandbox = sandbox_on(Clock::system()).await;
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));

    let well = run(&["check", "--config", &config]).await;

    let told = text(&well.stdout);
    assert_eq!(well.status.code(), Some(0), "{told}");
    for system in ["Propstack", "deep.rent", "Propstreet"] {
        let line = format!("firm: {system}: answers\n");
        assert!(told.contains(&line), "{told}");
    }
    assert!(told.contains("references"), "{told}");

    sandbox
        .shared
        .faults
        .add(Rule::new(System::DeepRent, Fault::Drop));
    let ill = run(&["check", "--config", &config]).await;

    assert_eq!(ill.status.code(), Some(1));
    let told = text(&ill.stdout);
    assert!(told.contains("firm: Propstack: answers\n"), "{told}");
    assert!(
        told.contains("firm: deep.rent: deep.rent cannot be reached"),
        "{told}"
    );
    assert!(told.contains("firm: Propstreet: answers\n"), "{told}");
}

#[tokio::test]
async fn a_bad_configuration_is_told_whole_and_nothing_starts() {
    let folder = Folder::new();
    let config = folder.write(
        "hausgraph.toml",
        r#"
        [[issuer]]
        secret = "env:HAUSGRAPH_TESTS_HAVE_NO_SUCH"
        isuer = "the-tests"
        audience = "hausgraph"
        [upstreams.propstack]
        base_url = "http://127.0.0.1:4010"
        [[organization]]
        id = "firm"
        name = "A firm"
        [[organization]]
        id = "firm"
        name = "The same"
        deeprent = { api_key = "file:/no/such/file" }
        "#,
    );
    for command in ["serve", "check"] {
        let output = run(&[command, "--config", &config]).await;

        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(output.stdout.is_empty());
        assert_eq!(
            text(&output.stderr),
            "hausgraph: the configuration has problems:
  - issuer[0].issuer: is missing
  - issuer[0].isuer: there is no such setting; did you mean issuer?
  - issuer[0].secret: the environment has no HAUSGRAPH_TESTS_HAVE_NO_SUCH
  - organization[1].deeprent.api_key: cannot read /no/such/file: No such file or directory (os error 2)
  - organization[1].id: organization[0].id has the same
  - upstreams.propstack.base_url: expected https: plain http is for a sandbox
"
        );
    }

    let lost = run(&["serve", "--config", "/no/such/file"]).await;
    assert_eq!(lost.status.code(), Some(1));
    assert!(text(&lost.stderr).contains("cannot read /no/such/file"));
}

#[tokio::test]
async fn the_environment_alone_configures_a_gateway_that_a_flag_corrects() {
    let folder = Folder::new();
    let command = |arguments: &[&str]| {
        let mut command = hausgraph(arguments);
        command
            .current_dir(folder.root())
            .env("HAUSGRAPH__LISTEN", "nowhere")
            .env("HAUSGRAPH__STORE__URL", "sqlite::memory:");
        command
    };
    let mut whole = command(&["serve", "--listen", "127.0.0.1:0"]);
    whole.env(
        "HAUSGRAPH__ISSUER",
        r#"[{ issuer = "the-tests", audience = "hausgraph", secret = "env:TOKEN_SECRET" }]"#,
    );

    let mut gateway = Running::of(whole);
    gateway.lines_until("listening").await;
    assert_eq!(gateway.stop().await.code(), Some(0));

    let mut lacking = command(&["check"]);
    lacking.env(
        "HAUSGRAPH__ISSUER",
        r#"[{ issuer = "the-tests", secret = "env:TOKEN_SECRET" }]"#,
    );
    let output = spawn_blocking(move || lacking.output().unwrap());
    let output = timeout(PATIENCE, output).await.expect("it ends").unwrap();
    assert_eq!(
        text(&output.stderr),
        "hausgraph: the configuration has problems:
  - hausgraph.toml: there is none here, so only the environment was asked
  - issuer[0].audience: is missing (from HAUSGRAPH__ISSUER)
  - listen: invalid socket address syntax (from HAUSGRAPH__LISTEN)
"
    );
}

#[tokio::test]
async fn sandbox_prints_how_its_systems_are_reached() {
    let mut sandbox = Running::start(&["sandbox", "--units", "40"]);

    let printed = sandbox.lines_until("}").await;
    let mut printed = printed.join("\n");
    while serde_json::from_str::<Value>(&printed).is_err() {
        printed += &sandbox.lines_until("}").await.join("\n");
    }

    let access: Value = serde_json::from_str(&printed).unwrap();
    let propstack = &access["propstack"];
    let of = |name: &str| propstack[name].as_str().unwrap();
    let units = http().get(format!("{}/units", of("base_url")));
    let units = units
        .header("X-API-KEY", of("api_key"))
        .send()
        .await
        .unwrap();
    assert_eq!(units.status(), 200);
    assert_eq!(sandbox.stop().await.code(), Some(0));
}
