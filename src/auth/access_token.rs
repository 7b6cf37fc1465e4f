//! Gateway tokens: made by an administrator for one program, kept as a hash, taken back at once.
//!
//! The secret has 244 random bits, so a plain hash of it is enough to find it by and gives nothing
//! away. Who may make which token is for `tenant` to say.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Error, Scopes, Viewer, token::Grant};
use crate::{
    clock::Clock,
    store::{AccessToken, Recent, Store},
};

/// What every gateway token begins with.
pub const PREFIX: &str = "hg_";

/// What the subject of a gateway token begins with; no other token can have such a subject.
pub const SUBJECT_PREFIX: &str = "access-token:";

/// Whoever runs the gateway, in the audit log; no token can have this subject.
pub const OPERATOR: &str = "operator";

/// Of so many tokens it is known when their use was noted; that of others is noted again.
const NOTED: u64 = 10_000;

/// The use of a token is noted at most so often.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A new secret, and what is kept of it.
pub struct Secret {
    /// To be shown once.
    pub text: SecretString,
    /// To find it by.
    pub hash: [u8; 32],
    /// Its last four characters.
    pub hint: String,
}

impl Secret {
    /// Makes one from the system's randomness.
    pub fn generate() -> Self {
        // Two random UUIDs have 244 random bits between them; hashed, they are evenly spread.
        let seed = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(Sha256::digest(seed)));
        Self {
            hash: hash(&text),
            hint: text[text.len() - 4..].to_owned(),
            text: text.into(),
        }
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// A token, and whom it speaks for where it can.
struct Known {
    token: AccessToken,
    viewer: Option<Viewer>,
}

/// The gateway tokens of all organisations.
pub struct AccessTokens {
    store: Store,
    clock: Clock,
    recent: Recent<[u8; 32], Arc<Known>>,
    /// When the use of each was last noted from here.
    noted: Cache<Uuid, DateTime<Utc>>,
}

impl AccessTokens {
    /// Those of a store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            recent: Recent::new(clock.clone()),
            noted: Cache::new(NOTED),
            clock,
        }
    }

    /// What a secret opens.
    pub async fn grant(&self, secret: &str) -> Result<Grant, Error> {
        // What cannot be one costs no look-up.
        let random = secret.strip_prefix(PREFIX).ok_or(Error::Invalid)?;
        let decoded = URL_SAFE_NO_PAD.decode(random);
        if !decoded.is_ok_and(|bytes| bytes.len() == 32) {
            return Err(Error::Invalid);
        }
        self.find(hash(secret)).await
    }

    /// What a secret opens, by its hash; also asks whether it still does.
    pub(super) async fn find(&self, hash: [u8; 32]) -> Result<Grant, Error> {
        let read = async || {
            let found = self.store.find_access_token_by_hash(&hash).await?;
            Ok(found.map(|token| {
                let viewer = viewer(&token);
                Arc::new(Known { token, viewer })
            }))
        };
        let found = self.recent.find(&hash, read).await.map_err(|error| {
            tracing::error!(%error, "a gateway token cannot be looked up");
            Error::Unavailable
        })?;
        let found = found.filter(|found| found.token.revoked_at.is_none());
        let found = found.ok_or(Error::Invalid)?;
        let token = &found.token;
        let now = self.clock.now();
        if token.expires_at.is_some_and(|expires_at| expires_at <= now) {
            return Err(Error::Expired);
        }
        let viewer = found.viewer.clone().ok_or(Error::Invalid)?;
        self.note_use(token, now).await;
        Ok(Grant {
            viewer,
            expires_at: token.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC),
            access_token: Some(hash),
        })
    }

    /// That the use of a token cannot be noted is no reason to refuse it.
    async fn note_use(&self, token: &AccessToken, now: DateTime<Utc>) {
        let noted = self.noted.get(&token.id).await.or(token.last_used_at);
        if noted.is_some_and(|noted| now - noted < NOTED_EVERY) {
            return;
        }
        self.noted.insert(token.id, now).await;
        let organization = &token.organization;
        if let Err(error) = (self.store)
            .touch_access_token(organization, token.id, now)
            .await
        {
            tracing::warn!(%error, "the use of a gateway token cannot be noted");
        }
    }

    /// To be called after a token was made or taken back.
    pub fn changed(&self) {
        self.recent.forget();
    }
}

/// Whom a token speaks for; `None` when an older program wrote a role that is no more.
fn viewer(token: &AccessToken) -> Option<Viewer> {
    let role = token.role.parse().ok()?;
    let words = token.scopes.iter();
    let scopes: Scopes = words.filter_map(|word| word.parse().ok()).collect();
    let organization = token.organization.clone();
    Some(Viewer::new(subject(token.id), organization, role, scopes))
}

/// What a token is called where it acts: its id, since its name may be a person's.
pub fn subject(id: Uuid) -> String {
    format!("{SUBJECT_PREFIX}{id}")
}
