//! Properties, contacts and developments as the index has them.

use chrono::{DateTime, Utc};

use super::{
    entry::{Indexed, Text, address_texts, micros, texts},
    key::{
        code_key, contact_key, document_key, email_keys, firm_key, object_key, place_key, point_key,
    },
};
use crate::{
    identity::{code, person, point::square, protocol},
    model::{
        Contact, ContactId, Development, DevelopmentId, Freshness, Property, PropertyId, RecordKind,
    },
    store::{Column, Key},
};

impl Indexed for Property {
    const KIND: RecordKind = RecordKind::Property;
    type Id = PropertyId;

    fn id(&self) -> &PropertyId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(self.updated_at.as_ref())
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.map_or(DateTime::UNIX_EPOCH, |at| at.0)
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let object = protocol::object_of(self).map(object_key);
        let place = protocol::place_of(self).as_ref().map(place_key);
        let code = self.reference.as_deref().and_then(code::normal_form);
        let point = self.location.map(|point| point_key(square(point)));
        let tied = self.relationships.iter().flatten();
        let tied = tied.map(|tie| contact_key(&tie.contact));
        let filed = self.documents.iter().flatten();
        let filed = filed.flat_map(protocol::protocols_in).map(document_key);
        [object, place, code.map(code_key), point]
            .into_iter()
            .flatten()
            .chain(tied)
            .chain(filed)
            .collect()
    }

    fn texts(&self) -> Vec<Text> {
        if !self.is_active {
            return Vec::new();
        }
        let title = [self.title.as_deref(), self.reference.as_deref()];
        let of_kind = [
            self.expose_reference.as_deref(),
            self.category.as_deref(),
            self.descriptions.object.as_deref(),
        ];
        // An address that is not known to be shown is hidden; so is a name, which may tell it.
        let column = match self.hides_address {
            Some(false) => Column::Title,
            _ => Column::Place,
        };
        let tags = self.tags.iter().map(|tag| Some(tag.as_str()));
        texts(Column::Title, title)
            .chain(texts(column, [self.name.as_deref()]))
            .chain(address_texts(column, self.address.as_ref()))
            .chain(texts(Column::Text, of_kind.into_iter().chain(tags)))
            .collect()
    }
}

impl Indexed for Contact {
    const KIND: RecordKind = RecordKind::Contact;
    type Id = ContactId;

    fn id(&self) -> &ContactId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(self.updated_at.as_ref())
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.map_or(DateTime::UNIX_EPOCH, |at| at.0)
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let firm = person::firm_of(self).filter(|_| self.is_company);
        let firm = firm.map(|name| firm_key(&name));
        email_keys(self.emails.iter().flatten())
            .chain(firm)
            .collect()
    }

    fn texts(&self) -> Vec<Text> {
        if self.is_archived {
            return Vec::new();
        }
        let emails = self
            .emails
            .iter()
            .flatten()
            .map(|email| Some(email.as_str()));
        let phones = self
            .phones
            .iter()
            .flatten()
            .map(|phone| Some(phone.number.as_str()));
        let rest = [self.company.as_deref(), self.position.as_deref()];
        texts(Column::Title, [self.name.as_deref()])
            .chain(texts(
                Column::Person,
                rest.into_iter().chain(emails).chain(phones),
            ))
            .chain(address_texts(Column::Person, self.address.as_ref()))
            .collect()
    }
}

impl Indexed for Development {
    const KIND: RecordKind = RecordKind::Development;
    type Id = DevelopmentId;

    fn id(&self) -> &DevelopmentId {
        &self.id
    }

    fn version(&self) -> i64 {
        0
    }

    fn sorts(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        None
    }

    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn texts(&self) -> Vec<Text> {
        Vec::new()
    }
}
