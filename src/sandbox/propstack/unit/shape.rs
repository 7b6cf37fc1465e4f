//! The three shapes in which a unit leaves.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use super::{
    super::{
        DocumentsInUnits, Switches, broker, document,
        field::{self, FIELDS, Field},
        file, instant, reference,
        sheet::Sheet,
    },
    line, marketing_type, name, object_type, rs_category, rs_type, ties,
};
use crate::sandbox::{
    Shared,
    world::{DocumentOwner, Unit},
};

/// How much of it, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A list row without `expand`.
    Listed,
    /// A single one without `new`: still flat, with the texts.
    Single,
    /// `expand` or `new`.
    Full,
}

/// One unit on its way out.
pub struct Row<'a> {
    pub sheet: Sheet<'a>,
    pub shared: &'a Shared,
    pub switches: &'a Switches,
    pub shape: Shape,
}

/// Business fields of a flat list row.
const LISTED: &[&str] = &[
    "title",
    "price",
    "base_rent",
    "total_rent",
    "living_space",
    "number_of_rooms",
    "number_of_bed_rooms",
    "number_of_bath_rooms",
    "floor",
    "district",
];

/// What a single flat unit has beyond that; `plot_area` is not among it.
const SINGLE: &[&str] = &[
    "service_charge",
    "deposit",
    "free_from",
    "construction_year",
    "condition",
    "balcony",
    "description_note",
    "location_note",
    "furnishing_note",
    "other_note",
];

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        self.both_shapes(&mut row)?;
        match self.shape {
            Shape::Listed => self.flat(&mut row, &[LISTED])?,
            Shape::Single => self.flat(&mut row, &[LISTED, SINGLE])?,
            Shape::Full => self.full(&mut row)?,
        }
        row.end()
    }
}

impl Row<'_> {
    /// What is bare in any shape.
    fn both_shapes<M: SerializeMap>(&self, row: &mut M) -> Result<(), M::Error> {
        let Unit { id, place, .. } = self.sheet.unit;
        let unit = self.sheet.unit;
        row.serialize_entry("id", id)?;
        row.serialize_entry("name", &name(unit))?;
        row.serialize_entry("unit_id", &unit.number)?;
        row.serialize_entry(
            "exposee_id",
            &format!("HH-{}-{:03}", unit.built % 100, id % 1000),
        )?;
        row.serialize_entry("project_id", &unit.development)?;
        row.serialize_entry("archived", &unit.is_archived)?;
        row.serialize_entry("marketing_type", marketing_type(unit))?;
        row.serialize_entry("object_type", object_type(unit))?;
        row.serialize_entry("rs_type", rs_type(unit.kind))?;
        row.serialize_entry("street", &place.street)?;
        row.serialize_entry("house_number", &place.house_number)?;
        row.serialize_entry("zip_code", &place.postal_code)?;
        // Somebody typed a space behind it.
        let space = if id.is_multiple_of(3) { " " } else { "" };
        row.serialize_entry("city", &format!("{}{space}", place.city))?;
        row.serialize_entry("region", &place.region)?;
        row.serialize_entry("country", "DEU")?;
        let short = format!("{}, {} {}", line(place), place.postal_code, place.city);
        row.serialize_entry("address", &format!("{short}, Deutschland"))?;
        row.serialize_entry("short_address", &short)?;
        row.serialize_entry("lat", &place.latitude)?;
        row.serialize_entry("lng", &place.longitude)?;
        let area = field::number(&self.sheet, "property_space_value", unit.area_sqm);
        row.serialize_entry("property_space_value", &area)?;
        row.serialize_entry("created_at", &instant::written(unit.created_at))?;
        row.serialize_entry("updated_at", &instant::written(unit.updated_at))?;
        row.serialize_entry("custom_fields", &self.custom_fields())
    }

    fn flat<M: SerializeMap>(&self, row: &mut M, names: &[&[&str]]) -> Result<(), M::Error> {
        for name in names.iter().copied().flatten() {
            let field = Field::named(name);
            row.serialize_entry(field.name, &field.on(&self.sheet, false))?;
        }
        row.serialize_entry("status", &self.status())?;
        let images: Vec<_> = self.images().map(|image| image.flat(self.shared)).collect();
        row.serialize_entry("images", &images)
    }

    fn full<M: SerializeMap>(&self, row: &mut M) -> Result<(), M::Error> {
        let Sheet { world, unit } = self.sheet;
        let is_labelled = !self.switches.bare_full_shape;
        for field in FIELDS {
            row.serialize_entry(field.name, &field.on(&self.sheet, is_labelled))?;
        }
        row.serialize_entry("rs_category", &rs_category(&self.sheet))?;
        row.serialize_entry("broker_id", &unit.broker)?;
        row.serialize_entry("hide_address", &unit.hides_address)?;
        row.serialize_entry("token", &self.sheet.dice("token").word(24))?;
        row.serialize_entry("public_expose_url", &None::<&str>)?;
        row.serialize_entry("sold_date", &None::<&str>)?;
        row.serialize_entry("changed_attributes", &None::<&str>)?;
        row.serialize_entry("created_at_formatted", &instant::formatted(unit.created_at))?;
        row.serialize_entry("updated_at_formatted", &instant::formatted(unit.updated_at))?;
        row.serialize_entry("status_updated_at", &instant::written(unit.updated_at))?;
        let status = if self.switches.full_shape_says_status {
            "status"
        } else {
            "property_status"
        };
        row.serialize_entry(status, &self.status())?;
        let broker = world.broker(unit.broker).map(broker::row);
        row.serialize_entry("broker", &broker)?;
        let development = unit.development.and_then(|id| world.development(id));
        let project = development.map(|its| json!({ "id": its.id, "title": its.title }));
        row.serialize_entry("project", &project)?;
        row.serialize_entry("relationships", &relationships(&self.sheet, self.switches))?;
        let groups = unit.tags.iter().map(|tag| &world.unit_tags[*tag]);
        row.serialize_entry(
            "group_ids",
            &groups.clone().map(|its| its.id).collect::<Vec<_>>(),
        )?;
        let groups =
            groups.map(|its| json!({ "id": its.id, "name": its.name, "super_group_id": null }));
        row.serialize_entry("property_groups", &groups.collect::<Vec<_>>())?;
        row.serialize_entry("folders", &[(); 0])?;
        let images: Vec<_> = self.images().map(|image| image.full(self.shared)).collect();
        row.serialize_entry("images", &images)?;
        // Plans sit among the images.
        row.serialize_entry("floorplans", &[(); 0])?;
        let documents = world
            .documents_of(DocumentOwner::Unit(unit.id))
            .filter(|document| match self.switches.documents_in_units {
                DocumentsInUnits::All => true,
                DocumentsInUnits::Public => !document.is_private,
                DocumentsInUnits::None => false,
            });
        let documents = documents.map(|its| document::row(its, unit.broker, self.shared));
        row.serialize_entry("documents", &documents.collect::<Vec<_>>())?;
        row.serialize_entry("links", &links(unit))?;
        row.serialize_entry("translations", &[(); 0])
    }

    fn status(&self) -> Value {
        let position = self.sheet.unit.status;
        reference::unit_status(&self.sheet.world.statuses[position], position)
    }

    fn custom_fields(&self) -> Value {
        let is_flat = self.shape != Shape::Full;
        let fields = self.sheet.custom_fields();
        let both = |value: &Option<String>| json!({ "value": value, "pretty_value": value });
        if self.switches.custom_fields_listed {
            let rows = fields.iter().map(
                |(name, value)| json!({ "name": name, "value": value, "pretty_value": value }),
            );
            return rows.collect();
        }
        let entries = fields.iter().map(|(name, value)| {
            let value = if is_flat { json!(value) } else { both(value) };
            ((*name).to_owned(), value)
        });
        Value::Object(entries.collect())
    }

    fn images(&self) -> impl Iterator<Item = file::Image> {
        let unit = self.sheet.unit;
        let count = 2 + self.sheet.dice("images").below(3) as u64;
        (1..=count).map(move |position| file::Image {
            id: unit.id * 10 + position,
            position,
            title: match position {
                1 => "Ansicht",
                2 => "Grundriss",
                _ => "Innenraum",
            },
            is_floor_plan: position == 2,
            is_private: position == 4,
        })
    }
}

/// Rows `{id, internal_name, name, client_id}`.
fn relationships(sheet: &Sheet<'_>, switches: &Switches) -> Vec<Value> {
    let contact = if switches.units_say_related_client_id {
        "related_client_id"
    } else {
        "client_id"
    };
    ties(sheet.unit, sheet.world)
        .map(|tie| {
            json!({
                "id": tie.id, "internal_name": tie.internal_name, "name": tie.name,
                contact: tie.person,
            })
        })
        .collect()
}

fn links(unit: &Unit) -> Vec<Value> {
    let has_tour = unit.id.is_multiple_of(5);
    let tour = has_tour.then(|| {
        json!({
            "id": unit.id * 10 + 1, "title": "Rundgang", "url": format!("https://rundgang.example/{}", unit.number),
            "is_private": false, "is_embedable": true, "on_landing_page": true, "pinned": false,
            "position": 1, "tags": null,
        })
    });
    tour.into_iter().collect()
}
