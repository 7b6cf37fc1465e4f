//! The protocol graphql-transport-ws on the wire: every rule that the library alone would not keep.

use futures_util::{SinkExt, StreamExt};
use hausgraph::config::demo;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

use super::*;
use crate::{
    auth::{KeyServer, Manner, Signer, publishing},
    support::TestGateway,
};

const PROTOCOL: &str = "graphql-transport-ws";

/// A client that has opened a connection and says only what it is told to.
pub struct Socket(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Socket {
    async fn open(base: &str) -> Self {
        let (socket, protocol) = upgrade(base, PROTOCOL, None).await.unwrap();
        assert_eq!(protocol, PROTOCOL);
        socket
    }

    /// One that the gateway has acknowledged.
    pub async fn admitted(base: &str, token: &str) -> Self {
        let mut socket = Self::open(base).await;
        socket.send(init(token)).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    async fn send_text(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(subscribe(id, &json!({ "query": query }))).await;
    }

    pub async fn next(&mut self) -> Value {
        serde_json::from_str(&self.next_text().await).unwrap()
    }

    async fn next_text(&mut self) -> String {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The message with the one answer to a request, as it came.
    pub async fn answer(&mut self, payload: &Value) -> String {
        self.send(subscribe("one", payload)).await;
        let answer = self.next_text().await;
        assert!(answer.contains("\"type\":\"next\""), "{answer}");
        assert_eq!(self.next().await["type"], "complete");
        answer
    }

    /// The first error of the operation, which was not executed.
    async fn refusal(&mut self, id: &str) -> Value {
        let mut message = self.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("error"), &json!(id)),
            "{message}"
        );
        assert!(message["payload"][0]["extensions"]["requestId"].is_string());
        message["payload"][0].take()
    }

    /// Asks for a greeting, whatever else happened before.
    async fn assert_still_answers(&mut self) {
        self.subscribe("again", "{ hello }").await;
        let answer = self.next().await;
        assert_eq!(
            answer["payload"]["data"],
            json!({ "hello": "hello " }),
            "{answer}"
        );
        assert_eq!(
            self.next().await,
            json!({ "type": "complete", "id": "again" })
        );
    }

    /// Code and reason of the close that comes next.
    async fn closed(&mut self) -> (u16, String) {
        let frame = match self.0.next().await {
            Some(Ok(Message::Close(Some(frame)))) => frame,
            other => panic!("expected a close, got {other:?}"),
        };
        (frame.code.into(), frame.reason.to_string())
    }

    /// The code of the close, whether or not an operation is refused before it.
    pub async fn close_code_in_the_end(&mut self) -> u16 {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => assert!(text.contains("\"error\""), "{text}"),
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                other => panic!("expected a close, got {other:?}"),
            }
        }
    }

    async fn close_code(&mut self) -> u16 {
        let (code, reason) = self.closed().await;
        assert!(!reason.is_empty() && reason.len() <= 123, "{reason}");
        code
    }
}

async fn upgrade(
    base: &str,
    protocols: &str,
    origin: Option<&str>,
) -> Result<(Socket, String), tungstenite::http::Response<Option<Vec<u8>>>> {
    let url = format!("{}/graphql/ws", base.replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    let protocols = HeaderValue::from_str(protocols).unwrap();
    headers.insert("sec-websocket-protocol", protocols);
    if let Some(origin) = origin {
        headers.insert("origin", HeaderValue::from_str(origin).unwrap());
    }
    match connect_async(request).await {
        Ok((socket, response)) => {
            let protocol = response.headers()["sec-websocket-protocol"].to_str();
            Ok((Socket(socket), protocol.unwrap().to_owned()))
        }
        Err(tungstenite::Error::Http(response)) => Err(*response),
        Err(error) => panic!("{error}"),
    }
}

fn init(token: &str) -> Value {
    let payload = json!({ "Authorization": format!("Bearer {token}") });
    json!({ "type": "connection_init", "payload": payload })
}

fn subscribe(id: &str, payload: &Value) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": payload })
}

#[tokio::test]
async fn a_query_over_three_systems_is_answered_with_their_data() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let query = "query P($first: Int!) { properties(first: $first) { nodes { title
        protocols { nodes { cause } } projects { nodes { name } } } } }
        query Other { __typename }";
    let variables = json!({ "first": 20 });
    let payload = json!({ "query": query, "operationName": "P", "variables": variables });
    let over_http = gateway.post(&token, payload.clone()).await;
    let over_http: Value = over_http.json().await.unwrap();
    let mut socket = Socket::admitted(&gateway.origin, &token).await;

    socket.send(subscribe("1", &payload)).await;

    let answer = socket.next().await;
    assert_eq!(
        (&answer["type"], &answer["id"]),
        (&json!("next"), &json!("1"))
    );
    assert_eq!(answer["payload"].get("errors"), None, "{answer}");
    let nodes = answer["payload"]["data"]["properties"]["nodes"].as_array();
    assert_eq!(nodes.unwrap().len(), 20);
    assert_eq!(answer["payload"]["data"], over_http["data"]);
    assert_eq!(
        socket.next().await,
        json!({ "type": "complete", "id": "1" })
    );
}

#[tokio::test]
async fn each_operation_runs_for_the_viewer_with_an_id_of_its_own() {
    let gateway = gateway().await;
    let mut socket = Socket::open(&gateway.base).await;
    let payload = json!({ "token": gateway.token });
    let init = json!({ "type": "connection_init", "payload": payload });
    socket.send(init).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let mut answered = vec![];
    for id in ["1", "2"] {
        socket.subscribe(id, "{ hello }").await;
        let request_id = socket.next().await["payload"]["extensions"]["requestId"].take();
        answered.push(request_id.as_str().unwrap().to_owned());
        assert_eq!(socket.next().await["type"], "complete");
    }
    let (known, viewers): (Vec<_>, Vec<_>) = gateway.calls.lock().unwrap().drain(..).unzip();
    assert_eq!(answered, known);
    assert_ne!(known[0], known[1]);
    assert_eq!(viewers, [ada(), ada()]);
}

#[tokio::test]
async fn a_message_that_is_none_closes_with_4400_and_a_reason_that_fits() {
    let gateway = gateway().await;
    let long = "x".repeat(1_000);
    for message in [
        "{".to_owned(),
        "[]".to_owned(),
        "[".repeat(1_000),
        "{}".to_owned(),
        json!({ "type": 1 }).to_string(),
        json!({ "type": "shout" }).to_string(),
        json!({ "type": long }).to_string(),
        json!({ "type": "start", "id": "1", "payload": { "query": "{ hello }" } }).to_string(),
        json!({ "type": "ping", "payload": long }).to_string(),
        json!({ "type": "connection_init", "payload": [] }).to_string(),
        json!({ "type": "complete" }).to_string(),
        json!({ "type": "subscribe", "payload": { "query": "{ hello }" } }).to_string(),
        subscribe("", &json!({ "query": "{ hello }" })).to_string(),
        subscribe("1", &json!([])).to_string(),
        subscribe("1", &json!({ "query": [] })).to_string(),
        subscribe("1", &json!({ "query": "{ hello }", "variables": 1 })).to_string(),
    ] {
        let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
        socket.send_text(&message).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{message}");
        assert!(!reason.is_empty() && reason.len() <= 123, "{reason}");
        assert!(!reason.contains("xxx"), "{reason}");
        assert!(socket.0.next().await.is_none());
    }
    assert!(gateway.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_asks_before_the_acknowledgement_is_closed_with_4401() {
    let gateway = gateway().await;
    let mut socket = Socket::open(&gateway.base).await;
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.close_code().await, 4401);
    assert!(gateway.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_that_is_not_good_closes_with_4403() {
    let gateway = gateway().await;
    for payload in [
        json!({ "Authorization": "Bearer nonsense" }),
        json!({ "authorization": gateway.token }),
        json!({ "Authorization": ["Bearer", gateway.token] }),
        json!({ "token": "" }),
        json!({ "token": format!("{}x", gateway.token) }),
        json!({ "$serde_json::private::RawValue": "[" }),
        json!({}),
        Value::Null,
    ] {
        let mut socket = Socket::open(&gateway.base).await;
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(init).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403, "{payload}");
        assert!(reason.contains("oken"), "{reason}");
        assert!(!reason.contains(&gateway.token), "{reason}");
    }
    let mut socket = Socket::open(&gateway.base).await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.close_code().await, 4403);
}

#[tokio::test]
async fn who_does_not_introduce_itself_is_closed_with_4408() {
    let gateway = gateway().await;
    let mut socket = Socket::open(&gateway.base).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    gateway.clock.wait_for_sleepers(1).await;

    gateway.clock.advance(Duration::from_secs(5));

    assert_eq!(socket.close_code().await, 4408);
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_closes_with_1013_and_may_come_again() {
    let signer = Signer::es256("first");
    let server = KeyServer::start(&[&signer]).await;
    let mut trusted = issuers();
    trusted.push(publishing(&server.url));
    let gateway = gateway_trusting(&trusted).await;
    let token = signer.token(json!({}));
    server.behave(Manner::Hangs);
    let mut socket = Socket::open(&gateway.base).await;
    socket.send(init(&token)).await;
    server.wait_until_asked(1).await;

    // As long as the client had to introduce itself, which it has done.
    gateway.clock.advance(Duration::from_secs(5));

    assert_eq!(socket.close_code().await, 1013);
    server.publish(&[&signer]);
    gateway.clock.advance(Duration::from_secs(25));
    let mut socket = Socket::admitted(&gateway.base, &token).await;
    socket.assert_still_answers().await;
}

#[tokio::test]
async fn a_connection_ends_with_its_token() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    gateway.clock.wait_for_sleepers(1).await;
    gateway.clock.advance(Duration::from_secs(3_600));
    socket.assert_still_answers().await;

    // The clocks of others may be behind by this much.
    gateway.clock.advance(Duration::from_secs(30));

    assert_eq!(socket.close_code().await, 4403);
}

#[tokio::test]
async fn an_id_that_is_under_way_closes_with_4409() {
    let mut gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    socket.subscribe("1", "{ hangs }").await;
    socket.subscribe("2", "{ hello }").await;
    assert_eq!(socket.next().await["id"], "2");
    assert_eq!(socket.next().await["type"], "complete");

    socket.subscribe("1", "{ hello }").await;

    assert_eq!(socket.close_code().await, 4409);
    assert_eq!(gateway.seen.recv().await, Some("started"));
    assert_eq!(gateway.seen.recv().await, Some("dropped"));
    assert_eq!(gateway.calls.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn who_introduces_itself_twice_is_closed_with_4429() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    socket.send(init(&gateway.token)).await;
    assert_eq!(socket.close_code().await, 4429);
}

#[tokio::test]
async fn what_is_not_executed_is_an_error_and_not_an_answer() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    let deep = "[".repeat(1_000);
    for (query, variables, code) in [
        ("{", json!({}), "BAD_USER_INPUT"),
        ("{ absence }", json!({}), "BAD_USER_INPUT"),
        ("subscription { hello }", json!({}), "BAD_USER_INPUT"),
        ("query ($n: Int!) { hello }", json!({}), "BAD_USER_INPUT"),
        (
            "query ($v: JSON) { deep(value: $v) }",
            json!({ "v": { "$serde_json::private::RawValue": "}" } }),
            "BAD_USER_INPUT",
        ),
        (
            &format!("{{ deep(value: {deep}"),
            json!({}),
            "QUERY_TOO_COSTLY",
        ),
    ] {
        let payload = json!({ "query": query, "variables": variables });
        socket.send(subscribe("1", &payload)).await;
        let error = socket.refusal("1").await;
        assert_eq!(error["extensions"]["code"], code, "{query}: {error}");
        // No `complete` comes after an error, and the id is free again.
        socket.assert_still_answers().await;
    }
}

#[tokio::test]
async fn a_field_that_fails_is_part_of_the_answer() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    for (field, data) in [
        ("absent", json!({ "absent": null })),
        ("required", Value::Null),
    ] {
        socket.subscribe(field, &format!("{{ {field} }}")).await;
        let answer = socket.next().await;
        assert_eq!(answer["type"], "next", "{answer}");
        assert_eq!(answer["payload"]["data"], data, "{answer}");
        assert_eq!(answer["payload"]["errors"][0]["path"], json!([field]));
        assert_eq!(
            socket.next().await,
            json!({ "type": "complete", "id": field })
        );
    }
}

#[tokio::test]
async fn an_operation_that_takes_too_long_ends_and_the_others_go_on() {
    for (query, seconds) in [("{ hangs }", 30), ("{ pdf }", 75)] {
        let mut gateway = gateway().await;
        let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
        socket.subscribe("1", query).await;
        assert_eq!(gateway.seen.recv().await, Some("started"));
        gateway.clock.wait_for_sleepers(2).await;
        gateway.clock.advance(Duration::from_secs(seconds - 1));
        assert!(gateway.seen.try_recv().is_err());

        gateway.clock.advance(Duration::from_secs(1));

        let error = socket.refusal("1").await;
        assert_eq!(error["extensions"]["code"], "UPSTREAM_TIMEOUT");
        assert_eq!(gateway.seen.recv().await, Some("dropped"));
        socket.assert_still_answers().await;
    }
}

#[tokio::test]
async fn a_panic_is_one_error_that_tells_nothing() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    socket.subscribe("1", "{ panics }").await;
    let error = socket.refusal("1").await;
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert!(!error.to_string().contains("secret"), "{error}");
    socket.assert_still_answers().await;
}

#[tokio::test]
async fn a_completed_operation_is_dropped_in_silence_and_its_id_is_free() {
    let mut gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    socket.subscribe("again", "{ hangs }").await;
    assert_eq!(gateway.seen.recv().await, Some("started"));

    socket
        .send(json!({ "type": "complete", "id": "again" }))
        .await;

    socket.assert_still_answers().await;
    assert_eq!(gateway.seen.recv().await, Some("dropped"));
    // Late or unknown completions mean nothing.
    socket
        .send(json!({ "type": "complete", "id": "again" }))
        .await;
    socket.send(json!({ "type": "pong" })).await;
    socket.assert_still_answers().await;
}

#[tokio::test]
async fn operations_are_dropped_when_their_client_leaves() {
    for says_goodbye in [true, false] {
        let mut gateway = gateway().await;
        let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
        socket.subscribe("1", "{ hangs }").await;
        assert_eq!(gateway.seen.recv().await, Some("started"));

        if says_goodbye {
            socket.0.close(None).await.unwrap();
        }
        drop(socket);

        assert_eq!(gateway.seen.recv().await, Some("dropped"));
    }
}

#[tokio::test]
async fn only_so_many_operations_are_under_way() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    for id in 0..32 {
        socket.subscribe(&id.to_string(), "{ hangs }").await;
    }
    socket.subscribe("more", "{ hello }").await;
    let error = socket.refusal("more").await;
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED");

    socket.send(json!({ "type": "complete", "id": "7" })).await;
    socket.assert_still_answers().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_with_1009() {
    let gateway = gateway().await;
    let mut socket = Socket::admitted(&gateway.base, &gateway.token).await;
    let query = format!("{{ hello(name: \"{}\") }}", "x".repeat((1 << 20) - 200));
    socket.subscribe("1", &query).await;
    assert_eq!(socket.next().await["type"], "next");
    assert_eq!(socket.next().await["type"], "complete");

    socket.send_text(" ".repeat((1 << 20) + 1)).await;

    assert_eq!(socket.close_code().await, 1009);
}

#[tokio::test]
async fn a_server_that_stops_answers_what_is_under_way_and_closes_with_1001() {
    let mut gateway = gateway().await;
    let mut idle = Socket::admitted(&gateway.base, &gateway.token).await;
    let mut busy = Socket::admitted(&gateway.base, &gateway.token).await;
    busy.subscribe("1", "{ hangs }").await;
    assert_eq!(gateway.seen.recv().await, Some("started"));

    gateway.stop.send(()).unwrap();

    assert_eq!(idle.close_code().await, 1001);
    busy.subscribe("2", "{ hello }").await;
    busy.send(json!({ "type": "ping" })).await;
    assert_eq!(busy.next().await, json!({ "type": "pong" }));
    // The token's end, the deadline, and the longest that the server waits.
    gateway.clock.wait_for_sleepers(3).await;
    gateway.clock.advance(Duration::from_secs(30));
    let error = busy.refusal("1").await;
    assert_eq!(error["extensions"]["code"], "UPSTREAM_TIMEOUT");
    assert_eq!(busy.close_code().await, 1001);
    assert!(busy.0.next().await.is_none());
    gateway.server.await.unwrap().unwrap();
    assert_eq!(gateway.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn only_our_protocol_is_offered() {
    let gateway = gateway().await;
    let both = format!("graphql-ws, {PROTOCOL}");
    let (mut socket, protocol) = upgrade(&gateway.base, &both, None).await.unwrap();
    assert_eq!(protocol, PROTOCOL);
    socket.send(init(&gateway.token)).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    socket.assert_still_answers().await;

    for other in ["graphql-ws", "mqtt"] {
        let Err(response) = upgrade(&gateway.base, other, None).await else {
            panic!("{other} is not spoken here");
        };
        assert_eq!(response.status(), 400);
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert_eq!(code(&body), "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_open_a_socket() {
    let gateway = gateway().await;
    let open = async |origin: &str| upgrade(&gateway.base, PROTOCOL, Some(origin)).await;
    assert!(open(&gateway.base).await.is_ok());
    for origin in ["http://127.0.0.1", "https://evil.example", "null"] {
        let Err(response) = open(origin).await else {
            panic!("{origin} is another site");
        };
        assert_eq!(response.status(), 403, "{origin}");
    }
}

#[tokio::test]
async fn what_is_not_a_handshake_is_answered_in_http() {
    let gateway = gateway().await;
    let get = gateway.request(Method::GET, "/graphql/ws");
    let (status, body) = read(get.send().await.unwrap()).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::BAD_REQUEST, "BAD_USER_INPUT")
    );
    let post = gateway.request(Method::POST, "/graphql/ws").body("{}");
    let response = post.send().await.unwrap();
    assert_eq!(header(response.headers(), "allow"), "GET");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
