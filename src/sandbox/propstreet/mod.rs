//! Propstreet as its contract describes it: projects and prospects, what is around them, webhooks.
//!
//! Each file is a topic: `auth` and `limit` stand before every route, `idempotency` before the
//! writes. `index` finds records in the world without scanning it, and `change` moves both together.
//! `page` and `query` read what a list is asked for; `input`, with `amount`, `reference` and
//! `precondition`, what is to be written. `record` writes what all kinds share, and the rest is one
//! file or folder per kind. Begin at [`router`].

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, RwLockReadGuard},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path as RawPath},
    http::request::Parts,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use self::{auth::Tokens, change::Desk, idempotency::Answers, problem::Problem};
use super::{Shared, world::World};

mod amount;
mod associated;
mod auth;
mod change;
mod churn;
mod idempotency;
mod index;
mod input;
mod limit;
mod network;
mod page;
mod place;
mod precondition;
mod problem;
mod project;
mod property;
mod prospect;
mod query;
mod record;
mod reference;
mod webhook;

pub(super) use churn::churn;
pub(super) use index::Index;
pub use prospect::BatchCodes;
pub use webhook::Webhooks;

/// Behaviour that the contract leaves open.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Life of a token from the exchange, in seconds; one bought before keeps its own.
    pub token_seconds: u32,
    /// Requests a minute with such a token.
    pub client_limit: u32,
    /// Requests a minute with a personal token.
    pub personal_limit: u32,
    /// Whether records write numbers as strings, which the vendor's schema allows too.
    pub numeric_strings: bool,
    /// Whether projects show `exclusivity` beside `mandate`, whose newer name it is.
    pub exclusivity: bool,
    /// Whether webhooks may go to plain http, so that a receiver on loopback can take them.
    pub allow_insecure_callbacks: bool,
    /// In which words a batch says why an item failed.
    pub batch_codes: BatchCodes,
    /// Ids of contacts that nobody may make a prospect.
    pub blocked_contacts: BTreeSet<String>,
    /// Ids of companies that nobody may make a prospect; their people may be.
    pub blocked_companies: BTreeSet<String>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            token_seconds: 3600,
            client_limit: 600,
            personal_limit: 60,
            numeric_strings: false,
            exclusivity: false,
            allow_insecure_callbacks: false,
            batch_codes: BatchCodes::Seed,
            blocked_contacts: BTreeSet::new(),
            blocked_companies: BTreeSet::new(),
        }
    }
}

/// The routes: the API below `/api/v1`, and beside it the token exchange.
pub fn router(shared: Arc<Shared>) -> Router {
    let server = Arc::new(Server {
        tokens: Mutex::new(Tokens::personal(&shared)),
        answers: Mutex::default(),
        shared,
    });
    // The last segment of a reference arrives encoded, so a slash in it does not end it.
    let projects = Router::new()
        .route("/projects", get(project::list).post(project::create))
        .route(
            "/projects/{id}",
            get(project::one)
                .patch(project::change)
                .delete(project::delete),
        )
        .route(
            "/projects/external/{namespace}/{reference}",
            get(project::by_reference),
        )
        .route("/projects/{id}/properties", get(project::properties))
        .route(
            "/projects/{id}/prospects",
            get(prospect::list).post(prospect::create),
        )
        .route(
            "/projects/{id}/prospects:batch",
            post(prospect::create_batch),
        )
        .route(
            "/projects/{id}/prospects/classify",
            post(prospect::classify),
        )
        .route(
            "/projects/{id}/prospects/{prospect}",
            get(prospect::one)
                .patch(prospect::change)
                .delete(prospect::delete),
        )
        .route(
            "/projects/{id}/prospects/{prospect}/remove",
            post(prospect::remove),
        )
        .route(
            "/projects/{id}/prospects/external/{namespace}/{reference}",
            get(prospect::by_reference),
        );
    let api = projects
        .route("/network/contacts", get(network::contacts))
        .route("/network/contacts/{id}", get(network::contact))
        .route(
            "/network/contacts/{id}/projects",
            get(associated::of_contact),
        )
        .route(
            "/network/contacts/external/{namespace}/{reference}",
            get(network::contact_by_reference),
        )
        .route("/network/companies", get(network::companies))
        .route("/network/companies/{id}", get(network::company))
        .route(
            "/network/companies/{id}/projects",
            get(associated::of_company),
        )
        .route("/network/links", get(network::links))
        .route("/properties", get(property::list))
        .route("/properties/{id}", get(property::one))
        .route("/webhooks", get(webhook::list).post(webhook::create))
        .route(
            "/webhooks/{id}",
            get(webhook::one)
                .patch(webhook::change)
                .delete(webhook::delete),
        )
        .route("/webhooks/{id}/deliveries", get(webhook::deliveries))
        .route("/webhooks/{id}/test", post(webhook::test))
        .route("/webhooks/{id}/replay", post(webhook::replay))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(server.clone(), idempotency::once))
        .layer(DefaultBodyLimit::max(input::LARGEST_BODY))
        .layer(from_fn_with_state(server.clone(), auth::admit));
    Router::new()
        .nest("/api/v1", api)
        .route("/openid/token", post(auth::exchange))
        .with_state(server)
}

/// The running simulation.
struct Server {
    shared: Arc<Shared>,
    tokens: Mutex<Tokens>,
    answers: Mutex<Answers>,
}

/// What one request sees of its tenant, for as long as it holds the world.
struct View<'a> {
    world: RwLockReadGuard<'a, World>,
    index: RwLockReadGuard<'a, Index>,
    switches: Switches,
}

impl Server {
    fn view(&self, tenant: usize) -> View<'_> {
        let firm = &self.shared.tenants[tenant];
        let world = firm.world();
        let index = Index::of(firm, &world).read();
        View {
            index: index.unwrap_or_else(PoisonError::into_inner),
            world,
            switches: self.shared.switches().propstreet.clone(),
        }
    }

    fn desk(&self, tenant: usize) -> Desk<'_> {
        let firm = &self.shared.tenants[tenant];
        Desk::of(&self.shared, firm, self.shared.clock.now())
    }
}

/// The decoded segments of a path; one that is no text at all leads nowhere.
struct Path<T>(T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = RawPath::from_request_parts(parts, state).await;
        let RawPath(segments) = path.map_err(|_| Problem::not_found())?;
        Ok(Self(segments))
    }
}

/// An id as Propstreet writes it: digits, without sign or leading zero.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
