//! The orders that a list can be asked for.

use super::super::sheet::Sheet;
use crate::sandbox::world::{Unit, World};

/// Sorts as `sort_by` says; false, and nothing done, for a name that means nothing.
pub fn sort(units: &mut [&Unit], name: &str, world: &World) -> bool {
    match name {
        "unit_id.raw" | "exposee_id" => units.sort_by(|left, right| left.number.cmp(&right.number)),
        "street_number.raw" => units.sort_by_cached_key(|unit| super::line(&unit.place)),
        _ => {
            let Some(key) = key(name) else {
                return false;
            };
            let key = |unit| key(&Sheet { world, unit });
            units.sort_by(|left, right| {
                key(left)
                    .total_cmp(&key(right))
                    .then(left.id.cmp(&right.id))
            });
        }
    }
    true
}

/// Whether `sort_by` means something.
pub fn is_known(name: &str) -> bool {
    matches!(name, "unit_id.raw" | "exposee_id" | "street_number.raw") || key(name).is_some()
}

/// What is compared; an unset value counts as 0.
fn key(name: &str) -> Option<fn(&Sheet<'_>) -> f64> {
    Some(match name {
        // Not in the documentation, but seen to work.
        "id" => |sheet| sheet.unit.id as f64,
        "created_at" => |sheet| sheet.unit.created_at.timestamp_millis() as f64,
        "updated_at" => |sheet| sheet.unit.updated_at.timestamp_millis() as f64,
        "construction_year" => |sheet| f64::from(sheet.unit.built),
        "floor" => |sheet| f64::from(sheet.unit.floor.unwrap_or_default()),
        "property_space_value" => |sheet| sheet.unit.area_sqm,
        "plot_area" => |sheet| sheet.plot_area().unwrap_or_default(),
        "base_rent" => |sheet| sheet.base_rent().unwrap_or_default(),
        "total_rent" => |sheet| sheet.total_rent().unwrap_or_default(),
        "price" | "object_price" => |sheet| sheet.price().unwrap_or_default(),
        "price_per_sqm" => |sheet| sheet.price_per_sqm().unwrap_or_default(),
        "number_of_rooms" => |sheet| sheet.unit.rooms,
        "property_status_position" => |sheet| sheet.unit.status as f64,
        "sold_date" => |_| 0.0,
        _ => return None,
    })
}
