//! What the one way out promises, against servers that misbehave in one way each.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta};
use hausgraph::{
    clock::Clock,
    upstream::{
        Error, Outcome, Reach, Scope, System,
        transport::{Answer, Limits, Method, Transport},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

const SECRET: &str = "s3cret";
const PERSONAL: &str = "anna.beispiel@example.org";

/// A server that answers its n-th request with the n-th of these, and the last one from then on.
struct Server {
    url: Url,
    asked: Arc<AtomicUsize>,
}

type Script = Vec<fn() -> Response>;

impl Server {
    async fn play(script: Script) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let router = Router::new()
            .fallback(
                |State((asked, script)): State<(Arc<AtomicUsize>, Script)>| async move {
                    let turn = asked.fetch_add(1, Ordering::SeqCst);
                    script[turn.min(script.len() - 1)]()
                },
            )
            .with_state((Arc::clone(&asked), script));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = address(&listener);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// An address whose query holds a secret, to see whether it comes to light.
fn address(listener: &TcpListener) -> Url {
    let port = listener.local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}/units?email={PERSONAL}&signature={SECRET}")
        .parse()
        .unwrap()
}

fn transport(clock: &Clock) -> Transport {
    let limits = Limits {
        max_body_bytes: 1_000,
        ..Limits::default()
    };
    Transport::new(System::Propstack, clock.clone(), limits, Reach::Any)
}

fn stopped() -> Clock {
    Clock::stopped(DateTime::UNIX_EPOCH)
}

/// Makes the call and lets time run through every pause, however long.
async fn hurry<T>(clock: &Clock, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut call = std::pin::pin!(call);
    loop {
        // One sleeper is the deadline, the second a pause.
        tokio::select! {
            answer = &mut call => return answer,
            () = clock.wait_for_sleepers(2) => clock.advance(Duration::from_secs(1)),
        }
    }
}

/// Nothing that a log or an answer must not show.
fn assert_tells_nothing(error: &Error) {
    for text in [error.to_string(), format!("{error:?}")] {
        for hidden in [SECRET, PERSONAL, "127.0.0.1", "http", "units?", "Anna"] {
            assert!(!text.contains(hidden), "{text} tells {hidden}");
        }
    }
    assert_eq!(error.system(), System::Propstack);
    assert_eq!(error.operation(), "list_units");
}

fn ok() -> Response {
    r#"{"id": 1}"#.into_response()
}

fn answer_with(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, format!("{PERSONAL} {SECRET}")).into_response()
}

async fn fetch(script: Script) -> (Result<Answer, Error>, usize) {
    let clock = stopped();
    let transport = transport(&clock);
    let server = Server::play(script).await;
    let call = transport.get("list_units", server.url.clone()).send();
    let answer = hurry(&clock, call).await;
    if let Err(error) = &answer {
        assert_tells_nothing(error);
    }
    (answer, server.asked())
}

#[tokio::test]
async fn a_failing_server_is_asked_three_times() {
    for status in [500, 502, 503, 504] {
        let script: fn() -> Response = match status {
            500 => || answer_with(500),
            502 => || answer_with(502),
            503 => || answer_with(503),
            _ => || answer_with(504),
        };
        let (answer, asked) = fetch(vec![script]).await;
        let error = answer.unwrap_err();
        assert!(
            matches!(error, Error::Failed { status: told, .. } if told == status),
            "{error:?}"
        );
        assert_eq!(asked, 3);
    }
}

#[tokio::test]
async fn a_server_that_recovers_is_heard() {
    let (answer, asked) = fetch(vec![|| answer_with(503), || answer_with(500), ok]).await;
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn the_other_statuses_are_told_at_once() {
    let (answer, asked) = fetch(vec![|| answer_with(401)]).await;
    assert!(matches!(answer, Err(Error::Refused { status: 401, .. })));
    assert_eq!(asked, 1);
    let (answer, asked) = fetch(vec![|| answer_with(400)]).await;
    assert!(matches!(answer, Err(Error::Rejected { status: 400, .. })));
    assert_eq!(asked, 1);
    let (answer, asked) = fetch(vec![|| answer_with(501)]).await;
    assert!(matches!(answer, Err(Error::Failed { status: 501, .. })));
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (answer, asked) = fetch(vec![|| {
        (StatusCode::FOUND, [(header::LOCATION, "/app")], "").into_response()
    }])
    .await;
    assert!(matches!(answer, Err(Error::Redirected { status: 302, .. })));
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn only_a_404_is_absence() {
    let clock = stopped();
    let transport = transport(&clock);
    let absent = Server::play(vec![|| answer_with(404)]).await;
    let found = transport.get("find_unit", absent.url.clone()).find().await;
    assert!(found.unwrap().is_none());
    let refused = Server::play(vec![|| answer_with(403)]).await;
    let found = transport.get("find_unit", refused.url.clone()).find().await;
    assert!(matches!(found, Err(Error::Refused { status: 403, .. })));
}

#[tokio::test]
async fn a_bearable_retry_after_is_waited_for() {
    let throttled: fn() -> Response =
        || (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "2")]).into_response();
    let clock = stopped();
    let transport = transport(&clock);
    let server = Server::play(vec![throttled, ok]).await;

    let call = transport.get("list_units", server.url.clone()).send();
    let answer = hurry(&clock, call).await;

    assert_eq!(answer.unwrap().status, 200);
    assert!(clock.now() - DateTime::UNIX_EPOCH >= TimeDelta::seconds(2));
}

#[tokio::test]
async fn an_unbearable_retry_after_is_told_at_once() {
    let throttled: fn() -> Response =
        || (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "3")]).into_response();
    let (answer, asked) = fetch(vec![throttled]).await;
    let Err(Error::Throttled { retry_after, .. }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(retry_after, Some(Duration::from_secs(3)));
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn patience_is_the_callers() {
    let throttled: fn() -> Response =
        || (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response();
    let clock = stopped();
    let limits = Limits {
        timeout: Duration::from_secs(90),
        ..Limits::default()
    };
    let transport = Transport::new(System::Propstack, clock.clone(), limits, Reach::Any)
        .scoped(Scope::default().patient(Duration::from_secs(60)));
    let server = Server::play(vec![throttled, ok]).await;

    let call = transport.get("list_units", server.url.clone()).send();
    let answer = hurry(&clock, call).await;

    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn without_retry_after_a_throttling_server_is_asked_three_times() {
    let (answer, asked) = fetch(vec![|| answer_with(429)]).await;
    assert!(matches!(
        answer,
        Err(Error::Throttled {
            retry_after: None,
            ..
        })
    ));
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let announced: fn() -> Response = || "x".repeat(1_001).into_response();
    let unannounced: fn() -> Response = || {
        let chunk = || Ok::<_, std::io::Error>("x".repeat(400));
        Body::from_stream(futures_util::stream::repeat_with(chunk)).into_response()
    };
    for script in [announced, unannounced] {
        let (answer, asked) = fetch(vec![script]).await;
        assert!(matches!(answer, Err(Error::TooLarge { limit: 1_000, .. })));
        assert_eq!(asked, 1);
    }
}

#[derive(Debug, serde::Deserialize)]
struct Row {
    #[serde(rename = "id")]
    _id: u64,
}

#[tokio::test]
async fn what_is_unreadable_is_named_by_its_path() {
    for (body, path) in [
        ("<html><body>Anna</body></html>", "$"),
        ("", "$"),
        (r#"[{"id": 1}, {"id": "#, "$"),
        (r#"[{"id": 1}] x"#, "$"),
        (
            r#"[{"id": 1}, {"id": "anna.beispiel@example.org"}]"#,
            "$[1].id",
        ),
        (r#"{"id": 1}"#, "$"),
    ] {
        let clock = stopped();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = address(&listener);
        let router = Router::new().fallback(move || async move { body });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let answer = transport(&clock).get("list_units", url).send().await;

        let error = answer.unwrap().json::<Vec<Row>>().unwrap_err();

        assert_tells_nothing(&error);
        assert!(
            matches!(&error, Error::Unreadable { at, .. } if at == path),
            "{body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up_at_the_time_out() {
    let clock = stopped();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = transport(&clock);
    let scope = Scope::default();
    let url = address(&listener);

    let call = tokio::spawn({
        let transport = transport.scoped(scope.clone());
        async move { transport.get("list_units", url).send().await }
    });
    let _held = listener.accept().await.unwrap();
    clock.wait_for_sleepers(1).await;
    clock.advance(Duration::from_secs(30));

    let error = call.await.unwrap().unwrap_err();
    assert_tells_nothing(&error);
    assert!(
        matches!(error, Error::TimedOut { after, .. } if after == Duration::from_secs(30)),
        "{error:?}"
    );
    assert_eq!(scope.calls.calls()[0].outcome, Outcome::Abandoned);
}

#[tokio::test]
async fn the_scopes_deadline_counts_when_it_is_sooner() {
    let clock = stopped();
    let transport = transport(&clock);
    let server = Server::play(vec![ok]).await;
    let over = transport.scoped(Scope::until(clock.now()));
    let answer = over.get("list_units", server.url.clone()).send().await;
    assert!(matches!(answer, Err(Error::TimedOut { .. })));
    assert_eq!(server.asked(), 0);

    // No pause is begun that would end after the deadline.
    let server = Server::play(vec![|| {
        (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "2")]).into_response()
    }])
    .await;
    let near = transport.scoped(Scope::until(clock.now() + TimeDelta::seconds(1)));
    let answer = near.get("list_units", server.url.clone()).send().await;
    assert!(matches!(answer, Err(Error::Throttled { .. })));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_anew() {
    let clock = stopped();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = address(&listener);
    let server = tokio::spawn(async move {
        let mut request = [0; 4_096];
        // The first breaks before the answer, the second in the middle of it.
        for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\""] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut request).await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut request).await.unwrap();
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\": 1}";
        socket.write_all(whole.as_bytes()).await.unwrap();
    });
    let scope = Scope::default();
    let transport = transport(&clock).scoped(scope.clone());

    let call = transport.get("list_units", url).send();
    let answer = hurry(&clock, call).await;

    assert_eq!(answer.unwrap().body, r#"{"id": 1}"#);
    server.await.unwrap();
    let outcomes: Vec<_> = scope
        .calls
        .calls()
        .iter()
        .map(|call| call.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Unreachable,
            Outcome::Unreachable,
            Outcome::Answered(200)
        ]
    );
    assert_eq!(scope.calls.count(System::Propstack, "list_units"), 3);
    assert_eq!(scope.calls.calls()[2].bytes, 9);
}

#[tokio::test]
async fn nobody_at_home_is_unreachable() {
    let clock = stopped();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = address(&listener);
    drop(listener);
    let transport = transport(&clock);
    let error = hurry(&clock, transport.get("list_units", url).send())
        .await
        .unwrap_err();
    assert_tells_nothing(&error);
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_posted_is_sent_once() {
    let clock = stopped();
    let transport = transport(&clock);
    let server = Server::play(vec![|| answer_with(503)]).await;
    let answer = transport
        .write(Method::POST, "list_units", server.url.clone())
        .send()
        .await;
    assert!(matches!(answer, Err(Error::Failed { status: 503, .. })));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_404_to_a_deletion_counts_as_done_only_after_an_attempt_that_may_have_been() {
    let gone: Script = vec![|| answer_with(503), || answer_with(404)];
    let throttled: Script = vec![|| answer_with(429), || answer_with(404)];
    for (script, was_there) in [
        (vec![(|| answer_with(204)) as fn() -> Response], true),
        (vec![|| answer_with(404)], false),
        (gone, true),
        (throttled, false),
    ] {
        let clock = stopped();
        let transport = transport(&clock);
        let server = Server::play(script).await;
        let call = transport.write(Method::DELETE, "list_units", server.url.clone());
        let removed = hurry(&clock, call.repeatable().remove()).await;
        assert_eq!(removed, Ok(was_there));
    }
}

#[tokio::test]
async fn more_calls_than_allowed_wait_for_their_turn() {
    let clock = stopped();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limits = Limits {
        max_concurrent: 2,
        ..Limits::default()
    };
    let transport = Transport::new(System::Propstack, clock, limits, Reach::Any);
    let scope = Scope::default();
    for _ in 0..3 {
        let transport = transport.scoped(scope.clone());
        let url = address(&listener);
        tokio::spawn(async move { transport.get("list_units", url).send().await });
    }

    let (first, _) = listener.accept().await.unwrap();
    let _second = listener.accept().await.unwrap();
    let third = tokio::time::timeout(Duration::from_millis(50), listener.accept());
    assert!(third.await.is_err(), "a third call went out");
    drop(first);
    // Its place is free as soon as the first has broken.
    listener.accept().await.unwrap();
}
