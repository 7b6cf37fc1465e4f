//! Each mutation of administrators is asked again: after its answer, at the same time, after a
//! crash.

use std::{fs, time::Duration};

use futures_util::future::join_all;
use hausgraph::{
    model::{AccessTokenId, DeepRentApiKeyId, DeepRentWebhookId, PropstreetWebhookId},
    sandbox::{System, fault::Fault},
    store::Settings,
};
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};

use super::{
    codes,
    integration::{FIRM, systems, with_firm},
};
use crate::support::{Folder, TestGateway, receiver::Receiver, sandbox, text};

const CREATE_KEY: &str = "createDeepRentApiKey";
const CREATE_HOOK: &str = "createDeepRentWebhook";
const POST_KEY: &str = "POST /api/api-keys";
const POST_HOOK: &str = "POST /api/webhooks";
const TOKEN: &str = "accessToken { id name hint scopes } secret";
const KEY: &str = "apiKey { id name description createdAt } secret";
const HOOK: &str = "webhook { id name event url isActive createdAt }";
const PROPSTREET_HOOK: &str =
    "webhook { id name url events externalReferenceNamespace isActive createdAt } secret";

/// A mutation that succeeds.
struct Asked {
    name: &'static str,
    input: Value,
    /// What it could be given as well.
    other: Value,
    selection: &'static str,
}

/// A firm that has connected deep.rent and Propstreet.
struct Scene {
    gateway: TestGateway,
    token: String,
    receiver: Receiver,
    folder: Folder,
}

/// What was done: the writes in the systems, the calls to Propstack, where nothing is read again,
/// the versions of the credentials and the number of tokens.
type Done = (usize, u64, Vec<i64>, usize);

fn token_of(name: &str) -> Value {
    json!({ "name": name, "role": "MEMBER", "scopes": ["PROPERTY_READ"] })
}

fn hook_of(name: &str) -> Value {
    json!({ "event": "protocol.generated", "url": "https://hooks.example.org/deeprent", "name": name })
}

fn keyed(input: &Value, key: &str) -> Value {
    let mut input = input.clone();
    input["idempotencyKey"] = json!(key);
    input
}

/// A payload as it is told again.
fn without_secret(payload: &Value) -> Value {
    let mut payload = payload.clone();
    if let Some(secret) = payload.get_mut("secret") {
        *secret = Value::Null;
    }
    payload
}

impl Scene {
    async fn start() -> Self {
        let folder = Folder::new();
        let url = format!("sqlite:{}", folder.path("gateway.db"));
        let gateway = TestGateway::configured(sandbox().await, |config| {
            with_firm(config);
            config.store = Settings { url: url.into() };
        })
        .await;
        gateway
            .sandbox
            .shared
            .switches_mut()
            .propstreet
            .allow_insecure_callbacks = true;
        let scene = Self {
            token: gateway.token(FIRM, &[]),
            gateway,
            receiver: Receiver::start().await,
            folder,
        };
        let [_, (_, _, deeprent, _), (_, _, propstreet, _)] =
            systems(&scene.gateway.sandbox.access.demo);
        for credentials in [deeprent, propstreet] {
            let input = json!({ "credentials": credentials });
            scene.do_it("connectIntegration", input, "__typename").await;
        }
        scene
    }

    async fn run(&self, name: &str, input: Value, selection: &str) -> Value {
        let (gateway, token) = (&self.gateway, &self.token);
        gateway.run_as(token, name, input, selection).await
    }

    /// The same for what must succeed.
    async fn do_it(&self, name: &str, input: Value, selection: &str) -> Value {
        let payload = self.run(name, input, selection).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        payload
    }

    /// Each mutation of administrators, in an order in which all of them succeed.
    async fn every(&self) -> Vec<Asked> {
        let [(_, _, propstack, _), (_, _, deeprent, _), _] =
            systems(&self.gateway.sandbox.access.demo);
        let hook = json!({ "url": self.receiver.url, "events": ["project.updated"] });
        let token = self
            .do_it("createAccessToken", token_of("old"), TOKEN)
            .await;
        let key = self.do_it(CREATE_KEY, json!({ "name": "old" }), KEY).await;
        let webhook = self.do_it(CREATE_HOOK, hook_of("old"), HOOK).await;
        let create = "createPropstreetWebhook";
        let other = self.do_it(create, hook.clone(), PROPSTREET_HOOK).await;
        let clock = &self.gateway.sandbox.shared.clock;
        let failed = json!({ "id": "1", "externalRefs": [] });
        let webhooks = &self.gateway.sandbox.shared.tenants[0].webhooks;
        assert_eq!(webhooks.fail("project.updated", &failed, clock.now()), 1);

        let asked = |name, input: Value, member: &str, value: Value, selection| {
            let mut other = input.clone();
            other[member] = value;
            Asked {
                name,
                input,
                other,
                selection,
            }
        };
        let integration =
            "integration { system status isConfigured permissions keyHint checkedAt }";
        let (token, key) = (text(&token, "/accessToken/id"), text(&key, "/apiKey/id"));
        let (webhook, other) = (text(&webhook, "/webhook/id"), text(&other, "/webhook/id"));
        let since = crate::support::written(clock.now());
        let no_token = json!(AccessTokenId::new(uuid::Uuid::nil().to_string()).to_string());
        let no_key = json!(DeepRentApiKeyId::new("none").to_string());
        let no_webhook = json!(DeepRentWebhookId::new("none").to_string());
        let nobody = json!(PropstreetWebhookId::new("none").to_string());
        let propstack_only = json!({ "system": "PROPSTACK" });
        let replay = json!({ "id": other, "since": since });
        let tested = "isSuccess statusCode durationMs error";
        #[rustfmt::skip]
        let every = vec![
            asked("connectIntegration", json!({ "credentials": propstack }), "credentials", deeprent, integration),
            asked("checkIntegration", propstack_only.clone(), "system", json!("DEEPRENT"), integration),
            asked("createAccessToken", token_of("new"), "role", json!("PARTNER"), TOKEN),
            asked("revokeAccessToken", json!({ "id": token }), "id", no_token, "revokedId"),
            asked(CREATE_KEY, json!({ "name": "new", "description": "nightly" }), "name", json!("x"), KEY),
            asked("revokeDeepRentApiKey", json!({ "id": key }), "id", no_key, "revokedId"),
            asked(CREATE_HOOK, hook_of("new"), "name", json!("x"), HOOK),
            asked("updateDeepRentWebhook", json!({ "id": webhook, "isActive": false }), "isActive", json!(true), HOOK),
            asked("deleteDeepRentWebhook", json!({ "id": webhook }), "id", no_webhook, "deletedId"),
            asked(create, hook, "name", json!("x"), PROPSTREET_HOOK),
            asked("updatePropstreetWebhook", json!({ "id": other, "name": "new" }), "name", Value::Null, PROPSTREET_HOOK),
            asked("testPropstreetWebhook", json!({ "id": other }), "eventType", json!("link.deleted"), tested),
            asked("replayPropstreetWebhook", replay, "since", json!("2020-01-01T00:00:00Z"), "replayedCount"),
            asked("deletePropstreetWebhook", json!({ "id": other }), "id", nobody, "deletedId"),
            asked("disconnectIntegration", propstack_only, "system", json!("DEEPRENT"), integration),
        ];
        every
    }

    async fn done(&self) -> Done {
        let entries = self.gateway.sandbox.shared.journal.entries();
        let writes = entries.iter().map(|entry| &entry.arrival);
        let writes = writes.filter(|sent| sent.method != "GET" && sent.path != "/openid/token");
        let connected = self.gateway.store.list_integrations(FIRM).await.unwrap();
        let tokens = self.gateway.store.list_access_tokens(FIRM).await.unwrap();
        (
            writes.count(),
            self.gateway.all_calls(System::Propstack),
            connected.iter().map(|row| row.version).collect(),
            tokens.len(),
        )
    }

    /// What stands in store and systems.
    async fn standing(&self) -> Value {
        let query = "{ integrations { system status } accessTokens { id }
            deepRentApiKeys { id } deepRentWebhooks { id name isActive }
            propstreetWebhooks { id name } }";
        let answer = self.gateway.ask_as(&self.token, query, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].clone()
    }

    async fn last_act(&self) -> (String, String) {
        let entry = self.gateway.audit(FIRM).await.swap_remove(0);
        (entry.action, entry.outcome)
    }

    async fn database(&self) -> SqliteConnection {
        let url = format!("sqlite:{}", self.folder.path("gateway.db"));
        SqliteConnection::connect(&url).await.unwrap()
    }

    async fn alter(&self, statement: &'static str, key: &str) {
        let mut database = self.database().await;
        let altered = sqlx::query(statement).bind(key).execute(&mut database);
        assert_eq!(altered.await.unwrap().rows_affected(), 1, "{key}");
    }

    /// Leaves the store as a crash does between what was done for a key and the keeping of its
    /// outcome.
    async fn crash(&self, key: &str) {
        let lost = "UPDATE idempotency SET outcome = NULL, held_until = 0 WHERE key = $1";
        self.alter(lost, key).await;
    }
}

#[tokio::test]
async fn the_same_key_is_told_what_it_came_to_and_nothing_is_done_twice() {
    let scene = Scene::start().await;
    for Asked {
        name,
        input,
        other,
        selection,
    } in scene.every().await
    {
        let before = scene.done().await;
        let first = scene.do_it(name, keyed(&input, name), selection).await;
        let done = scene.done().await;
        assert_ne!(done, before, "{name}");

        let again = scene.run(name, keyed(&input, name), selection).await;
        assert_eq!(again, without_secret(&first), "{name}");
        assert_eq!(scene.done().await, done, "{name}");
        let act = (name.to_owned(), "TOLD_AGAIN".to_owned());
        assert_eq!(scene.last_act().await, act);

        let mismatch = scene.run(name, keyed(&other, name), selection).await;
        assert_eq!(codes(&mismatch), ["IDEMPOTENCY_MISMATCH"], "{name}");
        let path = &mismatch["errors"][0]["path"];
        assert_eq!(path, &json!(["idempotencyKey"]), "{name}");
        assert_eq!(scene.done().await, done, "{name}");
        let act = (name.to_owned(), "IDEMPOTENCY_MISMATCH".to_owned());
        assert_eq!(scene.last_act().await, act);
    }
}

#[tokio::test]
async fn secrets_are_told_with_the_first_answer_only_and_kept_nowhere() {
    let scene = Scene::start().await;
    let mut secrets = Vec::new();
    let mut names = Vec::new();
    for asked in scene.every().await {
        let Asked {
            name,
            input,
            selection,
            ..
        } = asked;
        let first = scene.do_it(name, keyed(&input, name), selection).await;
        secrets.extend(first["secret"].as_str().map(str::to_owned));
        names.push(name);
    }
    assert_eq!(secrets.len(), 3);
    let demo = &scene.gateway.sandbox.access.demo;
    secrets.extend([
        demo.propstack.api_key.clone(),
        demo.deeprent.api_key.clone(),
        demo.propstreet.client_secret.clone(),
    ]);

    let mut database = scene.database().await;
    let rows = sqlx::query("SELECT key, outcome FROM idempotency").fetch_all(&mut database);
    let mut kept: Vec<String> = Vec::new();
    for row in rows.await.unwrap() {
        let outcome: String = row.get("outcome");
        assert!(!secrets.iter().any(|secret| outcome.contains(secret)));
        kept.push(row.get("key"));
    }
    database.close().await.unwrap();
    scene.gateway.store.close().await;
    let mut bytes = Vec::new();
    for file in fs::read_dir(scene.folder.root()).unwrap() {
        bytes.extend(fs::read(file.unwrap().path()).unwrap());
    }

    kept.sort();
    names.sort();
    assert_eq!(kept, names);
    let holds = |part: &str| {
        let mut windows = bytes.windows(part.len());
        windows.any(|window| window == part.as_bytes())
    };
    assert!(holds("createDeepRentApiKey"));
    for secret in secrets {
        // Cut, for pages of the file may cut it as well.
        assert!(!holds(&secret[..12]), "{secret}");
    }
}

#[tokio::test]
async fn of_many_at_once_one_does_it_and_the_others_are_told_so_or_what_it_came_to() {
    let (alone, crowd) = (Scene::start().await, Scene::start().await);
    let (one, many) = (alone.every().await, crowd.every().await);
    for (one, many) in one.into_iter().zip(many) {
        let name = one.name;
        alone.do_it(name, one.input, one.selection).await;
        let input = keyed(&many.input, name);
        let tries = (0..8).map(|_| crowd.run(name, input.clone(), many.selection));
        let payloads = join_all(tries).await;

        let (done, refused): (Vec<_>, Vec<_>) = payloads
            .iter()
            .partition(|payload| payload["errors"] == json!([]));
        for payload in refused {
            assert_eq!(codes(payload), ["IN_PROGRESS"], "{name}");
            let path = &payload["errors"][0]["path"];
            assert_eq!(path, &json!(["idempotencyKey"]), "{name}");
        }
        let mut done: Vec<_> = done.into_iter().map(without_secret).collect();
        done.dedup();
        assert_eq!(done.len(), 1, "{name}");
        assert_eq!(crowd.done().await, alone.done().await, "{name}");
    }
}

#[tokio::test]
async fn a_key_has_1_to_255_letters() {
    let scene = Scene::start().await;
    let every = scene.every().await;
    let done = scene.done().await;
    for asked in every {
        let Asked { name, input, .. } = asked;
        for key in [String::new(), "k".repeat(256)] {
            let payload = scene.run(name, keyed(&input, &key), "__typename").await;
            assert_eq!(codes(&payload), ["VALIDATION"], "{name}");
            let path = &payload["errors"][0]["path"];
            assert_eq!(path, &json!(["idempotencyKey"]), "{name}");
            let act = (name.to_owned(), "VALIDATION".to_owned());
            assert_eq!(scene.last_act().await, act);
        }
    }
    assert_eq!(scene.done().await, done);
}

#[tokio::test]
async fn what_was_done_before_a_crash_is_found_and_not_done_again() {
    let mut scene = Scene::start().await;
    for asked in scene.every().await {
        let Asked {
            name,
            input,
            selection,
            ..
        } = asked;
        let first = scene.do_it(name, keyed(&input, name), selection).await;
        let standing = scene.standing().await;
        scene.crash(name).await;

        let again = scene.run(name, keyed(&input, name), selection).await;

        assert_eq!(scene.standing().await, standing, "{name}");
        match name {
            // What it opens with is lost: nobody but its maker could tell that it is the one.
            CREATE_KEY => {
                assert_eq!(codes(&again), ["OUTCOME_UNKNOWN"]);
                assert_eq!(again["apiKey"], Value::Null);
                // The one that was there before, and this one.
                assert_eq!(scene.gateway.calls(System::DeepRent, POST_KEY), 2);
            }
            // Propstreet tells it again itself.
            "createPropstreetWebhook" => assert_eq!(again, first),
            _ => assert_eq!(again, without_secret(&first), "{name}"),
        }
    }
    // The test and the replay.
    scene.receiver.next().await;
    scene.receiver.next().await;
    assert!(scene.receiver.is_empty());
}

#[tokio::test]
async fn a_token_has_the_id_of_its_try_and_is_made_once() {
    let scene = Scene::start().await;
    let create = "createAccessToken";
    let create = async || scene.run(create, keyed(&token_of("x"), "k"), TOKEN).await;
    let first = create().await;
    scene.crash("k").await;
    let found = create().await;
    let entries = scene.gateway.audit(FIRM).await;

    assert_eq!(found, without_secret(&first));
    let ends: Vec<_> = entries[..2]
        .iter()
        .map(|entry| (entry.outcome.as_str(), entry.target.as_deref()))
        .collect();
    let id = text(&first, "/accessToken/id");
    assert_eq!(ends, [("TOLD_AGAIN", Some(&*id)), ("OK", Some(&*id))]);

    // Died before it was made: now it is, and its secret is told for the first time.
    scene
        .alter("DELETE FROM access_token WHERE name = $1", "x")
        .await;
    scene.crash("k").await;
    let made = create().await;
    assert_eq!(text(&made, "/accessToken/id"), id);
    assert_ne!(made["secret"], first["secret"]);
    assert!(made["secret"].is_string());

    // Revoked meanwhile: it is not shown, and not made again.
    scene
        .do_it("revokeAccessToken", json!({ "id": id }), "revokedId")
        .await;
    let again = create().await;
    scene.crash("k").await;
    for payload in [again, create().await] {
        assert_eq!(
            payload,
            json!({ "accessToken": null, "secret": null, "errors": [] })
        );
    }
    let tokens = scene.gateway.store.list_access_tokens(FIRM).await.unwrap();
    assert!(tokens.is_empty());
}

#[tokio::test]
async fn a_webhook_of_deeprent_whose_answer_was_lost_is_told_where_there_is_no_doubt() {
    let scene = Scene::start().await;
    let (gateway, clock) = (&scene.gateway, &scene.gateway.sandbox.shared.clock);
    let create = async |key: &str| {
        scene
            .run(CREATE_HOOK, keyed(&hook_of("x"), key), HOOK)
            .await
    };
    let old = scene.do_it(CREATE_HOOK, hook_of("x"), HOOK).await;
    clock.advance(Duration::from_secs(60));

    // Nothing was made: the one that is there is older than the first try.
    gateway.strike(System::DeepRent, POST_HOOK, Fault::Status(503));
    for _ in 0..3 {
        assert_eq!(codes(&create("nothing").await), ["OUTCOME_UNKNOWN"]);
    }
    assert_eq!(gateway.calls(System::DeepRent, POST_HOOK), 2);

    // It was made.
    gateway.strike(System::DeepRent, POST_HOOK, Fault::LoseAnswer);
    assert_eq!(codes(&create("made").await), ["OUTCOME_UNKNOWN"]);
    let found = create("made").await;
    assert_eq!(found["errors"], json!([]));
    assert_ne!(found["webhook"]["id"], old["webhook"]["id"]);
    assert_eq!(found, create("made").await);
    assert_eq!(gateway.calls(System::DeepRent, POST_HOOK), 3);

    // Two of the same moment: nobody can tell which.
    gateway.strike(System::DeepRent, POST_HOOK, Fault::LoseAnswer);
    for _ in 0..2 {
        let payload = create("two").await;
        assert_eq!(codes(&payload), ["OUTCOME_UNKNOWN"]);
        assert_eq!(payload["errors"][0]["system"], "DEEPRENT");
        assert_eq!(payload["webhook"], Value::Null);
    }
    assert_eq!(gateway.calls(System::DeepRent, POST_HOOK), 4);

    // The list does not tell: nothing more is known, and nothing is sent.
    gateway.strike(System::DeepRent, "GET /api/webhooks", Fault::Html);
    assert_eq!(codes(&create("two").await), ["OUTCOME_UNKNOWN"]);
    assert_eq!(gateway.calls(System::DeepRent, POST_HOOK), 4);
}

#[tokio::test]
async fn a_key_of_deeprent_whose_answer_was_lost_is_not_made_a_second_time() {
    let scene = Scene::start().await;
    let gateway = &scene.gateway;
    let keys = || gateway.sandbox.shared.tenants[0].deeprent.keys().len();
    let before = keys();
    let create = async || {
        let input = keyed(&json!({ "name": "x" }), "k");
        scene.run(CREATE_KEY, input, KEY).await
    };
    gateway.strike(System::DeepRent, POST_KEY, Fault::LoseAnswer);

    for _ in 0..3 {
        let payload = create().await;
        assert_eq!(codes(&payload), ["OUTCOME_UNKNOWN"]);
        assert_eq!(
            (&payload["apiKey"], &payload["secret"]),
            (&Value::Null, &Value::Null)
        );
        let act = (CREATE_KEY.to_owned(), "OUTCOME_UNKNOWN".to_owned());
        assert_eq!(scene.last_act().await, act);
    }
    assert_eq!(keys(), before + 1);
    assert_eq!(gateway.calls(System::DeepRent, POST_KEY), 1);
}

#[tokio::test]
async fn rule_61_what_propstreet_is_asked_again_carries_the_key_of_the_first_time() {
    let mut scene = Scene::start().await;
    let mut seen = Vec::new();
    for asked in scene.every().await {
        let Asked {
            name,
            input,
            selection,
            ..
        } = asked;
        let endpoint = match name {
            "createPropstreetWebhook" => "POST /api/v1/webhooks",
            "testPropstreetWebhook" => "POST /api/v1/webhooks/{id}/test",
            "replayPropstreetWebhook" => "POST /api/v1/webhooks/{id}/replay",
            _ => continue,
        };
        let gateway = &scene.gateway;
        gateway.sandbox.shared.journal.clear();
        for _ in 0..3 {
            gateway.strike(System::Propstreet, endpoint, Fault::LoseAnswer);
        }
        let ask = || scene.run(name, keyed(&input, name), selection);
        let lost = gateway.hurry(Duration::from_secs(2), ask()).await;
        let standing = scene.standing().await;
        let told = ask().await;

        assert_eq!(codes(&lost), ["OUTCOME_UNKNOWN"], "{name}");
        assert_eq!(told["errors"], json!([]), "{name}");
        assert_eq!(scene.standing().await, standing, "{name}");
        let entries = gateway.sandbox.shared.journal.entries();
        let sent = entries
            .iter()
            .filter(|entry| entry.arrival.endpoint() == endpoint);
        let mut keys: Vec<_> = sent
            .map(|entry| entry.arrival.idempotency_key.clone().unwrap())
            .collect();
        assert_eq!(keys.len(), 4, "{name}");
        keys.dedup();
        assert_eq!(keys.len(), 1, "{name}");
        seen.extend(keys);
    }
    assert_eq!(seen.len(), 3);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);
    scene.receiver.next().await;
    scene.receiver.next().await;
    assert!(scene.receiver.is_empty());
}

#[tokio::test]
async fn what_was_not_begun_can_be_tried_again_with_the_same_key() {
    let scene = Scene::start().await;
    let gateway = &scene.gateway;
    let throttled = Fault::Throttle {
        retry_after: Some(3_600),
    };
    gateway.strike(System::DeepRent, POST_KEY, throttled);
    let create = async || {
        let input = keyed(&json!({ "name": "x" }), "k");
        scene.run(CREATE_KEY, input, KEY).await
    };

    let refused = create().await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(3_601));
    let made = create().await;

    assert_eq!(codes(&refused), ["UPSTREAM_UNAVAILABLE"]);
    assert_eq!(made["errors"], json!([]));
    assert!(made["secret"].is_string());
}

#[tokio::test]
async fn what_propstreet_is_still_at_is_told_and_asked_for_again() {
    let scene = Scene::start().await;
    for asked in scene.every().await {
        let Asked {
            name,
            input,
            selection,
            ..
        } = asked;
        let endpoint = match name {
            "createPropstreetWebhook" => "POST /api/v1/webhooks",
            "testPropstreetWebhook" => "POST /api/v1/webhooks/{id}/test",
            "replayPropstreetWebhook" => "POST /api/v1/webhooks/{id}/replay",
            _ => continue,
        };
        let conflict = Fault::Status(409);
        scene.gateway.strike(System::Propstreet, endpoint, conflict);
        let running = scene.run(name, keyed(&input, name), selection).await;
        let ended = scene.run(name, keyed(&input, name), selection).await;
        assert_eq!(codes(&running), ["IN_PROGRESS"], "{name}");
        assert_eq!(ended["errors"], json!([]), "{name}");
    }
}
