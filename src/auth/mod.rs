//! Who asks, how we know, and what they may.
//!
//! [`Authenticator`] turns the `Authorization` header into a [`Viewer`] or says why it cannot.
//! [`access_token`] has the tokens that were made here; of all others [`token`] verifies them,
//! [`issuer`] says whose, `jwks` has their `key`s, `claim` reads what they say. [`policy`] holds the
//! rules. Nothing here knows GraphQL operations, or HTTP beyond the header itself.

pub mod access_token;
mod claim;
pub mod issuer;
mod jwks;
mod key;
pub mod policy;
pub mod token;
pub mod viewer;

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header::AUTHORIZATION};

use access_token::AccessTokens;

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

/// Tells who asks by a bearer token (RFC 6750, header form only): one that was made here, or a JSON
/// Web Token of an issuer.
pub struct Authenticator {
    keys: token::Keys,
    access_tokens: Arc<AccessTokens>,
}

impl Authenticator {
    /// Of these issuers, and of these tokens.
    pub fn new(keys: token::Keys, access_tokens: Arc<AccessTokens>) -> Self {
        Self {
            keys,
            access_tokens,
        }
    }

    /// Reads the viewer from the headers of a request.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Viewer, Error> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or(Error::Missing)?;
        if values.next().is_some() {
            return Err(Error::Malformed);
        }
        let value = value.to_str().map_err(|_| Error::Malformed)?;
        self.admit(value).await.map(|grant| grant.viewer)
    }

    /// The same for what would stand in the header, where there are no headers.
    pub async fn admit(&self, authorization: &str) -> Result<token::Grant, Error> {
        let (scheme, token) = authorization.split_once(' ').ok_or(Error::Malformed)?;
        let token = token.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > TOKEN_LIMIT {
            return Err(Error::Malformed);
        }
        if token.starts_with(access_token::PREFIX) {
            self.access_tokens.grant(token).await
        } else {
            self.keys.grant(token).await
        }
    }

    /// Whether what was granted still holds, for whoever was admitted a while ago.
    pub async fn confirm(&self, grant: &token::Grant) -> Result<(), Error> {
        match grant.access_token {
            Some(hash) => self.access_tokens.find(hash).await.map(|_| ()),
            // Nobody takes a JSON Web Token back; that it ends is looked after elsewhere.
            None => Ok(()),
        }
    }
}
