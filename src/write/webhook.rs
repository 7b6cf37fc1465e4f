//! Webhooks of deep.rent and Propstreet.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::{Failure, Try, Writer};
use crate::{
    loader,
    model::{DeepRentWebhook, PropstreetWebhook, PropstreetWebhookId, System},
    upstream::{
        self, Written, deeprent,
        propstreet::{self, WebhookTest},
    },
};

impl Writer {
    /// Makes a webhook in deep.rent, which knows no try again: what was begun before is looked for,
    /// and not done again.
    pub async fn create_deeprent_webhook(
        &self,
        webhook: &deeprent::NewWebhook,
        this: Try,
    ) -> Result<DeepRentWebhook, Failure> {
        let administration = self.administration()?;
        if !this.is_resumed {
            return Ok(administration.create_webhook(webhook).await?);
        }
        let listed = administration.list_webhooks().await;
        let listed = listed.map_err(|error| Failure::unread(true)(error.into()))?;
        let mut made = listed
            .into_iter()
            .filter(|found| is_made(found, webhook, this.began_at()));
        match (made.next(), made.next()) {
            (Some(made), None) => Ok(made),
            _ => {
                let message = "deep.rent was asked for this webhook before, and what came of that \
                               cannot be told. Ask with another idempotency key if it is not there.";
                Err(Failure::begun(System::DeepRent, message))
            }
        }
    }

    /// Makes a webhook in Propstreet; however often with the same try, one.
    ///
    /// Shape: the webhook, and what it signs with.
    pub async fn create_propstreet_webhook(
        &self,
        webhook: &propstreet::NewWebhook,
        this: Try,
    ) -> Result<(PropstreetWebhook, Option<SecretString>), Failure> {
        let client = self.propstreet()?;
        let created = client.create_webhook(webhook, this.key("webhook")).await?;
        once("create_webhook", created)
    }

    /// Has Propstreet send a test; however often with the same try, one.
    pub async fn test_propstreet_webhook(
        &self,
        id: &PropstreetWebhookId,
        event: Option<&str>,
        this: Try,
    ) -> Result<WebhookTest, Failure> {
        let client = self.propstreet()?;
        let tested = client.test_webhook(id, event, this.key("test")).await?;
        once("test_webhook", tested)
    }

    /// Has Propstreet send again what failed, once with the same try.
    ///
    /// Shape: how many deliveries.
    pub async fn replay_propstreet_webhook(
        &self,
        id: &PropstreetWebhookId,
        since: DateTime<Utc>,
        this: Try,
    ) -> Result<u32, Failure> {
        let client = self.propstreet()?;
        let replayed = client.replay_webhook(id, since, this.key("replay")).await?;
        once("replay_webhook", replayed)
    }
}

/// Whether a webhook is the one that was asked for, and was made since. Another one like it that
/// somebody made meanwhile does the same.
fn is_made(
    found: &DeepRentWebhook,
    asked: &deeprent::NewWebhook,
    since: Option<DateTime<Utc>>,
) -> bool {
    since.is_some_and(|since| found.created_at.0 >= since)
        && found.event == asked.event
        && found.url == asked.url
        && found.name == asked.name
        && found.is_active == asked.is_active
}

/// What a POST to Propstreet came to that carries a key.
fn once<T>(operation: &'static str, written: Written<T>) -> Result<T, Failure> {
    match written {
        Written::Done(done) => Ok(done),
        Written::Rejected { status: 404, .. } => Err(Failure::not_found(&["id"])),
        Written::Rejected { status: 409, .. } => Err(Failure::in_progress()),
        Written::Rejected { status, .. } => Err(Failure::Load(loader::Error::Upstream(
            upstream::Error::Rejected {
                system: System::Propstreet,
                operation,
                status,
            },
        ))),
    }
}
