//! Making gateway tokens and taking them back.

use secrecy::SecretString;
use uuid::Uuid;

use super::{Act, Tenants};
use crate::{
    auth::{Role, Scopes, access_token},
    model::AccessTokenId,
    store::{self, AccessToken},
};

/// A token to be made; that its maker may give all of this was asked before.
#[derive(Debug)]
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// The role of its viewer.
    pub role: Role,
    /// What its viewer may do.
    pub scopes: Scopes,
    /// Until when it is good; until it is taken back when absent.
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    /// How often it may be used; as often as any when absent.
    pub requests_per_minute: Option<u32>,
}

impl Tenants {
    /// Makes a token; its secret is in this answer and nowhere else.
    pub async fn create_token(
        &self,
        organization: &str,
        actor: &str,
        new: NewToken,
        act: Act,
    ) -> store::Result<(AccessToken, SecretString)> {
        let secret = access_token::Secret::generate();
        let token = AccessToken {
            id: self.clock.new_id(),
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
