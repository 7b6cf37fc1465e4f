//! What our clients find out about the rights of their credentials.

use std::{pin::pin, time::Duration};

use hausgraph::{
    sandbox::{
        System,
        fault::{Fault, Rule},
    },
    upstream::{
        Error,
        propstack::{Resource, UnitsQuery},
        propstreet,
    },
};
use serde_json::json;

use super::{
    assert_tells_nothing,
    propstack::{Propstack, client},
    propstreet::{Propstreet, TOKEN},
};
use crate::support;

fn words(resources: &[Resource]) -> Vec<&'static str> {
    resources.iter().map(|resource| resource.word()).collect()
}

#[tokio::test]
async fn the_rights_of_a_propstack_key_are_told_in_an_administrators_words() {
    let propstack = Propstack::start().await;
    // In a task of its own, as a server runs it.
    let client_of_all = propstack.client.clone();
    let all = tokio::spawn(async move { client_of_all.probe_rights().await });
    let all = all.await.unwrap().unwrap();
    assert_eq!(all, Resource::ALL);
    assert_eq!(
        words(&all),
        [
            "objects:read",
            "object_statuses:read",
            "projects:read",
            "brokers:read",
            "contacts:read",
            "contact_statuses:read",
            "documents:read",
            "relationships:read",
            "hooks:read"
        ]
    );
    let journal = &propstack.sandbox.shared.journal;
    assert_eq!(journal.count_all(System::Propstack), 9, "one call each");
    for entry in journal.entries() {
        assert!(entry.arrival.query.contains("per=1&"), "{entry:?}");
    }

    let narrow = format!("{}.units+documents+hooks", propstack.key());
    let narrow = client(&propstack.sandbox, &[&narrow]);
    let narrow = narrow.probe_rights().await.unwrap();
    assert_eq!(
        words(&narrow),
        ["objects:read", "documents:read", "hooks:read"]
    );
}

#[tokio::test]
async fn the_rights_of_several_keys_add_up_and_later_calls_begin_with_the_right_one() {
    let propstack = Propstack::start().await;
    let contacts = format!("{}.contacts", propstack.key());
    let units = format!("{}.units", propstack.key());
    let client = client(
        &propstack.sandbox,
        &["sandbox-wrong-key", &contacts, &units],
    );

    let rights = client.probe_rights().await.unwrap();

    assert_eq!(rights, [Resource::Units, Resource::Contacts]);
    let asked = propstack.calls("GET /v1/units");
    client.list_units(&UnitsQuery::default()).await.unwrap();
    assert_eq!(propstack.calls("GET /v1/units"), asked + 1);
}

#[tokio::test]
async fn a_key_that_opens_nothing_has_no_rights() {
    let propstack = Propstack::start().await;
    let client = client(&propstack.sandbox, &["sandbox-wrong-key"]);
    assert_eq!(client.probe_rights().await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_failure_is_told_only_when_nothing_else_could_be() {
    let propstack = Propstack::start().await;
    let shared = &propstack.sandbox.shared;
    let rule = |fault| Rule::new(System::Propstack, fault);

    shared.faults.add(rule(Fault::Html).at("GET /v1/units"));
    let rights = propstack.client.probe_rights().await.unwrap();
    assert_eq!(rights, Resource::ALL[1..]);

    shared.faults.add(rule(Fault::Drop));
    let client = propstack.client.clone();
    let mut probing = pin!(client.probe_rights());
    // How many calls are under way varies, so it is the pauses that are hurried through.
    let error = loop {
        tokio::select! {
            rights = &mut probing => break rights.unwrap_err(),
            pause = shared.clock.wait_for_pause(Duration::from_secs(2)) => shared.clock.advance(pause),
        }
    };
    assert!(
        matches!(error, Error::Unreachable { .. } | Error::Unreadable { .. }),
        "{error:?}"
    );
    assert_eq!(error.operation(), "probe_rights");
    assert_tells_nothing(&error, &["sandbox-"]);
}

#[tokio::test]
async fn the_rights_of_propstreets_credentials_are_those_that_it_does_not_refuse() {
    let it = Propstreet::start().await;
    let all = it.client.probe_rights().await.unwrap();
    assert_eq!(all, propstreet::Resource::ALL);
    let journal = &it.sandbox.shared.journal;
    assert_eq!(journal.count_all(System::Propstreet), 6, "and one token");

    for (endpoint, status) in [
        ("GET /api/v1/webhooks", 403),
        ("GET /api/v1/network/companies", 401),
    ] {
        let rule = Rule::new(System::Propstreet, Fault::Status(status));
        it.sandbox.shared.faults.add(rule.at(endpoint));
    }
    // In a task of its own, as a server runs it.
    let client = it.client.clone();
    let rights = tokio::spawn(async move { client.probe_rights().await });
    let rights = rights.await.unwrap().unwrap();

    let words: Vec<_> = rights.iter().map(|resource| resource.word()).collect();
    assert_eq!(words, ["projects:read", "contacts:read", "properties:read"]);
}

#[tokio::test]
async fn credentials_that_buy_no_token_have_no_rights() {
    let it = Propstreet::start().await;
    let refusal = Rule::new(System::Propstreet, Fault::Status(401)).at(TOKEN);
    it.sandbox.shared.faults.add(refusal);
    assert_eq!(it.client.probe_rights().await, Ok(Vec::new()));
}

#[tokio::test]
async fn hooks_are_listed_with_their_events_as_they_are_named() {
    let propstack = Propstack::start().await;
    let access = &propstack.sandbox.access.demo.propstack;
    assert_eq!(propstack.client.list_hooks().await, Ok(Vec::new()));
    for event in ["property_updated", "client_created"] {
        let body = json!({ "target_url": "https://receiver.example/a", "event": event });
        let request = support::http().post(format!("{}/hooks", access.base_url));
        let request = request.header("X-API-KEY", &access.api_key).json(&body);
        assert!(request.send().await.unwrap().status().is_success());
    }

    let hooks = propstack.client.list_hooks().await.unwrap();

    let events: Vec<_> = hooks.iter().map(|hook| hook.event.as_str()).collect();
    assert_eq!(events, ["property_updated", "client_created"]);
    assert_eq!(hooks[0].url.0.as_str(), "https://receiver.example/a");
    assert_ne!(hooks[0].id, hooks[1].id);
}
