//! Investment cases and the properties in them.

use self::{
    profiles::Profiles,
    subject::{Subject, Subjects},
};
use super::{Calendar, Ids};
use crate::sandbox::world::{Deal, Development, Price, PriceRange, Profile, Unit, random::Random};

mod profiles;
mod subject;

/// The first deal is the portfolio of the first development; the next two are flats in it.
const SHOWCASE: usize = 3;

const STAGES: [Option<&str>; 6] = [
    Some("communicated"),
    Some("verified"),
    None,
    Some("published"),
    Some("drafting"),
    Some("property_added"),
];

/// Makes `count` deals and the profiles that most of them have, and some profiles in no deal.
pub fn generate(
    count: usize,
    seed: u64,
    calendar: Calendar,
    developments: &[Development],
    units: &[Unit],
) -> (Vec<Deal>, Vec<Profile>) {
    let mut random = Random::topic(seed, "deals");
    let mut deal_ids = Ids::new(seed, 7_100);
    let mut profiles = Profiles::new(seed, calendar);
    let mut subjects = Subjects::new(developments, units);
    let mut deals = Vec::with_capacity(count);
    while deals.len() < count {
        let index = deals.len();
        let Some(subject) = subjects.draw(index, &mut random) else {
            break;
        };
        let is_showcase = index < SHOWCASE;
        let status = match index % 10 {
            3 | 7 => "closed",
            9 => "deleted",
            _ => "open",
        };
        let created_at = calendar.ago(&mut random, (20, 500));
        let updated_at = calendar.touched(&mut random, created_at);
        let has_profile = is_showcase || random.chance(70);
        let price_scale = match (subject.portfolio_size(), index % 3) {
            (Some(_), _) if index % 15 == 5 => "billions",
            (Some(_), _) | (None, 0) => "millions",
            (None, 1) => "thousands",
            _ => "none",
        };
        let millions = subject.worth();
        deals.push(Deal {
            id: deal_ids.next(),
            name: subject.name(),
            portfolio_size: subject.portfolio_size(),
            status,
            classification: match (is_showcase, index % 7) {
                (true, _) | (_, 0..=2) => Some("active"),
                (_, 3 | 4) => Some("draft"),
                (_, 5) => Some("inactive"),
                _ => None,
            },
            teaser_stage: STAGES[index % STAGES.len()],
            mandate: [
                Some("exclusive"),
                Some("non_exclusive"),
                None,
                Some("other"),
            ][index % 4],
            price: (index % 5 != 4)
                .then(|| Price::euros(scaled(millions, price_scale), price_scale)),
            price_range: price_range(index, millions, price_scale),
            references: subject.references(&mut random),
            subject: Some(subject.truth()),
            profile: has_profile.then(|| profiles.add(&subject, is_showcase)),
            moved_at: updated_at,
            created_at,
            updated_at,
            deleted_at: (status == "deleted").then_some(updated_at),
        });
    }
    // Propstreet knows more properties than are in a deal.
    for unit in units.iter().skip(1).step_by(29) {
        profiles.add(
            &Subject::Unit {
                unit,
                is_referenced: false,
            },
            false,
        );
    }
    (deals, profiles.made)
}

/// The ends of what would be paid, around the price; now and then one end is open.
fn price_range(index: usize, millions: f64, scale: &'static str) -> Option<PriceRange> {
    let low = || Some(scaled(millions * 0.9, scale));
    let high = || Some(scaled(millions * 1.2, scale));
    let (min, max) = match index % 6 {
        0 => (low(), high()),
        2 => (low(), None),
        4 => (None, high()),
        _ => return None,
    };
    let currency = "EUR".to_owned();
    Some(PriceRange {
        min,
        max,
        currency,
        scale,
    })
}

/// An amount as its scale writes it, to the full thousand.
fn scaled(millions: f64, scale: &str) -> String {
    let thousands = (millions * 1000.0).round();
    match scale {
        "none" => format!("{thousands}000"),
        "thousands" => format!("{thousands}"),
        "millions" => decimal(thousands / 1e3, 3),
        _ => decimal(thousands / 1e6, 6),
    }
}

fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
