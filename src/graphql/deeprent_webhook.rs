//! deep.rent's webhooks, for administrators who have connected a session.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{
    Error, Nullable,
    deeprent_api_key::administration,
    error::nullable,
    mutation::{Left, Outcome, Removed, act, removed, run, shown, writer},
    webhook::{DeleteWebhookInput, DeleteWebhookPayload, callback},
};
use crate::{
    model::{DeepRentWebhook, DeepRentWebhookId, MutationError, RecordId, Url, all, requires},
    upstream::deeprent::{NewWebhook, WebhookChanges},
    write::Failure,
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
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
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
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
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
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let webhook = NewWebhook {
                url: callback(ctx, &input.url)?,
                event: input.event,
                name: input.name,
                is_active: input.is_active,
            };
            let writer = writer(ctx).await?;
            left(writer.create_deeprent_webhook(&webhook, this).await?)
        })
        .await?;
        standing(ctx, outcome).await
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
        let outcome = run(ctx, act, input.idempotency_key, async |_| {
            let url = input.url.map(|url| callback(ctx, &url)).transpose()?;
            let changes = WebhookChanges {
                event: input.event,
                url,
                name: input.name.into(),
                is_active: input.is_active,
            };
            let administration = administration(ctx).await?;
            let changed = administration.update_webhook(&id, &changes).await?;
            left(changed.ok_or_else(|| Failure::not_found(&["id"]))?)
        })
        .await?;
        standing(ctx, outcome).await
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
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let was_there = administration(ctx).await?.delete_webhook(&id).await?;
            removed(was_there, this)
        })
        .await?;
        Ok(DeleteWebhookPayload {
            deleted_id: outcome.done.map(|Removed {}| input.id),
            errors: outcome.errors,
        })
    }
}

/// A webhook that a mutation has left.
fn left(
    webhook: DeepRentWebhook,
) -> Result<(Left<DeepRentWebhook>, u32, Option<Failure>), Failure> {
    let left = Left {
        id: webhook.id.to_string(),
        record: Some(Arc::new(webhook)),
    };
    Ok((left, 1, None))
}

/// What making or changing a webhook came to, or how that stands now where it is told again.
async fn standing(
    ctx: &Context<'_>,
    outcome: Outcome<Left<DeepRentWebhook>>,
) -> Result<DeepRentWebhookPayload, Error> {
    let (webhook, errors) = shown(outcome, async |id| {
        // None is told alone.
        let all = administration(ctx).await?.list_webhooks().await?;
        Ok(all.into_iter().find(|one| one.id.to_string() == id))
    })
    .await?;
    Ok(DeepRentWebhookPayload { webhook, errors })
}
