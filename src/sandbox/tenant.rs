//! The firms that the simulated systems serve, and the credentials that open each.
//!
//! There are always two: the demo firm, and a small foreign one whose rows must never be seen with
//! the first one's credentials. All secrets are made up and start with `sandbox-`.

use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Options, Shared,
    deeprent::{self, session::Session},
    propstack, propstreet,
    selection::Selections,
    world::{Plan, World},
};

/// One firm with its records in all three systems.
#[derive(Debug)]
pub struct Tenant {
    /// What opens this firm's records.
    pub credentials: Credentials,
    /// What it has set up in deep.rent.
    pub deeprent: deeprent::Account,
    /// Propstack: what the firm wants to be told.
    pub hooks: propstack::Hooks,
    /// Propstreet: what the firm wants to be told.
    pub webhooks: propstreet::Webhooks,
    /// How far walks through its lists have come.
    pub(super) selections: Selections,
    /// Propstreet: its look-ups.
    pub(super) propstreet_index: OnceLock<RwLock<propstreet::Index>>,
    world: RwLock<World>,
}

/// What opens one firm's records, system by system.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Propstack: a key with all rights.
    pub propstack_key: String,
    /// deep.rent: a key bound to `deeprent_org`, owned by `deeprent_user`; good until deleted.
    pub deeprent_key: String,
    /// deep.rent: members who are signed in, the owner first.
    pub deeprent_sessions: [Session; 3],
    /// deep.rent's id of the firm.
    pub deeprent_org: String,
    /// deep.rent's id of the member who made the key.
    pub deeprent_user: String,
    /// Propstreet: the client of the token exchange.
    pub propstreet_client_id: String,
    /// Propstreet: the secret of that client.
    pub propstreet_client_secret: String,
    /// Propstreet: a personal access token.
    pub propstreet_token: String,
}

impl Tenant {
    fn new(name: &str, world: World, today: DateTime<Utc>) -> Self {
        let deeprent_key = format!("sandbox-{name}-deeprent-key");
        Self {
            deeprent: deeprent::Account::new(deeprent_key.clone(), today),
            credentials: Credentials {
                propstack_key: format!("sandbox-{name}-propstack-key"),
                deeprent_key,
                deeprent_sessions: Session::seeded(name),
                deeprent_org: format!("org_{name}"),
                deeprent_user: format!("usr_{name}"),
                propstreet_client_id: format!("sandbox-{name}-client"),
                propstreet_client_secret: format!("sandbox-{name}-client-secret"),
                propstreet_token: format!("sandbox-{name}-personal-token"),
            },
            hooks: propstack::Hooks::default(),
            webhooks: propstreet::Webhooks::default(),
            selections: Selections::default(),
            propstreet_index: OnceLock::new(),
            world: RwLock::new(world),
        }
    }

    /// The firm's records.
    pub fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The firm's records, to be changed.
    pub fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        let world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        self.selections.clear();
        world
    }
}

/// Which of the two firms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Firm {
    /// The one whose credentials are handed out.
    #[default]
    Demo,
    /// The one that it must never see.
    Foreign,
}

/// Stands in the foreign firm's records where ids overlap, and nowhere in the demo firm's.
pub const FOREIGN_MARK: &str = "Fremdhaus";

/// The demo firm, and a foreign firm a tenth of its size, 40 units at most.
pub(super) fn both(options: &Options) -> Vec<Tenant> {
    let Options {
        units,
        contacts,
        hard_cases,
        seed,
        ..
    } = *options;
    let today = options.clock.now();
    let foreign_units = (units / 10).clamp(8, 40);
    let foreign = match options.overlapping_ids {
        // Ids follow from the lower half of a seed.
        true => World::generate(foreign_units, seed ^ (1 << 32), today).marked(FOREIGN_MARK),
        false => World::generate(foreign_units, seed.wrapping_add(1), today),
    };
    let plan = Plan {
        units,
        contacts,
        hard_cases,
    };
    vec![
        Tenant::new("demo", World::generate(plan, seed, today), today),
        Tenant::new("foreign", foreign, today),
    ]
}

/// Where the sandbox answers and what it asks for: the `sandbox` part of the demo's ready file.
#[derive(Debug, Clone, Serialize)]
pub struct Access {
    /// Origin of the control plane.
    pub control: String,
    /// The demo firm.
    #[serde(flatten)]
    pub demo: TenantAccess,
    /// The firm that the demo firm must never see.
    pub foreign: TenantAccess,
}

/// How one firm reaches its records.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TenantAccess {
    pub propstack: KeyAccess,
    pub deeprent: DeepRentAccess,
    pub propstreet: PropstreetAccess,
}

/// A system that asks for one key.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct KeyAccess {
    pub base_url: String,
    pub api_key: String,
}

/// A system that asks for a key, and for a session of the firm's owner to administer it.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DeepRentAccess {
    pub base_url: String,
    pub api_key: String,
    pub session_token: String,
    pub organization_id: String,
}

/// A system that asks for a token, or for client credentials that buy one.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PropstreetAccess {
    pub base_url: String,
    pub token_url: String,
    pub client_id: String,
    pub client_secret: String,
    pub access_token: String,
}

impl Access {
    pub(super) fn new(shared: &Shared, control: String) -> Self {
        let of = |tenant: &Tenant| {
            let (origins, credentials) = (&shared.origins, tenant.credentials.clone());
            let [owner, ..] = credentials.deeprent_sessions;
            TenantAccess {
                propstack: KeyAccess {
                    base_url: format!("{}/v1", origins.propstack),
                    api_key: credentials.propstack_key,
                },
                deeprent: DeepRentAccess {
                    base_url: origins.deeprent.clone(),
                    api_key: credentials.deeprent_key,
                    session_token: owner.token,
                    organization_id: credentials.deeprent_org,
                },
                propstreet: PropstreetAccess {
                    base_url: format!("{}/api/v1", origins.propstreet),
                    token_url: format!("{}/openid/token", origins.propstreet),
                    client_id: credentials.propstreet_client_id,
                    client_secret: credentials.propstreet_client_secret,
                    access_token: credentials.propstreet_token,
                },
            }
        };
        Self {
            control,
            demo: of(&shared.tenants[0]),
            foreign: of(&shared.tenants[1]),
        }
    }
}
