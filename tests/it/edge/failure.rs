//! Panics, deadlines, clients that leave, and the end of the server.

use super::*;

#[tokio::test]
async fn a_panic_is_one_internal_error_that_tells_nothing() {
    let gateway = gateway().await;
    let response = gateway
        .post(r#"{"query":"{ panics }"}"#)
        .send()
        .await
        .unwrap();
    assert!(response.headers().contains_key("x-request-id"));
    let (status, body) = read(response).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
    );
    assert!(!body.to_string().contains("secret"), "{body}");
    gateway.assert_still_answers().await;
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_dropped_and_answered() {
    for (query, seconds) in [("{ hangs }", 30), ("{ pdf }", 75)] {
        let mut gateway = gateway().await;
        let body = json!({ "query": query }).to_string();
        let answer = tokio::spawn(gateway.post(body).send());
        assert_eq!(gateway.seen.recv().await, Some("started"));
        gateway.clock.wait_for_sleepers(1).await;
        gateway.clock.advance(Duration::from_secs(seconds - 1));
        assert!(gateway.seen.try_recv().is_err());

        gateway.clock.advance(Duration::from_secs(1));

        let (status, body) = read(answer.await.unwrap().unwrap()).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::GATEWAY_TIMEOUT, "UPSTREAM_TIMEOUT")
        );
        assert_eq!(gateway.seen.recv().await, Some("dropped"));
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let gateway = gateway().await;
    let endless = stream::pending::<Result<Bytes, std::io::Error>>();
    let answer = tokio::spawn(gateway.post(reqwest::Body::wrap_stream(endless)).send());
    gateway.clock.wait_for_sleepers(1).await;

    gateway.clock.advance(Duration::from_secs(30));

    let (status, body) = read(answer.await.unwrap().unwrap()).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::REQUEST_TIMEOUT, "BAD_USER_INPUT")
    );
}

#[tokio::test]
async fn an_execution_is_dropped_when_its_client_leaves() {
    let mut gateway = gateway().await;
    let request = tokio::spawn(gateway.post(r#"{"query":"{ hangs }"}"#).send());
    assert_eq!(gateway.seen.recv().await, Some("started"));

    request.abort();

    assert_eq!(gateway.seen.recv().await, Some("dropped"));
    gateway.assert_still_answers().await;
}

#[tokio::test]
async fn a_stopped_server_finishes_what_it_has_begun_and_then_ends() {
    let mut gateway = gateway().await;
    let under_way = tokio::spawn(gateway.post(r#"{"query":"{ hangs }"}"#).send());
    assert_eq!(gateway.seen.recv().await, Some("started"));

    gateway.stop.send(()).unwrap();
    gateway.clock.wait_for_sleepers(2).await;
    gateway.clock.advance(Duration::from_secs(30));

    let status = under_way.await.unwrap().unwrap().status();
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    gateway.server.await.unwrap().unwrap();
    assert!(gateway.client.get(&gateway.base).send().await.is_err());
}

#[tokio::test]
async fn each_request_has_an_id_of_its_own_that_the_execution_knows() {
    let gateway = gateway().await;
    let mut answered = vec![];
    for _ in 0..2 {
        let request = gateway
            .post(r#"{"query":"{ hello }"}"#)
            .header("x-request-id", "mine");
        let response = request.send().await.unwrap();
        answered.push(header(response.headers(), "x-request-id").to_owned());
    }
    let known = gateway.calls.lock().unwrap();
    let known: Vec<_> = known.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(answered, known);
    assert_ne!(answered[0], answered[1]);
}
