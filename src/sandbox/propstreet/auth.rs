//! Who asks: the token exchange, and the check that stands before every route of the API.
//!
//! Bought tokens end on the sandbox's clock, personal ones 30 days after its start.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{
    Server, Switches, View,
    change::Desk,
    limit::{Allowance, Usage},
    problem::Problem,
};
use crate::sandbox::{Shared, Tenant, courier::Receipt};

const PERSONAL_LIFE: TimeDelta = TimeDelta::days(30);
const LONGEST_ADDRESS: usize = 8000;
const FORM: &str = "application/x-www-form-urlencoded";

/// The tokens that were handed out.
pub(super) struct Tokens(HashMap<String, Token>);

struct Token {
    tenant: usize,
    is_personal: bool,
    ends: DateTime<Utc>,
    usage: Usage,
}

/// The tenant in whose name a request is made.
#[derive(Clone)]
pub(super) struct Caller {
    server: Arc<Server>,
    tenant: usize,
}

impl Caller {
    /// What the caller may see.
    pub(super) fn view(&self) -> View<'_> {
        self.server.view(self.tenant)
    }

    /// What the caller may change.
    pub(super) fn desk(&self) -> Desk<'_> {
        self.server.desk(self.tenant)
    }

    /// Whose name that is.
    pub(super) fn tenant(&self) -> &Tenant {
        &self.server.shared.tenants[self.tenant]
    }

    /// The same as a number.
    pub(super) fn tenant_number(&self) -> usize {
        self.tenant
    }

    /// How Propstreet behaves where its contract leaves it open.
    pub(super) fn switches(&self) -> Switches {
        self.server.shared.switches().propstreet.clone()
    }

    /// The sandbox's time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.server.shared.clock.now()
    }

    /// Posts to a receiver of the tenant's.
    pub(super) async fn deliver(&self, url: Url, headers: HeaderMap, body: String) -> Receipt {
        let shared = &self.server.shared;
        shared
            .courier
            .deliver(&shared.clock, url, headers, body)
            .await
    }
}

impl Tokens {
    /// The personal token of every tenant.
    pub(super) fn personal(shared: &Shared) -> Self {
        let ends = shared.clock.now() + PERSONAL_LIFE;
        let tokens = shared.tenants.iter().enumerate().map(|(tenant, firm)| {
            let token = Token {
                tenant,
                is_personal: true,
                ends,
                usage: Usage::default(),
            };
            (firm.credentials.propstreet_token.clone(), token)
        });
        Self(tokens.collect())
    }

    fn issue(&mut self, tenant: usize, now: DateTime<Utc>, life: TimeDelta) -> String {
        self.0.retain(|_, token| token.ends > now);
        let text = format!("sandbox-{}", Uuid::now_v7().simple());
        let token = Token {
            tenant,
            is_personal: false,
            ends: now + life,
            usage: Usage::default(),
        };
        self.0.insert(text.clone(), token);
        text
    }

    /// Whose token this is, with one request counted on it; none for an unknown or ended one.
    fn count(
        &mut self,
        text: &str,
        now: DateTime<Utc>,
        switches: &Switches,
    ) -> Option<(usize, Allowance)> {
        let token = self.0.get_mut(text).filter(|token| token.ends > now)?;
        let limit = match token.is_personal {
            true => switches.personal_limit,
            false => switches.client_limit,
        };
        Some((token.tenant, token.usage.count(limit, now)))
    }
}

/// `POST /openid/token`: sells a token for client credentials.
///
/// Errors: 400 and 401 in the words of RFC 6749 (that Propstreet keeps to them is assumed).
pub(super) async fn exchange(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (kind, _) = kind.split_once(';').unwrap_or((kind, ""));
    if !kind.trim().eq_ignore_ascii_case(FORM) {
        return refusal("invalid_request", "the body is to be a form");
    }
    let form: HashMap<_, _> = url::form_urlencoded::parse(&body).collect();
    let field = |name| form.get(name).map(AsRef::as_ref);

    match field("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return refusal("unsupported_grant_type", "only client_credentials"),
        None => return refusal("invalid_request", "grant_type is missing"),
    }
    let (Some(id), Some(secret)) = (field("client_id"), field("client_secret")) else {
        return refusal("invalid_request", "client_id or client_secret is missing");
    };
    let tenant = server.shared.tenants.iter().position(|firm| {
        let credentials = &firm.credentials;
        credentials.propstreet_client_id == id && credentials.propstreet_client_secret == secret
    });
    let Some(tenant) = tenant else {
        return refusal("invalid_client", "unknown client, or a wrong secret");
    };
    if field("scope") != Some("api:public") {
        return refusal("invalid_scope", "scope is to be api:public");
    }

    let seconds = server.shared.switches().propstreet.token_seconds;
    let life = TimeDelta::seconds(seconds.into());
    let mut tokens = server.tokens.lock().unwrap_or_else(PoisonError::into_inner);
    let token = tokens.issue(tenant, server.shared.clock.now(), life);
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn refusal(error: &str, description: &str) -> Response {
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}

/// Lets a request in that brings a living token with requests left, and tells it what is left.
pub(super) async fn admit(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response {
    let switches = server.shared.switches().propstreet.clone();
    let now = server.shared.clock.now();
    let counted = bearer(request.headers()).and_then(|token| {
        let mut tokens = server.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.count(token, now, &switches)
    });
    let Some((tenant, allowance)) = counted else {
        let mut response = Problem::unauthorized().into_response();
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Allowance::untouched(switches.client_limit).tell(headers);
        return response;
    };
    let mut response = if !allowance.is_granted {
        Problem::rate_limited().into_response()
    } else if address_length(&request) > LONGEST_ADDRESS {
        // The limit is the vendor's, the status is assumed.
        Problem::address_too_long().into_response()
    } else {
        request.extensions_mut().insert(Caller { server, tenant });
        next.run(request).await
    };
    allowance.tell(response.headers_mut());
    response
}

/// The token of `Authorization: Bearer <token>`; the scheme in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Characters of path and query, which is all of the address that a request holds.
fn address_length(request: &Request) -> usize {
    let address = request.uri().path_and_query();
    address.map_or(0, |address| address.as_str().len())
}
