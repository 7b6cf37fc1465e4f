//! Who is who across the three systems, in truth, and what in the data says so.
//!
//! It holds also for records whose data tells nothing, so that whoever links records can be measured:
//! a link that is not here is wrong, and one whose clue is here and that was not found is missed.
//! The servers never tell it; the control plane does.

use std::collections::HashMap;

use serde::Serialize;

use super::{Deal, Document, HandoverPerson, HardCase, Person, Reference, Subject, Unit, World};

/// All that is known; each list is in the order of its records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// deep.rent's protocols, deleted ones included.
    pub protocols: Vec<Protocol>,
    /// Everybody present at them.
    pub attendees: Vec<Attendee>,
    /// Propstreet's projects, deleted ones included.
    pub projects: Vec<Project>,
    /// Propstreet's properties.
    pub profiles: Vec<Profile>,
    /// Propstreet's contacts, then its companies, deleted ones included.
    pub investors: Vec<Investor>,
    /// Propstreet's prospects, deleted ones included.
    pub prospects: Vec<Prospect>,
    /// Units that are one flat listed more than once, by ascending id.
    pub listings: Vec<Vec<u64>>,
}

/// What a protocol is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Protocol {
    /// deep.rent's id.
    pub id: String,
    /// The unit; none where the CRM has none, or has it no longer.
    pub unit: Option<u64>,
    /// What leads there, the strongest first; empty where nothing does.
    pub clues: Vec<Clue>,
    /// What was laid when the protocol was made.
    pub laid: super::Clue,
    /// What was made hard of it on purpose.
    pub hard_case: Option<HardCase>,
}

/// Who somebody present at a hand-over is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attendee {
    /// deep.rent's id of the protocol.
    pub protocol: String,
    /// deep.rent's id of the person, good within the protocol.
    pub id: String,
    /// As typed there.
    pub email: Option<String>,
    /// The CRM's contact; none for whoever is none, or is gone from it.
    pub contact: Option<u64>,
    /// What leads there, the strongest first.
    pub clues: Vec<Clue>,
}

/// What a project is about: one of the two, or nothing that the CRM has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Project {
    /// Propstreet's id.
    pub id: u64,
    /// The unit that is offered.
    pub unit: Option<u64>,
    /// The development whose units are offered together.
    pub development: Option<u64>,
    /// What leads there, the strongest first.
    pub clues: Vec<Clue>,
}

/// What a property of Propstreet's describes: one of the two, or nothing that the CRM has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Propstreet's id.
    pub id: u64,
    /// The unit.
    pub unit: Option<u64>,
    /// The development, for the property of a portfolio.
    pub development: Option<u64>,
    /// What leads to the unit, the strongest first.
    pub clues: Vec<Clue>,
}

/// Who somebody of the network is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Investor {
    /// Propstreet's id, among contacts or among companies.
    pub id: u64,
    /// A company rather than a contact.
    pub is_company: bool,
    /// The CRM's contact; none for whoever is none, or is gone from it.
    pub contact: Option<u64>,
    /// What leads there, the strongest first.
    pub clues: Vec<Clue>,
}

/// Who is in the running: whoever the investor behind the prospect is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prospect {
    /// Propstreet's id.
    pub id: u64,
    /// Propstreet's id of the project.
    pub project: u64,
    /// The CRM's contact.
    pub contact: Option<u64>,
    /// What leads there, the strongest first.
    pub clues: Vec<Clue>,
}

/// What in the data leads from one record to the right other one, and to no second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// The other's id is written down as a reference.
    Reference,
    /// The unit's custom field holds the id of the protocol's object.
    StoredObject,
    /// The property refers to a deep.rent object whose id the unit's custom field holds.
    ObjectReference,
    /// The property that the project is linked to refers to the unit.
    LinkedProperty,
    /// The firm's own number of the unit stands in the object's name or among the tags.
    ObjectCode,
    /// The protocol's file is kept with the unit, under the protocol's id.
    FiledDocument,
    /// An e-mail address that one contact has.
    Email,
    /// An e-mail address that several contacts have, of whom one has the name too.
    EmailAndName,
    /// The address and what tells the unit from its neighbours, spelled in any usual way.
    AddressAndDesignation,
    /// The address of one unit.
    Address,
    /// Coordinates of one unit.
    Coordinates,
    /// A name that says which.
    Name,
}

impl World {
    /// Who is who, as things stand.
    pub fn truth(&self) -> Truth {
        let crm = Crm::of(self);
        let investors: Vec<_> = self.investors.iter().map(|its| crm.investor(its)).collect();
        let prospects = self.bids.iter().map(|bid| {
            let backer = (bid.person.is_none(), bid.person.or(bid.company));
            let at = |id| {
                self.investors
                    .binary_search_by_key(&(backer.0, id), |its| (its.is_company, its.id))
            };
            let backer = backer.1.and_then(|id| Some(&investors[at(id).ok()?]));
            Prospect {
                id: bid.id,
                project: bid.deal,
                contact: backer.and_then(|its| its.contact),
                clues: backer.map(|its| its.clues.clone()).unwrap_or_default(),
            }
        });
        let attendees = self
            .handovers
            .iter()
            .flat_map(|handover| handover.people.iter().map(move |person| (handover, person)));
        let mut listings: Vec<_> = crm.doors.values().filter(|its| its.len() > 1).collect();
        listings.sort_unstable();
        Truth {
            protocols: self.handovers.iter().map(|its| crm.protocol(its)).collect(),
            attendees: attendees
                .map(|(handover, person)| crm.attendee(&handover.id, person))
                .collect(),
            projects: self.deals.iter().map(|its| crm.project(its)).collect(),
            profiles: self.profiles.iter().map(|its| crm.profile(its)).collect(),
            prospects: prospects.collect(),
            investors,
            listings: listings.into_iter().cloned().collect(),
        }
    }
}

/// Where a unit stands, however its street is spelled.
type Place = (String, String, String);

/// The CRM as whoever looks for a record sees it: by what is written down.
struct Crm<'a> {
    world: &'a World,
    /// Units of one address and designation.
    doors: HashMap<(Place, Option<String>), Vec<u64>>,
    /// How many units an address has.
    houses: HashMap<Place, usize>,
    /// How many units have these coordinates.
    points: HashMap<(u64, u64), usize>,
    /// How many units carry an object id.
    objects: HashMap<&'a str, usize>,
    /// Whose e-mail address it is, in lower case.
    mailboxes: HashMap<String, Vec<&'a Person>>,
    /// How many firms have that name.
    firms: HashMap<&'a str, usize>,
    /// How many developments have that title.
    titles: HashMap<&'a str, usize>,
    /// Protocols whose file is kept with a unit.
    filed: HashMap<&'a str, &'a Document>,
    /// The development of a portfolio's property.
    portfolios: HashMap<u64, u64>,
}

impl<'a> Crm<'a> {
    fn of(world: &'a World) -> Self {
        let mut crm = Self {
            world,
            doors: HashMap::new(),
            houses: HashMap::new(),
            points: HashMap::new(),
            objects: HashMap::new(),
            mailboxes: HashMap::new(),
            firms: HashMap::new(),
            titles: HashMap::new(),
            filed: HashMap::new(),
            portfolios: HashMap::new(),
        };
        for unit in &world.units {
            let door = (place(unit), unit.designation.clone());
            crm.doors.entry(door).or_default().push(unit.id);
            *crm.houses.entry(place(unit)).or_default() += 1;
            *crm.points.entry(point(&unit.place)).or_default() += 1;
            if let Some(object) = &unit.deeprent_object {
                *crm.objects.entry(object).or_default() += 1;
            }
        }
        for person in &world.people {
            for email in &person.emails {
                let owners = crm.mailboxes.entry(email.to_lowercase()).or_default();
                owners.push(person);
            }
            if let Some(firm) = person.company.as_ref().filter(|_| person.is_company) {
                *crm.firms.entry(firm).or_default() += 1;
            }
        }
        for development in &world.developments {
            *crm.titles.entry(&development.title).or_default() += 1;
        }
        for document in &world.documents {
            if let Some(handover) = &document.handover {
                crm.filed.insert(handover, document);
            }
        }
        for deal in &world.deals {
            if let (Some(profile), Some(Subject::Development(id))) = (deal.profile, deal.subject) {
                crm.portfolios.insert(profile, id);
            }
        }
        crm
    }

    fn protocol(&self, handover: &super::Handover) -> Protocol {
        let unit = handover.unit.and_then(|id| self.world.unit(id));
        let clues = unit.map(|unit| {
            let is_legible = !matches!(
                handover.hard_case,
                Some(HardCase::Typo | HardCase::WrongHouse)
            );
            let code = &unit.number;
            let filed = self.filed.get(handover.id.as_str());
            let filed = filed.is_some_and(|its| its.owner == super::DocumentOwner::Unit(unit.id));
            chosen([
                (Clue::StoredObject, self.stores(unit, &handover.object_id)),
                (
                    Clue::ObjectCode,
                    handover.tags.contains(code)
                        || handover.object_name.split(' ').any(|word| word == code),
                ),
                (Clue::FiledDocument, filed),
                (
                    Clue::AddressAndDesignation,
                    is_legible && handover.clue == super::Clue::Designation && self.is_one(unit),
                ),
                (
                    Clue::Address,
                    is_legible && handover.clue == super::Clue::Address && self.is_alone(unit),
                ),
            ])
        });
        Protocol {
            id: handover.id.clone(),
            unit: unit.map(|unit| unit.id),
            clues: clues.unwrap_or_default(),
            laid: handover.clue,
            hard_case: handover.hard_case,
        }
    }

    fn attendee(&self, protocol: &str, attendee: &HandoverPerson) -> Attendee {
        let contact = attendee.person.and_then(|id| self.world.person(id));
        let is_named_alike = |person: &Person| {
            (&person.first_name, &person.last_name, &person.company)
                == (&attendee.first_name, &attendee.last_name, &attendee.company)
        };
        let clues = contact.map(|contact| {
            let owners = self.owners(attendee.email.as_deref());
            let mut alike = owners.iter().filter(|its| is_named_alike(its));
            let is_told_apart = alike.next().is_some_and(|its| its.id == contact.id);
            chosen([
                (Clue::Email, is_only(owners, contact)),
                (
                    Clue::EmailAndName,
                    owners.len() > 1 && is_told_apart && alike.next().is_none(),
                ),
            ])
        });
        Attendee {
            protocol: protocol.to_owned(),
            id: attendee.id.clone(),
            email: attendee.email.clone(),
            contact: contact.map(|contact| contact.id),
            clues: clues.unwrap_or_default(),
        }
    }

    fn project(&self, deal: &Deal) -> Project {
        let unit = match deal.subject {
            Some(Subject::Unit(id)) => self.world.unit(id),
            _ => None,
        };
        let development = match deal.subject {
            Some(Subject::Development(id)) => self.world.development(id),
            _ => None,
        };
        let linked = deal.profile.and_then(|id| self.world.profile(id));
        let of_unit = |unit: &Unit| {
            let place = &unit.place;
            let door = format!("{} {}", place.street, place.house_number);
            let names_door = deal.name.contains(&door)
                && unit
                    .designation
                    .as_ref()
                    .is_none_or(|its| deal.name.contains(its));
            let refers = |its: &super::Profile| refers_to(&its.references, "propstack", unit.id);
            chosen([
                (
                    Clue::Reference,
                    refers_to(&deal.references, "propstack", unit.id),
                ),
                (Clue::LinkedProperty, linked.is_some_and(refers)),
                (Clue::Name, names_door && self.is_one(unit)),
            ])
        };
        let of_development = |its: &super::Development| {
            let is_one = self.titles.get(its.title.as_str()) == Some(&1);
            chosen([
                (
                    Clue::Reference,
                    refers_to(&deal.references, "propstack-project", its.id),
                ),
                (Clue::Name, is_one && deal.name.ends_with(&its.title)),
            ])
        };
        Project {
            id: deal.id,
            unit: unit.map(|its| its.id),
            development: development.map(|its| its.id),
            clues: unit
                .map(of_unit)
                .or_else(|| development.map(of_development))
                .unwrap_or_default(),
        }
    }

    fn profile(&self, profile: &super::Profile) -> Profile {
        let unit = profile.unit.and_then(|id| self.world.unit(id));
        let clues = unit.map(|unit| {
            let mut objects = profile
                .references
                .iter()
                .filter(|its| its.namespace == "deeprent");
            chosen([
                (
                    Clue::Reference,
                    refers_to(&profile.references, "propstack", unit.id),
                ),
                (
                    Clue::ObjectReference,
                    objects.any(|object| self.stores(unit, &object.id)),
                ),
                (Clue::Coordinates, {
                    let here = point(&unit.place);
                    here == point(&profile.place) && self.points.get(&here) == Some(&1)
                }),
            ])
        });
        Profile {
            id: profile.id,
            unit: unit.map(|unit| unit.id),
            development: self.portfolios.get(&profile.id).copied(),
            clues: clues.unwrap_or_default(),
        }
    }

    fn investor(&self, investor: &super::Investor) -> Investor {
        let contact = investor.person.and_then(|id| self.world.person(id));
        let clues = contact.map(|contact| {
            let is_firm = investor.is_company && contact.company.as_ref() == Some(&investor.name);
            chosen([
                (
                    Clue::Reference,
                    refers_to(&investor.references, "propstack", contact.id),
                ),
                (
                    Clue::Email,
                    is_only(self.owners(investor.email.as_deref()), contact),
                ),
                (
                    Clue::Name,
                    is_firm && self.firms.get(investor.name.as_str()) == Some(&1),
                ),
            ])
        });
        Investor {
            id: investor.id,
            is_company: investor.is_company,
            contact: contact.map(|contact| contact.id),
            clues: clues.unwrap_or_default(),
        }
    }

    /// Whether this unit and no other carries the object's id.
    fn stores(&self, unit: &Unit, object: &str) -> bool {
        unit.deeprent_object.as_deref() == Some(object) && self.objects.get(object) == Some(&1)
    }

    /// Whether no other unit has its address and designation.
    fn is_one(&self, unit: &Unit) -> bool {
        let door = (place(unit), unit.designation.clone());
        self.doors.get(&door).is_some_and(|its| its.len() == 1)
    }

    fn is_alone(&self, unit: &Unit) -> bool {
        self.houses.get(&place(unit)) == Some(&1)
    }

    fn owners(&self, email: Option<&str>) -> &[&'a Person] {
        let owners = email.and_then(|email| self.mailboxes.get(&email.to_lowercase()));
        owners.map_or(&[], Vec::as_slice)
    }
}

fn chosen<const N: usize>(clues: [(Clue, bool); N]) -> Vec<Clue> {
    let there = clues.into_iter().filter(|(_, is_there)| *is_there);
    there.map(|(clue, _)| clue).collect()
}

fn is_only(owners: &[&Person], contact: &Person) -> bool {
    matches!(owners, [owner] if owner.id == contact.id)
}

fn refers_to(references: &[Reference], namespace: &str, id: u64) -> bool {
    let id = id.to_string();
    let mut references = references.iter();
    references.any(|its| its.namespace == namespace && its.id == id)
}

fn place(unit: &Unit) -> Place {
    let place = &unit.place;
    let street = place.street.replace("straße", "str.");
    (
        place.postal_code.clone(),
        street.replace("Straße", "Str."),
        place.house_number.clone(),
    )
}

fn point(place: &super::Place) -> (u64, u64) {
    (place.latitude.to_bits(), place.longitude.to_bits())
}
