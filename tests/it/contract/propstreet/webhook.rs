//! Webhooks: what a subscription takes, tests, history and replay.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Firm, holds_null, market::Market, send};
use crate::support::receiver::Receiver;

const HTTPS: &str = "https://receiver.example/hook";

impl Firm {
    async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self.http.request(method, self.url(path));
        send(request.bearer_auth(&self.token).json(body)).await
    }

    async fn subscribe(&self, body: &Value) -> Value {
        let answer = self.call(Method::POST, "/webhooks", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }

    /// A subscription to changes of projects at `receiver`: its path and its secret.
    async fn subscribe_at(&self, receiver: &Receiver) -> (String, String) {
        self.set_switches(|switches| switches.allow_insecure_callbacks = true);
        let body = json!({ "url": receiver.url, "events": ["project.updated"] });
        let row = self.subscribe(&body).await;
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (format!("/webhooks/{}", text("id")), text("secret"))
    }

    /// Deliveries that failed now, one for each subscription that the event concerns.
    fn fail(&self, event: &str, data: &Value) -> usize {
        let webhooks = &self.sandbox.shared.tenants[0].webhooks;
        webhooks.fail(event, data, self.clock.now())
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

fn subscription() -> Value {
    json!({ "url": HTTPS, "events": ["project.updated", "link.deleted"], "name": "Haus" })
}

#[tokio::test]
async fn rule_65_the_secret_is_told_once_and_never_again() {
    let firm = Firm::with(Market::default()).await;

    let created = firm.subscribe(&subscription()).await;

    let secret = created["secret"].as_str().unwrap().to_owned();
    let key = secret.strip_prefix("whsec_").expect("the prefix");
    assert!(key.len() >= 32, "a key of 24 bytes or more");
    let path = format!("/webhooks/{}", created["id"].as_str().unwrap());
    let one = firm.get(&path).await;
    let list = firm.get("/webhooks").await;
    let changed = json!({ "name": "Hof" });
    let changed = firm.call(Method::PATCH, &path, &changed).await;
    for answer in [&one, &list, &changed] {
        assert_eq!(answer.status, 200);
        let text = answer.body.to_string();
        assert!(!text.contains(key) && !text.contains("secret"), "{text}");
        assert!(!holds_null(&answer.body), "{text}");
    }
    assert_eq!(list.body["data"], json!([one.body]));
    assert_eq!(list.body["page"]["hasMore"], false);
    let second = firm.subscribe(&subscription()).await;
    assert_ne!(second["secret"], created["secret"]);
}

#[tokio::test]
async fn rule_65_a_subscription_says_what_was_asked_for_and_changes_field_by_field() {
    let firm = Firm::with(Market::default()).await;
    let mut row = firm.subscribe(&subscription()).await;
    row.as_object_mut().unwrap().remove("secret");
    let path = format!("/webhooks/{}", row["id"].as_str().unwrap());
    assert_eq!(row["url"], HTTPS);
    assert_eq!(row["events"], json!(["project.updated", "link.deleted"]));
    assert_eq!(
        (&row["name"], &row["isActive"]),
        (&json!("Haus"), &json!(true))
    );
    assert_eq!(row["createdUtc"], json!(firm.now()));

    firm.advance(60);
    for (change, name, value) in [
        (json!({ "isActive": false }), "isActive", json!(false)),
        (
            json!({ "events": ["contact.created"] }),
            "events",
            json!(["contact.created"]),
        ),
        (
            json!({ "url": "https://b.example/" }),
            "url",
            json!("https://b.example/"),
        ),
        (json!({ "name": null }), "name", Value::Null),
    ] {
        let changed = firm.call(Method::PATCH, &path, &change).await;
        row[name] = value;
        row["updatedUtc"] = json!(firm.now());
        row.as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        assert_eq!(changed.body, row, "{change}");
    }

    let wrong = json!({ "name": "Hof", "events": ["project.sold"] });
    let refused = firm.call(Method::PATCH, &path, &wrong).await;
    refused.assert_problem(400, "an unknown event");
    assert_eq!(firm.get(&path).await.body, row, "nothing has changed");

    let deleted = firm.call(Method::DELETE, &path, &json!({})).await;
    assert_eq!((deleted.status.as_u16(), deleted.body), (204, Value::Null));
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::PATCH, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::GET, format!("{path}/deliveries")),
        (Method::POST, format!("{path}/test")),
        (Method::POST, format!("{path}/replay")),
    ] {
        let gone = firm.call(method.clone(), &path, &json!({})).await;
        gone.assert_problem(404, &format!("{method} {path}"));
    }
}

#[tokio::test]
async fn rule_65_unusable_subscriptions_are_refused() {
    let firm = Firm::with(Market::default()).await;
    for (body, field) in [
        (json!({ "events": ["project.updated"] }), "url"),
        (
            json!({ "url": "receiver", "events": ["project.updated"] }),
            "url",
        ),
        (json!({ "url": HTTPS }), "events"),
        (json!({ "url": HTTPS, "events": [] }), "events"),
        (
            json!({ "url": HTTPS, "events": ["project.sold"] }),
            "events",
        ),
        (
            json!({ "url": HTTPS, "events": "project.updated" }),
            "events",
        ),
        (json!([]), "body"),
    ] {
        let answer = firm.call(Method::POST, "/webhooks", &body).await;
        answer.assert_problem(400, &body.to_string());
        assert!(answer.body["errors"][field].is_array(), "{body}");
    }
    assert_eq!(firm.rows("/webhooks").await, Vec::<Value>::new());
}

#[tokio::test]
async fn rule_66_all_fifteen_events_can_be_subscribed_to() {
    let firm = Firm::with(Market::default()).await;
    let mut events = Vec::new();
    for kind in ["project", "prospect", "contact", "company", "link"] {
        for change in ["created", "updated", "deleted"] {
            events.push(format!("{kind}.{change}"));
        }
    }
    let row = firm
        .subscribe(&json!({ "url": HTTPS, "events": events }))
        .await;
    assert_eq!(row["events"], json!(events));
}

#[tokio::test]
async fn rule_68_a_namespace_selects_by_reference_in_any_case() {
    let firm = Firm::with(Market::default()).await;
    let mut paths = Vec::new();
    for namespace in [Some("PropStack"), Some("hubspot"), None] {
        let mut body = json!({ "url": HTTPS, "events": ["project.updated"] });
        if let Some(namespace) = namespace {
            body["filter"] = json!({ "externalRef.namespace": namespace });
        }
        let row = firm.subscribe(&body).await;
        let told = namespace.map(str::to_lowercase);
        assert_eq!(
            row["filter"]["externalRef.namespace"].as_str(),
            told.as_deref()
        );
        paths.push(format!("/webhooks/{}", row["id"].as_str().unwrap()));
    }

    let data = |namespace: &str| json!({ "id": "1", "externalRefs": [{ "namespace": namespace, "id": "7" }] });
    assert_eq!(firm.fail("project.updated", &data("PROPSTACK")), 2);
    assert_eq!(firm.fail("project.updated", &data("crm")), 1);
    assert_eq!(firm.fail("project.created", &data("propstack")), 0);

    for (path, count) in paths.iter().zip([1, 0, 2]) {
        let rows = firm.rows(&format!("{path}/deliveries")).await;
        assert_eq!(rows.len(), count, "{path}");
    }
    // Without its filter it is told of everything, and nothing once it rests.
    firm.call(Method::PATCH, &paths[1], &json!({ "filter": null }))
        .await;
    assert_eq!(firm.fail("project.updated", &data("crm")), 2);
    firm.call(Method::PATCH, &paths[1], &json!({ "isActive": false }))
        .await;
    assert_eq!(firm.fail("project.updated", &data("crm")), 1);
}

#[tokio::test]
async fn rule_68_a_filter_knows_the_namespace_only() {
    let firm = Firm::with(Market::default()).await;
    for filter in [
        json!({ "externalRef.id": "7" }),
        json!({ "externalRef.namespace": "propstack", "status": "open" }),
        json!({ "externalRef": { "namespace": "propstack" } }),
        json!({ "externalRef.namespace": "" }),
        json!({ "externalRef.namespace": "n".repeat(51) }),
        json!({ "externalRef.namespace": ["propstack"] }),
        json!("propstack"),
    ] {
        let mut body = subscription();
        body["filter"] = filter;
        let answer = firm.call(Method::POST, "/webhooks", &body).await;
        answer.assert_problem(400, &body["filter"].to_string());
        assert!(answer.body["errors"]["filter"].is_array());
    }
}

#[tokio::test]
async fn rule_72_plain_http_is_refused_unless_switched_on() {
    let firm = Firm::with(Market::default()).await;
    let created = firm.subscribe(&subscription()).await;
    let path = format!("/webhooks/{}", created["id"].as_str().unwrap());
    let insecure = json!({ "url": "http://receiver.example/", "events": ["project.updated"] });

    let post = firm.call(Method::POST, "/webhooks", &insecure).await;
    let patch = firm.call(Method::PATCH, &path, &insecure).await;
    firm.set_switches(|switches| switches.allow_insecure_callbacks = true);

    post.assert_problem(400, "POST");
    patch.assert_problem(400, "PATCH");
    assert_eq!(firm.get(&path).await.body["url"], HTTPS);
    firm.subscribe(&insecure).await;
    let file = json!({ "url": "file:///etc/hosts", "events": ["project.updated"] });
    let file = firm.call(Method::POST, "/webhooks", &file).await;
    file.assert_problem(400, "neither http nor https");
}

#[tokio::test]
async fn rule_73_a_test_is_signed_and_marked_and_leaves_no_history() {
    let firm = Firm::with(Market::default()).await;
    let mut receiver = Receiver::start().await;
    let (path, secret) = firm.subscribe_at(&receiver).await;
    let test = format!("{path}/test");

    let plain = send(firm.http.post(firm.url(&test)).bearer_auth(&firm.token)).await;
    let named = json!({ "event_type": "prospect.deleted" });
    let named = firm.call(Method::POST, &test, &named).await;

    for (answer, event) in [(plain, "project.updated"), (named, "prospect.deleted")] {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let expected = json!({ "success": true, "status_code": 204, "duration_ms": 0 });
        assert_eq!(answer.body, expected);
        let received = receiver.next().await;
        assert_eq!(received.header("x-propstreet-test"), "true");
        assert_eq!(received.header("content-type"), "application/json");
        let at = firm.now().timestamp().to_string();
        assert_eq!(received.header("webhook-timestamp"), at);
        assert!(received.is_signed_with(&secret), "{}", received.body);
        let body = received.json();
        assert_eq!(body["event"], event);
        assert!(body["timestamp"].is_string() && body["data"]["id"].is_string());
    }
    assert_eq!(
        firm.rows(&format!("{path}/deliveries")).await,
        Vec::<Value>::new()
    );
    let wrong = json!({ "event_type": "project.sold" });
    let wrong = firm.call(Method::POST, &test, &wrong).await;
    wrong.assert_problem(400, "an unknown event");
    assert!(receiver.is_empty());
}

#[tokio::test]
async fn rule_73_a_test_tells_how_the_receiver_failed() {
    let firm = Firm::with(Market::default()).await;
    let receiver = Receiver::start().await;
    let (path, _) = firm.subscribe_at(&receiver).await;
    let test = format!("{path}/test");
    let nothing = json!({});

    receiver.answer(503);
    let failing = firm.call(Method::POST, &test, &nothing).await.body;
    receiver.answer(302);
    let moved = firm.call(Method::POST, &test, &nothing).await.body;
    receiver.fall_silent();
    let silent = async {
        let call = firm.call(Method::POST, &test, &nothing);
        let wait = async {
            firm.clock.wait_for_sleepers(1).await;
            firm.clock.advance(Duration::from_secs(10));
        };
        tokio::join!(call, wait).0.body
    };
    let silent = silent.await;
    // Nobody listens there: port 1 is privileged and unused.
    let nowhere = json!({ "url": "http://127.0.0.1:1/" });
    firm.call(Method::PATCH, &path, &nowhere).await;
    let unreachable = firm.call(Method::POST, &test, &nothing).await.body;

    for (answer, status) in [
        (&failing, Some(503)),
        (&moved, Some(302)),
        (&silent, None),
        (&unreachable, None),
    ] {
        assert_eq!(answer["success"], false, "{answer}");
        assert_eq!(answer["status_code"].as_u64(), status, "{answer}");
        assert!(answer["error"].is_string(), "{answer}");
    }
    assert_eq!(silent["duration_ms"], 10_000);
}

#[tokio::test]
async fn a_replay_sends_what_failed_since_an_instant_again_under_its_own_id() {
    let firm = Firm::with(Market::default()).await;
    let mut receiver = Receiver::start().await;
    let (path, secret) = firm.subscribe_at(&receiver).await;
    let (deliveries, replay) = (format!("{path}/deliveries"), format!("{path}/replay"));
    firm.fail("project.updated", &json!({ "id": "1" }));
    firm.advance(600);
    let since = json!({ "since": firm.now() });
    firm.fail("project.updated", &json!({ "id": "2" }));
    firm.advance(60);

    let answer = firm.call(Method::POST, &replay, &since).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["replayed_count"], 1);
    assert!(answer.body["message"].is_string());
    let received = receiver.next().await;
    assert!(received.is_signed_with(&secret));
    assert_eq!(received.json()["data"]["id"], "2");
    let rows = firm.rows(&deliveries).await;
    assert_eq!(
        received.header("webhook-id"),
        rows[1]["id"].as_str().unwrap()
    );
    assert!(!received.headers.contains_key("x-propstreet-test"));
    assert_eq!(
        (&rows[0]["status"], &rows[0]["attempts"]),
        (&json!("failed"), &json!(1))
    );
    assert_ne!(
        rows[1]["status"], "failed",
        "it is no longer to be replayed"
    );
    let again = firm.call(Method::POST, &replay, &since).await;
    assert_eq!(again.body["replayed_count"], 0);
    for wrong in [json!({}), json!({ "since": "yesterday" })] {
        let wrong = firm.call(Method::POST, &replay, &wrong).await;
        wrong.assert_problem(400, "no instant");
    }
}

#[tokio::test]
async fn a_replay_takes_a_hundred_at_most_the_oldest_first() {
    let firm = Firm::with(Market::default()).await;
    let mut receiver = Receiver::start().await;
    let (path, _) = firm.subscribe_at(&receiver).await;
    let since = json!({ "since": firm.now() });
    for id in 0..120 {
        firm.fail("project.updated", &json!({ "id": id.to_string() }));
    }
    assert_eq!(firm.rows(&format!("{path}/deliveries")).await.len(), 120);

    let replay = format!("{path}/replay");
    let first = firm.call(Method::POST, &replay, &since).await;
    for id in 0..100 {
        assert_eq!(receiver.next().await.json()["data"]["id"], id.to_string());
    }
    let second = firm.call(Method::POST, &replay, &since).await;

    assert_eq!(first.body["replayed_count"], 100);
    assert_eq!(second.body["replayed_count"], 20);
    assert_eq!(receiver.next().await.json()["data"]["id"], "100");
}

#[tokio::test]
async fn rule_76_another_tenants_webhooks_are_not_found() {
    let firm = Firm::with(Market::default()).await;
    let foreign = firm.sandbox.access.foreign.propstreet.access_token.clone();
    let own = firm.subscribe(&subscription()).await;
    let path = format!("/webhooks/{}", own["id"].as_str().unwrap());

    firm.get_as(&foreign, &path)
        .await
        .assert_problem(404, "one");
    let list = firm.get_as(&foreign, "/webhooks").await;

    assert_eq!(list.body["data"], json!([]));
}
