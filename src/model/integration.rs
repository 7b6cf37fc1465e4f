//! One organisation's way to one system, as its administrators see it.

use std::fmt;

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};

use super::requirement::{all, requires};
use super::{DateTime, System};

/// How a system is connected. The credentials themselves are never shown.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(complex, directive = requires::apply(all("integration:admin")))]
pub struct Integration {
    /// Which system.
    pub system: System,
    /// What the last check found.
    pub status: IntegrationStatus,
    /// Whether the gateway's configuration file connects it: then it is changed there only.
    pub is_configured: bool,
    /// When it was last checked.
    pub checked_at: Option<DateTime>,
    /// What the credentials may do there, as far as the gateway needs it.
    pub permissions: Vec<String>,
    /// The last four characters of each key, to recognise it by.
    pub key_hint: Option<String>,
    /// Why it does not work, for people.
    pub problem: Option<String>,
}

/// What a check of the credentials found.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum IntegrationStatus {
    /// There are no credentials.
    NotConnected,
    /// There are credentials that nobody has checked yet.
    Unchecked,
    /// The system accepts the credentials.
    Connected,
    /// The system refuses the credentials.
    Refused,
    /// The system did not answer.
    Unreachable,
}

/// What a system allows, as far as it has said so, and whether it is asked at all.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("integration:admin")))]
pub struct RequestBudget {
    /// How many calls it allows in a minute.
    pub limit_per_minute: Option<i32>,
    /// How many of them are left in this minute.
    pub remaining: Option<i32>,
    /// Until when it is not called: nothing is left, or it has asked for fewer requests.
    pub throttled_until: Option<DateTime>,
    /// Whether it is called.
    pub circuit: CircuitState,
}

/// Whether a system is called.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// It is.
    Closed,
    /// It was down: the next call tries whether it still is.
    HalfOpen,
    /// It is down: calls fail at once.
    Open,
}

/// Connects a system.
#[derive(InputObject)]
pub struct ConnectIntegrationInput {
    /// The system, and what opens it. They are checked there before they are saved.
    pub credentials: CredentialsInput,
    /// Repeated with the same key, the same is done once and told again, for a day.
    pub idempotency_key: Option<String>,
}

/// What opens one system.
#[derive(OneofObject)]
pub enum CredentialsInput {
    /// Propstack.
    Propstack(PropstackCredentialsInput),
    /// deep.rent.
    DeepRent(DeepRentCredentialsInput),
    /// Propstreet.
    Propstreet(PropstreetCredentialsInput),
}

/// What opens Propstack.
#[derive(InputObject)]
pub struct PropstackCredentialsInput {
    /// API keys, made under Verwaltung > API-Schlüssel. An account may split its rights over several:
    /// each call uses one that has the right.
    #[graphql(secret)]
    pub api_keys: Vec<String>,
    /// The secret that signs its webhooks.
    #[graphql(secret)]
    pub webhook_secret: Option<String>,
}

/// What opens deep.rent.
#[derive(InputObject)]
pub struct DeepRentCredentialsInput {
    /// An API key: it opens the protocols of one organisation.
    #[graphql(secret)]
    pub api_key: String,
    /// A login session, for the administration of API keys and webhooks only.
    #[graphql(secret)]
    pub session_token: Option<String>,
    /// deep.rent's id of the organisation that the session is to act for.
    pub organization_id: Option<String>,
    /// The secret that signs its webhooks.
    #[graphql(secret)]
    pub webhook_secret: Option<String>,
}

/// What opens Propstreet: an access token, or a client's id with its secret.
#[derive(InputObject)]
pub struct PropstreetCredentialsInput {
    /// A personal access token. It lasts 30 days, and Propstreet allows it 60 requests a minute.
    #[graphql(secret)]
    pub access_token: Option<String>,
    /// A client's id. Propstreet allows it 600 requests a minute.
    pub client_id: Option<String>,
    /// That client's secret.
    #[graphql(secret)]
    pub client_secret: Option<String>,
}

impl fmt::Debug for CredentialsInput {
    /// Shows which system it is for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Propstack(_) => "propstack",
            Self::DeepRent(_) => "deepRent",
            Self::Propstreet(_) => "propstreet",
        })
    }
}

/// Disconnects a system: its credentials are forgotten at once.
#[derive(Debug, InputObject)]
pub struct DisconnectIntegrationInput {
    /// Which system.
    pub system: System,
    /// Repeated with the same key, the same is done once and told again, for a day.
    pub idempotency_key: Option<String>,
}

/// Checks whether a system still accepts its credentials.
#[derive(Debug, InputObject)]
pub struct CheckIntegrationInput {
    /// Which system.
    pub system: System,
    /// Repeated with the same key, the same is done once and told again, for a day.
    pub idempotency_key: Option<String>,
}
