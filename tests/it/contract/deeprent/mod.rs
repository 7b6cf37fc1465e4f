//! Rules of the deep.rent contract that a reader can see, by bare HTTP; each name tells its rule.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use hausgraph::{
    clock::Clock,
    sandbox::{
        self, Options, Sandbox, Tenant,
        deeprent::{Switches, session::Role},
    },
};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, http, morning, sandbox_on};

mod key;
mod session;
mod webhook;

/// deep.rent with a client that holds the demo firm's key.
struct DeepRent {
    sandbox: Sandbox,
    http: Client,
}

impl DeepRent {
    async fn start() -> Self {
        Self::over(support::sandbox().await)
    }

    fn over(sandbox: Sandbox) -> Self {
        Self {
            sandbox,
            http: http(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.access.demo.deeprent.base_url)
    }

    fn key(&self) -> &str {
        &self.sandbox.access.demo.deeprent.api_key
    }

    fn demo(&self) -> &Tenant {
        &self.sandbox.shared.tenants[0]
    }

    fn foreign(&self) -> &Tenant {
        &self.sandbox.shared.tenants[1]
    }

    fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.sandbox.shared.switches_mut().deeprent);
    }

    fn now(&self) -> DateTime<Utc> {
        self.sandbox.shared.clock.now()
    }

    /// A request with these headers and no others.
    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.http.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("the sandbox answers")
    }

    /// A request with the key.
    async fn read(&self, path: &str) -> Response {
        self.ask(path, &[("x-api-key", self.key())]).await
    }

    /// The session of the demo firm's member of this role.
    fn session(&self, role: Role) -> &str {
        let mut sessions = self.demo().credentials.deeprent_sessions.iter();
        let session = sessions.find(|session| session.role == role);
        &session.expect("there is one of each role").token
    }

    /// A request with a session in the demo firm, and a body.
    async fn send(&self, method: Method, path: &str, role: Role, body: Value) -> Response {
        let request = self.http.request(method, self.url(path)).json(&body);
        request
            .bearer_auth(self.session(role))
            .header("x-org-id", &self.demo().credentials.deeprent_org)
            .send()
            .await
            .expect("the sandbox answers")
    }

    /// What the firm's owner reads.
    async fn manage(&self, path: &str) -> Value {
        let answer = self.send(Method::GET, path, Role::Owner, Value::Null).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("a JSON body")
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.read(path).await.status()
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.read(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("a JSON body")
    }

    /// All rows, page by page of `limit`.
    async fn walk(&self, limit: usize, more: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/external/protocols?limit={limit}{more}{cursor}");
            let page = self.json(&path).await;
            rows.extend(items(&page).iter().cloned());
            let Some(next) = page["nextCursor"].as_object() else {
                assert_eq!(page["hasMore"], false);
                return rows;
            };
            assert_eq!(page["hasMore"], true);
            cursor = format!(
                "&cursorTs={}&cursorId={}",
                next["cursorTs"].as_str().unwrap_or_default(),
                next["cursorId"].as_str().unwrap_or_default(),
            );
        }
    }

    /// A protocol of the demo firm whose file exists, or does not.
    fn protocol(&self, has_pdf: bool) -> String {
        let world = self.demo().world();
        let mut rows = world.handovers.iter();
        let row = rows.find(|row| row.has_pdf == has_pdf && row.deleted_at.is_none());
        row.expect("the world has both").id.clone()
    }
}

fn items(page: &Value) -> &Vec<Value> {
    page["protocols"].as_array().expect("a list of protocols")
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id"))
        .collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().expect("a text");
    text.parse().expect("an ISO 8601 time")
}

fn pdf_path(id: &str) -> String {
    format!("/external/protocols/{id}/pdf")
}

const LIST: &str = "/external/protocols";

#[tokio::test]
async fn rule_01_both_key_headers_work_and_x_api_key_wins() {
    let rent = DeepRent::start().await;
    let bearer = format!("Bearer {}", rent.key());
    for path in [LIST, &pdf_path(&rent.protocol(true))] {
        for headers in [
            [("x-api-key", rent.key())].as_slice(),
            &[("authorization", &bearer)],
            &[("x-api-key", rent.key()), ("authorization", "Bearer other")],
        ] {
            assert_eq!(rent.ask(path, headers).await.status(), 200, "{path}");
        }
        let headers = [("x-api-key", "other"), ("authorization", &bearer)];
        assert_eq!(rent.ask(path, &headers).await.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn rule_02_no_key_a_wrong_key_and_a_revoked_key_are_refused() {
    let rent = DeepRent::start().await;
    // A malformed id too: the key is looked at first.
    for path in [LIST, &pdf_path(&rent.protocol(true)), &pdf_path("x")] {
        assert_eq!(rent.ask(path, &[]).await.status(), 401);
        assert_eq!(rent.ask(path, &[("x-api-key", "")]).await.status(), 401);
        let basic = [("authorization", "Basic c2FuZGJveA==")];
        let refused = rent.ask(path, &basic).await;
        assert_eq!(refused.status(), 401);
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["success"], false);
        assert!(body["error"].is_string());
    }
    rent.switch(|switches| {
        switches.revoked_keys.insert(rent.key().to_owned());
    });
    assert_eq!(rent.status(LIST).await, 401);
}

#[tokio::test]
async fn rule_03_x_org_id_does_not_change_the_firm() {
    let rent = DeepRent::start().await;
    let foreign = &rent.foreign().credentials.deeprent_org;
    let headers = [("x-api-key", rent.key()), ("x-org-id", foreign)];
    let page: Value = rent.ask(LIST, &headers).await.json().await.unwrap();
    assert_eq!(page, rent.json(LIST).await);
    assert_eq!(page["orgId"], rent.demo().credentials.deeprent_org);
    assert_eq!(page["userId"], rent.demo().credentials.deeprent_user);
}

#[tokio::test]
async fn rule_04_a_key_never_sees_another_firms_protocol() {
    let rent = DeepRent::start().await;
    let rows = rent.walk(200, "&includeDeleted=true").await;
    let seen: HashSet<_> = ids(&rows).into_iter().collect();
    let foreign: Vec<String> = {
        let world = rent.foreign().world();
        world.handovers.iter().map(|row| row.id.clone()).collect()
    };
    assert!(!foreign.is_empty());
    for id in &foreign {
        assert!(!seen.contains(id.as_str()));
        assert_eq!(rent.status(&pdf_path(id)).await, 404);
    }
    let headers = [(
        "x-api-key",
        rent.sandbox.access.foreign.deeprent.api_key.as_str(),
    )];
    let page: Value = rent.ask(LIST, &headers).await.json().await.unwrap();
    assert!(
        ids(items(&page))
            .iter()
            .all(|id| foreign.iter().any(|own| own == id))
    );
}

#[tokio::test]
async fn rule_05_no_write_is_reachable_with_a_key() {
    let rent = DeepRent::start().await;
    let one = format!("{LIST}/{}", rent.protocol(true));
    for (path, status) in [(LIST, 405), (&one, 404), (&format!("{one}/pdf"), 405)] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request = rent.http.request(method.clone(), rent.url(path));
            let answer = request.header("x-api-key", rent.key()).json(&json!({}));
            let answer = answer.send().await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
        }
    }
    // There is no reading of one protocol either.
    assert_eq!(rent.status(&one).await, 404);
}

#[tokio::test]
async fn rule_07_a_page_has_50_rows_unless_told_and_200_at_most() {
    // Large enough for a third page.
    let options = Options {
        units: 600,
        clock: Clock::stopped(morning()),
        ..Options::default()
    };
    let rent = DeepRent::over(sandbox::start(options).await.unwrap());
    let count = async |query| items(&rent.json(&format!("{LIST}{query}")).await).len();
    assert_eq!(count("").await, 50);
    assert_eq!(count("?limit=1").await, 1);
    assert_eq!(count("?limit=200").await, 200);
    assert_eq!(count("?limit=201").await, 200);
    assert_eq!(count("?limit=999999999999").await, 200);

    for limit in ["0", "-1", "many", "", "1.5"] {
        assert_eq!(rent.status(&format!("{LIST}?limit={limit}")).await, 400);
    }
    rent.switch(|switches| switches.refuses_large_limit = true);
    assert_eq!(rent.status(&format!("{LIST}?limit=201")).await, 400);
}

#[tokio::test]
async fn rule_08_rows_come_newest_first_and_each_once_also_with_equal_times() {
    let rent = DeepRent::start().await;
    // Three protocols of one appointment lie across the page's edge.
    let same = {
        let mut world = rent.demo().world_mut();
        let same = world.handovers[4].created_at;
        for row in &mut world.handovers[1..5] {
            row.created_at = same;
        }
        same
    };
    let rows = rent.walk(3, "&includeDeleted=true").await;
    let keys: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                instant(&row["protocol"]["createdAt"]),
                row["id"].to_string(),
            )
        })
        .collect();
    assert!(
        keys.windows(2).all(|pair| pair[0] > pair[1]),
        "sorted, no repeats"
    );
    assert!(keys.iter().filter(|(at, _)| *at == same).count() >= 4);
    assert_eq!(rows.len(), rent.demo().world().handovers.len());
    assert!(rows.len() >= 120);
}

#[tokio::test]
async fn rule_09_half_a_cursor_and_a_malformed_one_are_refused() {
    let rent = DeepRent::start().await;
    for cursor in [
        "cursorTs=2025-01-15T10:30:00Z",
        "cursorId=Abcd-Ef01-2345-Gh-x",
        "cursorTs=yesterday&cursorId=Abcd-Ef01-2345-Gh-x",
    ] {
        assert_eq!(
            rent.status(&format!("{LIST}?{cursor}")).await,
            400,
            "{cursor}"
        );
    }
    // With or without milliseconds, and for a row that need not exist.
    for time in ["2024-12-31T23:59:59Z", "2024-12-31T23:59:59.999Z"] {
        let path = format!("{LIST}?cursorTs={time}&cursorId=Abcd-Ef01-2345-Gh-x");
        let end = DateTime::parse_from_rfc3339(time).unwrap();
        let page = rent.json(&path).await;
        let all_older = |row: &Value| instant(&row["protocol"]["createdAt"]) < end;
        assert!(items(&page).iter().all(all_older));
    }
}

#[tokio::test]
async fn rule_10_the_last_page_says_so() {
    let rent = DeepRent::start().await;
    let rows = rent.walk(200, "").await;
    // A page that ends exactly with the last row is the last page.
    let page = rent.json(&format!("{LIST}?limit={}", rows.len())).await;
    assert_eq!(items(&page).len(), rows.len());
    assert_eq!(page["hasMore"], false);
    assert_eq!(page.get("nextCursor"), Some(&Value::Null));
}

#[tokio::test]
async fn rule_11_deleted_rows_come_only_when_asked_for() {
    let rent = DeepRent::start().await;
    let deleted = |rows: &[Value]| {
        let is_deleted = |row: &&Value| !row["meta"]["deletedAt"].is_null();
        rows.iter().filter(is_deleted).count()
    };
    assert_eq!(deleted(&rent.walk(50, "").await), 0);
    assert_eq!(deleted(&rent.walk(50, "&includeDeleted=false").await), 0);
    let all = rent.walk(50, "&includeDeleted=true").await;
    let told = deleted(&all);
    let world = rent.demo().world();
    let held = world
        .handovers
        .iter()
        .filter(|row| row.deleted_at.is_some());
    assert_eq!(told, held.count());
    assert!(told > 0);
}

#[tokio::test]
async fn rule_12_count_is_the_number_of_rows_in_the_page() {
    let rent = DeepRent::start().await;
    for limit in [1, 7, 200] {
        let page = rent.json(&format!("{LIST}?limit={limit}")).await;
        assert_eq!(page["success"], true);
        assert_eq!(page["count"], items(&page).len());
    }
}

#[tokio::test]
async fn rule_13_nulls_are_explicit_and_the_two_sizes_differ_in_type() {
    let rent = DeepRent::start().await;
    for row in rent.walk(200, "").await {
        for path in [
            "/meta/deletedAt",
            "/meta/deletedBy",
            "/meta/deleteReason",
            "/meta/legalHoldReason",
            "/contacts/0/personTitle",
        ] {
            assert_eq!(row.pointer(path), Some(&Value::Null), "{path}");
        }
        let number = row["protocol"]["store_kb"].as_u64().unwrap();
        assert_eq!(row["storage_kb"], number.to_string());
        let address = row["object"]["address"].as_object().unwrap();
        assert_eq!(address["countryCode"], "DE");
        assert_eq!(address.len(), 5, "no coordinates, no second line");
    }
}

#[tokio::test]
async fn rule_14_the_rows_hold_words_that_no_contract_knows() {
    let rent = DeepRent::start().await;
    let rows = rent.walk(200, "&includeDeleted=true").await;
    let causes = ["Handover", "Takeback", "Inspection"];
    let is_unknown = |row: &Value| !causes.contains(&row["protocol"]["cause"].as_str().unwrap());
    assert!(rows.iter().any(is_unknown));
}

#[tokio::test]
async fn rule_16_an_id_that_breaks_the_rule_is_refused() {
    let rent = DeepRent::start().await;
    for id in [
        "abcde",
        "abc%2Fdef",
        "abc.def",
        "abc%20def",
        "%C3%BCbergabe",
        "abc%FFdef",
    ] {
        assert_eq!(rent.status(&pdf_path(id)).await, 400, "{id}");
    }
    // Six letters of the alphabet are well formed, and unknown.
    assert_eq!(rent.status(&pdf_path("aZ0-_9")).await, 404);
}

#[tokio::test]
async fn rule_17_the_first_link_builds_the_file_and_the_second_finds_it() {
    let rent = DeepRent::over(sandbox_on(Clock::stopped(morning())).await);
    let id = rent.protocol(false);
    let path = pdf_path(&id);
    let clock = &rent.sandbox.shared.clock;
    let (first, ()) = tokio::join!(rent.json(&path), async {
        clock.wait_for_sleepers(1).await;
        clock.advance(Duration::from_millis(1_500));
    });
    assert_eq!(first["generated"], true);
    assert_eq!(first["protocolId"], id);
    assert_eq!(first["fileName"], format!("protocol-{id}.pdf"));
    assert_eq!(first["orgId"], rent.demo().credentials.deeprent_org);

    let second = rent.json(&path).await;
    assert_eq!(second["generated"], false);
    assert_eq!(second["protocolId"], id);
}

#[tokio::test]
async fn rule_17_a_client_that_leaves_does_not_stop_the_build() {
    let rent = DeepRent::over(sandbox_on(Clock::stopped(morning())).await);
    let id = rent.protocol(false);
    let clock = &rent.sandbox.shared.clock;
    let path = pdf_path(&id);
    tokio::select! {
        _ = rent.json(&path) => unreachable!("the clock stands"),
        () = clock.wait_for_sleepers(1) => {}
    }
    clock.advance(Duration::from_secs(2));
    let is_built = || {
        rent.demo()
            .world()
            .handovers
            .iter()
            .any(|row| row.id == id && row.has_pdf)
    };
    while !is_built() {
        tokio::task::yield_now().await;
    }
    let again = rent.json(&path).await;
    assert_eq!(again["generated"], false);
}

#[tokio::test]
async fn rule_18_a_link_is_good_for_900_seconds_from_its_issue() {
    let rent = DeepRent::start().await;
    let link = rent.json(&pdf_path(&rent.protocol(true))).await;
    assert_eq!(link["success"], true);
    assert_eq!(link["expiresIn"], 900);
    assert_eq!(
        instant(&link["expiresAt"]),
        rent.now() + TimeDelta::seconds(900)
    );
}

#[tokio::test]
async fn rule_20_the_download_takes_no_key_and_gives_a_pdf() {
    let rent = DeepRent::start().await;
    let id = rent.protocol(true);
    let link = rent.json(&pdf_path(&id)).await;
    let url = link["url"].as_str().unwrap();
    for header in ["x-api-key", "authorization"] {
        let request = rent.http.get(url).header(header, "Bearer hush");
        assert_eq!(request.send().await.unwrap().status(), 400);
    }
    rent.sandbox.shared.journal.clear();
    for _ in 0..2 {
        let file = rent.http.get(url).send().await.unwrap();
        assert_eq!(file.status(), 200);
        assert_eq!(file.headers()["content-type"], "application/pdf");
        let file = file.bytes().await.unwrap();
        assert!(file.starts_with(b"%PDF-"));
        assert!(file.trim_ascii_end().ends_with(b"%%EOF"));
        assert!(file.windows(id.len()).any(|bytes| bytes == id.as_bytes()));
    }
    let journal = rent.sandbox.shared.journal.entries();
    assert_eq!(journal.len(), 2);
    let (_, signature) = url.rsplit_once("signature=").unwrap();
    for entry in journal {
        assert!(entry.arrival.credentials.is_empty());
        assert!(!entry.arrival.query.contains(signature));
    }
}

#[tokio::test]
async fn rule_21_an_expired_or_altered_link_fails_and_a_fresh_one_works() {
    let rent = DeepRent::start().await;
    let path = pdf_path(&rent.protocol(true));
    let old = rent.json(&path).await;
    let old = old["url"].as_str().unwrap();
    let status = async |url: &str| rent.http.get(url).send().await.unwrap().status();

    let (plain, _) = old.split_once('?').unwrap();
    assert_eq!(status(plain).await, 403);
    let later = old.replace("expires=1", "expires=2");
    assert_ne!(later, old);
    assert_eq!(status(&later).await, 403);
    assert_eq!(status(&old.replace("/protocol-", "/protokol-")).await, 403);
    let foreign = &rent.foreign().credentials.deeprent_org;
    let own = &rent.demo().credentials.deeprent_org;
    assert_eq!(status(&old.replace(own.as_str(), foreign)).await, 403);

    rent.sandbox
        .shared
        .clock
        .advance(Duration::from_millis(899_999));
    assert_eq!(status(old).await, 200);
    rent.sandbox.shared.clock.advance(Duration::from_millis(1));
    assert_eq!(status(old).await, 403);
    let fresh = rent.json(&path).await;
    assert_eq!(status(fresh["url"].as_str().unwrap()).await, 200);
}

#[tokio::test]
async fn rule_22_protocol_link_is_no_url() {
    let rent = DeepRent::start().await;
    for row in rent.walk(200, "").await {
        let link = row["protocol"]["link"].as_str().unwrap();
        assert!(link.parse::<reqwest::Url>().is_err(), "{link}");
        assert_eq!(
            link,
            format!("eu-deepstore-ce-2/protocol/{}", row["id"].as_str().unwrap())
        );
    }
}

#[tokio::test]
async fn rule_23_what_is_missing_gives_404_and_what_fails_gives_500() {
    let rent = DeepRent::start().await;
    let (built, unbuilt) = (rent.protocol(true), rent.protocol(false));
    assert_eq!(rent.status(&pdf_path("Abcd-Ef01-2345-Gh-x")).await, 404);

    rent.switch(|switches| {
        switches.lost_protocols.insert(built.clone());
    });
    assert_eq!(rent.status(&pdf_path(&built)).await, 404);
    rent.switch(|switches| switches.lost_protocols.clear());

    rent.switch(|switches| switches.pdf_build_fails = true);
    assert_eq!(rent.status(&pdf_path(&unbuilt)).await, 500);
    assert_eq!(rent.status(&pdf_path(&built)).await, 200);

    rent.switch(|switches| switches.storage_is_misconfigured = true);
    assert_eq!(rent.status(&pdf_path(&built)).await, 400);
}

#[tokio::test]
async fn section_2_3_a_deleted_protocols_file_stays_unless_switched_off() {
    let rent = DeepRent::start().await;
    let id = {
        let world = rent.demo().world();
        let mut rows = world.handovers.iter();
        let row = rows.find(|row| row.deleted_at.is_some());
        row.expect("the world has one").id.clone()
    };
    assert_eq!(rent.status(&pdf_path(&id)).await, 200);
    rent.switch(|switches| switches.hides_deleted_pdfs = true);
    assert_eq!(rent.status(&pdf_path(&id)).await, 404);
}
