//! Gateway tokens for partners' programs, for administrators.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime as Instant, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Error, Nullable, RequestContext,
    connection::{self, cost},
    error::nullable,
    mutation::{Left, Removed, TOLD_AGAIN, act, administer, opened, shown, unstored},
};
use crate::{
    auth::{Role, Scope, Viewer, access_token, policy},
    model::{AccessTokenId, DateTime, ErrorCode, MutationError, RecordId, all, requires},
    store,
    tenant::token::{Invalid, NewToken},
    write::Failure,
};

/// A token that opens the gateway for one program.
pub struct AccessToken(store::AccessToken);

/// A token that opens the gateway for one program. Its secret was shown once, when it was made.
#[Object(directive = requires::apply(all("integration:admin")))]
impl AccessToken {
    /// Opaque; stable over the life of the token.
    async fn id(&self) -> AccessTokenId {
        AccessTokenId::new(self.0.id.to_string())
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The last four characters of the secret, to recognise it by.
    async fn hint(&self) -> &str {
        &self.0.hint
    }

    /// What its program may administer; null for a role that is no more, which opens nothing.
    async fn role(&self) -> Option<Role> {
        self.0.role.parse().ok()
    }

    /// What its program may read and write.
    async fn scopes(&self) -> Vec<Scope> {
        let words = self.0.scopes.iter();
        words.filter_map(|word| word.parse().ok()).collect()
    }

    /// How many requests a minute it is good for; as many as any when null. Kept here, not yet
    /// enforced.
    async fn requests_per_minute(&self) -> Option<u32> {
        self.0.requests_per_minute
    }

    /// The subject of the token that made it.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Until when it is good; until it is revoked when null.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// When it was used last, to the minute.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }
}

/// A token to be made.
#[derive(Debug, InputObject)]
pub struct CreateAccessTokenInput {
    /// What to call it: up to 100 characters.
    name: String,
    /// What its program may administer; not more than oneself.
    role: Role,
    /// What its program may read and write; nothing that one may not, nor the role.
    scopes: Vec<Scope>,
    /// Until when it is good; until it is revoked when left out.
    expires_at: Option<DateTime>,
    /// How many requests a minute it is good for; as many as any when left out.
    #[graphql(validator(minimum = 1))]
    requests_per_minute: Option<u32>,
    /// Repeated with the same key, the same is done once and told again, for a day, without the
    /// secret.
    idempotency_key: Option<String>,
}

/// What making a token came to.
#[derive(SimpleObject)]
pub struct CreateAccessTokenPayload {
    /// The token; null when none was made, or when it was revoked since.
    access_token: Option<AccessToken>,
    /// What its program sends as bearer token. It is shown in the first answer and never again,
    /// also not to a repetition.
    secret: Option<String>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// Which token to revoke.
#[derive(Debug, InputObject)]
pub struct RevokeAccessTokenInput {
    /// Its id.
    id: ID,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What revoking a token came to.
#[derive(Debug, SimpleObject)]
pub struct RevokeAccessTokenPayload {
    /// The token that opens nothing any more; null when there is none.
    revoked_id: Option<AccessTokenId>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// The root that lists gateway tokens.
#[derive(Default)]
pub struct AccessTokenQuery;

#[Object]
impl AccessTokenQuery {
    /// The gateway tokens that were not revoked, oldest first.
    #[graphql(complexity = "cost(connection::MOST, child_complexity)")]
    async fn access_tokens(&self, ctx: &Context<'_>) -> Nullable<Vec<AccessToken>> {
        nullable(async {
            let organization = &ctx.viewer().organization;
            let tokens = ctx
                .tenants()
                .store()
                .list_access_tokens(organization)
                .await?;
            Ok(Some(tokens.into_iter().map(AccessToken).collect()))
        })
        .await
    }
}

/// The mutations that make and revoke gateway tokens.
#[derive(Default)]
pub struct AccessTokenMutation;

#[Object]
impl AccessTokenMutation {
    /// Makes a token for a program. Its secret is in this answer and never shown again.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn create_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be good for.")] input: CreateAccessTokenInput,
    ) -> Result<CreateAccessTokenPayload, Error> {
        let act = act(ctx, "createAccessToken", None);
        let key = input.idempotency_key.clone();
        let outcome = administer(ctx, &act, key, async |this| {
            let (viewer, store) = (ctx.viewer(), ctx.tenants().store());
            let (organization, id) = (&viewer.organization, this.key("token"));
            if this.is_resumed {
                let made = store.find_access_token(organization, id).await;
                if let Some(token) = made.map_err(unstored)? {
                    let act = act
                        .clone()
                        .to(AccessTokenId::new(id.to_string()).to_string());
                    act.write(store, TOLD_AGAIN).await.map_err(unstored)?;
                    return Ok(left((token, None)));
                }
            }
            let tokens = store.list_access_tokens(organization).await;
            let tokens = tokens.map_err(unstored)?;
            let now = ctx.tenants().clock().now();
            let new = match check(&input, id, viewer, &tokens, now) {
                Ok(new) => new,
                Err((error, outcome)) => {
                    act.write(store, outcome).await.map_err(unstored)?;
                    return Err(error.into());
                }
            };
            let tenants = ctx.tenants();
            let made = tenants.create_token(organization, &viewer.subject, new, act.clone());
            let (token, secret) = made.await.map_err(unstored)?;
            Ok::<_, Failure>(left((token, Some(secret))))
        })
        .await?;
        let (made, errors) = shown(outcome, async |id| {
            let (organization, store) = (&ctx.viewer().organization, ctx.tenants().store());
            let id = id.parse().unwrap_or(Uuid::nil());
            let found = store.find_access_token(organization, id).await?;
            Ok(found.map(|token| (token, None)))
        })
        .await?;
        let (token, secret) = made.unzip();
        Ok(CreateAccessTokenPayload {
            access_token: token
                .filter(|token| token.revoked_at.is_none())
                .map(AccessToken),
            secret: secret.flatten().as_ref().map(opened),
            errors,
        })
    }

    /// Takes a token back at once.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn revoke_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeAccessTokenInput,
    ) -> Result<RevokeAccessTokenPayload, Error> {
        let id = AccessTokenId::decode(&input.id)?;
        let key = id.key().parse().unwrap_or(Uuid::nil());
        let act = act(
            ctx,
            "revokeAccessToken",
            Some(&AccessTokenId::new(key.to_string()).to_string()),
        );
        let outcome = administer(ctx, &act, input.idempotency_key, async |this| {
            let viewer = ctx.viewer();
            let (organization, store) = (&viewer.organization, ctx.tenants().store());
            let tokens = store.list_access_tokens(organization).await;
            let tokens = tokens.map_err(unstored)?;
            let role = tokens.iter().find(|token| token.id == key).map(role_of);
            if role
                .flatten()
                .is_some_and(|role| !policy::may_grant_role(viewer, role))
            {
                act.write(store, "NOT_PERMITTED").await.map_err(unstored)?;
                let message = "Nobody can revoke a token of a higher role than their own.";
                let error = MutationError::input(ErrorCode::NotPermitted, message, &["id"]);
                return Err(error.into());
            }
            let revoked = ctx.tenants().revoke_token(organization, key, &act).await;
            // Where it is gone, an earlier try has done it.
            if revoked.map_err(unstored)? || this.is_resumed {
                return Ok(Removed {});
            }
            let message = "There is no such token.";
            Err(MutationError::input(ErrorCode::NotFound, message, &["id"]).into())
        })
        .await?;
        Ok(RevokeAccessTokenPayload {
            revoked_id: outcome.done.map(|Removed {}| id),
            errors: outcome.errors,
        })
    }
}

/// A token that was made, and its secret where that is known: it is told once, and not kept.
type Made = (store::AccessToken, Option<SecretString>);

fn left(made: Made) -> Left<Made> {
    Left {
        id: made.0.id.to_string(),
        record: Some(Arc::new(made)),
    }
}

fn role_of(token: &store::AccessToken) -> Option<Role> {
    token.role.parse().ok()
}

/// So many tokens that were not revoked can one organisation have.
const MOST: usize = 500;

/// What is wrong with a token to be made, and how the audit log calls that.
fn check(
    input: &CreateAccessTokenInput,
    id: Uuid,
    viewer: &Viewer,
    tokens: &[store::AccessToken],
    now: Instant<Utc>,
) -> Result<NewToken, (MutationError, &'static str)> {
    let new = NewToken {
        id,
        name: input.name.trim().to_owned(),
        role: input.role,
        scopes: input.scopes.iter().copied().collect(),
        expires_at: input.expires_at.as_ref().map(|expires_at| expires_at.0),
        requests_per_minute: input.requests_per_minute,
    };
    new.check(now).map_err(|invalid| {
        let field = match invalid {
            Invalid::Name => "name",
            Invalid::Scopes => "scopes",
            Invalid::Expired => "expiresAt",
        };
        let error = MutationError::input(ErrorCode::Validation, invalid.to_string(), &[field]);
        (error, "VALIDATION")
    })?;
    let refuse = |message: &str, field| {
        let error = MutationError::input(ErrorCode::NotPermitted, message, &[field]);
        Err((error, "NOT_PERMITTED"))
    };
    if !policy::may_grant_role(viewer, new.role) {
        return refuse("Nobody can give a higher role than their own.", "role");
    }
    if !policy::permits(viewer, new.scopes) {
        return refuse("Nobody can give scopes that they do not have.", "scopes");
    }
    let maker = tokens
        .iter()
        .find(|token| access_token::subject(token.id) == viewer.subject);
    if let Some(end) = maker.and_then(|maker| maker.expires_at)
        && new.expires_at.is_none_or(|expires_at| expires_at > end)
    {
        return refuse("No token can outlive the one that makes it.", "expiresAt");
    }
    if tokens.len() >= MOST {
        return refuse(
            "There are too many tokens: revoke those that are not used.",
            "name",
        );
    }
    Ok(new)
}
