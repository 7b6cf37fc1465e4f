//! Organisations: that none sees another's rows.

use hausgraph::{
    config::{
        Config,
        demo::{FOREIGN_ORGANIZATION, ORGANIZATION},
    },
    model::OrganizationId,
    sandbox::tenant::FOREIGN_MARK,
    store::AuditFilter,
};
use serde_json::{Value, json};

use crate::{
    node::one_of_each,
    support::{TestGateway, codes, overlapping_sandbox, sandbox},
};

#[tokio::test]
async fn no_id_of_one_organisation_opens_anything_to_another() {
    let gateway = TestGateway::start().await;
    let tenants = &gateway.sandbox.shared.tenants;
    let firms = [ORGANIZATION, FOREIGN_ORGANIZATION];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    for (at, own) in firms.into_iter().enumerate() {
        let token = gateway.token(own, &[]);
        let ids = |tenant: usize| {
            let records = one_of_each(&tenants[tenant]).into_iter().map(|(_, id)| id);
            let organization = OrganizationId::new(firms[tenant]).to_string();
            records.chain([organization]).collect::<Vec<_>>()
        };
        let (ours, theirs) = (ids(at), ids(1 - at));

        let answer = gateway
            .ask_as(&token, query, json!({ "ids": theirs }))
            .await;
        assert_eq!(answer.get("errors"), None);
        assert_eq!(
            answer["data"]["nodes"],
            json!(vec![Value::Null; theirs.len()]),
            "{own}"
        );

        let answer = gateway.ask_as(&token, query, json!({ "ids": ours })).await;
        let nodes = answer["data"]["nodes"].as_array().unwrap();
        let found: Vec<_> = nodes.iter().map(|node| node["id"].clone()).collect();
        assert_eq!(json!(found), json!(ours), "{own} has its own");
    }
}

#[tokio::test]
async fn an_id_that_two_organisations_share_opens_to_each_its_own_record() {
    let gateway = TestGateway::over(overlapping_sandbox().await).await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id
        ... on Property { reference status { name } broker { name } development { title }
            contacts { nodes { name } } documents { nodes { title } }
            protocols { nodes { tags } } projects { nodes { name } } }
        ... on Contact { name } ... on Document { title } ... on Development { title }
        ... on Protocol { tags } ... on Project { name } ... on PropertyProfile { name }
        ... on Prospect { externalReferences { id } project { name } } ... on Investor { name } } }";
    // Of the foreign firm, whose ids the demo firm has too.
    let ids = one_of_each(&gateway.sandbox.shared.tenants[1]);
    let ids: Vec<_> = ids.into_iter().map(|(_, id)| id).collect();

    for firm in [
        ORGANIZATION,
        FOREIGN_ORGANIZATION,
        ORGANIZATION,
        FOREIGN_ORGANIZATION,
    ] {
        let token = gateway.token(firm, &[]);
        let answer = gateway.ask_as(&token, query, json!({ "ids": ids })).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        let nodes = answer["data"]["nodes"].as_array().unwrap();
        for (id, node) in ids.iter().zip(nodes) {
            let is_theirs = firm == FOREIGN_ORGANIZATION;
            // The demo firm may have deleted its record of that id.
            assert!(
                node["id"] == json!(id) || (node.is_null() && !is_theirs),
                "{firm} {node}"
            );
            let is_marked = node.to_string().contains(FOREIGN_MARK);
            assert_eq!(is_marked, is_theirs, "{firm} sees {node}");
        }
    }
}

#[tokio::test]
async fn each_list_has_the_rows_of_the_viewers_organisation_alone() {
    let gateway = TestGateway::start().await;
    let query = "{ viewer { organization { id } }
        properties(first: 100) { nodes { source { id } } }
        contacts(first: 100) { nodes { source { id } } }
        protocols(first: 100) { nodes { source { id } } }
        projects(first: 100) { nodes { source { id } } }
        investors(first: 100) { nodes { name } }
        developments { title } brokers { email } propertyStatuses { id } }";
    let token = gateway.token(FOREIGN_ORGANIZATION, &[]);

    let ours = gateway.data(query).await;
    let mut answer = gateway.ask_as(&token, query, json!({})).await;

    assert_eq!(answer.get("errors"), None);
    let theirs = answer["data"].take();
    assert_ne!(ours["viewer"], theirs["viewer"]);
    for list in ["properties", "contacts", "protocols", "projects"] {
        let rows = |data: &Value| data[list]["nodes"].as_array().unwrap().clone();
        assert!(!rows(&theirs).is_empty(), "{list}");
        assert!(
            rows(&theirs).iter().all(|row| !rows(&ours).contains(row)),
            "{list}"
        );
    }
    let foreign = gateway.sandbox.shared.tenants[1].world();
    assert_eq!(
        theirs["investors"]["nodes"].as_array().unwrap().len(),
        foreign.investors.len()
    );
    assert_eq!(
        theirs["developments"].as_array().unwrap().len(),
        foreign.developments.len()
    );
    assert_eq!(
        theirs["brokers"].as_array().unwrap().len(),
        foreign.brokers.len()
    );
    assert_ne!(ours["propertyStatuses"], theirs["propertyStatuses"]);
}

#[tokio::test]
async fn references_and_addresses_of_one_organisation_find_nothing_in_another() {
    let gateway = TestGateway::start().await;
    let variables = {
        let world = gateway.sandbox.shared.tenants[0].world();
        let person = world
            .people
            .iter()
            .find(|person| !person.emails.is_empty())
            .unwrap();
        let deal = world
            .deals
            .iter()
            .find(|deal| !deal.references.is_empty())
            .unwrap();
        let reference = &deal.references[0];
        json!({
            "email": person.emails[0], "unit": world.units[0].id.to_string(),
            "protocol": world.handovers[0].id,
            "reference": { "namespace": reference.namespace, "id": reference.id },
        })
    };
    let query = "query($email: String!, $unit: String!, $protocol: String!, $reference: ExternalReferenceInput!) {
        contact(by: { email: $email }) { id } property(by: { upstreamId: $unit }) { id }
        protocol(by: { upstreamId: $protocol }) { id } project(by: { externalReference: $reference }) { id } }";

    let ours = gateway.data_with(query, variables.clone()).await;
    let token = gateway.token(FOREIGN_ORGANIZATION, &[]);
    let theirs = gateway.ask_as(&token, query, variables).await;

    assert!(
        ours.as_object().unwrap().values().all(Value::is_object),
        "{ours}"
    );
    assert_eq!(theirs.get("errors"), None);
    let theirs = theirs["data"].as_object().unwrap();
    // Two firms may know one person; it is never the same record.
    for (field, found) in theirs {
        assert_ne!(*found, ours[field], "{field}");
    }
    assert!(
        theirs["property"].is_null() && theirs["protocol"].is_null() && theirs["project"].is_null()
    );
}

#[tokio::test]
async fn a_cursor_of_one_organisation_shows_another_its_own_rows_only() {
    let gateway = TestGateway::start().await;
    let query = "query($after: String) { protocols(first: 5, after: $after) {
        nodes { source { id } } pageInfo { endCursor } } }";
    let ours = gateway.data_with(query, json!({})).await;
    let after = &ours["protocols"]["pageInfo"]["endCursor"];
    let token = gateway.token(FOREIGN_ORGANIZATION, &[]);

    let answer = gateway
        .ask_as(&token, query, json!({ "after": after }))
        .await;

    let nodes = answer["data"]["protocols"]["nodes"].as_array().unwrap();
    let foreign = gateway.sandbox.shared.tenants[1].world();
    for node in nodes {
        let is_own = foreign
            .handovers
            .iter()
            .any(|row| node["source"]["id"] == json!(row.id));
        assert!(is_own, "{node}");
    }
}

#[tokio::test]
async fn an_organisation_that_is_not_served_is_refused() {
    let gateway = TestGateway::start().await;
    let token = gateway.token("nobody", &[]);
    let answer = gateway
        .ask_as(&token, "{ viewer { subject } }", json!({}))
        .await;
    assert_eq!(codes(&answer), ["FORBIDDEN"]);
    assert!(answer.get("data").is_none_or(Value::is_null));
    assert_eq!(
        gateway.sandbox.shared.journal.entries().len(),
        0,
        "no system was asked"
    );
}

#[tokio::test]
async fn an_organisation_that_a_token_names_is_made_where_the_configuration_trusts_it() {
    let trusting = |config: &mut Config| config.create_organizations = true;
    let gateway = TestGateway::configured(sandbox().await, trusting).await;
    let query = "{ viewer { organization { name } } properties { nodes { id } } }";

    let answer = gateway
        .ask_as(&gateway.token("new-firm", &[]), query, json!({}))
        .await;
    let refused = gateway
        .ask_as(&gateway.token("Kein Name", &[]), query, json!({}))
        .await;

    assert_eq!(answer["data"]["viewer"]["organization"]["name"], "new-firm");
    // It has no system yet.
    assert_eq!(answer["data"]["properties"], Value::Null);
    assert_eq!(codes(&answer), ["UPSTREAM_UNAVAILABLE"]);
    assert_eq!(codes(&refused), ["FORBIDDEN"]);
    let organizations = gateway.store.list_organizations().await.unwrap();
    let ids: Vec<&str> = organizations
        .iter()
        .map(|found| found.id.as_str())
        .collect();
    assert_eq!(ids, ["demo", "foreign", "new-firm"]);
    let audit = gateway
        .store
        .list_audit_entries("new-firm", &AuditFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(audit[0].action, "createOrganization");
    assert_eq!(audit[0].actor, "test");
}

#[tokio::test]
async fn what_one_organisation_administers_another_neither_sees_nor_takes_back() {
    let gateway = TestGateway::over(overlapping_sandbox().await).await;
    let query =
        "mutation { createAccessToken(input: { name: \"partner\", role: MEMBER, scopes: [] }) {
            accessToken { id } }
        createDeepRentApiKey(input: { name: \"partner\" }) { apiKey { id } } }";
    let made = gateway.data(query).await;
    let variables = json!({
        "token": made["createAccessToken"]["accessToken"]["id"],
        "key": made["createDeepRentApiKey"]["apiKey"]["id"],
    });
    let other = gateway.token(FOREIGN_ORGANIZATION, &[]);

    let seen = "query($key: ID!) { accessTokens { id } auditLog { nodes { id } }
        deepRentApiKeys { id } deepRentApiKey(id: $key) { id } }";
    let body = json!({ "key": variables["key"] });
    let theirs = gateway.ask_as(&other, seen, body.clone()).await;
    let revoke = "mutation($token: ID!, $key: ID!) {
        revokeAccessToken(input: { id: $token }) { revokedId errors { code } }
        revokeDeepRentApiKey(input: { id: $key }) { revokedId errors { code } } }";
    let revoked = gateway.ask_as(&other, revoke, variables.clone()).await;
    let ours = gateway.data_with(seen, body).await;

    assert_eq!(theirs.get("errors"), None);
    let theirs = &theirs["data"];
    assert_eq!(theirs["accessTokens"], json!([]));
    assert_eq!(theirs["auditLog"]["nodes"], json!([]));
    assert_eq!(theirs["deepRentApiKey"], Value::Null);
    let keys = theirs["deepRentApiKeys"].as_array().unwrap();
    assert!(!keys.iter().any(|key| key["id"] == variables["key"]));
    for field in ["revokeAccessToken", "revokeDeepRentApiKey"] {
        let payload = &revoked["data"][field];
        assert_eq!(payload["revokedId"], Value::Null, "{field}");
        assert_eq!(payload["errors"][0]["code"], "NOT_FOUND", "{field}");
    }
    assert_eq!(ours["accessTokens"][0]["id"], variables["token"]);
    assert_eq!(ours["deepRentApiKey"]["id"], variables["key"]);
    assert_eq!(ours["auditLog"]["nodes"].as_array().unwrap().len(), 2);
}
