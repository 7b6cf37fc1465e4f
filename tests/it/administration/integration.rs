//! How an organisation that the configuration gives no credentials connects its systems.

use std::{pin::pin, time::Duration};

use hausgraph::{
    config::{Config, Organization},
    sandbox::{System, fault::Fault, fault::Rule, tenant::TenantAccess},
};
use serde_json::{Value, json};

use super::{act, codes};
use crate::{
    store::backend::at_every_backend,
    support::{TestGateway, codes as error_codes, http, logged, sandbox},
};

pub const FIRM: &str = "firm";
const SHOWN: &str =
    "integration { system status isConfigured permissions keyHint problem checkedAt }";
const CONNECT: &str = "connectIntegration";
const DISCONNECT: &str = "disconnectIntegration";
const CHECK: &str = "checkIntegration";

/// The three systems: their names, what opens them, and a query that asks them alone.
pub fn systems(access: &TenantAccess) -> [(System, &'static str, Value, &'static str); 3] {
    [
        (
            System::Propstack,
            "PROPSTACK",
            json!({ "propstack": { "apiKeys": [access.propstack.api_key] } }),
            "{ properties(first: 1) { nodes { id } } }",
        ),
        (
            System::DeepRent,
            "DEEPRENT",
            json!({ "deepRent": { "apiKey": access.deeprent.api_key,
                "sessionToken": access.deeprent.session_token,
                "organizationId": access.deeprent.organization_id } }),
            "{ protocols(first: 1) { nodes { id } } }",
        ),
        (
            System::Propstreet,
            "PROPSTREET",
            json!({ "propstreet": { "clientId": access.propstreet.client_id,
                "clientSecret": access.propstreet.client_secret } }),
            "{ projects(first: 1) { nodes { id } } }",
        ),
    ]
}

pub fn with_firm(config: &mut Config) {
    config.organizations.push(Organization {
        id: FIRM.to_owned(),
        name: "Firma".to_owned(),
        propstack: None,
        deeprent: None,
        propstreet: None,
    });
}

async fn firm() -> TestGateway {
    TestGateway::configured(sandbox().await, with_firm).await
}

impl TestGateway {
    /// A mutation as an owner of the firm.
    async fn run_firm(&self, name: &str, input: Value) -> Value {
        let token = self.token(FIRM, &[]);
        self.run_as(&token, name, input, SHOWN).await
    }

    async fn connect(&self, credentials: &Value) -> Value {
        self.run_firm(CONNECT, json!({ "credentials": credentials }))
            .await
    }

    async fn ask_firm(&self, query: &str) -> Value {
        self.ask_as(&self.token(FIRM, &[]), query, json!({})).await
    }

    async fn assert_nothing_saved(&self, outcome: &str) {
        let saved = self.store.list_integrations(FIRM).await.unwrap();
        assert!(saved.is_empty(), "{outcome}");
        let last = self.audit(FIRM).await.swap_remove(0);
        assert_eq!((last.action, last.outcome), act(CONNECT, outcome));
    }
}

#[tokio::test]
async fn each_system_answers_from_its_connection_to_its_disconnection() {
    let gateway = firm().await;
    for (_, system, credentials, query) in systems(&gateway.sandbox.access.demo) {
        let before = gateway.ask_firm(query).await;
        let connect = logged("off,hausgraph=trace", gateway.connect(&credentials));
        let (connected, log) = connect.await;
        let between = gateway.ask_firm(query).await;
        let listed = gateway
            .ask_firm("{ integrations { system status keyHint } }")
            .await;
        let disconnected = gateway
            .run_firm(DISCONNECT, json!({ "system": system }))
            .await;
        let after = gateway.ask_firm(query).await;

        assert_eq!(error_codes(&before), ["UPSTREAM_UNAVAILABLE"], "{system}");
        let shown = &connected["integration"];
        assert_eq!(connected["errors"], json!([]));
        assert_eq!(
            (&shown["system"], &shown["status"]),
            (&json!(system), &json!("CONNECTED"))
        );
        assert_eq!(
            (&shown["isConfigured"], &shown["problem"]),
            (&json!(false), &Value::Null)
        );
        assert!(!shown["permissions"].as_array().unwrap().is_empty());
        let hint = shown["keyHint"].as_str().unwrap();
        assert!(hint.starts_with('…') && hint.chars().count() == 5, "{hint}");
        assert_eq!(between.get("errors"), None, "{between}");
        assert_eq!(disconnected["integration"]["status"], "NOT_CONNECTED");
        assert_eq!(error_codes(&after), ["UPSTREAM_UNAVAILABLE"], "{system}");
        let audit = format!("{:?}", gateway.audit(FIRM).await);
        for text in [log, audit, connected.to_string(), listed.to_string()] {
            assert!(!text.contains("sandbox-"), "{text}");
        }
        let acts = gateway.audit(FIRM).await;
        for (entry, action) in acts.iter().zip([DISCONNECT, CONNECT]) {
            assert_eq!(
                (entry.action.as_str(), entry.outcome.as_str()),
                (action, "OK")
            );
            assert_eq!(
                (entry.actor.as_str(), entry.target.as_deref()),
                ("test", Some(system.to_lowercase().as_str()))
            );
        }
    }
}

#[tokio::test]
async fn what_a_system_still_allows_is_shown_without_asking_it() {
    let gateway = firm().await;
    let shared = &gateway.sandbox.shared;
    let shown = async |system: usize| {
        let query =
            "{ integrations { budget { limitPerMinute remaining throttledUntil circuit } } }";
        let mut answer = gateway.ask_firm(query).await;
        answer["data"]["integrations"][system]["budget"].take()
    };
    let systems = systems(&gateway.sandbox.access.demo);
    for (system, (_, _, credentials, _)) in systems.iter().enumerate() {
        assert_eq!(shown(system).await, Value::Null);
        let connected = gateway.connect(credentials).await;
        assert_eq!(connected["errors"], json!([]));
        let unknown = json!({ "limitPerMinute": null, "remaining": null,
            "throttledUntil": null, "circuit": "CLOSED" });
        assert_eq!(shown(system).await, unknown);
    }
    let [_, (deeprent, .., protocols), (propstreet, .., projects)] = systems;

    // Those of the check are over.
    shared.clock.advance(Duration::from_secs(60));
    shared.switches_mut().propstreet.client_limit = 2;
    for left in [1, 0] {
        assert_eq!(gateway.ask_firm(projects).await.get("errors"), None);
        let budget = shown(2).await;
        assert_eq!(
            (&budget["limitPerMinute"], &budget["remaining"]),
            (&json!(2), &json!(left))
        );
    }
    let throttled_until = shown(2).await["throttledUntil"].clone();
    let asked = gateway.all_calls(propstreet);
    let refused = gateway.ask_firm(projects).await;
    assert_eq!(error_codes(&refused), ["RATE_LIMITED"]);
    assert_eq!(refused["errors"][0]["extensions"]["retryAfter"], 60);
    assert_eq!(gateway.all_calls(propstreet), asked);
    assert!(throttled_until.is_string(), "{throttled_until}");
    shared.clock.advance(Duration::from_secs(60));
    assert_eq!(shown(2).await["remaining"], 2);

    shared.faults.add(Rule::new(deeprent, Fault::Status(503)));
    for _ in 0..5 {
        let failed = gateway.hurry(Duration::from_secs(8), gateway.ask_firm(protocols));
        assert_eq!(error_codes(&failed.await), ["UPSTREAM_UNAVAILABLE"]);
    }
    assert_eq!(shown(1).await["circuit"], "OPEN");
    let asked = gateway.all_calls(deeprent);
    let suspended = gateway.ask_firm(protocols).await;
    assert_eq!(error_codes(&suspended), ["UPSTREAM_UNAVAILABLE"]);
    let after = &suspended["errors"][0]["extensions"]["retryAfter"];
    assert!((8..=10).contains(&after.as_u64().unwrap()), "{after}");
    assert_eq!(gateway.all_calls(deeprent), asked);
    shared.clock.advance(Duration::from_secs(10));
    assert_eq!(shown(1).await["circuit"], "HALF_OPEN");
}

#[tokio::test]
async fn what_a_system_refuses_is_not_saved() {
    let gateway = firm().await;
    for credentials in [
        json!({ "propstack": { "apiKeys": ["wrong-key-of-nobody"] } }),
        json!({ "deepRent": { "apiKey": "wrong-key-of-nobody" } }),
        json!({ "propstreet": { "accessToken": "wrong-key-of-nobody" } }),
        json!({ "propstreet": { "clientId": "nobody", "clientSecret": "wrong-key-of-nobody" } }),
    ] {
        let payload = gateway.connect(&credentials).await;
        assert_eq!(codes(&payload), ["UPSTREAM_REJECTED"], "{credentials}");
        assert!(!payload.to_string().contains("nobody"), "{payload}");
        gateway.assert_nothing_saved("UPSTREAM_REJECTED").await;
    }
}

#[tokio::test]
async fn a_system_that_is_down_is_told_and_nothing_saved() {
    let gateway = firm().await;
    for (system, _, credentials, _) in systems(&gateway.sandbox.access.demo) {
        for fault in [Fault::Drop, Fault::Status(503)] {
            gateway.sandbox.shared.faults.clear();
            gateway.sandbox.shared.faults.add(Rule::new(system, fault));
            let connect = gateway.connect(&credentials);
            let payload = gateway.hurry(Duration::from_secs(8), connect).await;
            assert_eq!(codes(&payload), ["UPSTREAM_UNAVAILABLE"], "{system:?}");
            gateway.assert_nothing_saved("UPSTREAM_UNAVAILABLE").await;
        }
    }
}

#[tokio::test]
async fn rights_that_are_split_over_keys_are_united_and_each_call_has_one_that_may() {
    let gateway = firm().await;
    let key = &gateway.sandbox.access.demo.propstack.api_key;
    let keys = [
        format!("{key}.units+property_statuses"),
        format!("{key}.projects+brokers"),
    ];

    let lesser = gateway
        .connect(&json!({ "propstack": { "apiKeys": [keys[1]] } }))
        .await;
    let both = gateway
        .connect(&json!({ "propstack": { "apiKeys": keys } }))
        .await;

    let expected = json!(["projects:read", "brokers:read"]);
    assert_eq!(lesser["integration"]["permissions"], expected);
    let expected = json!([
        "objects:read",
        "object_statuses:read",
        "projects:read",
        "brokers:read"
    ]);
    assert_eq!(both["integration"]["permissions"], expected);
    assert_eq!(both["integration"]["keyHint"], "…uses, …kers");
    let all = "{ properties(first: 1) { nodes { id } } developments { id } brokers { id } }";
    // The first queries find out which key may what.
    assert_eq!(gateway.ask_firm(all).await.get("errors"), None);
    gateway.sandbox.shared.journal.clear();
    assert_eq!(gateway.ask_firm(all).await.get("errors"), None);
    let statuses: Vec<_> = gateway.sandbox.shared.journal.entries();
    assert!(statuses.iter().all(|entry| entry.status == Some(200)));
    let contacts = gateway
        .ask_firm("{ contacts(first: 1) { nodes { id } } }")
        .await;
    assert_eq!(error_codes(&contacts), ["UPSTREAM_REJECTED"]);
}

#[tokio::test]
async fn a_check_tells_what_became_of_the_credentials() {
    let gateway = firm().await;
    let access = gateway.sandbox.access.demo.clone();
    gateway.connect(&systems(&access)[1].2).await;
    let key = &access.deeprent.api_key;
    let check = || gateway.run_firm(CHECK, json!({ "system": "DEEPRENT" }));

    gateway
        .sandbox
        .shared
        .switches_mut()
        .deeprent
        .revoked_keys
        .insert(key.clone());
    let refused = check().await;
    gateway
        .sandbox
        .shared
        .switches_mut()
        .deeprent
        .revoked_keys
        .clear();
    gateway
        .sandbox
        .shared
        .faults
        .add(Rule::new(System::DeepRent, Fault::Drop));
    let unreachable = gateway.hurry(Duration::from_secs(8), check()).await;
    gateway.sandbox.shared.faults.clear();
    let healed = check().await;
    let nothing = gateway
        .run_firm(CHECK, json!({ "system": "PROPSTREET" }))
        .await;

    for (payload, status) in [(refused, "REFUSED"), (unreachable, "UNREACHABLE")] {
        let shown = &payload["integration"];
        assert_eq!(shown["status"], status);
        assert!(shown["problem"].is_string() && shown["permissions"] == json!([]));
        assert!(!payload.to_string().contains("http") && !payload.to_string().contains("sandbox-"));
    }
    assert_eq!(healed["integration"]["status"], "CONNECTED");
    assert_eq!(healed["integration"]["problem"], Value::Null);
    let permissions = json!(["protocols:read", "api_keys:manage", "webhooks:manage"]);
    assert_eq!(healed["integration"]["permissions"], permissions);
    assert_eq!(codes(&nothing), ["NOT_FOUND"]);
    let acts = gateway.audit(FIRM).await;
    let outcomes: Vec<_> = acts.iter().map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes, ["NOT_FOUND", "OK", "OK", "OK", "OK"]);
}

#[tokio::test]
async fn what_the_configuration_connects_is_not_changed_here() {
    let gateway = TestGateway::start().await;
    for (_, system, credentials, query) in systems(&gateway.sandbox.access.foreign) {
        let input = json!({ "credentials": credentials });
        let connected = gateway.run(CONNECT, input, SHOWN).await;
        let disconnected = gateway
            .run(DISCONNECT, json!({ "system": system }), SHOWN)
            .await;
        assert_eq!(
            (codes(&connected), codes(&disconnected)),
            (vec!["NOT_PERMITTED"], vec!["NOT_PERMITTED"])
        );
        assert_eq!(gateway.last_act().await, act(DISCONNECT, "NOT_PERMITTED"));
        gateway.data(query).await;
    }
}

#[tokio::test]
async fn without_a_master_key_nothing_is_connected_or_asked() {
    let change = |config: &mut Config| {
        with_firm(config);
        config.master_keys.clear();
    };
    let gateway = TestGateway::configured(sandbox().await, change).await;
    for (_, _, credentials, _) in systems(&gateway.sandbox.access.demo) {
        let payload = gateway.connect(&credentials).await;
        assert_eq!(codes(&payload), ["NOT_PERMITTED"]);
        gateway.assert_nothing_saved("NOT_PERMITTED").await;
    }
    assert_eq!(gateway.sandbox.shared.journal.entries().len(), 0);
}

#[tokio::test]
async fn a_session_for_another_organisation_than_the_keys_is_a_mistake() {
    let gateway = firm().await;
    let access = &gateway.sandbox.access;
    let credentials = json!({ "deepRent": { "apiKey": access.demo.deeprent.api_key,
        "organizationId": access.foreign.deeprent.organization_id } });

    let payload = gateway.connect(&credentials).await;

    assert_eq!(codes(&payload), ["VALIDATION"]);
    let path = json!(["credentials", "deepRent", "organizationId"]);
    assert_eq!(payload["errors"][0]["path"], path);
    gateway.assert_nothing_saved("VALIDATION").await;
}

#[tokio::test]
async fn malformed_credentials_are_mistakes_and_not_sent() {
    let gateway = firm().await;
    for (credentials, at) in [
        (
            json!({ "propstack": { "apiKeys": [] } }),
            json!(["propstack", "apiKeys"]),
        ),
        (
            json!({ "propstack": { "apiKeys": vec!["secret"; 11] } }),
            json!(["propstack", "apiKeys"]),
        ),
        (
            json!({ "propstack": { "apiKeys": ["two secret"] } }),
            json!(["propstack", "apiKeys"]),
        ),
        (
            json!({ "deepRent": { "apiKey": " " } }),
            json!(["deepRent", "apiKey"]),
        ),
        (
            json!({ "deepRent": { "apiKey": "secret", "sessionToken": "ä" } }),
            json!(["deepRent", "sessionToken"]),
        ),
        (json!({ "propstreet": {} }), json!(["propstreet"])),
        (
            json!({ "propstreet": { "clientId": "secret" } }),
            json!(["propstreet"]),
        ),
        (
            json!({ "propstreet": { "accessToken": "secret", "clientId": "secret", "clientSecret": "secret" } }),
            json!(["propstreet"]),
        ),
    ] {
        let payload = gateway.connect(&credentials).await;
        assert_eq!(codes(&payload), ["VALIDATION"], "{credentials}");
        let path = payload["errors"][0]["path"].as_array().unwrap();
        assert_eq!((&path[0], json!(path[1..])), (&json!("credentials"), at));
        assert!(!payload.to_string().contains("secret"), "{payload}");
        gateway.assert_nothing_saved("VALIDATION").await;
    }
    let two = json!({ "credentials": { "deepRent": { "apiKey": "secret-one" },
        "propstack": { "apiKeys": ["secret-two"] } } });
    let answer = gateway
        .try_as(&gateway.token(FIRM, &[]), CONNECT, two, SHOWN)
        .await;
    assert_eq!(error_codes(&answer), ["BAD_USER_INPUT"]);
    assert!(!answer.to_string().contains("secret-"), "{answer}");
    assert_eq!(gateway.sandbox.shared.journal.entries().len(), 0);
}

#[tokio::test]
async fn what_is_under_way_ends_with_the_credentials_that_it_began_with() {
    let gateway = firm().await;
    let (_, system, credentials, query) = systems(&gateway.sandbox.access.demo)[0].clone();
    gateway.connect(&credentials).await;
    gateway.sandbox.shared.journal.clear();
    gateway.strike(System::Propstack, "GET /v1/units", Fault::DelayMs(5_000));
    let mut asked = pin!(gateway.ask_firm(query));
    let changed = async {
        while gateway.all_calls(System::Propstack) == 0 {
            tokio::task::yield_now().await;
        }
        gateway
            .run_firm(DISCONNECT, json!({ "system": system }))
            .await
    };

    let changed = tokio::select! {
        answer = &mut asked => panic!("it was delayed: {answer}"),
        changed = changed => changed,
    };
    let later = gateway.ask_firm(query).await;
    let answer = gateway.hurry(Duration::from_secs(5), asked).await;

    assert_eq!(changed["integration"]["status"], "NOT_CONNECTED");
    assert_eq!(error_codes(&later), ["UPSTREAM_UNAVAILABLE"]);
    assert_eq!(answer.get("errors"), None, "{answer}");
}

#[tokio::test]
async fn another_replica_sees_a_change_within_a_second() {
    at_every_backend(async |settings| {
        let change = |config: &mut Config| {
            with_firm(config);
            config.store = settings;
        };
        let gateway = TestGateway::configured(sandbox().await, change).await;
        let replica = gateway.replica().await;
        let (_, system, credentials, query) = systems(&gateway.sandbox.access.demo)[0].clone();
        let ask = async || {
            let token = gateway.token(FIRM, &[]);
            let post = http().post(format!("{replica}/graphql")).bearer_auth(token);
            let answer = post.json(&json!({ "query": query })).send().await.unwrap();
            answer.json::<Value>().await.unwrap()
        };
        let second = Duration::from_secs(1);
        assert_eq!(error_codes(&ask().await), ["UPSTREAM_UNAVAILABLE"]);

        gateway.connect(&credentials).await;
        gateway.sandbox.shared.clock.advance(second);
        assert_eq!(ask().await.get("errors"), None);

        gateway
            .run_firm(DISCONNECT, json!({ "system": system }))
            .await;
        gateway.sandbox.shared.clock.advance(second);
        assert_eq!(error_codes(&ask().await), ["UPSTREAM_UNAVAILABLE"]);
    })
    .await;
}

#[tokio::test]
async fn integrations_are_for_administrators() {
    let gateway = TestGateway::start().await;
    let (_, system, credentials, _) = systems(&gateway.sandbox.access.demo)[0].clone();
    let connect = json!({ "credentials": credentials });
    gateway.assert_forbidden(CONNECT, connect, SHOWN).await;
    gateway
        .assert_forbidden(DISCONNECT, json!({ "system": system }), SHOWN)
        .await;
    gateway
        .assert_forbidden(CHECK, json!({ "system": system }), SHOWN)
        .await;
    gateway.assert_unseen("integrations", "{ system }").await;
}

#[tokio::test]
async fn what_comes_later_in_a_request_sees_what_came_before() {
    let gateway = firm().await;
    let access = &gateway.sandbox.access.demo;
    let [_, (_, _, deep_rent, _), _] = systems(access);
    let query = "mutation($connect: ConnectIntegrationInput!) {
        connectIntegration(input: $connect) { errors { code } }
        checkIntegration(input: { system: DEEPRENT }) { integration { status } errors { code } }
        disconnectIntegration(input: { system: DEEPRENT }) { integration { status } errors { code } }
        createDeepRentApiKey(input: { name: \"late\" }) { apiKey { id } errors { code } }
    }";
    let variables = json!({ "connect": { "credentials": deep_rent } });

    let answer = gateway
        .ask_as(&gateway.token(FIRM, &[]), query, variables)
        .await;

    assert_eq!(answer.get("errors"), None, "{answer}");
    let data = &answer["data"];
    assert_eq!(data["connectIntegration"]["errors"], json!([]));
    let checked = &data["checkIntegration"];
    assert_eq!(checked["integration"]["status"], "CONNECTED", "{checked}");
    let gone = &data["disconnectIntegration"];
    assert_eq!(gone["integration"]["status"], "NOT_CONNECTED", "{gone}");
    // The session was forgotten before: no key is made with it.
    let late = &data["createDeepRentApiKey"];
    assert_eq!(late["apiKey"], Value::Null);
    assert_eq!(late["errors"][0]["code"], "NOT_PERMITTED");
    assert_eq!(gateway.calls(System::DeepRent, "POST /api/api-keys"), 0);
}

#[tokio::test]
async fn a_session_that_opens_nothing_is_not_saved() {
    let gateway = firm().await;
    let access = &gateway.sandbox.access.demo.deeprent;
    let input = json!({ "credentials": { "deepRent": {
        "apiKey": access.api_key, "sessionToken": "sandbox-ended-session",
        "organizationId": access.organization_id } } });
    let token = gateway.token(FIRM, &[]);

    let refused = gateway.run_as(&token, CONNECT, input, SHOWN).await;

    assert_eq!(refused["integration"], Value::Null);
    assert_eq!(refused["errors"][0]["code"], "UPSTREAM_REJECTED");
    let stored = gateway.store.list_integrations(FIRM).await.unwrap();
    assert!(stored.is_empty());
}
