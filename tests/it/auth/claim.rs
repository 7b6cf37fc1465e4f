//! What a token must say, and what its words give.

use std::time::Duration;

use chrono::DateTime;
use hausgraph::auth::{Error, Role, Scope, Scopes, Viewer, policy::ceiling};

use super::*;
use crate::support::Issuer;

const SECRET: &str = "sixty-four bytes and more, so that it is long enough for every hash";

fn sharing(changes: Value) -> Settings {
    settings(changed(
        json!({ "issuer": ISSUER, "audience": "hausgraph", "secret": SECRET }),
        changes,
    ))
}

/// What the gateway makes of a token with these claims.
async fn verify(settings: &Settings, claims: &Value) -> Result<Viewer, Error> {
    let token = Issuer::among(std::slice::from_ref(settings)).sign(claims);
    let keys = Keys::new(std::slice::from_ref(settings), clock()).unwrap();
    keys.verify(&token).await
}

fn scopes<const N: usize>(scopes: [Scope; N]) -> Scopes {
    scopes.into_iter().collect()
}

#[tokio::test]
async fn each_claim_has_to_be_right() {
    let settings = sharing(json!({}));
    assert!(verify(&settings, &claims(json!({}))).await.is_ok());
    for changes in [
        json!({ "iss": "https://another.example" }),
        json!({ "iss": format!("{ISSUER}/") }),
        json!({ "iss": ISSUER.to_uppercase() }),
        json!({ "iss": [ISSUER] }),
        json!({ "iss": null }),
        json!({ "aud": "another" }),
        json!({ "aud": ["another", "Hausgraph"] }),
        json!({ "aud": [] }),
        json!({ "aud": { "hausgraph": true } }),
        json!({ "aud": null }),
        json!({ "exp": null }),
        json!({ "exp": "1790000060" }),
        json!({ "exp": true }),
        json!({ "nbf": "yesterday" }),
        json!({ "sub": "" }),
        json!({ "sub": 7 }),
        json!({ "sub": null }),
        json!({ "org": "" }),
        json!({ "org": ["acme"] }),
        json!({ "org": null }),
        json!({ "role": "emperor" }),
        json!({ "role": "OWNER" }),
        json!({ "role": ["owner"] }),
        json!({ "role": null }),
        json!({ "scopes": 7 }),
        json!({ "scopes": ["property:read", 7] }),
        json!({ "scopes": { "property:read": true } }),
    ] {
        let result = verify(&settings, &claims(changes.clone())).await;
        assert_eq!(result, Err(Error::Invalid), "{changes}");
    }
}

#[tokio::test]
async fn a_token_may_be_for_several_and_need_not_say_when_it_was_made() {
    let settings = sharing(json!({}));
    for changes in [
        json!({ "aud": ["another", "hausgraph"] }),
        json!({ "iat": NOW + 1_000_000 }),
        json!({ "nbf": NOW }),
        json!({ "exp": NOW as f64 + 0.5 }),
        json!({ "exp": 1e300 }),
    ] {
        let result = verify(&settings, &claims(changes.clone())).await;
        assert!(result.is_ok(), "{changes}");
    }
}

#[tokio::test]
async fn a_token_lives_from_its_beginning_to_its_end_on_our_clock() {
    for (leeway, changes) in [(30, json!({})), (5, json!({ "leeway_seconds": 5 }))] {
        let clock = clock();
        let settings = [sharing(changes)];
        let keys = Keys::new(&settings, clock.clone()).unwrap();
        let claims = claims(json!({ "nbf": NOW + 100, "exp": NOW + 200 }));
        let token = Issuer::among(&settings).sign(&claims);

        clock.advance(Duration::from_secs(99 - leeway));
        assert_eq!(keys.verify(&token).await, Err(Error::NotYetValid));
        clock.advance(Duration::from_secs(1));
        let grant = keys.grant(&token).await.unwrap();
        let end = NOW + 200 + i64::try_from(leeway).unwrap();
        assert_eq!(grant.expires_at, DateTime::from_timestamp(end, 0).unwrap());
        clock.advance(Duration::from_secs(99 + 2 * leeway));
        assert!(keys.verify(&token).await.is_ok());
        clock.advance(Duration::from_secs(1));
        assert_eq!(keys.verify(&token).await, Err(Error::Expired));
    }
}

#[tokio::test]
async fn scopes_are_a_list_or_words_and_unknown_ones_grant_nothing() {
    let settings = sharing(json!({}));
    let both = scopes([Scope::PropertyRead, Scope::ContactRead]);
    for (changes, expected) in [
        (json!({ "scopes": ["property:read", "contact:read"] }), both),
        (json!({ "scopes": " contact:read  property:read" }), both),
        (
            json!({ "scopes": ["contact:read", "world:rule", "property:read"] }),
            both,
        ),
        (
            json!({ "scopes": null, "scope": "openid contact:read property:read" }),
            both,
        ),
        // Both are there: the one that was agreed on counts.
        (
            json!({ "scopes": [], "scope": "property:read" }),
            Scopes::default(),
        ),
        (
            json!({ "scopes": ["property:read contact:read"] }),
            Scopes::default(),
        ),
        (json!({ "scopes": null }), Scopes::default()),
    ] {
        let viewer = verify(&settings, &claims(changes.clone())).await.unwrap();
        assert_eq!(viewer.scopes, expected, "{changes}");
    }
}

#[tokio::test]
async fn an_issuer_may_have_its_own_names_for_claims() {
    let settings = sharing(json!({ "claims": {
        "organization": "https://firm.example/organization",
        "role": "/apps/hausgraph/role",
        "scopes": "/https:~1~1firm.example~1grants",
    } }));
    let own = json!({
        "org": "another", "role": "owner", "scopes": ["import:run"], "scope": "import:run",
        "https://firm.example/organization": "acme",
        "apps": { "hausgraph": { "role": "partner" } },
        "https://firm.example/grants": ["project:read"],
    });

    let viewer = verify(&settings, &claims(own.clone())).await.unwrap();

    let expected = scopes([Scope::ProjectRead]);
    assert_eq!(viewer, Viewer::new("ada", "acme", Role::Partner, expected));
    // Where it has a name of its own, the usual one gives nothing.
    let mut without = claims(own);
    without
        .as_object_mut()
        .unwrap()
        .remove("https://firm.example/grants");
    let viewer = verify(&settings, &without).await.unwrap();
    assert_eq!(viewer.scopes, Scopes::default());
}

#[tokio::test]
async fn a_token_without_a_role_has_the_one_that_its_issuer_gives() {
    let settings = sharing(json!({ "default_role": "partner" }));
    let absent = verify(&settings, &claims(json!({ "role": null })))
        .await
        .unwrap();
    assert_eq!(absent.role, Role::Partner);
    let named = verify(&settings, &claims(json!({}))).await.unwrap();
    assert_eq!(named.role, Role::Member);
    let wrong = verify(&settings, &claims(json!({ "role": "emperor" }))).await;
    assert_eq!(wrong, Err(Error::Invalid));
}

#[tokio::test]
async fn no_scope_gives_a_role_what_it_may_not_do() {
    let settings = sharing(json!({}));
    let every: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    for (role, name, withheld) in [
        (
            Role::Partner,
            "partner",
            &[Scope::IntegrationAdmin, Scope::ImportRun][..],
        ),
        (Role::Member, "member", &[Scope::IntegrationAdmin]),
        (Role::Admin, "admin", &[]),
        (Role::Owner, "owner", &[]),
    ] {
        let claims = claims(json!({ "role": name, "scopes": every }));
        let viewer = verify(&settings, &claims).await.unwrap();

        assert_eq!((viewer.role, &viewer.scopes), (role, &ceiling(role)));
        for scope in Scope::ALL {
            assert_eq!(
                viewer.scopes.contains(scope),
                !withheld.contains(&scope),
                "{name} {scope}"
            );
        }
        // A role gives no scope either.
        let bare = changed(claims, json!({ "scopes": ["property:read"] }));
        let viewer = verify(&settings, &bare).await.unwrap();
        assert_eq!(viewer.scopes, scopes([Scope::PropertyRead]));
    }
}

#[tokio::test]
async fn nobody_passes_for_an_operator_or_for_a_program_of_ours() {
    let settings = sharing(json!({}));
    for subject in [
        "operator",
        "access-token:0190b7c4-0000-7000-8000-000000000000",
        "line\nbreak",
        "nul\0",
        &"x".repeat(256),
    ] {
        let claims = claims(json!({ "sub": subject }));
        assert_eq!(verify(&settings, &claims).await, Err(Error::Invalid));
    }
}

#[tokio::test]
async fn an_issuer_speaks_for_its_own_organisations_only() {
    let settings = sharing(json!({ "organizations": ["acme", "other"] }));
    for (organization, is_own) in [("acme", true), ("other", true), ("firm-b", false)] {
        let verified = verify(&settings, &claims(json!({ "org": organization }))).await;
        assert_eq!(verified.is_ok(), is_own, "{organization}");
    }
}
