//! Tokens, limits, and what one may not see.

use hausgraph::sandbox::{
    System,
    world::{Bid, Deal},
};
use serde_json::json;

use super::{
    Firm,
    market::{Market, bid, company, contact, deal, profile, reference},
    send,
};

#[tokio::test]
async fn rule_01_no_bad_or_expired_token_is_refused_with_a_problem() {
    let firm = Firm::with(Market::of([deal(1)])).await;
    let none = send(firm.http.get(firm.url("/projects"))).await;
    let basic = firm.http.get(firm.url("/projects"));
    let basic = send(basic.basic_auth("someone", Some(&firm.token))).await;
    let bad = firm.get_as("sandbox-nobody", "/projects").await;
    assert_eq!(firm.get("/projects").await.status, 200);

    firm.advance(3600);
    let expired = firm.get("/projects").await;

    for (what, answer) in [
        ("none", none),
        ("basic", basic),
        ("bad", bad),
        ("expired", expired),
    ] {
        answer.assert_problem(401, what);
        assert_eq!(answer.body["type"], "urn:propstreet:error:unauthorized");
        assert_eq!(answer.header("ratelimit-limit"), Some("600"), "{what}");
    }
    assert_eq!(
        firm.get_as(&firm.buy_token().await, "/projects")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn rule_01_a_personal_token_lives_thirty_days() {
    let firm = Firm::with(Market::of([deal(1)])).await;
    let token = firm.sandbox.access.demo.propstreet.access_token.clone();
    assert_eq!(firm.get_as(&token, "/projects/1").await.status, 200);

    firm.advance(30 * 24 * 3600 - 1);
    assert_eq!(firm.get_as(&token, "/projects/1").await.status, 200);
    firm.advance(1);

    let ended = firm.get_as(&token, "/projects/1").await;
    ended.assert_problem(401, "after thirty days");
}

#[tokio::test]
async fn rule_02_the_exchange_takes_a_form_with_scope_and_tells_how_long_the_token_lives() {
    let firm = Firm::with(Market::of([deal(1)])).await;

    let answer = firm.exchange(&firm.form()).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    let token = answer.body["access_token"].as_str().unwrap();
    assert_eq!(firm.get_as(token, "/projects/1").await.status, 200);

    firm.set_switches(|switches| switches.token_seconds = 90);
    let short = firm.exchange(&firm.form()).await.body;
    assert_eq!(short["expires_in"], 90);
    firm.advance(90);
    let ended = firm
        .get_as(short["access_token"].as_str().unwrap(), "/projects/1")
        .await;
    ended.assert_problem(401, "after its ninety seconds");
    assert_eq!(firm.get_as(token, "/projects/1").await.status, 200);
}

#[tokio::test]
async fn rule_02_the_exchange_refuses_in_the_words_of_oauth() {
    let firm = Firm::with(Market::default()).await;
    let changed = |name: &str, value: &str| {
        let mut form = firm.form();
        form.retain(|(field, _)| *field != name);
        let value = (!value.is_empty()).then(|| value.to_owned());
        form.extend(value.map(|value| match name {
            "grant_type" => ("grant_type", value),
            "client_secret" => ("client_secret", value),
            _ => ("scope", value),
        }));
        form
    };

    for (form, status, error) in [
        (changed("scope", ""), 400, "invalid_scope"),
        (changed("scope", "api:private"), 400, "invalid_scope"),
        (changed("client_secret", "wrong"), 401, "invalid_client"),
        (changed("client_secret", ""), 400, "invalid_request"),
        (changed("grant_type", ""), 400, "invalid_request"),
        (
            changed("grant_type", "password"),
            400,
            "unsupported_grant_type",
        ),
    ] {
        let answer = firm.exchange(&form).await;
        assert_eq!(answer.status, status, "{form:?}");
        assert_eq!(answer.body["error"], error, "{form:?}");
        assert!(answer.body["error_description"].is_string());
    }

    let url = &firm.sandbox.access.demo.propstreet.token_url;
    let body = json!({ "grant_type": "client_credentials" });
    let as_json = send(firm.http.post(url).json(&body)).await;
    assert_eq!(as_json.status, 400);
    assert_eq!(as_json.body["error"], "invalid_request");
}

#[tokio::test]
async fn rule_04_rate_headers_count_down_and_request_601_in_a_minute_waits() {
    let firm = Firm::with(Market::of([deal(1)])).await;
    let first = firm.get("/projects/1").await;
    assert_eq!(first.header("ratelimit-limit"), Some("600"));
    assert_eq!(first.header("ratelimit-remaining"), Some("599"));
    assert_eq!(first.header("ratelimit-reset"), Some("60"));
    assert_eq!(first.header("retry-after"), None);
    // A refusal counts and tells as well.
    let missing = firm.get("/projects/2").await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.header("ratelimit-remaining"), Some("598"));

    firm.advance(20);
    for _ in 2..600 {
        assert_eq!(firm.get("/projects/1").await.status, 200);
    }
    let refused = firm.get("/projects/1").await;

    refused.assert_problem(429, "request 601");
    assert_eq!(refused.header("retry-after"), Some("40"));
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    assert_eq!(refused.header("ratelimit-reset"), Some("40"));
    // Another token has a minute of its own.
    let other = firm.get_as(&firm.buy_token().await, "/projects/1").await;
    assert_eq!(other.status, 200);
    firm.advance(40);
    let renewed = firm.get("/projects/1").await;
    assert_eq!(renewed.status, 200);
    assert_eq!(renewed.header("ratelimit-remaining"), Some("599"));
}

#[tokio::test]
async fn rule_04_a_personal_token_has_sixty_and_the_limits_can_be_set() {
    let firm = Firm::with(Market::of([deal(1)])).await;
    let token = firm.sandbox.access.demo.propstreet.access_token.clone();
    let personal = firm.get_as(&token, "/projects/1").await;
    assert_eq!(personal.header("ratelimit-limit"), Some("60"));
    assert_eq!(personal.header("ratelimit-remaining"), Some("59"));

    firm.set_switches(|switches| switches.personal_limit = 2);

    assert_eq!(firm.get_as(&token, "/projects/1").await.status, 200);
    let refused = firm.get_as(&token, "/projects/1").await;
    refused.assert_problem(429, "beyond the limit that was set");
}

#[tokio::test]
async fn rule_74_a_missing_route_a_method_and_a_long_address_are_problems_too() {
    let firm = Firm::with(Market::of([deal(1)])).await;

    firm.refuses("/offers", 404).await;
    let put = firm.http.put(firm.url("/projects/1"));
    let put = send(put.bearer_auth(&firm.token)).await;
    put.assert_problem(405, "PUT");
    let unknown = send(firm.http.get(firm.url("/offers"))).await;
    unknown.assert_problem(401, "an unknown path without a token");
    let long = format!("/projects?name={}", "x".repeat(8000));
    firm.refuses(&long, 414).await;
    let journal = &firm.sandbox.shared.journal;
    assert_eq!(
        journal.count(System::Propstreet, "PUT /api/v1/projects/{id}"),
        1
    );
}

#[tokio::test]
async fn rule_76_another_tenants_records_are_not_found() {
    let firm = Firm::with(Market::of([deal(1)])).await;
    firm.set_foreign(Market {
        deals: vec![Deal {
            references: vec![reference("propstack", "4711")],
            ..deal(77)
        }],
        profiles: vec![profile(77)],
        investors: vec![contact(77), company(77)],
        bids: vec![Bid {
            deal: 77,
            person: Some(77),
            ..bid(77)
        }],
    });

    for path in [
        "/projects/77",
        "/projects/external/propstack/4711",
        "/projects/77/properties",
        "/projects/77/prospects",
        "/projects/77/prospects/77",
        "/projects/1/prospects/77",
        "/network/contacts/77",
        "/network/contacts/77/projects",
        "/network/companies/77",
        "/network/companies/77/projects",
        "/properties/77",
    ] {
        firm.refuses(path, 404).await;
    }
    assert_eq!(firm.ids("/projects").await, ["1"]);
    let foreign = firm.sandbox.access.foreign.propstreet.access_token.clone();
    let own = firm.get_as(&foreign, "/projects/77").await;
    assert_eq!(own.body["externalRefs"][0]["id"], "4711");
}
