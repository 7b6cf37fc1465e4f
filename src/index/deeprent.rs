//! Protocols as the index has them.

use chrono::{DateTime, Utc};

use super::{
    entry::{Indexed, Text, address_texts, texts},
    key::{email_keys, keys_of_clues},
};
use crate::{
    identity::protocol,
    model::{Freshness, Protocol, ProtocolId, RecordKind},
    store::{Column, Key},
};

const MOST_VERSIONS: i64 = (1 << 28) - 1;
const SECONDS: i64 = (1 << 34) - 1;

impl Indexed for Protocol {
    const KIND: RecordKind = RecordKind::Protocol;
    type Id = ProtocolId;

    fn id(&self) -> &ProtocolId {
        &self.id
    }

    fn version(&self) -> i64 {
        // The greater version is the newer one; of equal ones, that which changed later.
        let version = i64::from(self.version.unwrap_or(0).max(0));
        let seconds = self.updated_at.map_or(0, |at| at.0.timestamp());
        (version.min(MOST_VERSIONS) << 34) | (seconds & SECONDS)
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deletion.as_ref().map(|deletion| deletion.deleted_at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let people = self.contacts.iter().flatten();
        let people = email_keys(people.flat_map(|contact| &contact.email));
        let about = keys_of_clues(&protocol::Clues::of(self)).into_iter();
        about.chain(people).collect()
    }

    fn texts(&self) -> Vec<Text> {
        let people = self.contacts.iter().flatten().flat_map(|contact| {
            let name = [contact.first_name.as_deref(), contact.last_name.as_deref()];
            let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let rest = [contact.company_name.clone(), contact.email.clone()];
            [Some(name)].into_iter().chain(rest).flatten()
        });
        let people = people.map(|text| Text {
            column: Column::Person,
            text,
        });
        let owner = self
            .owner
            .as_ref()
            .and_then(|owner| owner.user_name.as_deref());
        let tags = self.tags.iter().map(|tag| Some(tag.as_str()));
        texts(Column::Title, [self.object.name.as_deref()])
            .chain(texts(
                Column::Text,
                [self.cause_text.as_deref()].into_iter().chain(tags),
            ))
            .chain(address_texts(Column::Place, self.object.address.as_ref()))
            .chain(people)
            .chain(texts(Column::Person, [owner]))
            .collect()
    }
}
