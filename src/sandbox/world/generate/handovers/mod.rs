//! Hand-overs, and the ways in which they can or cannot be traced to a unit.

use std::{cmp::Reverse, collections::HashMap};

use chrono::{DateTime, Duration, Utc};

use self::{
    pools::Pools,
    spelling::{object_name, object_type, respell},
};
use super::{Calendar, Ids, id_seed, places::Streets, units::SHOWCASE};
use crate::sandbox::world::{Broker, Clue, Handover, Person, Place, Unit, random::Random};

mod people;
mod pools;
mod spelling;

/// Makes `count` hand-overs, newest first, and stores their object ids with some of the units.
pub fn generate(
    count: usize,
    seed: u64,
    calendar: Calendar,
    units: &mut [Unit],
    people: &[Person],
    brokers: &[Broker],
    streets: &mut Streets,
) -> Vec<Handover> {
    let mut pools = Pools::new(units);
    let mut archive = Archive {
        random: Random::topic(seed, "handovers"),
        ids: Random::topic(id_seed(seed), "handover ids"),
        object_ids: Random::topic(id_seed(seed), "object ids"),
        person_ids: Ids::new(seed, 1),
        address_ids: HashMap::new(),
        calendar,
        people,
        brokers,
        handovers: Vec::with_capacity(count),
    };
    while archive.handovers.len() < count {
        let (clue, position) = pools.draw(&mut archive.random);
        let place = match position {
            Some(position) => units[position].place.clone(),
            None => streets.elsewhere(),
        };
        let object_id = id(&mut archive.object_ids, &mut archive.random);
        if let (Clue::StoredObject, Some(position)) = (clue, position) {
            units[position].deeprent_object = Some(object_id.clone());
        }
        let unit = position.map(|position| &units[position]);
        let moved_in = archive.sign(clue, unit, &place, object_id, None);
        // Whoever lived there before moved out some days earlier.
        if archive.handovers.len() < count && archive.random.chance(30) {
            archive.sign(clue, unit, &place, moved_in.0, Some(moved_in.1));
        }
    }
    let mut handovers = archive.handovers;
    strange_words(&mut handovers);
    handovers.sort_by_cached_key(|handover| Reverse((handover.created_at, handover.id.clone())));
    handovers
}

/// The hand-overs while they are signed.
struct Archive<'a> {
    random: Random,
    ids: Random,
    object_ids: Random,
    person_ids: Ids,
    address_ids: HashMap<(String, String), String>,
    calendar: Calendar,
    people: &'a [Person],
    brokers: &'a [Broker],
    handovers: Vec<Handover>,
}

impl Archive<'_> {
    /// Adds one; `followed_at` makes it the taking-back that came before that instant.
    fn sign(
        &mut self,
        clue: Clue,
        unit: Option<&Unit>,
        place: &Place,
        object_id: String,
        followed_at: Option<DateTime<Utc>>,
    ) -> (String, DateTime<Utc>) {
        let id = id(&mut self.ids, &mut self.random);
        let people = self.present(unit, followed_at.is_some());
        let random = &mut self.random;
        let created_at = match (followed_at, self.handovers.last()) {
            (Some(next), _) => next - Duration::days(random.between(2, 20)),
            // Two keys handed over in one appointment.
            (None, Some(last)) if random.chance(12) => last.created_at,
            (None, _) => whole_minute(self.calendar.ago(random, (2, 420))),
        };
        let updated_at = self.calendar.since(random, created_at);
        let deleted_at =
            (self.handovers.len() > SHOWCASE + 8 && random.chance(8)).then_some(updated_at);
        let line = format!("{} {}", place.street, place.house_number);
        let cause = match followed_at {
            Some(_) => "Takeback",
            None if random.chance(8) => "Inspection",
            None => "Handover",
        };
        let next_address = self.address_ids.len() + 1;
        let address = (place.postal_code.clone(), line.clone());
        let address_id = self.address_ids.entry(address);
        let address_id = address_id
            .or_insert_with(|| format!("adr_{next_address}"))
            .clone();
        let is_confirmed = people.iter().any(|person| person.role == "LANDLORD");
        self.handovers.push(Handover {
            id,
            object_id: object_id.clone(),
            object_name: object_name(random, clue, unit),
            object_type: object_type(unit).to_owned(),
            cause: cause.to_owned(),
            address_line: match clue {
                Clue::StoredObject => line,
                _ => respell(random, &line),
            },
            postal_code: place.postal_code.clone(),
            city: place.city.clone(),
            address_id,
            clue,
            hard_case: None,
            unit: unit.map(|unit| unit.id),
            people,
            tags: if random.chance(20) {
                vec!["Schlüssel fehlt".to_owned()]
            } else {
                Vec::new()
            },
            version: u32::try_from(random.between(1, 5)).expect("small"),
            is_confirmed,
            legal_hold: None,
            storage_kb: u32::try_from(random.between(40, 900)).expect("small"),
            deleted_at,
            has_pdf: random.chance(70),
            created_at,
            updated_at,
        });
        (object_id, created_at)
    }
}

/// An id of the form that deep.rent's samples have.
fn id(ids: &mut Random, content: &mut Random) -> String {
    // Moved on as far, so that each seed goes on making the content that it always made.
    content.word(15);
    [4, 4, 4, 2, 1].map(|length| ids.word(length)).join("-")
}

fn whole_minute(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant - Duration::milliseconds(instant.timestamp_millis().rem_euclid(60_000))
}

/// One value of each open set that no contract knows: a client must live with them.
fn strange_words(handovers: &mut [Handover]) {
    let mut untouched = handovers
        .iter_mut()
        .rev()
        .filter(|handover| handover.deleted_at.is_none());
    if let Some(handover) = untouched.next() {
        "Vorabnahme".clone_into(&mut handover.cause);
    }
    if let Some(handover) = untouched.next() {
        "REALESTATE_COMMERCIAL_KIOSK".clone_into(&mut handover.object_type);
    }
    if let Some(person) = untouched
        .next()
        .and_then(|handover| handover.people.first_mut())
    {
        "CARETAKER".clone_into(&mut person.role);
    }
    if let Some(person) = untouched
        .next()
        .and_then(|handover| handover.people.first_mut())
    {
        person.salutation = Some("MX".to_owned());
    }
}
