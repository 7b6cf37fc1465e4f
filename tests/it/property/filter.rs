//! Which properties a filter selects and in which order, held against the units of the world.

use hausgraph::{
    model::{DevelopmentId, PropertyStatusId},
    sandbox::{
        System,
        world::{Unit, UnitKind, World},
    },
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, text, walk, written};

/// The upstream ids of all properties that a filter selects, by id.
async fn selected(gateway: &TestGateway, filter: &str) -> Vec<u64> {
    let query = format!(
        "query($first: Int!, $after: String) {{
            properties(filter: {{ {filter} }}, first: $first, after: $after) {{
                edges {{ cursor node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
            }} }}"
    );
    let nodes = walk(gateway, &query, "/properties").await;
    let ids = nodes.iter().map(|node| text(node, "/source/id").parse());
    ids.map(Result::unwrap).collect()
}

fn expected(world: &World, keep: impl Fn(&Unit) -> bool) -> Vec<u64> {
    let kept = world.units.iter().filter(|unit| keep(unit));
    kept.map(|unit| unit.id).collect()
}

/// Checks one filter against the same rule on units; it must tell some from others.
async fn check(gateway: &TestGateway, filter: &str, keep: impl Fn(&Unit) -> bool) {
    let (wanted, all) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let wanted = expected(&world, |unit| !unit.is_archived && keep(unit));
        (wanted, expected(&world, |unit| !unit.is_archived).len())
    };
    assert!(
        !wanted.is_empty() && wanted.len() < all,
        "{filter} selects some"
    );
    assert_eq!(selected(gateway, filter).await, wanted, "{filter}");
}

fn is_home(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Apartment | UnitKind::House)
}

#[tokio::test]
async fn place_offer_kind_status_and_development_select_exactly() {
    let gateway = TestGateway::start().await;
    let (city, code, status, status_id, development, number) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let unit = &world.units[30];
        (
            unit.place.city.clone(),
            unit.place.postal_code.clone(),
            unit.status,
            PropertyStatusId::new(world.statuses[unit.status].id.to_string()),
            world.developments[1].id,
            unit.number.clone(),
        )
    };

    check(&gateway, &format!("city: {city:?}"), |unit| {
        unit.place.city == city
    })
    .await;
    check(&gateway, &format!("postalCode: {code:?}"), |unit| {
        unit.place.postal_code == code
    })
    .await;
    check(&gateway, "offer: SALE", |unit| !unit.is_rental).await;
    check(&gateway, "offer: RENT", |unit| unit.is_rental).await;
    check(&gateway, "kinds: [OFFICE]", |unit| {
        unit.kind == UnitKind::Office
    })
    .await;
    check(&gateway, "kinds: [HOUSE, GARAGE]", |unit| {
        matches!(unit.kind, UnitKind::House | UnitKind::Garage)
    })
    .await;

    check(&gateway, &format!("statusIds: [\"{status_id}\"]"), |unit| {
        unit.status == status
    })
    .await;
    let development_id = DevelopmentId::new(development.to_string());
    let filter = format!("developmentId: \"{development_id}\"");
    check(&gateway, &filter, |unit| {
        unit.development == Some(development)
    })
    .await;

    let text = number.to_lowercase();
    check(&gateway, &format!("text: {text:?}"), |unit| {
        unit.number.to_lowercase().contains(&text)
    })
    .await;
    check(&gateway, "offer: RENT, kinds: [APARTMENT]", |unit| {
        unit.is_rental && unit.kind == UnitKind::Apartment
    })
    .await;
    assert!(selected(&gateway, "kinds: [GASTRONOMY]").await.is_empty());
    assert!(selected(&gateway, "city: \"Atlantis\"").await.is_empty());
}

#[tokio::test]
async fn ranges_keep_only_what_has_the_amount() {
    let gateway = TestGateway::start().await;
    let is_between = |unit: &Unit, low: u64, high: u64| (low..=high).contains(&unit.amount_cents);

    check(&gateway, "price: { min: 250000 }", |unit| {
        !unit.is_rental && unit.amount_cents >= 25_000_000
    })
    .await;
    check(&gateway, "price: { min: 100000, max: 400000 }", |unit| {
        !unit.is_rental && is_between(unit, 10_000_000, 40_000_000)
    })
    .await;
    check(&gateway, "coldRent: { max: 800 }", |unit| {
        unit.is_rental && unit.amount_cents <= 80_000
    })
    .await;
    check(&gateway, "livingSqm: { min: 60, max: 80 }", |unit| {
        is_home(unit) && (60.0..=80.0).contains(&unit.area_sqm)
    })
    .await;
    check(&gateway, "rooms: { min: 2.5, max: 3 }", |unit| {
        (2.5..=3.0).contains(&unit.rooms)
    })
    .await;
}

#[tokio::test]
async fn updated_since_is_exact_to_the_second_although_propstack_sees_days() {
    let gateway = TestGateway::start().await;
    let since = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut changes: Vec<_> = world.units.iter().map(|unit| unit.updated_at).collect();
        changes.sort();
        changes[changes.len() / 2]
    };
    // Propstack writes milliseconds.
    let since = since - chrono::TimeDelta::nanoseconds(i64::from(since.timestamp_subsec_nanos()));
    let filter = |since| format!("updatedSince: \"{}\"", written(since));

    check(&gateway, &filter(since), |unit| unit.updated_at >= since).await;
    let later = since + chrono::TimeDelta::seconds(1);
    check(&gateway, &filter(later), |unit| unit.updated_at >= later).await;
}

#[tokio::test]
async fn archived_properties_come_only_when_asked_for() {
    let gateway = TestGateway::start().await;
    let (active, all, archived) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let archived = world.units.iter().find(|unit| unit.is_archived).unwrap();
        (
            expected(&world, |unit| !unit.is_archived),
            expected(&world, |_| true),
            archived.id,
        )
    };
    assert!(active.len() < all.len());
    assert_eq!(selected(&gateway, "").await, active);
    assert_eq!(selected(&gateway, "includeInactive: true").await, all);

    let query = "query($by: PropertyBy!) { property(by: $by) { isActive } }";
    let by = json!({ "by": { "upstreamId": archived.to_string() } });
    let data = gateway.data_with(query, by).await;
    assert_eq!(
        data["property"]["isActive"], false,
        "found by id all the same"
    );
}

#[tokio::test]
async fn unknown_words_and_foreign_ids_are_no_filter() {
    let gateway = TestGateway::start().await;
    for filter in [
        "offer: UNKNOWN",
        "kinds: [UNKNOWN]",
        "statusIds: [\"nonsense\"]",
        "developmentId: \"nonsense\"",
    ] {
        let query = format!("{{ properties(filter: {{ {filter} }}) {{ totalCount }} }}");
        let answer = gateway.ask_with(&query, json!({})).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{filter}");
        assert_eq!(answer["data"]["properties"], Value::Null);
    }
}

#[tokio::test]
async fn every_order_goes_both_ways() {
    let gateway = TestGateway::start().await;
    let amount = |unit: &Unit, is_rental| match unit.is_rental == is_rental {
        true => unit.amount_cents as f64,
        false => 0.0,
    };
    type Key<'a> = &'a dyn Fn(&Unit) -> f64;
    let orders: [(&str, Key); 7] = [
        ("ID", &|unit| unit.id as f64),
        ("CREATED_AT", &|unit| {
            unit.created_at.timestamp_millis() as f64
        }),
        ("UPDATED_AT", &|unit| {
            unit.updated_at.timestamp_millis() as f64
        }),
        ("PRICE", &|unit| amount(unit, false)),
        ("COLD_RENT", &|unit| amount(unit, true)),
        ("LIVING_SPACE", &|unit| unit.area_sqm),
        ("ROOMS", &|unit| unit.rooms),
    ];
    for (field, key) in orders {
        for direction in ["ASC", "DESC"] {
            let query = format!(
                "{{ properties(orderBy: {{ field: {field}, direction: {direction} }}, first: 100)
                    {{ nodes {{ source {{ id }} }} }} }}"
            );
            let data = gateway.data(&query).await;
            let nodes = data["properties"]["nodes"].as_array().unwrap();
            let world = gateway.sandbox.shared.tenants[0].world();
            let keys: Vec<f64> = nodes
                .iter()
                .map(|node| {
                    key(world
                        .unit(text(node, "/source/id").parse().unwrap())
                        .unwrap())
                })
                .collect();
            assert_eq!(keys.len(), 100);
            let is_sorted = match direction {
                "ASC" => keys.is_sorted(),
                _ => keys.iter().rev().is_sorted(),
            };
            assert!(is_sorted, "{field} {direction}: {keys:?}");
            let units = world.units.iter().filter(|unit| !unit.is_archived).map(key);
            let end = match direction {
                "ASC" => units.reduce(f64::min),
                _ => units.reduce(f64::max),
            };
            assert_eq!(keys.first().copied(), end, "{field} {direction}");
        }
    }
}

#[tokio::test]
async fn a_bad_scalar_is_refused_with_a_code_before_anything_is_asked() {
    let gateway = TestGateway::start().await;
    let literal =
        "{ properties(filter: { updatedSince: \"soon\" }) { nodes { id } } viewer { subject } }";
    let variable = "query($since: DateTime) {
        properties(filter: { updatedSince: $since }) { nodes { id } } viewer { subject } }";

    for (query, variables) in [(literal, json!({})), (variable, json!({ "since": "soon" }))] {
        let answer = gateway.ask_with(query, variables).await;

        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{answer}"
        );
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
        assert_eq!(gateway.all_calls(System::Propstack), 0);
    }
}
