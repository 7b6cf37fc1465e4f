//! The clients of one organisation, and what they have in common.

use super::{Scope, System, deeprent, propstack, propstreet};

/// The clients of one organisation; what it has not connected is `None`.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// The CRM.
    pub propstack: Option<propstack::Client>,
    /// Handover protocols.
    pub deeprent: Option<deeprent::Client>,
    /// Investment projects.
    pub propstreet: Option<propstreet::Client>,
}

impl Clients {
    /// The systems that are connected.
    pub fn systems(&self) -> impl Iterator<Item = System> {
        System::ALL.into_iter().filter(|system| match system {
            System::Propstack => self.propstack.is_some(),
            System::DeepRent => self.deeprent.is_some(),
            System::Propstreet => self.propstreet.is_some(),
        })
    }

    /// The same clients, on behalf of one request.
    pub fn scoped(&self, scope: &Scope) -> Self {
        fn scoped<C: Client>(client: Option<&C>, scope: &Scope) -> Option<C> {
            client.map(|client| client.scoped(scope.clone()))
        }
        Self {
            propstack: scoped(self.propstack.as_ref(), scope),
            deeprent: scoped(self.deeprent.as_ref(), scope),
            propstreet: scoped(self.propstreet.as_ref(), scope),
        }
    }
}

/// A client of one system.
pub trait Client: Clone + Send + Sync + 'static {
    /// The system.
    const SYSTEM: System;

    /// The one among those of an organisation.
    fn among(clients: &Clients) -> Option<&Self>;

    /// The same account, on behalf of `scope`.
    fn scoped(&self, scope: Scope) -> Self;
}

impl Client for propstack::Client {
    const SYSTEM: System = System::Propstack;

    fn among(clients: &Clients) -> Option<&Self> {
        clients.propstack.as_ref()
    }

    fn scoped(&self, scope: Scope) -> Self {
        self.scoped(scope)
    }
}

impl Client for deeprent::Client {
    const SYSTEM: System = System::DeepRent;

    fn among(clients: &Clients) -> Option<&Self> {
        clients.deeprent.as_ref()
    }

    fn scoped(&self, scope: Scope) -> Self {
        self.scoped(scope)
    }
}

impl Client for propstreet::Client {
    const SYSTEM: System = System::Propstreet;

    fn among(clients: &Clients) -> Option<&Self> {
        clients.propstreet.as_ref()
    }

    fn scoped(&self, scope: Scope) -> Self {
        self.scoped(scope)
    }
}
