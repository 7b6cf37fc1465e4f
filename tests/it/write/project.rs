//! Projects through the graph: made, changed and deleted by the rules of Propstreet's contract.
//!
//! What only Propstreet itself can break is shown where the sandbox is: that headers carry the etag
//! of the body (rule 14) in `contract/propstreet/write/etag.rs`, `mandate` beside `exclusivity`
//! (rule 32) in `contract/propstreet/write/project.rs`, for the graph has one name for the two.

use std::time::Duration;

use hausgraph::{
    model::ProjectId,
    sandbox::{System, fault::Fault, world::Deal},
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, codes, text, texts};

const POST: &str = "POST /api/v1/projects";
const PATCH: &str = "PATCH /api/v1/projects/{id}";
const SHOWN: &str =
    "id name asset { type propertyCount } status classification mandate transactions
    teaser { stage publishedAt verifiedAt communicatedAt } price { value scale currency amount }
    priceRange { min max scale currency minAmount maxAmount } externalReferences { namespace id }
    createdAt updatedAt deletedAt etag";

/// A project as a fresh query shows it.
async fn read(gateway: &TestGateway, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ project(by: {{ id: $id }}) {{ {SHOWN} }} }}");
    gateway.data_with(&query, json!({ "id": id })).await["project"].take()
}

/// A project that was made of this.
async fn create(gateway: &TestGateway, input: Value) -> Value {
    let payload = try_create(gateway, input).await;
    assert_eq!(payload["errors"], json!([]));
    payload["project"].clone()
}

async fn try_create(gateway: &TestGateway, input: Value) -> Value {
    let selection = format!("project {{ {SHOWN} }}");
    gateway.run("createProject", input, &selection).await
}

async fn update(gateway: &TestGateway, input: Value) -> Value {
    let selection = format!("project {{ {SHOWN} }} attempts");
    gateway.run("updateProject", input, &selection).await
}

/// A change of a project that must be made.
async fn changed(gateway: &TestGateway, id: &str, mut change: Value) -> Value {
    change["id"] = json!(id);
    let payload = update(gateway, change.clone()).await;
    assert_eq!(payload["errors"], json!([]), "{change}");
    payload["project"].clone()
}

/// The path of a change that must be refused for a mistake.
async fn refused(gateway: &TestGateway, id: &str, mut change: Value) -> Value {
    change["id"] = json!(id);
    let payload = update(gateway, change.clone()).await;
    assert_eq!(
        errors(&payload),
        [("InputError", "VALIDATION")],
        "{change}: {payload}"
    );
    assert_eq!(payload["project"], Value::Null);
    payload["errors"][0]["path"].clone()
}

#[tokio::test]
async fn rules_14_15_16_and_18_a_version_is_good_for_one_write_and_is_sent_as_it_is() {
    let gateway = TestGateway::start().await;
    let made = create(&gateway, json!({ "name": "Nord" })).await;
    let id = text(&made, "/id");
    assert_eq!(read(&gateway, &id).await, made);

    let change = |name: &str| json!({ "id": id, "etag": made["etag"], "name": name });
    let won = update(&gateway, change("Süd")).await;
    let lost = update(&gateway, change("West")).await;

    assert_eq!(won["errors"], json!([]));
    assert_ne!(won["project"]["etag"], made["etag"]);
    assert_eq!(errors(&lost), [("EtagConflict", "ETAG_CONFLICT")]);
    assert_eq!(lost["errors"][0]["actual"], won["project"]["etag"]);
    assert_eq!(lost["errors"][0]["path"], json!(["etag"]));
    assert_eq!(lost["project"], Value::Null);
    assert_eq!(read(&gateway, &id).await, won["project"]);
    let entries = gateway.sandbox.shared.journal.entries();
    let sent: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.arrival.if_match.as_deref())
        .collect();
    assert_eq!(sent, [text(&made, "/etag")]);
    assert!(sent[0].starts_with("W/\""));
}

#[tokio::test]
async fn rule_16_a_412_from_propstreet_itself_is_a_conflict_too() {
    let gateway = TestGateway::start().await;
    let id = text(&create(&gateway, json!({ "name": "Nord" })).await, "/id");
    let input = json!({ "id": id, "etag": "W/\"0\"", "name": "Süd" });

    let payload = update(&gateway, input).await;

    assert_eq!(errors(&payload), [("EtagConflict", "ETAG_CONFLICT")]);
    assert_eq!(payload["errors"][0]["expected"], "W/\"0\"");
    assert_eq!(payload["attempts"], 1);
    assert_eq!(read(&gateway, &id).await["name"], "Nord");
}

#[tokio::test]
async fn rule_17_without_a_version_the_last_writer_wins() {
    let gateway = TestGateway::start().await;
    let id = text(&create(&gateway, json!({ "name": "Nord" })).await, "/id");

    changed(&gateway, &id, json!({ "name": "Süd" })).await;
    changed(&gateway, &id, json!({ "name": "West" })).await;

    assert_eq!(read(&gateway, &id).await["name"], "West");
    let entries = gateway.sandbox.shared.journal.entries();
    let mut patches = entries
        .iter()
        .filter(|entry| entry.arrival.method == "PATCH");
    assert!(patches.all(|entry| entry.arrival.if_match.is_none()));
}

#[tokio::test]
async fn rule_19_of_two_over_two_gateways_with_the_same_version_one_wins() {
    let gateway = TestGateway::start().await;
    let other = gateway.replica().await;
    let mut project = create(&gateway, json!({ "name": "Nord" })).await;
    for trial in 0..20 {
        let change = |name: &str| json!({ "id": project["id"], "etag": project["etag"], "name": format!("{name} {trial}") });
        let (one, another) = tokio::join!(
            gateway.run_at(&gateway.origin, "updateProject", change("eins")),
            gateway.run_at(&other, "updateProject", change("zwei")),
        );

        let mut outcomes = [errors(&one), errors(&another)];
        outcomes.sort();
        assert_eq!(
            outcomes,
            [vec![], vec![("EtagConflict", "ETAG_CONFLICT")]],
            "trial {trial}"
        );
        project = read(&gateway, &text(&project, "/id")).await;
    }
}

#[tokio::test]
async fn rule_21_a_name_has_1_to_200_letters_however_many_bytes() {
    let gateway = TestGateway::start().await;
    let id = text(&create(&gateway, json!({ "name": "N" })).await, "/id");
    for letter in ["a", "ü", "🏠"] {
        let longest = letter.repeat(200);
        let made = create(&gateway, json!({ "name": longest })).await;
        assert_eq!(made["name"], longest);
        let renamed = changed(&gateway, &id, json!({ "name": longest })).await;
        assert_eq!(renamed["name"], longest);
    }
    let before = read(&gateway, &id).await;
    let calls = gateway.calls(System::Propstreet, PATCH);

    for name in [
        String::new(),
        "  ".to_owned(),
        "a".repeat(201),
        "ü".repeat(201),
    ] {
        let path = refused(&gateway, &id, json!({ "name": name })).await;
        assert_eq!(path, json!(["name"]), "{name:?}");
        let payload = try_create(&gateway, json!({ "name": name })).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")]);
        assert_eq!(payload["errors"][0]["path"], json!(["name"]));
    }
    let path = refused(&gateway, &id, json!({ "name": null })).await;
    assert_eq!(path, json!(["name"]));

    assert_eq!(read(&gateway, &id).await, before);
    assert_eq!(gateway.calls(System::Propstreet, PATCH), calls);
}

#[tokio::test]
async fn rules_22_27_29_and_33_a_name_alone_makes_an_open_draft_of_one_property() {
    let gateway = TestGateway::start().await;
    let made = create(&gateway, json!({ "name": "Nord" })).await;

    for (field, value) in [
        ("asset", json!({ "type": "SINGLE", "propertyCount": null })),
        ("status", json!("OPEN")),
        ("classification", json!("DRAFT")),
        ("teaser", Value::Null),
        ("mandate", Value::Null),
        ("price", Value::Null),
        ("priceRange", Value::Null),
        ("transactions", json!([])),
        ("externalReferences", json!([])),
        ("deletedAt", Value::Null),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
}

#[tokio::test]
async fn rules_23_and_24_an_asset_is_replaced_as_a_whole() {
    let gateway = TestGateway::start().await;
    let asset = json!({ "type": "PORTFOLIO", "propertyCount": 5 });
    let made = create(&gateway, json!({ "name": "Nord", "asset": asset })).await;
    assert_eq!(made["asset"], asset);
    let id = text(&made, "/id");

    for (sent, count) in [
        (json!({ "type": "SINGLE" }), Value::Null),
        (json!({ "type": "PORTFOLIO", "propertyCount": 7 }), json!(7)),
        // What is not counted is not seven any more.
        (json!({ "type": "PORTFOLIO" }), json!(0)),
        (json!({ "type": "PORTFOLIO", "propertyCount": 0 }), json!(0)),
        (
            json!({ "type": "SINGLE", "propertyCount": null }),
            Value::Null,
        ),
    ] {
        let after = changed(&gateway, &id, json!({ "asset": sent })).await;
        let shown = json!({ "type": sent["type"], "propertyCount": count });
        assert_eq!(after["asset"], shown, "{sent}");
    }
}

#[tokio::test]
async fn rule_25_an_asset_has_a_type_and_its_count_fits_it() {
    let gateway = TestGateway::start().await;
    let made = create(&gateway, json!({ "name": "Nord" })).await;
    let id = text(&made, "/id");
    let token = gateway.token(hausgraph::config::demo::ORGANIZATION, &[]);
    let calls = gateway.all_calls(System::Propstreet);

    // The schema itself knows this.
    for asset in [
        json!({}),
        json!({ "propertyCount": 5 }),
        json!({ "type": null }),
        json!({ "type": "QUARTER" }),
        json!({ "type": "PORTFOLIO", "propertyCount": 1.5 }),
    ] {
        let input = json!({ "id": id, "asset": asset });
        let answer = gateway
            .try_as(&token, "updateProject", input, "attempts")
            .await;
        assert_eq!(codes(&answer).len(), 1, "{asset}: {answer}");
        assert!(answer.get("data").is_none_or(Value::is_null), "{answer}");
    }
    for (asset, path) in [
        (json!({ "type": "UNKNOWN" }), json!(["asset", "type"])),
        (
            json!({ "type": "PORTFOLIO", "propertyCount": -1 }),
            json!(["asset", "propertyCount"]),
        ),
        (
            json!({ "type": "SINGLE", "propertyCount": 1 }),
            json!(["asset", "propertyCount"]),
        ),
        (Value::Null, json!(["asset"])),
    ] {
        let change = json!({ "name": "Neu", "asset": asset });
        assert_eq!(refused(&gateway, &id, change).await, path, "{asset}");
    }

    assert_eq!(gateway.all_calls(System::Propstreet), calls);
    assert_eq!(read(&gateway, &id).await, made);
}

/// What a project can be made of, each with another value that it can be changed to.
fn fields() -> [(&'static str, Value, Value); 6] {
    let price = |value: &str| json!({ "value": value, "scale": "MILLIONS", "currency": "SEK" });
    let range =
        |min: &str| json!({ "min": min, "max": "20", "scale": "MILLIONS", "currency": "SEK" });
    let named = |id: &str| json!([{ "namespace": "hubspot", "id": id }]);
    let asset = |count: i32| json!({ "type": "PORTFOLIO", "propertyCount": count });
    [
        ("name", json!("Nord"), json!("Süd")),
        ("asset", asset(3), asset(4)),
        ("mandate", json!("EXCLUSIVE"), json!("OTHER")),
        ("price", price("12.75"), price("13")),
        ("priceRange", range("12"), range("11")),
        ("externalReferences", named("a"), named("b")),
    ]
}

fn whole() -> Value {
    fields()
        .into_iter()
        .map(|(name, value, _)| (name.to_owned(), value))
        .collect()
}

/// Whether `shown` has all that was sent; it may have more.
fn has(shown: &Value, sent: &Value) -> bool {
    match (shown, sent) {
        (Value::Object(shown), Value::Object(sent)) => sent
            .iter()
            .all(|(name, value)| shown.get(name).is_some_and(|shown| has(shown, value))),
        _ => shown == sent,
    }
}

#[tokio::test]
async fn rule_26_a_change_of_one_field_leaves_the_others() {
    let gateway = TestGateway::start().await;
    let mut now = create(&gateway, whole()).await;
    let id = text(&now, "/id");
    assert!(has(&now, &whole()), "{now}");

    for (name, _, other) in fields() {
        let after = changed(&gateway, &id, json!({ name: other })).await;
        assert!(has(&after[name], &other), "{name}: {after}");
        for (field, value) in after.as_object().unwrap() {
            let is_moved = field == name || ["etag", "updatedAt"].contains(&field.as_str());
            assert!(is_moved || *value == now[field], "{name} changed {field}");
        }
        now = after;
    }
    assert_eq!(read(&gateway, &id).await, now);
}

#[tokio::test]
async fn rule_26_null_clears_what_can_be_cleared_and_nothing_is_no_change() {
    let gateway = TestGateway::start().await;
    let made = create(&gateway, whole()).await;
    let id = text(&made, "/id");
    let calls = gateway.all_calls(System::Propstreet);

    assert_eq!(refused(&gateway, &id, json!({})).await, Value::Null);
    for field in ["name", "asset"] {
        let change = json!({ "mandate": null, field: null });
        assert_eq!(refused(&gateway, &id, change).await, json!([field]));
    }
    assert_eq!(gateway.all_calls(System::Propstreet), calls);
    assert_eq!(read(&gateway, &id).await, made);

    for (field, empty) in [
        ("mandate", Value::Null),
        ("priceRange", Value::Null),
        ("price", Value::Null),
        ("externalReferences", json!([])),
    ] {
        let after = changed(&gateway, &id, json!({ field: null })).await;
        assert_eq!(after[field], empty, "{field}");
    }
    assert_eq!(read(&gateway, &id).await["name"], "Nord");
}

#[tokio::test]
async fn rule_26_a_whole_change_whose_answer_was_lost_is_known_again() {
    let gateway = TestGateway::start().await;
    for (trial, asset) in [
        json!({ "type": "PORTFOLIO", "propertyCount": 3 }),
        json!({ "type": "PORTFOLIO" }),
        json!({ "type": "SINGLE" }),
    ]
    .into_iter()
    .enumerate()
    {
        let made = create(&gateway, json!({ "name": "Alt" })).await;
        let mut change = whole();
        change["asset"] = asset.clone();
        change["externalReferences"][0]["namespace"] = json!("HubSpot");
        change["externalReferences"][0]["id"] = json!(trial.to_string());
        change["price"]["value"] = json!("12.750");
        change["id"] = made["id"].clone();
        change["etag"] = made["etag"].clone();
        gateway.strike(System::Propstreet, PATCH, Fault::LoseAnswer);

        let limit = Duration::from_secs(2);
        let payload = gateway.hurry(limit, update(&gateway, change)).await;

        assert_eq!(payload["errors"], json!([]), "{asset}");
        assert_eq!(payload["project"]["name"], "Nord");
    }
}

#[tokio::test]
async fn rules_26_29_and_33_a_change_does_not_move_what_propstreet_sets() {
    let gateway = TestGateway::start().await;
    for (stage, reached) in [
        ("property_added", 0),
        ("drafting", 0),
        ("published", 1),
        ("verified", 2),
        ("communicated", 3),
    ] {
        for status in ["open", "closed"] {
            let id = {
                let mut world = gateway.sandbox.shared.tenants[0].world_mut();
                let deal = world
                    .deals
                    .iter_mut()
                    .find(|deal| deal.deleted_at.is_none());
                let deal = deal.unwrap();
                (deal.teaser_stage, deal.status) = (Some(stage), status);
                ProjectId::new(deal.id.to_string()).to_string()
            };
            let before = read(&gateway, &id).await;

            let name = format!("{stage} {status}");
            let after = changed(&gateway, &id, json!({ "name": name })).await;

            assert_eq!(after["name"], name);
            for field in ["status", "classification", "teaser", "transactions"] {
                assert_eq!(after[field], before[field], "{field} when {name}");
            }
            let teaser = &after["teaser"];
            assert_eq!(teaser["stage"], stage.to_uppercase());
            let moments = ["publishedAt", "verifiedAt", "communicatedAt"];
            let is_reached = moments.map(|moment| teaser[moment].is_string());
            assert_eq!(
                is_reached,
                [reached > 0, reached > 1, reached > 2],
                "{name}"
            );
            let transactions = after["transactions"].as_array().unwrap();
            assert_eq!(!transactions.is_empty(), status == "closed");
        }
    }
}

#[tokio::test]
async fn rule_27_no_client_sets_what_is_propstreets() {
    let gateway = TestGateway::start().await;
    let id = gateway.project().to_string();
    let before = read(&gateway, &id).await;
    let token = gateway.token(hausgraph::config::demo::ORGANIZATION, &[]);
    for (field, value) in [
        ("status", json!("CLOSED")),
        ("classification", json!("ACTIVE")),
        ("teaser", json!({ "stage": "PUBLISHED" })),
        ("transactions", json!([])),
        ("deletedAt", json!("2026-03-02T08:00:00Z")),
    ] {
        let input = json!({ "id": id, "name": "Neu", field: value });
        let answer = gateway
            .try_as(&token, "updateProject", input, "attempts")
            .await;
        assert_eq!(codes(&answer).len(), 1, "{field}");
        let input = json!({ "name": "Neu", field: value });
        let answer = gateway
            .try_as(&token, "createProject", input, "project { id }")
            .await;
        assert_eq!(codes(&answer).len(), 1, "{field}");
    }
    assert_eq!(read(&gateway, &id).await, before);
    assert_eq!(gateway.calls(System::Propstreet, POST), 0);
}

#[tokio::test]
async fn rule_28_filters_select_correctly_after_each_write() {
    let gateway = TestGateway::start().await;
    // The ids of a filter as the graph gives them and as they are, in whatever order.
    let check = async |filter: &str, keep: fn(&Deal) -> bool| {
        let query =
            format!("{{ projects(first: 100, filter: {{ {filter} }}) {{ nodes {{ id }} }} }}");
        let data = gateway.data(&query).await;
        let mut shown = texts(&data["projects"]["nodes"], "/id");
        let mut wanted: Vec<_> = {
            let world = gateway.sandbox.shared.tenants[0].world();
            let kept = world.deals.iter().filter(|deal| keep(deal));
            kept.map(|deal| ProjectId::new(deal.id.to_string()).to_string())
                .collect()
        };
        shown.sort();
        wanted.sort();
        assert_eq!(shown, wanted, "{filter}");
    };
    let check_all = async || {
        let is_live = |deal: &Deal| deal.deleted_at.is_none();
        check("", is_live).await;
        check("status: OPEN", |deal| {
            deal.deleted_at.is_none() && deal.status == "open"
        })
        .await;
        check("status: DELETED", |deal| deal.deleted_at.is_some()).await;
        check("classification: DRAFT", |deal| {
            deal.deleted_at.is_none() && deal.classification == Some("draft")
        })
        .await;
        check("teaserStage: VERIFIED", |deal| {
            deal.deleted_at.is_none() && deal.teaser_stage == Some("verified")
        })
        .await;
    };

    let made = create(&gateway, json!({ "name": "Nord" })).await;
    check_all().await;
    let id = text(&made, "/id");
    changed(&gateway, &id, json!({ "name": "Süd" })).await;
    check_all().await;
    let verified = gateway.project_where(|deal| deal.teaser_stage == Some("verified"));
    for id in [id, verified.to_string()] {
        let deleted = gateway
            .run("deleteProject", json!({ "id": id }), "deletedId")
            .await;
        assert_eq!(deleted, json!({ "deletedId": id, "errors": [] }));
        assert_eq!(read(&gateway, &id).await, Value::Null);
        check_all().await;
    }
}

#[tokio::test]
async fn rule_30_amounts_are_exact_in_all_scales() {
    let gateway = TestGateway::start().await;
    let id = text(&create(&gateway, json!({ "name": "Nord" })).await, "/id");
    for (value, scale, amount) in [
        ("150", "NONE", "150"),
        ("150", "THOUSANDS", "150000"),
        ("150", "MILLIONS", "150000000"),
        ("150", "BILLIONS", "150000000000"),
        ("0", "MILLIONS", "0"),
        ("0.1", "NONE", "0.1"),
        ("4250000.1", "NONE", "4250000.1"),
        ("1.234567891", "BILLIONS", "1234567891"),
        ("12345678901234567890.12", "NONE", "12345678901234567890.12"),
    ] {
        let price = json!({ "value": value, "scale": scale, "currency": "EUR" });
        let range = json!({ "min": value, "max": value, "scale": scale, "currency": "EUR" });
        let change = json!({ "price": price, "priceRange": range });

        let after = changed(&gateway, &id, change).await;

        let shown = json!({ "value": value, "scale": scale, "currency": "EUR", "amount": amount });
        assert_eq!(after["price"], shown);
        for end in ["min", "max"] {
            assert_eq!(after["priceRange"][end], value);
            assert_eq!(after["priceRange"][format!("{end}Amount")], amount);
        }
        assert_eq!(read(&gateway, &id).await["price"], shown);
    }
    let plain = json!({ "price": { "value": "7", "currency": "EUR" } });
    let range = json!({ "priceRange": null });
    changed(&gateway, &id, range).await;
    let after = changed(&gateway, &id, plain).await;
    assert_eq!(after["price"]["scale"], "NONE");
}

#[tokio::test]
async fn rule_31_a_price_range_may_be_open_and_contains_the_price() {
    let gateway = TestGateway::start().await;
    let id = text(&create(&gateway, json!({ "name": "Nord" })).await, "/id");
    let price =
        |value: &str, scale: &str| json!({ "value": value, "scale": scale, "currency": "EUR" });
    let range = |min: Option<&str>, max: Option<&str>, scale: &str| json!({ "min": min, "max": max, "scale": scale, "currency": "EUR" });
    let both = |range: Value| json!({ "price": price("150", "MILLIONS"), "priceRange": range });

    for fine in [
        range(Some("150"), None, "MILLIONS"),
        range(None, Some("0.15"), "BILLIONS"),
        range(Some("150000"), Some("150000.0"), "THOUSANDS"),
        range(None, None, "NONE"),
    ] {
        let after = changed(&gateway, &id, both(fine.clone())).await;
        for end in ["min", "max"] {
            assert_eq!(after["priceRange"][end].is_null(), fine[end].is_null());
        }
    }
    let before = read(&gateway, &id).await;
    let in_range = json!(["priceRange"]);
    for (bad, path) in [
        (range(Some("151"), None, "MILLIONS"), &in_range),
        (range(None, Some("149999.999"), "THOUSANDS"), &in_range),
        (range(Some("0.150000001"), None, "BILLIONS"), &in_range),
        (range(Some("2"), Some("1"), "NONE"), &in_range),
        (
            json!({ "min": "1", "currency": "SEK" }),
            &json!(["priceRange", "currency"]),
        ),
        (
            range(Some("-1"), None, "NONE"),
            &json!(["priceRange", "min"]),
        ),
        (
            range(None, Some("-0.1"), "NONE"),
            &json!(["priceRange", "max"]),
        ),
        (
            range(None, None, "UNKNOWN"),
            &json!(["priceRange", "scale"]),
        ),
    ] {
        assert_eq!(
            refused(&gateway, &id, both(bad.clone())).await,
            *path,
            "{bad}"
        );
    }
    for (bad, path) in [
        (price("-0.01", "NONE"), json!(["price", "value"])),
        (price("1", "UNKNOWN"), json!(["price", "scale"])),
    ] {
        assert_eq!(refused(&gateway, &id, json!({ "price": bad })).await, path);
    }
    assert_eq!(read(&gateway, &id).await, before);
}

#[tokio::test]
async fn rule_31_a_price_outside_of_the_range_that_is_there_is_refused_by_propstreet() {
    let gateway = TestGateway::start().await;
    let made = create(&gateway, whole()).await;
    let id = text(&made, "/id");
    let price = json!({ "value": "21", "scale": "MILLIONS", "currency": "SEK" });

    refused(&gateway, &id, json!({ "price": price })).await;

    assert_eq!(read(&gateway, &id).await, made);
    let wider = json!({ "price": price, "priceRange": null });
    assert_eq!(
        changed(&gateway, &id, wider).await["price"]["amount"],
        "21000000"
    );
}

#[tokio::test]
async fn rule_32_a_mandate_is_one_of_three_words() {
    let gateway = TestGateway::start().await;
    let id = text(&create(&gateway, json!({ "name": "Nord" })).await, "/id");
    for mandate in [
        json!("EXCLUSIVE"),
        json!("NON_EXCLUSIVE"),
        json!("OTHER"),
        Value::Null,
    ] {
        let after = changed(&gateway, &id, json!({ "mandate": mandate })).await;
        assert_eq!(after["mandate"], mandate);
        // Also where Propstreet shows it under its newer name as well.
        gateway.sandbox.shared.switches_mut().propstreet.exclusivity = true;
        assert_eq!(read(&gateway, &id).await["mandate"], mandate);
        let input = json!({ "name": "Süd", "mandate": mandate });
        assert_eq!(create(&gateway, input).await["mandate"], mandate);
    }
    let path = refused(&gateway, &id, json!({ "mandate": "UNKNOWN" })).await;
    assert_eq!(path, json!(["mandate"]));
}

#[tokio::test]
async fn rule_34_linked_properties_are_shown_by_every_write_and_a_new_project_has_none() {
    let gateway = TestGateway::start().await;
    let linked = gateway.project_where(|deal| deal.profile.is_some());
    let selection = "project { profiles { id name categories { type } } }";
    let input = json!({ "id": linked.to_string(), "name": "Neu" });

    let changed = gateway.run("updateProject", input, selection).await;
    let made = gateway
        .run("createProject", json!({ "name": "Nord" }), selection)
        .await;

    assert_eq!(made["project"]["profiles"], json!([]));
    let world = gateway.sandbox.shared.tenants[0].world();
    let deal = world.deal(linked.key().parse().unwrap()).unwrap();
    let profile = world.profile(deal.profile.unwrap()).unwrap();
    let profiles = changed["project"]["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 1);
    assert_eq!(profiles[0]["name"], profile.name);
}
