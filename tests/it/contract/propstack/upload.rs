//! Rule 8, the writing half: a document is uploaded.

use base64::{Engine, prelude::BASE64_STANDARD};
use hausgraph::sandbox::{
    System,
    fault::{Fault, Rule},
};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{Account, rows};

const TITLE: &str = "Übergabeprotokoll 2026-03-01 Lindenallee 14 WE 07.pdf";
const PDF: &[u8] = b"%PDF-1.7\n\0\xff protocol\n%%EOF\n";

fn data_uri(kind: &str, file: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64_STANDARD.encode(file))
}

/// What our client sends, for a unit.
fn protocol(unit: u64) -> Value {
    json!({
        "property_id": unit,
        "title": TITLE,
        "tags": ["Übergabeprotokoll", "Auszug 2026"],
        "is_private": true,
        "is_floorplan": false,
        "is_exposee": false,
        "on_landing_page": false,
        "doc": data_uri("application/pdf", PDF),
    })
}

impl Account {
    async fn send(&self, body: &Value) -> (StatusCode, Value) {
        let request = self.http.post(self.url("/documents"));
        let request = request.header("X-API-KEY", &self.key).json(body);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// The id of a document that must be taken.
    async fn upload(&self, document: Value) -> u64 {
        let (status, body) = self.send(&json!({ "document": document })).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        assert_eq!(body["ok"], true);
        body["id"].as_u64().unwrap()
    }

    /// Asserts that a document is refused, and in Propstack's manner.
    async fn refuses(&self, document: &Value, status: u16) {
        let (given, body) = self.send(&json!({ "document": document })).await;
        assert_eq!(given, status, "{document}: {body}");
        assert!(body["errors"][0].is_string(), "{body}");
    }

    async fn count(&self) -> u64 {
        let body = self.read("/documents?per=1").await;
        body["meta"]["total_count"].as_u64().unwrap()
    }

    async fn file(&self, document: &Value) -> (String, Vec<u8>) {
        let url = document["url"].as_str().unwrap();
        let response = self.http.get(url).send().await.unwrap();
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
        (kind.to_owned(), response.bytes().await.unwrap().to_vec())
    }
}

#[tokio::test]
async fn rule_08_an_upload_shows_wherever_documents_are_shown() {
    let account = Account::open().await;
    let unit = account.active(1)[0];
    let former = account.read(&format!("/documents?property={unit}")).await;
    let former = former["meta"]["total_count"].as_u64().unwrap();

    let id = account.upload(protocol(unit)).await;

    let one = account.read(&format!("/documents/{id}")).await;
    assert_eq!(one["title"], TITLE);
    assert_eq!(one["name"], TITLE);
    assert_eq!(one["tags"], json!(["Übergabeprotokoll", "Auszug 2026"]));
    assert_eq!(one["is_private"], true);
    for flag in ["is_floorplan", "is_exposee", "on_landing_page"] {
        assert_eq!(one[flag], false, "{flag}");
    }
    let listed = format!("/documents?property={unit}&order_by=created_at,desc");
    let listed = account.read(&listed).await;
    assert_eq!(listed["meta"]["total_count"], former + 1);
    assert_eq!(listed["documents"][0], one);
    let full = account.read(&format!("/units/{unit}?new=1")).await;
    assert!(full["documents"].as_array().unwrap().contains(&one));
    let tagged = account.read("/documents?tag=Auszug%202026").await;
    assert_eq!(tagged["documents"], json!([one]));
    let tags = account.read("/documents/tags").await;
    assert!(rows(&tags).iter().any(|tag| tag["name"] == "Auszug 2026"));
    let (kind, file) = account.file(&one).await;
    assert_eq!((kind.as_str(), file.as_slice()), ("application/pdf", PDF));
}

#[tokio::test]
async fn rule_08_projects_and_contacts_take_documents_and_pictures_too() {
    let account = Account::open().await;
    let (project, contact) = account.world(|world| (world.developments[0].id, world.people[0].id));
    for (name, id, path) in [
        ("project_id", json!(project), format!("/projects/{project}")),
        (
            "client_id",
            json!(contact.to_string()),
            format!("/contacts/{contact}?include=documents"),
        ),
    ] {
        let picture = json!({
            name: id,
            "doc": data_uri("image/png", b"\x89PNG"),
            "is_floorplan": true,
            "on_landing_page": true,
        });

        let id = account.upload(picture).await;

        let one = account.read(&format!("/documents/{id}")).await;
        assert_eq!(one["is_private"], false);
        assert_eq!(one["is_floorplan"], true);
        assert_eq!(one["on_landing_page"], true);
        assert_eq!(one["tags"], json!([]));
        // Nobody named it.
        assert!(one["name"].as_str().is_some_and(|name| !name.is_empty()));
        let owner = account.read(&path).await;
        assert!(
            owner["documents"].as_array().unwrap().contains(&one),
            "{path}"
        );
        let (kind, file) = account.file(&one).await;
        assert_eq!(
            (kind.as_str(), file.as_slice()),
            ("image/png", &b"\x89PNG"[..])
        );
    }
}

#[tokio::test]
async fn rule_08_a_document_has_exactly_one_target_and_a_file() {
    let account = Account::open().await;
    let unit = account.active(1)[0];
    let project = account.world(|world| world.developments[0].id);
    let before = account.count().await;
    let changed = |field: &str, value: Value| {
        let mut document = protocol(unit);
        document[field] = value;
        document
    };
    for document in [
        changed("property_id", Value::Null),
        changed("project_id", json!(project)),
        changed("doc", Value::Null),
        changed("doc", json!(BASE64_STANDARD.encode(PDF))),
        changed("doc", json!("data:application/pdf;base64,%%%")),
        changed("doc", json!("data:application/pdf;base64,")),
        changed("doc", json!(data_uri("text/html", b"<p>"))),
        changed("tags", json!("Übergabeprotokoll")),
        changed("title", json!(7)),
    ] {
        account.refuses(&document, 422).await;
    }
    account
        .refuses(&changed("property_id", json!(1)), 404)
        .await;
    account.refuses(&Value::Null, 400).await;
    let (status, _) = account.send(&protocol(unit)).await;
    assert_eq!(status, 400, "without the wrapper");
    let request = account.http.post(account.url("/documents"));
    let request = request.header("X-API-KEY", &account.key).body("{");
    assert_eq!(request.send().await.unwrap().status(), 400);
    assert_eq!(account.count().await, before);
}

#[tokio::test]
async fn rule_08_a_document_that_is_sent_twice_is_there_twice() {
    let account = Account::open().await;
    let unit = account.active(1)[0];
    let before = account.count().await;
    let lost = Rule::new(System::Propstack, Fault::LoseAnswer).at("POST /v1/documents");
    account.sandbox.shared.faults.add(lost.times(1));

    let request = account.http.post(account.url("/documents"));
    let request = request.header("X-API-KEY", &account.key);
    let lost = request.json(&json!({ "document": protocol(unit) })).send();
    assert!(lost.await.is_err());
    assert_eq!(account.count().await, before + 1);

    account.upload(protocol(unit)).await;
    assert_eq!(account.count().await, before + 2);
}

#[tokio::test]
async fn rule_08_an_upload_may_be_large() {
    let account = Account::open().await;
    let unit = account.active(1)[0];
    let file = vec![7; 20_000_000];
    let mut document = protocol(unit);
    document["doc"] = json!(data_uri("application/pdf", &file));

    let id = account.upload(document).await;

    let one = account.read(&format!("/documents/{id}")).await;
    assert!(account.file(&one).await.1 == file);
}

#[tokio::test]
async fn rule_08_a_key_may_read_documents_and_not_write_them() {
    let unit = {
        let account = Account::open().await;
        account.active(1)[0]
    };
    for (rights, status) in [
        ("documents", StatusCode::CREATED),
        ("units+documents:read", StatusCode::UNAUTHORIZED),
        ("units", StatusCode::UNAUTHORIZED),
    ] {
        let account = Account::open().await.narrowed(rights);
        let (given, body) = account.send(&json!({ "document": protocol(unit) })).await;
        assert_eq!(given, status, "{rights}: {body}");
    }
    let account = Account::open().await.narrowed("documents:read");
    account.read("/documents").await;
}

#[tokio::test]
async fn section_7_2_no_document_is_changed_or_deleted() {
    let account = Account::open().await;
    let unit = account.active(1)[0];
    let id = account.upload(protocol(unit)).await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let url = account.url(&format!("/documents/{id}"));
        let request = account.http.request(method, url);
        let response = request.header("X-API-KEY", &account.key).send().await;
        assert_eq!(response.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(
        account.read(&format!("/documents/{id}")).await["title"],
        TITLE
    );
}

#[tokio::test]
async fn another_firms_records_take_no_document() {
    let account = Account::open().await;
    let foreign = account.sandbox.shared.tenants[1].world().units[0].id;
    account.refuses(&protocol(foreign), 404).await;
}
