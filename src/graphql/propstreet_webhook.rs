//! Propstreet's webhooks, for administrators.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use secrecy::ExposeSecret;

use super::{
    Error, Nullable, RequestContext,
    error::nullable,
    mutation::{self, act, sources},
    webhook::{DeleteWebhookInput, DeleteWebhookPayload, callback},
};
use crate::{
    model::{
        DateTime, MutationError, PropstreetWebhook, PropstreetWebhookId, RecordId, Url, all,
        requires,
    },
    upstream::propstreet::{NewWebhook, WebhookChanges},
};

/// The root that lists webhooks.
#[derive(Default)]
pub struct PropstreetWebhookQuery;

#[Object]
impl PropstreetWebhookQuery {
    /// Whom Propstreet tells of what changes.
    async fn propstreet_webhooks(&self, ctx: &Context<'_>) -> Nullable<Vec<PropstreetWebhook>> {
        nullable(async { Ok(Some(ctx.sources().propstreet()?.list_webhooks().await?)) }).await
    }
}

/// A webhook to be made.
#[derive(Debug, InputObject)]
pub struct CreatePropstreetWebhookInput {
    /// Where to send events: public, and with TLS.
    url: Url,
    /// Which, in Propstreet's words: `project.updated`; at least one.
    events: Vec<String>,
    /// What to call it.
    name: Option<String>,
    /// Only events of records that have a name in this namespace; of all when left out.
    external_reference_namespace: Option<String>,
}

/// What to change of a webhook; what is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdatePropstreetWebhookInput {
    /// Which one.
    id: ID,
    /// Where to send events: public, and with TLS.
    url: Option<Url>,
    /// Which, in Propstreet's words; at least one.
    events: Option<Vec<String>>,
    /// What to call it; null takes its name away.
    name: MaybeUndefined<String>,
    /// Whether anything is sent.
    is_active: Option<bool>,
    /// Only events of records that have a name in this namespace; null for all of them.
    external_reference_namespace: MaybeUndefined<String>,
}

/// Which webhook to try.
#[derive(Debug, InputObject)]
pub struct TestPropstreetWebhookInput {
    /// Its id.
    id: ID,
    /// Which event to send; Propstreet chooses one when left out.
    event_type: Option<String>,
}

/// What to send again.
#[derive(Debug, InputObject)]
pub struct ReplayPropstreetWebhookInput {
    /// Of which webhook.
    id: ID,
    /// What failed from then on, a hundred at most.
    since: DateTime,
}

/// What making or changing a webhook came to.
#[derive(SimpleObject)]
pub struct PropstreetWebhookPayload {
    /// As it is now; null when nothing was changed, or nobody knows.
    webhook: Option<PropstreetWebhook>,
    /// What a new webhook signs with. It is shown in this answer and never again.
    secret: Option<String>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// What came of a test delivery.
#[derive(Debug, Default, SimpleObject)]
pub struct TestPropstreetWebhookPayload {
    /// Whether the receiver took it; null when it was not sent, or nobody knows.
    is_success: Option<bool>,
    /// What the receiver answered, as an HTTP status.
    status_code: Option<u16>,
    /// How long it took, in milliseconds.
    duration_ms: Option<u32>,
    /// Why it failed, in Propstreet's words.
    error: Option<String>,
    /// Why there was no test.
    errors: Vec<MutationError>,
}

/// What sending again came to.
#[derive(Debug, SimpleObject)]
pub struct ReplayPropstreetWebhookPayload {
    /// How many deliveries go out again; null when none does, or nobody knows.
    replayed_count: Option<u32>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// The mutations that make, change, try and delete webhooks.
#[derive(Default)]
pub struct PropstreetWebhookMutation;

#[Object]
impl PropstreetWebhookMutation {
    /// Makes a webhook in Propstreet. What it signs with is in this answer and never shown again.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn create_propstreet_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to send, and where.")] input: CreatePropstreetWebhookInput,
    ) -> Result<PropstreetWebhookPayload, Error> {
        let act = act(ctx, "createPropstreetWebhook", None);
        let work = async {
            let webhook = NewWebhook {
                url: callback(ctx, &input.url)?.0,
                events: input.events,
                name: input.name,
                external_reference_namespace: input.external_reference_namespace,
            };
            let sources = sources(ctx).await?;
            let propstreet = sources.propstreet()?;
            Ok(Some(propstreet.create_webhook(&webhook).await?))
        };
        let (made, errors) = mutation::write(ctx, act, work).await?;
        let (webhook, secret) = made.unzip();
        Ok(PropstreetWebhookPayload {
            webhook,
            secret: secret
                .flatten()
                .map(|secret| secret.expose_secret().to_owned()),
            errors,
        })
    }

    /// Changes a webhook in Propstreet.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn update_propstreet_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what of it.")] input: UpdatePropstreetWebhookInput,
    ) -> Result<PropstreetWebhookPayload, Error> {
        let id = PropstreetWebhookId::decode(&input.id)?;
        let act = act(ctx, "updatePropstreetWebhook", Some(&input.id));
        let work = async {
            let url = input.url.map(|url| callback(ctx, &url)).transpose()?;
            let changes = WebhookChanges {
                url: url.map(|url| url.0),
                events: input.events,
                name: input.name.into(),
                external_reference_namespace: input.external_reference_namespace.into(),
                is_active: input.is_active,
            };
            let sources = sources(ctx).await?;
            let propstreet = sources.propstreet()?;
            Ok(propstreet.update_webhook(&id, &changes).await?)
        };
        let (webhook, errors) = mutation::write(ctx, act, work).await?;
        Ok(PropstreetWebhookPayload {
            webhook,
            secret: None,
            errors,
        })
    }

    /// Deletes a webhook in Propstreet.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn delete_propstreet_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteWebhookInput,
    ) -> Result<DeleteWebhookPayload, Error> {
        let id = PropstreetWebhookId::decode(&input.id)?;
        let act = act(ctx, "deletePropstreetWebhook", Some(&input.id));
        let work = async {
            let sources = sources(ctx).await?;
            let was_there = sources.propstreet()?.delete_webhook(&id).await?;
            Ok(was_there.then_some(input.id.clone()))
        };
        let (deleted_id, errors) = mutation::write(ctx, act, work).await?;
        Ok(DeleteWebhookPayload { deleted_id, errors })
    }

    /// Has Propstreet send a test to a webhook's receiver, and tells what the receiver said.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn test_propstreet_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and with what.")] input: TestPropstreetWebhookInput,
    ) -> Result<TestPropstreetWebhookPayload, Error> {
        let id = PropstreetWebhookId::decode(&input.id)?;
        let act = act(ctx, "testPropstreetWebhook", Some(&input.id));
        let work = async {
            let sources = sources(ctx).await?;
            let propstreet = sources.propstreet()?;
            let event = input.event_type.as_deref();
            Ok(propstreet.test_webhook(&id, event).await?)
        };
        let (test, errors) = mutation::write(ctx, act, work).await?;
        let told = test.map(|test| TestPropstreetWebhookPayload {
            is_success: Some(test.is_success),
            status_code: test.status,
            duration_ms: test.duration_ms,
            error: test.error,
            errors: Vec::new(),
        });
        Ok(told.unwrap_or(TestPropstreetWebhookPayload {
            errors,
            ..TestPropstreetWebhookPayload::default()
        }))
    }

    /// Has Propstreet send again what a webhook's receiver did not take.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn replay_propstreet_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which one, and from when on.")] input: ReplayPropstreetWebhookInput,
    ) -> Result<ReplayPropstreetWebhookPayload, Error> {
        let id = PropstreetWebhookId::decode(&input.id)?;
        let act = act(ctx, "replayPropstreetWebhook", Some(&input.id));
        let work = async {
            let sources = sources(ctx).await?;
            let propstreet = sources.propstreet()?;
            Ok(propstreet.replay_webhook(&id, input.since.0).await?)
        };
        let (replayed_count, errors) = mutation::write(ctx, act, work).await?;
        Ok(ReplayPropstreetWebhookPayload {
            replayed_count,
            errors,
        })
    }
}
