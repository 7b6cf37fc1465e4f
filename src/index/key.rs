//! What records of different systems can have in common, and so be found by.

use super::entry::id;
use crate::{
    identity::{code, email, place::Place, protocol},
    model::{ContactId, ExternalReference, InvestorId, ProfileId, ProjectId, Property},
    store::Key,
};

fn new_key(name: &'static str, value: impl Into<String>) -> Key {
    let value = value.into();
    Key { name, value }
}

/// Of all that another system calls so.
pub fn reference_key(reference: &ExternalReference) -> Key {
    let namespace = reference.namespace.to_lowercase();
    new_key("reference", format!("{namespace}:{}", reference.id))
}

/// Of an object in deep.rent: its protocols, and the property that holds its id.
pub fn object_key(object: &str) -> Key {
    new_key("object", object)
}

/// Of a protocol, and of the properties with which its file lies.
pub fn document_key(protocol: &str) -> Key {
    new_key("document", protocol)
}

/// Of a profile, and of its projects.
pub fn profile_key(profile: &ProfileId) -> Key {
    new_key("profile", profile.key())
}

/// Of all who have an e-mail address, which is in its normal form.
pub fn email_key(address: &str) -> Key {
    new_key("email", address)
}

/// Of a firm, by its name in its normal form.
pub fn firm_key(name: &str) -> Key {
    new_key("firm", name)
}

/// Of what lies in a square on the map.
pub fn point_key(square: String) -> Key {
    new_key("point", square)
}

/// Of the properties that a contact is tied to.
pub fn contact_key(contact: &ContactId) -> Key {
    new_key("contact", contact.key())
}

/// Of the prospects of a project.
pub fn project_key(project: &ProjectId) -> Key {
    new_key("project", project.key())
}

/// Of an investor, and of the prospects that it is.
pub fn investor_key(investor: &InvestorId) -> Key {
    new_key("investor", id(investor))
}

/// The agency's own number of a property, in its normal form.
pub(super) fn code_key(code: String) -> Key {
    new_key("code", code)
}

/// Of whatever is at a door.
pub(super) fn place_key(place: &Place) -> Key {
    new_key("place", place.key())
}

/// Of all who have one of these e-mail addresses, as they were typed.
pub(super) fn email_keys<'a>(
    addresses: impl IntoIterator<Item = &'a String>,
) -> impl Iterator<Item = Key> {
    let normal = addresses
        .into_iter()
        .filter_map(|it| email::normal_form(it));
    normal.map(|address| email_key(&address))
}

/// The keys that a protocol's property has, one of them at least.
pub fn keys_of_clues(clues: &protocol::Clues) -> Vec<Key> {
    let object = clues.object.as_ref().map(|object| object_key(object.key()));
    let document = clues
        .protocol
        .as_ref()
        .map(|protocol| document_key(protocol.key()));
    let place = clues.place.as_ref().map(place_key);
    let codes = clues.codes.iter().cloned().map(code_key);
    let one = [object, document, place].into_iter().flatten();
    one.chain(codes).collect()
}

/// The keys that the protocols of a property have, one of them at least.
pub fn keys_of_property(property: &Property) -> Vec<Key> {
    if let Some(object) = protocol::object_of(property) {
        // What is about another object is not about it, whatever else they share.
        return vec![object_key(object)];
    }
    let place = protocol::place_of(property).as_ref().map(place_key);
    let code = property.reference.as_deref().and_then(code::normal_form);
    let documents = property.documents.iter().flatten();
    let documents = documents.flat_map(protocol::protocols_in).map(document_key);
    let one = [place, code.map(code_key)].into_iter().flatten();
    one.chain(documents).collect()
}
