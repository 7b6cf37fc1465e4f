//! Properties as Propstreet describes them.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{Area, CountryCode, DateTime, ETag, ExternalReference, GeoPoint, Price, ProfileId};

/// A property as Propstreet describes it to investors: no street, no postal code. Source: Propstreet.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("project:read")))]
pub struct PropertyProfile {
    /// Opaque; stable over the life of the profile.
    pub id: ProfileId,
    /// Its name.
    pub name: String,
    /// What is told about it.
    pub description: Option<String>,
    /// Where it is, whoever may see it.
    #[graphql(skip)]
    pub location: Option<GeoPoint>,
    /// The town.
    pub locality: Option<String>,
    /// The country.
    pub country_code: Option<CountryCode>,
    /// What it is used for, in parts.
    pub categories: Vec<ProfileCategory>,
    /// How long its leases run on average, in years.
    pub average_contract_length_years: Option<f64>,
    /// What it costs to run, by year.
    pub operating_costs: Option<Price>,
    /// The plot.
    pub parcel_area: Option<Area>,
    /// The price.
    pub price: Option<Price>,
    /// The tags put on it.
    pub tags: Vec<String>,
    /// `freehold`, `leasehold`, or a word added since.
    pub tenure: Option<String>,
    /// Year of construction.
    pub year_built: Option<i32>,
    /// Names that other systems gave to it.
    pub external_references: Vec<ExternalReference>,
    /// Its version, for guarded writes.
    pub etag: ETag,
    /// When it was created.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    /// When it was deleted.
    pub deleted_at: Option<DateTime>,
}

/// One use of a property, with what it earns.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileCategory {
    /// The use, in Propstreet's open list of words: `retail/shopping_mall`.
    #[graphql(name = "type")]
    pub category_type: String,
    /// `A`, `B` or `C`.
    pub location_class: Option<String>,
    /// What it could be turned into.
    pub conversions: Vec<String>,
    /// Rental income of a year.
    pub rental_income: Option<Price>,
    /// What is let.
    pub rented_area: Option<Area>,
    /// What stands empty.
    pub vacant_area: Option<Area>,
    /// Yearly yield, in percent.
    pub yield_percent: Option<f64>,
}
