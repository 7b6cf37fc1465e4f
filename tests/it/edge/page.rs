//! Health and the playground.

use reqwest::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

use super::*;

#[tokio::test]
async fn health_tells_alive_from_ready() {
    let gateway = gateway().await;
    let status = async |path| {
        gateway
            .request(Method::GET, path)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(status("/health/live").await, StatusCode::OK);
    assert_eq!(
        status("/health/ready").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    gateway.readiness.set(true);
    assert_eq!(status("/health/ready").await, StatusCode::OK);
}

#[tokio::test]
async fn the_playground_learns_where_the_graph_is_and_can_be_switched_off() {
    let on = gateway_with(Some(edge::Playground {
        token: Some("a.demo.token".into()),
        simulated: true,
    }))
    .await;
    let config = on.client.get(format!("{}/playground/config.json", on.base));
    let response = config.send().await.unwrap();
    assert_eq!(header(response.headers(), "cache-control"), "no-store");
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "graphql": "/graphql", "token": "a.demo.token", "simulated": true })
    );
    for unserved in [
        "/playground/favicon.svg.br",
        "/playground/..%2FCargo.toml",
        "/playground/none.js",
    ] {
        let response = on
            .client
            .get(format!("{}{unserved}", on.base))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{unserved}");
    }

    let off = gateway_with(None).await;
    for path in ["/", "/playground/config.json", "/playground/index.html"] {
        let response = off
            .client
            .get(format!("{}{path}", off.base))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_page_is_asked_for_again_and_its_scripts_are_kept_for_good() {
    let gateway = gateway().await;
    // The packed bytes are looked at as they come.
    let client = Client::builder().no_gzip().build().unwrap();
    let get = async |path: &str, encoding: &str| {
        let request = client.get(format!("{}{path}", gateway.base));
        let response = request
            .header(ACCEPT_ENCODING, encoding)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        (response.headers().clone(), response.bytes().await.unwrap())
    };

    let (headers, page) = get("/", "identity").await;
    assert_eq!(header(&headers, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&headers, "cache-control"), "no-cache");
    assert!(header(&headers, "content-security-policy").contains("script-src 'self';"));
    let again = client
        .get(&gateway.base)
        .header(IF_NONE_MATCH, &headers["etag"]);
    assert_eq!(
        again.send().await.unwrap().status(),
        StatusCode::NOT_MODIFIED
    );

    let page = str::from_utf8(&page).unwrap();
    let (_, rest) = page.split_once("<script type=\"module\" src=\"").unwrap();
    let (script, _) = rest.split_once('"').unwrap();
    let (plain_headers, plain) = get(script, "identity").await;
    assert_eq!(
        header(&plain_headers, "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert!(header(&plain_headers, "cache-control").contains("immutable"));
    assert!(!plain_headers.contains_key("content-encoding"));
    for (accept, encoding) in [("gzip, br", "br"), ("gzip", "gzip")] {
        let (headers, packed) = get(script, accept).await;
        assert_eq!(header(&headers, "content-encoding"), encoding);
        assert_eq!(header(&headers, "vary"), "accept-encoding");
        assert_ne!(headers["etag"], plain_headers["etag"]);
        assert!(packed.len() < plain.len() / 2);
    }
}
