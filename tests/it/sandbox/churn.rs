//! Records change, go and come: the lists of each system tell exactly what the report says.

use std::{collections::BTreeMap, time::Duration};

use hausgraph::sandbox::{
    Sandbox, System,
    churn::{Churn, Ids, Kind, Report},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{http, sandbox};

/// Rows by kind and id.
type Rows = BTreeMap<(Kind, String), Value>;

async fn read(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.json().await.unwrap()
}

/// The id of a row, which some write as a number.
fn id(row: &Value) -> String {
    row["id"]
        .as_str()
        .map_or_else(|| row["id"].to_string(), str::to_owned)
}

fn add(rows: &mut Rows, kind: Kind, found: &Value) {
    for row in found.as_array().unwrap() {
        assert!(
            rows.insert((kind, id(row)), row.clone()).is_none(),
            "{row} twice"
        );
    }
}

async fn propstack(sandbox: &Sandbox, path: &str) -> Value {
    let access = &sandbox.access.demo.propstack;
    let request = http().get(format!("{}/{path}", access.base_url));
    read(request.header("x-api-key", &access.api_key)).await
}

/// All pages of a list, which has a query.
async fn pages(sandbox: &Sandbox, path: &str, name: Option<&str>) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let body = propstack(sandbox, &format!("{path}&per=90&page={page}")).await;
        let rows = name.map_or(&body, |name| &body[name]).as_array().unwrap();
        if rows.is_empty() {
            break;
        }
        all.extend(rows.clone());
    }
    all
}

async fn propstack_rows(sandbox: &Sandbox) -> Rows {
    let mut rows = Rows::new();
    for (kind, list) in [(Kind::Unit, "units"), (Kind::Contact, "contacts")] {
        let path = format!("{list}?archived=-1&sort_by=id&order=asc");
        add(&mut rows, kind, &pages(sandbox, &path, None).await.into());
    }
    rows
}

async fn deeprent_page(sandbox: &Sandbox, query: &str) -> Value {
    let access = &sandbox.access.demo.deeprent;
    let request = http().get(format!(
        "{}/external/protocols?limit=200{query}",
        access.base_url
    ));
    read(request.header("x-api-key", &access.api_key)).await
}

async fn propstreet(sandbox: &Sandbox, path: &str) -> Value {
    let access = &sandbox.access.demo.propstreet;
    let request = http().get(format!("{}/{path}", access.base_url));
    let page = read(request.bearer_auth(&access.access_token)).await;
    assert_eq!(page["page"]["hasMore"], false, "{path} has a second page");
    page["data"].clone()
}

/// Every list with this query, and the prospects of every project that is there.
async fn propstreet_rows(sandbox: &Sandbox, query: &str) -> Rows {
    sandbox.shared.switches_mut().propstreet.personal_limit = 1_000_000;
    let mut rows = Rows::new();
    for (kind, list) in [
        (Kind::Project, "projects"),
        (Kind::NetworkContact, "network/contacts"),
        (Kind::NetworkCompany, "network/companies"),
        (Kind::Property, "properties"),
    ] {
        add(
            &mut rows,
            kind,
            &propstreet(sandbox, &format!("{list}?{query}")).await,
        );
    }
    for project in propstreet(sandbox, "projects?").await.as_array().unwrap() {
        let path = format!("projects/{}/prospects?{query}", id(project));
        add(&mut rows, Kind::Prospect, &propstreet(sandbox, &path).await);
    }
    rows
}

/// Through the control plane, an hour later.
async fn churn(sandbox: &Sandbox, order: Value) -> Report {
    sandbox.shared.clock.advance(Duration::from_secs(3600));
    let url = format!("{}/__sim/changes", sandbox.access.control);
    let body = read(http().post(url).json(&order)).await;
    let ids = |name: &str| serde_json::from_value::<Ids>(body[name].clone()).unwrap();
    Report {
        at: serde_json::from_value(body["at"].clone()).unwrap(),
        changed: ids("changed"),
        deleted: ids("deleted"),
        created: ids("created"),
    }
}

fn count(ids: &Ids) -> usize {
    ids.values().map(Vec::len).sum()
}

fn by_kind(found: impl IntoIterator<Item = (Kind, String)>) -> Ids {
    let mut ids = Ids::new();
    for (kind, id) in found {
        ids.entry(kind).or_default().push(id);
    }
    ids
}

fn sorted(mut ids: Ids) -> Ids {
    ids.values_mut().for_each(|ids| ids.sort());
    ids
}

/// What differs between two readings, as a report would tell it.
fn assert_told(report: &Report, before: &Rows, after: &Rows, is_gone: impl Fn(&Value) -> bool) {
    let there = |rows: &Rows, key| rows.get(key).is_some_and(|row| !is_gone(row));
    let changed = after
        .iter()
        .filter(|(key, row)| there(before, key) && !is_gone(row) && before.get(key) != Some(row));
    let deleted = before
        .keys()
        .filter(|key| there(before, key) && !there(after, key));
    let created = after.keys().filter(|key| !before.contains_key(key));
    let keys = |changed: Vec<&(Kind, String)>| by_kind(changed.into_iter().cloned());
    let changed = keys(changed.map(|(key, _)| key).collect());
    assert_eq!(sorted(changed), sorted(report.changed.clone()));
    assert_eq!(
        sorted(keys(deleted.collect())),
        sorted(report.deleted.clone())
    );
    assert_eq!(
        sorted(keys(created.collect())),
        sorted(report.created.clone())
    );
}

#[tokio::test]
async fn propstack_tells_changes_by_time_and_deletions_by_absence_alone() {
    let sandbox = sandbox().await;
    let before = propstack_rows(&sandbox).await;
    let ties = pages(&sandbox, "relationships?", None).await;

    let order =
        json!({"system": "propstack", "changed": 60, "deleted": 30, "created": 9, "seed": 3});
    let report = churn(&sandbox, order).await;

    let sizes = [&report.changed, &report.deleted, &report.created].map(count);
    assert_eq!(sizes, [60, 30, 9]);
    assert_eq!(report.changed[&Kind::Unit].len(), 40);
    let after = propstack_rows(&sandbox).await;
    assert_told(&report, &before, &after, |_| false);
    let since = "updated_at_from=2026-03-02&archived=-1&sort_by=id";
    let fresh = pages(&sandbox, &format!("units?{since}"), None).await;
    let at = report.at.timestamp_millis();
    for row in &fresh {
        let text = row["updated_at"].as_str().unwrap();
        let instant = chrono::DateTime::parse_from_rfc3339(text).unwrap();
        assert_eq!(instant.timestamp_millis(), at, "{row}");
    }
    let told = report.changed[&Kind::Unit].len() + report.created[&Kind::Unit].len();
    assert_eq!(fresh.len(), told);

    // What was tied to them is gone as well, and every other tie is as it was.
    let is_gone = |kind, value: &Value| {
        let gone = report.deleted.get(&kind);
        gone.is_some_and(|gone| gone.contains(&value.to_string()))
    };
    let mut left = ties.clone();
    left.retain(|tie| {
        !is_gone(Kind::Unit, &tie["property_id"])
            && !is_gone(Kind::Contact, &tie["related_client_id"])
    });
    assert!(left.len() < ties.len());
    let new = |tie: &Value| report.created[&Kind::Unit].contains(&tie["property_id"].to_string());
    let mut now = pages(&sandbox, "relationships?", None).await;
    now.retain(|tie| !new(tie));
    assert_eq!(now, left);
    let gone = &report.deleted[&Kind::Unit][0];
    let documents = propstack(&sandbox, &format!("documents?property={gone}")).await;
    assert_eq!(documents["meta"]["total_count"], 0);
    let listed = pages(&sandbox, "documents?", Some("documents")).await.len();
    let world = sandbox.shared.tenants[0].world();
    for unit in &world.units {
        let of_owner = unit.people.iter().filter_map(|(_, id)| world.person(*id));
        for person in of_owner {
            assert!(world.units_of(person.id).any(|its| its.id == unit.id));
        }
    }
    assert_eq!(listed, world.documents.len());
}

#[tokio::test]
async fn propstack_never_gives_an_id_twice() {
    let sandbox = sandbox().await;
    let everything = Churn {
        system: System::Propstack,
        changed: 0,
        deleted: 10_000,
        created: 30,
        seed: 1,
        firm: Default::default(),
    };
    let mut given: Vec<_> = propstack_rows(&sandbox).await.into_keys().collect();
    for _ in 0..3 {
        let created = sandbox.shared.churn(&everything).created;
        let of_kind = |(kind, ids): (Kind, Vec<String>)| ids.into_iter().map(move |id| (kind, id));
        given.extend(created.into_iter().flat_map(of_kind));
    }
    let count = given.len();
    given.sort();
    given.dedup();
    assert_eq!(given.len(), count);
    let world = sandbox.shared.tenants[0].world();
    assert!(world.units.is_sorted_by(|left, right| left.id < right.id));
    assert!(world.people.is_sorted_by(|left, right| left.id < right.id));
    assert!(world.units.len() < 30 && world.people.len() < 30);
}

#[tokio::test]
async fn deeprent_signs_on_page_one_and_raises_the_version_of_the_rest() {
    let sandbox = sandbox().await;
    let rows = |page: &Value| {
        let mut rows = Rows::new();
        add(&mut rows, Kind::Protocol, &page["protocols"]);
        rows
    };
    let before = rows(&deeprent_page(&sandbox, "&includeDeleted=true").await);

    let order = json!({"system": "deeprent", "changed": 20, "deleted": 5, "created": 7, "seed": 3});
    let report = churn(&sandbox, order).await;

    let page = deeprent_page(&sandbox, "&includeDeleted=true").await;
    let after = rows(&page);
    assert_told(&report, &before, &after, |row| {
        !row["meta"]["deletedAt"].is_null()
    });
    assert_eq!(
        [&report.changed, &report.deleted, &report.created].map(count),
        [20, 5, 7]
    );
    let stamp = "2026-03-02T09:00:00Z";
    let first = page["protocols"].as_array().unwrap();
    for row in &first[..7] {
        assert!(report.created[&Kind::Protocol].contains(&id(row)));
        assert_eq!(row["protocol"]["createdAt"], stamp);
        assert_eq!(row["meta"]["version"], 1);
    }
    let touched = report.changed[&Kind::Protocol].iter();
    for id in touched.chain(&report.deleted[&Kind::Protocol]) {
        let key = (Kind::Protocol, id.clone());
        let version = |rows: &Rows| rows[&key]["meta"]["version"].as_u64().unwrap();
        assert_eq!(version(&after), version(&before) + 1);
        assert_eq!(after[&key]["meta"]["updatedAt"], stamp);
        assert_eq!(
            after[&key]["protocol"]["createdAt"],
            before[&key]["protocol"]["createdAt"]
        );
    }
    let shown = rows(&deeprent_page(&sandbox, "").await);
    for id in &report.deleted[&Kind::Protocol] {
        assert_eq!(
            after[&(Kind::Protocol, id.clone())]["meta"]["deletedAt"],
            stamp
        );
        assert!(!shown.contains_key(&(Kind::Protocol, id.clone())));
    }
    let holds = after
        .values()
        .filter(|row| row["meta"]["legalHold"] == true)
        .count();
    assert!(holds > 0);
    let world = sandbox.shared.tenants[0].world();
    let age = |at: usize| (world.handovers[at].created_at, &world.handovers[at].id);
    assert!((1..world.handovers.len()).all(|at| age(at - 1) > age(at)));
}

#[tokio::test]
async fn propstreet_tells_all_of_it_since_the_instant_of_the_change() {
    let sandbox = sandbox().await;
    let all = "include_deleted=true";
    let before = propstreet_rows(&sandbox, all).await;

    let order =
        json!({"system": "propstreet", "changed": 40, "deleted": 12, "created": 10, "seed": 3});
    let report = churn(&sandbox, order).await;

    assert_eq!(
        [&report.changed, &report.deleted, &report.created].map(count),
        [40, 12, 10]
    );
    for kind in [
        Kind::Project,
        Kind::Prospect,
        Kind::NetworkContact,
        Kind::NetworkCompany,
    ] {
        for ids in [&report.changed, &report.deleted, &report.created] {
            assert!(ids.contains_key(&kind), "{kind:?}");
        }
    }
    assert!(report.changed.contains_key(&Kind::Property));
    let since = format!("{all}&updated_since={}", "2026-03-02T09:00:00Z");
    let delta = propstreet_rows(&sandbox, &since).await;
    let told = [&report.changed, &report.deleted, &report.created];
    let mut expected = Ids::new();
    for (kind, ids) in told.into_iter().flatten() {
        expected.entry(*kind).or_default().extend(ids.clone());
    }
    assert_eq!(sorted(by_kind(delta.keys().cloned())), sorted(expected));
    for (key, row) in &delta {
        let is_deleted = report
            .deleted
            .get(&key.0)
            .is_some_and(|ids| ids.contains(&key.1));
        assert_eq!(row["deletedUtc"].is_string(), is_deleted, "{row}");
        if let Some(former) = before.get(key) {
            assert_ne!(former["etag"], row["etag"]);
        }
        let shows = |row: &Value| {
            let mut row = row.clone();
            for name in ["etag", "updatedUtc", "changeType"] {
                row[name] = Value::Null;
            }
            row
        };
        let looks_alike = before
            .get(key)
            .is_some_and(|former| shows(former) == shows(row));
        assert!(!looks_alike, "nothing but the etag of {row} changed");
    }
    let world = sandbox.shared.tenants[0].world();
    let key = |at: usize| (world.investors[at].is_company, world.investors[at].id);
    assert!((1..world.investors.len()).all(|at| key(at - 1) < key(at)));
    assert!(world.deals.is_sorted_by(|left, right| left.id < right.id));
    assert!(world.bids.is_sorted_by(|left, right| left.id < right.id));
}

#[tokio::test]
async fn equal_orders_do_the_same_and_only_in_the_firm_that_they_name() {
    let (one, other) = (sandbox().await, sandbox().await);
    for system in ["propstack", "deeprent", "propstreet"] {
        let order = json!({"system": system, "changed": 9, "deleted": 4, "created": 3, "seed": 5});
        let report = churn(&one, order.clone()).await;
        assert_eq!(churn(&other, order).await, report);
        let mut order = json!({"system": system, "changed": 2, "seed": 5});
        let again = churn(&one, order.clone()).await;
        order["seed"] = json!(6);
        assert_ne!(churn(&other, order.clone()).await.changed, again.changed);
        let text = |sandbox: &Sandbox| {
            let world = sandbox.shared.tenants[0].world();
            format!(
                "{:?}{:?}{:?}{:?}",
                world.units, world.handovers, world.deals, world.bids
            )
        };
        let before = text(&other);
        order["firm"] = json!("foreign");
        churn(&one, order.clone()).await;
        assert_eq!(count(&churn(&other, order).await.changed), 2);
        assert_eq!(text(&other), before);
    }
}

#[tokio::test]
async fn a_walk_sees_what_changed_in_the_middle_of_it() {
    let sandbox = sandbox().await;
    let path = "units?archived=-1&sort_by=id&order=asc&with_meta=1&per=100&page=";
    let total = |page: Value| page["meta"]["total_count"].as_u64().unwrap();
    let first = total(propstack(&sandbox, &format!("{path}1")).await);

    churn(&sandbox, json!({"system": "propstack", "deleted": 30})).await;

    let second = propstack(&sandbox, &format!("{path}2")).await;
    assert_eq!(total(second), first - 20);
}

#[tokio::test]
async fn a_useless_order_is_refused() {
    let sandbox = sandbox().await;
    let url = format!("{}/__sim/changes", sandbox.access.control);
    for order in [
        json!({"changed": 1}),
        json!({"system": "propstack", "moved": 1}),
        json!({"system": "propstack", "changed": -1}),
        json!({"system": "propstack", "firm": "nobody"}),
    ] {
        let answer = http().post(&url).json(&order).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{order}");
    }
}
