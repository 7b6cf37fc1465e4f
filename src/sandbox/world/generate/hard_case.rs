//! What makes it hard to tell who is who, put into a firm on request.
//!
//! It draws from a sequence of its own, so that all else is as it is without it. Every world holds
//! neighbouring houses whose flats are numbered alike, flats listed twice, streets spelled in other
//! ways, couples with one mailbox, and coordinates of whole buildings; what is here is harder.

use std::collections::HashMap;

use crate::sandbox::world::{
    Clue, Deal, Handover, HandoverPerson, HardCase, Investor, Person, Reference, Role, Unit,
    random::Random,
};

/// Two tenants of one flat become a family: one name, one mailbox.
pub fn families(units: &[Unit], people: &mut [Person]) {
    for unit in units {
        let mut tenants = unit.people.iter().filter(|(role, _)| *role == Role::Tenant);
        let (Some((_, one)), Some((_, other))) = (tenants.next(), tenants.next()) else {
            continue;
        };
        let at = |id: &u64| people.binary_search_by_key(id, |its| its.id).ok();
        let (Some(one), Some(other)) = (at(one), at(other)) else {
            continue;
        };
        let (name, emails) = (people[one].last_name.clone(), people[one].emails.clone());
        (people[other].last_name, people[other].emails) = (name, emails);
    }
}

/// Slips of those who write down what is handed over, and hints that are not where one expects
/// them.
pub fn handovers(handovers: &mut [Handover], units: &[Unit], seed: u64) {
    let random = &mut Random::topic(seed, "hard hand-overs");
    let wrong_houses = wrong_houses(units);
    let mut laid = HashMap::<_, usize>::new();
    for handover in handovers.iter_mut() {
        let times = laid.entry(handover.clue as usize).or_default();
        *times += 1;
        let unit = handover
            .unit
            .and_then(|id| units.binary_search_by_key(&id, |unit| unit.id).ok())
            .map(|at| &units[at]);
        let (Some(unit), times) = (unit, *times) else {
            continue;
        };
        handover.hard_case = match (handover.clue, times % 40) {
            (Clue::SharedAddress | Clue::Twins, rest) if rest % 4 == 1 => {
                handover.object_name = format!("{} {}", unit.number, handover.object_name);
                Some(HardCase::ObjectCode)
            }
            (Clue::SharedAddress | Clue::Twins, rest) if rest % 4 == 3 => {
                handover.tags.push(unit.number.clone());
                Some(HardCase::ObjectCode)
            }
            (Clue::Designation, 20) => wrong_houses.get(&unit.id).map(|number| {
                handover.address_line = format!("{} {number}", unit.place.street);
                HardCase::WrongHouse
            }),
            (Clue::Designation | Clue::Address, rest) if rest % 10 == 5 => {
                let street = mistyped(&unit.place.street, random);
                handover.address_line = format!("{street} {}", unit.place.house_number);
                Some(HardCase::Typo)
            }
            (Clue::Designation, rest) if rest % 5 == 2 => {
                let designation = unit.designation.as_deref();
                let number = designation.and_then(|its| its.strip_prefix("WE "));
                number.map(|number| {
                    let number = number.trim_start_matches('0');
                    let words = ["Whg.", "Wohnung Nr.", "Wohnung"];
                    handover.object_name = format!("{} {number}", random.pick(&words));
                    HardCase::OtherWord
                })
            }
            _ => None,
        };
    }
    attendees(handovers, random);
}

/// Now and then a mistyped e-mail address, or a relative whom the CRM does not know and who reads
/// the mail of somebody whom it knows.
fn attendees(handovers: &mut [Handover], random: &mut Random) {
    for (index, handover) in handovers.iter_mut().enumerate() {
        let mut known = handover.people.iter_mut();
        let known = known.find(|its| its.person.is_some() && its.role == "RENTER");
        let Some(known) = known.filter(|its| its.email.is_some()) else {
            continue;
        };
        if index % 15 == 4 {
            known.email = known.email.as_deref().map(|email| mistyped(email, random));
        } else if index % 12 == 6 {
            let relative = HandoverPerson {
                id: format!("{}r", known.id),
                person: None,
                first_name: known.first_name.as_ref().map(|name| format!("{name}-Luca")),
                ..known.clone()
            };
            handover.people.push(relative);
        }
    }
}

/// Investors who are known by their second address, or by one that is mistyped.
pub fn investors(investors: &mut [Investor], people: &[Person], seed: u64) {
    let random = &mut Random::topic(seed, "hard investors");
    let mut unwritten = 0;
    for investor in investors.iter_mut().filter(|its| !its.is_company) {
        let is_written = |its: &Reference| its.namespace == "propstack";
        let contact = investor
            .person
            .filter(|_| !investor.references.iter().any(is_written))
            .and_then(|id| people.binary_search_by_key(&id, |its| its.id).ok())
            .map(|at| &people[at]);
        let Some(contact) = contact else {
            continue;
        };
        unwritten += 1;
        match contact.emails.get(1) {
            Some(second) if contact.emails.len() > 1 => investor.email = Some(second.clone()),
            _ if unwritten % 6 == 0 => {
                investor.email = investor.email.as_deref().map(|its| mistyped(its, random));
            }
            _ => {}
        }
    }
}

/// Deals that nobody wrote a reference on and whose name says nothing.
pub fn deals(deals: &mut [Deal]) {
    let is_unwritten =
        |deal: &&mut Deal| deal.references.iter().all(|its| its.namespace == "hubspot");
    for deal in deals.iter_mut().filter(is_unwritten).step_by(2) {
        deal.name = format!("Anlageobjekt {}", deal.id);
    }
}

/// For units, the number of a neighbouring house whose flats are numbered alike.
fn wrong_houses(units: &[Unit]) -> HashMap<u64, &str> {
    let mut wrong = HashMap::new();
    let mut seen = HashMap::<_, &Unit>::new();
    for unit in units {
        let Some(designation) = &unit.designation else {
            continue;
        };
        let street = (unit.development, &unit.place.street, designation);
        if let Some(other) = seen.insert(street, unit)
            && other.place.house_number != unit.place.house_number
        {
            wrong.insert(unit.id, other.place.house_number.as_str());
        }
    }
    wrong
}

/// Two neighbouring letters change places, or one is missing: the text is another in any case.
fn mistyped(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let first_word = letters.iter().take_while(|its| its.is_alphabetic()).count();
    let at = random.below(first_word.max(2) - 1).min(letters.len() - 2);
    if letters[at]
        .to_lowercase()
        .eq(letters[at + 1].to_lowercase())
    {
        letters.remove(at);
    } else {
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}
