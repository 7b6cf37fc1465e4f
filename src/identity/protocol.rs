//! Protocols of deep.rent and properties of Propstack.
//!
//! Certain: the property's custom field [`OBJECT_FIELD`] holds the id of the protocol's object.
//! Heuristic, the most telling first: the object's name or a tag holds the agency's number of the
//! property; the protocol's file lies with the property; same door and same designation, or no
//! designation on either side. But a flat without a designation never matches by its door: one cannot
//! tell it from its neighbours.

use super::{code, decision::Decisions, designation::Designation, place::Place, verdict::Likeness};
use crate::model::{
    Document, Json, Match, MatchedBy, Property, PropertyId, PropertyKind, Protocol, ProtocolId,
    ProtocolObject, ProtocolObjectId,
};

/// The custom field of a property that holds deep.rent's id of the same object.
pub const OBJECT_FIELD: &str = "deeprent_object_id";

/// What a protocol says of the property that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clues {
    /// The protocol; `None` for an object that somebody else knows of.
    pub protocol: Option<ProtocolId>,
    /// Its object: all protocols of one object are about one property.
    pub object: Option<ProtocolObjectId>,
    /// Whatever may be the agency's own number of the property, in its normal form.
    pub codes: Vec<String>,
    /// The door.
    pub place: Option<Place>,
    /// What tells the unit from others at that door.
    pub designation: Option<Designation>,
}

impl Clues {
    /// Those of a protocol.
    pub fn of(protocol: &Protocol) -> Self {
        Self {
            protocol: Some(protocol.id.clone()),
            object: protocol.object.id.clone(),
            codes: codes_of(protocol),
            place: place_of_object(&protocol.object),
            designation: protocol.object.name.as_deref().and_then(Designation::find),
        }
    }

    /// An object of which nothing but its id is known.
    pub fn of_object(object: ProtocolObjectId) -> Self {
        Self {
            protocol: None,
            object: Some(object),
            codes: Vec::new(),
            place: None,
            designation: None,
        }
    }

    /// What people said to be the property.
    pub fn decided(&self, decisions: &Decisions) -> Option<(PropertyId, Match)> {
        let object = self.object.as_ref().map(|object| decisions.same(object));
        let protocol = self
            .protocol
            .as_ref()
            .map(|protocol| decisions.same(protocol));
        object.into_iter().chain(protocol).flatten().next()
    }

    /// Whether people said that a property is not it.
    pub fn are_apart(&self, decisions: &Decisions, property: &PropertyId) -> bool {
        let object = self.object.as_ref();
        let protocol = self.protocol.as_ref();
        object.is_some_and(|object| decisions.are_apart(property, object))
            || protocol.is_some_and(|protocol| decisions.are_apart(property, protocol))
    }

    /// What a property has in common with them.
    pub fn likenesses(&self, property: &Property) -> Vec<Likeness> {
        let stored = object_of(property);
        if let Some(stored) = stored
            && self
                .object
                .as_ref()
                .is_none_or(|object| object.key() != stored)
        {
            // It is another object.
            return Vec::new();
        }
        let code = property.reference.as_deref().and_then(code::normal_form);
        let mut documents = property.documents.iter().flatten();
        [
            stored.map(|_| Likeness::certain(MatchedBy::ExternalReference)),
            code.filter(|code| self.codes.contains(code))
                .map(|_| Likeness::heuristic(MatchedBy::ObjectCode)),
            documents
                .any(|document| {
                    let protocol = self.protocol.as_ref().map(ProtocolId::key);
                    protocols_in(document).any(|it| Some(it) == protocol)
                })
                .then_some(Likeness::heuristic(MatchedBy::Document)),
            self.door(property),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn door(&self, property: &Property) -> Option<Likeness> {
        if self.place.is_none() || place_of(property) != self.place {
            return None;
        }
        match (designation_of(property), &self.designation) {
            (Some(unit), Some(object)) if unit == *object => {
                Some(Likeness::heuristic(MatchedBy::Address))
            }
            (Some(_), Some(_)) => None,
            (None, None) if !shares_its_door(property) => {
                Some(Likeness::heuristic(MatchedBy::Address))
            }
            _ => Some(Likeness::Vague(MatchedBy::Address)),
        }
    }
}

/// Whether a property of this kind usually shares its address with others like it.
fn shares_its_door(property: &Property) -> bool {
    matches!(
        property.kind,
        None | Some(PropertyKind::Apartment | PropertyKind::ShortTerm)
    )
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

/// The protocols whose file a document is, by deep.rent's ids: `protocol-4711.pdf`, as such files are
/// called by whoever files them.
pub fn protocols_in(document: &Document) -> impl Iterator<Item = &str> {
    let names = [&document.title, &document.name];
    names.into_iter().flatten().filter_map(|name| {
        let (_, rest) = name.split_once("protocol-")?;
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let id = rest.split(|letter| !is_part(letter)).next()?;
        (!id.is_empty()).then_some(id)
    })
}

/// The door of a property.
pub fn place_of(property: &Property) -> Option<Place> {
    Place::of(property.address.as_ref()?)
}

/// The door of a protocol's object.
pub fn place_of_object(object: &ProtocolObject) -> Option<Place> {
    Place::of(object.address.as_ref()?)
}

/// What tells a property from others at its door.
pub(super) fn designation_of(property: &Property) -> Option<Designation> {
    [&property.apartment_number, &property.name]
        .into_iter()
        .flatten()
        .find_map(|text| Designation::find(text))
}
