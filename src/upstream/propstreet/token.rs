//! The token that every call carries: a personal one, or one that is bought and renewed.

use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::{Credentials, Settings, wire};
use crate::{
    clock::Clock,
    upstream::{
        BaseUrl, Error, SettingsError, System,
        lease::{Lease, Leases, Loaded},
        transport::Transport,
    },
};

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(60);
/// When the exchange does not say (assumed); a token that ends sooner is renewed at the first 401.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

/// Where tokens come from.
#[derive(Debug)]
pub(super) enum Tokens {
    Personal(HeaderValue),
    Bought {
        url: BaseUrl,
        id: String,
        secret: SecretString,
        /// Longer than this nobody waits for a token.
        timeout: Duration,
        leases: Leases<(), HeaderValue>,
    },
}

impl Tokens {
    pub(super) fn new(settings: &Settings, clock: Clock) -> Result<Self, SettingsError> {
        Ok(match settings.credentials.clone() {
            Credentials::Token(token) => {
                let bearer = bearer(token.expose_secret());
                Self::Personal(bearer.ok_or(SettingsError::UnusableKey(System::Propstreet))?)
            }
            Credentials::Client { id, secret } => Self::Bought {
                url: settings.token_url.clone(),
                id,
                secret,
                timeout: settings.limits.timeout,
                leases: Leases::new(clock),
            },
        })
    }

    /// A token to call with, as the value of `Authorization`.
    ///
    /// Errors: those of the exchange; [`Error::Refused`] for wrong credentials.
    pub(super) async fn current(&self, transport: &Transport) -> Result<HeaderValue, Error> {
        const OPERATION: &str = "exchange_token";
        match self {
            Self::Personal(bearer) => Ok(bearer.clone()),
            Self::Bought {
                url,
                id,
                secret,
                timeout,
                leases,
            } => {
                // Others may wait for the same token, so the exchange heeds nobody's deadline.
                let (transport_for_all, url) = (transport.shared(), url.clone());
                let (id, secret) = (id.clone(), secret.clone());
                let exchange = || async move {
                    exchange(&transport_for_all, OPERATION, &url, &id, &secret).await
                };
                let lease = transport.in_time(OPERATION, *timeout, leases.find((), exchange));
                let lease = lease.await?;
                Ok(lease.expect("an exchange brings a token or fails").value)
            }
        }
    }

    /// Gives up a token that was refused. Whether another can be had.
    pub(super) fn renew(&self, refused: &HeaderValue) -> bool {
        match self {
            Self::Personal(_) => false,
            Self::Bought { leases, .. } => {
                leases.forget(&(), refused);
                true
            }
        }
    }
}

/// Buys a token. Source: `POST /openid/token`; contract 1. Its answers follow RFC 6749 (assumed).
async fn exchange(
    transport: &Transport,
    operation: &'static str,
    url: &BaseUrl,
    id: &str,
    secret: &SecretString,
) -> Loaded<HeaderValue> {
    let asked_at = transport.now();
    let url = url.join(&[]).expect("no segment is added");
    let call = transport
        .post(operation, url)
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret.expose_secret()),
            ("scope", "api:public"),
        ])
        // Two tokens do no harm.
        .repeatable();
    let answer = call.send().await.map_err(|error| match error {
        // RFC 6749 says 400 where others say 401. And a 404 here is no record that is absent.
        Error::Rejected {
            system,
            operation,
            status,
        } => Error::Refused {
            system,
            operation,
            status,
        },
        error => error,
    })?;
    let token: wire::Token = answer.json()?;
    let life = token
        .expires_in
        .whole()
        .map_or(USUAL_LIFE, Duration::from_secs);
    let value = bearer(&token.access_token).ok_or_else(|| answer.unreadable("$.access_token"))?;
    let until = asked_at + life.saturating_sub(MARGIN);
    Ok(Some(Lease { value, until }))
}

/// Marked as sensitive, so it is not shown; `None` when no header can carry it.
fn bearer(token: &str) -> Option<HeaderValue> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    bearer.set_sensitive(true);
    Some(bearer)
}
