//! Rule 6 and section 1: who is signed in, and in which firm.

use hausgraph::sandbox::deeprent::session::Role;
use reqwest::StatusCode;

use super::{DeepRent, LIST};

const KEYS: &str = "/api/api-keys";
const WEBHOOKS: &str = "/api/webhooks";

#[tokio::test]
async fn rule_06_a_key_is_not_accepted_on_the_administration() {
    let rent = DeepRent::start().await;
    let bearer = format!("Bearer {}", rent.key());
    let cookie = format!("session={}", rent.key());
    for path in [KEYS, WEBHOOKS, "/api/webhooks/events"] {
        for header in [
            ("x-api-key", rent.key()),
            ("authorization", &bearer),
            ("cookie", &cookie),
        ] {
            assert_eq!(rent.ask(path, &[header]).await.status(), 401, "{path}");
        }
    }
}

#[tokio::test]
async fn rule_06_a_session_is_not_accepted_on_the_data_routes() {
    let rent = DeepRent::start().await;
    for role in [Role::Owner, Role::Admin, Role::Member] {
        let token = rent.session(role);
        let cookie = format!("session={token}");
        let bearer = format!("Bearer {token}");
        for header in [
            ("cookie", cookie.as_str()),
            ("authorization", &bearer),
            ("x-api-key", token),
        ] {
            assert_eq!(rent.ask(LIST, &[header]).await.status(), 401);
        }
    }
}

#[tokio::test]
async fn section_1_a_session_comes_as_bearer_or_as_cookie_and_the_bearer_wins() {
    let rent = DeepRent::start().await;
    let token = rent.session(Role::Member);
    let bearer = format!("Bearer {token}");
    let cookie = format!("theme=dark; session={token}");
    let status = async |headers: &[(&str, &str)]| rent.ask(WEBHOOKS, headers).await.status();
    assert_eq!(status(&[("authorization", &bearer)]).await, 200);
    assert_eq!(status(&[("cookie", &cookie)]).await, 200);
    let both = [("authorization", "Bearer other"), ("cookie", &cookie)];
    assert_eq!(status(&both).await, 401);
    assert_eq!(status(&[("cookie", "session=other")]).await, 401);
    assert_eq!(status(&[]).await, 401);
}

#[tokio::test]
async fn section_1_the_firm_is_that_of_the_session_or_of_x_org_id() {
    let rent = DeepRent::start().await;
    let own = &rent.demo().credentials.deeprent_org;
    let foreign = &rent.foreign().credentials.deeprent_org;
    for (role, without) in [
        (Role::Owner, StatusCode::OK),
        (Role::Admin, StatusCode::BAD_REQUEST),
        (Role::Member, StatusCode::OK),
    ] {
        let bearer = format!("Bearer {}", rent.session(role));
        let signed = ("authorization", bearer.as_str());
        let status = async |headers: &[(&str, &str)]| rent.ask(WEBHOOKS, headers).await.status();
        assert_eq!(status(&[signed]).await, without, "{role:?}");
        assert_eq!(status(&[signed, ("x-org-id", own)]).await, 200, "{role:?}");
        for other in [foreign.as_str(), "org_nobody", ""] {
            let headers = [signed, ("x-org-id", other)];
            assert_eq!(status(&headers).await, 403, "{role:?} {other}");
        }
    }
}
