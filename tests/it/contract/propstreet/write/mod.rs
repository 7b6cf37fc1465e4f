//! What can be written: projects, prospects, and the rules that all writes share.

use reqwest::RequestBuilder;
use serde_json::Value;

use super::{Answer, Firm, send};

mod batch;
mod body;
mod etag;
mod idempotency;
mod order;
mod project;
mod prospect;
mod reference;

impl Firm {
    fn posting(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.http.post(self.url(path)).bearer_auth(&self.token);
        request.json(body)
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.posting(path, &body)).await
    }

    /// The record that a POST must make.
    async fn create(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
        answer.body
    }

    fn patching(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.http.patch(self.url(path)).bearer_auth(&self.token);
        request.json(body)
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        send(self.patching(path, &body)).await
    }

    async fn patch_if(&self, path: &str, etag: &str, body: Value) -> Answer {
        send(self.patching(path, &body).header("if-match", etag)).await
    }

    fn deleting(&self, path: &str) -> RequestBuilder {
        self.http.delete(self.url(path)).bearer_auth(&self.token)
    }

    async fn delete(&self, path: &str) -> Answer {
        send(self.deleting(path)).await
    }

    /// The record of a path, which must be there.
    async fn one(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }
}

fn etag(record: &Value) -> &str {
    record["etag"].as_str().unwrap()
}
