//! Which units a list admits.

use super::super::{instant::Days, query::Query, sheet::Sheet};
use crate::sandbox::world::{Unit, World};

/// What was asked for; several conditions must all hold.
pub struct Filter<'a> {
    query: &'a Query,
    world: &'a World,
    archived: Option<bool>,
    statuses: Option<Vec<u64>>,
    groups: Option<Vec<u64>>,
    project: Option<u64>,
    text: Option<String>,
    changed: Days,
    ranges: Vec<Range>,
    custom: Vec<(&'a str, &'a str)>,
}

/// Both ends of `<field>_from` and `<field>_to`.
struct Range {
    field: &'static str,
    from: Option<f64>,
    to: Option<f64>,
}

/// Every field that a range can be asked for.
const RANGES: &[&str] = &[
    "price",
    "base_rent",
    "total_rent",
    "property_space_value",
    "living_space",
    "plot_area",
    "number_of_rooms",
    "number_of_bed_rooms",
    "number_of_bath_rooms",
    "floor",
    "construction_year",
];

fn value(sheet: &Sheet<'_>, field: &str) -> Option<f64> {
    match field {
        "price" => sheet.price(),
        "base_rent" => sheet.base_rent(),
        "total_rent" => sheet.total_rent(),
        "property_space_value" => Some(sheet.unit.area_sqm),
        "living_space" => sheet.living_space(),
        "plot_area" => sheet.plot_area(),
        "number_of_rooms" => Some(sheet.unit.rooms),
        "number_of_bed_rooms" => sheet.bed_rooms(),
        "number_of_bath_rooms" => sheet.bath_rooms(),
        "floor" => sheet.unit.floor.map(f64::from),
        _ => Some(f64::from(sheet.unit.built)),
    }
}

impl<'a> Filter<'a> {
    pub fn of(query: &'a Query, world: &'a World) -> Self {
        let ranges = RANGES.iter().filter_map(|field| {
            let from = query.number(&format!("{field}_from"));
            let to = query.number(&format!("{field}_to"));
            (from.is_some() || to.is_some()).then_some(Range { field, from, to })
        });
        Self {
            query,
            world,
            archived: match query.first("archived") {
                Some("-1") => None,
                Some("1") => Some(true),
                _ => Some(false),
            },
            statuses: query.ids("status"),
            groups: query.ids("group"),
            project: query.number("project_id"),
            text: query.first("q").map(str::to_lowercase),
            changed: Days::of(query, "updated_at"),
            ranges: ranges.collect(),
            custom: query.prefixed("cf_").collect(),
        }
    }

    pub fn admits(&self, unit: &Unit) -> bool {
        let sheet = &Sheet {
            world: self.world,
            unit,
        };
        let is = |name: &str, value: &str| {
            let wanted = self.query.first(name);
            wanted.is_none_or(|wanted| wanted.trim() == value)
        };
        let status = self.world.statuses[unit.status].id;
        let tags = unit.tags.iter().map(|tag| self.world.unit_tags[*tag].id);
        self.archived
            .is_none_or(|archived| archived == unit.is_archived)
            && self
                .project
                .is_none_or(|project| unit.development == Some(project))
            && is(
                "marketing_type",
                if unit.is_rental { "RENT" } else { "BUY" },
            )
            && is("rs_type", super::rs_type(unit.kind))
            && is("object_type", super::object_type(unit))
            && is("city", &unit.place.city)
            && is("zip_code", &unit.place.postal_code)
            && is("unit_id", &unit.number)
            && is("country", "DE")
            && is_among(&self.statuses, [status].into_iter())
            && is_among(&self.groups, tags)
            && self.changed.holds(unit.updated_at)
            && self.text.as_ref().is_none_or(|text| contains(unit, text))
            && self.ranges.iter().all(|range| range.holds(sheet))
            && self
                .custom
                .iter()
                .all(|wanted| self.has_custom(sheet, *wanted))
    }

    fn has_custom(&self, sheet: &Sheet<'_>, (name, wanted): (&str, &str)) -> bool {
        let fields = sheet.custom_fields();
        let value = fields.iter().find(|(its, _)| *its == name);
        value
            .and_then(|(_, value)| value.as_ref())
            .is_some_and(|value| {
                if self.query.is_set("exact") {
                    value == wanted
                } else {
                    value.to_lowercase() == wanted.to_lowercase()
                }
            })
    }
}

fn is_among(wanted: &Option<Vec<u64>>, mut ids: impl Iterator<Item = u64>) -> bool {
    let wanted = wanted.as_ref();
    wanted.is_none_or(|wanted| ids.any(|id| wanted.contains(&id)))
}

impl Range {
    fn holds(&self, sheet: &Sheet<'_>) -> bool {
        match value(sheet, self.field) {
            Some(value) => {
                self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
            }
            // Units without a price come with every range of it; rents are taken to be alike.
            None => matches!(self.field, "price" | "base_rent" | "total_rent"),
        }
    }
}

/// Full text over number, street, postal code, city and district.
fn contains(unit: &Unit, text: &str) -> bool {
    let place = &unit.place;
    [
        &unit.number,
        &place.street,
        &place.postal_code,
        &place.city,
        &place.district,
    ]
    .iter()
    .any(|field| field.to_lowercase().contains(text))
}
