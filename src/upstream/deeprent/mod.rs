//! deep.rent: signed hand-over protocols, and links to their PDFs.
//!
//! Start at [`Client`], which a key opens; keys and webhooks are the business of a login session, see
//! [`Administration`]. deep.rent cannot read one protocol by its id and tells no changes: there is
//! one list, newest first. It names no phone numbers, no coordinates and no other system's ids.

mod administration;
mod client;
mod convert;
mod pdf;
mod wire;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{BaseUrl, Reach, transport::Limits};
use crate::model::Protocol;

pub use administration::{Administration, NewWebhook, WebhookChanges};
pub use client::{Client, LARGEST_PAGE};

/// How one organisation's deep.rent account is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Without the surface: `https://api.deep.rent`.
    pub base_url: BaseUrl,
    /// It opens the rows of one organisation.
    pub api_key: SecretString,
    /// Of a login, to manage keys and webhooks with; nothing else needs it.
    pub session_token: Option<SecretString>,
    /// Which organisation the session is used for; needed where the login has not chosen one.
    pub organization_id: Option<String>,
    /// For all organisations alike.
    pub limits: Limits,
    /// How far calls to it may go.
    pub reach: Reach,
}

/// A place in the list of protocols: right after one of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// When that protocol was made.
    pub created_at: DateTime<Utc>,
    /// deep.rent's id of it, which decides between two of one moment.
    pub id: String,
}

impl Cursor {
    /// The place right after this protocol, wherever on its page it stands.
    pub fn after(protocol: &Protocol) -> Self {
        Self {
            created_at: protocol.created_at.0,
            id: protocol.id.key().to_owned(),
        }
    }
}

/// One page of protocols, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// At most as many as were asked for.
    pub rows: Vec<Arc<Protocol>>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}
