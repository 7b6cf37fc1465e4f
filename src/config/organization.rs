//! Firms, and their accounts with the three systems.
//!
//! An account may stand here without credentials: the gateway may have stored them itself.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::{place::Place, problem::Found};
use crate::{
    model::{CurrencyCode, System},
    store,
    upstream::{propstreet::Credentials, transport::is_sendable},
};

/// One firm and its accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The `org` of its tokens: up to 64 of `a-z`, `0-9` and `-`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its CRM.
    pub propstack: Option<PropstackAccount>,
    /// Its handover protocols.
    pub deeprent: Option<DeepRentAccount>,
    /// Its investment projects.
    pub propstreet: Option<PropstreetAccount>,
}

/// An account with Propstack.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PropstackAccount {
    /// An account may split its rights over several keys: each call uses one that has the right.
    pub api_keys: Option<Vec<SecretString>>,
    /// Propstack names no currency.
    #[serde(deserialize_with = "currency")]
    pub currency: CurrencyCode,
    /// Ids of the statuses that mean out of stock. Empty: any status called `Inaktiv`.
    pub inactive_status_ids: Vec<String>,
}

impl Default for PropstackAccount {
    fn default() -> Self {
        Self {
            api_keys: None,
            currency: CurrencyCode::EUR,
            inactive_status_ids: Vec::new(),
        }
    }
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CurrencyCode, D::Error> {
    let code = String::deserialize(deserializer)?;
    code.parse().map_err(serde::de::Error::custom)
}

/// An account with deep.rent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeepRentAccount {
    /// It opens the rows of one organisation.
    pub api_key: Option<SecretString>,
    /// Of a login, to manage keys and webhooks with.
    pub session_token: Option<SecretString>,
    /// Which organisation of deep.rent that login is used for.
    pub organization_id: Option<String>,
}

/// An account with Propstreet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PropstreetAccount {
    /// What opens it.
    pub credentials: Option<Credentials>,
}

impl Organization {
    /// The systems that it has credentials for here.
    pub fn systems(&self) -> impl Iterator<Item = System> {
        let propstack = self.propstack.as_ref();
        let deeprent = self.deeprent.as_ref();
        let propstreet = self.propstreet.as_ref();
        [
            (propstack.and_then(|of| of.api_keys.as_ref())).map(|_| System::Propstack),
            (deeprent.and_then(|of| of.api_key.as_ref())).map(|_| System::DeepRent),
            (propstreet.and_then(|of| of.credentials.as_ref())).map(|_| System::Propstreet),
        ]
        .into_iter()
        .flatten()
    }

    pub(super) fn check(&self, at: &Place, found: &mut Found) {
        if !store::Organization::is_id(&self.id) {
            found.add(at.key("id"), "expected 1 to 64 of a-z, 0-9 and -");
        }
        let mut check = |place: Place, key: &SecretString| {
            if !is_sendable(key) {
                found.add(place, "holds characters that no HTTP header can carry");
            }
        };
        if let Some(Credentials::Token(token)) =
            (self.propstreet.as_ref()).and_then(|of| of.credentials.as_ref())
        {
            check(at.key("propstreet").key("credentials").key("token"), token);
        }
        if let Some(key) = self.deeprent.as_ref().and_then(|of| of.api_key.as_ref()) {
            check(at.key("deeprent").key("api_key"), key);
        }
        if let Some(token) = (self.deeprent.as_ref()).and_then(|of| of.session_token.as_ref()) {
            check(at.key("deeprent").key("session_token"), token);
        }
        if let Some(keys) = self.propstack.as_ref().and_then(|of| of.api_keys.as_ref()) {
            let at = at.key("propstack").key("api_keys");
            for (index, key) in keys.iter().enumerate() {
                check(at.index(index), key);
            }
            if keys.is_empty() {
                found.add(at, "holds no key");
            }
        }
    }
}
