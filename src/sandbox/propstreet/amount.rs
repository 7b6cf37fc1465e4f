//! Prices and price ranges as a body gives them; amounts of different scales compare exactly.

use rust_decimal::Decimal;

use super::{
    input::{Fields, Given},
    problem::Problem,
};
use crate::sandbox::world::{Price, PriceRange};

/// The unit of an amount: each is a thousand times the one before.
const SCALES: [&str; 4] = ["none", "thousands", "millions", "billions"];

/// Reads a price.
pub(super) fn price(fields: &Fields) -> Result<Price, Problem> {
    let value = amount(fields, "value")?;
    Ok(Price {
        value: value.ok_or_else(|| Problem::invalid("value", "is missing"))?,
        currency: currency(fields)?,
        scale: scale(fields)?,
    })
}

/// Reads a price range; that its ends must not be crossed is assumed.
pub(super) fn price_range(fields: &Fields) -> Result<PriceRange, Problem> {
    let range = PriceRange {
        min: amount(fields, "min")?,
        max: amount(fields, "max")?,
        currency: currency(fields)?,
        scale: scale(fields)?,
    };
    let end = |end: &Option<String>| end.as_deref().and_then(|end| absolute(end, range.scale));
    if let (Some(min), Some(max)) = (end(&range.min), end(&range.max))
        && min > max
    {
        return Err(Problem::invalid("priceRange", "min must not exceed max"));
    }
    Ok(range)
}

/// Errors: 400 where a price lies outside of its range or is in another currency.
pub(super) fn check_within(
    price: Option<&Price>,
    range: Option<&PriceRange>,
) -> Result<(), Problem> {
    let (Some(price), Some(range)) = (price, range) else {
        return Ok(());
    };
    if price.currency != range.currency {
        let detail = "must be in the currency of the price";
        return Err(Problem::invalid("priceRange", detail));
    }
    let asked = absolute(&price.value, price.scale);
    let end = |end: &Option<String>| end.as_deref().and_then(|end| absolute(end, range.scale));
    let is_below = end(&range.min).is_some_and(|min| asked < Some(min));
    let is_above = end(&range.max).is_some_and(|max| asked > Some(max));
    if is_below || is_above {
        return Err(Problem::invalid("priceRange", "must contain the price"));
    }
    Ok(())
}

fn amount(fields: &Fields, name: &'static str) -> Result<Option<String>, Problem> {
    let Some(amount) = fields.decimal(name)?.value() else {
        return Ok(None);
    };
    let text = amount.normalize().to_string();
    // The greatest scale, so that amounts of any scale can be compared.
    let is_comparable = absolute(&text, "billions").is_some();
    match amount.is_sign_negative() && !amount.is_zero() {
        true => Err(Problem::invalid(name, "must not be negative")),
        false if is_comparable => Ok(Some(text)),
        false => Err(Problem::invalid(name, "is too large")),
    }
}

fn currency(fields: &Fields) -> Result<String, Problem> {
    let given = fields.text("currency")?.value();
    let is_code = |code: &String| code.len() == 3 && code.bytes().all(|it| it.is_ascii_uppercase());
    given
        .filter(is_code)
        .ok_or_else(|| Problem::invalid("currency", "must be a code as in ISO 4217"))
}

fn scale(fields: &Fields) -> Result<&'static str, Problem> {
    Ok(match fields.choice("scale", &SCALES)? {
        Given::Value(scale) => scale,
        Given::Absent | Given::Null => "none",
    })
}

/// An amount in single units of its currency, to the last digit; none where that has too many.
fn absolute(text: &str, scale: &str) -> Option<Decimal> {
    let thousands = SCALES.iter().position(|known| *known == scale)?;
    let shift = 3 * u32::try_from(thousands).ok()?;
    let mut amount = Decimal::from_str_exact(text).ok()?;
    // Moving the point is exact; a product would be rounded.
    let moved = shift.min(amount.scale());
    amount.set_scale(amount.scale() - moved).ok()?;
    amount.checked_mul(Decimal::from(10_u64.pow(shift - moved)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_all_scales_are_exact() {
        for (scale, amount) in [
            ("none", "150"),
            ("thousands", "150000"),
            ("millions", "150000000"),
            ("billions", "150000000000"),
        ] {
            assert_eq!(absolute("150", scale), amount.parse().ok());
        }
        let longest = "1.2345678901234567890123456789";
        let moved = "1234567890.1234567890123456789";
        assert_eq!(absolute(longest, "billions"), moved.parse().ok());
    }

    #[test]
    fn a_price_one_digit_outside_of_its_range_is_outside() {
        let range = PriceRange {
            min: Some("0.15".to_owned()),
            max: Some("0.2".to_owned()),
            currency: "EUR".to_owned(),
            scale: "billions",
        };
        let is_within = |value: &str, scale| {
            check_within(Some(&Price::euros(value, scale)), Some(&range)).is_ok()
        };
        assert!(is_within("150", "millions"));
        assert!(is_within("200000000", "none"));
        assert!(!is_within("149999.999999", "thousands"));
        assert!(!is_within("200000000.000000001", "none"));
    }
}
