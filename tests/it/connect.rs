//! What the pages for operators show is what an operator gets: their recipes are run.

use std::collections::BTreeSet;

use hausgraph::{
    auth::{Role, Scope, Viewer, policy},
    config::{Config, demo::ORGANIZATION},
    sandbox::tenant::Credentials,
};
use serde_json::{Value, json};

use crate::support::{TestGateway, codes, sandbox};

const CONNECT: &str = include_str!("../../src/docs/connect.md");
const ACCESS: &str = include_str!("../../src/docs/access.md");

/// All blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let parts = page.split(&fence).skip(1);
    parts
        .map(|part| part.split("```").next().unwrap())
        .collect()
}

/// What the commands of a page send.
fn bodies(page: &str) -> Vec<&str> {
    let parts = page.split("<<'JSON'\n").skip(1);
    parts
        .map(|part| part.split("\nJSON\n").next().unwrap())
        .collect()
}

/// The same with the credentials of a firm in their places.
fn recipes(page: &str, firm: &Credentials) -> Vec<Value> {
    let bodies = bodies(page).into_iter();
    bodies.map(|body| filled(body, firm)).collect()
}

fn filled(body: &str, firm: &Credentials) -> Value {
    let objects = "units+property_statuses+projects+brokers+documents";
    let contacts = "contacts+contact_statuses+relationships+hooks";
    let key = &firm.propstack_key;
    let placeholders = [
        ("YOUR_PROPSTACK_OBJECTS_KEY", format!("{key}.{objects}")),
        ("YOUR_PROPSTACK_CONTACTS_KEY", format!("{key}.{contacts}")),
        ("YOUR_PROPSTACK_KEY", key.clone()),
        ("YOUR_DEEPRENT_KEY", firm.deeprent_key.clone()),
        (
            "YOUR_DEEPRENT_SESSION",
            firm.deeprent_sessions[0].token.clone(),
        ),
        ("YOUR_DEEPRENT_ORGANIZATION", firm.deeprent_org.clone()),
        ("YOUR_PROPSTREET_CLIENT", firm.propstreet_client_id.clone()),
        (
            "YOUR_PROPSTREET_SECRET",
            firm.propstreet_client_secret.clone(),
        ),
        ("YOUR_PROPSTREET_TOKEN", firm.propstreet_token.clone()),
    ];
    let text = placeholders
        .iter()
        .fold(body.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        });
    assert!(!text.contains("YOUR_"), "nothing is put in: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The first cells of the rows that begin with a word in backticks, of the table with this heading.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let tables = page.split(heading).skip(1);
    let lines = tables.flat_map(|table| {
        let lines = table.lines().skip(1);
        lines.take_while(|line| line.starts_with('|'))
    });
    let rows = lines.filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split_once("` |").unwrap()).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// A gateway whose organisations have no credentials yet.
async fn unconnected() -> TestGateway {
    TestGateway::configured(sandbox().await, |config: &mut Config| {
        for organization in &mut config.organizations {
            organization.propstack = None;
            organization.deeprent = None;
            organization.propstreet = None;
        }
    })
    .await
}

#[tokio::test]
async fn each_recipe_of_the_page_connects_or_checks_its_system() {
    let gateway = unconnected().await;
    let firm = &gateway.sandbox.shared.tenants[0].credentials;
    let recipes = recipes(CONNECT, firm);
    assert_eq!(recipes.len(), 6, "a recipe was added: is it run?");

    for recipe in recipes {
        let query = recipe["query"].as_str().unwrap();
        let data = gateway.data_with(query, recipe["variables"].clone()).await;

        let payload = data.as_object().unwrap().values().next().unwrap();
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["integration"]["status"], "CONNECTED");
        assert_eq!(payload["integration"]["problem"], Value::Null);
    }
}

#[tokio::test]
async fn the_tables_of_the_page_name_the_rights_that_a_check_shows() {
    let gateway = unconnected().await;
    let firm = &gateway.sandbox.shared.tenants[0].credentials;
    for recipe in recipes(CONNECT, firm) {
        let query = recipe["query"].as_str().unwrap();
        gateway.data_with(query, recipe["variables"].clone()).await;
    }

    let data = gateway.data("{ integrations { permissions } }").await;

    let shown = data["integrations"].as_array().unwrap().iter();
    let shown = shown.flat_map(|integration| integration["permissions"].as_array().unwrap());
    let shown: Vec<_> = shown.map(|word| word.as_str().unwrap()).collect();
    let told = rows(CONNECT, "| right | what for | without it |\n");
    let told: Vec<_> = told.into_iter().map(|(word, _)| word).collect();
    assert_eq!(told, shown);
}

#[tokio::test]
async fn a_partner_uses_the_token_of_the_recipe_until_it_is_taken_back() {
    let gateway = TestGateway::start().await;
    let firm = &gateway.sandbox.shared.tenants[0].credentials;
    let recipe = &recipes(ACCESS, firm)[0];
    let documents = blocks(ACCESS, "graphql");
    let revoke = documents
        .iter()
        .find(|text| text.contains("revoke"))
        .unwrap();

    let query = recipe["query"].as_str().unwrap();
    let made = gateway.data_with(query, recipe["variables"].clone()).await;
    let made = &made["createAccessToken"];
    let secret = made["secret"].as_str().unwrap();
    let viewer = "{ viewer { role } integrations { status } }";
    let seen = gateway.ask_as(secret, viewer, json!({})).await;
    let id = &made["accessToken"]["id"];
    let revoked = gateway.data_with(revoke, json!({ "id": id })).await;

    let nothing_of_the_organisation =
        json!({ "viewer": { "role": "PARTNER" }, "integrations": null });
    assert_eq!(seen, json!({ "data": nothing_of_the_organisation }));
    assert_eq!(&revoked["revokeAccessToken"]["revokedId"], id);
    let after = gateway
        .post(secret, json!({ "query": "{ viewer { role } }" }))
        .await;
    assert_eq!(after.status(), 401);
}

#[tokio::test]
async fn a_member_is_refused_what_the_pages_change_and_sees_nothing_of_what_they_list() {
    let gateway = TestGateway::start().await;
    let scopes = Scope::ALL.into_iter().collect();
    let member = gateway.token_of(Viewer::new("member", ORGANIZATION, Role::Member, scopes));
    let documents = [blocks(CONNECT, "graphql"), blocks(ACCESS, "graphql")].concat();
    assert_eq!(documents.len(), 5);
    let firm = &gateway.sandbox.shared.tenants[0].credentials;
    let recipes = [recipes(CONNECT, firm), recipes(ACCESS, firm)].concat();

    for document in documents {
        let sends = |recipe: &&Value| words(recipe["query"].as_str().unwrap()) == words(document);
        let variables = match recipes.iter().find(sends) {
            Some(recipe) => recipe["variables"].clone(),
            None => json!({ "id": "one that nobody has" }),
        };
        let answer = gateway.ask_as(&member, document, variables).await;

        match document.starts_with("mutation") {
            true => assert_eq!(codes(&answer), ["FORBIDDEN"], "{document}"),
            false => assert_eq!(answer, json!({ "data": { "accessTokens": null } })),
        }
    }
}

#[test]
fn commands_send_the_documents_that_are_laid_out_beside_them() {
    for page in [CONNECT, ACCESS] {
        let laid_out: BTreeSet<_> = blocks(page, "graphql").into_iter().map(words).collect();
        for body in bodies(page) {
            let recipe: Value = serde_json::from_str(body).unwrap();
            let sent = recipe["query"].as_str().unwrap();
            assert!(laid_out.contains(&words(sent)), "{sent}");
        }
    }
}

#[test]
fn the_page_has_every_scope_in_order() {
    let told = rows(ACCESS, "| scope | what it opens |\n");
    let told: Vec<_> = told.into_iter().map(|(word, _)| word).collect();
    assert_eq!(told, Scope::ALL.map(Scope::as_str));
}

#[test]
fn the_page_has_every_role_with_what_is_above_its_ceiling() {
    let told = rows(ACCESS, "| role | may not have | for |\n");
    let roles: Vec<_> = told.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles, ["partner", "member", "admin", "owner"]);
    for (role, rest) in told {
        let withheld = rest.split('|').next().unwrap();
        let withheld: BTreeSet<_> = withheld
            .split('`')
            .filter(|word| word.contains(':'))
            .collect();
        let ceiling = policy::ceiling(role.parse().unwrap());
        let above = Scope::ALL
            .into_iter()
            .filter(|scope| !ceiling.contains(*scope));
        assert_eq!(withheld, above.map(Scope::as_str).collect(), "{role}");
    }
}
