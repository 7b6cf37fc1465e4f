//! Rule 8: documents, the reading half.

use hausgraph::sandbox::world::DocumentOwner;
use reqwest::{StatusCode, header};

use super::{Account, keys, rows};

#[tokio::test]
async fn rule_08_documents_come_with_meta_and_take_one_target() {
    let account = Account::open().await;
    let (unit, kept) = account.world(|world| {
        let filed = world
            .documents
            .iter()
            .find(|document| document.handover.is_some());
        let DocumentOwner::Unit(unit) = filed.unwrap().owner else {
            panic!("protocols are filed with units");
        };
        (unit, world.documents_of(DocumentOwner::Unit(unit)).count())
    });
    let body = account.read(&format!("/documents?property={unit}")).await;
    assert_eq!(keys(&body), ["documents", "meta"]);
    assert_eq!(body["meta"]["total_count"], kept);
    let documents = body["documents"].as_array().unwrap();
    assert_eq!(documents.len(), kept);
    let protocol = documents
        .iter()
        .find(|its| its["tags"][0] == "Übergabeprotokoll")
        .unwrap();
    assert!(protocol["name"].as_str().unwrap().starts_with("protocol-"));
    assert_eq!(protocol["is_private"], true);
    assert!(documents.iter().any(|its| its["is_exposee"] == true));
    assert!(documents.iter().all(|its| its.get("property_id").is_none()));
    // The expanded unit lists the same ones.
    let full = account.read(&format!("/units/{unit}?new=1")).await;
    assert_eq!(full["documents"], body["documents"]);
    let one = account
        .read(&format!("/documents/{}", protocol["id"]))
        .await;
    assert_eq!(&one, protocol);
}

#[tokio::test]
async fn rule_08_documents_are_filtered_and_sorted() {
    let account = Account::open().await;
    let private = account.read("/documents?is_private=1&per=50").await;
    let all = private["documents"].as_array().unwrap();
    assert_eq!(all.len(), 50);
    assert!(all.iter().all(|document| document["is_private"] == true));
    let tagged = account.read("/documents?tag=Grundriss&per=50").await;
    let all = tagged["documents"].as_array().unwrap();
    assert!(!all.is_empty() && all.iter().all(|document| document["is_floorplan"] == true));
    let latest = account
        .read("/documents?order_by=created_at,desc&per=50")
        .await;
    let times = latest["documents"].as_array().unwrap().iter();
    let times = times.map(|document| document["created_at"].as_str().unwrap().parse().unwrap());
    assert!(
        times
            .collect::<Vec<chrono::DateTime<chrono::Utc>>>()
            .is_sorted_by(|left, right| left >= right)
    );
    let tags = account.read("/documents/tags").await;
    assert!(
        rows(&tags)
            .iter()
            .any(|tag| tag["name"] == "Übergabeprotokoll")
    );
}

#[tokio::test]
async fn rule_08_a_document_can_be_fetched_without_a_key() {
    let account = Account::open().await;
    let filed = account.world(|world| {
        let filed = world
            .documents
            .iter()
            .find(|document| document.handover.is_some());
        filed.unwrap().id
    });
    let own = account.read("/documents?per=1").await["documents"][0].clone();
    for document in [own, account.read(&format!("/documents/{filed}")).await] {
        let url = document["url"].as_str().unwrap();
        let response = account.http.get(url).send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/pdf");
        let file = response.bytes().await.unwrap();
        assert!(file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"));
        let forged = account.http.get(format!("{url}x")).send().await.unwrap();
        assert_eq!(forged.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_picture_can_be_fetched_without_a_key() {
    let account = Account::open().await;
    let units = account.read("/units?sort_by=id").await;
    for size in ["original", "thumb"] {
        let url = units[0]["images"][0][size].as_str().unwrap();
        let response = account.http.get(url).send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "image/svg+xml");
        assert!(response.text().await.unwrap().starts_with("<svg "));
    }
}
