//! Brokers, contacts, and who is what to which unit.

use std::collections::HashMap;

use super::{
    Calendar, Ids,
    names::{AUTHORITIES, FAMILY, FIRM_STEMS, GIVEN, MAIL_DOMAINS, SERVICES, TRADES, ascii},
    places::Streets,
    units::SHOWCASE,
};
use crate::sandbox::world::{Broker, Label, Person, Role, Unit, UnitKind, random::Random};

/// What somebody is to the firm: the index of a contact status.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Owner,
    Tenant,
    Contact,
    Authority,
    Legal,
    Service,
    Partner,
    Buyer,
    Prospect,
    Seller,
    SellerLead,
    ColdLead,
}

/// The firm's contact statuses, in the order of [`Kind`].
pub fn statuses(ids: &mut Ids) -> Vec<Label> {
    ids.labels(&[
        ("Eigentümer", "#3366cc"),
        ("Mieter", "#2e9e5b"),
        ("Kontakt", "#9aa5b1"),
        ("Behörde", "#52606d"),
        ("Anwalt, Notar", "#52606d"),
        ("Dienstleister", "#8d6e63"),
        ("Geschäftspartner", "#0f8a8a"),
        ("Käufer", "#5a3fbf"),
        ("Kaufinteressent", "#f0b429"),
        ("Verkäufer", "#b44d12"),
        ("Verkäufer-Lead", "#e07b39"),
        ("Kaltlead", "#cbd2d9"),
    ])
}

/// Where the firm's contacts come from.
pub fn sources(ids: &mut Ids) -> Vec<Label> {
    ids.labels(&[
        ("Empfehlung", "#2e9e5b"),
        ("Website", "#3366cc"),
        ("Portal", "#f0b429"),
        ("Laufkundschaft", "#9aa5b1"),
    ])
}

/// A few more brokers the larger the firm.
pub fn brokers(units: usize, seed: u64) -> Vec<Broker> {
    let mut random = Random::topic(seed, "brokers");
    let mut ids = Ids::new(seed, 910);
    (0..6 + units / 5_000)
        .map(|index| {
            let (first_name, _) = *random.pick(GIVEN);
            let last_name = *random.pick(FAMILY);
            let positions = ["Vermietung", "Verkauf", "Verwaltung", "Leitung Ankauf"];
            Broker {
                id: ids.next(),
                first_name: first_name.to_owned(),
                last_name: last_name.to_owned(),
                position: positions[index % positions.len()].to_owned(),
                email: format!(
                    "{}.{}@hansehaus.example",
                    ascii(first_name),
                    ascii(last_name)
                ),
                phone: format!("+49 421 55501{:02}", index % 100),
            }
        })
        .collect()
}

/// Makes `count` contacts, in lots of a hundred by what they are.
pub fn generate(
    count: usize,
    seed: u64,
    calendar: Calendar,
    brokers: &[u64],
    streets: &mut Streets,
) -> Vec<Person> {
    let mut random = Random::topic(seed, "people");
    let mut ids = Ids::new(seed, 77_000);
    let mut mailboxes = Mailboxes::default();
    let mut people = Vec::with_capacity(count);
    for index in 0..count {
        let id = ids.next();
        let person = generate_one(
            id,
            kind(index),
            calendar,
            brokers,
            streets,
            &mut random,
            &mut mailboxes,
        );
        people.push(person);
    }
    // A couple of whom one reads the mail of both: their address alone does not tell them apart.
    for index in (40..count).step_by(97) {
        let shared = people[index - 1].emails.clone();
        people[index].emails = shared;
    }
    people
}

/// Spread so that any hundred people in a row hold every kind.
fn kind(index: usize) -> Kind {
    match index * 37 % 100 {
        0..22 => Kind::Owner,
        22..58 => Kind::Tenant,
        58..64 => Kind::Buyer,
        64..66 => Kind::Legal,
        66..86 => Kind::Prospect,
        86..88 => Kind::Authority,
        88..91 => Kind::Service,
        91..93 => Kind::Partner,
        93..95 => Kind::Seller,
        95 => Kind::SellerLead,
        96 => Kind::ColdLead,
        _ => Kind::Contact,
    }
}

fn generate_one(
    id: u64,
    kind: Kind,
    calendar: Calendar,
    brokers: &[u64],
    streets: &mut Streets,
    random: &mut Random,
    mailboxes: &mut Mailboxes,
) -> Person {
    let (given, salutation) = *random.pick(GIVEN);
    let family = *random.pick(FAMILY);
    let firm = match kind {
        Kind::Owner if random.chance(15) => Some(invest_firm(random, family)),
        Kind::Prospect if random.chance(30) => Some(invest_firm(random, family)),
        Kind::Authority => Some(format!("{} {}", random.pick(AUTHORITIES), family)),
        Kind::Service => Some(format!("{family} {}", random.pick(SERVICES))),
        Kind::Legal => Some(format!("Notariat {family}")),
        _ => None,
    };
    let is_company = firm.is_some() && kind != Kind::Legal;
    let emails = if random.chance(8) {
        Vec::new()
    } else {
        let name = match &firm {
            Some(firm) if is_company => ascii(firm),
            _ => format!("{}.{}", ascii(given), ascii(family)),
        };
        let main = mailboxes.open(&name, random);
        let second = random.chance(15).then(|| format!("privat.{main}"));
        [Some(main), second].into_iter().flatten().collect()
    };
    let created_at = calendar.ago(random, (30, 1400));
    Person {
        id,
        salutation: (!is_company).then_some(salutation),
        academic_title: (!is_company && random.chance(6)).then(|| "Dr.".to_owned()),
        first_name: (!is_company).then(|| given.to_owned()),
        last_name: (!is_company).then(|| family.to_owned()),
        company: firm,
        is_company,
        emails,
        phone: random.chance(85).then(|| phone(random)),
        place: streets.home(),
        broker: *random.pick(brokers),
        status: kind as usize,
        source: random.below(4),
        gdpr_status: *random.pick(&[0, 1, 2, 2, 2, 2, 3]),
        is_archived: kind == Kind::ColdLead || random.chance(2),
        created_at,
        updated_at: calendar.touched(random, created_at),
    }
}

fn invest_firm(random: &mut Random, family: &str) -> String {
    let stem = if random.chance(60) {
        *random.pick(FIRM_STEMS)
    } else {
        family
    };
    format!("{stem} {}", random.pick(TRADES))
}

/// Of the numbers that are set aside for films.
fn phone(random: &mut Random) -> String {
    let area = *random.pick(&[
        "030 23125",
        "040 66969",
        "069 90009",
        "0221 4710",
        "089 99998",
    ]);
    format!("{area}{:03}", random.below(1000))
}

/// Hands out e-mail addresses, each once.
#[derive(Default)]
struct Mailboxes(HashMap<String, usize>);

impl Mailboxes {
    fn open(&mut self, name: &str, random: &mut Random) -> String {
        let domain = *random.pick(MAIL_DOMAINS);
        let taken = self.0.entry(name.to_owned()).or_default();
        *taken += 1;
        match *taken {
            1 => format!("{name}@{domain}"),
            again => format!("{name}{again}@{domain}"),
        }
    }
}

/// Ties the people to the units: owners to everything, tenants to what is let, buyers and a notary
/// to what is sold.
pub fn settle(units: &mut [Unit], people: &[Person], statuses: &[Label], seed: u64) {
    let mut random = Random::topic(seed, "settle");
    let of = |kind: Kind| -> Vec<u64> {
        let alike = people
            .iter()
            .filter(|person| person.status == kind as usize);
        alike.map(|person| person.id).collect()
    };
    let (owners, tenants) = (of(Kind::Owner), of(Kind::Tenant));
    let (buyers, notaries) = (of(Kind::Buyer), of(Kind::Legal));
    let mut tenants = tenants.into_iter();
    let mut owner = 0;
    for (index, unit) in units.iter_mut().enumerate() {
        if !owners.is_empty() {
            // Neighbours often belong to one owner.
            owner += usize::from(random.chance(40));
            unit.people
                .push((Role::Owner, owners[owner % owners.len()]));
        }
        let status = statuses[unit.status].name.as_str();
        let is_let = unit.is_rental && unit.kind != UnitKind::Land && status == "Vermietet";
        if index < SHOWCASE || is_let {
            unit.people
                .extend(tenants.next().map(|tenant| (Role::Tenant, tenant)));
            if random.chance(15) {
                unit.people
                    .extend(tenants.next().map(|tenant| (Role::Tenant, tenant)));
            }
        }
        if matches!(status, "Verkauft" | "Abgeschlossen") && !buyers.is_empty() {
            unit.people.push((Role::Buyer, *random.pick(&buyers)));
            unit.people.extend(
                notaries
                    .first()
                    .map(|_| (Role::Notary, *random.pick(&notaries))),
            );
        }
    }
}
