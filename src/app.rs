//! Composition root: builds from a configuration whatever lives as long as the process.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::{
    auth::{Authenticator, Viewer, access_token::AccessTokens, policy, token},
    cache::answer,
    clock::Clock,
    config::{Config, Problems},
    edge::{self, Call, Execute, Readiness, Reply, guard},
    graphql::{Graph, explain::Cost, written::Plans},
    job::Jobs,
    keyring::Keyring,
    store::{self, Store},
    tenant::{Act, Tenant, Tenants},
    upstream::Scope,
};

/// Upstream calls end this long before the request does, so that what came in time is answered
/// together with what did not.
const MARGIN: Duration = Duration::from_secs(1);

/// The gateway, ready to serve.
pub struct App {
    graph: Graph,
    /// The organisations that are served.
    pub tenants: Arc<Tenants>,
    /// What works on their jobs, once it is run.
    pub jobs: Arc<Jobs>,
    authenticator: Arc<Authenticator>,
    clock: Clock,
    readiness: Readiness,
    may_create_organizations: bool,
    upload_bytes: usize,
}

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot work.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl App {
    /// Opens the store and builds everything else; no system is asked yet.
    pub async fn open(config: &Config, clock: Clock) -> Result<Arc<Self>, Error> {
        let keys = token::Keys::new(&config.issuers, clock.clone());
        let keyring = match config.master_keys.as_slice() {
            [] => Ok(None),
            keys => Keyring::new(keys.to_vec()).map(Some),
        };
        let (keys, keyring) = match (keys, keyring) {
            (Ok(keys), Ok(keyring)) => (keys, keyring),
            (keys, keyring) => {
                let of_keys = keys.err().into_iter().flatten();
                let of_keyring = keyring.err().into_iter().flatten();
                let problems = (of_keys.map(|problem| problem.to_string()))
                    .chain(of_keyring.map(|problem| problem.to_string()))
                    .collect();
                return Err(Problems(problems).into());
            }
        };
        let store = Store::open(&config.store).await?;
        let access_tokens = Arc::new(AccessTokens::new(store.clone(), clock.clone()));
        let tenants = Tenants::open(
            store,
            keyring,
            config.upstreams.clone(),
            config.cache.clone(),
            &config.organizations,
            Arc::clone(&access_tokens),
            clock.clone(),
        )
        .await?;
        let tenants = Arc::new(tenants);
        Ok(Arc::new(Self {
            jobs: Jobs::new(
                Arc::clone(&tenants),
                config.limits.upload_bytes as u64,
                config.imports,
            ),
            graph: Graph::default().limited_to(
                config.limits.upstream_calls.into(),
                config.limits.upload_bytes as u64,
            ),
            tenants,
            authenticator: Arc::new(Authenticator::new(keys, access_tokens)),
            clock,
            readiness: Readiness::default(),
            may_create_organizations: config.create_organizations,
            upload_bytes: config.limits.upload_bytes,
        }))
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
            authenticator: Arc::clone(&self.authenticator),
            clock: self.clock.clone(),
            limits: guard::Limits::default(),
            upload_bytes: self.upload_bytes,
            readiness: self.readiness.clone(),
            playground,
        })
    }

    /// Takes no new requests on `/health/ready`; those under way go on.
    pub fn drain(&self) {
        self.readiness.set(false);
    }

    async fn execute(&self, call: Call) -> Result<Reply, edge::Error> {
        let found = self.tenant(&call.viewer).await.map_err(|error| {
            tracing::error!(%error, "the store failed a request");
            edge::Error::StoreUnavailable
        })?;
        let tenant = found.ok_or_else(|| {
            tracing::warn!("a token names an unknown organisation");
            edge::Error::UnknownOrganization
        })?;
        let max_age = call
            .max_age
            .filter(|_| policy::may_ask_for_fresh(&call.viewer));
        // What one answer took is not what the next one takes.
        let name = call.name.filter(|_| !call.explain);
        let name = name.map(|name| answer_name(name, &call.viewer));
        match (name, max_age) {
            (Some(name), None) => {
                if let Some(kept) = tenant.cache.find_answer(name) {
                    return Ok(Reply::Kept(edge::Kept {
                        body: kept.body,
                        fresh_for: kept.fresh_for,
                    }));
                }
            }
            // Whoever asks after one that wants something new must not be told something older.
            (Some(name), Some(_)) => tenant.cache.forget_answer(name),
            (None, _) => {}
        }
        let time = call.deadline.saturating_sub(MARGIN);
        let deadline = self.clock.now() + TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        let tenants = Arc::clone(&self.tenants);
        let reader = tenant.reader(Scope::until(deadline), max_age);
        let request = if call.is_sent_as_text {
            call.request.data(Plans::wanted())
        } else {
            call.request
        };
        let (graph, of_answer) = (&self.graph, reader.clone());
        let mut response = graph
            .execute(request, call.digest, call.viewer, tenant, tenants, reader)
            .await;
        if call.explain {
            Cost::of(&of_answer).explain(&mut response);
        }
        let fresh_for = of_answer.fresh_for();
        // An answer that tells where it came from is kept once it has come from here.
        let is_final = !call.tells_origin || !of_answer.has_called();
        let keep = name.filter(|_| is_final && fresh_for.is_some());
        let keep = keep
            .map(|name| -> edge::Keep { Box::new(move |body| of_answer.keep_answer(name, body)) });
        Ok(Reply::Executed {
            response: Box::new(response),
            fresh_for,
            keep,
        })
    }

    /// The viewer's organisation; made now where the configuration trusts its issuers to name new
    /// ones.
    async fn tenant(&self, viewer: &Viewer) -> store::Result<Option<Arc<Tenant>>> {
        let id = &viewer.organization;
        if !store::Organization::is_id(id) {
            return Ok(None);
        }
        let found = self.tenants.find(id).await?;
        if found.is_some() || !self.may_create_organizations {
            return Ok(found);
        }
        let act = Act::new(&self.clock, id, &viewer.subject, "createOrganization", None);
        Box::pin(self.tenants.create(id, id, &act)).await?;
        self.tenants.find(id).await
    }
}

/// What an answer is kept under: what was asked, and by whom as far as that makes a difference.
fn answer_name(asked: [u8; 32], viewer: &Viewer) -> answer::Name {
    let mut digest = Sha256::new();
    digest.update(asked);
    digest.update([viewer.role as u8]);
    digest.update(viewer.scopes.bits().to_le_bytes());
    answer::Name(digest.finalize().into())
}
