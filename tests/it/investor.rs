//! Investors through the graph: persons and firms, and the projects they are in.

use hausgraph::{
    model::{InvestorId, ProjectId, ProspectId},
    sandbox::world::{Bid, Deal, Investor, World},
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, texts, walk, written};

fn id_of(investor: &Investor) -> String {
    let id = investor.id.to_string();
    match investor.is_company {
        true => InvestorId::Company(id),
        false => InvestorId::Person(id),
    }
    .to_string()
}

fn full_name(investor: &Investor) -> String {
    let first = investor.first_name.iter().map(|name| format!("{name} "));
    first.collect::<String>() + &investor.name
}

#[tokio::test]
async fn a_person_and_a_firm_of_one_number_are_two_investors() {
    let gateway = TestGateway::start().await;
    let (number, person, firm) = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut firms = world.investors.iter().filter(|it| it.is_company);
        let firm = firms
            .find(|it| world.investor(false, it.id).is_some())
            .unwrap();
        let person = world.investor(false, firm.id).unwrap();
        let told = |it| json!({ "id": id_of(it), "name": full_name(it), "isCompany": it.is_company, "email": it.email });
        (firm.id.to_string(), told(person), told(firm))
    };
    let query = "query($by: InvestorBy!) { investor(by: $by) { id name isCompany email } }";
    for (by, wanted) in [
        (json!({ "contactUpstreamId": number }), &person),
        (json!({ "id": person["id"] }), &person),
        (json!({ "companyUpstreamId": number }), &firm),
        (json!({ "id": firm["id"] }), &firm),
        (json!({ "contactUpstreamId": "1" }), &Value::Null),
        (json!({ "companyUpstreamId": "1" }), &Value::Null),
        (
            json!({ "id": InvestorId::Person("1".into()).to_string() }),
            &Value::Null,
        ),
    ] {
        let data = gateway.data_with(query, json!({ "by": by })).await;
        assert_eq!(data["investor"], *wanted, "{by}");
    }
}

/// Checks one filter against the same rule on investors; it must tell some from others.
async fn check(gateway: &TestGateway, filter: &str, keep: impl Fn(&World, &Investor) -> bool) {
    let wanted: Vec<_> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let mut kept: Vec<_> = world
            .investors
            .iter()
            .filter(|it| keep(&world, it))
            .collect();
        kept.sort_by_key(|it| (it.is_company, it.updated_at, it.id));
        kept.iter().map(|it| id_of(it)).collect()
    };
    assert!(!wanted.is_empty(), "{filter} selects some");
    let query = format!(
        "query($first: Int!, $after: String) {{
            investors(filter: {{ {filter} }}, first: $first, after: $after) {{
                edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let nodes = walk(gateway, &query, "/investors").await;
    assert_eq!(texts(&json!(nodes), "/id"), wanted, "{filter}");
}

#[tokio::test]
async fn persons_come_before_firms_and_each_comes_once() {
    let gateway = TestGateway::start().await;
    let (firm, since) = {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let instant = world.investors[20].updated_at;
        let count = world.investors.len();
        for at in [3, count - 2] {
            world.investors[at].deleted_at = Some(instant);
        }
        let firm = world.investors.iter().find(|it| it.is_company).unwrap();
        (firm.name.clone(), instant)
    };
    let is_live = |it: &Investor| it.deleted_at.is_none();

    check(&gateway, "", |_, it| is_live(it)).await;
    check(&gateway, "includeDeleted: true", |_, _| true).await;
    let filter = format!("updatedSince: \"{}\"", written(since));
    check(&gateway, &filter, |_, it| {
        is_live(it) && it.updated_at >= since
    })
    .await;
    let contains = |world: &World, it: &Investor, text: &str| {
        let employer = it.company.and_then(|id| world.investor(true, id));
        let names = [Some(full_name(it)), employer.map(full_name)];
        let mut names = names.iter().flatten();
        is_live(it) && names.any(|name| name.to_lowercase().contains(text))
    };
    let text = firm.to_lowercase();
    let filter = format!("text: {:?}", firm.to_uppercase());
    check(&gateway, &filter, |world, it| contains(world, it, &text)).await;
    check(&gateway, "text: \"AN\"", |world, it| {
        contains(world, it, "an")
    })
    .await;
}

#[tokio::test]
async fn the_page_that_crosses_from_persons_to_firms_is_whole() {
    let gateway = TestGateway::start().await;
    let persons = {
        let world = gateway.sandbox.shared.tenants[0].world();
        world.investors.iter().filter(|it| !it.is_company).count()
    };
    let query = "query($first: Int!, $after: String) { investors(first: $first, after: $after) {
        edges { cursor node { isCompany } } pageInfo { hasNextPage } } }";
    let first = gateway.data_with(query, json!({ "first": 100 })).await;
    let edges = first["investors"]["edges"].as_array().unwrap();
    assert!(persons > 100 && persons < 190);
    let variables = json!({ "first": 100, "after": edges[94]["cursor"] });

    let data = gateway.data_with(query, variables).await;

    let edges = data["investors"]["edges"].as_array().unwrap();
    let firms = edges
        .iter()
        .filter(|edge| edge["node"]["isCompany"] == true);
    let left = persons - 95;
    assert!(
        edges[..left]
            .iter()
            .all(|edge| edge["node"]["isCompany"] == false)
    );
    assert_eq!(firms.count(), edges.len() - left);
    assert!(edges.len() > left);
}

#[tokio::test]
async fn an_investor_is_the_contact_that_its_reference_names() {
    let gateway = TestGateway::start().await;
    let query = "query($first: Int!, $after: String) { investors(first: $first, after: $after) {
        edges { cursor node { id companyName contact { source { id } } contactMatch { by confidence } } }
        pageInfo { hasNextPage endCursor } } }";

    let rows = walk(&gateway, query, "/investors").await;

    let world = gateway.sandbox.shared.tenants[0].world();
    let mut linked = [0, 0];
    for row in rows {
        let investor = world
            .investors
            .iter()
            .find(|it| row["id"] == id_of(it))
            .unwrap();
        let mut references = investor.references.iter();
        let contact = references
            .find(|its| its.namespace == "propstack")
            .map(|its| &its.id);
        assert_eq!(row["contact"]["source"]["id"], json!(contact));
        let found = contact.map(|_| json!({ "by": "EXTERNAL_REFERENCE", "confidence": "CERTAIN" }));
        assert_eq!(row["contactMatch"], json!(found));
        let firm = match investor.is_company {
            true => Some(investor),
            false => investor.company.and_then(|id| world.investor(true, id)),
        };
        assert_eq!(row["companyName"], json!(firm.map(|firm| &firm.name)));
        linked[usize::from(investor.is_company)] += usize::from(contact.is_some());
    }
    assert!(linked.iter().all(|count| *count > 2), "{linked:?}");
}

/// The deals that an investor is in, in Propstreet's order, each with the prospect that it is.
fn deals<'a>(world: &'a World, investor: &Investor) -> Vec<(&'a Deal, &'a Bid)> {
    let is_own = |bid: &Bid| match investor.is_company {
        false => bid.person == Some(investor.id),
        true => {
            let employer = bid.person.and_then(|id| world.investor(false, id)?.company);
            bid.company.or(employer) == Some(investor.id)
        }
    };
    let bids = world
        .bids
        .iter()
        .filter(|bid| bid.deleted_at.is_none() && is_own(bid));
    let mut deals: Vec<(&Deal, &Bid)> = Vec::new();
    for bid in bids {
        let deal = world.deal(bid.deal).unwrap();
        match deals.iter_mut().find(|(known, _)| known.id == deal.id) {
            // Where a firm is on a deal itself and by its people, its own prospect stands for it.
            Some((_, known)) if known.person.is_some() && bid.person.is_none() => *known = bid,
            Some(_) => {}
            None => deals.push((deal, bid)),
        }
    }
    deals.retain(|(deal, _)| deal.deleted_at.is_none());
    deals.sort_by_key(|(deal, _)| (deal.updated_at, deal.id));
    deals
}

#[tokio::test]
async fn associated_projects_name_project_and_prospect() {
    let gateway = TestGateway::start().await;
    let investors: Vec<_> = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let busiest = |is_company| {
            let of_kind = world
                .investors
                .iter()
                .filter(|it| it.is_company == is_company);
            of_kind.max_by_key(|it| deals(&world, it).len()).unwrap()
        };
        [false, true]
            .map(busiest)
            .map(|it| (it.is_company, it.id, id_of(it)))
            .to_vec()
    };
    for (is_company, number, id) in investors {
        for (filter, status, stage) in [
            ("", None, None),
            ("status: OPEN", Some("open"), None),
            ("status: CLOSED", Some("closed"), None),
            ("classification: INTERESTED", None, Some("interested")),
        ] {
            let query = format!(
                "query($first: Int!, $after: String) {{
                    associatedProjects(of: {{ id: {id:?} }}, filter: {{ {filter} }}, first: $first, after: $after) {{
                        edges {{ cursor node {{ name status prospectClassification prospectCount
                            project {{ id }} prospect {{ id investor {{ isCompany }} }} }} }}
                        pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let rows = walk(&gateway, &query, "/associatedProjects").await;

            let world = gateway.sandbox.shared.tenants[0].world();
            let investor = world.investor(is_company, number).unwrap();
            let mut wanted = deals(&world, investor);
            wanted.retain(|(deal, bid)| {
                status.is_none_or(|status| deal.status == status)
                    && stage.is_none_or(|stage| bid.classification == stage)
            });
            assert_eq!(rows.len(), wanted.len(), "{filter}");
            for (row, (deal, bid)) in rows.iter().zip(wanted) {
                let project = ProjectId::new(deal.id.to_string());
                assert_eq!(row["name"], json!(deal.name));
                assert_eq!(row["status"], deal.status.to_uppercase());
                assert_eq!(row["project"]["id"], project.to_string());
                assert_eq!(
                    row["prospect"]["id"],
                    ProspectId::new(project, bid.id.to_string()).to_string()
                );
                assert_eq!(
                    row["prospectClassification"],
                    bid.classification.to_uppercase()
                );
                let mut others = world.bids.iter().filter(|other| other.deal == deal.id);
                let count = others
                    .by_ref()
                    .filter(|other| other.deleted_at.is_none())
                    .count();
                assert_eq!(row["prospectCount"], count);
            }
        }
    }
}

#[tokio::test]
async fn associated_projects_of_nobody_are_none_and_bad_filters_are_refused() {
    let gateway = TestGateway::start().await;
    let ask = async |arguments: &str| {
        let query = format!("{{ associatedProjects({arguments}) {{ nodes {{ name }} }} }}");
        gateway.ask_with(&query, json!({})).await
    };
    let answer = ask("of: { contactUpstreamId: \"1\" }").await;
    assert_eq!(answer["data"]["associatedProjects"]["nodes"], json!([]));
    for arguments in [
        "of: { id: \"nonsense\" }",
        "of: { contactUpstreamId: \"1\" }, filter: { status: DELETED }",
        "of: { contactUpstreamId: \"1\" }, filter: { status: UNKNOWN }",
        "of: { contactUpstreamId: \"1\" }, filter: { classification: UNKNOWN }",
        "of: { contactUpstreamId: \"1\" }, first: 101",
    ] {
        assert_eq!(
            codes(&ask(arguments).await),
            ["BAD_USER_INPUT"],
            "{arguments}"
        );
    }
}
