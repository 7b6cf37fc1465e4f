//! What projects and prospects are made of and changed to, and how that is written into a body.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{
    model::{
        Asset, ExternalReference, InvestorId, Mandate, Price, PriceRange, ProspectClassification,
    },
    upstream::vocabulary::Vocabulary,
};

/// What a project is to become. What is `None` is left as it is, an inner `None` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "as in `Project`")]
pub struct ProjectChange {
    pub name: Option<String>,
    /// Whole: what of it is not said is gone.
    pub asset: Option<Asset>,
    pub mandate: Option<Option<Mandate>>,
    pub price: Option<Option<Price>>,
    pub price_range: Option<Option<PriceRange>>,
    /// All of them: those left out are gone.
    pub external_references: Option<Vec<ExternalReference>>,
}

/// What a prospect is to become. What is `None` is left as it is.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "as in `Prospect`")]
pub struct ProspectChange {
    pub classification: Option<ProspectClassification>,
    /// All of them: those left out are gone.
    pub external_references: Option<Vec<ExternalReference>>,
}

/// An investor that is to become a prospect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewProspect {
    /// Who.
    pub investor: InvestorId,
    /// Names that other systems give to the prospect.
    pub external_references: Vec<ExternalReference>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset: Option<AssetFields>,
    /// Its older name, which the seed of the contract has; `exclusivity` is read as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    mandate: Option<Option<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Option<PriceFields>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_range: Option<Option<PriceRangeFields>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_refs: Option<Vec<ReferenceFields<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssetFields {
    #[serde(rename = "type")]
    asset_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    property_count: Option<i32>,
}

#[derive(Serialize)]
struct PriceFields {
    #[serde(serialize_with = "number")]
    value: Decimal,
    currency: String,
    scale: &'static str,
}

#[derive(Serialize)]
struct PriceRangeFields {
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "maybe_number"
    )]
    min: Option<Decimal>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "maybe_number"
    )]
    max: Option<Decimal>,
    currency: String,
    scale: &'static str,
}

#[derive(Serialize)]
struct ReferenceFields<'a> {
    namespace: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProspectFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classification: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_refs: Option<Vec<ReferenceFields<'a>>>,
}

/// A JSON number with exactly these digits: a float never stands between.
fn number<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let digits = RawValue::from_string(value.to_string());
    digits
        .expect("a decimal is written as JSON writes numbers")
        .serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn maybe_number<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

impl<'a> From<&'a ProjectChange> for ProjectFields<'a> {
    fn from(change: &'a ProjectChange) -> Self {
        Self {
            name: change.name.as_deref(),
            asset: change.asset.map(|asset| AssetFields {
                asset_type: asset.asset_type.word(),
                property_count: asset.property_count,
            }),
            mandate: change.mandate.map(|mandate| mandate.map(Vocabulary::word)),
            price: change.price.map(|price| {
                price.map(|price| PriceFields {
                    value: price.value.0,
                    currency: price.currency.to_string(),
                    scale: price.scale.word(),
                })
            }),
            price_range: change.price_range.map(|range| {
                range.map(|range| PriceRangeFields {
                    min: range.min.map(|min| min.0),
                    max: range.max.map(|max| max.0),
                    currency: range.currency.to_string(),
                    scale: range.scale.word(),
                })
            }),
            external_refs: change.external_references.as_deref().map(references),
        }
    }
}

impl<'a> From<&'a ProspectChange> for ProspectFields<'a> {
    fn from(change: &'a ProspectChange) -> Self {
        Self {
            contact_id: None,
            company_id: None,
            classification: change.classification.map(Vocabulary::word),
            external_refs: change.external_references.as_deref().map(references),
        }
    }
}

impl<'a> From<&'a NewProspect> for ProspectFields<'a> {
    fn from(new: &'a NewProspect) -> Self {
        let (contact_id, company_id) = match &new.investor {
            InvestorId::Person(key) => (Some(key.as_str()), None),
            InvestorId::Company(key) => (None, Some(key.as_str())),
        };
        let references = references(&new.external_references);
        Self {
            contact_id,
            company_id,
            classification: None,
            external_refs: Some(references).filter(|references| !references.is_empty()),
        }
    }
}

fn references(references: &[ExternalReference]) -> Vec<ReferenceFields<'_>> {
    let references = references.iter();
    references
        .map(|reference| ReferenceFields {
            namespace: &reference.namespace,
            id: &reference.id,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{self, AssetType, CurrencyCode, PriceScale};

    fn decimal(text: &str) -> model::Decimal {
        model::Decimal(text.parse().unwrap())
    }

    #[test]
    fn what_is_left_alone_is_not_sent_and_what_is_cleared_is_null() {
        let change = ProjectChange {
            mandate: Some(None),
            price: Some(None),
            external_references: Some(Vec::new()),
            ..ProjectChange::default()
        };
        let body = serde_json::to_value(ProjectFields::from(&change)).unwrap();
        assert_eq!(
            body,
            json!({ "mandate": null, "price": null, "externalRefs": [] })
        );
    }

    #[test]
    fn decimals_are_sent_digit_by_digit() {
        let change = ProjectChange {
            name: Some("Nord".to_owned()),
            asset: Some(Asset {
                asset_type: AssetType::Portfolio,
                property_count: Some(3),
            }),
            mandate: Some(Some(Mandate::NonExclusive)),
            price: Some(Some(Price {
                value: decimal("0.1000000000000000000000000001"),
                scale: PriceScale::Billions,
                currency: CurrencyCode::EUR,
            })),
            price_range: Some(Some(PriceRange {
                min: None,
                max: Some(decimal("123456789012345678901234567.8")),
                scale: PriceScale::None,
                currency: CurrencyCode::EUR,
            })),
            external_references: None,
        };
        let body = serde_json::to_string(&ProjectFields::from(&change)).unwrap();
        assert_eq!(
            body,
            r#"{"name":"Nord","asset":{"type":"portfolio","propertyCount":3},"mandate":"non_exclusive","price":{"value":0.1000000000000000000000000001,"currency":"EUR","scale":"billions"},"priceRange":{"max":123456789012345678901234567.8,"currency":"EUR","scale":"none"}}"#
        );
    }
}
