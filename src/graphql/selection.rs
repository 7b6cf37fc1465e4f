//! What a selection of properties needs: Propstack's flat rows, or the six times larger full form.

use async_graphql::SelectionField;

use crate::{
    auth::{Viewer, policy},
    upstream::propstack::Form,
};

/// The form that a field answers with properties in: the property itself, or a connection of them.
pub fn form(field: SelectionField<'_>, viewer: &Viewer) -> Form {
    let is_enough = field.selection_set().all(|field| match field.name() {
        // Of a connection.
        "edges" | "nodes" | "node" => form(field, viewer) == Form::Flat,
        "cursor" | "pageInfo" | "totalCount" | "match" => true,
        _ => is_flat(field, viewer),
    });
    if is_enough {
        Form::Flat
    } else {
        Form::Expanded
    }
}

/// Whether Propstack's flat rows carry what a field of a property answers.
fn is_flat(field: SelectionField<'_>, viewer: &Viewer) -> bool {
    match field.name() {
        "__typename" | "id" | "source" | "reference" | "exposeReference" | "title" | "offer"
        | "usage" | "kind" | "status" | "isActive" | "protocols" | "projects" | "createdAt"
        | "updatedAt" | "freshness" => true,
        // Flat rows do not say whether the address is hidden.
        "name" | "address" | "location" => policy::may_see_hidden_address(viewer),
        // Nor, then, whether the development's may be shown with it.
        "development" => {
            policy::may_see_hidden_address(viewer)
                || field.selection_set().all(|field| field.name() != "address")
        }
        "areas" => has_only(field, &["livingSqm"]),
        "rooms" => has_only(field, &["total", "bedrooms", "bathrooms", "floor"]),
        "sale" => has_only(field, &["price"]),
        "rent" => has_only(field, &["coldRent", "totalRent"]),
        "customFields" => has_only(field, &["name", "value"]),
        _ => false,
    }
}

fn has_only(field: SelectionField<'_>, names: &[&str]) -> bool {
    field
        .selection_set()
        .all(|field| field.name() == "__typename" || names.contains(&field.name()))
}
