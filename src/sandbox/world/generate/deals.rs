//! Investment cases and the properties in them.

use std::collections::{HashMap, HashSet};

use super::{Calendar, Ids};
use crate::sandbox::world::{
    Deal, Development, Place, Profile, Reference, Unit, UnitKind, random::Random,
};

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

/// What a deal is about, and whether anybody wrote that down.
enum Subject<'a> {
    Unit {
        unit: &'a Unit,
        is_referenced: bool,
    },
    Portfolio {
        development: &'a Development,
        size: u32,
        is_referenced: bool,
    },
}

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
    let mut profiles = Profiles {
        random: Random::topic(seed, "profiles"),
        ids: Ids::new(seed, 3_100),
        calendar,
        made: Vec::new(),
    };
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
            price: (index % 5 != 4).then(|| scaled(millions, price_scale)),
            price_scale,
            price_range: price_range(index, millions, price_scale),
            references: subject.references(&mut random),
            profile: has_profile.then(|| profiles.add(&subject, is_showcase)),
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

/// Gives out what deals are about; nothing is referenced by two of them.
struct Subjects<'a> {
    developments: &'a [Development],
    units: Vec<&'a Unit>,
    sizes: HashMap<u64, u32>,
    referenced: HashSet<u64>,
}

impl<'a> Subjects<'a> {
    fn new(developments: &'a [Development], units: &'a [Unit]) -> Self {
        let mut sizes = HashMap::new();
        for development in units.iter().filter_map(|unit| unit.development) {
            *sizes.entry(development).or_default() += 1;
        }
        Self {
            developments,
            units: units
                .iter()
                .filter(|unit| unit.kind != UnitKind::Garage)
                .collect(),
            sizes,
            referenced: HashSet::new(),
        }
    }

    fn draw(&mut self, index: usize, random: &mut Random) -> Option<Subject<'a>> {
        let is_portfolio = index == 0 || (index >= SHOWCASE && index.is_multiple_of(5));
        let may_refer = index < SHOWCASE || index % 3 != 2;
        if is_portfolio {
            let development = match index {
                0 => self.developments.first()?,
                _ => random.pick(self.developments),
            };
            let is_referenced = may_refer && self.referenced.insert(development.id);
            let size = self.sizes.get(&development.id).copied().unwrap_or_default();
            return Some(Subject::Portfolio {
                development,
                size,
                is_referenced,
            });
        }
        let unit = match index {
            // The first and the second flat of the first development.
            0..SHOWCASE => *self.units.get(index - 1)?,
            _ => random.pick(&self.units),
        };
        let is_referenced = may_refer && self.referenced.insert(unit.id);
        Some(Subject::Unit {
            unit,
            is_referenced,
        })
    }
}

impl Subject<'_> {
    fn name(&self) -> String {
        match self {
            Self::Unit { unit, .. } => {
                let what = match unit.kind {
                    UnitKind::Apartment => "Eigentumswohnung",
                    UnitKind::House => "Wohnhaus",
                    UnitKind::Office => "Bürofläche",
                    UnitKind::Store => "Ladenlokal",
                    UnitKind::Garage => "Stellplatz",
                    UnitKind::Land => "Baugrund",
                };
                let Place {
                    street,
                    house_number,
                    city,
                    ..
                } = &unit.place;
                match &unit.designation {
                    Some(designation) => {
                        format!("{what} {street} {house_number}, {designation}, {city}")
                    }
                    None => format!("{what} {street} {house_number}, {city}"),
                }
            }
            Self::Portfolio { development, .. } => format!("Portfolio {}", development.title),
        }
    }

    /// In millions: the price, or 25 annual rents, or a quarter of a million per unit.
    fn worth(&self) -> f64 {
        match self {
            Self::Unit { unit, .. } if unit.is_rental => unit.amount_cents as f64 * 300.0 / 1e8,
            Self::Unit { unit, .. } => unit.amount_cents as f64 / 1e8,
            Self::Portfolio { size, .. } => f64::from(*size) * 0.25,
        }
    }

    fn portfolio_size(&self) -> Option<u32> {
        match self {
            Self::Unit { .. } => None,
            Self::Portfolio { size, .. } => Some(*size),
        }
    }

    fn references(&self, random: &mut Random) -> Vec<Reference> {
        let own = match self {
            Self::Unit {
                unit,
                is_referenced: true,
            } => Some(("propstack", unit.id)),
            Self::Portfolio {
                development,
                is_referenced: true,
                ..
            } => Some(("propstack-project", development.id)),
            _ => None,
        };
        let mut references: Vec<_> = own
            .map(|(namespace, id)| Reference {
                namespace: namespace.to_owned(),
                id: id.to_string(),
            })
            .into_iter()
            .collect();
        if random.chance(25) {
            references.push(Reference {
                namespace: "hubspot".to_owned(),
                id: format!("HS/{}", random.word(8)),
            });
        }
        references
    }
}

/// The profiles while they are made.
struct Profiles {
    random: Random,
    ids: Ids,
    calendar: Calendar,
    made: Vec<Profile>,
}

impl Profiles {
    fn add(&mut self, subject: &Subject<'_>, is_showcase: bool) -> u64 {
        let random = &mut self.random;
        let (unit, place, built) = match subject {
            Subject::Unit { unit, .. } => (Some(*unit), &unit.place, unit.built),
            Subject::Portfolio { development, .. } => (None, &development.place, development.built),
        };
        let mut references = Vec::new();
        if let Some(unit) = unit {
            let mut refer = |namespace: &str, id: String| {
                references.push(Reference {
                    namespace: namespace.to_owned(),
                    id,
                });
            };
            if is_showcase || random.chance(50) {
                refer("propstack", unit.id.to_string());
            }
            if let Some(object) = &unit.deeprent_object
                && (is_showcase || random.chance(50))
            {
                refer("deeprent", object.clone());
            }
        }
        let category = match unit.map(|unit| unit.kind) {
            Some(UnitKind::Office) => "office",
            Some(UnitKind::Store) => "retail/shopping_mall",
            Some(UnitKind::Land) => "land",
            Some(UnitKind::Garage) => "special_purpose",
            Some(UnitKind::Apartment | UnitKind::House) | None => "residential",
        };
        let id = self.ids.next();
        let created_at = self.calendar.ago(random, (20, 500));
        self.made.push(Profile {
            id,
            name: format!("{} {}", place.street, place.house_number),
            unit: unit.map(|unit| unit.id),
            place: place.clone(),
            category: category.to_owned(),
            built,
            references,
            created_at,
            updated_at: self.calendar.touched(random, created_at),
        });
        id
    }
}

/// The ends of what would be paid, around the price; now and then one end is open.
fn price_range(
    index: usize,
    millions: f64,
    scale: &'static str,
) -> Option<(Option<String>, Option<String>)> {
    let low = || scaled(millions * 0.9, scale);
    let high = || scaled(millions * 1.2, scale);
    match index % 6 {
        0 => Some((Some(low()), Some(high()))),
        2 => Some((Some(low()), None)),
        4 => Some((None, Some(high()))),
        _ => None,
    }
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
