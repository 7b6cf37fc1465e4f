//! deep.rent's webhooks, for administrators who have connected a session.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{
    Error, Nullable,
    deeprent_api_key::administration,
    error::nullable,
    mutation::{self, act},
    webhook::{DeleteWebhookInput, DeleteWebhookPayload, callback},
};
use crate::{
    model::{DeepRentWebhook, DeepRentWebhookId, MutationError, RecordId, Url, all, requires},
    upstream::deeprent::{NewWebhook, WebhookChanges},
};

/// The roots that read webhooks.
#[derive(Default)]
pub struct DeepRentWebhookQuery;

#[Object]
impl DeepRentWebhookQuery {
    /// Whom deep.rent tells of what happens.
    async fn deep_rent_webhooks(&self, ctx: &Context<'_>) -> Nullable<Vec<DeepRentWebhook>> {
        nullable(async { Ok(Some(administration(ctx).await?.list_webhooks().await?)) }).await
    }

    /// The events that a webhook of deep.rent can be made for, such as `protocol.generated`.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn deep_rent_webhook_events(&self, ctx: &Context<'_>) -> Nullable<Vec<String>> {
        nullable(async {
            Ok(Some(
                administration(ctx).await?.list_webhook_events().await?,
            ))
        })
        .await
    }
}

/// A webhook to be made.
#[derive(Debug, InputObject)]
pub struct CreateDeepRentWebhookInput {
    /// One of `deepRentWebhookEvents`.
    event: String,
    /// Where to send it: public, and with TLS.
    url: Url,
    /// What to call it.
    name: Option<String>,
    /// Whether anything is sent.
    #[graphql(default = true)]
    is_active: bool,
}

/// What to change of a webhook; what is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateDeepRentWebhookInput {
    /// Which one.
    id: ID,
    /// One of `deepRentWebhookEvents`.
    event: Option<String>,
    /// Where to send it: public, and with TLS.
    url: Option<Url>,
    /// What to call it; null takes its name away.
    name: MaybeUndefined<String>,
    /// Whether anything is sent.
    is_active: Option<bool>,
}

/// What making or changing a webhook came to.
#[derive(Debug, SimpleObject)]
pub struct DeepRentWebhookPayload {
    /// As it is now; null when nothing was changed, or nobody knows.
    webhook: Option<DeepRentWebhook>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// The mutations that make, change and delete webhooks.
#[derive(Default)]
pub struct DeepRentWebhookMutation;

#[Object]
impl DeepRentWebhookMutation {
    /// Makes a webhook in deep.rent, which signs with a secret that it tells nobody here.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn create_deep_rent_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to send, and where.")] input: CreateDeepRentWebhookInput,
    ) -> Result<DeepRentWebhookPayload, Error> {
        let act = act(ctx, "createDeepRentWebhook", None);
        let work = async {
            let webhook = NewWebhook {
                url: callback(ctx, &input.url)?,
                event: input.event,
                name: input.name,
                is_active: input.is_active,
            };
            Ok(Some(
                administration(ctx).await?.create_webhook(&webhook).await?,
            ))
        };
        let (webhook, errors) = mutation::write(ctx, act, work).await?;
        Ok(DeepRentWebhookPayload { webhook, errors })
    }

    /// Changes a webhook in deep.rent.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn update_deep_rent_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what of it.")] input: UpdateDeepRentWebhookInput,
    ) -> Result<DeepRentWebhookPayload, Error> {
        let id = DeepRentWebhookId::decode(&input.id)?;
        let act = act(ctx, "updateDeepRentWebhook", Some(&id.to_string()));
        let work = async {
            let url = input.url.map(|url| callback(ctx, &url)).transpose()?;
            let changes = WebhookChanges {
                event: input.event,
                url,
                name: input.name.into(),
                is_active: input.is_active,
            };
            Ok(administration(ctx)
                .await?
                .update_webhook(&id, &changes)
                .await?)
        };
        let (webhook, errors) = mutation::write(ctx, act, work).await?;
        Ok(DeepRentWebhookPayload { webhook, errors })
    }

    /// Deletes a webhook in deep.rent.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn delete_deep_rent_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteWebhookInput,
    ) -> Result<DeleteWebhookPayload, Error> {
        let id = DeepRentWebhookId::decode(&input.id)?;
        let act = act(ctx, "deleteDeepRentWebhook", Some(&input.id));
        let work = async {
            let was_there = administration(ctx).await?.delete_webhook(&id).await?;
            Ok(was_there.then_some(input.id.clone()))
        };
        let (deleted_id, errors) = mutation::write(ctx, act, work).await?;
        Ok(DeleteWebhookPayload { deleted_id, errors })
    }
}
