//! Units: lists, batches by id, and single ones, in the flat and in the full shape.

use axum::{extract::Path, response::Response};

use super::{
    Refusal, answer,
    key::Caller,
    page::{Envelope, Page},
    query::Query,
    sheet::Sheet,
};
use crate::sandbox::world::{Place, Role, Unit, UnitKind, World};
use shape::{Row, Shape};

mod filter;
mod order;
mod shape;

/// `GET /units`
pub async fn list(caller: Caller, query: Query) -> Response {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    let page = Page::of(&query, &switches);
    let mut units = match query.ids("property_ids") {
        Some(ids) => select(batch(ids, &world), &query, &world).into(),
        None => {
            let selections = &caller.tenant().selections;
            let all = || select(world.units.iter().collect(), &query, &world);
            selections.remember(query.selection("units"), all)
        }
    };
    if !order::is_known(query.first("sort_by").unwrap_or_default()) {
        units = page.unsettle(units, &switches);
    }
    let envelope = match (query.is_set("with_meta"), switches.units_in_data) {
        (true, _) => Envelope::WithMeta("data"),
        (false, true) => Envelope::Named("data"),
        (false, false) => Envelope::Bare,
    };
    // Any value switches it on.
    let is_full = query.first("expand").is_some();
    let rows = page.cut(&units).map(|at| Row {
        sheet: Sheet {
            world: &world,
            unit: &world.units[at],
        },
        shared: caller.shared(),
        switches: &switches,
        shape: if is_full { Shape::Full } else { Shape::Listed },
    });
    rows.wrapped(envelope)
}

/// The units of these ids; those that do not exist are left out, and nobody is told.
fn batch(mut ids: Vec<u64>, world: &World) -> Vec<&Unit> {
    ids.sort_unstable();
    ids.dedup();
    ids.iter().filter_map(|id| world.unit(*id)).collect()
}

/// The positions of those that the query admits, in the order that it asks for.
fn select(mut units: Vec<&Unit>, query: &Query, world: &World) -> Vec<usize> {
    let filter = filter::Filter::of(query, world);
    units.retain(|unit| filter.admits(unit));
    let sort_by = query.first("sort_by").unwrap_or_default();
    if order::sort(&mut units, sort_by, world) {
        if query.first("order") == Some("desc") {
            units.reverse();
        }
    } else {
        order::sort(&mut units, "unit_id.raw", world);
    }
    let position = |unit: &Unit| world.units.binary_search_by_key(&unit.id, |its| its.id);
    units
        .into_iter()
        .filter_map(|unit| position(unit).ok())
        .collect()
}

/// `GET /units/:id`
pub async fn one(
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Refusal> {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    let unit = id.parse().ok().and_then(|id| world.unit(id));
    let unit = unit.ok_or_else(|| Refusal::no_such("Property", &id))?;
    let is_full = query.first("new").is_some() || query.first("expand").is_some();
    Ok(answer(&Row {
        sheet: Sheet {
            world: &world,
            unit,
        },
        shared: caller.shared(),
        switches: &switches,
        shape: if is_full { Shape::Full } else { Shape::Single },
    }))
}

/// `Lindenallee 14 / WE 07`
pub fn name(unit: &Unit) -> String {
    match &unit.designation {
        Some(designation) => format!("{} / {designation}", line(&unit.place)),
        None => line(&unit.place),
    }
}

/// `Lindenallee 14`
pub fn line(place: &Place) -> String {
    format!("{} {}", place.street, place.house_number)
}

fn marketing_type(unit: &Unit) -> &'static str {
    if unit.is_rental { "RENT" } else { "BUY" }
}

fn object_type(unit: &Unit) -> &'static str {
    match unit.kind {
        UnitKind::Office | UnitKind::Store => "COMMERCIAL",
        // The tag of what is meant for investors.
        _ if unit.tags.contains(&4) => "INVESTMENT",
        UnitKind::Apartment | UnitKind::House | UnitKind::Garage | UnitKind::Land => "LIVING",
    }
}

fn rs_type(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Apartment => "APARTMENT",
        UnitKind::House => "HOUSE",
        UnitKind::Office => "OFFICE",
        UnitKind::Store => "STORE",
        UnitKind::Garage => "GARAGE",
        UnitKind::Land => "TRADE_SITE",
    }
}

fn rs_category(sheet: &Sheet<'_>) -> Option<&'static str> {
    let unit = sheet.unit;
    match (unit.kind, unit.floor) {
        (UnitKind::Apartment, Some(0)) => Some("GROUND_FLOOR"),
        (UnitKind::Apartment, Some(4..)) => Some("ROOF_STOREY"),
        (UnitKind::Apartment, _) => Some("APARTMENT"),
        (UnitKind::House, _) => {
            let kinds = [
                "SINGLE_FAMILY_HOUSE",
                "TERRACE_HOUSE",
                "SEMIDETACHED_HOUSE",
                "VILLA",
            ];
            Some(*sheet.dice("category").pick(&kinds))
        }
        (UnitKind::Garage, Some(-1)) => Some("UNDERGROUND_GARAGE"),
        (UnitKind::Garage, _) => Some("GARAGE"),
        (UnitKind::Office, _) => Some("OFFICE_FLOOR"),
        (UnitKind::Store | UnitKind::Land, _) => None,
    }
}

/// A relationship between a unit and a contact.
pub struct Tie {
    pub id: u64,
    pub internal_name: &'static str,
    pub name: Option<&'static str>,
    pub person: u64,
}

/// The relationships of a unit with those who are there, by ascending id.
pub fn ties<'a>(unit: &'a Unit, world: &'a World) -> impl Iterator<Item = Tie> + 'a {
    let people = (1..).zip(&unit.people);
    let people = people.filter(|(_, (_, person))| world.person(*person).is_some());
    people.map(|(position, (role, person))| {
        let (internal_name, name) = match role {
            Role::Owner => ("owner", None),
            Role::Tenant => ("partner", Some("Mieter")),
            Role::Buyer => ("partner", Some("Käufer")),
            Role::Notary => ("partner", Some("Notar")),
        };
        Tie {
            id: unit.id * 10 + position,
            internal_name,
            name,
            person: *person,
        }
    })
}
