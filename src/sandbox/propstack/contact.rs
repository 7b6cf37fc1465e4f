//! Contacts, which Propstack calls clients in its fields.

use std::cmp::Ordering;

use axum::{extract::Path, response::Response};
use serde_json::{Map, Value, json};

use super::{
    Refusal, Switches, answer, broker, document,
    instant::{self, Days},
    key::Caller,
    page::{Cut, Envelope, Page},
    query::Query,
    unit,
};
use crate::sandbox::{
    Shared,
    world::{DocumentOwner, Person, Role, World, random::Random},
};

/// `GET /contacts`
pub async fn list(caller: Caller, query: Query) -> Response {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    let filter = Filter::of(&query, &world);
    let mut people: Vec<&Person> = world.people.iter().collect();
    people.retain(|person| filter.admits(person));
    let page = Page::of(&query, &switches);
    let by = query
        .first("sort_by")
        .and_then(|name| order(name, &switches));
    let people = match by {
        Some(by) => {
            people.sort_by(|left, right| by(left, right).then(left.id.cmp(&right.id)));
            if query.first("order") == Some("desc") {
                people.reverse();
            }
            people
        }
        None => page.unsettle(people, &switches),
    };
    let cut = page.cut(people);
    let is_full = query.first("expand").is_some();
    let rows = cut.rows.into_iter().map(|person| {
        let mut row = listed(person, &world);
        if is_full {
            row.extend(detailed(person, &world, &switches));
        }
        Value::Object(row)
    });
    let rows = Cut {
        rows: rows.collect::<Vec<_>>(),
        total: cut.total,
    };
    if query.is_set("with_meta") && switches.contacts_with_meta {
        rows.wrapped(Envelope::DataWithMeta)
    } else {
        rows.wrapped(Envelope::Bare)
    }
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

struct Filter<'a> {
    query: &'a Query,
    world: &'a World,
    statuses: Option<Vec<u64>>,
    sources: Option<Vec<u64>>,
    projects: Option<Vec<u64>>,
    archived: Option<bool>,
    created: Days,
    changed: Days,
    text: Option<String>,
    email: Option<String>,
    digits: Option<String>,
}

impl<'a> Filter<'a> {
    fn of(query: &'a Query, world: &'a World) -> Self {
        Self {
            query,
            world,
            statuses: query.ids("status"),
            sources: query.ids("sources"),
            projects: query.ids("project_ids"),
            archived: match query.first("archived") {
                Some("-1") => None,
                Some("1") => Some(true),
                _ => Some(false),
            },
            created: Days::of(query, "created_at"),
            changed: Days::of(query, "updated_at"),
            text: query.first("q").map(str::to_lowercase),
            email: query
                .first("email")
                .map(|email| email.trim().to_lowercase()),
            digits: query.first("phone_number").map(digits),
        }
    }

    fn admits(&self, person: &Person) -> bool {
        let Self { query, world, .. } = self;
        let is_among = |wanted: &Option<Vec<u64>>, id: u64| {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(&id))
        };
        let owns = || {
            let mut units = world.units_of(person.id);
            units.any(|unit| unit.people.contains(&(Role::Owner, person.id)))
        };
        self.archived
            .is_none_or(|archived| archived == person.is_archived)
            && is_among(&self.statuses, world.contact_statuses[person.status].id)
            && is_among(&self.sources, world.sources[person.source].id)
            && self.projects.as_ref().is_none_or(|projects| {
                let mut units = world.units_of(person.id);
                units.any(|unit| unit.development.is_some_and(|id| projects.contains(&id)))
            })
            && query
                .number("broker_id")
                .is_none_or(|broker: u64| broker == person.broker)
            && query
                .number("gdpr_status")
                .is_none_or(|status: u8| status == person.gdpr_status)
            && (!query.is_set("owner") || owns())
            && self.created.holds(person.created_at)
            && self.changed.holds(person.updated_at)
            && self
                .email
                .as_ref()
                .is_none_or(|email| person.emails.iter().any(|its| its.to_lowercase() == *email))
            && self.digits.as_ref().is_none_or(|wanted| {
                person
                    .phone
                    .as_ref()
                    .is_some_and(|phone| digits(phone) == *wanted)
            })
            && self.text.as_ref().is_none_or(|text| contains(person, text))
    }
}

/// The number as dialled, however it is written; `+49` is `0`.
fn digits(number: &str) -> String {
    let national = number.trim().replacen("+49", "0", 1);
    national.chars().filter(char::is_ascii_digit).collect()
}

fn contains(person: &Person, text: &str) -> bool {
    let mut fields = vec![
        name(person),
        unit::line(&person.place),
        person.place.city.clone(),
    ];
    fields.extend(person.emails.iter().cloned());
    fields.extend(person.phone.clone());
    fields
        .iter()
        .any(|field| field.to_lowercase().contains(text))
}

fn order(name: &str, switches: &Switches) -> Option<fn(&Person, &Person) -> Ordering> {
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

fn listed(person: &Person, world: &World) -> Map<String, Value> {
    object(json!({
        "id": person.id,
        "item_id": person.id % 100_000,
        "salutation": person.salutation,
        "academic_title": person.academic_title,
        "name": name(person),
        "is_company": person.is_company,
        "company": person.company,
        "email": person.emails.first(),
        "phone": person.phone,
        "client_status_id": world.contact_statuses[person.status].id,
        "client_source_id": world.sources[person.source].id,
        "locked": false,
        "broker_ids": [person.broker],
        "children_size": 0,
        "groups": [],
        "last_contact_at": instant::written(person.updated_at),
        "created_at": instant::written(person.created_at),
        "updated_at": instant::written(person.updated_at),
    }))
}

fn detailed(person: &Person, world: &World, switches: &Switches) -> Map<String, Value> {
    let status = &world.contact_statuses[person.status];
    let source = &world.sources[person.source];
    let mobile = person.id.is_multiple_of(3).then_some("+49 171 0000000");
    let mut row = object(json!({
        "parent_id": null,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "position": person.company.as_ref().filter(|_| !person.is_company).map(|_| "Notar"),
        "emails": person.emails,
        "full_salutation": match person.salutation {
            Some("ms") => format!("Sehr geehrte Frau {}", person.last_name.as_deref().unwrap_or_default()),
            Some(_) => format!("Sehr geehrter Herr {}", person.last_name.as_deref().unwrap_or_default()),
            None => "Sehr geehrte Damen und Herren".to_owned(),
        },
        "home_phone": if person.is_company { &None } else { &person.phone },
        "home_cell": mobile,
        "office_phone": if person.is_company { &person.phone } else { &None },
        "office_cell": null,
        "fax": null,
        "description": null,
        "language": if person.id.is_multiple_of(5) { "en" } else { "de" },
        "rating": person.id % 4,
        "newsletter": person.gdpr_status == 2,
        "accept_contact": person.gdpr_status != 3,
        "gdpr_status": person.gdpr_status,
        "keep_data_till": null,
        "warning_notice": null,
        "archived": person.is_archived,
        "creator_id": person.broker,
        "updater_id": person.broker,
        "old_crm_id": null,
        // In the answer, but nobody else's business.
        "dob": "1970-01-01",
        "identity_number": null,
        "income": null,
        "token": token(person),
        "custom_fields": {},
        "broker": world.broker(person.broker).map(broker::row),
        "second_broker": null,
        "client_source": { "id": source.id, "name": source.name },
    }));
    let (here, there) = if person.is_company {
        ("office", "home")
    } else {
        ("home", "office")
    };
    let place = &person.place;
    for (name, value) in [
        ("street", &place.street),
        ("house_number", &place.house_number),
        ("zip_code", &place.postal_code),
        ("city", &place.city),
    ] {
        row.insert(format!("{here}_{name}"), json!(value));
        row.insert(format!("{there}_{name}"), Value::Null);
    }
    row.insert(format!("{here}_country"), json!("DE"));
    row.insert(format!("{there}_country"), Value::Null);
    let status = json!({ "id": status.id, "name": status.name, "label": status.name, "color": status.color });
    let key = if switches.contacts_say_status {
        "status"
    } else {
        "client_status"
    };
    row.insert(key.to_owned(), status);
    row
}

/// What `include` may name; none for anything else.
fn associated(name: &str, person: &Person, world: &World, shared: &Shared) -> Option<Value> {
    let units = world.units_of(person.id);
    Some(match name {
        "children" => json!([]),
        "documents" => {
            let documents = world.documents_of(DocumentOwner::Person(person.id));
            documents
                .map(|its| document::row(its, person.broker, shared))
                .collect()
        }
        "relationships" => units
            .flat_map(|unit| {
                let ties = unit::ties(unit).filter(|tie| tie.person == person.id);
                ties.map(|tie| {
                    json!({
                        "id": tie.id, "internal_name": tie.internal_name, "name": tie.name,
                        "property_id": unit.id, "related_client_id": tie.person,
                        "project_id": null,
                    })
                })
            })
            .collect(),
        "owned_properties" => units
            .filter(|unit| unit.people.contains(&(Role::Owner, person.id)))
            .map(|its| json!({ "id": its.id, "name": unit::name(its), "unit_id": its.number }))
            .collect(),
        _ => return None,
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
