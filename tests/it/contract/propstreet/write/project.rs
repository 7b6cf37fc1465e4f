//! Projects are created, changed and deleted.

use hausgraph::sandbox::world::{Deal, Price, PriceRange};
use serde_json::{Value, json};

use super::super::{
    Firm, holds_null,
    market::{Market, bid, contact, deal, reference},
};

async fn firm() -> Firm {
    Firm::with(Market::of([deal(1)])).await
}

#[tokio::test]
async fn rules_08_and_22_a_name_alone_makes_an_open_draft_of_one_property() {
    let firm = firm().await;

    let answer = firm
        .post("/projects", json!({ "name": "Kontorhus Nord" }))
        .await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), Some("/api/v1/projects/2"));
    let project = answer.body;
    let etag = project["etag"].clone();
    assert_eq!(
        project,
        json!({
            "id": "2",
            "uri": "https://app.propstreet.com/projects/2",
            "name": "Kontorhus Nord",
            "asset": { "type": "single" },
            "status": "open",
            "classification": "draft",
            "externalRefs": [],
            "createdUtc": "2026-03-02T08:00:00Z",
            "updatedUtc": "2026-03-02T08:00:00Z",
            "etag": etag,
            "changeType": "create",
        })
    );
    assert!(!holds_null(&project));
    assert_eq!(firm.ids("/projects").await, ["1", "2"]);
    assert_eq!(firm.rows("/projects/2/prospects").await, [Value::Null; 0]);
}

#[tokio::test]
async fn section_4_3_every_field_can_be_given_and_a_null_says_nothing() {
    let firm = firm().await;
    let given = json!({
        "asset": { "type": "portfolio", "propertyCount": 12 },
        "mandate": "exclusive",
        "price": { "value": 12.75, "currency": "SEK", "scale": "millions" },
        "priceRange": { "min": 12, "currency": "SEK", "scale": "millions" },
        "externalRefs": [{ "namespace": "propstack-project", "id": "4711" }],
    });

    let mut body = given.clone();
    body["name"] = json!("Portfolio Nord");
    let full = firm.create("/projects", body).await;
    let nulls = given.as_object().unwrap().keys();
    let mut body: Value = nulls.map(|field| (field.clone(), Value::Null)).collect();
    body["name"] = json!("Portfolio Süd");
    let empty = firm.create("/projects", body).await;

    for (field, value) in given.as_object().unwrap() {
        assert_eq!(&full[field], value, "{field}");
    }
    assert_eq!(empty["asset"], json!({ "type": "single" }));
    assert_eq!(empty.get("price"), None);
}

#[tokio::test]
async fn rule_21_a_name_has_1_to_200_characters() {
    let firm = firm().await;
    let longest = "ü".repeat(200);
    let created = firm.create("/projects", json!({ "name": longest })).await;
    assert_eq!(created["name"], longest);

    let before = firm.one("/projects/1").await;
    for name in [
        json!(""),
        json!("  "),
        json!("ü".repeat(201)),
        json!(7),
        json!(null),
    ] {
        let body = json!({ "name": name });
        let refused = firm.post("/projects", body.clone()).await;
        refused.assert_problem(400, &name.to_string());
        assert!(refused.body["errors"]["name"][0].is_string());
        let refused = firm.patch("/projects/1", body).await;
        refused.assert_problem(400, &name.to_string());
    }
    let nameless = firm.post("/projects", json!({})).await;
    nameless.assert_problem(400, "no name");
    assert_eq!(firm.one("/projects/1").await, before);
    assert_eq!(firm.ids("/projects").await.len(), 2);
}

#[tokio::test]
async fn rules_23_and_24_an_asset_is_replaced_as_a_whole() {
    let firm = firm().await;
    for (sent, shown) in [
        (
            json!({ "type": "portfolio", "propertyCount": 5 }),
            json!({ "type": "portfolio", "propertyCount": 5 }),
        ),
        (
            json!({ "type": "portfolio", "propertyCount": "7" }),
            json!({ "type": "portfolio", "propertyCount": 7 }),
        ),
        (json!({ "type": "single" }), json!({ "type": "single" })),
        (
            json!({ "type": "single", "propertyCount": 5 }),
            json!({ "type": "single" }),
        ),
        (
            json!({ "type": "portfolio" }),
            json!({ "type": "portfolio", "propertyCount": 0 }),
        ),
    ] {
        let answer = firm.patch("/projects/1", json!({ "asset": sent })).await;
        assert_eq!(answer.body["asset"], shown, "{sent}");
    }
}

#[tokio::test]
async fn rule_25_an_asset_without_a_type_is_refused_and_nothing_changes() {
    let firm = firm().await;
    let before = firm.one("/projects/1").await;
    for asset in [
        json!({}),
        json!({ "propertyCount": 5 }),
        json!({ "type": "quarter" }),
        json!({ "type": "portfolio", "propertyCount": -1 }),
        json!({ "type": "portfolio", "propertyCount": 1.5 }),
        json!({ "type": "portfolio", "propertyCount": true }),
        json!("single"),
        json!(null),
    ] {
        let body = json!({ "name": "Neu", "asset": asset });
        let refused = firm.patch("/projects/1", body).await;
        refused.assert_problem(400, &asset.to_string());
    }
    assert_eq!(firm.one("/projects/1").await, before);
}

#[tokio::test]
async fn rule_26_a_change_of_one_field_leaves_the_others() {
    let firm = Firm::with(Market::of([Deal {
        portfolio_size: Some(3),
        mandate: Some("other"),
        price: Some(Price::euros("3", "millions")),
        references: vec![reference("hubspot", "a")],
        ..deal(1)
    }]))
    .await;
    let before = firm.one("/projects/1").await;

    let after = firm
        .patch("/projects/1", json!({ "name": "Neu" }))
        .await
        .body;

    assert_eq!(after["name"], "Neu");
    for field in [
        "asset",
        "mandate",
        "price",
        "externalRefs",
        "status",
        "createdUtc",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
}

#[tokio::test]
async fn rule_26_a_change_does_not_move_what_the_system_noted() {
    let firm = Firm::with(Market::of([Deal {
        status: "closed",
        teaser_stage: Some("communicated"),
        ..deal(1)
    }]))
    .await;
    let before = firm.one("/projects/1").await;
    firm.advance(60);

    let body = json!({ "name": "Neu" });
    let after = firm.patch("/projects/1", body).await.body;

    assert_ne!(after["updatedUtc"], before["updatedUtc"]);
    for field in ["teaser", "transactions"] {
        assert!(after[field].is_object() || after[field].is_array());
        assert_eq!(after[field], before[field], "{field}");
    }
}

#[tokio::test]
async fn rule_27_what_is_the_systems_cannot_be_set() {
    let firm = firm().await;
    let settings = json!({
        "name": "Neu",
        "id": "77",
        "status": "closed",
        "classification": "active",
        "teaser": { "stage": "published" },
        "transactions": [{}],
        "deletedUtc": "2026-03-02T08:00:00Z",
        "etag": "W/\"1\"",
        "unheard_of": [1],
    });

    let created = firm.create("/projects", settings.clone()).await;
    let changed = firm.patch("/projects/1", settings).await.body;

    for project in [created, changed] {
        assert_eq!(project["name"], "Neu");
        assert_ne!(project["id"], "77");
        assert_eq!(project["status"], "open");
        assert_eq!(project["classification"], "draft");
        for field in ["teaser", "transactions", "deletedUtc"] {
            assert_eq!(project.get(field), None, "{field}");
        }
    }
}

#[tokio::test]
async fn rule_30_amounts_are_exact_in_all_scales() {
    let firm = firm().await;
    for scale in ["none", "thousands", "millions", "billions"] {
        let price = json!({ "value": 150, "currency": "EUR", "scale": scale });
        let body = json!({ "name": scale, "price": price });
        assert_eq!(firm.create("/projects", body).await["price"], price);
    }
    for (value, shown) in [
        (json!("4250000.10"), json!(4250000.1)),
        (json!(0.1), json!(0.1)),
        (json!(0), json!(0)),
        // More digits than a JSON number carries.
        (
            json!("12345678901234567890.12"),
            json!("12345678901234567890.12"),
        ),
    ] {
        let price = json!({ "value": value, "currency": "EUR" });
        let answer = firm.patch("/projects/1", json!({ "price": price })).await;
        let expected = json!({ "value": shown, "currency": "EUR", "scale": "none" });
        assert_eq!(answer.body["price"], expected);
    }
}

#[tokio::test]
async fn rule_30_what_is_no_price_is_refused() {
    let firm = firm().await;
    for price in [
        json!({ "currency": "EUR" }),
        json!({ "value": 1 }),
        json!({ "value": -0.01, "currency": "EUR" }),
        json!({ "value": "viel", "currency": "EUR" }),
        json!({ "value": [1], "currency": "EUR" }),
        json!({ "value": 1, "currency": "Euro" }),
        json!({ "value": 1, "currency": "eur" }),
        json!({ "value": 1, "currency": "EUR", "scale": "dozens" }),
        json!(1),
    ] {
        let refused = firm.patch("/projects/1", json!({ "price": price })).await;
        refused.assert_problem(400, &price.to_string());
    }
    assert_eq!(firm.one("/projects/1").await.get("price"), None);
}

#[tokio::test]
async fn rule_31_a_price_range_contains_the_price_whatever_their_scales() {
    let firm = firm().await;
    let price = json!({ "value": 150, "currency": "EUR", "scale": "millions" });
    let range = |min: Value, max: Value, scale| json!({ "priceRange": { "min": min, "max": max, "currency": "EUR", "scale": scale } });
    firm.patch("/projects/1", json!({ "price": price })).await;

    for body in [
        range(json!(0.15), json!(0.15), "billions"),
        range(json!(150_000), json!(null), "thousands"),
        range(json!(null), json!("150000000.00"), "none"),
        range(json!(null), json!(null), "none"),
    ] {
        let answer = firm.patch("/projects/1", body.clone()).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
    }
    for body in [
        range(json!(0.1501), json!(null), "billions"),
        range(json!(null), json!(149_999.99), "thousands"),
        range(json!("150000000.01"), json!(null), "none"),
        range(json!(151), json!(149), "millions"),
        range(json!(-1), json!(null), "none"),
        json!({ "priceRange": { "min": 1, "currency": "SEK" } }),
        json!({ "priceRange": { "min": 1 } }),
    ] {
        let refused = firm.patch("/projects/1", body.clone()).await;
        refused.assert_problem(400, &body.to_string());
    }
}

#[tokio::test]
async fn rule_31_a_new_price_is_held_against_the_range_that_is_there() {
    let firm = Firm::with(Market::of([Deal {
        price_range: Some(PriceRange {
            min: Some("1".to_owned()),
            max: Some("2".to_owned()),
            currency: "EUR".to_owned(),
            scale: "millions",
        }),
        ..deal(1)
    }]))
    .await;
    let price = |value: u32| json!({ "price": { "value": value, "currency": "EUR", "scale": "thousands" } });

    let refused = firm.patch("/projects/1", price(2_001)).await;
    refused.assert_problem(400, "outside");
    assert_eq!(firm.patch("/projects/1", price(2_000)).await.status, 200);

    let cleared = firm
        .patch("/projects/1", json!({ "price": null, "priceRange": null }))
        .await;
    assert_eq!(cleared.body.get("price"), None);
    assert_eq!(cleared.body.get("priceRange"), None);
    assert_eq!(firm.patch("/projects/1", price(2_001)).await.status, 200);
}

#[tokio::test]
async fn rule_32_the_mandate_has_two_names_and_one_value() {
    let firm = firm().await;
    firm.set_switches(|switches| switches.exclusivity = true);
    for (body, shown) in [
        (json!({ "mandate": "exclusive" }), Some("exclusive")),
        (
            json!({ "exclusivity": "non_exclusive" }),
            Some("non_exclusive"),
        ),
        (json!({}), Some("non_exclusive")),
        (
            json!({ "mandate": null, "exclusivity": "other" }),
            Some("other"),
        ),
        (json!({ "mandate": null }), None),
        (json!({ "mandate": "other" }), Some("other")),
        (json!({ "exclusivity": null }), None),
    ] {
        let answer = firm.patch("/projects/1", body.clone()).await;
        assert_eq!(
            answer.body.get("mandate").and_then(Value::as_str),
            shown,
            "{body}"
        );
        assert_eq!(answer.body.get("exclusivity"), answer.body.get("mandate"));
    }
    let both = json!({ "name": "x", "mandate": "other", "exclusivity": "other" });
    for refused in [
        firm.post("/projects", both.clone()).await,
        firm.patch("/projects/1", both).await,
    ] {
        refused.assert_problem(422, "both");
    }
    let unknown = json!({ "name": "x", "mandate": "sole" });
    firm.post("/projects", unknown)
        .await
        .assert_problem(400, "unknown");
}

#[tokio::test]
async fn rule_10_a_deleted_project_is_gone_with_its_prospects_and_shows_only_among_deleted_ones() {
    let firm = Firm::with(Market {
        deals: vec![deal(1), deal(2)],
        investors: vec![contact(1)],
        bids: vec![bid(1)],
        ..Market::default()
    })
    .await;
    let before = firm.one("/projects/1").await;
    firm.advance(60);

    assert_eq!(firm.delete("/projects/1").await.status, 204);

    assert_eq!(firm.ids("/projects").await, ["2"]);
    let rows = firm.rows("/projects?include_deleted=true").await;
    assert_eq!(rows[1]["id"], "1");
    assert_eq!(rows[1]["status"], "deleted");
    assert_eq!(rows[1]["deletedUtc"], "2026-03-02T08:01:00Z");
    assert_eq!(rows[1]["updatedUtc"], rows[1]["deletedUtc"]);
    assert_ne!(rows[1]["etag"], before["etag"]);
    for path in [
        "/projects/1",
        "/projects/1/prospects",
        "/projects/1/prospects/1",
    ] {
        firm.refuses(path, 404).await;
    }
    assert_eq!(firm.ids("/network/contacts/1/projects").await, [""; 0]);
    let again = firm.delete("/projects/1").await;
    again.assert_problem(404, "a second deletion");
    let changed = firm.patch("/projects/1", json!({ "name": "Neu" })).await;
    changed.assert_problem(404, "a change");
    let added = firm
        .post("/projects/1/prospects", json!({ "contactId": "1" }))
        .await;
    added.assert_problem(404, "a prospect");
}

#[tokio::test]
async fn rule_76_another_firms_records_are_not_there_to_be_written() {
    let firm = firm().await;
    firm.set_foreign(Market {
        deals: vec![deal(1), deal(5)],
        investors: vec![contact(1), contact(5)],
        bids: vec![bid(5)],
        ..Market::default()
    });

    for (path, body) in [
        ("/projects/5", json!({ "name": "Neu" })),
        (
            "/projects/1/prospects/5",
            json!({ "classification": "bidder" }),
        ),
        (
            "/projects/5/prospects/5",
            json!({ "classification": "bidder" }),
        ),
    ] {
        firm.patch(path, body).await.assert_problem(404, path);
        firm.delete(path).await.assert_problem(404, path);
    }
    for path in ["/projects/5/prospects", "/projects/1/prospects"] {
        let refused = firm.post(path, json!({ "contactId": "5" })).await;
        refused.assert_problem(404, path);
    }
}
