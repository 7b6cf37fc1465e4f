//! Bearer tokens: JSON Web Tokens of the configured issuers.
//!
//! What a token says of itself is believed only as far as it takes to find the key: `iss` chooses
//! among the issuers, `kid` among the issuer's keys, and `alg` must be what the key is for. All
//! else in the header is not even read.
//!
//! A token that was found good is remembered by its hash. That saves reading it and checking its
//! signature, and nothing else: its key is looked for each time, as if it came for the first time,
//! and must still be that very key; and the time is compared.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use moka::sync::Cache;
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use sha2::{Digest, Sha256};
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

/// So many good tokens are remembered; others are verified each time, which is slow but right.
const REMEMBERED: u64 = 10_000;

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
    issuers: HashMap<String, Arc<Issuer>>,
    clock: Clock,
    /// By the hash of the whole text, so that the tokens themselves are not kept.
    verified: Cache<[u8; 32], Arc<Verified>>,
}

/// A token whose signature and claims were found good.
struct Verified {
    issuer: Arc<Issuer>,
    /// What it was signed with. While it is held here, no other key has its address.
    key: Arc<Key>,
    /// Whether it names that key, or relies on its being the only one.
    names_key: bool,
    span: Span,
    grant: Grant,
}

/// When a token is accepted, in seconds since 1970, with the issuer's leeway.
struct Span {
    begins_at: Option<i64>,
    ends_at: i64,
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
            (settings.issuer.clone(), Arc::new(issuer))
        });
        Ok(Self {
            issuers: issuers.collect(),
            clock,
            verified: Cache::new(REMEMBERED),
        })
    }

    /// The viewer that `token` speaks for.
    pub async fn verify(&self, token: &str) -> Result<Viewer, Error> {
        self.grant(token).await.map(|grant| grant.viewer)
    }

    /// The same, and for how long. It may have to wait for an issuer's keys, for 5 s at most.
    pub async fn grant(&self, token: &str) -> Result<Grant, Error> {
        let hash = Sha256::digest(token).into();
        if let Some(verified) = self.verified.get(&hash) {
            let Verified { issuer, key, .. } = &*verified;
            let current = issuer.find_key(verified.key_id()).await?;
            if Arc::ptr_eq(&current, key) {
                verified.span.check(self.clock.now())?;
                return Ok(verified.grant.clone());
            }
        }
        let verified = Arc::new(self.read(token).await?);
        self.verified.insert(hash, Arc::clone(&verified));
        Ok(verified.grant.clone())
    }

    /// Reads a token, which must be good at this moment, and checks its signature.
    async fn read(&self, token: &str) -> Result<Verified, Error> {
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
        let (grant, span) = issuer.read(&claims, self.clock.now())?;
        Ok(Verified {
            issuer: Arc::clone(issuer),
            key,
            names_key: header.kid.is_some(),
            span,
            grant,
        })
    }
}

impl Verified {
    fn key_id(&self) -> Option<&str> {
        self.key.id().filter(|_| self.names_key)
    }
}

impl Span {
    fn check(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let now = now.timestamp();
        if now >= self.ends_at {
            return Err(Error::Expired);
        }
        if self.begins_at.is_some_and(|begins_at| now < begins_at) {
            return Err(Error::NotYetValid);
        }
        Ok(())
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

    /// What claims of this issuer give at this moment, and when they do.
    fn read(&self, claims: &Claims, now: DateTime<Utc>) -> Result<(Grant, Span), Error> {
        let settings = &self.settings;
        if !claims.is_for(&settings.audience) {
            return Err(Error::Invalid);
        }
        let leeway = i64::try_from(settings.leeway_seconds).unwrap_or(i64::MAX);
        let end = claims.end().ok_or(Error::Invalid)?.saturating_add(leeway);
        let beginning = claims.beginning().ok_or(Error::Invalid)?;
        let span = Span {
            begins_at: beginning.map(|beginning| beginning.saturating_sub(leeway)),
            ends_at: end,
        };
        span.check(now)?;
        let viewer = claims.viewer(settings).ok_or(Error::Invalid)?;
        let own = settings.organizations.as_ref();
        if own.is_some_and(|own| !own.contains(&viewer.organization)) {
            return Err(Error::Invalid);
        }
        let grant = Grant {
            viewer,
            expires_at: DateTime::from_timestamp(end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC),
            access_token: None,
        };
        Ok((grant, span))
    }
}

fn decode(segment: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| Error::Invalid)
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|_| Error::Invalid)
}
