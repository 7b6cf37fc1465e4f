//! Developments, which Propstack calls projects.

use axum::{extract::Path, response::Response};
use serde_json::{Value, json};

use super::{
    Refusal, answer, document, instant,
    key::Caller,
    page::{Cut, Envelope, Page},
    query::Query,
    unit,
};
use crate::sandbox::{
    Shared,
    world::{Development, DocumentOwner, World},
};

/// `GET /projects`: all of them, whatever `page` and `per` say, unless switched otherwise.
pub async fn list(caller: Caller, query: Query) -> Response {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    let all = world.developments.iter().collect::<Vec<_>>();
    let cut = if switches.projects_paged {
        Page::of(&query, &switches).cut(&all)
    } else {
        Cut {
            total: all.len(),
            rows: all,
        }
    };
    let is_full = query.first("expand").is_some();
    let rows = cut.map(|development| {
        if is_full {
            full(development, &world, caller.shared())
        } else {
            row(development)
        }
    });
    rows.wrapped(Envelope::Bare)
}

/// `GET /projects/:id`
pub async fn one(caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let world = caller.tenant().world();
    let development = id.parse().ok().and_then(|id| world.development(id));
    let development = development.ok_or_else(|| Refusal::no_such("Projekt", &id))?;
    Ok(answer(&full(development, &world, caller.shared())))
}

fn row(development: &Development) -> Value {
    let (label, color) = [
        ("Akquise", "#9aa5b1"),
        ("In Bau", "#f0b429"),
        ("Vertrieb", "#3366cc"),
        ("Verkauft", "#5a3fbf"),
    ][development.stage];
    let place = &development.place;
    json!({
        "id": development.id,
        "title": development.title,
        "name": development.title,
        "status": { "label": label, "color": color },
        "project_id": development.code,
        "broker_id": development.broker,
        "title_image": null,
        "sub_headline": format!("Wohnen in {}", place.district),
        "tagline": null,
        "logo_url": null,
        "street": place.street,
        "house_number": place.house_number,
        "sublocality_level_1": null,
        "zip_code": place.postal_code,
        "city": place.city,
        "address": format!("{}, {} {}", unit::line(place), place.postal_code, place.city),
        "lat": place.latitude,
        "lng": place.longitude,
        "hide_address": development.hides_address,
        "for_rent": development.is_rental,
        "construction_year": development.built,
        "courtage": null,
        "courtage_note": null,
        "note": null,
        "warning_notice": null,
        "location_id": null,
        "custom_fields": {},
        "created_at": instant::written(development.created_at),
        "updated_at": instant::written(development.updated_at),
    })
}

fn full(development: &Development, world: &World, shared: &Shared) -> Value {
    let mut row = row(development);
    // Units lie development by development, those without one last.
    let start = world
        .units
        .partition_point(|its| its.development.is_some_and(|id| id < development.id));
    let units = world.units[start..].iter();
    let units = units.take_while(|its| its.development == Some(development.id));
    row["units"] = units
        .map(|its| json!({ "id": its.id, "name": unit::name(its), "unit_id": its.number }))
        .collect();
    let documents = world.documents_of(DocumentOwner::Development(development.id));
    row["documents"] = documents
        .map(|its| document::row(its, development.broker, shared))
        .collect();
    row["description_note"] = json!(format!(
        "{} in {}.",
        development.title, development.place.district
    ));
    row["location_note"] = Value::Null;
    row["furnishing_note"] = Value::Null;
    row["images"] = json!([]);
    row["floorplans"] = json!([]);
    row["links"] = json!([]);
    row
}
