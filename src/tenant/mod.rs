//! The organisations that are served: who they are, and their ways to the three systems.
//!
//! [`Tenants`] reads them from the store and keeps their clients alive; `credentials` are what a
//! client is built from, [`integration`] connects, checks and disconnects, [`rotation`] seals
//! anew, [`token`] makes and takes back gateway tokens, `decision` keeps what people decided, [`act`] is how all of these are written into
//! the audit log. What a viewer may do was asked before; nothing here knows GraphQL.

pub mod act;
mod client;
mod credentials;
mod decision;
pub mod integration;
pub mod rotation;
pub mod token;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::ExposeSecret;
use tokio::sync::Notify;

use crate::{
    auth::access_token::AccessTokens,
    cache::{self, Cache, Reader},
    clock::Clock,
    config::{self, Upstreams},
    identity::decision::{Decision, Decisions},
    index::Index,
    keyring::{self, Keyring},
    model::{DateTime, Organization, OrganizationId, System},
    store::{self, Recent, Store},
    upstream::{Clients, Reach, Scope},
    write,
};

pub use act::Act;
pub use credentials::Credentials;

/// One organisation with its way to each system.
#[derive(Debug)]
pub struct Tenant {
    /// As the graph shows it.
    pub organization: Arc<Organization>,
    /// On nobody's behalf yet.
    pub clients: Clients,
    /// What was read with these clients.
    pub cache: Arc<Cache>,
    /// What those who write with these clients have in common.
    pub writes: Arc<write::Shared>,
    /// What was imported.
    pub index: Index,
    /// What people decided about which records are the same.
    pub decisions: Arc<Decisions>,
    /// Of the stored credentials that each client was built from.
    versions: BTreeMap<System, i64>,
}

impl Tenant {
    /// Reads for a request that begins now and accepts nothing older than `max_age`, where it says.
    pub fn reader(&self, scope: Scope, max_age: Option<Duration>) -> Reader {
        Reader::new(&self.cache, self.clients.clone(), scope, max_age)
    }
}

/// All organisations of a store, and what the configuration says of them.
pub struct Tenants {
    store: Store,
    /// Without one nothing can be sealed, so nothing is stored.
    keyring: Option<Keyring>,
    upstreams: Upstreams,
    cache: cache::Settings,
    accounts: HashMap<String, config::Organization>,
    clock: Clock,
    access_tokens: Arc<AccessTokens>,
    recent: Recent<String, Arc<Tenant>>,
    /// What clients know (tokens, links, which key has which right) outlives a reading of the store.
    built: Mutex<HashMap<String, Arc<Tenant>>>,
    /// Told when somebody here has made a job.
    created_job: Notify,
    /// What was last found out about credentials that stand in the configuration.
    checks: Mutex<HashMap<(String, System), store::Check>>,
}

impl Tenants {
    /// Those of a store; writes into it the organisations that the configuration names.
    pub async fn open(
        store: Store,
        keyring: Option<Keyring>,
        upstreams: Upstreams,
        cache: cache::Settings,
        accounts: &[config::Organization],
        access_tokens: Arc<AccessTokens>,
        clock: Clock,
    ) -> store::Result<Self> {
        for account in accounts {
            let organization = store::Organization {
                id: account.id.clone(),
                name: account.name.clone(),
                created_at: clock.now(),
            };
            store.put_organization(&organization).await?;
        }
        let accounts = accounts.iter();
        let accounts = accounts.map(|account| (account.id.clone(), account.clone()));
        Ok(Self {
            store,
            keyring,
            upstreams,
            cache,
            accounts: accounts.collect(),
            access_tokens,
            recent: Recent::new(clock.clone()),
            clock,
            built: Mutex::default(),
            created_job: Notify::new(),
            checks: Mutex::default(),
        })
    }

    /// The organisation of this id.
    pub async fn find(&self, id: &str) -> store::Result<Option<Arc<Tenant>>> {
        self.recent.find(id, || self.read(id)).await
    }

    async fn read(&self, id: &str) -> store::Result<Option<Arc<Tenant>>> {
        let Some(organization) = self.store.find_organization(id).await? else {
            return Ok(None);
        };
        let integrations = self.store.list_integrations(id).await?;
        let known = lock(&self.built)
            .get(id)
            .map(|known| Arc::clone(&known.decisions));
        let known = known.unwrap_or_default();
        let decisions = match self.store.list_decisions(id, known.version()).await? {
            None => known,
            Some(store::Decisions { version, all }) => {
                let all = all.into_iter().map(|decision| Decision {
                    anchor: decision.anchor,
                    other: decision.other,
                    is_same: decision.is_same,
                    at: DateTime(decision.at),
                });
                Arc::new(Decisions::new(version, all))
            }
        };
        Ok(Some(self.build(organization, &integrations, decisions)))
    }

    /// Makes a tenant of what the store says, with the clients that there are already.
    fn build(
        &self,
        organization: store::Organization,
        integrations: &[store::Integration],
        decisions: Arc<Decisions>,
    ) -> Arc<Tenant> {
        let mut built = lock(&self.built);
        let known = built.get(&organization.id);
        let versions: BTreeMap<_, _> = integrations
            .iter()
            .map(|integration| (integration.system, integration.version))
            .collect();
        if let Some(known) = known
            && known.versions == versions
            && known.organization.name == organization.name
            && known.decisions.version() >= decisions.version()
        {
            return Arc::clone(known);
        }
        // What other credentials could read is not what these can.
        let (cache, writes) = match known.filter(|known| known.versions == versions) {
            Some(known) => {
                // Answers may show links that were decided anew.
                known.cache.purge([cache::Tag::decisions()]);
                (Arc::clone(&known.cache), Arc::clone(&known.writes))
            }
            None => (
                Cache::new(self.cache.clone(), self.clock.clone()),
                Arc::default(),
            ),
        };
        let mut clients = Clients::default();
        for system in System::ALL {
            let is_as_before =
                |known: &&Arc<Tenant>| known.versions.get(&system) == versions.get(&system);
            match known.filter(is_as_before) {
                Some(known) => clients.take(system, &known.clients),
                None => {
                    let stored = integrations.iter().find(|row| row.system == system);
                    if let Some(credentials) = self.credentials(&organization.id, system, stored) {
                        self.put_client(&mut clients, &organization.id, &credentials);
                    }
                }
            }
        }
        let tenant = Arc::new(Tenant {
            organization: Arc::new(Organization {
                id: OrganizationId::new(organization.id.clone()),
                name: organization.name,
            }),
            clients,
            cache,
            writes,
            index: Index::new(self.store.clone(), &organization.id, versions.clone()),
            decisions,
            versions,
        });
        built.insert(organization.id, Arc::clone(&tenant));
        tenant
    }

    /// Those of the configuration, else those that were stored.
    fn credentials(
        &self,
        organization: &str,
        system: System,
        stored: Option<&store::Integration>,
    ) -> Option<Credentials> {
        if let Some(configured) = self.configured(organization, system) {
            return Some(configured);
        }
        let opened = self.open_seal(stored?);
        opened
            .inspect_err(|why| {
                tracing::error!(organization, system = system.name(), %why, "credentials do not open");
            })
            .ok()
    }

    fn configured(&self, organization: &str, system: System) -> Option<Credentials> {
        Credentials::configured(self.accounts.get(organization)?, system)
    }

    fn open_seal(&self, stored: &store::Integration) -> Result<Credentials, Unopened> {
        let keyring = self.keyring.as_ref().ok_or(Unopened::NoKeys)?;
        let context = context(&stored.organization, stored.system);
        let plaintext = keyring.open(&stored.sealed, &context)?;
        Credentials::read(plaintext.expose_secret())
            .filter(|credentials| credentials.system() == stored.system)
            .ok_or(Unopened::Unreadable)
    }

    /// Adds an organisation; `false` when its id is taken.
    pub async fn create(&self, id: &str, name: &str, act: &Act) -> store::Result<bool> {
        let organization = store::Organization {
            id: id.to_owned(),
            name: name.to_owned(),
            created_at: self.clock.now(),
        };
        let entry = act.ended("OK");
        self.store.create_organization(&organization, &entry).await
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How far calls may go, ours and those that a system is told to make.
    pub fn reach(&self) -> Reach {
        self.upstreams.reach()
    }

    /// Told when somebody here has made a job: one waits for it, whoever works on jobs.
    pub fn created_job(&self) -> &Notify {
        &self.created_job
    }

    /// The store itself, for what has no rules of its own.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Why stored credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    /// Nothing can be opened.
    #[error("no master key is configured")]
    NoKeys,
    /// The seal does not open.
    #[error(transparent)]
    Seal(#[from] keyring::Error),
    /// There is something else in them.
    #[error("another version of this program wrote them")]
    Unreadable,
}

/// What the seal around credentials is bound to.
pub fn context(organization: &str, system: System) -> keyring::Context<'_> {
    keyring::Context {
        organization,
        system,
        field: "credentials",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What it guards is replaced whole, so a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
