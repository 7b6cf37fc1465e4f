//! References that people wrote on records of Propstreet.

use crate::model::ExternalReference;

/// Namespace of Propstack's unit and contact ids.
pub const PROPSTACK: &str = "propstack";
/// Namespace of Propstack's project ids, which are our developments.
pub const PROPSTACK_PROJECT: &str = "propstack-project";
/// Namespace of deep.rent's object ids.
pub const DEEPRENT: &str = "deeprent";

/// What a namespace calls a record; letter case of the namespace does not matter.
pub fn find<'a>(references: &'a [ExternalReference], namespace: &str) -> Option<&'a str> {
    let mut in_namespace = references
        .iter()
        .filter(|reference| reference.namespace.eq_ignore_ascii_case(namespace));
    in_namespace.next().map(|reference| reference.id.as_str())
}
