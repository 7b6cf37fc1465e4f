//! Projects, their filters and their properties.

use hausgraph::sandbox::world::{Deal, Place, Price, PriceRange, Profile};
use serde_json::{Value, json};

use super::{
    Firm,
    market::{Market, deal, minutes_ago, profile, reference},
};

const TEASER_STAGES: [&str; 5] = [
    "property_added",
    "drafting",
    "published",
    "verified",
    "communicated",
];

#[tokio::test]
async fn rules_22_and_23_only_a_portfolio_counts_its_properties() {
    let portfolio = Deal {
        portfolio_size: Some(5),
        ..deal(2)
    };
    let firm = Firm::with(Market::of([deal(1), portfolio])).await;

    let rows = firm.rows("/projects").await;

    assert_eq!(rows[0]["asset"], json!({ "type": "single" }));
    assert_eq!(
        rows[1]["asset"],
        json!({ "type": "portfolio", "propertyCount": 5 })
    );
}

#[tokio::test]
async fn rule_28_filters_select_and_combine_and_refuse_unknown_values() {
    let mut deals: Vec<_> = (1..)
        .zip(TEASER_STAGES)
        .map(|(id, stage)| Deal {
            teaser_stage: Some(stage),
            classification: Some("active"),
            ..deal(id)
        })
        .collect();
    deals.push(Deal {
        status: "closed",
        classification: Some("inactive"),
        ..deal(6)
    });
    deals.push(Deal {
        classification: None,
        ..deal(7)
    });
    deals.push(deal(8));
    let firm = Firm::with(Market::of(deals)).await;

    for (query, ids) in [
        ("status=open", vec!["1", "2", "3", "4", "5", "7", "8"]),
        ("status=closed", vec!["6"]),
        ("classification=draft", vec!["8"]),
        ("classification=active", vec!["1", "2", "3", "4", "5"]),
        ("classification=inactive", vec!["6"]),
        ("teaser_stage=property_added", vec!["1"]),
        ("teaser_stage=drafting", vec!["2"]),
        ("teaser_stage=published", vec!["3"]),
        ("teaser_stage=verified", vec!["4"]),
        ("teaser_stage=communicated", vec!["5"]),
        ("teaser_stage=verified&classification=active", vec!["4"]),
        ("teaser_stage=verified&status=closed", vec![]),
        ("unheard_of=1", vec!["1", "2", "3", "4", "5", "6", "7", "8"]),
    ] {
        assert_eq!(
            firm.ids(&format!("/projects?{query}")).await,
            ids,
            "{query}"
        );
    }
    for query in ["status=Open", "classification=contacted", "teaser_stage="] {
        let answer = firm.get(&format!("/projects?{query}")).await;
        answer.assert_problem(400, query);
        let field = query.split('=').next().unwrap();
        assert!(answer.body["errors"][field][0].is_string(), "{query}");
    }
}

#[tokio::test]
async fn rule_28_projects_are_found_by_where_their_property_is() {
    let linked = |id, profile| Deal {
        profile,
        ..deal(id)
    };
    let firm = Firm::with(Market {
        deals: vec![linked(1, Some(1)), linked(2, Some(2)), linked(3, None)],
        profiles: vec![profile(1), in_hamburg(2)],
        ..Market::default()
    })
    .await;

    assert_eq!(firm.ids("/projects?location=hamburg").await, ["2"]);
    assert_eq!(
        firm.ids("/projects?near=12.34,51.33&radius=1000").await,
        ["1"]
    );
    assert_eq!(
        firm.ids("/projects?near=12.34,51.33&radius=100").await,
        [""; 0]
    );
    for query in [
        "near=12.34,51.33",
        "radius=1000",
        "near=12.34,51.33&radius=100001",
        "near=12.34&radius=1000",
        "near=12.34,91&radius=1000",
        "near=12.34,51.33&radius=1000&location=Leipzig",
    ] {
        firm.refuses(&format!("/projects?{query}"), 400).await;
    }
}

#[tokio::test]
async fn rule_29_only_closed_projects_have_transactions() {
    let closed = Deal {
        status: "closed",
        price: Some(Price::euros("3", "none")),
        ..deal(2)
    };
    let deleted = Deal {
        status: "closed",
        deleted_at: Some(minutes_ago(60)),
        ..deal(3)
    };
    let firm = Firm::with(Market::of([deal(1), closed, deleted])).await;

    let rows = firm.rows("/projects?include_deleted=true").await;

    assert_eq!(rows[0].get("transactions"), None);
    assert_eq!(rows[1]["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(rows[2].get("transactions"), None);
}

#[tokio::test]
async fn rule_30_a_price_is_a_decimal_in_the_unit_of_its_scale() {
    let scales = ["none", "thousands", "millions", "billions"];
    let deals = (1..).zip(scales).map(|(id, scale)| Deal {
        price: Some(Price::euros("150", scale)),
        ..deal(id)
    });
    let cents = Deal {
        price: Some(Price::euros("4250000.10", "none")),
        ..deal(5)
    };
    let firm = Firm::with(Market::of(deals.chain([cents]))).await;

    let rows = firm.rows("/projects").await;

    for (row, scale) in rows.iter().zip(scales) {
        let expected = json!({ "value": 150, "currency": "EUR", "scale": scale });
        assert_eq!(row["price"], expected);
    }
    assert_eq!(rows[4]["price"]["value"].to_string(), "4250000.1");
}

#[tokio::test]
async fn rule_31_a_price_range_may_lack_an_end() {
    let ranges = [
        (Some("1.5"), Some("2.5")),
        (Some("1.5"), None),
        (None, Some("2.5")),
        (None, None),
    ];
    let deals = (1..).zip(ranges).map(|(id, (min, max))| Deal {
        price: Some(Price::euros("2", "millions")),
        price_range: Some(PriceRange {
            min: min.map(str::to_owned),
            max: max.map(str::to_owned),
            currency: "EUR".to_owned(),
            scale: "millions",
        }),
        ..deal(id)
    });
    let firm = Firm::with(Market::of(deals)).await;

    let rows = firm.rows("/projects").await;

    assert_eq!(
        rows[0]["priceRange"],
        json!({ "min": 1.5, "max": 2.5, "currency": "EUR", "scale": "millions" })
    );
    assert_eq!(rows[1]["priceRange"].get("max"), None);
    assert_eq!(rows[2]["priceRange"].get("min"), None);
    assert_eq!(
        rows[3]["priceRange"],
        json!({ "currency": "EUR", "scale": "millions" })
    );
}

#[tokio::test]
async fn rule_33_a_teaser_shows_its_stage_and_only_the_times_that_were_reached() {
    let deals = (1..).zip(TEASER_STAGES).map(|(id, stage)| Deal {
        teaser_stage: Some(stage),
        ..deal(id)
    });
    let firm = Firm::with(Market::of(deals.chain([deal(6)]))).await;

    let rows = firm.rows("/projects").await;

    let times = ["publishedUtc", "verifiedUtc", "communicatedUtc"];
    for (position, (row, stage)) in rows.iter().zip(TEASER_STAGES).enumerate() {
        assert_eq!(row["teaser"]["stage"], stage);
        let given = times.map(|time| row["teaser"].get(time).is_some());
        let reached = [2, 3, 4].map(|stage| position >= stage);
        assert_eq!(given, reached, "{stage}");
    }
    assert_eq!(rows[5].get("teaser"), None);
}

#[tokio::test]
async fn rule_34_linked_properties_come_whole_and_none_is_an_empty_list() {
    let linked = Deal {
        profile: Some(1),
        ..deal(1)
    };
    let firm = Firm::with(Market {
        deals: vec![linked, deal(2)],
        profiles: vec![Profile {
            references: vec![reference("propstack", "4711")],
            ..profile(1)
        }],
        ..Market::default()
    })
    .await;

    let rows = firm.rows("/projects/1/properties").await;

    assert_eq!(rows, [firm.get("/properties/1").await.body]);
    assert_eq!(
        rows[0]["location"],
        json!({ "latitude": 51.33, "longitude": 12.33, "country": "DE", "locality": "Leipzig" })
    );
    assert_eq!(rows[0]["categories"], json!([{ "type": "residential" }]));
    assert_eq!(
        rows[0]["externalRefs"],
        json!([{ "namespace": "propstack", "id": "4711" }])
    );
    // Neither the street nor the postal code is anywhere in it.
    let text = rows[0].to_string();
    assert!(!text.contains("Heine") && !text.contains("04229"));
    assert_eq!(
        firm.get("/projects/1").await.body["properties"],
        json!([{ "id": "1", "name": "Quartier 1" }])
    );
    let none = firm.get("/projects/2/properties").await;
    assert_eq!(none.status, 200);
    assert_eq!(none.body["data"], json!([]));
    firm.refuses("/projects/3/properties", 404).await;
}

#[tokio::test]
async fn rule_34_properties_are_filtered_by_place_and_category() {
    let mall = Profile {
        category: "retail/shopping_mall".to_owned(),
        ..in_hamburg(2)
    };
    let firm = Firm::with(Market {
        profiles: vec![profile(1), mall],
        ..Market::default()
    })
    .await;

    for (query, ids) in [
        ("category=retail", vec!["2"]),
        ("category=retail/shopping_mall", vec!["2"]),
        ("category=residential", vec!["1"]),
        ("category=hotel", vec![]),
        ("country=de", vec!["1", "2"]),
        ("country=SE", vec![]),
        ("location=Leipzig", vec!["1"]),
        ("tags=core", vec![]),
    ] {
        let path = format!("/properties?{query}");
        assert_eq!(firm.ids(&path).await, ids, "{query}");
    }
    let near = firm.rows("/properties?near=12.33,51.34&radius=5000").await;
    let metres = near[0]["distance_meters"].as_f64().unwrap();
    assert!((metres - 1112.0).abs() < 1.0, "{metres}");
    let plain = firm.rows("/properties").await;
    assert!(
        plain
            .iter()
            .all(|row: &Value| row.get("distance_meters").is_none())
    );
    for query in ["category=castle", "category=retailer", "country=Germany"] {
        firm.refuses(&format!("/properties?{query}"), 400).await;
    }
}

#[tokio::test]
async fn rule_32_exclusivity_stands_beside_mandate_only_where_switched_on() {
    let firm = Firm::with(Market::of([
        Deal {
            mandate: Some("exclusive"),
            ..deal(1)
        },
        deal(2),
    ]))
    .await;
    let before = firm.rows("/projects").await;

    firm.set_switches(|switches| switches.exclusivity = true);
    let after = firm.rows("/projects").await;

    assert_eq!(before[0]["mandate"], "exclusive");
    assert_eq!(before[0].get("exclusivity"), None);
    assert_eq!(after[0]["mandate"], after[0]["exclusivity"]);
    assert_eq!(after[1].get("exclusivity"), None);
}

fn in_hamburg(id: u64) -> Profile {
    Profile {
        place: Place {
            city: "Hamburg".to_owned(),
            latitude: 53.55,
            longitude: 9.99,
            ..profile(id).place
        },
        ..profile(id)
    }
}
