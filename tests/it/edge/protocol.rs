//! GraphQL over HTTP: what the specification asks for and its audits check.

use reqwest::header::EXPECT;

use super::*;

#[tokio::test]
async fn the_answer_has_the_media_type_that_was_asked_for() {
    let gateway = gateway().await;
    for (accept, content_type) in [
        (
            Some(GRAPHQL_RESPONSE),
            "application/graphql-response+json; charset=utf-8",
        ),
        (Some("application/json"), "application/json; charset=utf-8"),
        (Some("*/*"), "application/json; charset=utf-8"),
        (None, "application/json; charset=utf-8"),
    ] {
        let mut request = gateway
            .request(Method::POST, "/graphql")
            .header(CONTENT_TYPE, "application/json; charset=UTF-8")
            .body(r#"{"query":"{ hello }"}"#);
        if let Some(accept) = accept {
            request = request.header(ACCEPT, accept);
        }
        let response = request.send().await.unwrap();
        assert_eq!(header(response.headers(), "content-type"), content_type);
        assert_eq!(header(response.headers(), "cache-control"), "no-store");
        assert_eq!(
            header(response.headers(), "x-content-type-options"),
            "nosniff"
        );
        assert_eq!(
            response.text().await.unwrap(),
            r#"{"data":{"hello":"hello "}}"#
        );
    }
    let refused = gateway
        .post("{}")
        .header(ACCEPT, "text/html")
        .headers(HeaderMap::from_iter([(
            ACCEPT,
            "text/html".parse().unwrap(),
        )]));
    let (status, body) = read(refused.send().await.unwrap()).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT")
    );
}

#[tokio::test]
async fn a_request_error_has_no_data_and_a_status_that_the_media_type_decides() {
    let gateway = gateway().await;
    let deep = format!("{} hello {}", "{ query ".repeat(31), "}".repeat(31));
    for (query, code_expected) in [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("query ($n: String!) { hello(name: $n) }", "BAD_USER_INPUT"),
        ("query a { hello } query b { hello }", "BAD_USER_INPUT"),
        ("subscription { x }", "BAD_USER_INPUT"),
        (&deep, "QUERY_TOO_COSTLY"),
    ] {
        let parameters = json!({ "query": query });
        let (status, body) = gateway.send(&parameters).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::BAD_REQUEST, code_expected),
            "{query}"
        );

        let as_json = gateway
            .request(Method::POST, "/graphql")
            .header(ACCEPT, "application/json")
            .json(&parameters);
        let (status, body) = read(as_json.send().await.unwrap()).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::OK, code_expected),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_was_executed_is_200_even_when_its_only_field_failed() {
    let gateway = gateway().await;
    let (status, body) = gateway.query("{ hello absent }").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["data"], json!({ "hello": "hello ", "absent": null }));
    assert_eq!(body["errors"][0]["path"], json!(["absent"]));

    let (status, body) = gateway.query("{ required }").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body.get("data"), Some(&Value::Null));
}

#[tokio::test]
async fn complexity_that_the_schema_refuses_is_too_costly() {
    let gateway = gateway().await;
    let (status, body) = gateway
        .query(&format!("{{ {} }}", "hello ".repeat(2_001)))
        .await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::BAD_REQUEST, "QUERY_TOO_COSTLY")
    );
}

#[tokio::test]
async fn get_takes_the_parameters_from_the_url_and_never_changes_anything() {
    let gateway = gateway().await;
    let get = |parameters: &[(&str, &str)]| {
        gateway
            .request(Method::GET, "/graphql")
            .header(ACCEPT, GRAPHQL_RESPONSE)
            .query(parameters)
            .send()
    };
    let query =
        "query a($n: String) { hello(name: $n) } query b { __typename } mutation c { change }";
    let named = [
        ("query", query),
        ("operationName", "a"),
        ("variables", r#"{"n":"Zoë"}"#),
    ];
    let (status, body) = read(get(&named).await.unwrap()).await;
    assert_eq!(
        (status, body),
        (StatusCode::OK, json!({ "data": { "hello": "hello Zoë" } }))
    );

    let empty = [
        ("query", "{ hello }"),
        ("operationName", ""),
        ("variables", ""),
    ];
    assert_eq!(get(&empty).await.unwrap().status(), StatusCode::OK);

    let bad = [("query", "{ hello }"), ("variables", "{")];
    assert_eq!(get(&bad).await.unwrap().status(), StatusCode::BAD_REQUEST);

    let mutation = get(&[("query", query), ("operationName", "c")])
        .await
        .unwrap();
    assert_eq!(header(mutation.headers(), ALLOW.as_str()), "POST");
    let (status, body) = read(mutation).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT")
    );
}

#[tokio::test]
async fn other_methods_are_405_and_say_which_are_allowed() {
    let gateway = gateway().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let response = gateway.request(method, "/graphql").send().await.unwrap();
        assert_eq!(header(response.headers(), ALLOW.as_str()), "GET, POST");
        let (status, body) = read(response).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT")
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_announced_as_plain_utf_8_json_is_415() {
    let gateway = gateway().await;
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/json; charset=utf-16"),
        ("content-encoding", "gzip"),
    ] {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        let request = gateway.post(r#"{"query":"{ hello }"}"#).headers(headers);
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT"),
            "{value}"
        );
    }
    let untyped = gateway.request(Method::POST, "/graphql").body("{}");
    assert_eq!(
        untyped.send().await.unwrap().status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn parameters_of_the_wrong_type_are_400_and_null_is_as_good_as_absent() {
    let gateway = gateway().await;
    for body in [
        "",
        "{",
        "3",
        "[]",
        r#"[{"query":"{ hello }"}]"#,
        "{}",
        r#"{"query":3}"#,
        r#"{"query":null}"#,
        r#"{"query":"{ hello }","operationName":3}"#,
        r#"{"query":"{ hello }","variables":[]}"#,
        r#"{"query":"{ hello }","variables":"{}"}"#,
        r#"{"query":"{ hello }","extensions":false}"#,
        "{\"query\":\"{ hello }\",\"variables\":{\"x\":\"\u{1}\"}}",
    ] {
        let (status, answer) = read(gateway.post(body).send().await.unwrap()).await;
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"),
            "{body}"
        );
    }
    let nulls = json!({ "query": "{ hello }", "operationName": null, "variables": null, "extensions": null });
    assert_eq!(gateway.send(&nulls).await.0, StatusCode::OK);

    let (_, batch) = read(gateway.post("[{}]").send().await.unwrap()).await;
    assert!(
        batch["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Batches are not supported")
    );
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_413_whether_it_says_so_or_not() {
    let gateway = gateway().await;
    let large = vec![b' '; (1 << 20) + 1];
    let announced = gateway.post(large.clone()).send().await.unwrap();
    assert_eq!(announced.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let chunks: Vec<Result<Bytes, std::io::Error>> = large
        .chunks(64 << 10)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let chunked = gateway.post(reqwest::Body::wrap_stream(stream::iter(chunks)));
    let (status, body) = read(chunked.send().await.unwrap()).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::PAYLOAD_TOO_LARGE, "BAD_USER_INPUT")
    );

    let far_too_large = vec![b' '; (8 << 20) + 1];
    let waits = gateway
        .post(far_too_large[..2 << 20].to_vec())
        .header(EXPECT, "100-continue");
    assert_eq!(
        waits.send().await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let read_and_forgotten = gateway.post(far_too_large[..8 << 20].to_vec());
    assert_eq!(
        read_and_forgotten.send().await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );

    let mut exact = br#"{"query":"{ hello }"}"#.to_vec();
    exact.resize(1 << 20, b' ');
    assert_eq!(
        gateway.post(exact).send().await.unwrap().status(),
        StatusCode::OK
    );
    gateway.assert_still_answers().await;
}
