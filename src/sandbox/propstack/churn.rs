//! Units and contacts change, are gone from every list, and are entered anew.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::sandbox::{
    Tenant,
    churn::{Churn, Kind, Report, Urn, listed},
    world::{DocumentOwner, Person, Role, Unit, UnitKind, World, random::Random},
};

/// The status of who owns something, among the firm's contact statuses.
const OWNER: usize = 0;

/// Two units change for each contact. Deleted records take their documents with them.
pub(in crate::sandbox) fn churn(firm: &Tenant, churn: &Churn, now: DateTime<Utc>) -> Report {
    let world = &mut *firm.world_mut();
    let random = &mut Random::topic(churn.seed, "propstack changes");

    let deleted = drawn(world, churn, "propstack deletions", churn.deleted, true);
    delete(world, &deleted);
    let changed = drawn(world, churn, "propstack draws", churn.changed, false);
    for (kind, id) in &changed {
        match kind {
            Kind::Unit => {
                let statuses = world.statuses.len();
                let at = world.units.binary_search_by_key(id, |its| its.id);
                change_unit(&mut world.units[at.expect(DRAWN)], statuses, now, random);
            }
            _ => {
                let statuses = world.contact_statuses.len();
                let at = world.people.binary_search_by_key(id, |its| its.id);
                change_person(&mut world.people[at.expect(DRAWN)], statuses, now, random);
            }
        }
    }
    let created = (0..churn.created).filter_map(|index| match index % 3 {
        2 => Some((Kind::Contact, create_person(world, now, random)?)),
        _ => Some((Kind::Unit, create_unit(world, now, random)?)),
    });
    let created: Vec<_> = created.collect();
    world.reindex();
    Report {
        at: now,
        changed: listed(changed),
        deleted: listed(deleted),
        created: listed(created),
    }
}

const DRAWN: &str = "drawn from the world a moment ago";

/// The last record of a kind is never deleted, nor what the last document is kept with: the ids of
/// new ones follow theirs, and none is given twice.
fn drawn(
    world: &World,
    churn: &Churn,
    topic: &str,
    count: usize,
    spares_last: bool,
) -> Vec<(Kind, u64)> {
    let last_document = world.documents.last().map(|last| last.owner);
    let (units, people) = match spares_last {
        true => (but_last(&world.units), but_last(&world.people)),
        false => (&*world.units, &*world.people),
    };
    let is_free = |owner| !spares_last || last_document != Some(owner);
    let units = units.iter().map(|its| its.id);
    let people = people.iter().map(|its| its.id);
    let kinds = [
        (
            Kind::Unit,
            2,
            units
                .filter(|id| is_free(DocumentOwner::Unit(*id)))
                .collect(),
        ),
        (
            Kind::Contact,
            1,
            people
                .filter(|id| is_free(DocumentOwner::Person(*id)))
                .collect(),
        ),
    ];
    Urn::new(churn, topic, kinds).draw(count)
}

fn but_last<T>(records: &[T]) -> &[T] {
    records.split_last().map_or(&[], |(_, rest)| rest)
}

fn delete(world: &mut World, deleted: &[(Kind, u64)]) {
    let gone: HashSet<_> = deleted
        .iter()
        .map(|(kind, id)| match kind {
            Kind::Unit => DocumentOwner::Unit(*id),
            _ => DocumentOwner::Person(*id),
        })
        .collect();
    let is_there = |owner| !gone.contains(&owner);
    world
        .units
        .retain(|its| is_there(DocumentOwner::Unit(its.id)));
    world
        .people
        .retain(|its| is_there(DocumentOwner::Person(its.id)));
    world.documents.retain(|its| is_there(its.owner));
}

fn change_unit(unit: &mut Unit, statuses: usize, now: DateTime<Utc>, random: &mut Random) {
    unit.updated_at = now.max(unit.updated_at);
    match random.below(5) {
        0 => unit.status = another(unit.status, statuses, random),
        1 => {
            // The texts tell the area too.
            unit.area_sqm = ((unit.area_sqm + 0.5) * 10.0).round() / 10.0;
        }
        2 => match respelled(&unit.place.street) {
            Some(street) => unit.place.street = street,
            None => dearer(unit, random),
        },
        3 => match unit.tags.iter().position(|tag| *tag == BARRIER_FREE) {
            Some(at) => drop(unit.tags.remove(at)),
            None => unit.tags.push(BARRIER_FREE),
        },
        _ => dearer(unit, random),
    }
}

/// The last of the firm's words for units.
const BARRIER_FREE: usize = 5;

fn dearer(unit: &mut Unit, random: &mut Random) {
    let step = if unit.is_rental { 500 } else { 100_000 };
    unit.amount_cents += step * (1 + random.below(8) as u64);
}

/// The same street as somebody else would spell it: to whoever compares them they are one.
fn respelled(street: &str) -> Option<String> {
    let pairs = [
        ("straße", "str."),
        ("Straße", "Str."),
        ("str.", "straße"),
        ("Str.", "Straße"),
    ];
    let (long, short) = pairs.iter().find(|(from, _)| street.ends_with(from))?;
    Some(format!("{}{short}", street.strip_suffix(long)?))
}

fn change_person(person: &mut Person, statuses: usize, now: DateTime<Utc>, random: &mut Random) {
    person.updated_at = now.max(person.updated_at);
    match random.below(4) {
        0 => {
            let address = format!("neu.{}.{}@post.example", person.id, random.below(100_000));
            match person.emails.first_mut() {
                Some(first) => *first = address,
                None => person.emails.push(address),
            }
        }
        1 => {
            person.phone = Some(format!(
                "040 66969{:03} {}",
                random.below(1000),
                now.timestamp() % 100
            ));
        }
        2 => person.status = another(person.status, statuses, random),
        _ => match respelled(&person.place.street) {
            Some(street) => person.place.street = street,
            None => person.place.house_number.push_str(" a"),
        },
    }
}

fn another(status: usize, statuses: usize, random: &mut Random) -> usize {
    (status + 1 + random.below(statuses - 1)) % statuses
}

/// A house of its own, at an address that no unit had: units of no development come last.
fn create_unit(world: &mut World, now: DateTime<Utc>, random: &mut Random) -> Option<u64> {
    let last = world.units.last()?.id;
    let template = random.pick(&world.units).clone();
    let mut owners = world.people.iter().filter(|its| its.status == OWNER);
    let owner = owners.nth(random.below(8)).map(|its| its.id);
    let id = last + 1 + random.below(3) as u64;
    let letter = char::from(b"defghijk"[random.below(8)]);
    let mut place = template.place.clone();
    place.house_number = format!("{} {letter}", 400 + id % 500);
    place.latitude += 0.004;
    world.units.push(Unit {
        id,
        development: None,
        kind: UnitKind::House,
        place,
        designation: None,
        number: format!("EH-N{id}"),
        is_archived: false,
        floor: None,
        floor_position: None,
        people: owner.map(|id| (Role::Owner, id)).into_iter().collect(),
        deeprent_object: None,
        created_at: now,
        updated_at: now,
        ..template
    });
    Some(id)
}

/// Somebody with the given name of one contact and the family name of another.
fn create_person(world: &mut World, now: DateTime<Utc>, random: &mut Random) -> Option<u64> {
    let last = world.people.last()?.id;
    let persons: Vec<&Person> = world.people.iter().filter(|its| !its.is_company).collect();
    if persons.is_empty() {
        return None;
    }
    let template = (*random.pick(&persons)).clone();
    let last_name = random.pick(&persons).last_name.clone();
    let id = last + 1 + random.below(3) as u64;
    world.people.push(Person {
        id,
        last_name,
        emails: vec![format!("kontakt.{id}@post.example")],
        is_archived: false,
        created_at: now,
        updated_at: now,
        ..template
    });
    Some(id)
}
