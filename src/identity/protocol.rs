//! Protocols of deep.rent and properties of Propstack.
//!
//! Certain: the property's custom field [`OBJECT_FIELD`] holds the id of the protocol's object.
//! Heuristic: same door and same designation, or no designation on either side. But a flat without
//! a designation never matches: one cannot tell it from its neighbours.

use std::ops::Deref;

use super::{code, designation::Designation, place::Place};
use crate::model::{Json, Match, MatchedBy, Property, PropertyKind, Protocol, ProtocolObject};

/// The custom field of a property that holds deep.rent's id of the same object.
pub const OBJECT_FIELD: &str = "deeprent_object_id";

/// Why `object` is taken to be `property`; `None` when it is not.
pub fn match_object(property: &Property, object: &ProtocolObject) -> Option<Match> {
    if let Some(known) = object_of(property) {
        let is_same = object.id.as_ref().is_some_and(|id| id.key() == known);
        return is_same.then_some(Match::certain(MatchedBy::ExternalReference));
    }
    let door = place_of(property)?;
    if Some(door) != place_of_object(object) {
        return None;
    }
    let is_alike = match (designation_of(property), designation_of_object(object)) {
        (Some(unit), Some(object)) => unit == object,
        (None, None) => !shares_its_door(property),
        _ => false,
    };
    is_alike.then_some(Match::heuristic(MatchedBy::Address))
}

/// Whether a property of this kind usually shares its address with others like it.
fn shares_its_door(property: &Property) -> bool {
    matches!(
        property.kind,
        None | Some(PropertyKind::Apartment | PropertyKind::ShortTerm)
    )
}

/// The one property among `candidates` that `object` is about: a certain match, or the only
/// heuristic one.
pub fn match_property<'a, P: Deref<Target = Property>>(
    candidates: &'a [P],
    object: &ProtocolObject,
) -> Option<(&'a P, Match)> {
    let (mut certain, mut heuristic) = (Vec::new(), Vec::new());
    for property in candidates {
        match match_object(property, object) {
            Some(found) if found == Match::certain(found.by) => certain.push((property, found)),
            Some(found) => heuristic.push((property, found)),
            None => {}
        }
    }
    let best = if certain.is_empty() {
        heuristic
    } else {
        certain
    };
    match best[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// deep.rent's id of the object that somebody stored with the property.
pub fn object_of(property: &Property) -> Option<&str> {
    let field = property
        .custom_fields
        .iter()
        .find(|field| field.name == OBJECT_FIELD)?;
    match &field.value {
        Some(Json(serde_json::Value::String(id))) if !id.trim().is_empty() => Some(id.trim()),
        _ => None,
    }
}

/// Whatever a protocol says that may be the agency's own number of the property.
pub fn codes_of(protocol: &Protocol) -> Vec<String> {
    let texts = protocol.object.name.iter().chain(&protocol.tags);
    texts.flat_map(|text| code::find(text)).collect()
}

/// The door of a property.
pub fn place_of(property: &Property) -> Option<Place> {
    Place::of(property.address.as_ref()?)
}

/// The door of a protocol's object.
pub fn place_of_object(object: &ProtocolObject) -> Option<Place> {
    Place::of(object.address.as_ref()?)
}

fn designation_of(property: &Property) -> Option<Designation> {
    [&property.apartment_number, &property.name]
        .into_iter()
        .flatten()
        .find_map(|text| Designation::find(text))
}

fn designation_of_object(object: &ProtocolObject) -> Option<Designation> {
    Designation::find(object.name.as_deref()?)
}
