//! deep.rent's API keys, for administrators who have connected a session.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use secrecy::ExposeSecret;

use super::{
    Error, Nullable,
    error::nullable,
    mutation::{self, act, sources},
};
use crate::{
    loader,
    model::{DeepRentApiKey, DeepRentApiKeyId, MutationError, RecordId, System, all, requires},
    upstream::deeprent::Administration,
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
}

/// What making an API key came to.
#[derive(SimpleObject)]
pub struct CreateDeepRentApiKeyPayload {
    /// The key; null when none was made, or nobody knows.
    api_key: Option<DeepRentApiKey>,
    /// What it opens with. It is shown in this answer and never again.
    secret: Option<String>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// Which API key to revoke.
#[derive(Debug, InputObject)]
pub struct RevokeDeepRentApiKeyInput {
    /// Its id.
    id: ID,
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
        let work = async {
            let administration = administration(ctx).await?;
            let description = input.description.as_deref();
            let made = administration
                .create_api_key(&input.name, description)
                .await?;
            Ok(Some(made))
        };
        let (made, errors) = mutation::write(ctx, act, work).await?;
        let (api_key, secret) = made.unzip();
        Ok(CreateDeepRentApiKeyPayload {
            api_key,
            secret: secret.map(|secret| secret.expose_secret().to_owned()),
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
        let work = async {
            let was_there = administration(ctx).await?.revoke_api_key(&id).await?;
            Ok(was_there.then(|| id.clone()))
        };
        let (revoked_id, errors) = mutation::write(ctx, act, work).await?;
        Ok(RevokeDeepRentApiKeyPayload { revoked_id, errors })
    }
}
