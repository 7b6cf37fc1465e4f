//! Propstreet's records as ours: the only gate between `wire.rs` and the model.
//!
//! One file per kind of record; here is what several have in common.

mod batch;
mod investor;
mod profile;
mod project;
mod prospect;
mod webhook;

use super::wire;
use crate::{
    model::{
        Area, CurrencyCode, Decimal, ExternalReference, Price, PriceRange, PriceScale, SourceRecord,
    },
    upstream::{
        System,
        lenient::{List, Text, Word},
        vocabulary::Vocabulary,
    },
};

pub(super) use batch::{batch, classified};
pub(super) use investor::{company, person};
pub(super) use profile::profile;
pub(super) use project::{associated_project, project};
pub(super) use prospect::prospect;
pub(super) use webhook::{webhook, webhook_test};

fn source(id: &str) -> SourceRecord {
    SourceRecord::new(System::Propstreet, id)
}

fn texts(list: List<Text>) -> Vec<String> {
    list.0.into_iter().filter_map(|text| text.0).collect()
}

fn words<T>(list: List<Word<T>>) -> Vec<T> {
    list.0.into_iter().filter_map(|word| word.0).collect()
}

/// Leaves out what is no whole reference.
fn references(list: List<wire::Reference>) -> Vec<ExternalReference> {
    let reference = |row: wire::Reference| {
        Some(ExternalReference {
            // Letter case says nothing here; that Propstreet answers in lower case is assumed.
            namespace: row.namespace.0.or(row.source.0)?.to_lowercase(),
            // The older shape may have an id of its own beside the name in the other system.
            id: row.external_id.or(row.id)?,
        })
    };
    list.0.into_iter().filter_map(reference).collect()
}

/// `None` without a value, or without a currency that is one.
fn price(price: &wire::Price) -> Option<Price> {
    Some(Price {
        value: Decimal(price.value.0?),
        scale: price.scale.0.unwrap_or(PriceScale::None),
        currency: currency(&price.currency)?,
    })
}

/// `None` when both ends are open, or without a currency that is one.
fn price_range(range: &wire::PriceRange) -> Option<PriceRange> {
    let (min, max) = (range.min.0.map(Decimal), range.max.0.map(Decimal));
    min.or(max)?;
    Some(PriceRange {
        min,
        max,
        scale: range.scale.0.unwrap_or(PriceScale::None),
        currency: currency(&range.currency)?,
    })
}

fn currency(text: &Text) -> Option<CurrencyCode> {
    text.0.as_deref()?.parse().ok()
}

fn area(area: wire::Area) -> Option<Area> {
    Some(Area {
        value: Decimal(area.value.0?),
        // The only unit that may be written; that it is meant where none stands is assumed.
        unit: area.unit.0.unwrap_or_else(|| "sqm".to_owned()),
    })
}

impl Vocabulary for PriceScale {
    const SYSTEM: System = System::Propstreet;
    const FIELD: &'static str = "price.scale";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("thousands", Self::Thousands),
        ("millions", Self::Millions),
        ("billions", Self::Billions),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

/// A page as the client reads it.
#[cfg(test)]
fn page<W: serde::de::DeserializeOwned, T>(json: &str, convert: impl Fn(W) -> T) -> wire::Page<T> {
    use serde::de::DeserializeSeed;

    let envelope = wire::Envelope::new(|row| Some(convert(row)));
    let mut json = serde_json::Deserializer::from_str(json);
    (&envelope).deserialize(&mut json).unwrap()
}

#[cfg(test)]
mod tests {
    use serde_json::from_str;

    use super::*;

    #[test]
    fn prices_are_exact_from_a_number_and_from_text() {
        for value in ["149.95", r#""149.95""#] {
            let json = format!(r#"{{"value": {value}, "currency": "eur", "scale": "millions"}}"#);
            let price = price(&from_str(&json).unwrap()).unwrap();
            assert_eq!(price.value.0.to_string(), "149.95");
            assert_eq!(price.scale, PriceScale::Millions);
            assert_eq!(price.currency, CurrencyCode::EUR);
            assert_eq!(
                price.scale.times(price.value).unwrap().0.to_string(),
                "149950000"
            );
        }
    }

    #[test]
    fn a_price_without_its_parts_is_none() {
        let read = |json| price(&from_str(json).unwrap());
        assert_eq!(read(r#"{"currency": "EUR"}"#), None);
        assert_eq!(read(r#"{"value": 1, "currency": "Euro"}"#), None);
        let bare = read(r#"{"value": 1, "currency": "EUR"}"#).unwrap();
        assert_eq!(bare.scale, PriceScale::None);
        let new = read(r#"{"value": 1, "currency": "EUR", "scale": "trillions"}"#).unwrap();
        assert_eq!(new.scale, PriceScale::Unknown);
    }

    #[test]
    fn a_range_may_be_open_at_one_end() {
        let read = |json| price_range(&from_str(json).unwrap());
        let range = read(r#"{"min": 140, "currency": "EUR", "scale": "millions"}"#).unwrap();
        assert_eq!(range.min.unwrap().0.to_string(), "140");
        assert_eq!(range.max, None);
        assert_eq!(read(r#"{"currency": "EUR"}"#), None);
    }

    #[test]
    fn references_are_read_in_both_shapes_letter_for_letter() {
        let rows = r#"[
            {"namespace": "Propstack", "id": " a/b 5%ü "},
            {"source": "HubSpot", "externalId": 4711, "id": 9},
            {"namespace": "crm", "id": 12},
            {"namespace": "crm"},
            {"id": "12"},
            {"namespace": "crm", "id": " \"x\" "}
        ]"#;
        let read: Vec<_> = references(from_str(rows).unwrap())
            .into_iter()
            .map(|reference| (reference.namespace, reference.id))
            .collect();
        let expected = [
            ("propstack", " a/b 5%ü "),
            ("hubspot", "4711"),
            ("crm", "12"),
            ("crm", " \"x\" "),
        ];
        assert_eq!(read, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
