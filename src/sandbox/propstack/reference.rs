//! Short lists that an account keeps, and the list of all relationships.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    answer,
    key::Caller,
    page::{Cut, Envelope, Page},
    query::Query,
    unit,
};
use crate::sandbox::world::Label;

/// `GET /property_statuses`
pub async fn unit_statuses(caller: Caller) -> Response {
    let world = caller.tenant().world();
    let rows = (0..).zip(&world.statuses);
    let rows: Vec<_> = rows
        .map(|(position, label)| unit_status(label, position))
        .collect();
    answer(&json!({ "data": rows }))
}

/// A status as a unit shows it and as the list does.
pub fn unit_status(label: &Label, position: usize) -> Value {
    json!({
        "id": label.id, "name": label.name, "position": position + 1, "color": label.color,
        "nonpublic": label.name == "Inaktiv",
    })
}

/// `GET /contact_statuses`
pub async fn contact_statuses(caller: Caller) -> Response {
    let world = caller.tenant().world();
    let rows: Vec<_> = (1..)
        .zip(&world.contact_statuses)
        .map(|(position, label): (usize, _)| {
            json!({ "id": label.id, "name": label.name, "position": position, "color": label.color })
        })
        .collect();
    if caller
        .shared()
        .switches()
        .propstack
        .contact_statuses_in_data
    {
        answer(&json!({ "data": rows }))
    } else {
        answer(&rows)
    }
}

/// `GET /contact_sources`
pub async fn contact_sources(caller: Caller) -> Response {
    let world = caller.tenant().world();
    let rows = world.sources.iter();
    answer(
        &rows
            .map(|label| json!({ "id": label.id, "name": label.name }))
            .collect::<Vec<_>>(),
    )
}

/// `GET /groups`: only units have tags here.
pub async fn groups(caller: Caller, query: Query) -> Response {
    let world = caller.tenant().world();
    let labels = match query.first("entity") {
        Some("for_properties") => world.unit_tags.as_slice(),
        _ => &[],
    };
    answer(&labels.iter().map(group).collect::<Vec<_>>())
}

/// `GET /super_groups`: the tags of units under one heading.
pub async fn super_groups(caller: Caller, query: Query) -> Response {
    let world = caller.tenant().world();
    let mut row = json!({ "id": 1, "name": "Objektmerkmale" });
    if query
        .list("include")
        .is_some_and(|names| names.contains(&"groups"))
    {
        row["groups"] = world.unit_tags.iter().map(group).collect();
    }
    answer(&json!({ "data": [row] }))
}

fn group(label: &Label) -> Value {
    json!({ "id": label.id, "name": label.name, "super_group_id": null })
}

/// `GET /relationships`: filters are ignored, as one author found.
pub async fn relationships(caller: Caller, query: Query) -> Response {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    // How many ties there are up to each unit and with it.
    let ends = caller.tenant().selections.remember("ties".to_owned(), || {
        let ends = world.units.iter().scan(0, |end, its| {
            *end += unit::ties(its, &world).count();
            Some(*end)
        });
        ends.collect()
    });
    let total = ends.last().copied().unwrap_or_default();
    let page = Page::of(&query, &switches).within(total);
    let first = ends.partition_point(|end| *end <= page.start);
    let before = first.checked_sub(1).map_or(0, |unit| ends[unit]);
    let ties = world.units[first..]
        .iter()
        .flat_map(|its| unit::ties(its, &world).map(move |tie| (its, tie)));
    let rows = ties.skip(page.start - before).take(page.len());
    let rows = rows.map(|(unit, tie)| {
        json!({
            "id": tie.id, "internal_name": tie.internal_name, "name": tie.name,
            "related_client_id": tie.person, "property_id": unit.id, "project_id": null,
        })
    });
    let rows = Cut {
        rows: rows.collect(),
        total,
    };
    rows.wrapped(if switches.relationships_in_data {
        Envelope::Named("data")
    } else {
        Envelope::Bare
    })
}
