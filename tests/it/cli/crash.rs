//! A gateway that is killed in the middle of writes, again and again.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hausgraph::{
    model::{InvestorId, ProjectId, RecordId},
    sandbox::{self, Options, Sandbox, System, fault::Fault, fault::Rule},
};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::{
    configuration,
    operator::{CREATE, serve, told},
};
use crate::support::{Folder, http};

/// How often it is killed.
const KILLS: usize = 6;
/// Mutations beside the import, one half of each kind.
const MUTATIONS: usize = 200;
const IMPORTED: usize = 1_000;
/// Far beyond what it takes, a lease of a key for each kill included.
const PATIENCE: Duration = Duration::from_secs(300);

/// A mutation that is asked until it is acknowledged.
#[derive(Clone)]
struct Task {
    name: &'static str,
    input: Value,
    selection: &'static str,
}

struct Clients {
    token: String,
    graphql: watch::Receiver<String>,
    queue: Mutex<VecDeque<Task>>,
    left: AtomicUsize,
    acknowledged: Mutex<Vec<(Task, Value)>>,
}

impl Clients {
    /// Asks once; `None` when it is not acknowledged.
    async fn ask(&self, task: &Task) -> Option<Value> {
        let Task {
            name,
            input,
            selection,
        } = task;
        let kind = name[..1].to_uppercase() + &name[1..];
        let query = format!(
            "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {selection} errors {{ code }} }} }}"
        );
        let graphql = self.graphql.borrow().clone();
        let request = http().post(graphql).bearer_auth(&self.token);
        let request = request.json(&json!({ "query": query, "variables": { "input": input } }));
        // The gateway may be gone before, meanwhile, or in the middle of its answer.
        let answer: Value = request.send().await.ok()?.json().await.ok()?;
        let payload = &answer["data"][name];
        let mut codes = payload["errors"].as_array()?.iter();
        match codes.next() {
            None => Some(payload.clone()),
            Some(error) => {
                let code = error["code"].as_str().unwrap();
                let again = ["IN_PROGRESS", "OUTCOME_UNKNOWN", "UPSTREAM_UNAVAILABLE"];
                assert!(again.contains(&code), "{name}: {payload}");
                None
            }
        }
    }

    async fn work(&self) {
        while self.left.load(Ordering::SeqCst) > 0 {
            let next = self.queue.lock().unwrap().pop_front();
            let Some(task) = next else {
                tokio::task::yield_now().await;
                continue;
            };
            match self.ask(&task).await {
                Some(payload) => {
                    self.acknowledged.lock().unwrap().push((task, payload));
                    self.left.fetch_sub(1, Ordering::SeqCst);
                }
                None => self.queue.lock().unwrap().push_back(task),
            }
        }
    }
}

fn tasks(named: &ProjectId, filled: &ProjectId, sandbox: &Sandbox) -> VecDeque<Task> {
    let world = sandbox.shared.tenants[0].world();
    let persons = world.investors.iter().filter(|it| !it.is_company);
    let items: Vec<_> = persons
        .take(IMPORTED)
        .map(|it| json!({ "investorId": InvestorId::Person(it.id.to_string()).to_string() }))
        .collect();
    assert_eq!(items.len(), IMPORTED);
    let mut tasks: VecDeque<_> = (0..MUTATIONS)
        .map(|number| match number % 5 {
            // A record has at most 50 references.
            0 => Task {
                name: "setExternalReference",
                input: json!({
                    "id": named.to_string(),
                    "reference": { "namespace": format!("n-{number}"), "id": "1" },
                    "idempotencyKey": format!("k-{number}"),
                }),
                selection: "attempts",
            },
            _ => Task {
                name: "createProject",
                input: json!({
                    "name": format!("crash-{number}"),
                    "idempotencyKey": format!("k-{number}"),
                }),
                selection: "project { id name }",
            },
        })
        .collect();
    let import = Task {
        name: "importProspects",
        input: json!({ "projectId": filled.to_string(), "items": items, "idempotencyKey": "import" }),
        selection: "created { index } failed { index code }",
    };
    tasks.insert(MUTATIONS / 3, import);
    tasks
}

/// A new project, made while nothing goes wrong.
async fn project(clients: &Clients, name: &str) -> ProjectId {
    let task = Task {
        name: "createProject",
        input: json!({ "name": name }),
        selection: "project { id }",
    };
    let payload = clients.ask(&task).await.unwrap();
    ProjectId::decode(payload["project"]["id"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_stands_once_however_often_the_gateway_is_killed_meanwhile() {
    let options = Options {
        units: 1_800,
        ..Options::default()
    };
    let sandbox = sandbox::start(options).await.unwrap();
    sandbox.shared.switches_mut().propstreet.client_limit = 1_000_000;
    let folder = Folder::new();
    let config = folder.write("hausgraph.toml", &configuration(&sandbox, &folder));
    let (mut gateway, graphql) = serve(&config).await;
    let token = told(&config, &CREATE).await;
    let (address, moved) = watch::channel(graphql);
    let clients = Arc::new(Clients {
        token,
        graphql: moved,
        queue: Mutex::default(),
        left: AtomicUsize::new(MUTATIONS + 1),
        acknowledged: Mutex::default(),
    });
    let named = project(&clients, "named").await;
    let filled = project(&clients, "filled").await;
    *clients.queue.lock().unwrap() = tasks(&named, &filled, &sandbox);
    // Some answers are lost on the way, too.
    let lost = Rule::new(System::Propstreet, Fault::LoseAnswer).at("POST /api/v1/projects");
    sandbox.shared.faults.add(lost.times(5));
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let clients = Arc::clone(&clients);
        workers.spawn(async move { clients.work().await });
    }

    for _ in 0..KILLS {
        let calls = || sandbox.shared.journal.count_all(System::Propstreet);
        let until = calls() + fastrand::u64(5..35);
        // At whatever point of whatever is under way then.
        while calls() < until && clients.left.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        gateway.child.kill().unwrap();
        gateway.child.wait().unwrap();
        let (next, graphql) = serve(&config).await;
        gateway = next;
        address.send_replace(graphql);
    }
    let done = async { while workers.join_next().await.transpose().unwrap().is_some() {} };
    timeout(PATIENCE, done).await.expect("all are acknowledged");

    let acknowledged = std::mem::take(&mut *clients.acknowledged.lock().unwrap());
    assert_eq!(acknowledged.len(), MUTATIONS + 1);
    let world = sandbox.shared.tenants[0].world();
    for (task, payload) in &acknowledged {
        match task.name {
            "createProject" => {
                let name = payload["project"]["name"].as_str().unwrap();
                assert_eq!(task.input["name"], name);
                let deals: Vec<_> = world
                    .deals
                    .iter()
                    .filter(|deal| deal.name == name)
                    .collect();
                assert_eq!(deals.len(), 1, "{name}");
                let id = ProjectId::decode(payload["project"]["id"].as_str().unwrap()).unwrap();
                assert_eq!(deals[0].id.to_string(), id.key());
            }
            "setExternalReference" => {
                let namespace = task.input["reference"]["namespace"].as_str().unwrap();
                let deal = world
                    .deals
                    .iter()
                    .find(|deal| deal.id.to_string() == named.key());
                let references = deal.unwrap().references.iter();
                let found = references.filter(|reference| reference.namespace == namespace);
                assert_eq!(found.count(), 1, "{namespace}");
            }
            _ => {
                assert_eq!(payload["failed"], json!([]));
                assert_eq!(payload["created"].as_array().unwrap().len(), IMPORTED);
            }
        }
    }
    let bids = world.bids.iter();
    let added: Vec<_> = bids
        .filter(|bid| bid.deal.to_string() == filled.key())
        .map(|bid| bid.person.unwrap())
        .collect();
    assert_eq!(added.len(), IMPORTED);
    assert_eq!(added.iter().collect::<HashSet<_>>().len(), IMPORTED);
    drop(gateway);
}
