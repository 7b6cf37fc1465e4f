//! Projects through the graph: roots, filters, amounts, and what one links to.

use std::str::FromStr;

use hausgraph::{
    model::{InvestorId, ProfileId, ProjectId, PropertyId, ProspectId},
    sandbox::world::{Bid, Deal, World},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, text, texts, walk, written};

fn id_of(deal: u64) -> String {
    ProjectId::new(deal.to_string()).to_string()
}

fn reference<'a>(deal: &'a Deal, namespace: &str) -> Option<&'a str> {
    let mut references = deal.references.iter();
    let found = references.find(|reference| reference.namespace == namespace);
    found.map(|reference| reference.id.as_str())
}

#[tokio::test]
async fn a_project_is_found_by_each_of_its_names() {
    let gateway = TestGateway::start().await;
    let (deal, unit, other, deleted) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let deal = world
            .deals
            .iter()
            .find(|deal| reference(deal, "propstack").is_some())
            .unwrap();
        let other = world
            .deals
            .iter()
            .find(|deal| deal.deleted_at.is_none() && reference(deal, "hubspot").is_some());
        let other = other.map(|deal| (deal.id, reference(deal, "hubspot").unwrap().to_owned()));
        let deleted = world
            .deals
            .iter()
            .find(|deal| deal.deleted_at.is_some())
            .unwrap()
            .id;
        (
            deal.id,
            reference(deal, "propstack").unwrap().to_owned(),
            other.unwrap(),
            deleted,
        )
    };
    let query = "query($by: ProjectBy!) { project(by: $by) { id source { id system } } }";
    let ask =
        async |by: Value| gateway.data_with(query, json!({ "by": by })).await["project"].take();
    let by_reference = |namespace: &str, id: &str| json!({ "externalReference": { "namespace": namespace, "id": id } });

    let source = json!({ "id": deal.to_string(), "system": "PROPSTREET" });
    let wanted = json!({ "id": id_of(deal), "source": source });
    for by in [
        json!({ "id": id_of(deal) }),
        json!({ "upstreamId": deal.to_string() }),
        by_reference("propstack", &unit),
        by_reference("PropStack", &unit),
    ] {
        assert_eq!(ask(by.clone()).await, wanted, "{by}");
    }
    // An id with a slash in it.
    assert_eq!(
        ask(by_reference("HUBSPOT", &other.1)).await["id"],
        json!(id_of(other.0))
    );

    for by in [
        json!({ "id": id_of(1) }),
        json!({ "id": id_of(deleted) }),
        json!({ "upstreamId": "1" }),
        json!({ "upstreamId": "../contacts" }),
        by_reference("propstack", "1"),
        by_reference("hubspot", &other.1.to_lowercase()),
        by_reference("nobody", &unit),
    ] {
        assert_eq!(ask(by.clone()).await, Value::Null, "{by}");
    }
}

/// Checks one filter against the same rule on deals; it must tell some from others.
async fn check(gateway: &TestGateway, filter: &str, keep: impl Fn(&Deal) -> bool) {
    let (wanted, all) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut kept: Vec<_> = world.deals.iter().filter(|deal| keep(deal)).collect();
        kept.sort_by_key(|deal| (deal.updated_at, deal.id));
        let wanted: Vec<_> = kept.iter().map(|deal| deal.id.to_string()).collect();
        (wanted, world.deals.len())
    };
    assert!(
        !wanted.is_empty() && wanted.len() < all,
        "{filter} selects some"
    );
    let query = format!(
        "query($first: Int!, $after: String) {{
            projects(filter: {{ {filter} }}, first: $first, after: $after) {{
                edges {{ cursor node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
            }} }}"
    );
    let nodes = walk(gateway, &query, "/projects").await;
    assert_eq!(texts(&json!(nodes), "/source/id"), wanted, "{filter}");
}

#[tokio::test]
async fn each_filter_selects_exactly() {
    let gateway = TestGateway::start().await;
    let since = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut changes: Vec<_> = world.deals.iter().map(|deal| deal.updated_at).collect();
        changes.sort();
        changes[changes.len() / 2]
    };
    let is_live = |deal: &Deal| deal.deleted_at.is_none();

    check(&gateway, "", is_live).await;
    check(&gateway, "status: OPEN", |deal| deal.status == "open").await;
    check(&gateway, "status: CLOSED", |deal| deal.status == "closed").await;
    check(&gateway, "includeDeleted: true, status: DELETED", |deal| {
        !is_live(deal)
    })
    .await;
    check(&gateway, "classification: DRAFT", |deal| {
        is_live(deal) && deal.classification == Some("draft")
    })
    .await;
    check(
        &gateway,
        "includeDeleted: true, classification: ACTIVE",
        |deal| deal.classification == Some("active"),
    )
    .await;
    check(&gateway, "teaserStage: COMMUNICATED", |deal| {
        is_live(deal) && deal.teaser_stage == Some("communicated")
    })
    .await;
    let filter = format!("updatedSince: \"{}\"", written(since));
    check(&gateway, &filter, |deal| {
        is_live(deal) && deal.updated_at >= since
    })
    .await;

    for filter in [
        "status: UNKNOWN",
        "classification: UNKNOWN",
        "teaserStage: UNKNOWN",
    ] {
        let query = format!("{{ projects(filter: {{ {filter} }}) {{ nodes {{ id }} }} }}");
        assert_eq!(
            codes(&gateway.ask_with(&query, json!({})).await),
            ["BAD_USER_INPUT"],
            "{filter}"
        );
    }
}

#[tokio::test]
async fn deleted_projects_come_only_when_asked_for() {
    let gateway = TestGateway::start().await;
    let query = "{ live: projects(first: 100) { nodes { status deletedAt } }
        all: projects(first: 100, filter: { includeDeleted: true }) { nodes { status deletedAt } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let all = data["all"]["nodes"].as_array().unwrap();
    assert_eq!(all.len(), world.deals.len());
    let deleted = all.iter().filter(|row| row["status"] == "DELETED");
    assert!(deleted.clone().all(|row| row["deletedAt"].is_string()));
    let live = data["live"]["nodes"].as_array().unwrap();
    assert_eq!(live.len() + deleted.count(), all.len());
    assert!(
        live.iter()
            .all(|row| row["deletedAt"].is_null() && row["status"] != "DELETED")
    );
}

#[tokio::test]
async fn prices_are_exact_amounts_in_every_scale() {
    let gateway = TestGateway::start().await;
    let query = "{ projects(first: 100, filter: { includeDeleted: true }) { nodes { source { id }
        name mandate asset { type propertyCount } transactions
        price { value scale currency amount }
        priceRange { min max minAmount maxAmount scale } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let mut scales = Vec::new();
    let decimal = |text: &str| Decimal::from_str(text).unwrap();
    let said = |value: &Value| value.as_str().map(decimal);
    for row in data["projects"]["nodes"].as_array().unwrap() {
        let deal = world
            .deal(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let amount = |text: &str, scale: &str| {
            let factor = match scale {
                "none" => 1_u64,
                "thousands" => 1_000,
                "millions" => 1_000_000,
                _ => 1_000_000_000,
            };
            decimal(text) * Decimal::from(factor)
        };
        let price = deal.price.as_ref();
        assert_eq!(row["name"], json!(deal.name));
        assert_eq!(
            said(&row["price"]["value"]),
            price.map(|price| decimal(&price.value))
        );
        assert_eq!(
            said(&row["price"]["amount"]),
            price.map(|price| amount(&price.value, price.scale)),
            "{row}"
        );
        if let Some(price) = price {
            assert_eq!(row["price"]["scale"], price.scale.to_uppercase());
            assert_eq!(row["price"]["currency"], "EUR");
            scales.push(price.scale);
        }
        let range = deal.price_range.as_ref();
        assert_eq!(
            said(&row["priceRange"]["minAmount"]),
            range.and_then(|range| Some(amount(range.min.as_ref()?, range.scale)))
        );
        assert_eq!(
            said(&row["priceRange"]["maxAmount"]),
            range.and_then(|range| Some(amount(range.max.as_ref()?, range.scale)))
        );
        assert_eq!(row["asset"]["propertyCount"], json!(deal.portfolio_size));
        let kind = deal.portfolio_size.map_or("SINGLE", |_| "PORTFOLIO");
        assert_eq!(row["asset"]["type"], kind);
        assert_eq!(row["mandate"], json!(deal.mandate.map(str::to_uppercase)));
        let transactions = row["transactions"].as_array().unwrap();
        assert_eq!(
            transactions.len(),
            usize::from(deal.status == "closed"),
            "{row}"
        );
    }
    for scale in ["none", "thousands", "millions", "billions"] {
        assert!(scales.contains(&scale), "{scale}");
    }
}

#[tokio::test]
async fn properties_of_a_project_are_what_its_reference_or_its_profile_names() {
    let gateway = TestGateway::start().await;
    let query = "{ projects(first: 100, filter: { includeDeleted: true }) { nodes { source { id }
        properties(first: 100) { edges { match { by confidence } node { id } } } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let (mut singles, mut portfolios, mut unlinked) = (0, 0, 0);
    for row in data["projects"]["nodes"].as_array().unwrap() {
        let deal = world
            .deal(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let development = reference(deal, "propstack-project");
        let unit = reference(deal, "propstack");
        // Where neither is written on the project, what its profile describes.
        let profile = (deal.profile)
            .filter(|_| development.is_none() && unit.is_none())
            .and_then(|id| world.profile(id));
        let named = |namespace: &str| {
            let mut references = profile.iter().flat_map(|profile| &profile.references);
            let found = references.find(|its| its.namespace == namespace);
            found.map(|its| its.id.as_str())
        };
        let object = named("deeprent").filter(|_| named("propstack").is_none());
        let unit = unit.or(named("propstack"));
        let subjects = world.units.iter().filter(|its| {
            unit == Some(its.id.to_string().as_str())
                || (object.is_some() && object == its.deeprent_object.as_deref())
                || (development.is_some()
                    && development == its.development.map(|id| id.to_string()).as_deref())
        });
        let edges: Vec<_> = subjects
            .map(|its| {
                json!({
                    "match": { "by": "EXTERNAL_REFERENCE", "confidence": "CERTAIN" },
                    "node": { "id": PropertyId::new(its.id.to_string()).to_string() },
                })
            })
            .collect();
        assert_eq!(row["properties"]["edges"], json!(edges), "{deal:?}");
        match edges.len() {
            0 => unlinked += 1,
            1 => singles += 1,
            _ => portfolios += 1,
        }
    }
    assert!(singles > 2 && portfolios > 0 && unlinked > 0);
}

#[tokio::test]
async fn a_portfolio_is_paged_over_the_properties_of_its_development() {
    let gateway = TestGateway::start().await;
    let (deal, wanted) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let deal = &world.deals[0];
        let development = reference(deal, "propstack-project").unwrap().parse().ok();
        let units = world
            .units
            .iter()
            .filter(|unit| unit.development == development);
        (
            deal.id,
            units.map(|unit| unit.id.to_string()).collect::<Vec<_>>(),
        )
    };
    let query = format!(
        "query($first: Int!, $after: String) {{ project(by: {{ upstreamId: \"{deal}\" }}) {{
            properties(first: $first, after: $after) {{
                edges {{ cursor node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
            }} }} }}"
    );
    let nodes = walk(&gateway, &query, "/project/properties").await;
    assert_eq!(texts(&json!(nodes), "/source/id"), wanted);
}

#[tokio::test]
async fn profiles_of_a_project_know_their_property_where_it_is_written_down() {
    let gateway = TestGateway::start().await;
    let query = "{ projects(first: 100) { nodes { source { id } profiles {
        id name yearBuilt categories { type } property { id } propertyMatch { by confidence } } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let (mut linked, mut unlinked) = (0, 0);
    for row in data["projects"]["nodes"].as_array().unwrap() {
        let deal = world
            .deal(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let profiles = row["profiles"].as_array().unwrap();
        assert_eq!(profiles.len(), usize::from(deal.profile.is_some()));
        let Some(profile) = deal.profile.and_then(|id| world.profile(id)) else {
            continue;
        };
        let told = &profiles[0];
        assert_eq!(
            told["id"],
            ProfileId::new(profile.id.to_string()).to_string()
        );
        assert_eq!(told["name"], json!(profile.name));
        assert_eq!(told["yearBuilt"], profile.built);
        assert_eq!(told["categories"][0]["type"], json!(profile.category));
        let mut references = profile.references.iter();
        match references.find(|reference| reference.namespace == "propstack") {
            Some(reference) => {
                assert_eq!(
                    told["property"]["id"],
                    PropertyId::new(&reference.id).to_string()
                );
                assert_eq!(
                    profile.unit.map(|id| id.to_string()).as_ref(),
                    Some(&reference.id)
                );
                assert_eq!(told["propertyMatch"]["confidence"], "CERTAIN");
                linked += 1;
            }
            None => {
                assert_eq!(
                    (&told["property"], &told["propertyMatch"]),
                    (&Value::Null, &Value::Null)
                );
                unlinked += 1;
            }
        }
    }
    assert!(linked > 2 && unlinked > 2, "{linked} {unlinked}");
}

/// The prospects of a deal that `keep` keeps, in Propstreet's order.
fn bids(world: &World, deal: u64, keep: impl Fn(&Bid) -> bool) -> Vec<&Bid> {
    let mut bids: Vec<_> = world
        .bids
        .iter()
        .filter(|bid| bid.deal == deal && keep(bid))
        .collect();
    bids.sort_by_key(|bid| (bid.updated_at, bid.id));
    bids
}

#[tokio::test]
async fn prospects_of_a_project_are_filtered_and_paged_from_any_edge() {
    let gateway = TestGateway::start().await;
    let (deal, since, tag) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        // One with a chat, and with a removed prospect.
        let deal = world.deals.iter().find(|deal| {
            let has = |keep: &dyn Fn(&Bid) -> bool| !bids(&world, deal.id, keep).is_empty();
            deal.deleted_at.is_none()
                && has(&|bid| bid.teaser_accepted.is_some() && bid.deleted_at.is_none())
                && has(&|bid| bid.deleted_at.is_some())
        });
        let deal = deal.unwrap().id;
        let all = bids(&world, deal, |_| true);
        let tagged = world.investors.iter().find(|it| {
            !it.is_company
                && !it.tags.is_empty()
                && all
                    .iter()
                    .any(|bid| bid.person == Some(it.id) && bid.deleted_at.is_none())
        });
        (
            deal,
            all[all.len() / 2].updated_at,
            tagged.unwrap().tags[0].clone(),
        )
    };
    let is_live = |bid: &Bid| bid.deleted_at.is_none();
    let stage = |bid: &Bid, stage: &str| is_live(bid) && bid.classification == stage;
    let has_tag = |world: &World, bid: &Bid| {
        let person = bid.person.and_then(|id| world.investor(false, id));
        let backer = person
            .or_else(|| world.investor(true, bid.company?))
            .unwrap();
        is_live(bid) && backer.tags.contains(&tag)
    };
    type Keep<'a> = &'a dyn Fn(&World, &Bid) -> bool;
    let filters: [(String, Keep); 7] = [
        (String::new(), &|_, bid| is_live(bid)),
        ("includeDeleted: true".into(), &|_, _| true),
        ("classification: INTERESTED".into(), &|_, bid| {
            stage(bid, "interested")
        }),
        ("classification: NOT_CONTACTED".into(), &|_, bid| {
            stage(bid, "not_contacted")
        }),
        ("capability: CHAT".into(), &|_, bid| {
            is_live(bid) && bid.teaser_accepted.is_some()
        }),
        (format!("tags: [{tag:?}, \"none\"]"), &has_tag),
        (
            format!("updatedSince: \"{}\"", written(since)),
            &|_, bid| is_live(bid) && bid.updated_at >= since,
        ),
    ];
    for (filter, keep) in filters {
        let query = format!(
            "query($first: Int!, $after: String) {{ project(by: {{ upstreamId: \"{deal}\" }}) {{
                prospects(filter: {{ {filter} }}, first: $first, after: $after) {{
                    edges {{ cursor node {{ source {{ id }} }} }} pageInfo {{ hasNextPage endCursor }}
                }} }} }}"
        );
        let wanted: Vec<_> = {
            let world = gateway.sandbox.shared.tenants[0].world();
            let kept = bids(&world, deal, |bid| keep(&world, bid));
            kept.iter().map(|bid| bid.id.to_string()).collect()
        };
        assert!(!wanted.is_empty(), "{filter}");
        let nodes = walk(&gateway, &query, "/project/prospects").await;
        assert_eq!(texts(&json!(nodes), "/source/id"), wanted, "{filter}");

        // From each edge of a page, with another page size.
        let data = gateway.data_with(&query, json!({ "first": 100 })).await;
        for (at, edge) in data["project"]["prospects"]["edges"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            let variables = json!({ "first": 2, "after": edge["cursor"] });
            let data = gateway.data_with(&query, variables).await;
            let next = texts(&data["project"]["prospects"]["edges"], "/node/source/id");
            assert_eq!(
                next,
                wanted[at + 1..].iter().take(2).cloned().collect::<Vec<_>>()
            );
        }
    }
}

#[tokio::test]
async fn prospects_of_a_project_name_investor_and_contact() {
    let gateway = TestGateway::start().await;
    let query = "{ projects(first: 5) { nodes { source { id } id prospects(first: 100) { nodes {
        id classification capabilities origin tags project { id } investor { id name } contact { source { id } } } } } } }";

    let data = gateway.data(query).await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let mut contacts = 0;
    for row in data["projects"]["nodes"].as_array().unwrap() {
        let deal: u64 = text(row, "/source/id").parse().unwrap();
        let wanted = bids(&world, deal, |bid| bid.deleted_at.is_none());
        let prospects = row["prospects"]["nodes"].as_array().unwrap();
        assert_eq!(prospects.len(), wanted.len());
        for (prospect, bid) in prospects.iter().zip(wanted) {
            let project = ProjectId::new(deal.to_string());
            assert_eq!(
                prospect["id"],
                ProspectId::new(project, bid.id.to_string()).to_string()
            );
            assert_eq!(prospect["project"]["id"], row["id"]);
            assert_eq!(
                prospect["classification"],
                bid.classification.to_uppercase()
            );
            let chat = bid.teaser_accepted.map_or(json!([]), |_| json!(["CHAT"]));
            assert_eq!(prospect["capabilities"], chat);
            let origin = bid.teaser_deadline.map_or("ADDED", |_| "MATCHED");
            assert_eq!(prospect["origin"], origin);
            let (is_company, id) = match bid.person {
                Some(person) => (false, person),
                None => (true, bid.company.unwrap()),
            };
            let investor = world.investor(is_company, id).unwrap();
            let id = match is_company {
                true => InvestorId::Company(id.to_string()),
                false => InvestorId::Person(id.to_string()),
            };
            assert_eq!(prospect["investor"]["id"], id.to_string());
            let mut references = investor.references.iter();
            let contact = references.find(|reference| reference.namespace == "propstack");
            assert_eq!(
                prospect["contact"]["source"]["id"],
                json!(contact.map(|its| &its.id))
            );
            contacts += usize::from(contact.is_some());
        }
    }
    assert!(contacts > 5);
}
