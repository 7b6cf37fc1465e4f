//! How each kind of record goes into the index and comes out.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::fold::fold;
use crate::{
    identity::{code, email, investor, person, place::Place, point::square, protocol},
    model::{
        Address, Contact, ContactId, Development, DevelopmentId, ExternalReference, Freshness,
        Investor, InvestorId, ProfileId, Project, ProjectId, Property, PropertyId, PropertyProfile,
        Prospect, ProspectId, Protocol, ProtocolId, RecordId, RecordKind,
    },
    store::{Column, Entry, Found, Key, Words},
};

/// The names of keys: what records of two systems can have in common.
pub mod key {
    /// The id of an object in deep.rent.
    pub const OBJECT: &str = "object";
    /// The normal form of a door.
    pub const PLACE: &str = "place";
    /// The normal form of an e-mail address.
    pub const EMAIL: &str = "email";
    /// Namespace and id of an external reference.
    pub const REFERENCE: &str = "reference";
    /// The agency's own number of a property.
    pub const CODE: &str = "code";
    /// A contact that a property is tied to.
    pub const CONTACT: &str = "contact";
    /// The development that a property belongs to.
    pub const DEVELOPMENT: &str = "development";
    /// An investor, and the prospects that it is.
    pub const INVESTOR: &str = "investor";
    /// The project that a prospect is in.
    pub const PROJECT: &str = "project";
    /// A profile, and the projects that are linked to it.
    pub const PROFILE: &str = "profile";
    /// A protocol, and the properties with which its file lies.
    pub const DOCUMENT: &str = "document";
    /// The normal form of a firm's name.
    pub const FIRM: &str = "firm";
    /// A square on the map.
    pub const POINT: &str = "point";
}

/// A record that the index can keep.
pub trait Indexed: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What it is.
    const KIND: RecordKind;
    /// What names it.
    type Id: RecordId + Clone + Send + Sync;

    /// Its id.
    fn id(&self) -> &Self::Id;

    /// Of two readings, the one with the greater version is the newer; 0 where that is not told.
    fn version(&self) -> i64;

    /// Where it stands in lists, which begin with the newest.
    fn sorts(&self) -> DateTime<Utc>;

    /// When it went, where it says so itself.
    fn deleted_at(&self) -> Option<DateTime<Utc>>;

    /// When it was read.
    fn freshness(&mut self) -> Option<&mut Freshness>;

    /// What it can be found by beside its id.
    fn keys(&self) -> Vec<Key>;

    /// What people look for, the most telling first; none for records that nobody looks for.
    fn texts(&self) -> Vec<Text>;
}

/// One text of a record, in the column that it is searched in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Who may search in it.
    pub column: Column,
    /// As people read it.
    pub text: String,
}

/// The words of all texts of a record.
fn words_of(texts: &[Text]) -> Option<Words> {
    if texts.is_empty() {
        return None;
    }
    let of = |column| {
        let texts = texts.iter().filter(|text| text.column == column);
        let folded: Vec<_> = texts.map(|text| fold(&text.text)).collect();
        folded.join(" ")
    };
    Some(Words {
        title: of(Column::Title),
        text: of(Column::Text),
        place: of(Column::Place),
        person: of(Column::Person),
    })
}

/// Those of a column that are there.
fn texts<'a>(
    column: Column,
    texts: impl IntoIterator<Item = Option<&'a str>>,
) -> impl Iterator<Item = Text> {
    let texts = texts
        .into_iter()
        .flatten()
        .filter(|text| !text.trim().is_empty());
    texts.map(move |text| Text {
        column,
        text: text.to_owned(),
    })
}

/// An address as people read it, and its street in one word however that was written.
fn address_texts(column: Column, address: Option<&Address>) -> impl Iterator<Item = Text> {
    let line = address.map(Address::in_one_line);
    let district = address.and_then(|address| address.district.clone());
    let street = address.and_then(Place::of);
    let street = street.map(|place| place.street().to_owned());
    let all = [line, district, street].into_iter().flatten();
    all.map(move |text| Text { column, text })
}

/// What names a record among those of its kind.
pub(super) fn id(id: &impl RecordId) -> String {
    let mut key = String::new();
    id.write_key(&mut key);
    key
}

/// What is kept of a record that was read at `read_at`.
pub fn entry_at<T: Indexed>(record: &T, read_at: DateTime<Utc>) -> Entry {
    let body = serde_json::to_string(record).expect("a record is plain data");
    let mut keys = record.keys();
    keys.retain(|key| !key.value.is_empty() && key.value.len() <= MOST_BYTES);
    keys.sort_unstable();
    keys.dedup();
    let words = words_of(&record.texts());
    let mut digest = Sha256::new();
    digest.update(&body);
    for key in &keys {
        digest.update([0]);
        digest.update(key.name);
        digest.update(&key.value);
    }
    if let Some(words) = &words {
        for column in [&words.title, &words.text, &words.place, &words.person] {
            digest.update([1]);
            digest.update(column);
        }
    }
    let digest: [u8; 32] = digest.finalize().into();
    Entry {
        kind: T::KIND,
        id: id(record.id()),
        version: record.version(),
        sorts: record.sorts(),
        read_at,
        deleted_at: record.deleted_at(),
        digest: digest[..16].try_into().expect("is half of it"),
        body,
        keys,
        words,
    }
}

/// A longer key is no name of anything, and more than an index of PostgreSQL takes.
const MOST_BYTES: usize = 500;

/// A record as it was kept; `None` when it is gone, or another version of the program kept it.
pub(super) fn read<T: Indexed>(found: &Found) -> Option<Arc<T>> {
    let mut record: T = serde_json::from_str(&found.body)
        .inspect_err(|_| tracing::warn!(kind = T::KIND.as_str(), "an unreadable row of the index"))
        .ok()?;
    // Protocols say themselves that they were deleted, and are shown to whoever asks for such.
    if found.deleted_at.is_some() && record.deleted_at().is_none() {
        return None;
    }
    if let Some(freshness) = record.freshness() {
        *freshness = Freshness::of_index(found.read_at);
    }
    Some(Arc::new(record))
}

fn new_key(name: &'static str, value: impl Into<String>) -> Key {
    let value = value.into();
    Key { name, value }
}

/// The key of an external reference.
pub fn reference_key(reference: &ExternalReference) -> Key {
    let namespace = reference.namespace.to_lowercase();
    new_key(key::REFERENCE, format!("{namespace}:{}", reference.id))
}

/// The key of an object in deep.rent.
pub fn object_key(object: &str) -> Key {
    new_key(key::OBJECT, object)
}

/// The key of a protocol, and of the properties with which its file lies.
pub fn document_key(protocol: &str) -> Key {
    new_key(key::DOCUMENT, protocol)
}

/// The key of a profile and of its projects.
pub fn profile_key(profile: &ProfileId) -> Key {
    new_key(key::PROFILE, profile.key())
}

/// The key of an e-mail address in its normal form.
pub fn email_key(address: &str) -> Key {
    new_key(key::EMAIL, address)
}

/// The key of a firm's name in its normal form.
pub fn firm_key(name: &str) -> Key {
    new_key(key::FIRM, name)
}

/// The key of a square on the map.
pub fn point_key(square: String) -> Key {
    new_key(key::POINT, square)
}

fn code_key(code: String) -> Key {
    new_key(key::CODE, code)
}

fn place_key(place: &Place) -> Key {
    new_key(key::PLACE, place.key())
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

/// The key of the properties that a contact is tied to.
pub fn contact_key(contact: &ContactId) -> Key {
    new_key(key::CONTACT, contact.key())
}

/// The key of the prospects of a project.
pub fn project_key(project: &ProjectId) -> Key {
    new_key(key::PROJECT, project.key())
}

/// The key of an investor and of the prospects that it is.
pub fn investor_key(investor: &InvestorId) -> Key {
    new_key(key::INVESTOR, id(investor))
}

fn emails<'a>(addresses: impl IntoIterator<Item = &'a String>) -> Vec<Key> {
    let normal = addresses
        .into_iter()
        .filter_map(|it| email::normal_form(it));
    normal.map(|address| email_key(&address)).collect()
}

fn micros(at: Option<&crate::model::DateTime>) -> i64 {
    at.map_or(0, |at| at.0.timestamp_micros())
}

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
        let development = self.development_id.as_ref();
        let development = development.map(|id| new_key(key::DEVELOPMENT, id.key()));
        let tied = self.relationships.iter().flatten();
        let tied = tied.map(|tie| contact_key(&tie.contact));
        let filed = self.documents.iter().flatten();
        let filed = filed.flat_map(protocol::protocols_in).map(document_key);
        [object, place, code.map(code_key), point, development]
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
        let emails = emails(self.emails.iter().flatten()).into_iter();
        emails.chain(firm).collect()
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
        let people = emails(people.flat_map(|contact| &contact.email));
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

const MOST_VERSIONS: i64 = (1 << 28) - 1;
const SECONDS: i64 = (1 << 34) - 1;

impl Indexed for Project {
    const KIND: RecordKind = RecordKind::Project;
    type Id = ProjectId;

    fn id(&self) -> &ProjectId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(Some(&self.updated_at))
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let references = self.external_references.iter().map(reference_key);
        let profiles = self.profile_ids.iter().map(profile_key);
        references.chain(profiles).collect()
    }

    fn texts(&self) -> Vec<Text> {
        let references = self.external_references.iter();
        texts(Column::Title, [Some(self.name.as_str())])
            .chain(texts(
                Column::Text,
                references.map(|reference| Some(reference.id.as_str())),
            ))
            .collect()
    }
}

impl Indexed for PropertyProfile {
    const KIND: RecordKind = RecordKind::Profile;
    type Id = ProfileId;

    fn id(&self) -> &ProfileId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(Some(&self.updated_at))
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        None
    }

    fn keys(&self) -> Vec<Key> {
        let references = self.external_references.iter().map(reference_key);
        let point = self.location.map(|point| point_key(square(point)));
        references
            .chain(point)
            .chain([profile_key(&self.id)])
            .collect()
    }

    fn texts(&self) -> Vec<Text> {
        Vec::new()
    }
}

impl Indexed for Prospect {
    const KIND: RecordKind = RecordKind::Prospect;
    type Id = ProspectId;

    fn id(&self) -> &ProspectId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(Some(&self.updated_at))
    }

    fn sorts(&self) -> DateTime<Utc> {
        self.created_at.0
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        Some(&mut self.freshness)
    }

    fn keys(&self) -> Vec<Key> {
        let investor = self.investor_id.as_ref();
        let investor = investor.map(investor_key);
        let project = project_key(&self.id.project);
        let references = self.external_references.iter().map(reference_key);
        investor
            .into_iter()
            .chain([project])
            .chain(references)
            .collect()
    }

    fn texts(&self) -> Vec<Text> {
        let names = [
            self.display_name.as_deref(),
            self.organization_name.as_deref(),
        ];
        let references = self.external_references.iter();
        let references = references.map(|reference| Some(reference.id.as_str()));
        let tags = self.tags.iter().map(|tag| Some(tag.as_str()));
        texts(Column::Title, names)
            .chain(texts(Column::Text, tags.chain(references)))
            .collect()
    }
}

impl Indexed for Investor {
    const KIND: RecordKind = RecordKind::Investor;
    type Id = InvestorId;

    fn id(&self) -> &InvestorId {
        &self.id
    }

    fn version(&self) -> i64 {
        micros(self.updated_at.as_ref())
    }

    fn sorts(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted_at.map(|at| at.0)
    }

    fn freshness(&mut self) -> Option<&mut Freshness> {
        None
    }

    fn keys(&self) -> Vec<Key> {
        let references = self.external_references.iter().map(reference_key);
        let clues = investor::Clues::of(self);
        let emails = clues.emails.iter().map(|address| email_key(address));
        let firm = clues.firm.as_deref().map(firm_key);
        let own = [investor_key(&self.id)];
        emails.chain(firm).chain(references).chain(own).collect()
    }

    fn texts(&self) -> Vec<Text> {
        Vec::new()
    }
}
