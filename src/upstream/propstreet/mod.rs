//! Propstreet: projects, their prospects, the profiles of their properties, investors; webhooks.
//!
//! Start at [`Client`]. Propstreet leaves null fields out, lists in the order of change behind
//! opaque cursors, and allows 600 requests a minute, or 60 with a personal token. A property's
//! profile knows no street and no postal code.

mod change;
mod client;
mod convert;
mod project;
mod prospect;
mod query;
mod resource;
mod token;
mod webhook;
mod wire;

use secrecy::SecretString;
use serde::Deserialize;

use super::{BaseUrl, Reach, transport::Limits};

pub use change::{NewProspect, ProjectChange, ProspectChange};
pub use client::{Client, LARGEST_PAGE};
pub use prospect::{Batch, BatchFailure, Classified, LARGEST_BATCH};
pub use query::{AssociatedQuery, ChangesQuery, ProjectsQuery, ProspectsQuery};
pub use resource::Resource;
pub use webhook::{NewWebhook, WebhookChanges, WebhookTest};

/// How one organisation's Propstreet account is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// With the version: `https://app.propstreet.com/api/v1`.
    pub base_url: BaseUrl,
    /// Where client credentials buy a token. That it has the same host is assumed.
    pub token_url: BaseUrl,
    /// What opens the account.
    pub credentials: Credentials,
    /// For all organisations alike.
    pub limits: Limits,
    /// How far calls to it may go.
    pub reach: Reach,
}

/// What opens an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Credentials {
    /// A personal access token: it lasts 30 days, and Propstreet cannot renew it.
    Token(SecretString),
    /// A client that buys a token for each hour or so.
    Client {
        /// Its public name.
        id: String,
        /// What it proves itself by.
        secret: SecretString,
    },
}

/// One page of a list, ordered by last change. A row that changes meanwhile may come twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub rows: Vec<T>,
    /// The cursor of the next page, for the same query; `None` on the last one.
    pub next: Option<String>,
}
