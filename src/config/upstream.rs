//! Where the three systems are and what we give for their answers, alike for all organisations.

use secrecy::SecretString;
use serde::Deserialize;

use super::{PropstackAccount, place::Place, problem::Found};
use crate::upstream::{
    BaseUrl, Reach, deeprent, propstack,
    propstreet::{self, Credentials},
    transport::Limits,
};

/// The longest time, in seconds, that anybody may be made to wait.
const HOUR: u64 = 3600;

/// The three systems, at their production addresses unless told otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Upstreams {
    /// Whether addresses may be private and without TLS, as those of a sandbox are.
    pub allow_private: bool,
    /// The CRM.
    pub propstack: Propstack,
    /// Handover protocols.
    pub deeprent: DeepRent,
    /// Investment projects.
    pub propstreet: Propstreet,
}

/// Where Propstack is.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Propstack {
    /// With the version.
    pub base_url: BaseUrl,
    /// For each organisation.
    pub limits: Limits,
}

/// Where deep.rent is.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeepRent {
    /// Without the surface.
    pub base_url: BaseUrl,
    /// For each organisation.
    pub limits: Limits,
}

/// Where Propstreet is.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Propstreet {
    /// With the version.
    pub base_url: BaseUrl,
    /// Where client credentials buy a token. That it has the same host is assumed.
    pub token_url: BaseUrl,
    /// For each organisation.
    pub limits: Limits,
}

impl Default for Propstack {
    fn default() -> Self {
        Self {
            base_url: fixed("https://api.propstack.de/v1"),
            limits: Limits::default(),
        }
    }
}

impl Default for DeepRent {
    fn default() -> Self {
        Self {
            base_url: fixed("https://api.deep.rent"),
            limits: Limits::default(),
        }
    }
}

impl Default for Propstreet {
    fn default() -> Self {
        Self {
            base_url: fixed("https://app.propstreet.com/api/v1"),
            token_url: fixed("https://app.propstreet.com/openid/token"),
            limits: Limits::default(),
        }
    }
}

fn fixed(address: &str) -> BaseUrl {
    address.parse().expect("an https address")
}

impl Upstreams {
    /// How far calls may go.
    pub fn reach(&self) -> Reach {
        if self.allow_private {
            Reach::Any
        } else {
            Reach::Public
        }
    }

    /// How a Propstack account is reached with these keys.
    pub fn propstack(
        &self,
        account: &PropstackAccount,
        api_keys: Vec<SecretString>,
    ) -> propstack::Settings {
        propstack::Settings {
            base_url: self.propstack.base_url.clone(),
            api_keys,
            currency: account.currency,
            inactive_status_ids: account.inactive_status_ids.clone(),
            limits: self.propstack.limits.clone(),
            reach: self.reach(),
        }
    }

    /// How a deep.rent account is reached with this key, and no session.
    pub fn deeprent(&self, api_key: SecretString) -> deeprent::Settings {
        deeprent::Settings {
            base_url: self.deeprent.base_url.clone(),
            api_key,
            session_token: None,
            organization_id: None,
            limits: self.deeprent.limits.clone(),
            reach: self.reach(),
        }
    }

    /// How a Propstreet account is reached with these credentials.
    pub fn propstreet(&self, credentials: Credentials) -> propstreet::Settings {
        propstreet::Settings {
            base_url: self.propstreet.base_url.clone(),
            token_url: self.propstreet.token_url.clone(),
            credentials,
            limits: self.propstreet.limits.clone(),
            reach: self.reach(),
        }
    }

    pub(super) fn check(&self, at: &Place, found: &mut Found) {
        let Self {
            allow_private: _,
            propstack,
            deeprent,
            propstreet,
        } = self;
        let mut check = |system: &str, addresses: &[(&str, &BaseUrl)], limits: &Limits| {
            let at = at.key(system);
            for (name, address) in addresses {
                if let Err(why) = address.check(self.reach()) {
                    found.add(at.key(name), why);
                }
            }
            let numbers = [
                (
                    "connect_timeout_seconds",
                    limits.connect_timeout.as_secs(),
                    HOUR,
                ),
                ("timeout_seconds", limits.timeout.as_secs(), HOUR),
                ("max_concurrent", limits.max_concurrent as u64, 1000),
            ];
            for (name, number, most) in numbers {
                if !(1..=most).contains(&number) {
                    let problem = format!("expected 1 to {most}");
                    found.add(at.key("limits").key(name), problem);
                }
            }
        };
        let base_url = "base_url";
        check(
            "propstack",
            &[(base_url, &propstack.base_url)],
            &propstack.limits,
        );
        check(
            "deeprent",
            &[(base_url, &deeprent.base_url)],
            &deeprent.limits,
        );
        let addresses = [
            (base_url, &propstreet.base_url),
            ("token_url", &propstreet.token_url),
        ];
        check("propstreet", &addresses, &propstreet.limits);
    }
}
