//! Protocols through the graph: roots, filters, paging, PDFs. [`property`] has the link to
//! properties.

mod property;

use chrono::TimeDelta;
use hausgraph::{
    model::{PropertyId, ProtocolId},
    sandbox::world::{Clue, Handover},
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, http, morning, text, texts, walk, written};

fn id_of(handover: &Handover) -> String {
    ProtocolId::new(&handover.id).to_string()
}

/// The upstream ids of all protocols that a filter selects, in the order of the list.
async fn selected(gateway: &TestGateway, filter: &str) -> Vec<String> {
    let query = format!(
        "query($first: Int!, $after: String) {{
            protocols(filter: {{ {filter} }}, first: $first, after: $after) {{
                edges {{ cursor node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
            }} }}"
    );
    let nodes = walk(gateway, &query, "/protocols").await;
    nodes.iter().map(|node| text(node, "/source/id")).collect()
}

/// Checks one filter against the same rule on hand-overs; it must tell some from others.
async fn check(gateway: &TestGateway, filter: &str, keep: impl Fn(&Handover) -> bool) {
    let (wanted, all) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let kept = world.handovers.iter().filter(|handover| keep(handover));
        let wanted: Vec<_> = kept.map(|handover| handover.id.clone()).collect();
        (wanted, world.handovers.len())
    };
    assert!(
        !wanted.is_empty() && wanted.len() < all,
        "{filter} selects some"
    );
    assert_eq!(selected(gateway, filter).await, wanted, "{filter}");
}

fn is_live(handover: &Handover) -> bool {
    handover.deleted_at.is_none()
}

#[tokio::test]
async fn a_protocol_is_found_by_each_of_its_names() {
    let gateway = TestGateway::start().await;
    let (live, deleted) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let find = |is_deleted| {
            let mut rows = world.handovers.iter().rev();
            let row = rows
                .find(|row| row.deleted_at.is_some() == is_deleted)
                .unwrap();
            (row.id.clone(), id_of(row), row.deleted_at.map(written))
        };
        (find(false), find(true))
    };
    let query = "query($by: ProtocolBy!) { protocol(by: $by) {
        id source { id system } deletion { deletedAt reason deletedBy } legalHold { isActive reason } } }";

    for (upstream, id, deleted_at) in [live, deleted] {
        for by in [json!({ "id": id }), json!({ "upstreamId": upstream })] {
            let data = gateway.data_with(query, json!({ "by": by })).await;
            let protocol = &data["protocol"];
            assert_eq!(protocol["id"], json!(id));
            assert_eq!(
                protocol["source"],
                json!({ "id": upstream, "system": "DEEPRENT" })
            );
            assert_eq!(
                protocol["legalHold"],
                json!({ "isActive": false, "reason": null })
            );
            let told = protocol["deletion"]["deletedAt"].as_str();
            assert_eq!(told.is_some(), deleted_at.is_some());
            assert_eq!(
                protocol["deletion"]["reason"].is_string(),
                deleted_at.is_some()
            );
        }
    }
    let unknown = ProtocolId::new("none-of-them").to_string();
    for by in [
        json!({ "id": unknown }),
        json!({ "upstreamId": "none-of-them" }),
    ] {
        let data = gateway.data_with(query, json!({ "by": by })).await;
        assert_eq!(data["protocol"], Value::Null, "{by}");
    }
    let property = PropertyId::new("1").to_string();
    let answer = gateway
        .ask_with(query, json!({ "by": { "id": property } }))
        .await;
    assert_eq!(codes(&answer), ["BAD_USER_INPUT"]);
}

#[tokio::test]
async fn each_filter_selects_exactly() {
    let gateway = TestGateway::start().await;
    let (email, middle) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut people = world
            .handovers
            .iter()
            .filter(|row| is_live(row))
            .flat_map(|row| &row.people);
        let known = people.find(|person| person.person.is_some() && person.email.is_some());
        let email = known.unwrap().email.clone().unwrap();
        let middle = world.handovers.iter().filter(|row| is_live(row)).nth(60);
        (email, middle.unwrap().created_at)
    };

    check(&gateway, "", is_live).await;
    check(&gateway, "cause: TAKEBACK", |row| {
        is_live(row) && row.cause == "Takeback"
    })
    .await;
    check(&gateway, "cause: HANDOVER, includeDeleted: true", |row| {
        row.cause == "Handover"
    })
    .await;
    // A word that no contract knows.
    check(&gateway, "cause: OTHER", |row| {
        is_live(row) && row.cause == "Vorabnahme"
    })
    .await;
    check(&gateway, "tags: [\"Schlüssel fehlt\", \"none\"]", |row| {
        is_live(row) && !row.tags.is_empty()
    })
    .await;
    check(
        &gateway,
        "includeDeleted: true, tags: [\"Schlüssel fehlt\"]",
        |row| !row.tags.is_empty(),
    )
    .await;

    let names = |row: &Handover| {
        let mut addresses = row.people.iter().filter_map(|person| person.email.as_ref());
        is_live(row) && addresses.any(|address| address.to_lowercase() == email.to_lowercase())
    };
    for spelling in [
        email.to_lowercase(),
        email.to_uppercase(),
        format!(" {email} "),
    ] {
        check(&gateway, &format!("contactEmail: {spelling:?}"), names).await;
    }

    let at = written(middle);
    check(&gateway, &format!("createdSince: {at:?}"), |row| {
        is_live(row) && row.created_at >= middle
    })
    .await;
    check(&gateway, &format!("createdBefore: {at:?}"), |row| {
        is_live(row) && row.created_at < middle
    })
    .await;
    let later = middle + TimeDelta::days(60);
    let filter = format!(
        "createdSince: {at:?}, createdBefore: {:?}, cause: HANDOVER",
        written(later)
    );
    check(&gateway, &filter, |row| {
        is_live(row) && (middle..later).contains(&row.created_at) && row.cause == "Handover"
    })
    .await;
    assert!(selected(&gateway, "tags: [\"none\"]").await.is_empty());
    assert!(
        selected(&gateway, "contactEmail: \"no address\"")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn the_filter_by_property_goes_by_its_links() {
    let gateway = TestGateway::start().await;
    let units: Vec<u64> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let clues = [Clue::StoredObject, Clue::Designation, Clue::Address];
        let of = |clue| {
            world
                .handovers
                .iter()
                .find(|row| row.clue == clue && is_live(row))
        };
        clues.map(|clue| of(clue).unwrap().unit.unwrap()).to_vec()
    };
    for unit in units {
        let id = PropertyId::new(unit.to_string()).to_string();
        check(&gateway, &format!("propertyId: {id:?}"), |row| {
            is_live(row) && row.unit == Some(unit)
        })
        .await;
        let filter = format!("propertyId: {id:?}, cause: INSPECTION, includeDeleted: true");
        let kept = selected(&gateway, &filter).await;
        let world = gateway.sandbox.shared.tenants[0].world();
        let rows = world.handovers.iter().filter(|row| row.unit == Some(unit));
        let rows = rows.filter(|row| row.cause == "Inspection");
        assert_eq!(kept, rows.map(|row| row.id.clone()).collect::<Vec<_>>());
    }
    let unknown = PropertyId::new("1").to_string();
    assert!(
        selected(&gateway, &format!("propertyId: {unknown:?}"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_cursor_resumes_between_protocols_of_one_instant() {
    let gateway = TestGateway::start().await;
    let query = "query($first: Int!, $after: String) {
        protocols(first: $first, after: $after) { edges { cursor node { id createdAt } } } }";
    let data = gateway.data_with(query, json!({ "first": 100 })).await;
    let edges = data["protocols"]["edges"].as_array().unwrap();

    let mut pairs = 0;
    for pair in edges.windows(2) {
        if pair[0]["node"]["createdAt"] == pair[1]["node"]["createdAt"] {
            let variables = json!({ "first": 1, "after": pair[0]["cursor"] });
            let data = gateway.data_with(query, variables).await;
            assert_eq!(data["protocols"]["edges"], json!([pair[1]]));
            pairs += 1;
        }
    }
    assert!(pairs > 0, "the world has protocols of one instant");
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_filter_only() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data("{ protocols(first: 1) { pageInfo { endCursor } } }")
        .await;
    let after = text(&data, "/protocols/pageInfo/endCursor");
    for arguments in [
        "filter: { cause: HANDOVER }, ",
        "filter: { includeDeleted: true }, ",
        "first: 101, ",
        "first: -1, ",
    ] {
        let query = format!("{{ protocols({arguments} after: {after:?}) {{ nodes {{ id }} }} }}");
        let answer = gateway.ask_with(&query, json!({})).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{arguments}");
    }
}

#[tokio::test]
async fn a_protocol_tells_what_was_signed() {
    let gateway = TestGateway::start().await;
    let query = "{ protocols(first: 100) { nodes { source { id }
        cause causeText tags version storageKb createdAt isConfirmedByLandlord
        object { id name address { line1 postalCode city } }
        contacts { firstName email role roleText } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let rows = data["protocols"]["nodes"].as_array().unwrap();
    let handovers = world.handovers.iter().filter(|row| is_live(row)).take(100);
    assert_eq!(rows.len(), 100);
    for (row, handover) in rows.iter().zip(handovers) {
        assert_eq!(row["source"]["id"], json!(handover.id));
        assert_eq!(row["causeText"], json!(handover.cause));
        let cause = match handover.cause.as_str() {
            "Vorabnahme" => "OTHER".to_owned(),
            known => known.to_uppercase(),
        };
        assert_eq!(row["cause"], cause);
        assert_eq!(row["tags"], json!(handover.tags));
        assert_eq!(row["version"], handover.version);
        assert_eq!(row["storageKb"], handover.storage_kb);
        assert_eq!(row["createdAt"], written(handover.created_at));
        assert_eq!(row["object"]["name"], json!(handover.object_name));
        assert_eq!(
            row["object"]["address"]["postalCode"],
            json!(handover.postal_code)
        );
        let emails: Vec<_> = handover.people.iter().map(|person| &person.email).collect();
        let told = row["contacts"].as_array().unwrap().iter();
        assert_eq!(
            told.map(|person| &person["email"]).collect::<Vec<_>>(),
            emails
                .iter()
                .map(|email| json!(email))
                .collect::<Vec<_>>()
                .iter()
                .collect::<Vec<_>>()
        );
        let roles = handover.people.iter().map(|person| person.role.clone());
        assert_eq!(
            texts(&row["contacts"], "/roleText"),
            roles.collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn a_person_present_is_a_contact_where_one_alone_has_the_address_or_the_name_too() {
    let gateway = TestGateway::start().await;
    let query = "{ protocols(first: 100) { nodes { contacts { email firstName lastName
            contact { source { id } } } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let (mut found, mut absent) = (0, 0);
    for row in data["protocols"]["nodes"].as_array().unwrap() {
        for person in row["contacts"].as_array().unwrap() {
            let email = person["email"].as_str().unwrap_or_default().to_lowercase();
            let alike = world
                .people
                .iter()
                .filter(|it| it.emails.iter().any(|its| its.to_lowercase() == email));
            let alike: Vec<_> = alike.collect();
            let name = |field: &str| person[field].as_str().map(str::to_owned);
            let name = (name("firstName"), name("lastName"));
            let mut named = alike.iter().filter(|it| {
                name.0.is_some() && (&it.first_name, &it.last_name) == (&name.0, &name.1)
            });
            let wanted = match (alike.as_slice(), named.next(), named.next()) {
                ([only], ..) | (_, Some(only), None) => {
                    json!({ "source": { "id": only.id.to_string() } })
                }
                _ => Value::Null,
            };
            assert_eq!(person["contact"], wanted, "{email}");
            *(if wanted.is_null() {
                &mut absent
            } else {
                &mut found
            }) += 1;
        }
    }
    assert!(found > 50 && absent > 50, "{found} {absent}");
}

#[tokio::test]
async fn the_link_to_a_pdf_downloads_it_without_any_key() {
    let gateway = TestGateway::start().await;
    let ids = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let of = |has_pdf| {
            world
                .handovers
                .iter()
                .find(|row| row.has_pdf == has_pdf && is_live(row))
        };
        [true, false].map(|has_pdf| (has_pdf, of(has_pdf).unwrap().id.clone()))
    };
    for (has_pdf, id) in ids {
        let query = format!(
            "{{ protocol(by: {{ upstreamId: {id:?} }}) {{
                pdf {{ fileName url expiresAt expiresInSeconds wasGenerated }} }} }}"
        );
        let data = gateway.data(&query).await;
        let pdf = &data["protocol"]["pdf"];
        assert_eq!(pdf["wasGenerated"], !has_pdf, "what is missing is built");
        assert!(text(pdf, "/fileName").contains(&id));
        let life = TimeDelta::seconds(pdf["expiresInSeconds"].as_i64().unwrap());
        assert_eq!(pdf["expiresAt"], written(morning() + life));

        let file = http().get(text(pdf, "/url")).send().await.unwrap();
        assert_eq!(file.status(), 200);
        assert_eq!(file.headers()["content-type"], "application/pdf");
        assert!(file.bytes().await.unwrap().starts_with(b"%PDF-"));
    }
}

#[tokio::test]
async fn where_no_pdf_can_be_had_that_field_alone_is_null() {
    let gateway = TestGateway::start().await;
    let id = {
        let world = gateway.sandbox.shared.tenants[0].world();
        world.handovers[0].id.clone()
    };
    let lose = |id| {
        let mut switches = gateway.sandbox.shared.switches_mut();
        switches.deeprent.lost_protocols.insert(id)
    };
    lose(id.clone());
    let query = format!("{{ protocol(by: {{ upstreamId: {id:?} }}) {{ id pdf {{ url }} }} }}");

    let data = gateway.data(&query).await;

    assert_eq!(data["protocol"]["pdf"], Value::Null);
    assert!(data["protocol"]["id"].is_string());
}
