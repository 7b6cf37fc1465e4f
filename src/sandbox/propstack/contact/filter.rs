//! Which contacts a list admits.

use super::super::{instant::Days, query::Query, unit::line};
use crate::sandbox::world::{Person, Role, World};

/// What was asked for; all of it must hold.
pub struct Filter<'a> {
    world: &'a World,
    archived: Option<bool>,
    statuses: Option<Vec<u64>>,
    sources: Option<Vec<u64>>,
    /// Nobody here has a tag.
    groups: Option<Vec<u64>>,
    projects: Option<Vec<u64>>,
    broker: Option<u64>,
    gdpr_status: Option<u8>,
    owns: bool,
    created: Days,
    changed: Days,
    text: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

impl<'a> Filter<'a> {
    pub fn of(query: &Query, world: &'a World) -> Self {
        Self {
            world,
            archived: match query.first("archived") {
                Some("-1") => None,
                Some("1") => Some(true),
                _ => Some(false),
            },
            statuses: query.ids("status"),
            sources: query.ids("sources"),
            groups: query.ids("group"),
            projects: query.ids("project_ids"),
            broker: query.number("broker_id"),
            gdpr_status: query.number("gdpr_status"),
            owns: query.is_set("owner"),
            created: Days::of(query, "created_at"),
            changed: Days::of(query, "updated_at"),
            text: query.first("q").map(str::to_lowercase),
            email: query
                .first("email")
                .map(|email| email.trim().to_lowercase()),
            phone: query.first("phone_number").map(digits),
        }
    }

    pub fn admits(&self, person: &Person) -> bool {
        let world = self.world;
        let is_among = |wanted: &Option<Vec<u64>>, id| {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(&id))
        };
        self.archived
            .is_none_or(|archived| archived == person.is_archived)
            && is_among(&self.statuses, world.contact_statuses[person.status].id)
            && is_among(&self.sources, world.sources[person.source].id)
            && self.groups.is_none()
            && self.broker.is_none_or(|broker| broker == person.broker)
            && self
                .gdpr_status
                .is_none_or(|status| status == person.gdpr_status)
            && self.created.holds(person.created_at)
            && self.changed.holds(person.updated_at)
            && self
                .email
                .as_ref()
                .is_none_or(|email| has_email(person, email))
            && self
                .phone
                .as_ref()
                .is_none_or(|phone| has_phone(person, phone))
            && self.text.as_ref().is_none_or(|text| contains(person, text))
            && (!self.owns || owns(person, world))
            && self
                .projects
                .as_ref()
                .is_none_or(|ids| is_in(person, ids, world))
    }
}

fn has_email(person: &Person, wanted: &str) -> bool {
    person
        .emails
        .iter()
        .any(|email| email.to_lowercase() == wanted)
}

fn has_phone(person: &Person, wanted: &str) -> bool {
    person
        .phone
        .as_ref()
        .is_some_and(|phone| digits(phone) == wanted)
}

/// The number as dialled, however it is written; `+49` is `0`.
fn digits(number: &str) -> String {
    let national = number.trim().replacen("+49", "0", 1);
    national.chars().filter(char::is_ascii_digit).collect()
}

/// Full text over names, e-mails, the address and the phone number.
fn contains(person: &Person, wanted: &str) -> bool {
    let own = [super::name(person), line(&person.place)];
    let place = [&person.place.city, &person.place.postal_code];
    let texts = own
        .iter()
        .chain(place)
        .chain(&person.emails)
        .chain(&person.phone);
    texts
        .into_iter()
        .any(|text| text.to_lowercase().contains(wanted))
}

fn owns(person: &Person, world: &World) -> bool {
    let mut units = world.units_of(person.id);
    units.any(|unit| unit.people.contains(&(Role::Owner, person.id)))
}

fn is_in(person: &Person, developments: &[u64], world: &World) -> bool {
    let mut units = world.units_of(person.id);
    units.any(|unit| {
        unit.development
            .is_some_and(|id| developments.contains(&id))
    })
}
