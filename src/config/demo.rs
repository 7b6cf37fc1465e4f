//! The configuration of a gateway over the sandbox: what `hausgraph demo` and the tests run with.

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::{
    Config, DeepRentAccount, Limits, LogFormat, Organization, PropstackAccount, PropstreetAccount,
    Upstreams, default_listen,
};
use crate::{
    cache,
    job::schedule,
    keyring::MasterKey,
    sandbox::tenant::{Access, TenantAccess},
    store,
    upstream::propstreet::Credentials,
};

/// The organisation whose data the sandbox holds.
pub const ORGANIZATION: &str = "demo";

/// A second organisation; its rows and the first one's must never mix.
pub const FOREIGN_ORGANIZATION: &str = "foreign";

/// Two organisations whose systems are the sandbox, and a token secret that nobody else knows.
pub fn over(access: &Access) -> Config {
    let issuer = json!({
        "issuer": "hausgraph-demo",
        "audience": "hausgraph",
        "secret": format!("{}{}", Uuid::new_v4(), Uuid::new_v4()),
    });
    Config {
        // Whoever explores finds everything in the index.
        imports: schedule::Settings {
            delta_seconds: 60,
            full_seconds: 86_400,
        },
        listen: default_listen(),
        playground: true,
        log: LogFormat::Text,
        issuers: vec![serde_json::from_value(issuer).expect("these are good settings")],
        create_organizations: false,
        store: store::Settings {
            url: "sqlite::memory:".into(),
        },
        master_keys: vec![master_key()],
        cache: cache::Settings::default(),
        upstreams: upstreams(&access.demo),
        limits: Limits::default(),
        organizations: vec![
            organization(
                ORGANIZATION,
                "Hansehaus Immobilien (simulated)",
                &access.demo,
            ),
            organization(
                FOREIGN_ORGANIZATION,
                "Fremde Firma (simulated)",
                &access.foreign,
            ),
        ],
    }
}

/// One that nobody else knows.
fn master_key() -> MasterKey {
    let bytes = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
    MasterKey {
        id: "demo".to_owned(),
        key: STANDARD.encode(bytes).into(),
    }
}

/// The simulated systems, which serve both organisations.
fn upstreams(access: &TenantAccess) -> Upstreams {
    let address = |text: &str| text.parse().expect("the sandbox is on loopback");
    let mut upstreams = Upstreams {
        allow_private: true,
        ..Upstreams::default()
    };
    upstreams.propstack.base_url = address(&access.propstack.base_url);
    upstreams.deeprent.base_url = address(&access.deeprent.base_url);
    upstreams.propstreet.base_url = address(&access.propstreet.base_url);
    upstreams.propstreet.token_url = address(&access.propstreet.token_url);
    upstreams
}

fn organization(id: &str, name: &str, access: &TenantAccess) -> Organization {
    let secret = |text: &String| SecretString::from(text.as_str());
    Organization {
        id: id.to_owned(),
        name: name.to_owned(),
        propstack: Some(PropstackAccount {
            api_keys: Some(vec![secret(&access.propstack.api_key)]),
            ..PropstackAccount::default()
        }),
        deeprent: Some(DeepRentAccount {
            api_key: Some(secret(&access.deeprent.api_key)),
            session_token: Some(secret(&access.deeprent.session_token)),
            organization_id: Some(access.deeprent.organization_id.clone()),
        }),
        propstreet: Some(PropstreetAccount {
            credentials: Some(Credentials::Client {
                id: access.propstreet.client_id.clone(),
                secret: secret(&access.propstreet.client_secret),
            }),
        }),
    }
}
