//! Who asks, how we know, and what they may.
//!
//! [`authenticate`] turns the `Authorization` header into a [`Viewer`] or says why it cannot.
//! [`token`] verifies, [`issuer`] says whose tokens, `jwks` has their `key`s, `claim` reads what
//! they say, [`policy`] holds the rules; nothing here knows GraphQL operations or HTTP statuses
//! beyond the header itself.

mod claim;
pub mod issuer;
mod jwks;
mod key;
pub mod policy;
pub mod token;
pub mod viewer;

use std::time::Duration;

use axum::http::{HeaderMap, header::AUTHORIZATION};

pub use viewer::{Role, Scope, Scopes, Viewer};

/// A bearer token longer than this is not ours.
const TOKEN_LIMIT: usize = 8 * 1024;

/// Why a request has no viewer.
///
/// The messages go to the client: they name the fault and never repeat the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no `Authorization` header.
    #[error("A bearer token is required.")]
    Missing,
    /// The header does not hold one bearer token.
    #[error("The Authorization header must be \"Bearer\" followed by a token.")]
    Malformed,
    /// Signature, algorithm, issuer, audience or a claim is not what we expect.
    #[error("The bearer token is not valid here.")]
    Invalid,
    /// `exp` has passed.
    #[error("The bearer token has expired.")]
    Expired,
    /// `nbf` is still to come.
    #[error("The bearer token is not valid yet.")]
    NotYetValid,
    /// Its issuer's keys cannot be had: this says nothing about the token.
    #[error("The bearer token cannot be checked at the moment.")]
    Unavailable,
}

impl Error {
    /// For the `WWW-Authenticate` header (RFC 6750, section 3), where another token can help.
    pub fn challenge(self) -> Option<&'static str> {
        match self {
            Self::Missing | Self::Malformed => Some("Bearer"),
            Self::Invalid | Self::Expired | Self::NotYetValid => {
                Some("Bearer error=\"invalid_token\"")
            }
            Self::Unavailable => None,
        }
    }

    /// When the same token may be tried again, where that can help.
    pub fn retry_after(self) -> Option<Duration> {
        (self == Self::Unavailable).then_some(jwks::FLOOR)
    }
}

/// Reads the viewer from the request's bearer token (RFC 6750, header form only).
pub async fn authenticate(headers: &HeaderMap, keys: &token::Keys) -> Result<Viewer, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Error::Missing)?;
    if values.next().is_some() {
        return Err(Error::Malformed);
    }
    let value = value.to_str().map_err(|_| Error::Malformed)?;
    admit(value, keys).await.map(|grant| grant.viewer)
}

/// The same for what would stand in the header, where there are no headers.
pub async fn admit(authorization: &str, keys: &token::Keys) -> Result<token::Grant, Error> {
    let (scheme, token) = authorization.split_once(' ').ok_or(Error::Malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > TOKEN_LIMIT {
        return Err(Error::Malformed);
    }
    keys.grant(token).await
}
