//! The configuration of a gateway over the sandbox: what `hausgraph demo` and the tests run with.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Config, LogFormat, Organization, default_listen};
use crate::sandbox::tenant::{Access, TenantAccess};

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
        listen: default_listen(),
        playground: true,
        log: LogFormat::Text,
        issuers: vec![serde_json::from_value(issuer).expect("these are good settings")],
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

/// Made from the same values that a configuration file would hold.
fn organization(id: &str, name: &str, access: &TenantAccess) -> Organization {
    let written: Value = json!({
        "id": id,
        "name": name,
        "propstack": {
            "base_url": access.propstack.base_url,
            "api_keys": [access.propstack.api_key],
        },
        "deeprent": {
            "base_url": access.deeprent.base_url,
            "api_key": access.deeprent.api_key,
            "session_token": access.deeprent.session_token,
            "organization_id": access.deeprent.organization_id,
        },
        "propstreet": {
            "base_url": access.propstreet.base_url,
            "token_url": access.propstreet.token_url,
            "credentials": { "client": {
                "id": access.propstreet.client_id,
                "secret": access.propstreet.client_secret,
            } },
        },
    });
    serde_json::from_value(written).expect("the sandbox's addresses and keys are good settings")
}
