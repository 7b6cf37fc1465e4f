//! The one place that decides what a viewer may do.
//!
//! Resolvers ask; what a viewer may not see looks absent to it, so a refusal here becomes null or
//! an empty list there, not an error.

use super::{Scope, Viewer};

/// Properties, developments, brokers and statuses.
pub fn may_read_properties(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::PropertyRead)
}

/// Street and position of a property that hides its address.
pub fn may_see_hidden_address(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::PropertyAddress)
}

/// Personal data, wherever it stands: contacts beyond their name, e-mail addresses and numbers of
/// protocol contacts and investors, and every argument that probes them.
pub fn may_read_contacts(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::ContactRead)
}

/// Documents of properties.
pub fn may_read_documents(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::DocumentRead)
}

/// Handover protocols and their PDFs.
pub fn may_read_protocols(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::ProtocolRead)
}

/// Investment projects and property profiles.
pub fn may_read_projects(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::ProjectRead)
}

/// Prospects and investors.
pub fn may_read_prospects(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::ProspectRead)
}
