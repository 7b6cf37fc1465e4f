//! Somebody whose tokens a gateway accepts, with the secret that the gateway knows.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hausgraph::auth::{Scope, Viewer, issuer::Settings};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// Signs with HS256, whatever it is told to.
pub struct Issuer(Settings);

impl Issuer {
    /// The first of these that signs with a secret.
    pub fn among(issuers: &[Settings]) -> Self {
        let found = issuers.iter().find(|issuer| issuer.secret.is_some());
        Self(found.expect("one has a secret").clone())
    }

    /// A token with these claims and no others.
    pub fn sign(&self, claims: &Value) -> String {
        let secret = self.0.secret.as_ref().expect("it was found by its secret");
        let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key)
            .expect("a secret signs anything")
    }

    /// A token that speaks for this viewer from `now` on.
    pub fn token(&self, viewer: &Viewer, now: DateTime<Utc>, lifetime: Duration) -> String {
        let scopes: Vec<&str> = viewer.scopes.iter().map(Scope::as_str).collect();
        self.sign(&json!({
            "iss": self.0.issuer,
            "aud": self.0.audience,
            "sub": viewer.subject,
            "org": viewer.organization,
            "role": viewer.role,
            "scopes": scopes,
            "nbf": now.timestamp(),
            "exp": (now + lifetime).timestamp(),
        }))
    }
}
