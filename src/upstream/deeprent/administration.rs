//! What a login session opens beside the protocols: keys and webhooks, one method an endpoint.
//!
//! Nobody logs in here: the session's token comes with the settings. A write is sent once, for it
//! may have been done when its answer is lost; only deleting is tried again.

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Client, Settings, convert, wire};
use crate::{
    model::{self, DeepRentApiKey, DeepRentApiKeyId, DeepRentWebhook, DeepRentWebhookId},
    upstream::{
        Error, SettingsError, System,
        transport::{Call, Method},
    },
};

const ORGANIZATION: HeaderName = HeaderName::from_static("x-org-id");

/// A login, and what it is used for.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Marked as sensitive, so it is not shown.
    bearer: HeaderValue,
    organization: Option<HeaderValue>,
}

impl Session {
    /// `None` when the settings hold none.
    pub(super) fn new(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let Some(token) = &settings.session_token else {
            return Ok(None);
        };
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| SettingsError::UnusableKey(System::DeepRent))?;
        bearer.set_sensitive(true);
        let organization = settings.organization_id.as_deref();
        let organization = organization
            .map(HeaderValue::from_str)
            .transpose()
            .map_err(|_| SettingsError::UnusableOrganizationId(System::DeepRent))?;
        Ok(Some(Self {
            bearer,
            organization,
        }))
    }
}

/// A subscription to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// One of [`Administration::list_webhook_events`].
    pub event: String,
    /// An https address.
    pub url: model::Url,
    /// What to call it.
    pub name: Option<String>,
    /// Whether anything is sent.
    pub is_active: bool,
}

/// What to change of a subscription; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChanges {
    /// One of [`Administration::list_webhook_events`].
    pub event: Option<String>,
    /// An https address.
    pub url: Option<model::Url>,
    /// What to call it; `Some(None)` takes the name away (that deep.rent does so is assumed).
    pub name: Option<Option<String>>,
    /// Whether anything is sent.
    pub is_active: Option<bool>,
}

/// The management of one organisation's account, by somebody who is logged in.
///
/// Errors of all methods: [`Error::Refused`] when the session has ended or lacks a right;
/// [`Error::Rejected`] with 400 when no organisation is chosen, or deep.rent takes a value for a bad
/// one.
#[derive(Debug, Clone)]
pub struct Administration {
    client: Client,
    session: Session,
}

impl Administration {
    pub(super) fn new(client: Client, session: Session) -> Self {
        Self { client, session }
    }

    /// What the session may manage, found out by reading it.
    ///
    /// Shape: `api_keys:manage`, `webhooks:manage`, neither or both.
    /// Errors: [`Error`], but none that says that it may not.
    pub async fn probe_rights(&self) -> Result<Vec<&'static str>, Error> {
        let keys = self.list_api_keys().await.map(|_| "api_keys:manage");
        let webhooks = self.list_webhooks().await.map(|_| "webhooks:manage");
        let mut rights = Vec::new();
        for found in [keys, webhooks] {
            match found {
                Ok(right) => rights.push(right),
                Err(Error::Refused { .. } | Error::Rejected { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rights)
    }

    /// Lists the API keys, without what they open with. For an owner.
    ///
    /// Errors: [`Error`].
    /// Source: `GET /api/api-keys`; contract E5.
    pub async fn list_api_keys(&self) -> Result<Vec<DeepRentApiKey>, Error> {
        let url = self.client.account.base_url.at("api/api-keys");
        let call = self.client.transport.get("list_api_keys", url);
        let keys: wire::ApiKeys = self.signed(call).send().await?.json()?;
        Ok(keys.api_keys.into_iter().map(convert::api_key).collect())
    }

    /// Finds one API key. For an owner.
    ///
    /// Shape: `None` when there is none of this id.
    /// Errors: [`Error`].
    /// Source: `GET /api/api-keys/{id}`; contract E6.
    pub async fn find_api_key(
        &self,
        id: &DeepRentApiKeyId,
    ) -> Result<Option<DeepRentApiKey>, Error> {
        let Some(url) = self.at(["api-keys", id.key()]) else {
            return Ok(None);
        };
        let call = self.client.transport.get("find_api_key", url);
        let Some(answer) = self.signed(call).find().await? else {
            return Ok(None);
        };
        Ok(Some(convert::api_key(answer.json()?)))
    }

    /// Makes an API key. For an owner.
    ///
    /// Shape: the key, and what it opens with, which is shown in this answer only.
    /// Errors: [`Error`].
    /// Source: `POST /api/api-keys`; contract E4.
    pub async fn create_api_key(
        &self,
        name: &str,
        description: Option<&str>,
    ) -> Result<(DeepRentApiKey, SecretString), Error> {
        let url = self.client.account.base_url.at("api/api-keys");
        let body = wire::NewApiKey { name, description };
        let call = self.write(Method::POST, "create_api_key", url);
        let answer = call.json(&body).send().await?;
        let mut key: wire::ApiKey = answer.json()?;
        let secret = key.key.take().ok_or_else(|| answer.unreadable("$.key"))?;
        Ok((convert::api_key(key), secret))
    }

    /// Revokes an API key, for good. For an owner.
    ///
    /// Shape: `false` when there is none of this id.
    /// Errors: [`Error`].
    /// Source: `DELETE /api/api-keys/{id}`; contract E7.
    pub async fn revoke_api_key(&self, id: &DeepRentApiKeyId) -> Result<bool, Error> {
        self.remove("revoke_api_key", ["api-keys", id.key()]).await
    }

    /// Lists the webhooks.
    ///
    /// Errors: [`Error`].
    /// Source: `GET /api/webhooks`; contract E8.
    pub async fn list_webhooks(&self) -> Result<Vec<DeepRentWebhook>, Error> {
        let url = self.client.account.base_url.at("api/webhooks");
        let call = self.client.transport.get("list_webhooks", url);
        let webhooks: Vec<wire::Webhook> = self.signed(call).send().await?.json()?;
        Ok(webhooks.into_iter().map(convert::webhook).collect())
    }

    /// Lists the events that a webhook can be made for.
    ///
    /// Shape: such as `protocol.generated`.
    /// Errors: [`Error`].
    /// Source: `GET /api/webhooks/events`; contract E12.
    pub async fn list_webhook_events(&self) -> Result<Vec<String>, Error> {
        let url = self.client.account.base_url.at("api/webhooks/events");
        let call = self.client.transport.get("list_webhook_events", url);
        let events: wire::WebhookEvents = self.signed(call).send().await?.json()?;
        Ok(events.events)
    }

    /// Makes a webhook. deep.rent signs with a secret that no endpoint tells.
    ///
    /// Errors: [`Error`].
    /// Source: `POST /api/webhooks`; contract E9.
    pub async fn create_webhook(&self, webhook: &NewWebhook) -> Result<DeepRentWebhook, Error> {
        let url = self.client.account.base_url.at("api/webhooks");
        let call = self.write(Method::POST, "create_webhook", url);
        let answer = call.json(&convert::new_webhook(webhook)).send().await?;
        Ok(convert::webhook(answer.json()?))
    }

    /// Changes a webhook.
    ///
    /// Shape: as it is now; `None` when there is none of this id.
    /// Errors: [`Error`].
    /// Source: `PUT /api/webhooks/{id}`; contract E10.
    pub async fn update_webhook(
        &self,
        id: &DeepRentWebhookId,
        changes: &WebhookChanges,
    ) -> Result<Option<DeepRentWebhook>, Error> {
        let Some(url) = self.at(["webhooks", id.key()]) else {
            return Ok(None);
        };
        let call = self.write(Method::PUT, "update_webhook", url);
        let call = call.json(&convert::webhook_changes(changes));
        let Some(answer) = call.find().await? else {
            return Ok(None);
        };
        Ok(Some(convert::webhook(answer.json()?)))
    }

    /// Deletes a webhook.
    ///
    /// Shape: `false` when there is none of this id.
    /// Errors: [`Error`].
    /// Source: `DELETE /api/webhooks/{id}`; contract E11.
    pub async fn delete_webhook(&self, id: &DeepRentWebhookId) -> Result<bool, Error> {
        self.remove("delete_webhook", ["webhooks", id.key()]).await
    }

    async fn remove(&self, operation: &'static str, path: [&str; 2]) -> Result<bool, Error> {
        let Some(url) = self.at(path) else {
            return Ok(false);
        };
        let call = self.write(Method::DELETE, operation, url);
        call.repeatable().remove().await
    }

    /// `None` for an id that no address can carry.
    fn at(&self, [resource, id]: [&str; 2]) -> Option<Url> {
        self.client.account.base_url.join(&["api", resource, id])
    }

    fn write(&self, method: Method, operation: &'static str, url: Url) -> Call<'_> {
        self.signed(self.client.transport.write(method, operation, url))
    }

    fn signed<'a>(&self, call: Call<'a>) -> Call<'a> {
        let call = call.header(AUTHORIZATION, self.session.bearer.clone());
        match &self.session.organization {
            Some(organization) => call.header(ORGANIZATION, organization.clone()),
            None => call,
        }
    }
}
