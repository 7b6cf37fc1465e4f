//! Composition root: builds from a configuration whatever lives as long as the process.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_graphql::{Response, ServerError};
use chrono::TimeDelta;

use crate::{
    auth::{Viewer, token},
    clock::Clock,
    config::{Config, Organization as Settings, Problems, Upstreams},
    edge::{self, Call, Execute, Readiness, guard},
    graphql::Graph,
    loader::Clients,
    model::{Organization, OrganizationId},
    upstream::{Scope, SettingsError, deeprent, propstack, propstreet},
};

/// Upstream calls end this long before the request does, so that what came in time is answered
/// together with what did not.
const MARGIN: Duration = Duration::from_secs(1);

/// The gateway, ready to serve.
pub struct App {
    graph: Graph,
    tenants: HashMap<String, Tenant>,
    keys: Arc<token::Keys>,
    clock: Clock,
    readiness: Readiness,
}

/// One organisation with its way to each system.
struct Tenant {
    organization: Arc<Organization>,
    clients: Clients,
}

impl Tenant {
    fn new(
        settings: &Settings,
        upstreams: &Upstreams,
        clock: &Clock,
    ) -> Result<Self, SettingsError> {
        let organization = Organization {
            id: OrganizationId::new(settings.id.clone()),
            name: settings.name.clone(),
        };
        let clients = Clients {
            propstack: (settings.propstack.as_ref())
                .and_then(|account| Some(upstreams.propstack(account, account.api_keys.clone()?)))
                .map(|settings| propstack::Client::new(settings, clock.clone()))
                .transpose()?,
            deeprent: (settings.deeprent.as_ref())
                .and_then(|account| Some(upstreams.deeprent(account.api_key.clone()?)))
                .map(|settings| deeprent::Client::new(settings, clock.clone()))
                .transpose()?,
            propstreet: (settings.propstreet.as_ref())
                .and_then(|account| Some(upstreams.propstreet(account.credentials.clone()?)))
                .map(|settings| propstreet::Client::new(settings, clock.clone()))
                .transpose()?,
        };
        Ok(Self {
            organization: Arc::new(organization),
            clients,
        })
    }
}

impl App {
    /// Builds everything; opens no connection yet.
    ///
    /// Errors: what of the configuration cannot work.
    pub fn new(config: &Config, clock: Clock) -> Result<Arc<Self>, Problems> {
        let mut problems = Vec::new();
        let mut tenants = HashMap::new();
        for settings in &config.organizations {
            match Tenant::new(settings, &config.upstreams, &clock) {
                Ok(tenant) => {
                    tenants.insert(settings.id.clone(), tenant);
                }
                Err(error) => problems.push(format!("organization {}: {error}", settings.id)),
            }
        }
        match token::Keys::new(&config.issuers, clock.clone()) {
            Ok(keys) if problems.is_empty() => Ok(Arc::new(Self {
                graph: Graph::default(),
                tenants,
                keys: Arc::new(keys),
                clock,
                readiness: Readiness::default(),
            })),
            Ok(_) => Err(Problems(problems)),
            Err(found) => {
                problems.extend(found.iter().map(ToString::to_string));
                Err(Problems(problems))
            }
        }
    }

    /// All routes; from now on `/health/ready` says yes.
    pub fn router(self: &Arc<Self>, playground: Option<edge::Playground>) -> axum::Router {
        let app = Arc::clone(self);
        self.readiness.set(true);
        edge::router(edge::Parts {
            execute: Execute::new(move |call| {
                let app = Arc::clone(&app);
                async move { app.execute(call).await }
            }),
            keys: Arc::clone(&self.keys),
            clock: self.clock.clone(),
            limits: guard::Limits::default(),
            readiness: self.readiness.clone(),
            playground,
        })
    }

    /// Takes no new requests on `/health/ready`; those under way go on.
    pub fn drain(&self) {
        self.readiness.set(false);
    }

    /// The clients of an organisation, for work outside of requests.
    pub fn clients(&self, organization: &str) -> Option<&Clients> {
        self.tenants.get(organization).map(|tenant| &tenant.clients)
    }

    async fn execute(&self, call: Call) -> Response {
        let Some(tenant) = self.tenants.get(&call.viewer.organization) else {
            return unknown_organization(&call.viewer);
        };
        let time = call.deadline.saturating_sub(MARGIN);
        let deadline = self.clock.now() + TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        let clients = tenant.clients.scoped(&Scope::until(deadline));
        let organization = Arc::clone(&tenant.organization);
        self.graph
            .execute(call.request, call.viewer, organization, clients)
            .await
    }
}

/// The token is good, but nobody here has heard of its organisation.
fn unknown_organization(viewer: &Viewer) -> Response {
    tracing::warn!(
        organization = viewer.organization,
        "a token names an unknown organisation"
    );
    let mut error = ServerError::new("This organisation is not served here.", None);
    error
        .extensions
        .get_or_insert_default()
        .set("code", "FORBIDDEN");
    Response::from_errors(vec![error])
}
