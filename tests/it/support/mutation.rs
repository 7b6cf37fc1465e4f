//! Ways to change the graph: a mutation by its name, and what it left in the audit log.

use hausgraph::{
    auth::{Role, Scopes, Viewer},
    config::demo::ORGANIZATION,
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
    store::{AuditEntry, AuditFilter},
};
use serde_json::{Value, json};

use super::{TestGateway, http};

/// What every payload's errors are asked for.
const ERRORS: &str = "errors { __typename code message path ... on UpstreamFailure { system }
    ... on EtagConflict { expected actual changedFields current { id } } }";

impl TestGateway {
    /// A token of this role of the demo organisation, with every scope that the role may have.
    pub fn role(&self, role: Role) -> String {
        self.token_of(Viewer::new(
            role.as_str(),
            ORGANIZATION,
            role,
            Scopes::all(),
        ))
    }

    /// The payload of one mutation by its name; `selection` is beside its errors.
    pub async fn run_as(&self, token: &str, name: &str, input: Value, selection: &str) -> Value {
        let answer = self.try_as(token, name, input, selection).await;
        assert_eq!(answer.get("errors"), None, "{name}: {answer}");
        answer["data"][name].clone()
    }

    /// The same as an owner of the demo organisation.
    pub async fn run(&self, name: &str, input: Value, selection: &str) -> Value {
        let token = self.token(ORGANIZATION, &[]);
        self.run_as(&token, name, input, selection).await
    }

    /// The payload of a mutation that another gateway of the same configuration runs.
    pub async fn run_at(&self, origin: &str, name: &str, input: Value) -> Value {
        let query = mutation(name, "__typename");
        let body = json!({ "query": query, "variables": { "input": input } });
        let token = self.token(ORGANIZATION, &[]);
        let request = http().post(format!("{origin}/graphql")).bearer_auth(token);
        let answer: Value = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(answer.get("errors"), None, "{name}: {answer}");
        answer["data"][name].clone()
    }

    /// The whole answer to one mutation.
    pub async fn try_as(&self, token: &str, name: &str, input: Value, selection: &str) -> Value {
        let query = mutation(name, selection);
        self.ask_as(token, &query, json!({ "input": input })).await
    }

    /// The audit log of an organisation, newest first.
    pub async fn audit(&self, organization: &str) -> Vec<AuditEntry> {
        let filter = AuditFilter::default();
        let read = self
            .store
            .list_audit_entries(organization, &filter, None, 100);
        read.await.unwrap()
    }

    /// Action and outcome of the latest act of the demo organisation.
    pub async fn last_act(&self) -> (String, String) {
        let entry = self.audit(ORGANIZATION).await.swap_remove(0);
        (entry.action, entry.outcome)
    }

    pub fn strike(&self, system: System, endpoint: &str, fault: Fault) {
        let rule = Rule::new(system, fault).at(endpoint);
        self.sandbox.shared.faults.add(rule.times(1));
    }
}

/// A mutation whose payload is asked for `selection` and its errors.
fn mutation(name: &str, selection: &str) -> String {
    let kind = name[..1].to_uppercase() + &name[1..];
    let kind = match kind.as_str() {
        "DeleteDeepRentWebhook" | "DeletePropstreetWebhook" => "DeleteWebhook".to_owned(),
        _ => kind,
    };
    format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {selection} {ERRORS} }} }}")
}
