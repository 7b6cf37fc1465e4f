//! deep.rent's API keys, for administrators who have connected a session.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    Error, Nullable,
    error::nullable,
    mutation::{Left, Removed, act, opened, removed, run, shown, sources, writer},
};
use crate::{
    loader,
    model::{DeepRentApiKey, DeepRentApiKeyId, MutationError, RecordId, System, all, requires},
    upstream::deeprent::Administration,
    write::Failure,
};

/// The roots that read API keys.
#[derive(Default)]
pub struct DeepRentApiKeyQuery;

#[Object]
impl DeepRentApiKeyQuery {
    /// The API keys of the organisation in deep.rent, without what they open with. For a session of
    /// an owner.
    async fn deep_rent_api_keys(&self, ctx: &Context<'_>) -> Nullable<Vec<DeepRentApiKey>> {
        nullable(async {
            let keys = administration(ctx).await?.list_api_keys().await?;
            Ok(Some(keys))
        })
        .await
    }

    /// One API key; null when it does not exist.
    async fn deep_rent_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Nullable<DeepRentApiKey> {
        nullable(async {
            let id = DeepRentApiKeyId::decode(&id)?;
            Ok(administration(ctx).await?.find_api_key(&id).await?)
        })
        .await
    }
}

/// What manages deep.rent on behalf of this request.
pub(super) async fn administration(ctx: &Context<'_>) -> Result<Administration, loader::Error> {
    let administration = sources(ctx).await?.deeprent()?.administration();
    administration.ok_or(loader::Error::NoSession(System::DeepRent))
}

/// An API key to be made.
#[derive(Debug, InputObject)]
pub struct CreateDeepRentApiKeyInput {
    /// What to call it.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// Repeated with the same key, the same is done once and told again, for a day, without the
    /// secret.
    idempotency_key: Option<String>,
}

/// What making an API key came to.
#[derive(SimpleObject)]
pub struct CreateDeepRentApiKeyPayload {
    /// The key; null when none was made, or nobody knows.
    api_key: Option<DeepRentApiKey>,
    /// What it opens with. It is shown in the first answer and never again, also not to a
    /// repetition.
    secret: Option<String>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// Which API key to revoke.
#[derive(Debug, InputObject)]
pub struct RevokeDeepRentApiKeyInput {
    /// Its id.
    id: ID,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What revoking an API key came to.
#[derive(Debug, SimpleObject)]
pub struct RevokeDeepRentApiKeyPayload {
    /// The key that opens nothing any more.
    revoked_id: Option<DeepRentApiKeyId>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// The mutations that make and revoke API keys.
#[derive(Default)]
pub struct DeepRentApiKeyMutation;

#[Object]
impl DeepRentApiKeyMutation {
    /// Makes an API key in deep.rent. What it opens with is in this answer and never shown again.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn create_deep_rent_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to call it.")] input: CreateDeepRentApiKeyInput,
    ) -> Result<CreateDeepRentApiKeyPayload, Error> {
        let act = act(ctx, "createDeepRentApiKey", None);
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let writer = writer(ctx).await?;
            let description = input.description.as_deref();
            let made = writer.create_deeprent_api_key(&input.name, description, this);
            let (key, secret) = made.await?;
            let left = Left {
                id: key.id.to_string(),
                record: Some(Arc::new((key, Some(secret)))),
            };
            Ok::<_, Failure>((left, 1, None))
        })
        .await?;
        let (made, errors) = shown(outcome, async |id| {
            let id = DeepRentApiKeyId::decode(id)?;
            let found = administration(ctx).await?.find_api_key(&id).await?;
            Ok(found.map(|key| (key, None)))
        })
        .await?;
        let (api_key, secret) = made.unzip();
        Ok(CreateDeepRentApiKeyPayload {
            api_key,
            secret: secret.flatten().as_ref().map(opened),
            errors,
        })
    }

    /// Revokes an API key in deep.rent: it opens nothing any more.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn revoke_deep_rent_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeDeepRentApiKeyInput,
    ) -> Result<RevokeDeepRentApiKeyPayload, Error> {
        let id = DeepRentApiKeyId::decode(&input.id)?;
        let act = act(ctx, "revokeDeepRentApiKey", Some(&id.to_string()));
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let was_there = administration(ctx).await?.revoke_api_key(&id).await?;
            removed(was_there, this)
        })
        .await?;
        Ok(RevokeDeepRentApiKeyPayload {
            revoked_id: outcome.done.map(|Removed {}| id),
            errors: outcome.errors,
        })
    }
}
