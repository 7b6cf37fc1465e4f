//! Propstreet's JSON as it comes: null fields left out, numbers also as text, ids also as numbers.
//!
//! Older answers have a flat envelope and name references `source` and `externalId`; both are read.

use std::fmt;

use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use crate::{
    model::{
        Mandate, PriceScale, ProjectClassification, ProspectCapability, ProspectClassification,
    },
    upstream::{
        instant::Instant,
        lenient::{Address, Flag, Id, List, Number, Text, Word},
        rows::Each,
    },
};

/// No `Debug`: it is a secret.
#[derive(Deserialize)]
pub(super) struct Token {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Number,
}

/// A page, its rows converted.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub rows: Vec<T>,
    page: Option<Position>,
    next_cursor: Option<String>,
    has_more: Flag,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Position {
    next_cursor: Option<String>,
    has_more: Flag,
}

impl<T> Page<T> {
    /// The cursor of the next page.
    pub(super) fn next(&self) -> Option<String> {
        let nested = self.page.as_ref();
        let cursor = nested.and_then(|page| page.next_cursor.as_ref());
        let cursor = cursor.or(self.next_cursor.as_ref());
        let cursor = cursor.filter(|cursor| !cursor.is_empty());
        cursor.filter(|_| self.has_more() != Some(false)).cloned()
    }

    /// Whether Propstreet says that there is more.
    pub(super) fn goes_on(&self) -> bool {
        self.has_more() == Some(true)
    }

    fn has_more(&self) -> Option<bool> {
        let nested = self.page.as_ref().and_then(|page| page.has_more.0);
        nested.or(self.has_more.0)
    }
}

/// Reads a page; the function converts each row, or leaves it out.
pub(super) struct Envelope<W, F>(Each<W, F>);

impl<W, T, F: Fn(W) -> Option<T>> Envelope<W, F> {
    pub(super) fn new(convert: F) -> Self {
        Self(Each::new(convert))
    }
}

impl<'de, W: Deserialize<'de>, T, F: Fn(W) -> Option<T>> DeserializeSeed<'de> for &Envelope<W, F> {
    type Value = Page<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, W: Deserialize<'de>, T, F: Fn(W) -> Option<T>> Visitor<'de> for &Envelope<W, F> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Page<T>, A::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "camelCase")]
        enum Member {
            Data,
            Page,
            NextCursor,
            HasMore,
            #[serde(other)]
            Other,
        }

        let mut rows = None;
        let (mut page, mut next_cursor, mut has_more) = Default::default();
        while let Some(member) = members.next_key()? {
            match member {
                Member::Data => rows = Some(members.next_value_seed(&self.0)?),
                Member::Page => page = members.next_value()?,
                Member::NextCursor => next_cursor = members.next_value()?,
                Member::HasMore => has_more = members.next_value()?,
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Page {
            rows: rows.ok_or_else(|| A::Error::missing_field("data"))?.kept,
            page,
            next_cursor,
            has_more,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    pub id: Id,
    pub name: String,
    pub asset: Asset,
    pub status: String,
    #[serde(default)]
    pub classification: Word<ProjectClassification>,
    pub teaser: Option<ProjectTeaser>,
    #[serde(default)]
    pub mandate: Word<Mandate>,
    /// The newer name of `mandate`.
    #[serde(default)]
    pub exclusivity: Word<Mandate>,
    pub price: Option<Price>,
    pub price_range: Option<PriceRange>,
    #[serde(default)]
    pub transactions: List<Value>,
    #[serde(default)]
    pub properties: List<Linked>,
    #[serde(default)]
    pub external_refs: List<Reference>,
    pub created_utc: Instant,
    pub updated_utc: Instant,
    pub deleted_utc: Option<Instant>,
    pub etag: String,
}

/// A property that a project is linked to.
#[derive(Debug, Deserialize)]
pub(super) struct Linked {
    pub id: Option<Id>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asset {
    #[serde(rename = "type")]
    pub asset_type: String,
    #[serde(default)]
    pub property_count: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectTeaser {
    pub stage: String,
    pub published_utc: Option<Instant>,
    pub verified_utc: Option<Instant>,
    pub communicated_utc: Option<Instant>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Price {
    pub value: Number,
    pub currency: Text,
    pub scale: Word<PriceScale>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PriceRange {
    pub min: Number,
    pub max: Number,
    pub currency: Text,
    pub scale: Word<PriceScale>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Area {
    pub value: Number,
    pub unit: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Reference {
    pub namespace: Text,
    pub source: Text,
    #[serde(deserialize_with = "verbatim")]
    pub id: Option<String>,
    #[serde(deserialize_with = "verbatim")]
    pub external_id: Option<String>,
}

/// Text with its spaces, or a number by its own text: a name in another system is not ours to trim.
fn verbatim<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    match raw.as_bytes().first() {
        Some(b'"') if !raw.contains('\\') => Ok(Some(raw[1..raw.len() - 1].to_owned())),
        Some(b'"') => serde_json::from_str(raw).map_err(D::Error::custom),
        Some(b'-' | b'0'..=b'9') => Ok(Some(raw.to_owned())),
        Some(b'n') => Ok(None),
        _ => Err(D::Error::custom("expected text or a number")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Prospect {
    pub id: Id,
    pub project_id: Id,
    pub contact_id: Option<Id>,
    pub company_id: Option<Id>,
    #[serde(default)]
    pub display_name: Text,
    #[serde(default)]
    pub organization_name: Text,
    #[serde(default)]
    pub classification: Word<ProspectClassification>,
    #[serde(default)]
    pub capabilities: List<Word<ProspectCapability>>,
    #[serde(default)]
    pub tags: List<Text>,
    pub teaser: Option<ProspectTeaser>,
    #[serde(default)]
    pub external_refs: List<Reference>,
    pub created_utc: Instant,
    pub updated_utc: Instant,
    pub deleted_utc: Option<Instant>,
    pub etag: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProspectTeaser {
    pub accepted_utc: Option<Instant>,
    pub deadline_utc: Option<Instant>,
}

/// What became of a batch of prospects.
#[derive(Debug, Deserialize)]
pub(super) struct Batch {
    #[serde(default)]
    pub created: List<Created>,
    #[serde(default)]
    pub failed: List<Failed>,
}

/// In the order of the request; its place there is not told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    pub id: Id,
    pub contact_id: Option<Id>,
    pub company_id: Option<Id>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Failed {
    /// In the request.
    #[serde(deserialize_with = "count")]
    pub index: usize,
    #[serde(default)]
    pub error: Text,
    #[serde(default)]
    pub message: Text,
}

/// What became of prospects that were to be classified.
#[derive(Debug, Deserialize)]
pub(super) struct Classified {
    #[serde(default)]
    pub succeeded: List<Id>,
    #[serde(default)]
    pub failed: List<NotClassified>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotClassified {
    pub prospect_id: Id,
    #[serde(default)]
    pub error: Text,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociatedProject {
    /// The project's.
    pub id: Id,
    pub prospect_id: Id,
    pub name: String,
    pub status: String,
    #[serde(default)]
    pub classification: Word<ProjectClassification>,
    #[serde(default)]
    pub prospect_classification: Word<ProspectClassification>,
    #[serde(deserialize_with = "count")]
    pub prospect_count: i32,
    pub created_utc: Instant,
    pub updated_utc: Instant,
    pub deleted_utc: Option<Instant>,
    pub etag: String,
}

fn count<'de, D: Deserializer<'de>, T: TryFrom<Decimal>>(deserializer: D) -> Result<T, D::Error> {
    let number = Number::deserialize(deserializer)?;
    number
        .whole()
        .ok_or_else(|| D::Error::custom("expected a count"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    pub id: Id,
    pub name: String,
    #[serde(default)]
    pub description: Text,
    pub location: Option<Location>,
    #[serde(default)]
    pub categories: List<Category>,
    #[serde(default)]
    pub avg_contract_length_years: Number,
    pub operating_costs: Option<Price>,
    pub parcel_area: Option<Area>,
    pub price: Option<Price>,
    #[serde(default)]
    pub tags: List<Text>,
    #[serde(default)]
    pub tenure: Text,
    #[serde(default)]
    pub year_built: Number,
    #[serde(default)]
    pub external_refs: List<Reference>,
    pub created_utc: Instant,
    pub updated_utc: Instant,
    pub deleted_utc: Option<Instant>,
    pub etag: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Location {
    pub latitude: Number,
    pub longitude: Number,
    pub country: Text,
    pub locality: Text,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Category {
    #[serde(rename = "type")]
    pub category_type: String,
    #[serde(default)]
    pub conversions: List<Text>,
    #[serde(default)]
    pub location_class: Text,
    pub rental_income: Option<Price>,
    pub rented_area: Option<Area>,
    pub vacant_area: Option<Area>,
    #[serde(default)]
    pub yield_percent: Number,
}

/// A network contact.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub id: Id,
    #[serde(default)]
    pub first_name: Text,
    #[serde(default)]
    pub last_name: Text,
    #[serde(default)]
    pub email: Text,
    #[serde(default)]
    pub phone: Text,
    #[serde(default)]
    pub emails: List<Email>,
    #[serde(default)]
    pub phones: List<Phone>,
    #[serde(default)]
    pub tags: List<Text>,
    pub primary_company_id: Option<Id>,
    #[serde(default)]
    pub companies: List<Employer>,
    #[serde(default)]
    pub external_refs: List<Reference>,
    pub updated_utc: Option<Instant>,
    pub deleted_utc: Option<Instant>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Email {
    pub address: Text,
    pub is_primary: Flag,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Phone {
    pub number: Text,
    pub is_primary: Flag,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Employer {
    pub id: Option<Id>,
    #[serde(default)]
    pub name: Text,
    #[serde(default)]
    pub is_primary: Flag,
}

/// A network company.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    pub id: Id,
    #[serde(default)]
    pub name: Text,
    #[serde(default)]
    pub tags: List<Text>,
    #[serde(default)]
    pub external_refs: List<Reference>,
    pub updated_utc: Option<Instant>,
    pub deleted_utc: Option<Instant>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    pub id: Id,
    #[serde(default)]
    pub name: Text,
    pub url: Address,
    #[serde(default)]
    pub events: List<Text>,
    pub filter: Option<Filter>,
    #[serde(default)]
    pub is_active: Flag,
    pub created_utc: Option<Instant>,
    /// In the answer to its creation alone.
    pub secret: Option<SecretString>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    #[serde(rename = "externalRef.namespace")]
    pub namespace: Text,
}

/// What a webhook is made or changed by. What is `None` is not sent; an inner `None` is sent as null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Option<FilterFields<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct FilterFields<'a> {
    #[serde(rename = "externalRef.namespace")]
    pub namespace: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct WebhookTest {
    #[serde(default)]
    pub success: Flag,
    #[serde(default)]
    pub status_code: Number,
    #[serde(default)]
    pub duration_ms: Number,
    #[serde(default)]
    pub error: Text,
}

#[derive(Debug, Deserialize)]
pub(super) struct Replay {
    #[serde(deserialize_with = "count")]
    pub replayed_count: u32,
}
