//! Where things are.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};

use super::CountryCode;

/// A postal address, in as many parts as its system tells apart.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(complex)]
pub struct Address {
    /// Street and number in one, as written.
    pub line1: Option<String>,
    /// The street without the number.
    pub street: Option<String>,
    /// The number with its letter: `12 a`.
    pub house_number: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The part of the city.
    pub district: Option<String>,
    /// The federal state or region.
    pub region: Option<String>,
    /// The country as written.
    pub country: Option<String>,
    /// The country by code.
    pub country_code: Option<CountryCode>,
}

#[async_graphql::ComplexObject]
impl Address {
    /// The whole address in one line, for people.
    async fn formatted(&self) -> String {
        self.in_one_line()
    }
}

impl Address {
    /// Street, city and country separated by commas, leaving out what is not known and a country
    /// that is only a code.
    pub fn in_one_line(&self) -> String {
        let join = |parts: [Option<&str>; 2]| {
            parts
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let line1 = self
            .line1
            .clone()
            .unwrap_or_else(|| join([self.street.as_deref(), self.house_number.as_deref()]));
        let city = join([self.postal_code.as_deref(), self.city.as_deref()]);
        // Propstack writes a code, which is for machines.
        let country = self.country.clone().unwrap_or_default();
        let country = if country.chars().any(char::is_lowercase) {
            country
        } else {
            String::new()
        };
        [line1, city, country]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A position on the earth, WGS 84.
#[derive(Debug, SimpleObject, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GeoPoint {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_what_people_read() {
        let mut address = Address {
            street: Some("Lindenallee".into()),
            house_number: Some("14".into()),
            postal_code: Some("28209".into()),
            city: Some("Bremen".into()),
            country: Some("DEU".into()),
            ..Address::default()
        };
        assert_eq!(address.in_one_line(), "Lindenallee 14, 28209 Bremen");
        address.country = Some("Germany".into());
        address.line1 = Some("Lindenallee 14a".into());
        address.postal_code = None;
        assert_eq!(address.in_one_line(), "Lindenallee 14a, Bremen, Germany");
        assert_eq!(Address::default().in_one_line(), "");
    }
}
