//! The bytes of an answer and nothing else: as fast as it gets with the same server.

use std::sync::{Arc, OnceLock};

use axum::{Router, body::Bytes, extract::State, http::header::CONTENT_TYPE, routing};

use super::server;

type Answer = Arc<OnceLock<Bytes>>;

/// Serves at `/` what was put there first.
pub async fn run() {
    let put = async |State(answer): State<Answer>, body: Bytes| answer.set(body).unwrap();
    let post = async |State(answer): State<Answer>, _: Bytes| {
        let body = answer.get().cloned().unwrap_or_default();
        ([(CONTENT_TYPE, "application/json")], body)
    };
    let router = Router::new().route("/", routing::put(put).post(post));
    server::serve(router.with_state(Answer::default())).await;
}
