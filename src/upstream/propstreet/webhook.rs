//! Webhooks: whom Propstreet tells of what changes. Their events are received elsewhere.

use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{
    Client, LARGEST_PAGE,
    client::Guard,
    convert,
    wire::{self, FilterFields, WebhookFields},
};
use crate::{
    model::{PropstreetWebhook, PropstreetWebhookId},
    upstream::{
        Error,
        transport::{Call, Method, Written},
    },
};

/// What to be told, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Takes the events; https.
    pub url: Url,
    /// Propstreet's words, such as `project.updated`; at least one.
    pub events: Vec<String>,
    /// For people.
    pub name: Option<String>,
    /// Only of records that have a name in this namespace, in any letter case.
    pub external_reference_namespace: Option<String>,
}

/// What is to change: what is `None` stays as it is, an inner `None` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `NewWebhook`")]
pub struct WebhookChanges {
    pub url: Option<Url>,
    pub events: Option<Vec<String>>,
    pub name: Option<Option<String>>,
    pub external_reference_namespace: Option<Option<String>>,
    /// Whether anything is to be sent.
    pub is_active: Option<bool>,
}

/// What came of a test delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTest {
    /// The receiver took it.
    pub is_success: bool,
    /// What the receiver answered, as an HTTP status.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u32>,
    /// Why it failed, in Propstreet's words.
    pub error: Option<String>,
}

impl Client {
    /// Lists the webhooks.
    ///
    /// Shape: all of them; none with its secret.
    /// Errors: [`Error`].
    /// Source: `GET /webhooks` (assumed); contract W2.
    pub async fn list_webhooks(&self) -> Result<Vec<PropstreetWebhook>, Error> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let url = self.account.base_url.at("webhooks");
            let convert = |row, _| convert::webhook(row);
            let page = self
                .page(
                    "list_webhooks",
                    url,
                    cursor.as_deref(),
                    LARGEST_PAGE,
                    convert,
                )
                .await?;
            all.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// Finds a webhook by its id.
    ///
    /// Shape: without its secret.
    /// Errors: [`Error`].
    /// Source: `GET /webhooks/{id}` (assumed); contract W2.
    pub async fn find_webhook(
        &self,
        id: &PropstreetWebhookId,
    ) -> Result<Option<PropstreetWebhook>, Error> {
        let convert = |row, _| convert::webhook(row);
        self.find("find_webhook", &["webhooks", id.key()], convert)
            .await
    }

    /// Subscribes to events: with the same key, once.
    ///
    /// Shape: the secret that deliveries are signed with, `whsec_` and base64; it is told here alone.
    /// Errors: [`Error`]. Rejections: 400 for an unknown event or an address without TLS, 409 while
    /// the first attempt with this key is under way.
    /// Source: `POST /webhooks`; contract W1, 8 and 2.4.
    pub async fn create_webhook(
        &self,
        webhook: &NewWebhook,
        key: Uuid,
    ) -> Result<Written<(PropstreetWebhook, Option<SecretString>)>, Error> {
        let namespace = webhook.external_reference_namespace.as_deref();
        let fields = WebhookFields {
            url: Some(webhook.url.as_str()),
            events: Some(&webhook.events),
            name: webhook.name.as_deref().map(Some),
            filter: namespace.map(|namespace| Some(FilterFields { namespace })),
            is_active: None,
        };
        self.change(
            (Method::POST, "create_webhook", &["webhooks"]),
            Some(&fields),
            Guard::Key(key),
            |mut row: wire::Webhook, _| {
                let secret = row.secret.take();
                (convert::webhook(row), secret)
            },
        )
        .await
    }

    /// Changes a webhook. Sent once.
    ///
    /// Shape: as it is then; `None` when there is none of this id.
    /// Errors: [`Error`]; an unknown event or an address without TLS is [`Error::Rejected`].
    /// Source: `PATCH /webhooks/{id}` (assumed); contract W2.
    pub async fn update_webhook(
        &self,
        id: &PropstreetWebhookId,
        changes: &WebhookChanges,
    ) -> Result<Option<PropstreetWebhook>, Error> {
        let namespace = changes.external_reference_namespace.as_ref();
        let namespace = namespace.map(Option::as_deref);
        let fields = WebhookFields {
            url: changes.url.as_ref().map(Url::as_str),
            events: changes.events.as_deref(),
            name: changes.name.as_ref().map(Option::as_deref),
            filter: namespace.map(|name| name.map(|namespace| FilterFields { namespace })),
            is_active: changes.is_active,
        };
        let Some(url) = self.webhook(id) else {
            return Ok(None);
        };
        let call = || {
            let call = self
                .transport
                .write(Method::PATCH, "update_webhook", url.clone());
            call.json(&fields)
        };
        let answer = self.send(call, Call::find).await?;
        let row = answer.map(|answer| answer.json()).transpose()?;
        Ok(row.map(convert::webhook))
    }

    /// Deletes a webhook.
    ///
    /// Shape: whether there was one of this id.
    /// Errors: [`Error`].
    /// Source: `DELETE /webhooks/{id}` (assumed); contract W2.
    pub async fn delete_webhook(&self, id: &PropstreetWebhookId) -> Result<bool, Error> {
        let Some(url) = self.webhook(id) else {
            return Ok(false);
        };
        let call = || {
            self.transport
                .write(Method::DELETE, "delete_webhook", url.clone())
                .repeatable()
        };
        self.send(call, Call::remove).await
    }

    /// Has a test delivery sent, and waits up to ten seconds for what the receiver says: with the
    /// same key, once.
    ///
    /// Shape: without `event`, Propstreet chooses one.
    /// Errors: [`Error`]; that the receiver failed is none. Rejections: 404, and 409 while the
    /// first attempt with this key is under way.
    /// Source: `POST /webhooks/{id}/test`; contract W4, 8 and 2.4.
    pub async fn test_webhook(
        &self,
        id: &PropstreetWebhookId,
        event: Option<&str>,
        key: Uuid,
    ) -> Result<Written<WebhookTest>, Error> {
        let path: &[_] = &["webhooks", id.key(), "test"];
        let body = event.map_or_else(|| json!({}), |event| json!({ "event_type": event }));
        let convert = |test, _| convert::webhook_test(test);
        let call = (Method::POST, "test_webhook", path);
        self.change(call, Some(&body), Guard::Key(key), convert)
            .await
    }

    /// Has deliveries that failed at or after `since` sent again, a hundred at most: with the same
    /// key, once.
    ///
    /// Shape: how many.
    /// Errors: [`Error`]. Rejections: as [`Self::test_webhook`].
    /// Source: `POST /webhooks/{id}/replay`; contract W5, 8 and 2.4.
    pub async fn replay_webhook(
        &self,
        id: &PropstreetWebhookId,
        since: DateTime<Utc>,
        key: Uuid,
    ) -> Result<Written<u32>, Error> {
        let path: &[_] = &["webhooks", id.key(), "replay"];
        let body = json!({ "since": since.to_rfc3339_opts(SecondsFormat::AutoSi, true) });
        let convert = |replay: wire::Replay, _| replay.replayed_count;
        let call = (Method::POST, "replay_webhook", path);
        self.change(call, Some(&body), Guard::Key(key), convert)
            .await
    }

    /// `None` when no URL can name it.
    fn webhook(&self, id: &PropstreetWebhookId) -> Option<Url> {
        self.account.base_url.join(&["webhooks", id.key()])
    }
}
