//! The investors' network, and who is in the running for which deal.

use std::collections::HashMap;

use chrono::Duration;

use super::{
    Calendar, Ids,
    names::{FAMILY, FIRM_STEMS, GIVEN, TRADES, ascii},
    people::Kind,
};
use crate::sandbox::world::{Bid, Deal, Investor, Person, Reference, random::Random};

/// How long an investor has to answer a teaser.
const ANSWER_TIME: Duration = Duration::days(21);

const CLASSIFICATIONS: &[&str] = &[
    "not_contacted",
    "contacted",
    "interested",
    "not_interested",
    "bidder",
];

const TAGS: &[&str] = &[
    "Family Office",
    "Core",
    "Value-Add",
    "Wohnen",
    "Nord",
    "Bestandshalter",
];

/// Makes `count` investors, a fifth of them firms; some are contacts of the CRM as well.
pub fn generate(count: usize, seed: u64, calendar: Calendar, people: &[Person]) -> Vec<Investor> {
    let random = &mut Random::topic(seed, "investors");
    let firms = count / 5;
    let contacts = |is_company: bool| {
        let may_invest = [Kind::Prospect, Kind::Owner, Kind::Buyer].map(|kind| kind as usize);
        people.iter().filter(move |person| {
            person.is_company == is_company && may_invest.contains(&person.status)
        })
    };
    let mut firm_ids = Ids::new(seed, 101);
    let mut known_firms = contacts(true);
    let companies: Vec<_> = (0..firms)
        .map(|index| firm(firm_ids.next(), index, known_firms.next(), calendar, random))
        .collect();
    let mut ids = Ids::new(seed, 101);
    let mut known = contacts(false).filter(|person| !person.emails.is_empty());
    let mut mailboxes = HashMap::new();
    let mut investors: Vec<_> = (firms..count)
        .map(|index| {
            let contact = if index % 5 < 3 { known.next() } else { None };
            let id = ids.next();
            let mut investor = person(id, index, contact, &mut mailboxes, calendar, random);
            if !companies.is_empty() && random.chance(35) {
                investor.company = Some(random.pick(&companies).id);
            }
            investor
        })
        .collect();
    investors.extend(companies);
    investors
}

fn person(
    id: u64,
    index: usize,
    contact: Option<&Person>,
    mailboxes: &mut HashMap<String, usize>,
    calendar: Calendar,
    random: &mut Random,
) -> Investor {
    let (first_name, name) = match contact {
        Some(contact) => (contact.first_name.clone(), contact.last_name.clone()),
        None => (None, None),
    };
    let first_name = first_name.unwrap_or_else(|| random.pick(GIVEN).0.to_owned());
    let name = name.unwrap_or_else(|| (*random.pick(FAMILY)).to_owned());
    let email = match contact {
        // Propstreet keeps e-mails unique; two contacts of the CRM may share one.
        Some(contact) if !mailboxes.contains_key(&contact.emails[0]) => {
            mailboxes.insert(contact.emails[0].clone(), 1);
            if index.is_multiple_of(2) {
                capitalised(&contact.emails[0])
            } else {
                contact.emails[0].clone()
            }
        }
        _ => {
            let mailbox = format!("{}.{}", ascii(&first_name), ascii(&name));
            let taken = mailboxes.entry(mailbox.clone()).or_default();
            *taken += 1;
            format!("{mailbox}{taken}@anleger.example")
        }
    };
    let is_referenced = index % 5 != 1;
    let reference = contact.filter(|_| is_referenced).map(|contact| contact.id);
    let created_at = calendar.ago(random, (30, 700));
    Investor {
        id,
        is_company: false,
        person: contact.map(|contact| contact.id),
        company: None,
        first_name: Some(first_name),
        name,
        email: (contact.is_some() || random.chance(85)).then_some(email),
        phone: random
            .chance(80)
            .then(|| format!("+49 40 66969{:03}", random.below(1000))),
        tags: tags(random),
        references: references(reference, random),
        created_at,
        updated_at: calendar.touched(random, created_at),
        deleted_at: None,
    }
}

fn firm(
    id: u64,
    index: usize,
    contact: Option<&Person>,
    calendar: Calendar,
    random: &mut Random,
) -> Investor {
    let contact = contact.filter(|_| !index.is_multiple_of(3));
    let name = contact.and_then(|contact| contact.company.clone());
    let name = name.unwrap_or_else(|| {
        format!(
            "{} {} {}",
            random.pick(FIRM_STEMS),
            random.pick(FAMILY),
            random.pick(TRADES)
        )
    });
    let created_at = calendar.ago(random, (30, 700));
    Investor {
        id,
        is_company: true,
        person: contact.map(|contact| contact.id),
        company: None,
        first_name: None,
        name,
        email: None,
        phone: None,
        tags: tags(random),
        references: references(contact.map(|contact| contact.id), random),
        created_at,
        updated_at: calendar.touched(random, created_at),
        deleted_at: None,
    }
}

/// The address as somebody types it who thinks of it as a name.
fn capitalised(email: &str) -> String {
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let words = name.split('.').map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    });
    format!("{}@{domain}", words.collect::<Vec<_>>().join("."))
}

fn tags(random: &mut Random) -> Vec<String> {
    let first = random.below(TAGS.len());
    let count = random.below(3);
    (first..first + count)
        .map(|at| TAGS[at % TAGS.len()].to_owned())
        .collect()
}

fn references(contact: Option<u64>, random: &mut Random) -> Vec<Reference> {
    let contact = contact.map(|id| Reference {
        namespace: "propstack".to_owned(),
        id: id.to_string(),
    });
    let other = random.chance(15).then(|| Reference {
        namespace: "hubspot".to_owned(),
        id: format!("HS/{}", random.word(8)),
    });
    contact.into_iter().chain(other).collect()
}

/// Makes about `count` bids, evenly over the deals; no investor is in a deal twice.
pub fn bids(
    count: usize,
    seed: u64,
    calendar: Calendar,
    deals: &[Deal],
    investors: &[Investor],
) -> Vec<Bid> {
    let random = &mut Random::topic(seed, "bids");
    let mut ids = Ids::new(seed, 9_001);
    let mut deal_ids = Ids::new(seed, 52_000);
    let mut bids = Vec::with_capacity(count);
    if investors.is_empty() {
        return bids;
    }
    for (index, deal) in deals.iter().enumerate() {
        let share = count * (index + 1) / deals.len() - count * index / deals.len();
        // A walk that comes back to its start only after having met everybody.
        let stride = stride(random, investors.len());
        let start = if index == 0 {
            0
        } else {
            random.below(investors.len())
        };
        for step in 0..share.min(investors.len()) {
            let investor = &investors[(start + step * stride) % investors.len()];
            let created_at = calendar.since(random, deal.created_at);
            // Propstreet matches investors only once it has sent the teaser out.
            let is_matched = deal.teaser_stage == Some("communicated") && step % 2 == 1;
            let accepted_at = (is_matched && random.chance(50)).then(|| {
                calendar
                    .since(random, created_at)
                    .min(created_at + ANSWER_TIME)
            });
            let updated_at = calendar.touched(random, accepted_at.unwrap_or(created_at));
            let is_deleted = index > 0 && random.chance(5);
            let is_known = random.chance(25);
            bids.push(Bid {
                id: ids.next(),
                deal: deal.id,
                person: (!investor.is_company).then_some(investor.id),
                company: if investor.is_company {
                    Some(investor.id)
                } else {
                    investor.company
                },
                classification: CLASSIFICATIONS[random.below(CLASSIFICATIONS.len())],
                teaser_deadline: is_matched.then(|| created_at + ANSWER_TIME),
                teaser_accepted: accepted_at,
                references: is_known
                    .then(|| Reference {
                        namespace: "propstack-deal".to_owned(),
                        id: deal_ids.next().to_string(),
                    })
                    .into_iter()
                    .collect(),
                created_at,
                updated_at,
                deleted_at: is_deleted.then_some(updated_at),
            });
        }
    }
    bids
}

/// A number that shares no divisor with `length`.
fn stride(random: &mut Random, length: usize) -> usize {
    let mut stride = 1 + random.below(length.max(2));
    while divisor(stride, length) != 1 {
        stride += 1;
    }
    stride
}

fn divisor(left: usize, right: usize) -> usize {
    if right == 0 {
        left
    } else {
        divisor(right, left % right)
    }
}
