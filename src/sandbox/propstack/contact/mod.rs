//! Contacts, which Propstack calls clients in its fields.

use std::cmp::Ordering;

use axum::{extract::Path, response::Response};

use super::{
    Refusal, Switches, answer,
    key::Caller,
    page::{Envelope, Page},
    query::Query,
};
use crate::sandbox::world::{Person, World, random::Random};
use filter::Filter;
use shape::{associated, detailed, listed};

mod filter;
mod shape;

/// `GET /contacts`
pub async fn list(caller: Caller, query: Query) -> Response {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    let page = Page::of(&query, &switches);
    let by = query
        .first("sort_by")
        .and_then(|name| order(name, &switches));
    let kind = match by {
        Some(_) => "contacts",
        None => "contacts in no order",
    };
    let selections = &caller.tenant().selections;
    let mut people = selections.remember(query.selection(kind), || select(&query, &world, by));
    if by.is_none() {
        people = page.unsettle(people, &switches);
    }
    let is_full = query.first("expand").is_some();
    let rows = page.cut(&people).map(|at| {
        let person = &world.people[at];
        let mut row = listed(person, &world);
        if is_full {
            row.extend(detailed(person, &world, &switches));
        }
        row
    });
    if query.is_set("with_meta") && switches.contacts_with_meta {
        rows.wrapped(Envelope::WithMeta("data"))
    } else {
        rows.wrapped(Envelope::Bare)
    }
}

/// The positions of those that the query admits, in this order or by ascending id.
fn select(query: &Query, world: &World, by: Option<Order>) -> Vec<usize> {
    let filter = Filter::of(query, world);
    let mut positions: Vec<usize> = (0..world.people.len()).collect();
    positions.retain(|at| filter.admits(&world.people[*at]));
    if let Some(by) = by {
        // Of equals, the lesser id comes first: people lie by ascending id.
        positions.sort_by(|left, right| by(&world.people[*left], &world.people[*right]));
        if query.first("order") == Some("desc") {
            positions.reverse();
        }
    }
    positions
}

/// `GET /contacts/:id`
pub async fn one(
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Refusal> {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    let person = if query.first("identifier") == Some("token") {
        world.people.iter().find(|person| token(person) == id)
    } else {
        id.parse().ok().and_then(|id| world.person(id))
    };
    let person = person.ok_or_else(|| Refusal::no_such("Kontakt", &id))?;
    let mut row = listed(person, &world);
    row.extend(detailed(person, &world, &switches));
    for association in query.list("include").unwrap_or_default() {
        if let Some(value) = associated(association, person, &world, caller.shared()) {
            row.insert(association.to_owned(), value);
        }
    }
    Ok(answer(&row))
}

/// `GET /contacts/:id/favorites`: bookmarked units; nobody here has any.
pub async fn favorites(caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let world = caller.tenant().world();
    let person = id.parse().ok().and_then(|id| world.person(id));
    person.ok_or_else(|| Refusal::no_such("Kontakt", &id))?;
    Ok(answer(&[(); 0]))
}

type Order = fn(&Person, &Person) -> Ordering;

fn order(name: &str, switches: &Switches) -> Option<Order> {
    Some(match name {
        "id" if switches.contacts_by_id => |left, right| left.id.cmp(&right.id),
        "created_at" => |left, right| left.created_at.cmp(&right.created_at),
        "updated_at" | "last_contact_at" => |left, right| left.updated_at.cmp(&right.updated_at),
        "first_name" => |left, right| left.first_name.cmp(&right.first_name),
        "last_name" => |left, right| left.last_name.cmp(&right.last_name),
        _ => return None,
    })
}

fn name(person: &Person) -> String {
    let names = [
        &person.academic_title,
        &person.first_name,
        &person.last_name,
    ];
    let name: Vec<_> = names.into_iter().flatten().map(String::as_str).collect();
    match &person.company {
        Some(company) if name.is_empty() => company.clone(),
        _ => name.join(" "),
    }
}

fn token(person: &Person) -> String {
    Random::topic(person.id, "contact").word(20)
}
