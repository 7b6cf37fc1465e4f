//! The one place that decides what a viewer may do.
//!
//! Resolvers ask; what a viewer may not see looks absent to it, so a refusal here becomes null or
//! an empty list there, not an error.

use super::{Scope, Viewer};

/// Street and position of a property or development that hides its address.
pub fn may_see_hidden_address(viewer: &Viewer) -> bool {
    viewer.scopes.contains(Scope::PropertyAddress)
}
