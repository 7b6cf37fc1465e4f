//! The one place that decides what a viewer may do.
//!
//! Resolvers ask; what a viewer may not see looks absent to it, so a refusal here becomes null or
//! an empty list there, not an error.

use super::{Role, Scope, Scopes, Viewer};

/// The most that a token can give to a role, whatever scopes it names.
pub fn ceiling(role: Role) -> Scopes {
    let withheld: &[Scope] = match role {
        Role::Partner => &[Scope::IntegrationAdmin, Scope::ImportRun],
        Role::Member => &[Scope::IntegrationAdmin],
        Role::Admin | Role::Owner => &[],
    };
    let scopes = Scope::ALL.into_iter();
    scopes.filter(|scope| !withheld.contains(scope)).collect()
}

/// Whether a viewer may see, or run, what needs these scopes.
pub fn permits(viewer: &Viewer, needed: Scopes) -> bool {
    viewer.scopes.contains_all(needed)
}

/// Whether a viewer may give a role to a token.
pub fn may_grant_role(viewer: &Viewer, role: Role) -> bool {
    role <= viewer.role
}

/// Answers that are read from the systems although what is kept would do: that spends what they
/// allow to the whole organisation.
pub fn may_ask_for_fresh(viewer: &Viewer) -> bool {
    viewer.role >= Role::Member && viewer.scopes.contains(Scope::PropertyRead)
}

/// Personal data: contacts beyond their name, and arguments that would tell whether it is so.
pub fn may_read_personal_data(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::ContactRead)
}

/// Street and position of a property or development that hides its address.
pub fn may_see_hidden_address(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::PropertyAddress)
}
