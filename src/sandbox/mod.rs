//! The three upstream systems, played by us over real HTTP on loopback.
//!
//! Each server follows its contract to the letter, quirks included, over one seeded and linked
//! [`world`]. It shares no type with the clients in [`crate::upstream`], lest both repeat one
//! mistake. [`control`] is the plane by which tests and people inject [`fault`]s, read the
//! [`journal`] of requests and push the clock. Begin at [`start`].

use std::{
    io,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::watch};

use crate::clock::Clock;

pub mod churn;
pub mod control;
mod courier;
pub mod deeprent;
pub mod fault;
pub mod journal;
pub mod pdf;
pub mod propstack;
pub mod propstreet;
mod selection;
mod server;
pub mod tenant;
pub mod world;

pub use tenant::{Access, Firm, Tenant};

/// One of the simulated systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum System {
    Propstack,
    DeepRent,
    Propstreet,
}

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Units in the demo firm's stock; everything else grows with it.
    pub units: usize,
    /// Contacts that the demo firm knows; five for three units when absent.
    pub contacts: Option<usize>,
    /// Whether the demo firm holds what makes it hard to tell who is who.
    pub hard_cases: bool,
    /// Equal seeds give equal firms.
    pub seed: u64,
    /// The time of all three systems; delays and expiry follow it.
    pub clock: Clock,
    /// Whether the foreign firm's records carry the ids of the demo firm's, and in what people read
    /// of them the word [`tenant::FOREIGN_MARK`], by which a record in the wrong hands is known.
    pub overlapping_ids: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            units: 240,
            contacts: None,
            hard_cases: false,
            seed: 7,
            clock: Clock::system(),
            overlapping_ids: false,
        }
    }
}

/// The running servers; they stop when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    /// What the servers work on, for use without the control plane.
    pub shared: Arc<Shared>,
    /// Where the servers answer, and to whom.
    pub access: Access,
    /// The servers end when the sender is gone.
    _running: watch::Sender<()>,
}

/// What the simulated systems and the control plane have in common.
#[derive(Debug)]
pub struct Shared {
    /// The time of all three systems.
    pub clock: Clock,
    /// The demo firm, then a foreign firm that its credentials must never show.
    pub tenants: Vec<Tenant>,
    /// What goes wrong on purpose.
    pub faults: fault::Faults,
    /// What was asked.
    pub journal: journal::Journal,
    /// Where each system answers, for the links in its answers.
    pub origins: Origins,
    courier: courier::Courier,
    switches: RwLock<Switches>,
}

/// The scheme, host and port of each system, such as `http://127.0.0.1:40000`.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Origins {
    pub propstack: String,
    pub deeprent: String,
    pub propstreet: String,
}

/// Behaviour that the contracts leave open or mark as assumed, per system.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Switches {
    pub propstack: propstack::Switches,
    pub deeprent: deeprent::Switches,
    pub propstreet: propstreet::Switches,
}

impl Shared {
    /// One of the two firms.
    pub fn firm(&self, firm: Firm) -> &Tenant {
        match firm {
            Firm::Demo => &self.tenants[0],
            Firm::Foreign => &self.tenants[1],
        }
    }

    /// How the systems behave where their contracts leave it open.
    pub fn switches(&self) -> RwLockReadGuard<'_, Switches> {
        self.switches.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to be changed; the next request sees it.
    pub fn switches_mut(&self) -> RwLockWriteGuard<'_, Switches> {
        self.switches
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the three systems and the control plane, each on a free port of 127.0.0.1.
///
/// # Errors
///
/// Fails when no port can be had.
pub async fn start(options: Options) -> io::Result<Sandbox> {
    let (propstack, propstack_origin) = server::bind().await?;
    let (deeprent, deeprent_origin) = server::bind().await?;
    let (propstreet, propstreet_origin) = server::bind().await?;
    let (control, control_origin) = server::bind().await?;

    let shared = Arc::new(Shared {
        tenants: tenant::both(&options),
        clock: options.clock,
        faults: fault::Faults::default(),
        journal: journal::Journal::default(),
        origins: Origins {
            propstack: propstack_origin,
            deeprent: deeprent_origin,
            propstreet: propstreet_origin,
        },
        courier: courier::Courier::default(),
        switches: RwLock::default(),
    });
    let access = Access::new(&shared, control_origin);

    let (running, stopped) = watch::channel(());
    let serve = |listener: TcpListener, router| {
        tokio::spawn(server::serve(listener, router, stopped.clone()));
    };
    let system = |system, router| server::observed(router, system, shared.clone());
    serve(
        propstack,
        system(System::Propstack, propstack::router(shared.clone())),
    );
    serve(
        deeprent,
        system(System::DeepRent, deeprent::router(shared.clone())),
    );
    serve(
        propstreet,
        system(System::Propstreet, propstreet::router(shared.clone())),
    );
    serve(control, control::router(shared.clone()));

    Ok(Sandbox {
        shared,
        access,
        _running: running,
    })
}
