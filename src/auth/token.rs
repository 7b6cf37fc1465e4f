//! Bearer tokens: JSON Web Tokens signed with a shared secret (HS256).
//!
//! The algorithm belongs to the key, never to the token's header. Times are held against
//! [`Clock`], so the library's own look at the system clock is switched off.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Error, Role, Viewer};
use crate::clock::Clock;

/// How far the issuer's clock may be from ours, for `exp` and `nbf`.
const LEEWAY: i64 = 30;

/// HS256 wants a key as long as its hash (RFC 7518, 3.2).
const SECRET_BYTES: usize = 32;

/// Whose tokens are accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Signs and verifies; at least 32 bytes.
    pub secret: SecretString,
    /// The `iss` that tokens must carry.
    pub issuer: String,
    /// The `aud` that tokens must name.
    pub audience: String,
}

/// The secret is shorter than the hash it keys.
#[derive(Debug, thiserror::Error)]
#[error("the token secret must have at least {SECRET_BYTES} bytes")]
pub struct WeakSecret;

/// What a good token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whom it speaks for.
    pub viewer: Viewer,
    /// From when on it is no longer accepted.
    pub expires_at: DateTime<Utc>,
}

/// Signs and verifies tokens.
pub struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    issuer: String,
    audience: String,
    clock: Clock,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    org: String,
    role: Role,
    /// Words that name no scope of ours are ignored: they grant nothing here.
    #[serde(default)]
    scopes: Vec<String>,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// What [`Keys::issue`] adds; `aud` may be a list in tokens of others, so it is not read back.
#[derive(Serialize)]
struct Issued<'a> {
    #[serde(flatten)]
    claims: Claims,
    aud: &'a str,
    iat: i64,
}

impl Keys {
    /// Fails on a secret that is too short to be one.
    pub fn new(config: &Config, clock: Clock) -> Result<Self, WeakSecret> {
        let secret = config.secret.expose_secret().as_bytes();
        if secret.len() < SECRET_BYTES {
            return Err(WeakSecret);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.validate_exp = false;
        Ok(Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            clock,
        })
    }

    /// The viewer that `token` speaks for.
    pub fn verify(&self, token: &str) -> Result<Viewer, Error> {
        self.grant(token).map(|grant| grant.viewer)
    }

    /// The same, and for how long.
    pub fn grant(&self, token: &str) -> Result<Grant, Error> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| Error::Invalid)?
            .claims;
        let now = self.clock.now().timestamp();
        let expires_at = claims.exp.saturating_add(LEEWAY);
        if now >= expires_at {
            return Err(Error::Expired);
        }
        if claims
            .nbf
            .is_some_and(|nbf| now < nbf.saturating_sub(LEEWAY))
        {
            return Err(Error::NotYetValid);
        }
        if claims.sub.is_empty() || claims.org.is_empty() {
            return Err(Error::Invalid);
        }
        let viewer = Viewer {
            subject: claims.sub,
            organization: claims.org,
            role: claims.role,
            scopes: claims
                .scopes
                .iter()
                .filter_map(|word| word.parse().ok())
                .collect(),
        };
        Ok(Grant {
            viewer,
            expires_at: DateTime::from_timestamp(expires_at, 0).unwrap_or(DateTime::<Utc>::MAX_UTC),
        })
    }

    /// A token that speaks for `viewer` from now on for `lifetime`.
    pub fn issue(&self, viewer: &Viewer, lifetime: Duration) -> SecretString {
        let now = self.clock.now().timestamp();
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let issued = Issued {
            claims: Claims {
                iss: self.issuer.clone(),
                sub: viewer.subject.clone(),
                org: viewer.organization.clone(),
                role: viewer.role,
                scopes: viewer
                    .scopes
                    .iter()
                    .map(|scope| scope.to_string())
                    .collect(),
                exp: now.saturating_add(lifetime),
                nbf: Some(now),
            },
            aud: &self.audience,
            iat: now,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &issued, &self.encoding)
            .expect("strings and integers always serialise, and the key is of the header's family")
            .into()
    }
}
