//! What is logged: enough to find a failure, and nothing that must not be known.

use std::time::Duration;

use hausgraph::{
    config::demo,
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
};
use serde_json::json;

use crate::{
    auth::{KeyServer, Manner, Signer, publishing},
    edge::{gateway_trusting, issuers},
    support::{TestGateway, answer::strings, logged},
};

/// Every way in which a system fails.
pub const FAULTS: [Fault; 9] = [
    Fault::Drop,
    Fault::DropMidBody,
    Fault::Status(401),
    Fault::Status(422),
    Fault::Status(500),
    Fault::Throttle {
        retry_after: Some(17),
    },
    Fault::Redirect,
    Fault::Truncate,
    Fault::WrongTypes,
];

/// Asks for personal data and for a signed link, well and with each system failing in many ways;
/// answers what was logged meanwhile, and what must not be in it.
async fn log_of_failures(filter: &str) -> (String, Vec<String>) {
    let (hidden, log) = logged(filter, failures()).await;
    (log, hidden)
}

/// Answers what must not be logged.
async fn failures() -> Vec<String> {
    let gateway = TestGateway::start().await;
    let shared = &gateway.sandbox.shared;
    let token = gateway.token(demo::ORGANIZATION, &[]);
    let email = {
        let world = shared.tenants[0].world();
        let people = &world.people;
        people
            .iter()
            .find_map(|person| person.emails.first().cloned())
            .unwrap()
    };
    let query = "query($email: String!) {
        contact(by: { email: $email }) { name }
        properties(first: 5) { nodes { contacts { nodes { name emails } } } }
        protocols(first: 1) { nodes { pdf { url } contacts { contact { name } } } }
        projects(first: 3) { nodes { prospects { nodes { investor { contact { name } } } } } }
    }";
    let body = json!({ "query": query, "variables": { "email": email } });
    let ask = || async {
        gateway
            .post(&token, body.clone())
            .await
            .text()
            .await
            .unwrap()
    };
    let well = ask().await;
    assert!(!well.contains("errors") && well.contains('@'), "{well}");
    for fault in FAULTS {
        for system in [System::Propstack, System::DeepRent, System::Propstreet] {
            shared.faults.add(Rule::new(system, fault.clone()));
        }
        let text = gateway.hurry(Duration::from_secs(2), ask()).await;
        assert!(text.contains("errors"), "{text}");
        shared.faults.clear();
    }

    let mut hidden = vec![token, email, "@".to_owned(), "sandbox-".to_owned()];
    hidden.extend(["eyJ", "ignature", "Bearer ", "Anna"].map(str::to_owned));
    let access = serde_json::to_value(&gateway.sandbox.access).unwrap();
    let mut addresses = Vec::new();
    strings(&access, &mut addresses);
    hidden.extend(
        addresses
            .into_iter()
            .filter(|text| !text.starts_with("http"))
            .map(str::to_owned),
    );
    hidden
}

fn assert_hides(log: &str, hidden: &[String]) {
    for line in log.lines() {
        let told = hidden.iter().find(|hidden| line.contains(hidden.as_str()));
        assert_eq!(told, None, "in {line}");
    }
}

#[tokio::test]
async fn our_own_log_tells_failures_and_hides_addresses_too_at_every_level() {
    let (log, mut hidden) = log_of_failures("off,hausgraph=trace").await;
    assert!(log.contains("upstream_call") && log.contains("list_units"));
    hidden.extend(["http:", "127.0.0.1", "?"].map(str::to_owned));
    assert_hides(&log, &hidden);
}

#[tokio::test]
async fn the_log_of_everything_hides_secrets_and_persons() {
    for filter in ["info", "debug"] {
        let (log, hidden) = log_of_failures(filter).await;
        assert!(log.contains("WARN"), "{log}");
        assert_hides(&log, &hidden);
    }
}

#[tokio::test]
async fn the_log_tells_that_keys_cannot_be_had_and_hides_tokens_and_secrets() {
    for filter in ["off,hausgraph=trace", "debug"] {
        let asked = async {
            let signer = Signer::es256("the-id-of-a-key");
            let server = KeyServer::start(&[&signer]).await;
            let mut trusted = issuers();
            trusted.push(publishing(&server.url));
            let gateway = gateway_trusting(&trusted).await;
            let good = signer.token(json!({}));
            let tokens = [
                good.clone(),
                good.clone() + "x",
                signer.token_naming(Some("another")),
                signer.token(json!({ "exp": 1 })),
                gateway.token.clone(),
                "nonsense".to_owned(),
            ];
            let mut answers = Vec::new();
            for manner in [Manner::Breaks, Manner::Says(signer.jwk.to_string())] {
                server.behave(manner);
                gateway.clock.advance(Duration::from_secs(30));
                for token in &tokens {
                    let request = gateway.client.post(format!("{}/graphql", gateway.base));
                    let body = json!({ "query": "{ hello }" });
                    let sent = request.bearer_auth(token).json(&body).send().await;
                    answers.push(sent.unwrap().text().await.unwrap());
                }
            }
            (signer, server, tokens, answers)
        };
        let ((signer, server, tokens, answers), log) = logged(filter, asked).await;

        assert!(
            log.contains("WARN") && log.contains("were not fetched"),
            "{log}"
        );
        let mut hidden = vec!["the-id-of-a-key".to_owned(), "a secret of".to_owned()];
        hidden.extend(tokens);
        hidden.push(signer.jwk["x"].as_str().unwrap().to_owned());
        hidden.extend(["eyJ", "Bearer "].map(str::to_owned));
        assert_hides(&answers.join("\n"), &hidden);
        if filter != "debug" {
            hidden.push(server.url.clone());
        }
        assert_hides(&log, &hidden);
    }
}
