//! Properties through the graph: roots, and what they link to. [`list`] has paging, [`filter`] what
//! lists select, [`address`] hidden addresses, [`form`] how much is asked for.

mod address;
mod filter;
mod form;
mod list;

use hausgraph::{
    model::{ContactId, DevelopmentId, DocumentId, ProjectId, PropertyId},
    sandbox::world::{DocumentOwner, Role},
};
use serde_json::{Value, json};

use crate::support::{TestGateway, text, texts};

#[tokio::test]
async fn one_query_walks_all_three_systems() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data(
            "{ properties(first: 5) { nodes {
                reference
                contacts { nodes { name } }
                documents { nodes { title } }
                protocols { edges { match { by confidence } node { cause } } }
                projects { edges { match { by } node {
                    name
                    prospects { nodes { classification investor { name contact { name } } } }
                } } }
            } } }",
        )
        .await;

    let properties = data["properties"]["nodes"].as_array().unwrap();
    assert_eq!(properties.len(), 5);
    let has = |path: &str| {
        properties
            .iter()
            .any(|property| property.pointer(path).is_some())
    };
    assert!(has("/contacts/nodes/0/name"));
    assert!(has("/documents/nodes/0/title"));
    assert!(has("/protocols/edges/0/node/cause"));
    assert!(has(
        "/projects/edges/0/node/prospects/nodes/0/investor/name"
    ));
}

#[tokio::test]
async fn a_property_is_found_by_each_of_its_names() {
    let gateway = TestGateway::start().await;
    let (unit, reference, is_unique) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let unit = &world.units[40];
        let mut others = world
            .units
            .iter()
            .filter(|other| other.number == unit.number);
        (unit.id, unit.number.clone(), others.nth(1).is_none())
    };
    assert!(is_unique);
    let id = PropertyId::new(unit.to_string()).to_string();
    let query =
        "query($by: PropertyBy!) { property(by: $by) { id reference source { id system } } }";
    let names = [
        json!({ "id": id }),
        json!({ "upstreamId": unit.to_string() }),
        json!({ "reference": reference }),
    ];
    for by in names {
        let data = gateway.data_with(query, json!({ "by": by })).await;
        let source = json!({ "id": unit.to_string(), "system": "PROPSTACK" });
        let wanted = json!({ "id": id, "reference": reference, "source": source });
        assert_eq!(data["property"], wanted, "{by}");
    }

    let unknown = PropertyId::new("1").to_string();
    for by in [
        json!({ "id": unknown }),
        json!({ "upstreamId": "1" }),
        json!({ "upstreamId": "../brokers" }),
        json!({ "reference": "no such number" }),
    ] {
        let data = gateway.data_with(query, json!({ "by": by })).await;
        assert_eq!(data["property"], Value::Null, "{by}");
    }
}

#[tokio::test]
async fn a_property_tells_what_the_world_knows() {
    let gateway = TestGateway::start().await;
    let query = "{ properties(first: 100) { nodes {
        source { id } offer rooms { total } areas { livingSqm }
        sale { price { amount currency } } rent { coldRent { amount currency } }
        status { name } development { id title } tags building { constructionYear }
        broker { name email }
    } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let amount = |row: &Value, pointer: &str| {
        row.pointer(pointer).and_then(Value::as_str).map(|text| {
            let euros: f64 = text.parse().unwrap();
            (euros * 100.0).round() as u64
        })
    };
    for row in data["properties"]["nodes"].as_array().unwrap() {
        let unit = world
            .unit(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let broker = world.broker(unit.broker).unwrap();
        let (offer, money) = match unit.is_rental {
            true => ("RENT", "/rent/coldRent"),
            false => ("SALE", "/sale/price"),
        };
        assert_eq!(row["offer"], offer);
        assert_eq!(
            amount(row, &format!("{money}/amount")),
            Some(unit.amount_cents),
            "{row}"
        );
        assert_eq!(
            row.pointer(&format!("{money}/currency")),
            Some(&json!("EUR"))
        );
        let rooms = Some(unit.rooms).filter(|rooms| *rooms > 0.0);
        assert_eq!(row["rooms"]["total"].as_f64(), rooms, "{row}");
        assert_eq!(row["status"]["name"], world.statuses[unit.status].name);
        assert_eq!(row["building"]["constructionYear"], unit.built);
        assert_eq!(row["broker"]["email"], json!(broker.email));
        assert_eq!(row["tags"].as_array().unwrap().len(), unit.tags.len());
        let development = unit.development.and_then(|id| world.development(id));
        let wanted = development.map(|its| {
            json!({ "id": DevelopmentId::new(its.id.to_string()).to_string(), "title": its.title })
        });
        assert_eq!(row["development"], json!(wanted));
    }
}

#[tokio::test]
async fn documents_come_with_their_files_and_in_pages() {
    let gateway = TestGateway::start().await;
    let (unit, documents) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let of = |unit| world.documents_of(DocumentOwner::Unit(unit));
        let unit = world
            .units
            .iter()
            .map(|unit| unit.id)
            .max_by_key(|id| of(*id).count())
            .unwrap();
        let documents: Vec<_> = of(unit)
            .map(|its| {
                json!({
                    "id": DocumentId::new(its.id.to_string()).to_string(), "name": its.title, "isPrivate": its.is_private,
                    "isExpose": its.is_expose, "isFloorPlan": its.is_floor_plan, "tags": its.tags,
                })
            })
            .collect();
        (unit, documents)
    };
    assert!(documents.len() > 2);
    let query = "query($by: PropertyBy!, $first: Int!, $after: String) { property(by: $by) {
        documents(first: $first, after: $after) {
            totalCount pageInfo { hasNextPage endCursor }
            nodes { id name isPrivate isExpose isFloorPlan tags url }
        } } }";
    let by = json!({ "upstreamId": unit.to_string() });

    let variables = json!({ "by": by, "first": 100 });
    let mut all = gateway.data_with(query, variables).await["property"]["documents"].take();
    let variables = json!({ "by": by, "first": 2 });
    let two = gateway.data_with(query, variables).await["property"]["documents"].take();
    let variables = json!({ "by": by, "first": 100, "after": two["pageInfo"]["endCursor"] });
    let mut rest = gateway.data_with(query, variables).await["property"]["documents"].take();

    assert_eq!(all["totalCount"], documents.len());
    assert_eq!(two["pageInfo"]["hasNextPage"], true);
    let mut pages = two["nodes"].as_array().unwrap().clone();
    pages.append(rest["nodes"].as_array_mut().unwrap());
    assert_eq!(json!(pages), all["nodes"]);
    let url = text(&all["nodes"][0], "/url");
    let file = crate::support::http().get(url).send().await.unwrap();
    assert_eq!(file.bytes().await.unwrap()[..5], *b"%PDF-");
    for node in all["nodes"].as_array_mut().unwrap() {
        node.as_object_mut().unwrap().remove("url");
    }
    assert_eq!(all["nodes"], json!(documents));
}

#[tokio::test]
async fn contacts_of_a_property_have_their_role() {
    let gateway = TestGateway::start().await;
    let query = "{ properties(first: 100, filter: { includeInactive: true }) { nodes {
        source { id }
        contacts { edges { role roleText node { id } } }
        tenants: contacts(role: TENANT) { nodes { id } }
    } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let id = |person: u64| ContactId::new(person.to_string()).to_string();
    let mut roles = Vec::new();
    for row in data["properties"]["nodes"].as_array().unwrap() {
        let unit = world
            .unit(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let wanted: Vec<_> = unit
            .people
            .iter()
            .map(|(role, person)| {
                let (role, text) = match role {
                    Role::Owner => ("OWNER", None),
                    Role::Tenant => ("TENANT", Some("Mieter")),
                    Role::Buyer => ("BUYER", Some("Käufer")),
                    Role::Notary => ("PARTNER", Some("Notar")),
                };
                roles.push(role);
                json!({ "role": role, "roleText": text, "node": { "id": id(*person) } })
            })
            .collect();
        assert_eq!(row["contacts"]["edges"], json!(wanted));
        let tenants = unit.people.iter().filter(|(role, _)| *role == Role::Tenant);
        let tenants: Vec<_> = tenants.map(|(_, person)| id(*person)).collect();
        assert_eq!(texts(&row["tenants"]["nodes"], "/id"), tenants);
    }
    for role in ["OWNER", "TENANT", "BUYER", "PARTNER"] {
        assert!(roles.contains(&role), "{role}");
    }
}

#[tokio::test]
async fn paging_passes_a_person_in_two_roles_twice_and_ends() {
    let gateway = TestGateway::start().await;
    let (unit, person) = {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let other = world.people[5].id;
        let unit = &mut world.units[0];
        let person = unit.people[0].1;
        unit.people = vec![
            (Role::Owner, person),
            (Role::Tenant, person),
            (Role::Notary, other),
        ];
        (unit.id, person)
    };
    let query = format!(
        "query($first: Int!, $after: String) {{ property(by: {{ upstreamId: \"{unit}\" }}) {{
            contacts(first: $first, after: $after) {{
                edges {{ cursor role node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
            }} }} }}"
    );

    let (mut seen, mut after) = (Vec::new(), Value::Null);
    for _ in 0..3 {
        let mut data = gateway
            .data_with(&query, json!({ "first": 1, "after": after }))
            .await;
        let page = data["property"]["contacts"].take();
        seen.push((
            text(&page, "/edges/0/role"),
            text(&page, "/edges/0/node/source/id"),
        ));
        after = page["pageInfo"]["endCursor"].clone();
        assert_eq!(page["pageInfo"]["hasNextPage"], seen.len() < 3, "{seen:?}");
    }

    assert_eq!(seen[0], ("OWNER".to_owned(), person.to_string()));
    assert_eq!(seen[1], ("TENANT".to_owned(), person.to_string()));
    assert_eq!(seen[2].0, "PARTNER");
}

#[tokio::test]
async fn custom_fields_can_be_asked_for_by_name() {
    let gateway = TestGateway::start().await;
    let (unit, object) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let unit = world
            .units
            .iter()
            .find(|unit| unit.deeprent_object.is_some())
            .unwrap();
        (unit.id, unit.deeprent_object.clone())
    };
    let query = "query($by: PropertyBy!, $names: [String!]) { property(by: $by) {
        customFields(names: $names) { name value text } } }";
    let ask = async |names: Value| {
        let by = json!({ "upstreamId": unit.to_string() });
        let mut data = gateway
            .data_with(query, json!({ "by": by, "names": names }))
            .await;
        data["property"]["customFields"].take()
    };

    let wanted = json!({ "name": "deeprent_object_id", "value": object, "text": object });
    assert_eq!(ask(json!(["deeprent_object_id"])).await, json!([wanted]));
    assert_eq!(ask(json!([])).await, json!([]));
    assert_eq!(ask(json!(["none"])).await, json!([]));
    let all = ask(Value::Null).await;
    assert!(all.as_array().unwrap().len() > 1 && all.as_array().unwrap().contains(&wanted));
}

#[tokio::test]
async fn private_images_are_never_shown() {
    let gateway = TestGateway::start().await;
    let query = "{ properties(first: 50) { nodes {
        source { id } images { url position isFloorPlan } floorPlans { url isFloorPlan } } } }";

    let data = gateway.data(query).await;

    // The sandbox marks every fourth picture of a unit as private and every second as a plan.
    let mut pictures = 0;
    for row in data["properties"]["nodes"].as_array().unwrap() {
        let images = row["images"].as_array().unwrap();
        let positions: Vec<_> = images
            .iter()
            .map(|image| image["position"].as_i64())
            .collect();
        assert!(
            positions.is_sorted() && !positions.contains(&Some(4)),
            "{row}"
        );
        assert!(images.iter().all(|image| image["isFloorPlan"] == false));
        let plans = row["floorPlans"].as_array().unwrap();
        assert_eq!(plans.len(), 1);
        assert_eq!(plans[0]["isFloorPlan"], true);
        pictures += images.len();
    }
    assert!(pictures > 50);
}

#[tokio::test]
async fn projects_of_a_property_are_those_that_name_it_or_its_development() {
    let gateway = TestGateway::start().await;
    let query = "{ properties(first: 100, filter: { includeInactive: true }) { nodes {
        source { id } projects { edges { match { by confidence } node { id } } } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let is_named = |deal: &hausgraph::sandbox::world::Deal, namespace: &str, id: Option<u64>| {
        let id = id.map(|id| id.to_string());
        let mut references = deal.references.iter();
        references.any(|its| its.namespace == namespace && Some(&its.id) == id.as_ref())
    };
    let (mut own, mut shared) = (0, 0);
    for row in data["properties"]["nodes"].as_array().unwrap() {
        let unit = world
            .unit(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let alive = || world.deals.iter().filter(|deal| deal.deleted_at.is_none());
        let of_unit: Vec<_> = alive()
            .filter(|deal| is_named(deal, "propstack", Some(unit.id)))
            .collect();
        let of_development: Vec<_> = alive()
            .filter(|deal| is_named(deal, "propstack-project", unit.development))
            .collect();
        own += of_unit.len();
        shared += of_development.len();
        let wanted: Vec<_> = of_unit
            .iter()
            .chain(&of_development)
            .map(|deal| ProjectId::new(deal.id.to_string()).to_string())
            .collect();
        let edges = &row["projects"]["edges"];
        assert_eq!(texts(edges, "/node/id"), wanted);
        let certain = json!({ "by": "EXTERNAL_REFERENCE", "confidence": "CERTAIN" });
        assert!(
            edges
                .as_array()
                .unwrap()
                .iter()
                .all(|edge| edge["match"] == certain)
        );
    }
    assert!(own > 2 && shared > 20);
}

#[tokio::test]
async fn a_development_has_its_active_properties() {
    let gateway = TestGateway::start().await;

    let data = gateway
        .data("{ developments { source: id title properties(first: 100) { totalCount nodes { source { id } } } } }")
        .await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let rows = data["developments"].as_array().unwrap();
    assert_eq!(rows.len(), world.developments.len());
    for (row, development) in rows.iter().zip(&world.developments) {
        assert_eq!(row["title"], json!(development.title));
        let units = world.units.iter().filter(|unit| !unit.is_archived);
        let units = units.filter(|unit| unit.development == Some(development.id));
        let wanted: Vec<_> = units.map(|unit| unit.id.to_string()).collect();
        assert_eq!(texts(&row["properties"]["nodes"], "/source/id"), wanted);
        assert_eq!(row["properties"]["totalCount"], wanted.len());
    }
}
