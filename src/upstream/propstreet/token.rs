//! The token that every call carries: a personal one, or one that is bought and renewed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::{Credentials, Settings, wire};
use crate::{
    clock::Clock,
    upstream::{
        BaseUrl, Error, SettingsError, System,
        lease::{Lease, Leases, Loaded},
        lenient::Number,
        transport::{Method, Transport},
    },
};

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(60);
/// When the exchange does not say (assumed); a token that ends sooner is renewed at the first 401.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

/// What the exchange says beyond this is not believed.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

const OPERATION: &str = "exchange_token";

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
                leases: Leases::new(
                    clock,
                    Error::Unreachable {
                        system: System::Propstreet,
                        operation: OPERATION,
                    },
                ),
            },
        })
    }

    /// A token to call with, as the value of `Authorization`.
    ///
    /// Errors: those of the exchange; [`Error::Refused`] for wrong credentials.
    pub(super) async fn current(&self, transport: &Transport) -> Result<HeaderValue, Error> {
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
                let exchange =
                    || async move { exchange(&transport_for_all, &url, &id, &secret).await };
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
    url: &BaseUrl,
    id: &str,
    secret: &SecretString,
) -> Loaded<HeaderValue> {
    let asked_at = transport.now();
    let url = url.join(&[]).expect("no segment is added");
    let call = transport
        .write(Method::POST, OPERATION, url)
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
    let value = bearer(&token.access_token).ok_or_else(|| answer.unreadable("$.access_token"))?;
    let until = until(asked_at, token.expires_in);
    Ok(Some(Lease { value, until }))
}

/// From when a token is no longer used; a life below zero counts as not given.
fn until(asked_at: DateTime<Utc>, expires_in: Number) -> DateTime<Utc> {
    let life = expires_in.whole().map_or(USUAL_LIFE, Duration::from_secs);
    asked_at + life.min(LONGEST_LIFE).saturating_sub(MARGIN)
}

/// Marked as sensitive, so it is not shown; `None` when no header can carry it.
fn bearer(token: &str) -> Option<HeaderValue> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    bearer.set_sensitive(true);
    Some(bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_as_long_as_told_within_reason() {
        for (told, used) in [
            ("3600", 3_540),
            ("30", 0),
            ("null", 3_540),
            ("-1", 3_540),
            ("1.5", 3_540),
            ("86401", 86_340),
            ("9e18", 86_340),
            ("9223372036854775807", 86_340),
            ("18446744073709551615", 86_340),
        ] {
            let until = until(DateTime::UNIX_EPOCH, serde_json::from_str(told).unwrap());
            assert_eq!(until.timestamp(), used, "{told}");
        }
    }
}
