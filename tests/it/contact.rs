//! Contacts through the graph: roots, filters, and what one links to.

use hausgraph::{
    model::{ContactId, InvestorId, ProjectId, PropertyId, ProspectId},
    sandbox::world::{Person, Role},
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, sandbox, text, texts, walk, written};

fn id_of(person: u64) -> String {
    ContactId::new(person.to_string()).to_string()
}

async fn find(gateway: &TestGateway, by: Value) -> Value {
    let query = "query($by: ContactBy!) { contact(by: $by) { id source { id system } } }";
    gateway.data_with(query, json!({ "by": by })).await["contact"].take()
}

#[tokio::test]
async fn a_contact_is_found_by_each_of_its_names() {
    let gateway = TestGateway::start().await;
    let (person, emails, archived) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let person = world
            .people
            .iter()
            .find(|person| person.emails.len() > 1)
            .unwrap();
        let archived = world
            .people
            .iter()
            .find(|person| person.is_archived)
            .unwrap();
        (person.id, person.emails.clone(), archived.id)
    };
    let source = json!({ "id": person.to_string(), "system": "PROPSTACK" });
    let wanted = json!({ "id": id_of(person), "source": source });
    for by in [
        json!({ "id": id_of(person) }),
        json!({ "upstreamId": person.to_string() }),
        json!({ "email": emails[0] }),
        json!({ "email": emails[1].to_uppercase() }),
        json!({ "email": format!("  {} ", emails[0]) }),
    ] {
        assert_eq!(find(&gateway, by.clone()).await, wanted, "{by}");
    }
    let found = find(&gateway, json!({ "id": id_of(archived) })).await;
    assert_eq!(
        found["id"],
        json!(id_of(archived)),
        "found by id although archived"
    );

    for by in [
        json!({ "id": id_of(1) }),
        json!({ "upstreamId": "1" }),
        json!({ "email": "nobody@example.org" }),
        json!({ "email": "no address" }),
        json!({ "email": "" }),
    ] {
        assert_eq!(find(&gateway, by.clone()).await, Value::Null, "{by}");
    }
}

#[tokio::test]
async fn an_address_that_two_share_names_neither() {
    let gateway = TestGateway::start().await;
    let shared = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let of = |email: &String| {
            world
                .people
                .iter()
                .filter(|it| it.emails.contains(email))
                .count()
        };
        let mut emails = world.people.iter().flat_map(|person| &person.emails);
        emails.find(|email| of(email) == 2).unwrap().clone()
    };
    assert_eq!(
        find(&gateway, json!({ "email": shared })).await,
        Value::Null
    );

    // Among many addresses the whole list is read: the rule is the same.
    let query = "query($shared: String!, $other: String!) {
        a: contact(by: { email: $shared }) { id } b: contact(by: { email: $other }) { id }
        c: contact(by: { email: \"c@example.org\" }) { id } d: contact(by: { email: \"d@example.org\" }) { id } }";
    let (other, email) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let person = world
            .people
            .iter()
            .find(|person| !person.emails.is_empty())
            .unwrap();
        (person.id, person.emails[0].clone())
    };
    let data = gateway
        .data_with(query, json!({ "shared": shared, "other": email }))
        .await;
    assert_eq!(
        data,
        json!({ "a": null, "b": { "id": id_of(other) }, "c": null, "d": null })
    );
}

/// Checks one filter against the same rule on people; it must tell some from others.
async fn check(gateway: &TestGateway, filter: &str, keep: impl Fn(&Person) -> bool) {
    let (wanted, all) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut kept: Vec<_> = world.people.iter().filter(|person| keep(person)).collect();
        // Propstack has no order by id for contacts.
        kept.sort_by_key(|person| (person.created_at, person.id));
        let wanted: Vec<_> = kept.iter().map(|person| person.id.to_string()).collect();
        (wanted, world.people.len())
    };
    assert!(
        !wanted.is_empty() && wanted.len() < all,
        "{filter} selects some"
    );
    let query = format!(
        "query($first: Int!, $after: String) {{
            contacts(filter: {{ {filter} }}, first: $first, after: $after) {{
                edges {{ cursor node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
            }} }}"
    );
    let nodes = walk(gateway, &query, "/contacts").await;
    assert_eq!(texts(&json!(nodes), "/source/id"), wanted, "{filter}");
}

#[tokio::test]
async fn each_filter_selects_exactly() {
    let gateway = TestGateway::start().await;
    let (known, since) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let person = world
            .people
            .iter()
            .find(|it| !it.is_archived && it.last_name.is_some() && !it.emails.is_empty());
        let person = person.unwrap();
        let known = (
            person.id,
            person.emails[0].clone(),
            person.last_name.clone().unwrap(),
        );
        let mut changes: Vec<_> = world
            .people
            .iter()
            .map(|person| person.updated_at)
            .collect();
        changes.sort();
        let since = changes[changes.len() / 2];
        (
            known,
            since - chrono::TimeDelta::nanoseconds(i64::from(since.timestamp_subsec_nanos())),
        )
    };
    let is_live = |person: &Person| !person.is_archived;

    check(&gateway, "", is_live).await;
    check(&gateway, "kinds: [OWNER]", |it| {
        is_live(it) && it.status == 0
    })
    .await;
    check(&gateway, "kinds: [TENANT, LEGAL, SELLER]", |it| {
        is_live(it) && [1, 4, 9].contains(&it.status)
    })
    .await;
    check(
        &gateway,
        "kinds: [COLD_LEAD], includeArchived: true",
        |it| it.status == 11,
    )
    .await;
    let (id, email, name) = known;
    check(
        &gateway,
        &format!("email: {:?}", email.to_uppercase()),
        |it| it.id == id,
    )
    .await;
    let name = name.to_uppercase();
    check(&gateway, &format!("text: {name:?}, kinds: [OWNER]"), |it| {
        let texts = [it.first_name.as_deref(), it.last_name.as_deref()]
            .into_iter()
            .flatten();
        let full = texts.collect::<Vec<_>>().join(" ");
        let own = [
            full,
            it.company
                .clone()
                .filter(|_| it.last_name.is_none())
                .unwrap_or_default(),
            format!("{} {}", it.place.street, it.place.house_number),
            it.place.city.clone(),
        ];
        let mut own = own.iter().chain(&it.emails);
        is_live(it) && it.status == 0 && own.any(|text| text.to_uppercase().contains(&name))
    })
    .await;
    check(
        &gateway,
        &format!("updatedSince: \"{}\"", written(since)),
        |it| is_live(it) && it.updated_at >= since,
    )
    .await;
}

#[tokio::test]
async fn pages_of_contacts_are_checked_like_all_others() {
    let gateway = TestGateway::start().await;
    let data = gateway
        .data("{ contacts(first: 1) { totalCount pageInfo { endCursor } } }")
        .await;
    {
        let world = gateway.sandbox.shared.tenants[0].world();
        let live = world.people.iter().filter(|person| !person.is_archived);
        assert_eq!(data["contacts"]["totalCount"], live.count());
    }
    let after = text(&data, "/contacts/pageInfo/endCursor");
    for arguments in [
        "first: 101".to_owned(),
        "first: -1".to_owned(),
        format!("filter: {{ kinds: [OWNER] }}, after: {after:?}"),
    ] {
        let query = format!("{{ contacts({arguments}) {{ nodes {{ id }} }} }}");
        let answer = gateway.ask_with(&query, json!({})).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{arguments}");
    }
}

#[tokio::test]
async fn properties_of_a_contact_come_with_its_role() {
    let gateway = TestGateway::start().await;
    let people: Vec<u64> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let of = |role| {
            let mut ties = world.units.iter().flat_map(|unit| &unit.people);
            ties.find(|(its, _)| *its == role).unwrap().1
        };
        [Role::Owner, Role::Tenant, Role::Buyer, Role::Notary]
            .map(of)
            .to_vec()
    };
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact {
        source { id } roles
        properties(first: 100) { edges { role roleText node { id } } }
        owned: properties(first: 100, role: OWNER) { nodes { id } } } } }";

    let ids: Vec<_> = people.iter().map(|id| id_of(*id)).collect();
    let data = gateway.data_with(query, json!({ "ids": ids })).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let rows = data["nodes"].as_array().unwrap();
    for (row, person) in rows.iter().zip(people) {
        assert_eq!(row["source"]["id"], json!(person.to_string()));
        let ties = world.units.iter().flat_map(|unit| {
            let own = unit.people.iter().filter(|(_, id)| *id == person);
            own.map(|(role, _)| (unit.id, *role))
        });
        let edges: Vec<_> = ties
            .map(|(unit, role)| {
                let (role, text) = match role {
                    Role::Owner => ("OWNER", None),
                    Role::Tenant => ("TENANT", Some("Mieter")),
                    Role::Buyer => ("BUYER", Some("Käufer")),
                    Role::Notary => ("PARTNER", Some("Notar")),
                };
                let node = json!({ "id": PropertyId::new(unit.to_string()).to_string() });
                json!({ "role": role, "roleText": text, "node": node })
            })
            .collect();
        assert!(!edges.is_empty());
        assert_eq!(row["properties"]["edges"], json!(edges));
        let owned = edges.iter().filter(|edge| edge["role"] == "OWNER");
        let owned: Vec<_> = owned.map(|edge| &edge["node"]).collect();
        assert_eq!(row["owned"]["nodes"], json!(owned));
        let mut roles: Vec<_> = edges.iter().map(|edge| edge["role"].clone()).collect();
        roles.dedup();
        assert_eq!(row["roles"], json!(roles));
    }
}

#[tokio::test]
async fn protocols_of_a_contact_are_those_that_name_its_address() {
    let gateway = TestGateway::start().await;
    let query = "query($first: Int!, $after: String) {
        contacts(filter: { includeArchived: true }, first: $first, after: $after) {
            edges { cursor node { source { id } protocols(first: 100) {
                edges { match { by confidence } node { source { id } } } } } }
            pageInfo { hasNextPage endCursor } } }";

    let rows = walk(&gateway, query, "/contacts").await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let mut linked = 0;
    for row in &rows {
        let person = world
            .person(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let own: Vec<_> = person
            .emails
            .iter()
            .map(|email| email.to_lowercase())
            .collect();
        let live = world
            .handovers
            .iter()
            .filter(|handover| handover.deleted_at.is_none());
        let naming = live.filter(|handover| {
            let mut emails = handover
                .people
                .iter()
                .filter_map(|person| person.email.as_ref());
            emails.any(|email| own.contains(&email.to_lowercase()))
        });
        let wanted: Vec<_> = naming
            .map(|handover| {
                json!({
                    "match": { "by": "EMAIL", "confidence": "HEURISTIC" },
                    "node": { "source": { "id": handover.id } },
                })
            })
            .collect();
        assert_eq!(row["protocols"]["edges"], json!(wanted));
        linked += wanted.len();
    }
    assert!(linked > 50, "{linked}");
}

#[tokio::test]
async fn prospects_of_a_contact_go_by_the_reference_of_the_investor() {
    // A hundred prospects of each of thirteen contacts could be 1 300 projects.
    let gateway = TestGateway::configured(sandbox().await, |config| {
        config.limits.upstream_calls = 5_000;
    })
    .await;
    let (contacts, unlinked) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut contacts = Vec::new();
        for investor in world
            .investors
            .iter()
            .filter(|investor| !investor.is_company)
        {
            let mut references = investor.references.iter();
            let Some(reference) = references.find(|its| its.namespace == "propstack") else {
                continue;
            };
            let mut bids: Vec<_> = world
                .bids
                .iter()
                .filter(|bid| bid.person == Some(investor.id) && bid.deleted_at.is_none())
                .map(|bid| (world.deal(bid.deal).unwrap(), bid))
                .filter(|(deal, _)| deal.deleted_at.is_none())
                .collect();
            bids.sort_by_key(|(deal, _)| (deal.updated_at, deal.id));
            let ids = bids.iter().map(|(deal, bid)| {
                let project = ProjectId::new(deal.id.to_string());
                ProspectId::new(project, bid.id.to_string()).to_string()
            });
            let investor = InvestorId::Person(investor.id.to_string()).to_string();
            contacts.push((reference.id.clone(), investor, ids.collect::<Vec<_>>()));
        }
        let is_linked = |id: u64| {
            contacts
                .iter()
                .any(|(contact, ..)| *contact == id.to_string())
        };
        let unlinked = world
            .people
            .iter()
            .find(|person| !is_linked(person.id))
            .unwrap()
            .id;
        contacts.truncate(12);
        (contacts, unlinked)
    };
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { prospects(first: 100) {
        edges { match { by confidence } node { id investor { id } contact { id } } } } } } }";
    let mut ids: Vec<_> = contacts
        .iter()
        .map(|(contact, ..)| ContactId::new(contact).to_string())
        .collect();
    ids.push(id_of(unlinked));

    let data = gateway.data_with(query, json!({ "ids": ids })).await;

    let rows = data["nodes"].as_array().unwrap();
    let mut prospects = 0;
    for ((row, (_, investor, wanted)), id) in rows.iter().zip(&contacts).zip(&ids) {
        let edges = &row["prospects"]["edges"];
        assert_eq!(texts(edges, "/node/id"), *wanted);
        for edge in edges.as_array().unwrap() {
            assert_eq!(
                edge["match"],
                json!({ "by": "EXTERNAL_REFERENCE", "confidence": "CERTAIN" })
            );
            assert_eq!(edge["node"]["investor"]["id"], json!(investor));
            assert_eq!(edge["node"]["contact"]["id"], json!(id), "there and back");
        }
        prospects += wanted.len();
    }
    assert!(prospects > 12, "{prospects}");
    assert_eq!(rows[contacts.len()]["prospects"]["edges"], json!([]));
}

#[tokio::test]
async fn a_contact_tells_what_the_world_knows() {
    let gateway = TestGateway::start().await;
    let query = "{ contacts(first: 100) { nodes { source { id } name isCompany firstName lastName
        emails status { name kind } gdprStatus address { city } createdAt } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    for row in data["contacts"]["nodes"].as_array().unwrap() {
        let person = world
            .person(text(row, "/source/id").parse().unwrap())
            .unwrap();
        assert_eq!(row["isCompany"], person.is_company);
        assert_eq!(row["lastName"], json!(person.last_name));
        assert_eq!(row["emails"], json!(person.emails));
        assert_eq!(
            row["status"]["name"],
            world.contact_statuses[person.status].name
        );
        let gdpr = ["NOT_STATED", "IGNORED", "CONSENTED", "REVOKED"];
        assert_eq!(row["gdprStatus"], gdpr[usize::from(person.gdpr_status)]);
        assert_eq!(row["address"]["city"], json!(person.place.city));
        if person.is_company {
            assert_eq!(row["name"], json!(person.company));
        }
    }
}
