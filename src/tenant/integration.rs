//! Connecting systems: credentials are checked, then sealed and saved, and forgotten at once.

use super::{Act, Credentials, Tenant, Tenants, Unopened, context, credentials::DeepRent, lock};
use crate::{
    index,
    model::{DateTime, Integration, IntegrationStatus, RecordKind, System},
    store::{self, Check},
    upstream::{Clients, Error as Failure, Scope, SettingsError, propstack, propstreet},
};

/// Why a system was not connected, checked or disconnected.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The configuration connects it.
    #[error("{} is connected by the gateway's configuration, and is changed there.", .0.name())]
    Configured(System),
    /// Nothing could be sealed.
    #[error(
        "The gateway has no master key to keep credentials with: its operator has to configure one."
    )]
    NoMasterKey,
    /// There are no credentials.
    #[error("{} is not connected.", .0.name())]
    NotConnected(System),
    /// There are credentials, but they cannot be read any more.
    #[error("The saved credentials of {} cannot be opened: connect it again.", .0.name())]
    Unopened(System),
    /// Somebody else has connected or disconnected the system while these were tried.
    #[error("{} was connected or disconnected meanwhile: nothing was saved.", .0.name())]
    Overtaken(System),
    /// No request can carry them.
    #[error("{0}")]
    Unusable(SettingsError),
    /// The session opens nothing.
    #[error("deep.rent refuses the session token.")]
    NoSession,
    /// The session would act for somebody else than the key.
    #[error("The API key belongs to another organisation than organizationId names.")]
    OtherOrganization,
    /// The system accepts them for nothing.
    #[error("{} refuses these credentials.", .0.name())]
    NoRight(System),
    /// The system refuses them, or does not answer.
    #[error(transparent)]
    Failed(Failure),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Refusal {
    /// For the audit log.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Configured(_) | Self::NoMasterKey => "NOT_PERMITTED",
            Self::NotConnected(_) => "NOT_FOUND",
            Self::Overtaken(_) => "CONFLICT",
            Self::Unopened(_) | Self::Unusable(_) | Self::OtherOrganization => "VALIDATION",
            Self::NoRight(_) | Self::NoSession => "UPSTREAM_REJECTED",
            Self::Failed(failure) if is_answer(failure) => "UPSTREAM_REJECTED",
            Self::Failed(_) => "UPSTREAM_UNAVAILABLE",
            Self::Store(_) => "INTERNAL",
        }
    }
}

impl Tenants {
    /// How each system is connected.
    pub async fn list_integrations(&self, organization: &str) -> store::Result<Vec<Integration>> {
        let stored = self.store.list_integrations(organization).await?;
        let systems = System::ALL.into_iter();
        Ok(systems
            .map(|system| {
                let row = stored.iter().find(|row| row.system == system);
                self.describe(organization, system, row)
            })
            .collect())
    }

    fn describe(
        &self,
        organization: &str,
        system: System,
        stored: Option<&store::Integration>,
    ) -> Integration {
        if let Some(configured) = self.configured(organization, system) {
            let key = (organization.to_owned(), system);
            let check = lock(&self.checks).get(&key).cloned();
            let hint = Some(configured.hint());
            return shown(system, true, hint, check);
        }
        let Some(stored) = stored else {
            return Integration {
                status: IntegrationStatus::NotConnected,
                ..shown(system, false, None, None)
            };
        };
        let check = Check {
            status: stored.status,
            permissions: stored.permissions.clone(),
            problem: stored.problem.clone(),
            at: stored.checked_at.unwrap_or(stored.connected_at),
        };
        shown(system, false, stored.key_hint.clone(), Some(check))
    }

    /// Checks credentials, and saves them when the system accepts them.
    pub async fn connect(
        &self,
        credentials: &Credentials,
        scope: &Scope,
        organization: &str,
        act: &Act,
    ) -> Result<Integration, Refusal> {
        let saved = self
            .try_connect(credentials, scope, organization, act)
            .await;
        self.told(saved, act).await
    }

    async fn try_connect(
        &self,
        credentials: &Credentials,
        scope: &Scope,
        organization: &str,
        act: &Act,
    ) -> Result<Integration, Refusal> {
        let system = credentials.system();
        if self.configured(organization, system).is_some() {
            return Err(Refusal::Configured(system));
        }
        let keyring = self.keyring.as_ref().ok_or(Refusal::NoMasterKey)?;
        let before = self.store.find_integration(organization, system).await?;
        let before = before.map(|stored| stored.version);
        let mut clients = Clients::default();
        self.try_put_client(&mut clients, organization, credentials)
            .map_err(Refusal::Unusable)?;
        let permissions = probe(&clients.scoped(scope), credentials).await?;
        let sealed = keyring.seal(&credentials.plaintext(), &context(organization, system));
        let now = self.clock.now();
        let integration = store::Integration {
            organization: organization.to_owned(),
            system,
            sealed: sealed.bytes,
            key_id: sealed.key_id,
            key_hint: Some(credentials.hint()),
            permissions,
            status: store::IntegrationStatus::Connected,
            checked_at: Some(now),
            problem: None,
            connected_at: now,
            version: 0,
        };
        let saved = self
            .store
            .save_integration(&integration, before, &act.ended("OK"))
            .await?;
        self.recent.forget();
        if saved.is_none() {
            return Err(Refusal::Overtaken(system));
        }
        if let Some(before) = before {
            self.forget_index(organization, system, before).await?;
        }
        Ok(self.describe(organization, system, Some(&integration)))
    }

    /// Asks the system whether it still accepts the credentials, and what they may do.
    pub async fn check(
        &self,
        tenant: &Tenant,
        system: System,
        scope: &Scope,
        act: &Act,
    ) -> Result<Integration, Refusal> {
        let checked = self.try_check(tenant, system, scope).await;
        if checked.is_ok() {
            act.write(&self.store, "OK").await?;
        }
        self.told(checked, act).await
    }

    async fn try_check(
        &self,
        tenant: &Tenant,
        system: System,
        scope: &Scope,
    ) -> Result<Integration, Refusal> {
        let organization = tenant.organization.id.key();
        let stored = self.store.find_integration(organization, system).await?;
        let configured = self.configured(organization, system);
        let credentials = match (&configured, &stored) {
            (Some(configured), _) => configured.clone(),
            (None, Some(stored)) => self.open_seal(stored).map_err(|why: Unopened| {
                tracing::error!(organization, system = system.name(), %why, "credentials do not open");
                Refusal::Unopened(system)
            })?,
            (None, None) => return Err(Refusal::NotConnected(system)),
        };
        // Not the tenant's: that may be of credentials that have been changed since.
        let mut clients = Clients::default();
        self.try_put_client(&mut clients, organization, &credentials)
            .map_err(Refusal::Unusable)?;
        let check = match probe(&clients.scoped(scope), &credentials).await {
            Ok(permissions) => Check {
                status: store::IntegrationStatus::Connected,
                permissions,
                problem: None,
                at: self.clock.now(),
            },
            Err(
                refusal @ (Refusal::NoRight(_)
                | Refusal::NoSession
                | Refusal::OtherOrganization
                | Refusal::Failed(_)),
            ) => Check {
                status: match &refusal {
                    Refusal::Failed(failure) if !is_answer(failure) => {
                        store::IntegrationStatus::Unreachable
                    }
                    _ => store::IntegrationStatus::Refused,
                },
                permissions: Vec::new(),
                problem: Some(refusal.to_string()),
                at: self.clock.now(),
            },
            Err(refusal) => return Err(refusal),
        };
        if configured.is_some() {
            let key = (organization.to_owned(), system);
            lock(&self.checks).insert(key, check);
        } else if let Some(stored) = &stored {
            self.store
                .record_check(organization, system, stored.version, &check)
                .await?;
        }
        let stored = self.store.find_integration(organization, system).await?;
        Ok(self.describe(organization, system, stored.as_ref()))
    }

    /// Forgets the credentials of a system.
    pub async fn disconnect(
        &self,
        organization: &str,
        system: System,
        act: &Act,
    ) -> Result<Integration, Refusal> {
        let done = self.try_disconnect(organization, system, act).await;
        self.told(done, act).await
    }

    async fn try_disconnect(
        &self,
        organization: &str,
        system: System,
        act: &Act,
    ) -> Result<Integration, Refusal> {
        if self.configured(organization, system).is_some() {
            return Err(Refusal::Configured(system));
        }
        let entry = act.ended("OK");
        let before = self.store.find_integration(organization, system).await?;
        let was_there = self
            .store
            .delete_integration(organization, system, &entry)
            .await?;
        self.recent.forget();
        if !was_there {
            return Err(Refusal::NotConnected(system));
        }
        if let Some(before) = before {
            self.forget_index(organization, system, before.version)
                .await?;
        }
        Ok(self.describe(organization, system, None))
    }

    /// What was read with credentials that are no longer there is not kept.
    async fn forget_index(
        &self,
        organization: &str,
        system: System,
        version: i64,
    ) -> store::Result<()> {
        let kinds = RecordKind::ALL.into_iter();
        let kinds: Vec<_> = kinds.filter(|kind| kind.system() == system).collect();
        self.store
            .clear_index(&index::place(organization, version), &kinds)
            .await
    }

    /// A refusal is audited too; what succeeded was written together with its change.
    async fn told<T>(&self, result: Result<T, Refusal>, act: &Act) -> Result<T, Refusal> {
        if let Err(refusal) = &result {
            act.write(&self.store, refusal.outcome()).await?;
        }
        result
    }
}

/// Whether the system answered, if not as it should.
pub fn is_answer(failure: &Failure) -> bool {
    match failure {
        Failure::Refused { .. }
        | Failure::Rejected { .. }
        | Failure::Redirected { .. }
        | Failure::TooLarge { .. }
        | Failure::Unreadable { .. } => true,
        Failure::Unreachable { .. }
        | Failure::Unconnected { .. }
        | Failure::Suspended { .. }
        | Failure::TimedOut { .. }
        | Failure::Throttled { .. }
        | Failure::Failed { .. } => false,
    }
}

fn shown(
    system: System,
    is_configured: bool,
    key_hint: Option<String>,
    check: Option<Check>,
) -> Integration {
    let status = check
        .as_ref()
        .map_or(IntegrationStatus::Unchecked, |check| match check.status {
            store::IntegrationStatus::Connected => IntegrationStatus::Connected,
            store::IntegrationStatus::Refused => IntegrationStatus::Refused,
            store::IntegrationStatus::Unreachable => IntegrationStatus::Unreachable,
        });
    let (permissions, problem, checked_at) = check.map_or((Vec::new(), None, None), |check| {
        (check.permissions, check.problem, Some(DateTime(check.at)))
    });
    Integration {
        system,
        status,
        is_configured,
        checked_at,
        permissions,
        key_hint,
        problem,
    }
}

/// What credentials may do, as far as the gateway needs it, found out by trying.
///
/// Errors: [`Refusal::NoRight`] when the system accepts them for nothing, [`Refusal::Failed`] when it
/// does not answer.
async fn probe(clients: &Clients, credentials: &Credentials) -> Result<Vec<String>, Refusal> {
    let system = credentials.system();
    let not_connected = || Refusal::NotConnected(system);
    let words: Vec<&str> = match credentials {
        Credentials::Propstack(_) => {
            let client = clients.propstack.as_ref().ok_or_else(not_connected)?;
            let rights = client.probe_rights().await.map_err(Refusal::Failed)?;
            rights.into_iter().map(propstack::Resource::word).collect()
        }
        Credentials::DeepRent(DeepRent {
            organization_id, ..
        }) => {
            let client = clients.deeprent.as_ref().ok_or_else(not_connected)?;
            let found = client.find_organization_id().await;
            let found = found.map_err(Refusal::Failed)?;
            if organization_id.is_some() && found.is_some() && *organization_id != found {
                return Err(Refusal::OtherOrganization);
            }
            let mut rights = vec!["protocols:read"];
            if let Some(administration) = client.administration() {
                let more = administration.probe_rights().await;
                let more = more.map_err(Refusal::Failed)?;
                if more.is_empty() {
                    return Err(Refusal::NoSession);
                }
                rights.extend(more);
            }
            rights
        }
        Credentials::Propstreet(_) => {
            let client = clients.propstreet.as_ref().ok_or_else(not_connected)?;
            let rights = client.probe_rights().await.map_err(Refusal::Failed)?;
            rights.into_iter().map(propstreet::Resource::word).collect()
        }
    };
    if words.is_empty() {
        return Err(Refusal::NoRight(system));
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}
