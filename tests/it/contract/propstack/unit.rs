//! Rules 3, 4, 5 and 7: shapes and values of units, and what is left out.

use hausgraph::sandbox::propstack::DocumentsInUnits;
use serde_json::{Value, json};

use super::{Account, batch, ids, keys, rows};

#[tokio::test]
async fn rule_03_a_flat_row_has_these_keys_and_bare_values() {
    let account = Account::open().await;
    let body = account.read("/units?sort_by=id").await;
    let row = &body[0];
    assert_eq!(
        keys(row),
        [
            "address",
            "archived",
            "base_rent",
            "city",
            "country",
            "created_at",
            "custom_fields",
            "district",
            "exposee_id",
            "floor",
            "house_number",
            "id",
            "images",
            "lat",
            "living_space",
            "lng",
            "marketing_type",
            "name",
            "number_of_bath_rooms",
            "number_of_bed_rooms",
            "number_of_rooms",
            "object_type",
            "price",
            "project_id",
            "property_space_value",
            "region",
            "rs_type",
            "short_address",
            "status",
            "street",
            "title",
            "total_rent",
            "unit_id",
            "updated_at",
            "zip_code",
        ]
    );
    assert!(row["title"].is_string());
    assert_eq!(
        keys(&row["images"][0]),
        ["big", "medium", "original", "thumb"]
    );
    assert!(row["status"]["name"].is_string());
    assert!(row["custom_fields"]["deeprent_object_id"].is_string());
}

#[tokio::test]
async fn rule_03_expand_gives_the_full_shape() {
    let account = Account::open().await;
    let body = account.read("/units?sort_by=id&expand=1").await;
    let row = &body[0];
    for labelled in [
        "title",
        "base_rent",
        "district",
        "floor",
        "thermal_characteristic",
    ] {
        assert_eq!(keys(&row[labelled]), ["label", "value"], "{labelled}");
    }
    for bare in [
        "broker_id",
        "hide_address",
        "property_space_value",
        "rs_category",
        "lat",
    ] {
        assert!(!row[bare].is_object() && !row[bare].is_null(), "{bare}");
    }
    assert_eq!(row["broker"]["id"], row["broker_id"]);
    assert_eq!(row["project"]["id"], row["project_id"]);
    assert!(row["images"][0]["thumb_url"].is_string());
    assert_eq!(
        keys(&row["custom_fields"]["zaehlernummer_strom"]),
        ["pretty_value", "value"]
    );
    assert!(row.get("status").is_none());
    assert!(row["property_status"]["id"].is_u64());
    let owner = &row["relationships"][0];
    assert_eq!(owner["internal_name"], "owner");
    assert!(owner["client_id"].is_u64());
    assert_eq!(row["relationships"][1]["name"], "Mieter");
}

#[tokio::test]
async fn rule_03_a_single_unit_is_flat_without_new() {
    let account = Account::open().await;
    let id = account.active(1)[0];
    let flat = account.read(&format!("/units/{id}")).await;
    for absent in [
        "rs_category",
        "plot_area",
        "broker_id",
        "hide_address",
        "relationships",
    ] {
        assert!(flat.get(absent).is_none(), "{absent}");
    }
    assert!(flat["description_note"].is_string());
    let full = account.read(&format!("/units/{id}?new=1")).await;
    let listed = account
        .read(&format!("/units?expand=1&{}", batch(&[id])))
        .await;
    assert_eq!(full, listed[0]);
}

#[tokio::test]
async fn rule_03_older_accounts_differ_by_switches() {
    let account = Account::open().await;
    {
        let switches = &mut account.sandbox.shared.switches_mut().propstack;
        switches.full_shape_says_status = true;
        switches.bare_full_shape = true;
        switches.units_say_related_client_id = true;
        switches.custom_fields_listed = true;
        switches.documents_in_units = DocumentsInUnits::Public;
    }
    let body = account.read("/units?sort_by=id&expand=1").await;
    let row = &body[0];
    assert!(row.get("property_status").is_none() && row["status"]["id"].is_u64());
    assert!(row["title"].is_string());
    assert!(row["relationships"][0]["related_client_id"].is_u64());
    assert_eq!(row["custom_fields"][1]["name"], "deeprent_object_id");
    let documents = row["documents"].as_array().unwrap();
    assert!(!documents.is_empty());
    assert!(
        documents
            .iter()
            .all(|document| document["is_private"] == false)
    );
}

/// The values of a business field over all units of the full shape.
async fn column(account: &Account, name: &str) -> Vec<Value> {
    let body = account
        .read("/units?expand=1&archived=-1&per=500&sort_by=id")
        .await;
    rows(&body)
        .iter()
        .map(|row| row[name]["value"].clone())
        .collect()
}

#[tokio::test]
async fn rule_04_numbers_come_as_float_integer_and_text() {
    let account = Account::open().await;
    let rents = column(&account, "base_rent").await;
    assert!(rents.iter().any(Value::is_f64));
    assert!(rents.iter().any(Value::is_u64));
    let texts: Vec<_> = rents.iter().filter_map(Value::as_str).collect();
    assert!(!texts.is_empty());
    assert!(texts.iter().all(|text| text.parse::<f64>().is_ok()));
}

#[tokio::test]
async fn rule_04_floor_is_often_text_and_0_is_the_ground() {
    let account = Account::open().await;
    let floors = column(&account, "floor").await;
    assert!(floors.iter().filter(|floor| floor.is_string()).count() > floors.len() / 3);
    assert!(floors.iter().any(Value::is_number));
    assert!(floors.contains(&json!("0")));
}

#[tokio::test]
async fn rule_04_zero_and_null_both_mean_that_nobody_filled_it_in() {
    let account = Account::open().await;
    let prices = column(&account, "price").await;
    let is_zero = |price: &&Value| matches!(price.to_string().trim_matches('"'), "0" | "0.0");
    assert!(prices.iter().any(Value::is_null));
    assert!(prices.iter().find(is_zero).is_some());
}

#[tokio::test]
async fn rule_04_a_city_may_end_in_a_space_and_a_deposit_is_free_text() {
    let account = Account::open().await;
    let body = account.read("/units?per=100&sort_by=id").await;
    let city = |row: &Value| row["city"].as_str().unwrap().ends_with(' ');
    assert!(rows(&body).iter().any(city));
    assert!(!rows(&body).iter().all(city));
    let deposits = column(&account, "deposit").await;
    let is_formatted =
        |deposit: &Value| deposit.as_str().is_some_and(|text| text.ends_with(",00 €"));
    assert!(deposits.iter().any(is_formatted));
    assert!(deposits.contains(&json!("3 Nettokaltmieten")));
}

#[tokio::test]
async fn rule_04_instants_have_milliseconds_and_an_offset() {
    let account = Account::open().await;
    let body = account.read("/units?sort_by=id").await;
    let text = body[0]["updated_at"].as_str().unwrap();
    let told: chrono::DateTime<chrono::FixedOffset> = text.parse().unwrap();
    assert_eq!(told, account.world(|world| world.units[0].updated_at));
    assert!(
        text.ends_with("+01:00") || text.ends_with("+02:00"),
        "{text}"
    );
    assert_eq!(text.len(), "2026-03-02T09:15:04.118+01:00".len());
}

#[tokio::test]
async fn rule_05_archived_units_are_left_out_unless_asked_for() {
    let account = Account::open().await;
    let archived = account.world(|world| {
        let archived = world.units.iter().filter(|unit| unit.is_archived);
        archived.map(|unit| unit.id).collect::<Vec<_>>()
    });
    let units = account.world(|world| world.units.len());
    let count = async |archived: &str| {
        let body = account
            .read(&format!("/units?with_meta=1&per=1{archived}"))
            .await;
        usize::try_from(body["meta"]["total_count"].as_u64().unwrap()).unwrap()
    };
    assert!(!archived.is_empty());
    assert_eq!(count("").await, units - archived.len());
    assert_eq!(count("&archived=1").await, archived.len());
    assert_eq!(count("&archived=-1").await, units);
    // By id as well: without a word.
    let path = format!("/units?{}&per=100&sort_by=id", batch(&archived));
    assert_eq!(account.read(&path).await, json!([]));
    assert_eq!(
        ids(&account.read(&format!("{path}&archived=-1")).await),
        archived
    );
}

#[tokio::test]
async fn rule_05_unknown_ids_are_dropped_silently() {
    let account = Account::open().await;
    let known = account.active(2);
    let path = format!(
        "/units?{}&per=100&sort_by=id",
        batch(&[1, known[0], 2, known[1]])
    );
    assert_eq!(ids(&account.read(&path).await), known);
}

#[tokio::test]
async fn rule_07_updated_at_from_looks_at_the_day_only() {
    let account = Account::open().await;
    let changed = account
        .read("/units?sort_by=updated_at&order=desc&per=500&archived=-1")
        .await;
    let days: Vec<&str> = rows(&changed)
        .iter()
        .map(|row| &row["updated_at"].as_str().unwrap()[..10])
        .collect();
    let day = days[days.len() / 2];
    let expected = days.iter().filter(|its| **its >= day).count();
    assert!(expected < days.len());
    let count = async |moment: &str| {
        let path = format!("/units?updated_at_from={day}{moment}&per=500&archived=-1&sort_by=id");
        rows(&account.read(&path).await).len()
    };
    assert_eq!(count("").await, expected);
    assert_eq!(count("T00:00:00Z").await, expected);
    // Later than anything of that day, and yet that day's changes come.
    assert_eq!(count("T23:59:59Z").await, expected);
}
