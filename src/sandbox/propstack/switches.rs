//! What the contract marks as unknown or inferred, to be switched by whoever tests against it.

use serde::{Deserialize, Serialize};

/// Behaviour that the contract leaves open; the defaults are its best guess.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Without `sort_by`, rows move from page to page, so that some come twice and some never.
    pub unstable_pages: bool,
    /// Another seed moves other rows.
    pub page_seed: u64,
    /// No more rows on a page than this, whatever `per` says; no limit when absent.
    pub max_per: Option<usize>,
    /// `GET /units` without `with_meta` answers `{data}` instead of a bare array.
    pub units_in_data: bool,
    /// `GET /contacts` understands `with_meta`.
    pub contacts_with_meta: bool,
    /// `GET /contacts` understands `sort_by=id`.
    pub contacts_by_id: bool,
    /// `GET /contact_statuses` answers `{data}` instead of a bare array.
    pub contact_statuses_in_data: bool,
    /// `GET /relationships` answers `{data}` instead of a bare array.
    pub relationships_in_data: bool,
    /// `GET /projects` cuts pages like the others.
    pub projects_paged: bool,
    /// The full shape of a unit holds bare values, as older clients saw it.
    pub bare_full_shape: bool,
    /// The full shape of a unit calls its status `status`.
    pub full_shape_says_status: bool,
    /// What the full shape of a unit lists as its documents.
    pub documents_in_units: DocumentsInUnits,
    /// A relationship within a unit calls the contact `related_client_id`.
    pub units_say_related_client_id: bool,
    /// A contact calls its status `status`.
    pub contacts_say_status: bool,
    /// Custom fields are a list of `{name, value, pretty_value}`.
    pub custom_fields_listed: bool,
}

/// How much of a unit's documents its full shape holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DocumentsInUnits {
    All,
    Public,
    None,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            unstable_pages: true,
            page_seed: 0,
            max_per: None,
            units_in_data: false,
            contacts_with_meta: true,
            contacts_by_id: true,
            contact_statuses_in_data: false,
            relationships_in_data: false,
            projects_paged: false,
            bare_full_shape: false,
            full_shape_says_status: false,
            documents_in_units: DocumentsInUnits::All,
            units_say_related_client_id: false,
            contacts_say_status: false,
            custom_fields_listed: false,
        }
    }
}
