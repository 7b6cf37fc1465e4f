//! Requests that are sent again under one key.

use futures_util::future::join_all;
use hausgraph::sandbox::{
    System,
    fault::{Fault, Rule},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::super::{
    Answer, Firm,
    market::{Market, contact, deal},
    send,
};

const KEY: &str = "018f3b1c-0000-7000-8000-000000000001";

async fn firm() -> Firm {
    Firm::with(Market {
        deals: vec![deal(1), deal(2)],
        investors: (1..=3).map(contact).collect(),
        ..Market::default()
    })
    .await
}

async fn post_once(firm: &Firm, path: &str, key: &str, body: &Value) -> Answer {
    let request = firm.posting(path, body);
    send(request.header("idempotency-key", key)).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

#[tokio::test]
async fn rules_59_and_62_the_same_key_and_body_give_one_effect_and_one_answer() {
    let firm = firm().await;
    for (path, body) in [
        ("/projects", json!({ "name": "Hof" })),
        ("/projects/1/prospects", json!({ "contactId": "1" })),
        (
            "/projects/1/prospects:batch",
            json!({ "items": [{ "contactId": "2" }, { "contactId": "9" }] }),
        ),
        ("/projects/1/prospects/1/remove", json!({})),
        // A refusal is an answer, too.
        ("/projects/1/prospects", json!({ "contactId": "9" })),
    ] {
        let key = format!("key of {body}");
        let first = post_once(&firm, path, &key, &body).await;
        let effect = firm.rows("/projects/1/prospects").await;
        let again = post_once(&firm, path, &key, &body).await;

        assert!(!is_replayed(&first) && is_replayed(&again), "{path}");
        assert_eq!(again.status, first.status, "{path}");
        assert_eq!(again.body, first.body, "{path}");
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{path}");
        }
        assert_eq!(firm.rows("/projects/1/prospects").await, effect);
    }
    assert_eq!(firm.ids("/projects").await, ["1", "2", "3"]);
    // Without a key each request counts.
    let body = json!({ "name": "Hof" });
    firm.create("/projects", body.clone()).await;
    firm.create("/projects", body).await;
    assert_eq!(firm.ids("/projects").await.len(), 5);
}

#[tokio::test]
async fn rule_59_a_replay_shows_what_was_answered_then() {
    let firm = firm().await;
    let body = json!({ "name": "Hof" });
    let first = post_once(&firm, "/projects", KEY, &body).await.body;
    firm.patch("/projects/3", json!({ "name": "Turm" })).await;
    firm.delete("/projects/3").await;

    assert_eq!(post_once(&firm, "/projects", KEY, &body).await.body, first);
}

#[tokio::test]
async fn rule_60_the_same_key_with_another_body_is_refused() {
    let firm = firm().await;
    post_once(&firm, "/projects", KEY, &json!({ "name": "Hof" })).await;

    let other = post_once(&firm, "/projects", KEY, &json!({ "name": "Turm" })).await;

    other.assert_problem(422, "another body");
    assert_eq!(firm.ids("/projects").await.len(), 3);
}

#[tokio::test]
async fn section_2_4_a_key_counts_for_one_tenant_and_path() {
    let firm = firm().await;
    let body = json!({ "contactId": "1" });
    for path in ["/projects/1/prospects", "/projects/2/prospects"] {
        let answer = post_once(&firm, path, KEY, &body).await;
        assert_eq!(answer.status, 201);
        assert!(!is_replayed(&answer));
    }
    let foreign = &firm.sandbox.access.foreign.propstreet.access_token;
    let request = firm.http.post(firm.url("/projects/1/prospects"));
    let request = request.bearer_auth(foreign).json(&body);
    let answer = send(request.header("idempotency-key", KEY)).await;
    assert!(!is_replayed(&answer));
    // Another token of the same tenant is the same tenant.
    let personal = &firm.sandbox.access.demo.propstreet.access_token;
    let request = firm.http.post(firm.url("/projects/1/prospects"));
    let request = request.bearer_auth(personal).json(&body);
    let answer = send(request.header("idempotency-key", KEY)).await;
    assert!(is_replayed(&answer));
}

#[tokio::test]
async fn section_2_4_a_key_counts_for_24_hours() {
    let firm = firm().await;
    firm.set_switches(|switches| switches.token_seconds = 7 * 24 * 3600);
    let firm = Firm {
        token: firm.buy_token().await,
        ..firm
    };
    let body = json!({ "name": "Hof" });
    post_once(&firm, "/projects", KEY, &body).await;

    firm.advance(24 * 3600 - 1);
    assert!(is_replayed(
        &post_once(&firm, "/projects", KEY, &body).await
    ));
    firm.advance(1);
    let later = post_once(&firm, "/projects", KEY, &body).await;
    assert!(!is_replayed(&later));
    assert_eq!(later.body["id"], "4");
}

#[tokio::test]
async fn section_2_4_a_key_has_1_to_255_characters() {
    let firm = firm().await;
    let body = json!({ "name": "Hof" });
    for key in [String::new(), "k".repeat(256)] {
        let refused = post_once(&firm, "/projects", &key, &body).await;
        refused.assert_problem(400, &key);
    }
    let longest = post_once(&firm, "/projects", &"k".repeat(255), &body).await;
    assert_eq!(longest.status, 201);
}

#[tokio::test]
async fn rule_61_a_retry_after_a_lost_answer_makes_nothing_new() {
    let firm = firm().await;
    let body = json!({ "name": "Hof" });
    let lost = Rule::new(System::Propstreet, Fault::LoseAnswer).at("POST /api/v1/projects");
    firm.sandbox.shared.faults.add(lost.times(1));

    let request = firm.posting("/projects", &body);
    let error = request.header("idempotency-key", KEY).send().await;

    assert!(error.unwrap_err().is_request());
    assert_eq!(firm.ids("/projects").await, ["1", "2", "3"]);
    let retried = post_once(&firm, "/projects", KEY, &body).await;
    assert_eq!(retried.status, 201);
    assert_eq!(retried.body["id"], "3");
    assert_eq!(firm.ids("/projects").await, ["1", "2", "3"]);
}

#[tokio::test]
async fn rule_61_a_refusal_in_front_of_the_work_is_not_remembered() {
    let firm = firm().await;
    let body = json!({ "name": "Hof" });
    for fault in [Fault::Status(503), Fault::Throttle { retry_after: None }] {
        let rule = Rule::new(System::Propstreet, fault).at("POST /api/v1/projects");
        firm.sandbox.shared.faults.add(rule.times(1));
        let struck = post_once(&firm, "/projects", KEY, &body).await;
        assert!(!struck.status.is_success());
    }
    let retried = post_once(&firm, "/projects", KEY, &body).await;
    assert_eq!(retried.status, 201);
    assert!(!is_replayed(&retried));
}

#[tokio::test]
async fn rule_61_the_same_key_at_the_same_time_makes_one_resource() {
    let firm = firm().await;
    let body = json!({ "name": "Hof" });

    let twins = (0..8).map(|_| post_once(&firm, "/projects", KEY, &body));
    let answers = join_all(twins).await;

    let mut made = answers.iter().filter(|answer| answer.status == 201);
    assert!(made.clone().any(|answer| !is_replayed(answer)));
    assert!(made.all(|answer| answer.body["id"] == "3"));
    let is_told = |answer: &&Answer| !matches!(answer.status.as_u16(), 201 | 409);
    assert!(!answers.iter().any(|answer| is_told(&answer)));
    assert_eq!(firm.ids("/projects").await, ["1", "2", "3"]);
}

#[tokio::test]
async fn section_2_4_while_the_first_request_runs_the_second_is_refused() {
    let firm = firm().await;
    let body = json!({ "name": "Hof" });
    let mut first = Upload::begin(&firm, &body).await;

    let second = post_once(&firm, "/projects", KEY, &body).await;
    second.assert_problem(409, "still running");

    let answer = first.finish(&body).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let third = post_once(&firm, "/projects", KEY, &body).await;
    assert!(is_replayed(&third));
    assert_eq!(firm.ids("/projects").await, ["1", "2", "3"]);
}

/// A POST whose body keeps the server waiting.
struct Upload(BufReader<TcpStream>);

impl Upload {
    /// Sends the head and returns once the server asks for the body: the request runs then.
    async fn begin(firm: &Firm, body: &Value) -> Self {
        let origin = &firm.sandbox.shared.origins.propstreet;
        let address = origin.strip_prefix("http://").unwrap();
        let mut line = BufReader::new(TcpStream::connect(address).await.unwrap());
        let (token, length) = (&firm.token, body.to_string().len());
        let head = format!(
            "POST /api/v1/projects HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             idempotency-key: {KEY}\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\
             connection: close\r\n\r\n"
        );
        line.write_all(head.as_bytes()).await.unwrap();
        let mut asked = String::new();
        line.read_line(&mut asked).await.unwrap();
        assert_eq!(asked.trim_end(), "HTTP/1.1 100 Continue");
        line.read_line(&mut asked).await.unwrap();
        Self(line)
    }

    async fn finish(&mut self, body: &Value) -> String {
        self.0.write_all(body.to_string().as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).await.unwrap();
        answer
    }
}
