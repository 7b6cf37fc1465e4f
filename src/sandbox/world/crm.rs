//! What the CRM holds: developments, units, people, brokers, documents.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::Place;

/// A quarter or a building with several units: a Propstack project.
#[derive(Debug, Clone)]
pub struct Development {
    /// Propstack's id.
    pub id: u64,
    /// Its name.
    pub title: String,
    /// Its short code, such as `QLH`; no two are alike.
    pub code: String,
    /// Where it stands; the house number may span several houses, such as `12-18`.
    pub place: Place,
    /// The broker in charge.
    pub broker: u64,
    /// To let rather than to sell.
    pub is_rental: bool,
    /// Not to be told to the public.
    pub hides_address: bool,
    /// Index into the stages of a development: acquisition, progress, sales, sold.
    pub stage: usize,
    /// Year of construction.
    pub built: i32,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A row of a list that each account keeps for itself, such as a status, a source or a tag.
#[derive(Debug)]
pub struct Label {
    /// Propstack's id; differs from account to account.
    pub id: u64,
    /// What people call it.
    pub name: String,
    /// Such as `#2e9e5b`.
    pub color: &'static str,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UnitKind {
    Apartment,
    House,
    Office,
    Store,
    Garage,
    Land,
}

/// One thing to let or to sell: a Propstack unit.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Propstack's id.
    pub id: u64,
    /// The development that it belongs to.
    pub development: Option<u64>,
    /// The broker in charge.
    pub broker: u64,
    /// What it is.
    pub kind: UnitKind,
    /// Where it is.
    pub place: Place,
    /// What tells it from its neighbours in the same house, such as `WE 07`; none when it stands
    /// alone.
    pub designation: Option<String>,
    /// The firm's own number, such as `QLH-14-07`.
    pub number: String,
    /// To let rather than to sell.
    pub is_rental: bool,
    /// Out of the active stock.
    pub is_archived: bool,
    /// The street and the position are not to be shown.
    pub hides_address: bool,
    /// Index into [`World::statuses`](super::World::statuses).
    pub status: usize,
    /// Indexes into [`World::unit_tags`](super::World::unit_tags).
    pub tags: Vec<usize>,
    /// Living or usable area in m².
    pub area_sqm: f64,
    /// Rooms, halves allowed; 0 where rooms make no sense.
    pub rooms: f64,
    /// Storey, 0 on the ground; none for a house.
    pub floor: Option<i32>,
    /// Where on the storey, such as `links`.
    pub floor_position: Option<&'static str>,
    /// Cold rent in cents a month, or price in cents.
    pub amount_cents: u64,
    /// Year of construction.
    pub built: i32,
    /// The people tied to it, as (role, id of the person). Who was deleted stays named here, so that
    /// the other ties keep their ids; no answer shows it.
    pub people: Vec<(Role, u64)>,
    /// deep.rent's object id where somebody stored it with the unit: a certain link.
    pub deeprent_object: Option<String>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a person is to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Owner,
    Tenant,
    Buyer,
    Notary,
}

/// A person or a firm: a Propstack contact.
#[derive(Debug, Clone)]
pub struct Person {
    /// Propstack's id.
    pub id: u64,
    /// `mr`, `ms`, or none for a firm.
    pub salutation: Option<&'static str>,
    /// Such as `Dr.`.
    pub academic_title: Option<String>,
    /// None for a firm.
    pub first_name: Option<String>,
    /// None for a firm.
    pub last_name: Option<String>,
    /// The firm, or where the person works.
    pub company: Option<String>,
    /// Whether this is a firm.
    pub is_company: bool,
    /// The first is the main one; some people have none.
    pub emails: Vec<String>,
    /// In national writing.
    pub phone: Option<String>,
    /// Where to write to.
    pub place: Place,
    /// The broker in charge.
    pub broker: u64,
    /// Index into [`World::contact_statuses`](super::World::contact_statuses).
    pub status: usize,
    /// Index into [`World::sources`](super::World::sources).
    pub source: usize,
    /// Consent to being contacted: 0 not stated, 1 ignored, 2 given, 3 revoked.
    pub gdpr_status: u8,
    /// Out of use.
    pub is_archived: bool,
    /// When entered.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
}

/// One of the firm's staff: a Propstack broker.
#[derive(Debug)]
pub struct Broker {
    /// Propstack's id.
    pub id: u64,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// What she does.
    pub position: String,
    /// Her public address.
    pub email: String,
    /// Her public number.
    pub phone: String,
}

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DocumentOwner {
    Unit(u64),
    Development(u64),
    Person(u64),
}

/// A file as somebody sent it.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Such as `application/pdf`.
    pub media_type: String,
    /// All of it.
    pub bytes: Bytes,
}

/// A file kept with a record of the CRM.
#[derive(Debug)]
pub struct Document {
    /// Propstack's id.
    pub id: u64,
    /// What it is attached to: exactly one thing.
    pub owner: DocumentOwner,
    /// Shown to people; the file name as a rule.
    pub title: String,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Not for the public.
    pub is_private: bool,
    /// The sales brochure.
    pub is_expose: bool,
    /// A floor plan.
    pub is_floor_plan: bool,
    /// Shown on a page for the public.
    pub on_landing_page: bool,
    /// The hand-over whose protocol this is, for tests; the servers never tell it.
    pub handover: Option<String>,
    /// The file itself where somebody uploaded it; any other is made up when it is fetched.
    pub upload: Option<Upload>,
    /// When stored.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
}
