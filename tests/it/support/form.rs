//! Requests with files, as `curl --form` sends them.

use reqwest::Response;
use serde_json::Value;

use super::{TestGateway, http};

const BOUNDARY: &str = "----of-the-tests";

/// A form, part by part.
#[derive(Default)]
pub struct Form(Vec<u8>);

impl Form {
    /// A form with these operations and this map.
    pub fn new(operations: &Value, map: &Value) -> Self {
        Self::default()
            .text("operations", &operations.to_string())
            .text("map", &map.to_string())
    }

    /// One more part, of text.
    pub fn text(mut self, name: &str, text: &str) -> Self {
        let head =
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// One more part, a file.
    pub fn file(mut self, name: &str, file_name: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; \
             filename=\"{file_name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// Sends it.
    pub async fn send(self, gateway: &TestGateway, token: &str) -> Response {
        self.send_to(&gateway.origin, token).await
    }

    /// Sends it to another gateway.
    pub async fn send_to(self, origin: &str, token: &str) -> Response {
        self.try_send_to(origin, token)
            .await
            .expect("the gateway answers")
    }

    /// The same to one that may not answer.
    pub async fn try_send_to(self, origin: &str, token: &str) -> reqwest::Result<Response> {
        let end = format!("--{BOUNDARY}--\r\n");
        self.post(origin, token, end.as_bytes()).await
    }

    /// The same with another end than a form has.
    pub async fn send_raw(self, gateway: &TestGateway, token: &str, end: &[u8]) -> Response {
        let response = self.post(&gateway.origin, token, end).await;
        response.expect("the gateway answers")
    }

    async fn post(mut self, origin: &str, token: &str, end: &[u8]) -> reqwest::Result<Response> {
        self.0.extend_from_slice(end);
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        http()
            .post(format!("{origin}/graphql"))
            .bearer_auth(token)
            .header("content-type", content_type)
            .body(self.0)
            .send()
            .await
    }
}
