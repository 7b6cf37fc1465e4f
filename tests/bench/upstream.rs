//! The three systems, recorded: what the sandbox answers, given back at little cost after a latency that can be set.
//!
//! Everything is asked of the real sandbox once. Ids and references are then left open in its answers, so that
//! requests that differ get answers that do: the sandbox itself would be the slowest of all processes here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing,
};
use hausgraph::{
    clock::Clock,
    sandbox::{self, Options, tenant::TenantAccess},
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    server,
    workload::{self, BODY_BYTES},
};

/// Enough for 100 projects.
const UNITS: usize = 1_000;

/// Where a text is left open.
const OPEN: &str = "@@";
/// Where a number is.
const OPEN_NUMBER: &str = "@#";

/// A text with places left open.
struct Template(Vec<String>);

impl Template {
    fn new(value: &Value) -> Self {
        let text = value
            .to_string()
            .replace(&format!("\"{OPEN_NUMBER}\""), OPEN);
        Self(text.split(OPEN).map(str::to_owned).collect())
    }

    /// Appends the text with `fill` in its places, one after another.
    fn write(&self, mut fill: impl FnMut() -> u64, to: &mut String) {
        let (first, rest) = self.0.split_first().unwrap();
        to.push_str(first);
        for piece in rest {
            to.push_str(&fill().to_string());
            to.push_str(piece);
        }
    }
}

/// What the systems answer.
struct Recorded {
    latency_ms: AtomicU64,
    calls: AtomicU64,
    clock: Clock,
    /// Propstack's flat rows, each without its id.
    units: Vec<Template>,
    /// A page of 100 of them.
    flat: Bytes,
    /// As many in full, as long as the workload wants it.
    full: Bytes,
    /// Propstreet's pages of 50 and of 100 projects, without the ids in Propstack.
    projects: [(String, Template); 2],
    /// A page of 10 prospects, without the project.
    prospects: Template,
}

type Upstream = Arc<Recorded>;

/// Serves until the process ends.
pub async fn run() {
    let upstream = Arc::new(record().await);
    let router = Router::new()
        .route("/openid/token", routing::post(token))
        .route("/v1/units", routing::get(units))
        .route("/api/v1/projects", routing::get(projects))
        .route("/api/v1/projects/{id}/prospects", routing::get(prospects))
        .route("/bench/latency/{ms}", routing::put(set_latency))
        .route("/bench/calls", routing::get(calls))
        .with_state(upstream);
    server::serve(router).await;
}

async fn set_latency(State(upstream): State<Upstream>, Path(ms): Path<u64>) {
    upstream.latency_ms.store(ms, Relaxed);
}

/// How many calls were answered so far; the exchange of a token is none.
async fn calls(State(upstream): State<Upstream>) -> String {
    upstream.calls.load(Relaxed).to_string()
}

async fn token() -> Response {
    let token = json!({ "access_token": "bench", "token_type": "Bearer", "expires_in": 86_400 });
    answer(token.to_string())
}

async fn units(State(upstream): State<Upstream>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut ids = Vec::new();
    let mut is_full = false;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "property_ids[]" => ids.push(value.parse::<u64>().unwrap()),
            "expand" => is_full = true,
            _ => {}
        }
    }
    upstream.wait().await;
    if is_full {
        return answer(upstream.full.clone());
    }
    if ids.is_empty() {
        return answer(upstream.flat.clone());
    }
    let mut body = String::with_capacity(2048 * ids.len());
    body.push_str(r#"{"data":"#);
    for (index, id) in ids.iter().enumerate() {
        body.push(if index == 0 { '[' } else { ',' });
        let row = &upstream.units[workload::row_of(*id)];
        row.write(|| *id, &mut body);
    }
    body.push_str(&format!(r#"],"meta":{{"total_count":{}}}}}"#, ids.len()));
    answer(body)
}

async fn projects(State(upstream): State<Upstream>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut size = String::new();
    let mut number = 0;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "page_size" => size = value.into_owned(),
            "updated_since" => number = workload::number_of(&value),
            _ => {}
        }
    }
    upstream.wait().await;
    let (_, page) = (upstream.projects.iter())
        .find(|(known, _)| *known == size)
        .unwrap_or_else(|| panic!("nobody asks for {size} projects"));
    let mut body = String::with_capacity(64 << 10);
    let mut next = workload::first_reference(number);
    let fill = || {
        next += 1;
        next
    };
    page.write(fill, &mut body);
    answer(body)
}

async fn prospects(State(upstream): State<Upstream>, Path(project): Path<u64>) -> Response {
    upstream.wait().await;
    let mut body = String::with_capacity(8 << 10);
    upstream.prospects.write(|| project, &mut body);
    answer(body)
}

fn answer(body: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.into()).into_response()
}

impl Recorded {
    async fn wait(&self) {
        self.calls.fetch_add(1, Relaxed);
        let latency = self.latency_ms.load(Relaxed);
        if latency > 0 {
            self.clock.sleep(Duration::from_millis(latency)).await;
        }
    }
}

async fn record() -> Recorded {
    let options = Options {
        units: UNITS,
        ..Options::default()
    };
    let sandbox = sandbox::start(options).await.unwrap();
    let access = &sandbox.access.demo;

    let list = "units?page=1&per=100&with_meta=1&sort_by=id&order=asc";
    let flat = propstack(access, list).await;
    let full = propstack(access, &format!("{list}&expand=1")).await;
    let units = rows(&flat).map(|row| {
        let mut row = row.clone();
        row["id"] = OPEN_NUMBER.into();
        Template::new(&row)
    });

    let mut page = propstreet(access, "projects?page_size=500").await;
    let projects: Vec<Value> = rows(&page)
        .map(|project| {
            let mut project = project.clone();
            project["asset"] = json!({ "type": "single" });
            project["externalRefs"] = json!([{ "namespace": "propstack", "id": OPEN }]);
            project
        })
        .collect();
    let projects = [50, 100].map(|size| {
        page["data"] = projects[..size].into();
        (size.to_string(), Template::new(&page))
    });

    let project = page["data"][0]["id"].as_str().unwrap();
    let path = format!("projects/{project}/prospects?page_size=10");
    let mut prospects = propstreet(access, &path).await;
    for prospect in prospects["data"].as_array_mut().unwrap() {
        prospect["projectId"] = OPEN.into();
    }
    assert_eq!(rows(&prospects).count(), 10);

    Recorded {
        latency_ms: AtomicU64::new(0),
        calls: AtomicU64::new(0),
        clock: Clock::system(),
        units: units.collect(),
        flat: flat.to_string().into(),
        full: lengthened(full).to_string().into(),
        projects,
        prospects: Template::new(&prospects),
    }
}

/// Rows with such texts that all of them take [`BODY_BYTES`].
fn lengthened(mut page: Value) -> Value {
    let missing = BODY_BYTES.saturating_sub(page.to_string().len());
    let rows = page["data"].as_array_mut().unwrap();
    let names = [
        "long_description_note",
        "long_location_note",
        "long_furnishing_note",
        "long_other_note",
    ];
    let text = "Helle Räume und kurze Wege. ";
    let length = missing / rows.len() / names.len();
    for row in rows {
        for name in names {
            row[name] = json!({ "label": name, "value": text.repeat(length / text.len()) });
        }
    }
    page
}

fn rows(page: &Value) -> impl Iterator<Item = &Value> {
    page["data"].as_array().unwrap().iter()
}

async fn propstack(access: &TenantAccess, path: &str) -> Value {
    let access = &access.propstack;
    let url = format!("{}/{path}", access.base_url);
    read(http().get(url).header("x-api-key", &access.api_key)).await
}

async fn propstreet(access: &TenantAccess, path: &str) -> Value {
    let access = &access.propstreet;
    let url = format!("{}/{path}", access.base_url);
    read(http().get(url).bearer_auth(&access.access_token)).await
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

async fn read(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let response = response.error_for_status().unwrap();
    response.json().await.unwrap()
}
