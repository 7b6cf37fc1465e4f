//! How a record goes into the index and comes out.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::fold::fold;
use crate::{
    identity::place::Place,
    model::{Address, Freshness, RecordId, RecordKind},
    store::{Column, Entry, Found, Key, Words},
};

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
pub(super) fn texts<'a>(
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
pub(super) fn address_texts(
    column: Column,
    address: Option<&Address>,
) -> impl Iterator<Item = Text> {
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

/// An instant as a version: microseconds since 1970; 0 without one.
pub(super) fn micros(at: Option<&crate::model::DateTime>) -> i64 {
    at.map_or(0, |at| at.0.timestamp_micros())
}
