//! Imports: all records of a system go into the index, then those that have changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use hausgraph::{
    config::demo::ORGANIZATION,
    index::{Index, Indexed},
    job::schedule,
    model::{
        Contact, Development, Investor, Project, Property, PropertyProfile, Prospect, Protocol,
        RecordId,
    },
    sandbox::{
        Firm, System,
        churn::Churn,
        fault::{Fault, Rule},
    },
    upstream::{
        Scope, deeprent,
        propstack::{Archived, ContactsQuery, Form, UnitsQuery},
        propstreet::{ChangesQuery, ProjectsQuery, ProspectsQuery},
    },
};
use serde_json::{Value, json};

use crate::support::{TestGateway, http};

const JOB: &str = "job { id kind system status error stages { kind seen total created updated
    unchanged deleted skippedInactive failed } }";

/// Records by what names them, as JSON: the freshness of a record is not part of it.
type Records = BTreeMap<String, Value>;

fn record<T: Indexed>(record: &T) -> (String, Value) {
    let mut id = String::new();
    record.id().write_key(&mut id);
    (id, serde_json::to_value(record).unwrap())
}

fn records<T: Indexed>(rows: impl IntoIterator<Item = Arc<T>>) -> Records {
    rows.into_iter().map(|row| record(&*row)).collect()
}

/// Holds one reading against another, record by record, and says where they differ.
fn assert_same(found: &Records, expected: &Records) {
    let ids: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let differing: Vec<_> = ids
        .into_iter()
        .filter_map(|id| match (found.get(id), expected.get(id)) {
            (Some(found), Some(expected)) => {
                let fields = expected.as_object().into_iter().flatten();
                let fields = fields.chain(found.as_object().into_iter().flatten());
                let differing = fields.filter(|(name, _)| found[*name] != expected[*name]);
                let differing: BTreeSet<_> = differing
                    .map(|(name, _)| (name, found[name].to_string(), expected[name].to_string()))
                    .collect();
                (!differing.is_empty()).then(|| format!("{id} differs: {differing:?}"))
            }
            (Some(_), None) => Some(format!("{id} is no longer there")),
            (None, _) => Some(format!("{id} is missing")),
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

impl TestGateway {
    /// Imports to the end.
    pub async fn import(&self, system: &str, mode: &str) -> Value {
        let input = json!({ "system": system, "mode": mode });
        let payload = self.run("startImport", input, JOB).await;
        assert_eq!(payload["errors"], json!([]));
        self.hurry(Duration::from_secs(2), Arc::clone(&self.jobs).run_due())
            .await;
        let query = format!(
            "query($id: ID!) {{ {} }}",
            JOB.replacen("job", "job: importJob(id: $id)", 1)
        );
        let id = &payload["job"]["id"];
        self.data_with(&query, json!({ "id": id })).await["job"].clone()
    }

    pub fn index(&self) -> Index {
        Index::new(self.store.clone(), ORGANIZATION, BTreeMap::new())
    }

    async fn indexed<T: Indexed>(&self) -> Records {
        let rows = self.index().list_latest::<T>(None, 100_000).await.unwrap();
        records(rows.into_iter().map(|(_, row)| row))
    }

    /// What the systems hold, read page by page with clients of their own.
    async fn clients(&self) -> hausgraph::upstream::Clients {
        let tenant = self.tenants.find(ORGANIZATION).await.unwrap().unwrap();
        tenant.clients.scoped(&Scope::default())
    }

    async fn properties_there(&self) -> Records {
        let client = self.clients().await.propstack.unwrap();
        let mut found = Vec::new();
        for page in 1.. {
            let query = UnitsQuery {
                form: Form::Expanded,
                page,
                archived: Archived::Included,
                ..UnitsQuery::default()
            };
            let page = client.list_units(&query).await.unwrap();
            found.extend(page.rows);
            if page.received < 100 {
                break;
            }
        }
        records(found)
    }

    async fn contacts_there(&self) -> Records {
        let client = self.clients().await.propstack.unwrap();
        let mut found = Vec::new();
        for archived in [Archived::Excluded, Archived::Only] {
            for page in 1.. {
                let query = ContactsQuery {
                    page,
                    archived,
                    ..ContactsQuery::default()
                };
                let page = client.list_contacts(&query).await.unwrap();
                found.extend(page.rows.into_iter().map(|mut row| {
                    Arc::make_mut(&mut row).is_archived = archived == Archived::Only;
                    row
                }));
                if page.received < 100 {
                    break;
                }
            }
        }
        records(found)
    }

    async fn protocols_there(&self) -> Records {
        let client = self.clients().await.deeprent.unwrap();
        let (mut found, mut cursor) = (Vec::new(), None::<deeprent::Cursor>);
        loop {
            let page = client
                .list_protocols(200, cursor.as_ref(), true)
                .await
                .unwrap();
            found.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                return records(found.into_iter().filter(|row| row.deletion.is_none()));
            }
        }
    }

    async fn assert_propstack_is_indexed(&self) {
        assert_same(
            &self.indexed::<Property>().await,
            &self.properties_there().await,
        );
        assert_same(
            &self.indexed::<Contact>().await,
            &self.contacts_there().await,
        );
        let developments = self
            .clients()
            .await
            .propstack
            .unwrap()
            .list_developments()
            .await;
        let developments = records(developments.unwrap().into_iter().map(Arc::new));
        assert_same(&self.indexed::<Development>().await, &developments);
    }

    async fn assert_propstreet_is_indexed(&self) {
        let client = self.clients().await.propstreet.unwrap();
        // A world of the tests fits on one page of each list.
        let projects = client
            .list_projects(&ProjectsQuery::default(), None, 500)
            .await;
        let projects = projects.unwrap().rows;
        let mut prospects = Vec::new();
        for project in &projects {
            let query = ProspectsQuery::default();
            let page = client.list_prospects(&project.id, &query, None, 500).await;
            prospects.extend(page.unwrap().unwrap().rows);
        }
        assert_same(&self.indexed::<Project>().await, &records(projects));
        assert_same(&self.indexed::<Prospect>().await, &records(prospects));
        let query = ChangesQuery::default();
        let profiles = client.list_profiles(&query, None, 500).await.unwrap();
        assert_same(
            &self.indexed::<PropertyProfile>().await,
            &records(profiles.rows),
        );
        let persons = client.list_persons(&query, None, 500).await.unwrap();
        let companies = client.list_companies(&query, None, 500).await.unwrap();
        let investors = persons.rows.into_iter().chain(companies.rows);
        assert_same(&self.indexed::<Investor>().await, &records(investors));
    }

    async fn assert_all_is_indexed(&self) {
        self.assert_propstack_is_indexed().await;
        assert_same(
            &self.indexed::<Protocol>().await,
            &self.protocols_there().await,
        );
        self.assert_propstreet_is_indexed().await;
    }
}

/// The counts of one kind.
fn stage<'a>(job: &'a Value, kind: &str) -> &'a Value {
    let stages = job["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["kind"] == kind).unwrap()
}

#[tokio::test]
async fn a_full_import_of_each_system_leaves_the_index_equal_to_it() {
    let gateway = TestGateway::start().await;
    for system in ["PROPSTACK", "DEEPRENT", "PROPSTREET"] {
        let job = gateway.import(system, "FULL").await;
        assert_eq!(
            (&job["status"], &job["error"]),
            (&json!("SUCCEEDED"), &Value::Null)
        );
        assert_eq!(job["kind"], "FULL_IMPORT");
        for stage in job["stages"].as_array().unwrap() {
            let sum = ["created", "skippedInactive"].map(|count| stage[count].as_i64().unwrap());
            assert_eq!(
                stage["seen"].as_i64().unwrap(),
                sum.iter().sum::<i64>(),
                "{stage}"
            );
            assert_eq!(stage["seen"], stage["total"]);
            assert!(sum[0] > 0, "{stage}");
        }
        if system == "PROPSTACK" {
            assert!(stage(&job, "property")["skippedInactive"].as_i64().unwrap() > 0);
        }
    }
    gateway.assert_all_is_indexed().await;
    // The walk met all, so the flat one was not needed: three pages of a hundred.
    assert_eq!(gateway.calls(System::Propstack, "GET /v1/units"), 3 + 3);
}

#[tokio::test]
async fn what_is_known_already_is_unchanged_and_one_import_of_a_system_is_done_at_a_time() {
    let gateway = TestGateway::start().await;
    gateway.import("PROPSTREET", "DELTA").await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(60));
    let again = gateway.import("PROPSTREET", "FULL").await;
    for stage in again["stages"].as_array().unwrap() {
        assert_eq!(stage["unchanged"], stage["seen"], "{stage}");
    }
    let start = async || {
        let input = json!({ "system": "PROPSTREET" });
        gateway
            .run("startImport", input, "job { status } errors { code }")
            .await
    };
    assert_eq!(start().await["job"]["status"], "QUEUED");
    let second = start().await;
    assert_eq!(second["job"], Value::Null);
    assert_eq!(second["errors"][0]["code"], "IN_PROGRESS");
}

/// What one import asked of a system, by endpoint.
struct Calls(BTreeMap<String, u64>);

impl TestGateway {
    fn calls_of(&self, system: System) -> BTreeMap<String, u64> {
        let mut counts = self.sandbox.shared.journal.counts();
        counts.remove(&system).unwrap_or_default()
    }

    /// Imports what has changed, and tells what it asked for.
    async fn delta(&self, system: System, name: &str) -> (Value, Calls) {
        let before = self.calls_of(system);
        let job = self.import(name, "DELTA").await;
        assert_eq!(
            (&job["status"], &job["kind"]),
            (&json!("SUCCEEDED"), &json!("DELTA_IMPORT"))
        );
        let after = self.calls_of(system).into_iter();
        let asked = after.map(|(endpoint, count)| {
            let count = count - before.get(&endpoint).copied().unwrap_or_default();
            (endpoint, count)
        });
        (job, Calls(asked.filter(|(_, count)| *count > 0).collect()))
    }

    /// A gateway that has imported all three systems an hour ago.
    pub async fn all_imported() -> Self {
        let gateway = Self::start().await;
        for system in ["PROPSTACK", "DEEPRENT", "PROPSTREET"] {
            assert_eq!(gateway.import(system, "FULL").await["status"], "SUCCEEDED");
        }
        gateway.pass(3_600);
        gateway
    }

    fn pass(&self, seconds: u64) {
        self.sandbox
            .shared
            .clock
            .advance(Duration::from_secs(seconds));
    }

    fn churn(&self, system: System, changed: usize, deleted: usize, created: usize) {
        self.sandbox.shared.churn(&Churn {
            system,
            changed,
            deleted,
            created,
            seed: 7,
            firm: Firm::default(),
        });
        self.pass(60);
    }
}

#[tokio::test]
async fn a_delta_of_propstack_ends_equal_for_the_changed_pages_and_a_walk_of_ids() {
    let gateway = TestGateway::all_imported().await;
    gateway.churn(System::Propstack, 40, 9, 11);
    let (job, Calls(calls)) = gateway.delta(System::Propstack, "PROPSTACK").await;
    gateway.assert_propstack_is_indexed().await;
    println!("{calls:?} {}", job["stages"]);
    let deleted = |kind| stage(&job, kind)["deleted"].as_i64().unwrap();
    assert!(deleted("property") + deleted("contact") > 0);
    // One page of what has changed, one of ids; those not met are looked for once more; those that
    // were tied to contacts who are gone are read again.
    assert!(calls["GET /v1/units"] <= 4, "{calls:?}");
    // Those that are not archived, and those that are.
    assert_eq!(calls["GET /v1/contacts"], 2);
}

#[tokio::test]
async fn a_delta_of_propstreet_ends_equal_and_asks_for_changes_alone() {
    let gateway = TestGateway::all_imported().await;
    let projects = {
        let projects = gateway.indexed::<Project>().await;
        u64::try_from(projects.len()).unwrap()
    };
    gateway.churn(System::Propstreet, 60, 12, 10);
    let (job, Calls(calls)) = gateway.delta(System::Propstreet, "PROPSTREET").await;
    gateway.assert_propstreet_is_indexed().await;
    println!("{calls:?} {}", job["stages"]);
    for list in [
        "projects",
        "properties",
        "network/contacts",
        "network/companies",
    ] {
        assert_eq!(calls[&format!("GET /api/v1/{list}")], 1, "{calls:?}");
    }
    // Prospects are listed by project.
    assert!(
        calls["GET /api/v1/projects/{id}/prospects"] <= projects + 10,
        "{calls:?}"
    );
    let seen = |kind| stage(&job, kind)["seen"].as_i64().unwrap();
    assert!(
        seen("prospect") < 100 && seen("investor") < 100,
        "{}",
        job["stages"]
    );
}

#[tokio::test]
async fn a_delta_of_deeprent_reads_up_to_the_first_that_is_known_and_a_full_import_the_rest() {
    let gateway = TestGateway::all_imported().await;
    gateway.churn(System::DeepRent, 20, 5, 8);
    let (job, Calls(calls)) = gateway.delta(System::DeepRent, "DEEPRENT").await;
    assert_eq!(stage(&job, "protocol")["created"], 8);
    assert_eq!(calls["GET /external/protocols"], 1);
    // What changed further down is found by the next walk through all of them.
    gateway.pass(60);
    let full = gateway.import("DEEPRENT", "FULL").await;
    println!("{}", full["stages"]);
    assert_same(
        &gateway.indexed::<Protocol>().await,
        &gateway.protocols_there().await,
    );
}

#[tokio::test]
async fn an_import_that_is_broken_off_anywhere_is_gone_on_with_and_ends_equal() {
    let gateway = TestGateway::start().await;
    for (system, name) in [
        (System::Propstack, "PROPSTACK"),
        (System::Propstreet, "PROPSTREET"),
        (System::DeepRent, "DEEPRENT"),
    ] {
        let input = json!({ "system": name, "mode": "FULL" });
        let job = gateway.run("startImport", input, JOB).await["job"].clone();
        let clock = &gateway.sandbox.shared.clock;
        for broken in 0..100_u64 {
            let until = gateway.all_calls(system) + 1 + broken % 3;
            let enough = async {
                while gateway.all_calls(system) < until {
                    tokio::task::yield_now().await;
                }
            };
            let work = Arc::clone(&gateway.jobs).run_due();
            tokio::select! {
                () = gateway.hurry(Duration::from_secs(2), work) => {}
                () = enough => {}
            }
            // Nobody holds it any more.
            clock.advance(Duration::from_secs(20));
        }
        gateway
            .hurry(Duration::from_secs(2), Arc::clone(&gateway.jobs).run_due())
            .await;
        let query = "query($id: ID!) { importJob(id: $id) { status } }";
        let ended = gateway.data_with(query, json!({ "id": job["id"] })).await;
        assert_eq!(ended["importJob"]["status"], "SUCCEEDED");
    }
    gateway.assert_all_is_indexed().await;
}

#[tokio::test]
async fn what_deeprent_cannot_look_up_costs_one_page_of_what_is_newer() {
    let query = "{ properties(first: 50) { nodes { id protocols(first: 100) { nodes { id
        property { id } freshness { servedFrom isStale } } } } } }";
    let gateway = TestGateway::all_imported().await;
    gateway.sandbox.shared.journal.clear();
    let data = gateway.data(query).await;
    let mut links = 0;
    for property in data["properties"]["nodes"].as_array().unwrap() {
        for protocol in property["protocols"]["nodes"].as_array().unwrap() {
            assert_eq!(protocol["property"]["id"], property["id"]);
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
    assert_eq!(
        gateway.calls(System::DeepRent, "GET /external/protocols"),
        1
    );

    // A protocol by its id takes no call at all.
    let nodes = data["properties"]["nodes"].as_array().unwrap();
    let protocols = nodes
        .iter()
        .flat_map(|node| node["protocols"]["nodes"].as_array().unwrap());
    let protocol = protocols.last().unwrap();
    gateway.sandbox.shared.journal.clear();
    let query = "query($id: ID!) { protocol(by: { id: $id }) { id freshness { servedFrom } } }";
    let found = gateway
        .data_with(query, json!({ "id": protocol["id"] }))
        .await;
    assert_eq!(found["protocol"]["id"], protocol["id"]);
    assert_eq!(found["protocol"]["freshness"]["servedFrom"], "INDEX");
    assert_eq!(gateway.all_calls(System::DeepRent), 0);
    let absent = "{ protocol(by: { upstreamId: \"Nobody-has-this\" }) { id } }";
    assert_eq!(gateway.data(absent).await["protocol"], Value::Null);
    assert_eq!(
        gateway.calls(System::DeepRent, "GET /external/protocols"),
        1
    );

    // A new one is there at once.
    gateway.churn(System::DeepRent, 0, 0, 1);
    let newest = gateway.protocols_there().await;
    let indexed = gateway.indexed::<Protocol>().await;
    let new = newest.keys().find(|id| !indexed.contains_key(*id)).unwrap();
    let query = "query($id: String!) { protocol(by: { upstreamId: $id }) { source { id } } }";
    let found = gateway.data_with(query, json!({ "id": new })).await;
    assert_eq!(found["protocol"]["source"]["id"], json!(new));
}

#[tokio::test]
async fn whoever_asks_for_something_new_sees_the_same_links_of_records_read_just_now() {
    let gateway = TestGateway::all_imported().await;
    let query = "{
      properties(first: 50) { nodes { id projects { nodes { id freshness { servedFrom } } } } }
      projects(first: 50) { nodes { id properties { nodes { id } } } }
      protocols(first: 50) { nodes { id property { id } } }
      investors(first: 50) { nodes { id contact { id } } } }";
    let told = gateway.data(query).await;
    let token = gateway.token(ORGANIZATION, &[]);
    let request = http()
        .post(format!("{}/graphql", gateway.origin))
        .bearer_auth(token)
        .header("cache-control", "no-cache")
        .json(&json!({ "query": query }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer.get("errors"), None);
    let plain = |data: &Value| data.to_string().replace("\"INDEX\"", "\"UPSTREAM\"");
    assert_eq!(plain(&answer["data"]), plain(&told));
    assert!(!answer["data"].to_string().contains("INDEX"));
}

#[tokio::test]
async fn while_deeprent_is_down_what_was_imported_is_still_told_and_marked() {
    let gateway = TestGateway::all_imported().await;
    let query = "{ properties(first: 50) { nodes { protocols(first: 100) { nodes { id
        freshness { servedFrom isStale } } } } } }";
    let before = gateway.data(query).await;
    gateway
        .sandbox
        .shared
        .faults
        .add(Rule::new(System::DeepRent, Fault::Drop));
    let answer = gateway
        .hurry(Duration::from_secs(5), gateway.ask_with(query, json!({})))
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let ids = |data: &Value| {
        let nodes = data["properties"]["nodes"].as_array().unwrap().clone();
        let protocols = nodes
            .into_iter()
            .flat_map(|node| node["protocols"]["nodes"].as_array().unwrap().clone());
        protocols.collect::<Vec<_>>()
    };
    let told = ids(&answer["data"]);
    assert_eq!(told.len(), ids(&before).len());
    for protocol in told {
        let marked = json!({ "servedFrom": "INDEX", "isStale": true });
        assert_eq!(protocol["freshness"], marked);
    }
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_waited_for_and_takes_nothing_away() {
    let gateway = TestGateway::all_imported().await;
    let before = gateway.indexed::<Property>().await;
    let fault = Rule::new(System::Propstack, Fault::WrongTypes).at("GET /v1/units");
    gateway.sandbox.shared.faults.add(fault);
    let job = gateway.import("PROPSTACK", "FULL").await;
    assert_eq!(job["status"], "PAUSED", "{job}");
    assert_ne!(job["error"], Value::Null);
    assert_same(&gateway.indexed::<Property>().await, &before);
}

#[tokio::test]
async fn an_import_waits_for_a_system_that_is_down_and_goes_on() {
    let gateway = TestGateway::start().await;
    gateway
        .sandbox
        .shared
        .faults
        .add(Rule::new(System::DeepRent, Fault::Drop));
    let job = gateway.import("DEEPRENT", "FULL").await;
    assert_eq!(job["status"], "PAUSED");
    gateway.sandbox.shared.faults.clear();
    gateway.pass(120);
    gateway
        .hurry(Duration::from_secs(2), Arc::clone(&gateway.jobs).run_due())
        .await;
    assert_same(
        &gateway.indexed::<Protocol>().await,
        &gateway.protocols_there().await,
    );
}

#[tokio::test]
async fn imports_are_made_when_they_are_due_and_once_by_all_replicas() {
    let gateway = TestGateway::configured(crate::support::sandbox().await, |config| {
        config.imports = schedule::Settings {
            delta_seconds: 60,
            full_seconds: 86_400,
        };
    })
    .await;
    let jobs = async |status: &str| {
        let query = "query($status: ImportStatus!) { importJobs(filter: { status: $status }) {
            nodes { kind system } } }";
        let found = gateway.data_with(query, json!({ "status": status })).await;
        found["importJobs"]["nodes"].as_array().unwrap().clone()
    };
    let of = |kind: &str, jobs: &[Value]| jobs.iter().filter(|job| job["kind"] == kind).count();
    for _ in 0..3 {
        gateway.jobs.schedule().await.unwrap();
    }
    assert_eq!(of("FULL_IMPORT", &jobs("QUEUED").await), 3);
    let work = async || {
        gateway
            .hurry(Duration::from_secs(2), Arc::clone(&gateway.jobs).run_due())
            .await;
    };
    work().await;
    assert_eq!(of("FULL_IMPORT", &jobs("SUCCEEDED").await), 3);
    gateway.jobs.schedule().await.unwrap();
    assert_eq!(jobs("QUEUED").await, [] as [Value; 0]);
    gateway.pass(61);
    gateway.jobs.schedule().await.unwrap();
    assert_eq!(of("DELTA_IMPORT", &jobs("QUEUED").await), 3);
    work().await;
    gateway.assert_all_is_indexed().await;
}

#[tokio::test]
async fn what_other_credentials_have_read_is_not_told() {
    let gateway = TestGateway::all_imported().await;
    let elsewhere = BTreeMap::from([(hausgraph::model::System::DeepRent, 1)]);
    let other = Index::new(gateway.store.clone(), ORGANIZATION, elsewhere);
    assert_eq!(other.list_latest::<Protocol>(None, 10).await.unwrap(), []);
    let states = other.states().await.unwrap();
    assert!(
        states
            .iter()
            .all(|(kind, _)| *kind != hausgraph::model::RecordKind::Protocol)
    );
    assert!(states.len() > 5);
}
