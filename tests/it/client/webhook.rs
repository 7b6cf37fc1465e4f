//! Webhooks of Propstreet as our client manages them.

use std::time::Duration;

use chrono::TimeDelta;
use hausgraph::{
    model::{PropstreetWebhook, PropstreetWebhookId},
    sandbox::{
        self,
        fault::{Fault, Rule},
    },
    upstream::{
        Error, Written,
        propstreet::{NewWebhook, WebhookChanges, WebhookTest},
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::{
    assert_tells_nothing, hurry,
    propstreet::{Propstreet, TOKEN, bought, client},
};
use crate::support::{logged, receiver::Receiver};

const CREATE: &str = "POST /api/v1/webhooks";
const CHANGE: &str = "PATCH /api/v1/webhooks/{id}";
const DELETE: &str = "DELETE /api/v1/webhooks/{id}";
const TEST: &str = "POST /api/v1/webhooks/{id}/test";

fn wanted(url: &str) -> NewWebhook {
    NewWebhook {
        url: url.parse().unwrap(),
        events: vec!["project.updated".into(), "prospect.created".into()],
        name: Some("Hausgraph".into()),
        external_reference_namespace: Some("PropStack".into()),
    }
}

/// What Propstreet has done.
fn done<T>(written: Result<Written<T>, Error>) -> T {
    match written {
        Ok(Written::Done(done)) => done,
        Ok(Written::Rejected { status, .. }) => panic!("it is rejected with {status}"),
        Err(error) => panic!("{error:?}"),
    }
}

fn rejected<T>(status: u16) -> Written<T> {
    Written::Rejected {
        status,
        may_be_done: false,
    }
}

impl Propstreet {
    async fn create(&self, url: &str) -> (PropstreetWebhook, SecretString) {
        let (wanted, key) = (wanted(url), Uuid::new_v4());
        let created = self.client.create_webhook(&wanted, key).await;
        let (webhook, secret) = done(created);
        (webhook, secret.expect("a secret"))
    }

    async fn create_at(&self, receiver: &Receiver) -> (PropstreetWebhook, SecretString) {
        self.switch(|switches| switches.allow_insecure_callbacks = true);
        self.create(&receiver.url).await
    }

    fn strike(&self, endpoint: &str, fault: Fault) {
        let rule = Rule::new(sandbox::System::Propstreet, fault).at(endpoint);
        self.sandbox.shared.faults.add(rule.times(1));
    }

    /// A delivery to every webhook, which failed now.
    fn fail(&self, id: &str) {
        let data = json!({ "id": id, "externalRefs": [{ "namespace": "propstack", "id": "7" }] });
        let webhooks = &self.sandbox.shared.tenants[0].webhooks;
        let concerned = webhooks.fail("project.updated", &data, self.clock.now());
        assert_eq!(concerned, 1);
    }
}

#[tokio::test]
async fn rule_65_a_webhook_is_created_found_listed_and_its_secret_told_once() {
    let it = Propstreet::start().await;

    let (webhook, secret) = it.create("https://receiver.example/hook").await;

    assert!(secret.expose_secret().starts_with("whsec_"));
    assert_eq!(webhook.name.as_deref(), Some("Hausgraph"));
    assert_eq!(webhook.url.0.as_str(), "https://receiver.example/hook");
    assert_eq!(webhook.events, ["project.updated", "prospect.created"]);
    let namespace = webhook.external_reference_namespace.as_deref();
    assert_eq!(namespace, Some("propstack"));
    assert_eq!(webhook.is_active, Some(true));
    assert_eq!(webhook.created_at.map(|at| at.0), Some(it.clock.now()));
    let found = it.client.find_webhook(&webhook.id).await;
    assert_eq!(found, Ok(Some(webhook.clone())));
    assert_eq!(it.client.list_webhooks().await, Ok(vec![webhook]));
}

#[tokio::test]
async fn rule_65_a_change_keeps_what_it_does_not_name() {
    let it = Propstreet::start().await;
    let (mut webhook, _) = it.create("https://receiver.example/hook").await;

    let changes = WebhookChanges {
        is_active: Some(false),
        external_reference_namespace: Some(None),
        ..WebhookChanges::default()
    };
    let changed = it.client.update_webhook(&webhook.id, &changes).await;
    (webhook.is_active, webhook.external_reference_namespace) = (Some(false), None);
    assert_eq!(changed, Ok(Some(webhook.clone())));

    let changes = WebhookChanges {
        url: Some("https://b.example/".parse().unwrap()),
        events: Some(vec!["link.deleted".into()]),
        name: Some(None),
        external_reference_namespace: Some(Some("crm".into())),
        is_active: None,
    };
    let changed = it.client.update_webhook(&webhook.id, &changes).await;
    let changed = changed.unwrap().expect("is there");
    assert_eq!(changed.url.0.as_str(), "https://b.example/");
    assert_eq!(
        (changed.events, changed.name),
        (vec!["link.deleted".into()], None)
    );
    let namespace = changed.external_reference_namespace.as_deref();
    assert_eq!((namespace, changed.is_active), (Some("crm"), Some(false)));
}

#[tokio::test]
async fn rule_72_what_propstreet_does_not_take_is_rejected() {
    let it = Propstreet::start().await;
    let unknown = NewWebhook {
        events: vec!["project.sold".into()],
        ..wanted("https://receiver.example/hook")
    };
    for webhook in [wanted("http://receiver.example/hook"), unknown] {
        let created = it.client.create_webhook(&webhook, Uuid::new_v4()).await;
        assert!(
            matches!(created, Ok(Written::Rejected { status: 400, .. })),
            "{created:?}"
        );
    }
    assert_eq!(it.client.list_webhooks().await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let it = Propstreet::start().await;
    let client = &it.client;
    for id in ["999", "..", "a/b"] {
        let id = PropstreetWebhookId::new(id);
        let changes = WebhookChanges::default();
        assert_eq!(client.find_webhook(&id).await, Ok(None));
        assert_eq!(client.update_webhook(&id, &changes).await, Ok(None));
        assert_eq!(client.delete_webhook(&id).await, Ok(false));
        let key = Uuid::new_v4();
        let tested = client.test_webhook(&id, None, key).await;
        assert_eq!(tested, Ok(rejected(404)));
        let replayed = client.replay_webhook(&id, it.clock.now(), key).await;
        assert_eq!(replayed, Ok(rejected(404)));
    }
}

#[tokio::test]
async fn rule_73_a_test_reaches_the_receiver_and_tells_what_it_said() {
    let it = Propstreet::start().await;
    let mut receiver = Receiver::start().await;
    let (webhook, secret) = it.create_at(&receiver).await;

    let test = async |event| {
        let tested = it.client.test_webhook(&webhook.id, event, Uuid::new_v4());
        done(tested.await)
    };
    let taken = test(None).await;
    receiver.answer(500);
    let refused = test(Some("company.deleted")).await;

    let expected = WebhookTest {
        is_success: true,
        status: Some(204),
        duration_ms: Some(0),
        error: None,
    };
    assert_eq!(taken, expected);
    assert_eq!((refused.is_success, refused.status), (false, Some(500)));
    assert!(refused.error.is_some());
    for event in ["project.updated", "company.deleted"] {
        let received = receiver.next().await;
        assert_eq!(received.header("x-propstreet-test"), "true");
        assert_eq!(received.json()["event"], event);
        assert!(received.is_signed_with(secret.expose_secret()));
    }
}

#[tokio::test]
async fn rule_73_a_receiver_that_says_nothing_is_no_failure_of_propstreet() {
    let it = Propstreet::start().await;
    let receiver = Receiver::start().await;
    receiver.fall_silent();
    let (webhook, _) = it.create_at(&receiver).await;

    let test = it.client.test_webhook(&webhook.id, None, Uuid::new_v4());
    let test = done(hurry(&it.clock, 1, test).await);

    assert_eq!((test.is_success, test.status), (false, None));
    assert_eq!(test.duration_ms, Some(10_000));
}

#[tokio::test]
async fn a_replay_tells_how_many_go_out_again() {
    let it = Propstreet::start().await;
    let mut receiver = Receiver::start().await;
    let (webhook, _) = it.create_at(&receiver).await;
    it.fail("1");
    it.clock.advance(Duration::from_secs(60));
    let since = it.clock.now();
    it.fail("2");
    it.fail("3");

    let later = since + TimeDelta::milliseconds(1);
    let replay = async |since| {
        let replayed = it.client.replay_webhook(&webhook.id, since, Uuid::new_v4());
        done(replayed.await)
    };
    assert_eq!((replay(later).await, replay(since).await), (0, 2));

    for id in ["2", "3"] {
        assert_eq!(receiver.next().await.json()["data"]["id"], id);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_a_write_too() {
    let it = Propstreet::start().await;
    it.client.list_webhooks().await.unwrap();

    it.strike(CREATE, Fault::Status(401));
    let (webhook, _) = it.create("https://receiver.example/hook").await;
    assert_eq!((it.calls(TOKEN), it.calls(CREATE)), (2, 2));

    it.strike(DELETE, Fault::Status(401));
    assert_eq!(it.client.delete_webhook(&webhook.id).await, Ok(true));
    assert_eq!((it.calls(TOKEN), it.calls(DELETE)), (3, 2));
    assert_eq!(it.client.list_webhooks().await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_change_that_fails_is_not_repeated() {
    for fault in [Fault::Status(500), Fault::Status(503), Fault::DropMidBody] {
        let it = Propstreet::start().await;
        let receiver = Receiver::start().await;
        let (webhook, _) = it.create_at(&receiver).await;
        it.strike(CHANGE, fault.clone());
        let changes = WebhookChanges::default();
        let changed = it.client.update_webhook(&webhook.id, &changes).await;
        let error = changed.unwrap_err();
        assert!(
            matches!(error, Error::Failed { .. } | Error::Unreachable { .. }),
            "{error:?}"
        );
        assert_tells_nothing(&error, &["sandbox-", "receiver"]);
        assert_eq!(it.calls(CHANGE), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn rule_59_and_61_what_has_a_key_is_done_once_however_often_its_answer_is_lost() {
    for fault in [Fault::LoseAnswer, Fault::Status(503), Fault::DropMidBody] {
        let it = Propstreet::start().await;
        let mut receiver = Receiver::start().await;
        it.switch(|switches| switches.allow_insecure_callbacks = true);
        let (key, wanted) = (Uuid::new_v4(), wanted(&receiver.url));

        it.strike(CREATE, fault.clone());
        let created = hurry(&it.clock, 1, it.client.create_webhook(&wanted, key)).await;
        let (webhook, secret) = done(created);
        let again = done(it.client.create_webhook(&wanted, key).await);
        it.strike(TEST, fault.clone());
        let test = it.client.test_webhook(&webhook.id, None, key);
        let tested = done(hurry(&it.clock, 1, test).await);
        let tested_again = done(it.client.test_webhook(&webhook.id, None, key).await);

        assert_eq!((it.calls(CREATE), it.calls(TEST)), (3, 3), "{fault:?}");
        let secrets = [secret, again.1].map(|secret| secret.unwrap().expose_secret().to_owned());
        assert_eq!(secrets[0], secrets[1]);
        assert_eq!(again.0, webhook);
        assert_eq!(tested_again, tested);
        assert_eq!(it.client.list_webhooks().await, Ok(vec![webhook]));
        receiver.next().await;
        assert!(receiver.is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_deletion_is_repeated_and_done_when_its_first_answer_was_lost() {
    let it = Propstreet::start().await;
    let (webhook, _) = it.create("https://receiver.example/hook").await;

    it.strike(DELETE, Fault::Status(503));
    let deleted = hurry(&it.clock, 1, it.client.delete_webhook(&webhook.id)).await;
    assert_eq!((deleted, it.calls(DELETE)), (Ok(true), 2));

    // Gone at the first attempt is absent; gone at a later one is what the first has done.
    assert_eq!(it.client.delete_webhook(&webhook.id).await, Ok(false));
    it.strike(DELETE, Fault::Status(503));
    let again = hurry(&it.clock, 1, it.client.delete_webhook(&webhook.id)).await;
    assert_eq!(again, Ok(true));
}

#[tokio::test]
async fn rule_75_an_answer_without_its_parts_is_named_by_its_path_and_not_told() {
    let it = Propstreet::start().await;
    let (webhook, _) = it.create("https://receiver.example/hook").await;
    it.strike("GET /api/v1/webhooks/{id}", Fault::WrongTypes);
    let error = it.client.find_webhook(&webhook.id).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unreadable { at, .. } if at.starts_with("$.")),
        "{error:?}"
    );
    assert_tells_nothing(&error, &["receiver"]);
}

#[tokio::test]
async fn rule_76_what_another_firm_subscribed_to_is_absent() {
    let it = Propstreet::start().await;
    let (webhook, _) = it.create("https://receiver.example/hook").await;
    let foreign = bought(&it.sandbox.access.foreign.propstreet);
    let foreign = client(&it.sandbox, foreign);
    assert_eq!(foreign.list_webhooks().await, Ok(Vec::new()));
    assert_eq!(foreign.find_webhook(&webhook.id).await, Ok(None));
    assert_eq!(foreign.delete_webhook(&webhook.id).await, Ok(false));
    assert_eq!(it.client.list_webhooks().await, Ok(vec![webhook]));
}

#[tokio::test]
async fn neither_debug_nor_log_tells_a_secret_or_an_address() {
    for filter in ["off,hausgraph=trace", "debug"] {
        let work = async {
            let it = Propstreet::start().await;
            let mut receiver = Receiver::start().await;
            let created = it.create_at(&receiver).await;
            let told = format!("{:?} {:?}", created.1, it.client);
            let key = Uuid::new_v4();
            done(it.client.test_webhook(&created.0.id, None, key).await);
            receiver.next().await;
            for _ in 0..3 {
                it.strike(CREATE, Fault::Status(500));
            }
            let wanted = wanted(&receiver.url);
            let failed = hurry(&it.clock, 1, it.client.create_webhook(&wanted, key)).await;
            assert!(failed.is_err());
            let secret = created.1.expose_secret().trim_start_matches("whsec_");
            (secret.to_owned(), told)
        };
        let ((secret, told), log) = logged(filter, work).await;
        assert!(log.contains("create_webhook"), "{log}");
        assert!(!log.contains("sandbox-"), "{log}");
        for text in [&log, &told] {
            for hidden in [secret.as_str(), "whsec_", "client-secret", "/hook"] {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
    }
}
