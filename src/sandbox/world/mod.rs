//! The firm whose data the three simulated systems hold: the ground truth, free of any wire shape.
//!
//! Everything follows from a seed and a size, so two runs are alike. The servers add each system's
//! own habits (labels, omitted nulls, number types) when they render a record.

use chrono::{DateTime, Utc};

pub mod generate;

/// One firm's records in all three systems.
#[derive(Debug)]
pub struct World {
    /// Buildings and quarters, by ascending id.
    pub developments: Vec<Development>,
    /// Flats, houses, shops and garages, by ascending id.
    pub units: Vec<Unit>,
    /// Everybody the firm knows, by ascending id.
    pub people: Vec<Person>,
    /// The firm's own staff, by ascending id.
    pub brokers: Vec<Broker>,
    /// Hand-overs held in deep.rent, newest first.
    pub handovers: Vec<Handover>,
    /// Investment projects held in Propstreet, by ascending id.
    pub deals: Vec<Deal>,
    /// Property profiles held in Propstreet, by ascending id.
    pub profiles: Vec<Profile>,
    /// The Propstreet network: persons and firms that may invest, by ascending id.
    pub investors: Vec<Investor>,
    /// Who was offered which deal, by ascending id.
    pub bids: Vec<Bid>,
}

/// A place as people write it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Without the number.
    pub street: String,
    /// With its letter, if any: `12 a`.
    pub house_number: String,
    /// Five digits.
    pub postal_code: String,
    /// The city.
    pub city: String,
    /// The quarter of the city.
    pub district: String,
    /// The federal state.
    pub region: String,
    /// WGS 84, degrees.
    pub latitude: f64,
    /// WGS 84, degrees.
    pub longitude: f64,
}

/// A quarter or a building with several units: a Propstack project.
#[derive(Debug)]
pub struct Development {
    /// Propstack's id.
    pub id: u64,
    /// Its name.
    pub title: String,
    /// Its short code, such as `QLH`.
    pub code: String,
    /// Where it stands; the house number may span several houses.
    pub place: Place,
    /// The broker in charge.
    pub broker: u64,
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
#[derive(Debug)]
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
    /// What tells it from its neighbours in the same house, such as `WE 07`; none for a house.
    pub designation: Option<String>,
    /// The firm's own number, such as `QLH-14-07`.
    pub number: String,
    /// To let rather than to sell.
    pub is_rental: bool,
    /// Out of the active stock.
    pub is_archived: bool,
    /// The street and the position are not to be shown.
    pub hides_address: bool,
    /// Index into the firm's list of statuses.
    pub status: usize,
    /// Living or usable area in m².
    pub area_sqm: f64,
    /// Rooms, halves allowed.
    pub rooms: f64,
    /// Storey, 0 on the ground; none for a house.
    pub floor: Option<i32>,
    /// Cold rent in cents a month, or price in cents.
    pub amount_cents: u64,
    /// Year of construction.
    pub built: i32,
    /// The people tied to it, as (role, person).
    pub people: Vec<(Role, u64)>,
    /// deep.rent's object id where somebody stored it with the unit: a certain link.
    pub deeprent_object: Option<String>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a person is to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Owner,
    Tenant,
    Buyer,
    Notary,
}

/// A person or a firm: a Propstack contact.
#[derive(Debug)]
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
    /// Index into the firm's list of contact statuses.
    pub status: usize,
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

/// One signed hand-over: a deep.rent protocol.
#[derive(Debug)]
pub struct Handover {
    /// deep.rent's id, of its alphabet.
    pub id: String,
    /// deep.rent's id of the object.
    pub object_id: String,
    /// How the object is called there, such as `WE 07, 2. OG links`.
    pub object_name: String,
    /// One of its type words, or one that no contract knows.
    pub object_type: String,
    /// One of its cause words, or one that no contract knows.
    pub cause: String,
    /// The address as typed there: spelling may differ from the CRM's.
    pub address_line: String,
    /// Postal code as typed there.
    pub postal_code: String,
    /// City as typed there.
    pub city: String,
    /// The unit that it is about in truth, for tests; the servers never tell it.
    pub unit: Option<u64>,
    /// The people present.
    pub people: Vec<HandoverPerson>,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Rises with each change.
    pub version: u32,
    /// Size of what is stored, in kB.
    pub storage_kb: u32,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether the PDF exists already.
    pub has_pdf: bool,
    /// When signed.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
}

/// Somebody present at a hand-over.
#[derive(Debug)]
pub struct HandoverPerson {
    /// deep.rent's id.
    pub id: String,
    /// The CRM's person in truth, for tests; the servers never tell it.
    pub person: Option<u64>,
    /// `MR`, `MS`, or a word that no contract knows.
    pub salutation: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Firm.
    pub company: Option<String>,
    /// As typed there: letter case may differ from the CRM's.
    pub email: Option<String>,
    /// `RENTER`, `LANDLORD`, …, or a word that no contract knows.
    pub role: String,
}

/// A name that another system gave to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Whose name it is, lower case.
    pub namespace: String,
    /// The name there.
    pub id: String,
}

/// An investment case: a Propstreet project.
#[derive(Debug)]
pub struct Deal {
    /// Propstreet's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Set for a portfolio: how many properties.
    pub portfolio_size: Option<u32>,
    /// `open`, `closed` or `deleted`.
    pub status: &'static str,
    /// `draft`, `active`, `inactive`, or none.
    pub classification: Option<&'static str>,
    /// The stage of the teaser work, none before it starts.
    pub teaser_stage: Option<&'static str>,
    /// `exclusive`, `non_exclusive`, `other`, or none.
    pub mandate: Option<&'static str>,
    /// Value in the unit that `price_scale` names, as decimal text.
    pub price: Option<String>,
    /// `none`, `thousands`, `millions` or `billions`.
    pub price_scale: &'static str,
    /// Lower and upper end, in the same scale.
    pub price_range: Option<(Option<String>, Option<String>)>,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// The linked property profile, at most one.
    pub profile: Option<u64>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// How Propstreet describes a property of its own.
#[derive(Debug)]
pub struct Profile {
    /// Propstreet's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The unit in truth, for tests and rendering.
    pub unit: Option<u64>,
    /// Where it is; Propstreet shows no street and no postal code.
    pub place: Place,
    /// Such as `residential` or `retail/shopping_mall`.
    pub category: String,
    /// Year of construction.
    pub built: i32,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
}

/// A person or a firm of the Propstreet network.
#[derive(Debug)]
pub struct Investor {
    /// Propstreet's id; persons and firms count apart.
    pub id: u64,
    /// A firm rather than a person.
    pub is_company: bool,
    /// The firm that a person works for.
    pub company: Option<u64>,
    /// Given name of a person.
    pub first_name: Option<String>,
    /// Family name of a person, or the name of a firm.
    pub name: String,
    /// Unique among persons.
    pub email: Option<String>,
    /// In international writing.
    pub phone: Option<String>,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Somebody in the running for a deal: a Propstreet prospect.
#[derive(Debug)]
pub struct Bid {
    /// Propstreet's id.
    pub id: u64,
    /// The deal.
    pub deal: u64,
    /// The person, by Propstreet's id.
    pub person: Option<u64>,
    /// The firm, by Propstreet's id.
    pub company: Option<u64>,
    /// `not_contacted`, `contacted`, `interested`, `not_interested`, `bidder`.
    pub classification: &'static str,
    /// Set when Propstreet sent the teaser: until when to answer.
    pub teaser_deadline: Option<DateTime<Utc>>,
    /// Set when the teaser was accepted; gives the `chat` capability.
    pub teaser_accepted: Option<DateTime<Utc>>,
    /// Links to other systems.
    pub references: Vec<Reference>,
    /// When created.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// Soft-deleted at.
    pub deleted_at: Option<DateTime<Utc>>,
}
