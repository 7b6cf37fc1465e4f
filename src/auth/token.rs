//! Bearer tokens: JSON Web Tokens of the configured issuers.
//!
//! What a token says of itself is believed only as far as it takes to find the key: `iss` chooses
//! among the issuers, `kid` among the issuer's keys, and `alg` must be what the key is for. All
//! else in the header is not even read.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use url::Url;

use super::{
    Error, Viewer,
    claim::Claims,
    issuer::{self, Settings},
    jwks::Jwks,
    key::Key,
};
use crate::clock::Clock;

/// An id longer than this names no key.
const KEY_ID_LIMIT: usize = 256;

/// What a good token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whom it speaks for.
    pub viewer: Viewer,
    /// From when on it is no longer accepted.
    pub expires_at: DateTime<Utc>,
    /// The hash of a gateway token, which can be taken back before.
    pub access_token: Option<[u8; 32]>,
}

/// Verifies tokens.
pub struct Keys {
    /// By their `iss`.
    issuers: HashMap<String, Issuer>,
    clock: Clock,
}

struct Issuer {
    settings: Settings,
    source: Source,
}

enum Source {
    Secret(Arc<Key>),
    Published(Jwks),
}

/// What is read of a token's header (RFC 7515, section 4).
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Names what must be understood; as we understand none of it, no such token can be accepted.
    #[serde(rename = "crit", default, deserialize_with = "refuse")]
    _crit: (),
}

fn refuse<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(D::Error::custom("not understood"))
}

/// The one claim that is looked at before the signature.
#[derive(Deserialize)]
struct Named {
    iss: String,
}

impl Keys {
    /// Fetches nothing yet.
    ///
    /// Errors: everything that is wrong with the settings, without secrets.
    pub fn new(issuers: &[Settings], clock: Clock) -> Result<Self, Vec<issuer::Problem>> {
        let problems = issuer::check(issuers);
        if !problems.is_empty() {
            return Err(problems);
        }
        let issuers = issuers.iter().map(|settings| {
            let issuer = Issuer::new(settings.clone(), &clock);
            (settings.issuer.clone(), issuer)
        });
        Ok(Self {
            issuers: issuers.collect(),
            clock,
        })
    }

    /// The viewer that `token` speaks for.
    pub async fn verify(&self, token: &str) -> Result<Viewer, Error> {
        self.grant(token).await.map(|grant| grant.viewer)
    }

    /// The same, and for how long. It may have to wait for an issuer's keys, for 5 s at most.
    pub async fn grant(&self, token: &str) -> Result<Grant, Error> {
        let (message, signature) = token.rsplit_once('.').ok_or(Error::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Error::Invalid)?;
        let header: Header = json(&decode(header)?)?;
        let payload = decode(payload)?;
        let named: Named = json(&payload)?;
        let issuer = self.issuers.get(&named.iss).ok_or(Error::Invalid)?;
        let key = issuer.find_key(header.kid.as_deref()).await?;
        if !key.has_signed(message, signature, &header.alg) {
            return Err(Error::Invalid);
        }
        let claims = Claims::parse(&payload).ok_or(Error::Invalid)?;
        issuer.read(&claims, self.clock.now())
    }
}

impl Issuer {
    /// From settings without a problem.
    fn new(settings: Settings, clock: &Clock) -> Self {
        let source = if let Some(secret) = &settings.secret {
            let secret = secret.expose_secret().as_bytes();
            let key = Key::from_secret(settings.secret_algorithm(), secret);
            Source::Secret(Arc::new(key))
        } else {
            let url = settings.jwks_url.as_deref().unwrap_or_default();
            let url = Url::parse(url).expect("it was checked to be an address");
            let refresh = Duration::from_secs(settings.refresh_seconds);
            let name = settings.issuer.clone();
            Source::Published(Jwks::new(name, url, refresh, clock.clone()))
        };
        Self { settings, source }
    }

    async fn find_key(&self, id: Option<&str>) -> Result<Arc<Key>, Error> {
        if id.is_some_and(|id| id.len() > KEY_ID_LIMIT) {
            return Err(Error::Invalid);
        }
        match &self.source {
            Source::Secret(key) => Ok(Arc::clone(key)),
            Source::Published(keys) => keys.find(id).await,
        }
    }

    /// What claims of this issuer give at this moment.
    fn read(&self, claims: &Claims, now: DateTime<Utc>) -> Result<Grant, Error> {
        let settings = &self.settings;
        if !claims.is_for(&settings.audience) {
            return Err(Error::Invalid);
        }
        let leeway = i64::try_from(settings.leeway_seconds).unwrap_or(i64::MAX);
        let now = now.timestamp();
        let end = claims.end().ok_or(Error::Invalid)?.saturating_add(leeway);
        let beginning = claims.beginning().ok_or(Error::Invalid)?;
        if now >= end {
            return Err(Error::Expired);
        }
        if beginning.is_some_and(|beginning| now < beginning.saturating_sub(leeway)) {
            return Err(Error::NotYetValid);
        }
        let viewer = claims.viewer(settings).ok_or(Error::Invalid)?;
        let own = settings.organizations.as_ref();
        if own.is_some_and(|own| !own.contains(&viewer.organization)) {
            return Err(Error::Invalid);
        }
        Ok(Grant {
            viewer,
            expires_at: DateTime::from_timestamp(end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC),
            access_token: None,
        })
    }
}

fn decode(segment: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| Error::Invalid)
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|_| Error::Invalid)
}
