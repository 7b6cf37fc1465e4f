//! Amounts, prices and areas.

use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};

use super::{CurrencyCode, Decimal};

/// An amount of money. Propstack names no currency: it is set per organisation, EUR by default.
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's main unit, exact.
    pub amount: Decimal,
    /// The currency.
    pub currency: CurrencyCode,
}

/// A price as Propstreet states it: 150 in millions.
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(complex)]
pub struct Price {
    /// The number as stated, in units of `scale`.
    pub value: Decimal,
    /// What one unit of `value` is.
    pub scale: PriceScale,
    /// The currency.
    pub currency: CurrencyCode,
}

/// From where to where a price may go; either end may be open.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(complex)]
pub struct PriceRange {
    /// The lower end as stated, in units of `scale`.
    pub min: Option<Decimal>,
    /// The upper end as stated, in units of `scale`.
    pub max: Option<Decimal>,
    /// What one unit of `min` and `max` is.
    pub scale: PriceScale,
    /// The currency.
    pub currency: CurrencyCode,
}

#[async_graphql::ComplexObject]
impl Price {
    /// `value` times `scale`, exact; null under a scale that we do not know.
    async fn amount(&self) -> Option<Decimal> {
        self.scale.times(self.value)
    }
}

#[async_graphql::ComplexObject]
impl PriceRange {
    /// `min` times `scale`, exact; null when open or under a scale that we do not know.
    async fn min_amount(&self) -> Option<Decimal> {
        self.scale.times(self.min?)
    }

    /// `max` times `scale`, exact; null when open or under a scale that we do not know.
    async fn max_amount(&self) -> Option<Decimal> {
        self.scale.times(self.max?)
    }
}

/// What one unit of a stated price is.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceScale {
    /// One.
    None,
    /// A thousand.
    Thousands,
    /// A million.
    Millions,
    /// A thousand million.
    Billions,
    /// One that Propstreet has added since; never an input.
    Unknown,
}

impl PriceScale {
    /// The product with `value`, exact; `None` when unknown or too large for a decimal.
    pub fn times(self, value: Decimal) -> Option<Decimal> {
        let factor: i64 = match self {
            Self::None => 1,
            Self::Thousands => 1_000,
            Self::Millions => 1_000_000,
            Self::Billions => 1_000_000_000,
            Self::Unknown => return None,
        };
        value
            .0
            .checked_mul(factor.into())
            .map(|product| Decimal(product.normalize()))
    }
}

/// An area with its unit.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// The number.
    pub value: Decimal,
    /// The unit as stated, `sqm` in all that was seen.
    pub unit: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_the_exact_product_of_value_and_scale() {
        let value = Decimal("149.95".parse().unwrap());
        let product = |scale: PriceScale| scale.times(value).map(|amount| amount.0.to_string());
        assert_eq!(product(PriceScale::None).as_deref(), Some("149.95"));
        assert_eq!(product(PriceScale::Thousands).as_deref(), Some("149950"));
        assert_eq!(product(PriceScale::Millions).as_deref(), Some("149950000"));
        assert_eq!(
            product(PriceScale::Billions).as_deref(),
            Some("149950000000")
        );
        assert_eq!(product(PriceScale::Unknown), None);
        assert_eq!(
            PriceScale::Billions.times(Decimal(rust_decimal::Decimal::MAX)),
            None
        );
    }
}
