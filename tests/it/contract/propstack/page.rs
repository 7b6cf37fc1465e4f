//! Rules 2 and 6: pages, envelopes, order and filters.

use serde_json::{Value, json};

use super::{Account, batch, distinct, ids, keys, rows};

#[tokio::test]
async fn rule_02_default_per_is_20() {
    let account = Account::open().await;
    for path in ["/units", "/contacts"] {
        assert_eq!(rows(&account.read(path).await).len(), 20, "{path}");
    }
}

#[tokio::test]
async fn rule_02_default_per_is_20_even_with_an_id_batch() {
    let account = Account::open().await;
    let wanted = account.active(30);
    let path = format!("/units?{}&sort_by=id&order=asc", batch(&wanted));
    assert_eq!(ids(&account.read(&path).await), wanted[..20]);
    assert_eq!(ids(&account.read(&format!("{path}&per=100")).await), wanted);
}

#[tokio::test]
async fn rule_02_limit_ordering_and_per_page_are_ignored() {
    let account = Account::open().await;
    let plain = account.read("/units?sort_by=id").await;
    for ignored in ["limit=3", "per_page=3", "ordering=desc", "whatever=1"] {
        assert_eq!(
            account.read(&format!("/units?sort_by=id&{ignored}")).await,
            plain,
            "{ignored}"
        );
    }
}

#[tokio::test]
async fn rule_02_past_the_end_is_an_empty_page() {
    let account = Account::open().await;
    let body = account
        .read("/units?with_meta=1&per=100&page=99&sort_by=id")
        .await;
    let active = account.world(|world| world.units.iter().filter(|unit| !unit.is_archived).count());
    assert_eq!(
        body,
        json!({ "data": [], "meta": { "total_count": active } })
    );
}

#[tokio::test]
async fn rule_02_each_resource_has_its_envelope() {
    let account = Account::open().await;
    for path in [
        "/units",
        "/contacts",
        "/projects",
        "/brokers",
        "/contact_sources",
        "/groups",
        "/relationships",
    ] {
        assert!(account.read(path).await.is_array(), "{path}");
    }
    for path in ["/units?with_meta=1", "/contacts?with_meta=1"] {
        let body = account.read(path).await;
        assert_eq!(keys(&body), ["data", "meta"], "{path}");
        assert!(body["meta"]["total_count"].as_u64().unwrap() > 20, "{path}");
    }
    assert_eq!(keys(&account.read("/property_statuses").await), ["data"]);
    account
        .sandbox
        .shared
        .switches_mut()
        .propstack
        .units_in_data = true;
    assert_eq!(keys(&account.read("/units").await), ["data"]);
}

#[tokio::test]
async fn rule_06_without_sort_by_pages_repeat_and_lose_rows() {
    let account = Account::open().await;
    let total = account.active(usize::MAX).len();
    let seen = account.walk("/units?per=20").await;
    assert_eq!(seen.len(), total);
    assert!(
        distinct(&seen) < total,
        "some came twice, so some never came"
    );
    // Each page by itself can be asked for again, until the seed changes.
    let page = ids(&account.read("/units?per=20&page=3").await);
    assert_eq!(ids(&account.read("/units?per=20&page=3").await), page);
    account.sandbox.shared.switches_mut().propstack.page_seed = 1;
    assert_ne!(ids(&account.read("/units?per=20&page=3").await), page);
}

#[tokio::test]
async fn rule_06_sorted_by_id_each_row_comes_once() {
    let account = Account::open().await;
    let total = account.active(usize::MAX);
    assert_eq!(
        account.walk("/units?per=50&sort_by=id&order=asc").await,
        total
    );
    let people = account
        .walk("/contacts?per=100&sort_by=id&order=asc&archived=-1")
        .await;
    assert_eq!(people.len(), account.world(|world| world.people.len()));
    assert!(people.is_sorted());
}

#[tokio::test]
async fn rule_06_the_instability_can_be_switched_off() {
    let account = Account::open().await;
    account
        .sandbox
        .shared
        .switches_mut()
        .propstack
        .unstable_pages = false;
    let seen = account.walk("/units?per=20").await;
    assert_eq!(distinct(&seen), account.active(usize::MAX).len());
}

#[tokio::test]
async fn rule_06_sort_by_orders_and_ranges_cut() {
    let account = Account::open().await;
    let rooms = |body: &Value| -> Vec<f64> {
        let rows = rows(body).iter();
        rows.map(|row| {
            row["number_of_rooms"]
                .to_string()
                .trim_matches('"')
                .parse()
                .unwrap()
        })
        .collect()
    };
    let body = account
        .read("/units?sort_by=number_of_rooms&order=desc&per=100")
        .await;
    assert!(rooms(&body).is_sorted_by(|left, right| left >= right));
    let body = account
        .read("/units?number_of_rooms_from=2&number_of_rooms_to=3&per=100&sort_by=id")
        .await;
    assert!(rooms(&body).iter().all(|rooms| (2.0..=3.0).contains(rooms)));
    assert!(!rooms(&body).is_empty());
    // Units without a price are within every range of it.
    let body = account
        .read("/units?price_from=100&price_to=200&per=100&sort_by=id")
        .await;
    assert!(
        rows(&body)
            .iter()
            .all(|row| row["marketing_type"] == "RENT")
    );
    assert!(!rows(&body).is_empty());
}

#[tokio::test]
async fn rule_06_filters_select() {
    let account = Account::open().await;
    let body = account.read("/units?sort_by=id").await;
    let (unit, project) = (&body[0], &body[0]["project_id"]);
    let all = async |filter: &str, field: &str, value: &Value| {
        let body = account
            .read(&format!("/units?{filter}&per=100&sort_by=id"))
            .await;
        assert!(!rows(&body).is_empty(), "{filter}");
        assert!(
            rows(&body)
                .iter()
                .all(|row| row.pointer(field) == Some(value)),
            "{filter}"
        );
    };
    all(&format!("project_id={project}"), "/project_id", project).await;
    all("rs_type=HOUSE", "/rs_type", &json!("HOUSE")).await;
    all("marketing_type=BUY", "/marketing_type", &json!("BUY")).await;
    all(
        "object_type=COMMERCIAL",
        "/object_type",
        &json!("COMMERCIAL"),
    )
    .await;
    let zip_code = &unit["zip_code"];
    all(
        &format!("zip_code={}", zip_code.as_str().unwrap()),
        "/zip_code",
        zip_code,
    )
    .await;
    let number = &unit["unit_id"];
    all(
        &format!("unit_id={}", number.as_str().unwrap()),
        "/unit_id",
        number,
    )
    .await;
    let object = &unit["custom_fields"]["deeprent_object_id"];
    let filter = format!("cf_deeprent_object_id={}", object.as_str().unwrap());
    all(&filter, "/custom_fields/deeprent_object_id", object).await;
    let statuses = account.read("/property_statuses").await;
    let status = &statuses["data"][2]["id"];
    for filter in [format!("status={status}"), format!("status%5B%5D={status}")] {
        all(&filter, "/status/id", status).await;
    }
    let groups = account.read("/groups?entity=for_properties").await;
    let tagged = account
        .read(&format!("/units?group={}&expand=1", groups[0]["id"]))
        .await;
    assert!(
        rows(&tagged)
            .iter()
            .all(|row| row["property_groups"][0]["name"] == "Neubau")
    );
    let found = account.read("/units?q=lindenstr&per=100&sort_by=id").await;
    assert!(
        rows(&found)
            .iter()
            .all(|row| row["street"] == "Lindenstraße")
    );
    assert!(!rows(&found).is_empty());
}
