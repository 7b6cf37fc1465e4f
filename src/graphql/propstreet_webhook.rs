//! Propstreet's webhooks, for administrators.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use secrecy::SecretString;

use super::{
    Error, Nullable, RequestContext,
    error::nullable,
    mutation::{Left, Outcome, Removed, act, opened, removed, run, shown, sources, writer},
    webhook::{DeleteWebhookInput, DeleteWebhookPayload, callback},
};
use crate::{
    model::{
        DateTime, MutationError, PropstreetWebhook, PropstreetWebhookId, RecordId, Url, all,
        requires,
    },
    upstream::propstreet::{NewWebhook, WebhookChanges},
    write::Failure,
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
    /// Repeated with the same key, the same is done once and told again, for a day, without the
    /// secret.
    idempotency_key: Option<String>,
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
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// Which webhook to try.
#[derive(Debug, InputObject)]
pub struct TestPropstreetWebhookInput {
    /// Its id.
    id: ID,
    /// Which event to send; Propstreet chooses one when left out.
    event_type: Option<String>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What to send again.
#[derive(Debug, InputObject)]
pub struct ReplayPropstreetWebhookInput {
    /// Of which webhook.
    id: ID,
    /// What failed from then on, a hundred at most.
    since: DateTime,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What making or changing a webhook came to.
#[derive(SimpleObject)]
pub struct PropstreetWebhookPayload {
    /// As it is now; null when nothing was changed, or nobody knows.
    webhook: Option<PropstreetWebhook>,
    /// What a new webhook signs with. It is shown in the first answer and never again, also not to
    /// a repetition.
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
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let webhook = NewWebhook {
                url: callback(ctx, &input.url)?.0,
                events: input.events,
                name: input.name,
                external_reference_namespace: input.external_reference_namespace,
            };
            let writer = writer(ctx).await?;
            left(writer.create_propstreet_webhook(&webhook, this).await?)
        })
        .await?;
        standing(ctx, outcome).await
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
        let outcome = run(ctx, act, input.idempotency_key, async |_| {
            let url = input.url.map(|url| callback(ctx, &url)).transpose()?;
            let changes = WebhookChanges {
                url: url.map(|url| url.0),
                events: input.events,
                name: input.name.into(),
                external_reference_namespace: input.external_reference_namespace.into(),
                is_active: input.is_active,
            };
            let sources = sources(ctx).await?;
            let changed = sources.propstreet()?.update_webhook(&id, &changes).await?;
            left((changed.ok_or_else(|| Failure::not_found(&["id"]))?, None))
        })
        .await?;
        standing(ctx, outcome).await
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
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let sources = sources(ctx).await?;
            let was_there = sources.propstreet()?.delete_webhook(&id).await?;
            removed(was_there, this)
        })
        .await?;
        Ok(DeleteWebhookPayload {
            deleted_id: outcome.done.map(|Removed {}| input.id),
            errors: outcome.errors,
        })
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
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let writer = writer(ctx).await?;
            let event = input.event_type.as_deref();
            let test = writer.test_propstreet_webhook(&id, event, this).await?;
            Ok::<_, Failure>((test, 1, None))
        })
        .await?;
        let payload = match outcome.done {
            None => TestPropstreetWebhookPayload::default(),
            Some(test) => TestPropstreetWebhookPayload {
                is_success: Some(test.is_success),
                status_code: test.status,
                duration_ms: test.duration_ms,
                error: test.error,
                errors: Vec::new(),
            },
        };
        Ok(TestPropstreetWebhookPayload {
            errors: outcome.errors,
            ..payload
        })
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
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let writer = writer(ctx).await?;
            let since = input.since.0;
            let replayed = writer.replay_propstreet_webhook(&id, since, this).await?;
            Ok::<_, Failure>((replayed, 1, None))
        })
        .await?;
        Ok(ReplayPropstreetWebhookPayload {
            replayed_count: outcome.done,
            errors: outcome.errors,
        })
    }
}

/// A webhook, and what it signs with where that is known: it is told once, and not kept.
type Made = (PropstreetWebhook, Option<SecretString>);

/// A webhook that a mutation has left.
fn left(made: Made) -> Result<(Left<Made>, u32, Option<Failure>), Failure> {
    let left = Left {
        id: made.0.id.to_string(),
        record: Some(Arc::new(made)),
    };
    Ok((left, 1, None))
}

/// What making or changing a webhook came to, or how that stands now where it is told again.
async fn standing(
    ctx: &Context<'_>,
    outcome: Outcome<Left<Made>>,
) -> Result<PropstreetWebhookPayload, Error> {
    let (made, errors) = shown(outcome, async |id| {
        let id = PropstreetWebhookId::decode(id)?;
        let sources = sources(ctx).await?;
        let found = sources.propstreet()?.find_webhook(&id).await?;
        Ok(found.map(|webhook| (webhook, None)))
    })
    .await?;
    let (webhook, secret) = made.unzip();
    Ok(PropstreetWebhookPayload {
        webhook,
        secret: secret.flatten().as_ref().map(opened),
        errors,
    })
}
