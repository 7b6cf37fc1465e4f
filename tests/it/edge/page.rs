//! Health and the playground.

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
        "/playground/.gitkeep",
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
