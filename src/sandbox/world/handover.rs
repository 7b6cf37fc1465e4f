//! What deep.rent holds: signed hand-overs.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One signed hand-over: a deep.rent protocol.
#[derive(Debug, Clone)]
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
    /// deep.rent's id of the address in its address book.
    pub address_id: String,
    /// What a reader of both systems has to go by, for tests; the servers never tell it.
    pub clue: Clue,
    /// What makes it hard to trace, for tests; the servers never tell it.
    pub hard_case: Option<HardCase>,
    /// The unit that it is about in truth, for tests; the servers never tell it.
    pub unit: Option<u64>,
    /// The people present.
    pub people: Vec<HandoverPerson>,
    /// Words put on it.
    pub tags: Vec<String>,
    /// Rises with each change.
    pub version: u32,
    /// The landlord has confirmed it.
    pub is_confirmed: bool,
    /// Why it must not be deleted, where it must not.
    pub legal_hold: Option<String>,
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

/// What ties a hand-over to a unit, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// The unit carries the hand-over's object id: certain.
    StoredObject,
    /// Address and designation, spelled differently, point to one unit.
    Designation,
    /// The address alone points to one unit.
    Address,
    /// The address has several units and nothing tells which: ambiguous.
    SharedAddress,
    /// Two units have that address and designation: ambiguous.
    Twins,
    /// The CRM knows no such address.
    Nowhere,
}

/// What makes a hand-over hard to trace, beyond its [`Clue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HardCase {
    /// The clue alone is ambiguous, but the firm's own number of the unit stands in the object's
    /// name or among the tags.
    ObjectCode,
    /// The flat is named in other words than the CRM's, such as `Whg. 7` for `WE 07`.
    OtherWord,
    /// The street is mistyped.
    Typo,
    /// The number of a neighbouring house, which has a flat of that designation too: whoever goes by
    /// the address alone is led astray.
    WrongHouse,
}

/// Somebody present at a hand-over.
#[derive(Debug, Clone)]
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
