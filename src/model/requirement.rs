//! How a type or field of the graph says what a viewer needs to see it.
//!
//! The two directives are the only place where that is declared: the schema that everybody reads
//! carries them, and the gate that everybody passes is built from them.

use async_graphql::TypeDirective;

/// Whoever sees this needs the scopes. A field also needs those of the type that it leads to, and
/// what stands in a type needs those of the type. What one may not see looks absent.
#[TypeDirective(
    name = "requiresScopes",
    location = "Object",
    location = "FieldDefinition"
)]
pub fn requires(
    #[graphql(desc = "All scopes of one of the inner lists.")] scopes: Vec<Vec<String>>,
) {
}

/// Any viewer may see this.
#[TypeDirective(
    name = "authenticated",
    location = "Object",
    location = "FieldDefinition"
)]
pub fn authenticated() {}

/// All of these scopes, spelled as in tokens and separated by spaces.
pub fn all(words: &str) -> Vec<Vec<String>> {
    vec![words.split_whitespace().map(str::to_owned).collect()]
}
