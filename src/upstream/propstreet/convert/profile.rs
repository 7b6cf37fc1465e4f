//! Profiles of properties.

use super::{area, price, references, texts, wire};
use crate::model::{ETag, GeoPoint, ProfileCategory, ProfileId, PropertyProfile};

pub(in crate::upstream::propstreet) fn profile(row: wire::Profile) -> PropertyProfile {
    let location = row.location.unwrap_or_default();
    PropertyProfile {
        id: ProfileId::new(row.id.0),
        name: row.name,
        description: row.description.0,
        location: point(&location),
        locality: location.locality.0,
        country_code: location.country.0.and_then(|code| code.parse().ok()),
        categories: row.categories.0.into_iter().map(category).collect(),
        average_contract_length_years: row.avg_contract_length_years.float(),
        operating_costs: row.operating_costs.as_ref().and_then(price),
        parcel_area: row.parcel_area.and_then(area),
        price: row.price.as_ref().and_then(price),
        tags: texts(row.tags),
        tenure: row.tenure.0,
        year_built: row.year_built.whole(),
        external_references: references(row.external_refs),
        etag: ETag(row.etag),
        created_at: row.created_utc.into(),
        updated_at: row.updated_utc.into(),
        deleted_at: row.deleted_utc.map(Into::into),
    }
}

fn point(location: &wire::Location) -> Option<GeoPoint> {
    Some(GeoPoint {
        latitude: location.latitude.float()?,
        longitude: location.longitude.float()?,
    })
}

fn category(category: wire::Category) -> ProfileCategory {
    ProfileCategory {
        category_type: category.category_type,
        location_class: category.location_class.0,
        conversions: texts(category.conversions),
        rental_income: category.rental_income.as_ref().and_then(price),
        rented_area: category.rented_area.and_then(area),
        vacant_area: category.vacant_area.and_then(area),
        yield_percent: category.yield_percent.float(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::page, *};
    use crate::model::CountryCode;

    #[test]
    fn a_profile_is_read_whole_or_bare() {
        let json = include_str!("../../../../tests/fixtures/propstreet/properties.json");
        let profiles = page(json, profile).rows;

        let whole = &profiles[0];
        assert_eq!(whole.id.key(), "55");
        let point = whole.location.unwrap();
        assert_eq!((point.latitude, point.longitude), (53.5511, 9.9937));
        assert_eq!(whole.locality.as_deref(), Some("Hamburg"));
        assert_eq!(whole.country_code, Some(CountryCode::DE));
        assert_eq!(whole.average_contract_length_years, Some(4.5));
        assert_eq!(whole.year_built, Some(1912));
        assert_eq!(whole.tenure.as_deref(), Some("freehold"));
        assert_eq!(whole.parcel_area.as_ref().unwrap().unit, "sqm");
        assert_eq!(whole.external_references[0].namespace, "deeprent");
        let category = &whole.categories[0];
        assert_eq!(category.category_type, "retail/shopping_mall");
        assert_eq!(category.conversions, ["office"]);
        assert_eq!(category.yield_percent, Some(4.25));
        let rented = category.rented_area.as_ref().unwrap();
        assert_eq!(rented.value.0.to_string(), "1200.50");
        assert_eq!(category.vacant_area, None);
        assert_eq!(whole.etag.0, "W/\"3\"");

        let bare = &profiles[1];
        assert_eq!(bare.location, None);
        assert!(bare.categories.is_empty());
        assert_eq!(bare.price, None);
    }
}
