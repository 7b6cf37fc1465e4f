//! Which units a list admits.

use super::super::{instant::Days, query::Query, sheet::Sheet};
use crate::sandbox::world::{Unit, World};

/// What was asked for; all of it must hold.
pub struct Filter<'a> {
    world: &'a World,
    archived: Option<bool>,
    project: Option<u64>,
    statuses: Option<Vec<u64>>,
    groups: Option<Vec<u64>>,
    changed: Days,
    text: Option<String>,
    exact: Vec<(&'static str, &'a str)>,
    ranges: Vec<Range>,
    custom: Vec<(&'a str, &'a str)>,
    /// Custom fields are compared letter case and all.
    is_exact: bool,
}

impl<'a> Filter<'a> {
    pub fn of(query: &'a Query, world: &'a World) -> Self {
        let exact = EXACT.iter();
        let exact = exact.filter_map(|field| Some((*field, query.first(field)?.trim())));
        Self {
            world,
            archived: match query.first("archived") {
                Some("-1") => None,
                Some("1") => Some(true),
                _ => Some(false),
            },
            project: query.number("project_id"),
            statuses: query.ids("status"),
            groups: query.ids("group"),
            changed: Days::of(query, "updated_at"),
            text: query.first("q").map(str::to_lowercase),
            exact: exact.collect(),
            ranges: RANGES
                .iter()
                .filter_map(|field| Range::of(query, field))
                .collect(),
            custom: query.prefixed("cf_").collect(),
            is_exact: query.is_set("exact"),
        }
    }

    pub fn admits(&self, unit: &Unit) -> bool {
        let world = self.world;
        let sheet = &Sheet { world, unit };
        let tags = unit.tags.iter().map(|tag| world.unit_tags[*tag].id);
        let is_in = |project| unit.development == Some(project);
        self.archived
            .is_none_or(|archived| archived == unit.is_archived)
            && self.project.is_none_or(is_in)
            && is_among(&self.statuses, [world.statuses[unit.status].id].into_iter())
            && is_among(&self.groups, tags)
            && self.changed.holds(unit.updated_at)
            && self
                .text
                .as_ref()
                .is_none_or(|wanted| contains(unit, wanted))
            && self
                .exact
                .iter()
                .all(|(field, wanted)| text(unit, field) == *wanted)
            && self.ranges.iter().all(|range| range.holds(sheet))
            && self
                .custom
                .iter()
                .all(|(field, wanted)| self.has_custom(sheet, field, wanted))
    }

    fn has_custom(&self, sheet: &Sheet<'_>, field: &str, wanted: &str) -> bool {
        let fields = sheet.custom_fields();
        let mut values = fields.iter().filter(|(name, _)| *name == field);
        let value = values.find_map(|(_, value)| value.as_ref());
        value.is_some_and(|value| {
            value == wanted || (!self.is_exact && value.to_lowercase() == wanted.to_lowercase())
        })
    }
}

fn is_among(wanted: &Option<Vec<u64>>, mut ids: impl Iterator<Item = u64>) -> bool {
    let wanted = wanted.as_ref();
    wanted.is_none_or(|wanted| ids.any(|id| wanted.contains(&id)))
}

/// Full text over number, street, postal code, city and district.
fn contains(unit: &Unit, wanted: &str) -> bool {
    let place = &unit.place;
    [
        &unit.number,
        &place.street,
        &place.postal_code,
        &place.city,
        &place.district,
    ]
    .iter()
    .any(|text| text.to_lowercase().contains(wanted))
}

/// Every field that must equal what was asked for, spaces around it aside.
const EXACT: &[&str] = &[
    "marketing_type",
    "rs_type",
    "object_type",
    "city",
    "zip_code",
    "unit_id",
    "country",
];

fn text<'a>(unit: &'a Unit, field: &str) -> &'a str {
    match field {
        "marketing_type" => super::marketing_type(unit),
        "rs_type" => super::rs_type(unit.kind),
        "object_type" => super::object_type(unit),
        "city" => &unit.place.city,
        "zip_code" => &unit.place.postal_code,
        "unit_id" => &unit.number,
        // The country: two letters here, three in the answer.
        _ => "DE",
    }
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

impl Range {
    fn of(query: &Query, field: &'static str) -> Option<Self> {
        let from = query.number(&format!("{field}_from"));
        let to = query.number(&format!("{field}_to"));
        (from.is_some() || to.is_some()).then_some(Self { field, from, to })
    }

    fn holds(&self, sheet: &Sheet<'_>) -> bool {
        let value = match self.field {
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
        };
        match value {
            Some(value) => {
                self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
            }
            // Units without a price come with every range of it; rents are taken to be alike.
            None => matches!(self.field, "price" | "base_rent" | "total_rent"),
        }
    }
}
