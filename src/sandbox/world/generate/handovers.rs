//! Hand-overs, and the ways in which they can or cannot be traced to a unit.

use std::{cmp::Reverse, collections::HashMap};

use chrono::{DateTime, Duration, Utc};

use super::{
    Calendar, Ids,
    names::{FAMILY, GIVEN, MAIL_DOMAINS, ascii},
    places::Streets,
    units::SHOWCASE,
};
use crate::sandbox::world::{
    Broker, Clue, Handover, HandoverPerson, Person, Place, Role, Unit, UnitKind, random::Random,
};

/// How many of the first units have hand-overs that are linked with certainty.
const LINKED_SHOWCASE: usize = 18;

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
        let object_id = archive.id();
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

/// Positions of units that each kind of clue can be laid for.
struct Pools {
    showcase: Vec<usize>,
    flats: Vec<usize>,
    alone: Vec<usize>,
    twins: Vec<usize>,
    drawn: usize,
}

impl Pools {
    fn new(units: &[Unit]) -> Self {
        let place = |unit: &Unit| {
            (
                unit.place.postal_code.clone(),
                unit.place.street.clone(),
                unit.place.house_number.clone(),
            )
        };
        let mut at_place = HashMap::<_, usize>::new();
        let mut designated = HashMap::<_, usize>::new();
        for unit in units {
            *at_place.entry(place(unit)).or_default() += 1;
            *designated
                .entry((place(unit), unit.designation.clone()))
                .or_default() += 1;
        }
        let mut pools = Self {
            showcase: (0..units.len().min(LINKED_SHOWCASE)).rev().collect(),
            flats: Vec::new(),
            alone: Vec::new(),
            twins: Vec::new(),
            drawn: 0,
        };
        for (position, unit) in units.iter().enumerate().skip(SHOWCASE).rev() {
            let is_shared = at_place[&place(unit)] > 1;
            let is_twin = designated[&(place(unit), unit.designation.clone())] > 1;
            match unit.kind {
                UnitKind::Land | UnitKind::Garage => {}
                _ if is_twin => pools.twins.push(position),
                UnitKind::Apartment if is_shared => pools.flats.push(position),
                _ if !is_shared => pools.alone.push(position),
                _ => {}
            }
        }
        pools
    }

    /// The next clue and the unit it is laid for; each unit is drawn at most once.
    fn draw(&mut self, random: &mut Random) -> (Clue, Option<usize>) {
        if let Some(position) = self.showcase.pop() {
            return (Clue::StoredObject, Some(position));
        }
        self.drawn += 1;
        let (clue, pool) = match self.drawn % 20 {
            1 => (Clue::Twins, &mut self.twins),
            2 | 5 | 9 | 12 | 15 | 18 => (Clue::Designation, &mut self.flats),
            3 | 10 | 16 => (Clue::Address, &mut self.alone),
            4 | 11 | 17 => (Clue::SharedAddress, &mut self.flats),
            6 | 14 => return (Clue::Nowhere, None),
            _ => (Clue::StoredObject, &mut self.flats),
        };
        // Not the neighbours in a row, but wherever.
        let at = (!pool.is_empty()).then(|| random.below(pool.len()));
        match at {
            Some(at) => (clue, Some(pool.swap_remove(at))),
            None => (Clue::Nowhere, None),
        }
    }
}

/// The hand-overs while they are signed.
struct Archive<'a> {
    random: Random,
    person_ids: Ids,
    address_ids: HashMap<(String, String), String>,
    calendar: Calendar,
    people: &'a [Person],
    brokers: &'a [Broker],
    handovers: Vec<Handover>,
}

impl Archive<'_> {
    /// Of the form that deep.rent's samples have.
    fn id(&mut self) -> String {
        let random = &mut self.random;
        [4, 4, 4, 2, 1].map(|length| random.word(length)).join("-")
    }

    /// Adds one; `followed_at` makes it the taking-back that came before that instant.
    fn sign(
        &mut self,
        clue: Clue,
        unit: Option<&Unit>,
        place: &Place,
        object_id: String,
        followed_at: Option<DateTime<Utc>>,
    ) -> (String, DateTime<Utc>) {
        let id = self.id();
        let people = self.present(unit, followed_at.is_some());
        let random = &mut self.random;
        let created_at = match (followed_at, self.handovers.last()) {
            (Some(next), _) => next - Duration::days(random.between(2, 20)),
            // Two keys handed over in one appointment.
            (None, Some(last)) if random.chance(12) => last.created_at,
            (None, _) => whole_minute(self.calendar.ago(random, (2, 420))),
        };
        let updated_at = created_at + Duration::minutes(random.between(1, 4000));
        let deleted_at = (self.handovers.len() > SHOWCASE + 8 && random.chance(8))
            .then(|| updated_at + Duration::days(1));
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
            unit: unit.map(|unit| unit.id),
            people,
            tags: if random.chance(20) {
                vec!["Schlüssel fehlt".to_owned()]
            } else {
                Vec::new()
            },
            version: u32::try_from(random.between(1, 5)).expect("small"),
            storage_kb: u32::try_from(random.between(40, 900)).expect("small"),
            deleted_at,
            has_pdf: random.chance(70),
            created_at,
            updated_at: deleted_at.unwrap_or(updated_at),
        });
        (object_id, created_at)
    }

    fn present(&mut self, unit: Option<&Unit>, is_takeback: bool) -> Vec<HandoverPerson> {
        let tied = unit.map(|unit| unit.people.as_slice()).unwrap_or_default();
        let mut present = Vec::new();
        for (role, id) in tied {
            let role = match role {
                Role::Owner => "OWNER",
                // Who moved out is no longer in the CRM.
                Role::Tenant if !is_takeback => "RENTER",
                Role::Buyer => "BUYER",
                Role::Tenant | Role::Notary => continue,
            };
            let people = self.people;
            if let Ok(at) = people.binary_search_by_key(id, |person| person.id) {
                present.push(self.known(&people[at], role));
            }
        }
        if is_takeback || present.is_empty() {
            present.push(self.stranger());
        }
        present.push(self.colleague());
        present
    }

    fn known(&mut self, person: &Person, role: &str) -> HandoverPerson {
        let email = person.emails.first();
        let email = match self.random.below(4) {
            0 => email.map(|email| email.to_uppercase()),
            _ => email.cloned(),
        };
        HandoverPerson {
            id: self.person_id(),
            person: Some(person.id),
            salutation: person.salutation.map(str::to_uppercase),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            company: person.company.clone(),
            email,
            role: role.to_owned(),
        }
    }

    fn person_id(&mut self) -> String {
        format!("c_{}", self.person_ids.next())
    }

    /// Somebody whom the CRM does not know.
    fn stranger(&mut self) -> HandoverPerson {
        let id = self.person_id();
        let random = &mut self.random;
        let (given, salutation) = *random.pick(GIVEN);
        let family = *random.pick(FAMILY);
        let mailbox = format!("{}.{}.fremd", ascii(given), ascii(family));
        HandoverPerson {
            id,
            person: None,
            salutation: Some(salutation.to_uppercase()),
            first_name: Some(given.to_owned()),
            last_name: Some(family.to_owned()),
            company: None,
            email: random
                .chance(80)
                .then(|| format!("{mailbox}@{}", random.pick(MAIL_DOMAINS))),
            role: "RENTER".to_owned(),
        }
    }

    fn colleague(&mut self) -> HandoverPerson {
        let id = self.person_id();
        let broker = self.random.pick(self.brokers);
        HandoverPerson {
            id,
            person: None,
            salutation: None,
            first_name: Some(broker.first_name.clone()),
            last_name: Some(broker.last_name.clone()),
            company: Some("Hansehaus Verwaltung".to_owned()),
            email: Some(broker.email.clone()),
            role: (*self.random.pick(&["MANAGER", "LANDLORD", "AGENT"])).to_owned(),
        }
    }
}

fn whole_minute(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant - Duration::milliseconds(instant.timestamp_millis().rem_euclid(60_000))
}

fn object_name(random: &mut Random, clue: Clue, unit: Option<&Unit>) -> String {
    let vague = format!("Wohnung {}", random.pick(FAMILY));
    let Some(unit) = unit else {
        return vague;
    };
    match (clue, &unit.designation) {
        (Clue::SharedAddress, _) => vague,
        (Clue::Designation | Clue::Twins | Clue::StoredObject, Some(designation)) => {
            let storey = match unit.floor {
                Some(0) => "EG".to_owned(),
                Some(floor) => format!("{floor}. OG"),
                None => String::new(),
            };
            let side = unit.floor_position.unwrap_or_default();
            match random.below(4) {
                0 => designation.replace(' ', ""),
                1 => format!("{} {storey}", designation.to_lowercase())
                    .trim_end()
                    .to_owned(),
                _ => format!("{designation}, {storey} {side}"),
            }
        }
        _ => match unit.kind {
            UnitKind::House => "Einfamilienhaus".to_owned(),
            UnitKind::Store => "Ladenlokal".to_owned(),
            UnitKind::Office => "Büro".to_owned(),
            _ => "Objekt".to_owned(),
        },
    }
}

fn object_type(unit: Option<&Unit>) -> &'static str {
    match unit.map(|unit| unit.kind) {
        Some(UnitKind::House) => "REALESTATE_RESIDENTIAL_HOUSE",
        Some(UnitKind::Office | UnitKind::Store) => "REALESTATE_COMMERCIAL_OFFICE",
        Some(UnitKind::Apartment | UnitKind::Garage | UnitKind::Land) | None => {
            "REALESTATE_RESIDENTIAL_APARTMENT"
        }
    }
}

/// The same address as another hand would type it.
fn respell(random: &mut Random, line: &str) -> String {
    let mut line = line.to_owned();
    if random.chance(50) {
        let umlauts = [
            ("ä", "ae"),
            ("ö", "oe"),
            ("ü", "ue"),
            ("Ä", "Ae"),
            ("Ö", "Oe"),
            ("Ü", "Ue"),
        ];
        for (umlaut, plain) in umlauts {
            line = line.replace(umlaut, plain);
        }
    }
    let line = match random.below(5) {
        0 => line.replace("straße", "str.").replace("Straße", "Str."),
        1 => line
            .replace("straße", "strasse")
            .replace("Straße", "Strasse"),
        2 => line.replace("straße", "str").replace("Straße", "Str"),
        3 => line.to_uppercase(),
        _ => line.replace(' ', "  "),
    };
    match line.rsplit_once(' ') {
        // `12 a` becomes `12A` or `12a`; `12` becomes nothing new.
        Some((street, letter)) if letter.len() == 1 && letter.parse::<u8>().is_err() => {
            let letter = if random.chance(50) {
                letter.to_uppercase()
            } else {
                letter.to_owned()
            };
            format!("{}{letter}", street.trim_end())
        }
        _ => line,
    }
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
