//! What a contact says about itself: in a list, by itself, and with its associations.

use serde_json::{Map, Value, json};

use super::{
    super::{Switches, broker, document, instant, unit},
    name, token,
};
use crate::sandbox::{
    Shared,
    world::{DocumentOwner, Person, Role, World},
};

/// The keys of a list row.
pub fn listed(person: &Person, world: &World) -> Map<String, Value> {
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

/// What the detail adds.
pub fn detailed(person: &Person, world: &World, switches: &Switches) -> Map<String, Value> {
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
pub fn associated(name: &str, person: &Person, world: &World, shared: &Shared) -> Option<Value> {
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
                let ties = unit::ties(unit, world).filter(|tie| tie.person == person.id);
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
