//! Making gateway tokens and taking them back.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use super::{Act, Tenants};
use crate::{
    auth::{Role, Scopes, access_token, policy},
    model::AccessTokenId,
    store::{self, AccessToken},
};

/// A token to be made; that its maker may give all of this was asked before.
#[derive(Debug)]
pub struct NewToken {
    /// Of one id, one token is made.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// The role of its viewer.
    pub role: Role,
    /// What its viewer may do.
    pub scopes: Scopes,
    /// Until when it is good; until it is taken back when absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often it may be used; as often as any when absent.
    pub requests_per_minute: Option<u32>,
}

/// Why no such token is made, whoever asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Nothing to call it by, or a whole text.
    #[error("A name has 1 to 100 characters.")]
    Name,
    /// They would be of no effect.
    #[error("The role cannot have all of these scopes.")]
    Scopes,
    /// It would open nothing.
    #[error("This has passed already.")]
    Expired,
}

const LONGEST_NAME: usize = 100;

impl NewToken {
    /// Whether there can be such a token at all.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Invalid> {
        let letters = self.name.trim().chars().count();
        if !(1..=LONGEST_NAME).contains(&letters) || self.name.contains('\0') {
            return Err(Invalid::Name);
        }
        if !policy::ceiling(self.role).contains_all(self.scopes) {
            return Err(Invalid::Scopes);
        }
        if self.expires_at.is_some_and(|expires_at| expires_at <= now) {
            return Err(Invalid::Expired);
        }
        Ok(())
    }
}

impl Tenants {
    /// Makes a token; its secret is in this answer and nowhere else.
    ///
    /// Errors: those of the store, also where there is a token of this id.
    pub async fn create_token(
        &self,
        organization: &str,
        actor: &str,
        new: NewToken,
        act: Act,
    ) -> store::Result<(AccessToken, SecretString)> {
        let secret = access_token::Secret::generate();
        let token = AccessToken {
            id: new.id,
            organization: organization.to_owned(),
            name: new.name,
            hash: secret.hash,
            hint: secret.hint,
            role: new.role.to_string(),
            scopes: new.scopes.iter().map(|scope| scope.to_string()).collect(),
            requests_per_minute: new.requests_per_minute,
            created_by: actor.to_owned(),
            created_at: self.clock.now(),
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let entry = act
            .to(AccessTokenId::new(token.id.to_string()).to_string())
            .ended("OK");
        self.store.create_access_token(&token, &entry).await?;
        Ok((token, secret.text))
    }

    /// Takes a token back at once; `false` when there is none.
    pub async fn revoke_token(
        &self,
        organization: &str,
        id: Uuid,
        act: &Act,
    ) -> store::Result<bool> {
        let now = self.clock.now();
        let entry = act.ended("OK");
        let was_there = self
            .store
            .revoke_access_token(organization, id, now, &entry)
            .await?;
        self.access_tokens.changed();
        if !was_there {
            act.write(&self.store, "NOT_FOUND").await?;
        }
        Ok(was_there)
    }
}
