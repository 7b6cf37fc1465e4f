//! Etags: which write holds for which version. Each rule holds for projects and for prospects.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    super::{
        Firm,
        market::{Market, bid, contact, deal},
        send,
    },
    etag,
};

/// One record of each kind, and two values of one field.
fn cases() -> [(&'static str, &'static str, [Value; 2]); 2] {
    [
        ("/projects/1", "name", [json!("Hof"), json!("Turm")]),
        (
            "/projects/1/prospects/1",
            "classification",
            [json!("contacted"), json!("bidder")],
        ),
    ]
}

async fn firm() -> Firm {
    Firm::with(Market {
        deals: vec![deal(1)],
        investors: vec![contact(1), contact(2)],
        bids: vec![bid(1)],
        ..Market::default()
    })
    .await
}

#[tokio::test]
async fn rule_14_the_header_repeats_the_etag_of_what_was_created_and_of_what_was_changed() {
    let firm = firm().await;
    let created = [
        firm.post("/projects", json!({ "name": "Hof" })).await,
        firm.post("/projects/1/prospects", json!({ "contactId": "2" }))
            .await,
    ];
    for answer in &created {
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.header("etag"), answer.body["etag"].as_str());
        let location = answer.header("location").unwrap();
        let read = firm.one(location.strip_prefix("/api/v1").unwrap()).await;
        assert_eq!(read, answer.body);
    }
    for (path, field, [value, _]) in cases() {
        let answer = firm.patch(path, json!({ field: value })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("etag"), answer.body["etag"].as_str());
        assert_eq!(firm.one(path).await, answer.body);
    }
}

#[tokio::test]
async fn rules_15_and_20_the_right_etag_writes_and_is_used_up_by_it() {
    let firm = firm().await;
    for (path, field, [first, second]) in cases() {
        let old = firm.one(path).await;

        let changed = firm
            .patch_if(path, etag(&old), json!({ field: first }))
            .await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(changed.body[field], first);
        assert_ne!(etag(&changed.body), etag(&old));

        let stale = json!({ field: second });
        let answer = firm.patch_if(path, etag(&old), stale.clone()).await;
        answer.assert_problem(412, path);
        let fresh = firm.patch_if(path, etag(&changed.body), stale).await;
        assert_eq!(fresh.status, 200, "{}", fresh.body);
    }
}

#[tokio::test]
async fn rule_16_another_version_is_refused_in_the_guides_words_and_changes_nothing() {
    let firm = firm().await;
    for (path, field, [value, _]) in cases() {
        let before = firm.one(path).await;

        let answer = firm
            .patch_if(path, "W/\"999999\"", json!({ field: value }))
            .await;

        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(
            answer.body,
            json!({
                "type": "urn:propstreet:error:precondition-failed",
                "title": "Precondition failed",
                "status": 412,
                "detail": "ETag mismatch - resource was modified",
            })
        );
        assert_eq!(firm.one(path).await, before);
    }
}

#[tokio::test]
async fn rule_17_without_a_condition_the_write_goes_through() {
    let firm = firm().await;
    for (path, field, values) in cases() {
        for value in values {
            let answer = firm.patch(path, json!({ field: value })).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body[field], value);
        }
    }
}

#[tokio::test]
async fn rule_18_the_weak_prefix_belongs_to_the_etag() {
    let firm = firm().await;
    for (path, field, [value, _]) in cases() {
        let record = firm.one(path).await;
        let strong = etag(&record).trim_start_matches("W/");

        let body = json!({ field: value });
        firm.patch_if(path, strong, body.clone())
            .await
            .assert_problem(412, path);
        let among_others = format!("W/\"0\", {}", etag(&record));
        assert_eq!(firm.patch_if(path, &among_others, body).await.status, 200);
    }
}

#[tokio::test]
async fn rule_19_of_two_writers_with_one_etag_exactly_one_wins() {
    let firm = firm().await;
    for (path, field, values) in cases() {
        let record = firm.one(path).await;
        let writers = values.iter().cycle().take(8);
        let writers =
            writers.map(|value| firm.patch_if(path, etag(&record), json!({ field: value })));

        let answers = join_all(writers).await;

        let mut won = answers.iter().filter(|answer| answer.status == 200);
        let winner = won.next().unwrap();
        assert!(won.next().is_none(), "{path}: two won");
        let lost = answers.iter().filter(|answer| answer.status == 412);
        assert_eq!(lost.count(), 7, "{path}");
        assert_eq!(firm.one(path).await, winner.body);
    }
}

#[tokio::test]
async fn section_2_3_a_change_of_nothing_leaves_etag_and_time_alone() {
    let firm = firm().await;
    for (path, field, [value, other]) in cases() {
        let body = json!({ field: value, "externalRefs": [{ "namespace": "A", "id": "1" }] });
        let before = firm.patch(path, body.clone()).await.body;
        firm.advance(60);

        let same = firm.patch(path, body).await;
        assert_eq!((same.status.as_u16(), &same.body), (200, &before));
        assert_eq!(firm.patch(path, json!({})).await.body, before);

        let changed = firm.patch(path, json!({ field: other })).await.body;
        assert_ne!(changed["updatedUtc"], before["updatedUtc"]);
        assert_eq!(changed["updatedUtc"], json!(firm.clock.now()));
        assert_eq!(changed["createdUtc"], before["createdUtc"]);
        assert_ne!(etag(&changed), etag(&before));
        // The same content as before is another version all the same.
        let back = firm.patch(path, json!({ field: value })).await.body;
        assert_ne!(etag(&back), etag(&before));
    }
}

#[tokio::test]
async fn section_2_3_a_deletion_minds_a_condition_that_is_there() {
    let firm = firm().await;
    for path in ["/projects/1/prospects/1", "/projects/1"] {
        let record = firm.one(path).await;
        let stale = firm.deleting(path).header("if-match", "W/\"0\"");
        send(stale).await.assert_problem(412, path);
        assert_eq!(firm.one(path).await, record);

        let right = firm.deleting(path).header("if-match", etag(&record));
        assert_eq!(send(right).await.status, 204);
        firm.refuses(path, 404).await;
    }
}
