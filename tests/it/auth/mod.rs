//! Tokens of others: which are taken, which are not, and that no token means no data.

mod algorithm;
mod attack;
mod claim;
mod door;
mod published;
mod remembered;
mod server;
mod setting;
mod signer;

use chrono::DateTime;
use hausgraph::{
    auth::{issuer::Settings, token::Keys},
    clock::Clock,
};
use serde_json::{Value, json};

pub use self::{
    server::{KeyServer, Manner},
    signer::Signer,
};

/// Where the stopped clocks of these tests stand, in seconds since 1970.
const NOW: i64 = 1_790_000_000;

const ISSUER: &str = "https://login.example";

fn clock() -> Clock {
    Clock::stopped(DateTime::from_timestamp(NOW, 0).unwrap())
}

/// `base` with `changes` laid over it; null takes away.
fn changed(mut base: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    let fields = base.as_object_mut().unwrap();
    fields.extend(changes);
    fields.retain(|_, value| !value.is_null());
    base
}

/// The usual claims, changed.
fn claims(changes: Value) -> Value {
    let base = json!({
        "iss": ISSUER, "aud": "hausgraph", "sub": "ada", "org": "acme", "role": "member",
        "scopes": ["property:read"], "exp": NOW + 60,
    });
    changed(base, changes)
}

/// An issuer whose keys are published there.
pub fn publishing(url: &str) -> Settings {
    settings(json!({ "issuer": ISSUER, "audience": "hausgraph", "jwks_url": url }))
}

fn settings(written: Value) -> Settings {
    serde_json::from_value(written).unwrap()
}

/// A gateway's keys on a clock that stands still, and the issuer who has published one key.
struct World {
    clock: Clock,
    keys: Keys,
    server: KeyServer,
    signer: Signer,
}

impl World {
    async fn new() -> Self {
        let signer = Signer::es256("first");
        let server = KeyServer::start(&[&signer]).await;
        let clock = clock();
        let keys = Keys::new(&[publishing(&server.url)], clock.clone()).unwrap();
        Self {
            clock,
            keys,
            server,
            signer,
        }
    }
}
