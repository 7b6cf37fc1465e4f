//! Files are added to properties: each once, whatever becomes of the answers.

use std::time::Duration;

use hausgraph::{
    auth::Scope,
    config::demo::ORGANIZATION,
    model::PropertyId,
    sandbox::{
        System,
        fault::{Fault, Rule},
        world::DocumentOwner,
    },
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{Folder, Form, TestGateway, codes, pdf, sandbox};

const POST: &str = "POST /v1/documents";
const LIST: &str = "GET /v1/documents";
const FIND: &str = "GET /v1/documents/{id}";

const UPLOAD: &str = "mutation($input: UploadPropertyDocumentInput!) {
    uploadPropertyDocument(input: $input) {
        document { id title name isPrivate tags } wasDuplicate
        errors { __typename code message path ... on UpstreamFailure { system } } } }";

/// How long nothing is sent again after a request whose answer was lost.
const IN_DOUBT: Duration = Duration::from_secs(240);

fn unit(gateway: &TestGateway) -> u64 {
    let world = gateway.sandbox.shared.tenants[0].world();
    world
        .units
        .iter()
        .find(|unit| !unit.is_archived)
        .unwrap()
        .id
}

fn property(gateway: &TestGateway) -> String {
    PropertyId::new(unit(gateway).to_string()).to_string()
}

/// The payload of one upload with these members beside property and file.
async fn upload_as(gateway: &TestGateway, token: &str, more: Value, file: &[u8]) -> Value {
    let mut input = json!({ "propertyId": property(gateway), "file": null });
    let members = input.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let operations = json!({ "query": UPLOAD, "variables": { "input": input } });
    let map = json!({ "0": ["variables.input.file"] });
    let form = Form::new(&operations, &map).file("0", "Akten\\Mietvertrag.pdf", file);
    let answer: Value = form.send(gateway, token).await.json().await.unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["uploadPropertyDocument"].clone()
}

async fn upload(gateway: &TestGateway, more: Value, file: &[u8]) -> Value {
    let token = gateway.token(ORGANIZATION, &[]);
    upload_as(gateway, &token, more, file).await
}

/// Title, tags and content of the uploaded documents of the property.
fn uploaded(gateway: &TestGateway) -> Vec<(String, Vec<String>, Vec<u8>)> {
    let unit = unit(gateway);
    let world = gateway.sandbox.shared.tenants[0].world();
    let documents = world.documents_of(DocumentOwner::Unit(unit));
    documents
        .filter_map(|document| {
            let upload = document.upload.as_ref()?;
            Some((
                document.title.clone(),
                document.tags.clone(),
                upload.bytes.to_vec(),
            ))
        })
        .collect()
}

#[tokio::test]
async fn a_file_arrives_as_it_is_privately_and_is_among_the_documents_at_once() {
    let gateway = TestGateway::caching(sandbox().await).await;
    let query =
        "query($id: ID!) { property(by: { id: $id }) { documents(first: 100) { nodes { id } } } }";
    let list = async || {
        let variables = json!({ "id": property(&gateway) });
        gateway.data_with(query, variables).await["property"]["documents"]["nodes"].clone()
    };
    let before = list().await;
    let file = pdf(1, 200_000);

    let tags = json!({ "tags": ["Vertrag", "Neu im Haus"] });
    let payload = upload(&gateway, tags, &file).await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(payload["wasDuplicate"], false);
    let document = &payload["document"];
    assert_eq!(document["isPrivate"], true);
    assert_eq!(document["tags"], json!(["Vertrag", "Neu im Haus"]));
    let title = document["title"].as_str().unwrap();
    let marker = title
        .strip_prefix("Mietvertrag (")
        .and_then(|rest| rest.strip_suffix(").pdf"));
    assert_eq!(marker.map(str::len), Some(12), "{title}");
    let [(at_propstack, tags, bytes)] = &uploaded(&gateway)[..] else {
        panic!("one document");
    };
    assert_eq!(at_propstack, title);
    assert_eq!(tags, &["Vertrag", "Neu im Haus"]);
    assert!(*bytes == file);
    let after = list().await;
    let added: Vec<_> = after
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !before.as_array().unwrap().contains(row))
        .collect();
    assert_eq!(added, [&json!({ "id": document["id"] })]);
    let (action, outcome) = gateway.last_act().await;
    assert_eq!(
        (action.as_str(), outcome.as_str()),
        ("uploadPropertyDocument", "OK")
    );
}

#[tokio::test]
async fn the_same_file_is_added_once_and_another_property_or_file_is_another_document() {
    let gateway = TestGateway::start().await;
    let public = json!({ "title": "Lageplan.PDF", "isPrivate": false });
    let first = upload(&gateway, public, &pdf(1, 10)).await;
    assert!(
        first["document"]["title"]
            .as_str()
            .unwrap()
            .starts_with("Lageplan (")
    );
    assert_eq!(first["document"]["isPrivate"], false);

    let again = upload(&gateway, json!({ "title": "Ganz anders" }), &pdf(1, 10)).await;
    assert_eq!(again["wasDuplicate"], true);
    assert_eq!(again["document"], first["document"]);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);

    // A name that is too long for a title is cut.
    let input = json!({ "propertyId": property(&gateway), "file": null });
    let operations = json!({ "query": UPLOAD, "variables": { "input": input } });
    let form = Form::new(&operations, &json!({ "0": ["variables.input.file"] }));
    let form = form.file("0", &format!("{}.pdf", "ü".repeat(300)), &pdf(1, 10));
    let token = gateway.token(ORGANIZATION, &[]);
    let long: Value = form.send(&gateway, &token).await.json().await.unwrap();
    assert_eq!(
        long["data"]["uploadPropertyDocument"]["wasDuplicate"], true,
        "{long}"
    );

    let other_file = upload(&gateway, json!({}), &pdf(2, 10)).await;
    assert_eq!(other_file["wasDuplicate"], false);
    let elsewhere = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let unit = world.units.iter().rfind(|unit| !unit.is_archived).unwrap();
        PropertyId::new(unit.id.to_string()).to_string()
    };
    let elsewhere = upload(&gateway, json!({ "propertyId": elsewhere }), &pdf(1, 10)).await;
    assert_eq!(elsewhere["wasDuplicate"], false);
    assert_eq!(gateway.calls(System::Propstack, POST), 3);

    // Deleted in Propstack, it is new again.
    {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let key = first["document"]["title"].as_str().unwrap().to_owned();
        let gone = world
            .documents
            .iter_mut()
            .find(|document| document.title == key)
            .unwrap();
        gone.id += 1_000_000;
        gone.upload = None;
        gone.title = "anderes".to_owned();
    }
    let new = upload(&gateway, json!({}), &pdf(1, 10)).await;
    assert_eq!(
        (&new["wasDuplicate"], gateway.calls(System::Propstack, POST)),
        (&json!(false), 4)
    );
    assert_ne!(new["document"]["id"], first["document"]["id"]);
}

#[tokio::test]
async fn at_the_same_time_one_is_sent() {
    let gateway = TestGateway::start().await;
    let file = pdf(1, 100_000);
    let all = (0..8).map(|_| upload(&gateway, json!({}), &file));
    let payloads = futures_util::future::join_all(all).await;
    let ids: Vec<_> = payloads
        .iter()
        .map(|payload| &payload["document"]["id"])
        .collect();
    assert!(
        ids.iter().all(|id| id.is_string() && *id == ids[0]),
        "{payloads:?}"
    );
    let new = payloads
        .iter()
        .filter(|payload| payload["wasDuplicate"] == false);
    assert_eq!(new.count(), 1);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn one_request_brings_several_files() {
    let gateway = TestGateway::start().await;
    let query = "mutation($id: ID!, $a: Upload!, $b: Upload!, $c: Upload!) {
        a: uploadPropertyDocument(input: { propertyId: $id, file: $a }) { document { name } errors { code } }
        b: uploadPropertyDocument(input: { propertyId: $id, file: $b }) { document { name } errors { code message path } }
        c: uploadPropertyDocument(input: { propertyId: $id, file: $c }) { document { name } wasDuplicate errors { code } } }";
    let variables = json!({ "id": property(&gateway), "a": null, "b": null, "c": null });
    let operations = json!({ "query": query, "variables": variables });
    let map = json!({ "0": ["variables.a"], "1": ["variables.b"], "2": ["variables.c"] });
    let form = Form::new(&operations, &map)
        .file("0", "eins.pdf", &pdf(1, 0))
        .file("1", "zwei.pdf", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .file("2", "", &pdf(3, 0));

    let answer: Value = form
        .send(&gateway, &gateway.token(ORGANIZATION, &[]))
        .await
        .json()
        .await
        .unwrap();

    let data = &answer["data"];
    assert!(
        data["a"]["document"]["name"]
            .as_str()
            .unwrap()
            .starts_with("eins ("),
        "{answer}"
    );
    assert!(
        data["c"]["document"]["name"]
            .as_str()
            .unwrap()
            .starts_with("Dokument ("),
        "{answer}"
    );
    let wrong = json!([{ "code": "VALIDATION", "message": "The file is no PDF: it is image/png.", "path": ["file"] }]);
    assert_eq!(data["b"]["errors"], wrong);
    assert_eq!(uploaded(&gateway).len(), 2);
}

#[tokio::test]
async fn what_is_no_whole_pdf_or_has_no_good_title_is_not_sent() {
    let gateway = TestGateway::start().await;
    let whole = pdf(1, 5_000);
    let moved = String::from_utf8(whole.clone())
        .unwrap()
        .replace("startxref\n", "startxref\n1");
    for (file, message) in [
        (&b""[..], "The file is empty."),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "The file is no PDF: it is image/png.",
        ),
        (
            b"PK\x03\x04\x14\0\0\0",
            "The file is no PDF: it is application/zip.",
        ),
        (b"Mietvertrag", "The file is no PDF."),
        (&whole[..4_000], "The PDF is cut off: its end is missing."),
        (
            moved.as_bytes(),
            "The PDF is damaged: its cross-reference table does not stand where it says.",
        ),
    ] {
        let payload = upload(&gateway, json!({}), file).await;
        assert_eq!(payload["document"], Value::Null);
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
        assert_eq!(payload["errors"][0]["message"], message);
        assert_eq!(payload["errors"][0]["path"], json!(["file"]));
    }
    for (more, path) in [
        (json!({ "title": "" }), json!(["title"])),
        (json!({ "title": "x".repeat(201) }), json!(["title"])),
        (json!({ "tags": ["a", " "] }), json!(["tags", "1"])),
        (json!({ "idempotencyKey": "" }), json!(["idempotencyKey"])),
    ] {
        let payload = upload(&gateway, more, &whole).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
        assert_eq!(payload["errors"][0]["path"], path);
    }
    assert_eq!(gateway.all_calls(System::Propstack), 0);

    // Another spelling of a number that there is would be the same property under another name.
    let other = |prefix: &str| format!("{prefix}{}", unit(&gateway));
    for nowhere in [
        "999999999".to_owned(),
        other("0"),
        other("+"),
        other(" "),
        other("x\0"),
    ] {
        let nowhere = PropertyId::new(nowhere).to_string();
        let payload = upload(&gateway, json!({ "propertyId": nowhere }), &whole).await;
        assert_eq!(errors(&payload), [("InputError", "NOT_FOUND")]);
        assert_eq!(payload["errors"][0]["path"], json!(["propertyId"]));
    }
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn a_lost_answer_is_made_up_for_by_a_look() {
    let gateway = TestGateway::start().await;
    for (seed, fault) in [
        (1, Fault::LoseAnswer),
        (2, Fault::DropMidBody),
        (3, Fault::WrongTypes),
        (4, Fault::Html),
    ] {
        gateway.strike(System::Propstack, POST, fault.clone());
        let payload = upload(&gateway, json!({}), &pdf(seed, 0)).await;
        if fault == Fault::Html {
            // In place of the work: nothing is there, whatever was said.
            assert_eq!(errors(&payload), [("UpstreamFailure", "OUTCOME_UNKNOWN")]);
            continue;
        }
        assert_eq!(payload["errors"], json!([]), "{fault:?}");
        assert_eq!(payload["wasDuplicate"], false);
        assert_eq!(payload["document"]["isPrivate"], true);
    }
    assert_eq!(gateway.calls(System::Propstack, POST), 4);
    assert_eq!(uploaded(&gateway).len(), 3);
}

#[tokio::test]
async fn what_may_have_arrived_is_looked_for_and_not_sent_again_before_its_time() {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.path("life.db"));
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.store.url = url.into();
    })
    .await;
    let replica = gateway.replica().await;
    let list_fails = || Rule::new(System::Propstack, Fault::Status(500)).at(LIST);
    let file = pdf(1, 0);

    // It arrived; nobody could see it.
    gateway.strike(System::Propstack, POST, Fault::LoseAnswer);
    gateway.sandbox.shared.faults.add(list_fails());
    let payload = gateway
        .hurry(
            Duration::from_secs(2),
            upload(&gateway, json!({ "idempotencyKey": "k" }), &file),
        )
        .await;
    assert_eq!(errors(&payload), [("UpstreamFailure", "OUTCOME_UNKNOWN")]);
    assert_eq!(payload["errors"][0]["system"], "PROPSTACK");
    gateway.sandbox.shared.faults.clear();
    let payload = upload(&gateway, json!({ "idempotencyKey": "k" }), &file).await;
    assert_eq!(payload["errors"], json!([]));
    // The very same was asked again: it is no duplicate.
    assert_eq!(payload["wasDuplicate"], false);
    assert_eq!(
        (
            uploaded(&gateway).len(),
            gateway.calls(System::Propstack, POST)
        ),
        (1, 1)
    );

    // It did not arrive, which nobody can know at once: here nor elsewhere.
    let file = pdf(2, 0);
    gateway.strike(System::Propstack, POST, Fault::Drop);
    let payload = upload(&gateway, json!({}), &file).await;
    assert_eq!(errors(&payload), [("UpstreamFailure", "OUTCOME_UNKNOWN")]);
    gateway
        .sandbox
        .shared
        .clock
        .advance(IN_DOUBT - Duration::from_secs(1));
    let payload = upload(&gateway, json!({}), &file).await;
    assert_eq!(errors(&payload), [("InputError", "IN_PROGRESS")]);
    assert!(
        payload["errors"][0]["message"]
            .as_str()
            .unwrap()
            .ends_with("Ask again in 1 seconds."),
        "{payload}"
    );
    let operations = json!({ "query": UPLOAD, "variables": { "input": { "propertyId": property(&gateway), "file": null } } });
    let form = || {
        Form::new(&operations, &json!({ "0": ["variables.input.file"] })).file("0", "b.pdf", &file)
    };
    let token = gateway.token(ORGANIZATION, &[]);
    let elsewhere: Value = form().send_to(&replica, &token).await.json().await.unwrap();
    assert_eq!(
        errors(&elsewhere["data"]["uploadPropertyDocument"]),
        [("InputError", "IN_PROGRESS")]
    );
    assert_eq!(gateway.calls(System::Propstack, POST), 2);

    gateway.sandbox.shared.clock.advance(Duration::from_secs(1));
    let elsewhere: Value = form().send_to(&replica, &token).await.json().await.unwrap();
    assert_eq!(errors(&elsewhere["data"]["uploadPropertyDocument"]), []);
    assert_eq!(
        (
            uploaded(&gateway).len(),
            gateway.calls(System::Propstack, POST)
        ),
        (2, 3)
    );
}

#[tokio::test]
async fn a_document_that_is_not_found_by_its_id_is_looked_for_before_it_is_sent_again() {
    let gateway = TestGateway::start().await;
    let first = upload(&gateway, json!({}), &pdf(1, 0)).await;
    gateway.strike(System::Propstack, FIND, Fault::Status(404));
    let again = upload(&gateway, json!({}), &pdf(1, 0)).await;
    assert_eq!(
        (&again["errors"], &again["wasDuplicate"]),
        (&json!([]), &json!(true))
    );
    assert_eq!(again["document"], first["document"]);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn what_surely_was_not_done_can_be_tried_again_at_once() {
    let gateway = TestGateway::start().await;
    for (fault, code) in [
        (
            Fault::Throttle {
                retry_after: Some(3_600),
            },
            "UPSTREAM_UNAVAILABLE",
        ),
        (Fault::Status(403), "UPSTREAM_REJECTED"),
        (Fault::Status(400), "VALIDATION"),
        (Fault::Status(422), "UNPROCESSABLE"),
        (Fault::Status(413), "TOO_LARGE"),
        (Fault::Redirect, "UPSTREAM_REJECTED"),
    ] {
        let gateway = TestGateway::start().await;
        gateway.strike(System::Propstack, POST, fault.clone());
        let payload = upload(&gateway, json!({}), &pdf(1, 0)).await;
        assert_eq!(payload["errors"][0]["code"], code, "{fault:?}");
        gateway
            .sandbox
            .shared
            .clock
            .advance(Duration::from_secs(3_600));
        let payload = upload(&gateway, json!({}), &pdf(1, 0)).await;
        assert_eq!(payload["errors"], json!([]), "{fault:?}");
        assert_eq!(uploaded(&gateway).len(), 1);
    }
    // A server that fails may have done it before.
    gateway.strike(System::Propstack, POST, Fault::Status(502));
    let payload = upload(&gateway, json!({}), &pdf(1, 0)).await;
    assert_eq!(errors(&payload), [("UpstreamFailure", "OUTCOME_UNKNOWN")]);
}

#[tokio::test]
async fn with_a_key_the_outcome_is_told_again() {
    let gateway = TestGateway::start().await;
    let first = upload(&gateway, json!({ "idempotencyKey": "k" }), &pdf(1, 0)).await;
    let again = upload(&gateway, json!({ "idempotencyKey": "k" }), &pdf(1, 0)).await;
    assert_eq!(first["errors"], json!([]));
    assert_eq!(first, again);
    assert_eq!(gateway.last_act().await.1, "TOLD_AGAIN");
    // Another file is another question.
    let other = upload(&gateway, json!({ "idempotencyKey": "k" }), &pdf(2, 0)).await;
    assert_eq!(errors(&other), [("InputError", "IDEMPOTENCY_MISMATCH")]);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn of_several_keys_the_one_that_may_write_documents_is_found_and_remembered() {
    let sandbox = sandbox().await;
    let key = sandbox.access.demo.propstack.api_key.clone();
    let gateway = TestGateway::configured(sandbox, |config| {
        let organization = config
            .organizations
            .iter_mut()
            .find(|it| it.id == ORGANIZATION);
        let account = organization.unwrap().propstack.as_mut().unwrap();
        let keys = [
            format!("{key}.units+documents:read"),
            format!("{key}.documents"),
        ];
        account.api_keys = Some(keys.map(Into::into).into());
    })
    .await;
    for seed in 0..3 {
        let payload = upload(&gateway, json!({}), &pdf(seed, 0)).await;
        assert_eq!(payload["errors"], json!([]));
    }
    assert_eq!(gateway.calls(System::Propstack, POST), 4);
    assert_eq!(uploaded(&gateway).len(), 3);
}

#[tokio::test]
async fn nobody_without_the_right_adds_a_file_and_without_reading_nobody_sees_it() {
    let gateway = TestGateway::start().await;
    let token = gateway.token(ORGANIZATION, &[Scope::DocumentWrite]);
    let operations = json!({ "query": UPLOAD, "variables": { "input": { "propertyId": property(&gateway), "file": null } } });
    let form = Form::new(&operations, &json!({ "0": ["variables.input.file"] })).file(
        "0",
        "a.pdf",
        &pdf(1, 0),
    );
    let answer: Value = form.send(&gateway, &token).await.json().await.unwrap();
    assert_eq!(codes(&answer), ["FORBIDDEN"]);
    assert_eq!(gateway.all_calls(System::Propstack), 0);

    let writer = gateway.token(ORGANIZATION, &[Scope::DocumentRead]);
    let payload = upload_as(&gateway, &writer, json!({}), &pdf(1, 0)).await;
    assert_eq!(
        (&payload["errors"], &payload["document"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(gateway.calls(System::Propstack, FIND), 0);
}
