//! What administrators do, over real HTTP: each mutation, what it leaves behind, and who may not.

mod access_token;
mod audit;
mod deeprent_api_key;
mod deeprent_webhook;
mod idempotency;
mod integration;
mod propstack_webhook;
mod propstreet_webhook;

use hausgraph::{
    auth::{Role, Scope},
    config::demo::ORGANIZATION,
};
use serde_json::{Value, json};

use crate::support::TestGateway;

impl TestGateway {
    /// Asserts that nobody below an administrator may run a mutation, and that nothing came of it.
    async fn assert_forbidden(&self, name: &str, input: Value, selection: &str) {
        let without = self.token(ORGANIZATION, &[Scope::IntegrationAdmin]);
        let tokens = [self.role(Role::Member), self.role(Role::Partner), without];
        let tries = tokens.len();
        let (acts, calls) = (
            self.audit(ORGANIZATION).await,
            self.sandbox.shared.journal.entries().len(),
        );
        for token in tokens {
            let answer = self.try_as(&token, name, input.clone(), selection).await;
            assert_eq!(crate::support::codes(&answer), ["FORBIDDEN"], "{name}");
            assert!(answer.get("data").is_none_or(Value::is_null), "{answer}");
        }
        let now = self.audit(ORGANIZATION).await;
        let (tried, before) = now.split_at(tries);
        assert!(
            tried
                .iter()
                .all(|act| act.action == name && act.outcome == "FORBIDDEN"),
            "{tried:?}"
        );
        assert_eq!(before, acts, "{name}");
        assert_eq!(self.sandbox.shared.journal.entries().len(), calls, "{name}");
    }

    /// Asserts that nobody below an administrator sees a root, that no error tells so, and that no
    /// system is asked.
    async fn assert_unseen(&self, field: &str, selection: &str) {
        let calls = self.sandbox.shared.journal.entries().len();
        for role in [Role::Member, Role::Partner] {
            let query = format!("{{ {field} {selection} }}");
            let answer = self.ask_as(&self.role(role), &query, json!({})).await;
            assert_eq!(answer.get("errors"), None, "{field}");
            assert!(
                answer["data"]
                    .as_object()
                    .unwrap()
                    .values()
                    .all(Value::is_null)
            );
        }
        assert_eq!(
            self.sandbox.shared.journal.entries().len(),
            calls,
            "{field}"
        );
    }
}

/// The codes of a payload's errors.
fn codes(payload: &Value) -> Vec<&str> {
    let errors = payload["errors"].as_array().unwrap().iter();
    errors
        .map(|error| error["code"].as_str().unwrap())
        .collect()
}

fn act(action: &str, outcome: &str) -> (String, String) {
    (action.to_owned(), outcome.to_owned())
}

/// Callback addresses that no system is told of, whatever the reach.
const NO_CALLBACKS: [&str; 3] = [
    "ftp://hooks.example.org/",
    "https://name:password@hooks.example.org/",
    "mailto:hooks@example.org",
];

/// Those that only a sandbox may be told of.
const PRIVATE_CALLBACKS: [&str; 5] = [
    "http://hooks.example.org/",
    "https://127.0.0.1/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/hook",
    "https://localhost/hook",
];

/// Asserts that a mutation refuses each address before anything is sent.
async fn assert_callbacks_refused(
    gateway: &TestGateway,
    addresses: &[&str],
    name: &str,
    input: &Value,
) {
    gateway.sandbox.shared.journal.clear();
    for address in addresses {
        let mut input = input.clone();
        input["url"] = json!(address);
        let payload = gateway.run(name, input, "webhook { id }").await;
        assert_eq!(codes(&payload), ["VALIDATION"], "{address}");
        assert_eq!(payload["errors"][0]["path"], json!(["url"]));
        assert_eq!(payload["webhook"], Value::Null);
        assert!(!payload.to_string().contains("hooks."), "{payload}");
        assert_eq!(gateway.last_act().await, act(name, "VALIDATION"));
    }
    assert_eq!(gateway.sandbox.shared.journal.entries().len(), 0);
}

/// A gateway that only tells systems of public addresses.
async fn public() -> TestGateway {
    let sandbox = crate::support::sandbox().await;
    TestGateway::configured(sandbox, |config| config.upstreams.allow_private = false).await
}
