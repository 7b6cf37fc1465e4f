//! Keys and webhooks, managed by a session; the numbers are those of the contract's rules.

use std::time::Duration;

use hausgraph::{
    model::{DeepRentApiKeyId, DeepRentWebhookId, Url},
    sandbox::{self, Sandbox, deeprent::session::Role, fault::Fault, fault::Rule},
    upstream::{
        Error, Scope, SettingsError, System,
        deeprent::{Administration, Client, NewWebhook, Settings, WebhookChanges},
        transport::Limits,
    },
};
use secrecy::ExposeSecret;

use super::{DeepRent, LIST, client_with};
use crate::client::{assert_tells_nothing, base_url, hurry};

const KEYS: &str = "/api/api-keys";
const WEBHOOKS: &str = "/api/webhooks";

/// deep.rent and the session of its demo firm's owner.
async fn start() -> (DeepRent, Administration) {
    let it = DeepRent::start().await;
    let office = administration(&it.sandbox, Role::Owner, None);
    (it, office)
}

fn token(sandbox: &Sandbox, role: Role) -> &str {
    let sessions = &sandbox.shared.tenants[0].credentials.deeprent_sessions;
    let session = sessions.iter().find(|session| session.role == role);
    &session.expect("there is one of each role").token
}

fn administration(sandbox: &Sandbox, role: Role, organization: Option<&str>) -> Administration {
    let settings = settings(sandbox, Some(token(sandbox, role)), organization);
    let client = Client::new(settings, sandbox.shared.clock.clone()).unwrap();
    client.administration().expect("there is a session")
}

fn settings(sandbox: &Sandbox, token: Option<&str>, organization: Option<&str>) -> Settings {
    Settings {
        base_url: base_url(&sandbox.access.demo.deeprent.base_url),
        api_key: sandbox.access.demo.deeprent.api_key.as_str().into(),
        session_token: token.map(Into::into),
        organization_id: organization.map(str::to_owned),
        limits: Limits::default(),
        reach: hausgraph::upstream::Reach::Any,
    }
}

fn webhook(event: &str, url: &str) -> NewWebhook {
    NewWebhook {
        event: event.to_owned(),
        url: address(url),
        name: None,
        is_active: true,
    }
}

fn address(text: &str) -> Url {
    Url(text.parse().unwrap())
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_manage_with() {
    let it = DeepRent::start().await;
    assert!(it.client.administration().is_none());
    let clock = &it.sandbox.shared.clock;
    for (token, organization, expected) in [
        ("a\nb", None, SettingsError::UnusableKey(System::DeepRent)),
        (
            "token",
            Some("a\nb"),
            SettingsError::UnusableOrganizationId(System::DeepRent),
        ),
    ] {
        let settings = settings(&it.sandbox, Some(token), organization);
        let error = Client::new(settings, clock.clone()).err();
        assert_eq!(error, Some(expected));
    }
}

#[tokio::test]
async fn rule_6_the_session_goes_out_as_bearer_and_only_to_the_administration() {
    let it = DeepRent::start().await;
    let own = &it.sandbox.access.demo.deeprent.organization_id;
    let settings = settings(
        &it.sandbox,
        Some(token(&it.sandbox, Role::Owner)),
        Some(own),
    );
    let client = Client::new(settings, it.sandbox.shared.clock.clone()).unwrap();
    let office = client.administration().unwrap();
    client.list_protocols(1, None, false).await.unwrap();
    office.list_api_keys().await.unwrap();
    office.list_webhooks().await.unwrap();

    let entries = it.sandbox.shared.journal.entries();
    let credentials = entries.iter().map(|entry| &entry.arrival.credentials);
    let credentials: Vec<_> = credentials.map(|names| names.join(" ")).collect();
    assert_eq!(credentials, ["x-api-key", "authorization", "authorization"]);
    let names_firm = |entry: &sandbox::journal::Entry| {
        let mut headers = entry.arrival.headers.iter();
        headers.any(|name| name == "x-org-id")
    };
    let named: Vec<_> = entries.iter().map(names_firm).collect();
    assert_eq!(named, [false, true, true]);
}

#[tokio::test]
async fn section_1_the_firm_is_named_where_the_session_has_chosen_none() {
    let it = DeepRent::start().await;
    let access = &it.sandbox.access;
    let own = access.demo.deeprent.organization_id.as_str();
    let foreign = access.foreign.deeprent.organization_id.as_str();
    let list = async |organization| {
        let office = administration(&it.sandbox, Role::Admin, organization);
        office.list_webhooks().await
    };
    assert_eq!(list(Some(own)).await, Ok(Vec::new()));
    let error = list(None).await.unwrap_err();
    assert!(matches!(error, Error::Rejected { status: 400, .. }));
    let error = list(Some(foreign)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 403, .. }));
    assert_tells_nothing(&error, &[own, foreign]);
}

#[tokio::test]
async fn rule_25_and_26_a_key_is_made_listed_and_found_and_told_once() {
    let (it, office) = start().await;
    it.advance(60);
    let (made, secret) = office
        .create_api_key("Export", Some("nightly"))
        .await
        .unwrap();
    assert_eq!(made.name, "Export");
    assert_eq!(made.description.as_deref(), Some("nightly"));
    assert_eq!(made.created_at.0, it.sandbox.shared.clock.now());
    assert_eq!((made.updated_at, made.is_enabled), (None, None));
    assert!(!format!("{made:?} {secret:?}").contains("sandbox-"));

    let found = office.find_api_key(&made.id).await.unwrap().unwrap();
    assert_eq!((&found.id, &found.name), (&made.id, &made.name));
    assert_eq!(found.updated_at, Some(made.created_at));
    assert_eq!(found.is_enabled, Some(true));
    let listed = office.list_api_keys().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1], found);

    let (plain, _) = office.create_api_key("Plain", None).await.unwrap();
    assert_eq!(plain.description, None);
}

#[tokio::test]
async fn rule_27_who_is_no_owner_is_refused_and_the_unknown_is_absent() {
    let (it, office) = start().await;
    let member = administration(&it.sandbox, Role::Member, None);
    let id = office.list_api_keys().await.unwrap().swap_remove(0).id;
    let errors = [
        member.list_api_keys().await.err(),
        member.find_api_key(&id).await.err(),
        member.create_api_key("Export", None).await.err(),
        member.revoke_api_key(&id).await.err(),
    ];
    let session = token(&it.sandbox, Role::Member);
    for error in errors {
        let error = error.expect("is refused");
        assert!(matches!(error, Error::Refused { status: 403, .. }));
        assert_tells_nothing(&error, &[session, "owner", "Export"]);
    }
    // Some of these no address can carry.
    for unknown in ["key_nobody", "..", "a/../b", ""] {
        let id = DeepRentApiKeyId::new(unknown);
        assert_eq!(office.find_api_key(&id).await, Ok(None), "{unknown}");
        assert_eq!(office.revoke_api_key(&id).await, Ok(false), "{unknown}");
    }
    assert_eq!(office.list_api_keys().await.unwrap().len(), 1);
}

#[tokio::test]
async fn rule_28_a_key_works_until_it_is_revoked() {
    let (it, office) = start().await;
    let (made, secret) = office.create_api_key("Export", None).await.unwrap();
    let client = client_with(&it.sandbox, secret.expose_secret());
    let own = &it.sandbox.access.demo.deeprent.organization_id;
    let found = client.find_organization_id().await.unwrap();
    assert_eq!(found.as_ref(), Some(own));

    assert_eq!(office.revoke_api_key(&made.id).await, Ok(true));
    assert_eq!(office.revoke_api_key(&made.id).await, Ok(false));
    let error = client.find_organization_id().await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 401, .. }));
    assert_tells_nothing(&error, &[secret.expose_secret()]);
}

#[tokio::test]
async fn whose_a_key_is_takes_one_call_to_find_out() {
    let it = DeepRent::start().await;
    let own = &it.sandbox.access.demo.deeprent.organization_id;
    let found = it.client.find_organization_id().await.unwrap();
    assert_eq!(found.as_ref(), Some(own));
    assert_eq!(it.calls(LIST), 1);
    it.fail(LIST, Fault::Html);
    let error = it.client.find_organization_id().await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }));
    assert_eq!(error.operation(), "find_organization_id");
}

#[tokio::test]
async fn rule_29_to_32_and_35_webhooks_are_made_and_listed_without_a_secret() {
    let (it, office) = start().await;
    let events = office.list_webhook_events().await.unwrap();
    assert_eq!(events, ["protocol.generated", "protocol.deleted"]);
    let mut made = Vec::new();
    for event in &events {
        let new = NewWebhook {
            name: Some("Receiver".to_owned()),
            is_active: false,
            ..webhook(event, "https://hooks.example.org/deeprent?token=1")
        };
        let one = office.create_webhook(&new).await.unwrap();
        assert_eq!((&one.event, &one.url), (&new.event, &new.url));
        assert_eq!((&one.name, one.is_active), (&new.name, new.is_active));
        assert_eq!(one.created_at.0, it.sandbox.shared.clock.now());
        made.push(one);
    }
    let nameless = webhook("protocol.deleted", "https://hooks.example.org");
    let nameless = office.create_webhook(&nameless).await.unwrap();
    assert_eq!((&nameless.name, nameless.is_active), (&None, true));
    made.push(nameless);
    assert_eq!(office.list_webhooks().await.unwrap(), made);
    assert!(!format!("{made:?}").contains("whsec_"));

    for (event, url) in [
        ("protocol.updated", "https://hooks.example.org"),
        ("protocol.deleted", "http://hooks.example.org"),
    ] {
        let error = office.create_webhook(&webhook(event, url)).await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::Rejected { status: 400, .. }));
        assert_tells_nothing(&error, &[event, "hooks.example"]);
    }
    assert_eq!(office.list_webhooks().await.unwrap(), made);
}

#[tokio::test]
async fn rule_33_a_change_sends_only_what_changes() {
    let (_it, office) = start().await;
    let new = webhook("protocol.generated", "https://hooks.example.org");
    let mut expected = office.create_webhook(&new).await.unwrap();
    let id = expected.id.clone();
    let none = WebhookChanges::default;
    let changes = [
        WebhookChanges {
            name: Some(Some("Archive".to_owned())),
            ..none()
        },
        WebhookChanges {
            event: Some("protocol.deleted".to_owned()),
            ..none()
        },
        WebhookChanges {
            url: Some(address("https://elsewhere.example/")),
            ..none()
        },
        WebhookChanges {
            is_active: Some(false),
            ..none()
        },
        none(),
        WebhookChanges {
            name: Some(None),
            ..none()
        },
    ];
    for changes in changes {
        let changed = office.update_webhook(&id, &changes).await.unwrap();
        if let Some(name) = changes.name {
            expected.name = name;
        }
        expected.event = changes.event.unwrap_or(expected.event);
        expected.url = changes.url.unwrap_or(expected.url);
        expected.is_active = changes.is_active.unwrap_or(expected.is_active);
        assert_eq!(changed.as_ref(), Some(&expected));
    }
    for unknown in ["whk_nobody", "..", ""] {
        let id = DeepRentWebhookId::new(unknown);
        assert_eq!(office.update_webhook(&id, &none()).await, Ok(None));
    }
}

#[tokio::test]
async fn rule_34_a_webhook_is_deleted_once() {
    let (_it, office) = start().await;
    let new = webhook("protocol.generated", "https://hooks.example.org");
    let id = office.create_webhook(&new).await.unwrap().id;
    assert_eq!(office.delete_webhook(&id).await, Ok(true));
    assert_eq!(office.delete_webhook(&id).await, Ok(false));
    assert_eq!(office.list_webhooks().await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_makes_or_changes_is_sent_once_and_what_deletes_is_tried_again() {
    let (it, office) = start().await;
    let new = webhook("protocol.generated", "https://hooks.example.org");
    let id = office.create_webhook(&new).await.unwrap().id;
    let key = office.list_api_keys().await.unwrap().swap_remove(0).id;
    let one_key = format!("DELETE {KEYS}/{{id}}");
    let one_webhook = format!("{WEBHOOKS}/{{id}}");
    let clock = &it.sandbox.shared.clock;
    for fault in [Fault::Status(500), Fault::Status(503), Fault::Drop] {
        it.sandbox.shared.faults.clear();
        // So many failures in a row, and it would not be asked for a while.
        clock.advance(Duration::from_secs(10));
        office.list_api_keys().await.unwrap();
        it.sandbox.shared.journal.clear();
        it.sandbox
            .shared
            .faults
            .add(Rule::new(sandbox::System::DeepRent, fault));
        let errors = [
            office.create_api_key("Export", None).await.err(),
            office.create_webhook(&new).await.err(),
            office
                .update_webhook(&id, &WebhookChanges::default())
                .await
                .err(),
            hurry(clock, 1, office.revoke_api_key(&key)).await.err(),
            hurry(clock, 1, office.delete_webhook(&id)).await.err(),
        ];
        for error in errors {
            assert_tells_nothing(&error.expect("fails"), &["Export", "hooks.example"]);
        }
        assert_eq!(it.calls(&format!("POST {KEYS}")), 1);
        assert_eq!(it.calls(&format!("POST {WEBHOOKS}")), 1);
        assert_eq!(it.calls(&format!("PUT {one_webhook}")), 1);
        assert_eq!(it.calls(&one_key), 3);
        assert_eq!(it.calls(&format!("DELETE {one_webhook}")), 3);
    }
}

#[tokio::test]
async fn an_ended_session_is_refused_and_not_told() {
    let it = DeepRent::start().await;
    let settings = settings(&it.sandbox, Some("sandbox-ended-session"), Some("org_demo"));
    let client = Client::new(settings.clone(), it.sandbox.shared.clock.clone()).unwrap();
    let office = client.administration().unwrap();
    let error = office.list_webhooks().await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 401, .. }));
    assert_tells_nothing(&error, &["sandbox-", "org_demo"]);
    let shown = format!("{settings:?} {client:?} {office:?}");
    assert!(!shown.contains("sandbox-"), "{shown}");
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_named_by_their_path() {
    let (it, office) = start().await;
    office.create_api_key("Export", None).await.unwrap();
    let new = webhook("protocol.generated", "https://hooks.example.org");
    office.create_webhook(&new).await.unwrap();
    let rule = Rule::new(sandbox::System::DeepRent, Fault::WrongTypes);
    it.sandbox.shared.faults.add(rule);
    let path = |error: Option<Error>| match error {
        Some(Error::Unreadable { at, .. }) => at,
        other => panic!("{other:?}"),
    };
    let keys = path(office.list_api_keys().await.err());
    assert!(keys.starts_with("$.apiKeys[0]."), "{keys}");
    let webhooks = path(office.list_webhooks().await.err());
    assert!(webhooks.starts_with("$[0]."), "{webhooks}");
    let created = path(office.create_api_key("Export", None).await.err());
    assert!(created.starts_with("$."), "{created}");
}

#[tokio::test]
async fn the_administration_heeds_the_deadline_of_its_client() {
    let it = DeepRent::start().await;
    let clock = &it.sandbox.shared.clock;
    let settings = settings(&it.sandbox, Some(token(&it.sandbox, Role::Owner)), None);
    let client = Client::new(settings, clock.clone()).unwrap();
    let scope = Scope::until(clock.now() + Duration::from_secs(5));
    let office = client.scoped(scope).administration().unwrap();
    it.fail(&format!("GET {WEBHOOKS}"), Fault::DelayMs(10_000));
    let asked = tokio::spawn(async move { office.list_webhooks().await });
    clock.wait_for_sleepers(2).await;
    it.advance(5);
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }));
}
