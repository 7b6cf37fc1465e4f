//! From credentials to clients.

use super::{
    Credentials, Tenants,
    credentials::{DeepRent, Propstack, Propstreet, Secret},
};
use crate::{
    config::PropstackAccount,
    model::System,
    upstream::{Clients, SettingsError, deeprent, propstack, propstreet},
};

impl Tenants {
    /// A client for credentials, among the other clients of its organisation.
    ///
    /// Errors: what of them no request can carry.
    pub(super) fn try_put_client(
        &self,
        clients: &mut Clients,
        organization: &str,
        credentials: &Credentials,
    ) -> Result<(), SettingsError> {
        let clock = self.clock.clone();
        match credentials {
            Credentials::Propstack(Propstack { api_keys, .. }) => {
                let usual = PropstackAccount::default();
                let account = self.accounts.get(organization);
                let account = account.and_then(|account| account.propstack.as_ref());
                let keys = api_keys.iter().map(Secret::open).collect();
                let settings = self.upstreams.propstack(account.unwrap_or(&usual), keys);
                clients.propstack = Some(propstack::Client::new(settings, clock)?);
            }
            Credentials::DeepRent(DeepRent {
                api_key,
                session_token,
                organization_id,
                ..
            }) => {
                let settings = deeprent::Settings {
                    session_token: session_token.as_ref().map(Secret::open),
                    organization_id: organization_id.clone(),
                    ..self.upstreams.deeprent(api_key.open())
                };
                clients.deeprent = Some(deeprent::Client::new(settings, clock)?);
            }
            Credentials::Propstreet(credentials) => {
                let credentials = match credentials {
                    Propstreet::Token(token) => propstreet::Credentials::Token(token.open()),
                    Propstreet::Client { id, secret } => propstreet::Credentials::Client {
                        id: id.clone(),
                        secret: secret.open(),
                    },
                };
                let settings = self.upstreams.propstreet(credentials);
                clients.propstreet = Some(propstreet::Client::new(settings, clock)?);
            }
        }
        Ok(())
    }

    /// The same; a system whose client cannot be built is not connected.
    pub(super) fn put_client(
        &self,
        clients: &mut Clients,
        organization: &str,
        credentials: &Credentials,
    ) {
        if let Err(error) = self.try_put_client(clients, organization, credentials) {
            tracing::error!(organization, %error, "credentials cannot be used");
        }
    }
}

impl Clients {
    /// Takes over the client of one system from others.
    pub(super) fn take(&mut self, system: System, others: &Self) {
        match system {
            System::Propstack => self.propstack.clone_from(&others.propstack),
            System::DeepRent => self.deeprent.clone_from(&others.deeprent),
            System::Propstreet => self.propstreet.clone_from(&others.propstreet),
        }
    }
}
