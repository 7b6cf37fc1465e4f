//! What deals are about.

use std::collections::{HashMap, HashSet};

use super::SHOWCASE;
use crate::sandbox::world::{self, Development, Place, Reference, Unit, UnitKind, random::Random};

/// What a deal is about, and whether anybody wrote that down.
pub enum Subject<'a> {
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

/// Gives out what deals are about; nothing is referenced by two of them.
pub struct Subjects<'a> {
    developments: &'a [Development],
    units: Vec<&'a Unit>,
    sizes: HashMap<u64, u32>,
    referenced: HashSet<u64>,
}

impl<'a> Subjects<'a> {
    pub fn new(developments: &'a [Development], units: &'a [Unit]) -> Self {
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

    pub fn draw(&mut self, index: usize, random: &mut Random) -> Option<Subject<'a>> {
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
    pub fn truth(&self) -> world::Subject {
        match self {
            Self::Unit { unit, .. } => world::Subject::Unit(unit.id),
            Self::Portfolio { development, .. } => world::Subject::Development(development.id),
        }
    }

    pub fn name(&self) -> String {
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
    pub fn worth(&self) -> f64 {
        match self {
            Self::Unit { unit, .. } if unit.is_rental => unit.amount_cents as f64 * 300.0 / 1e8,
            Self::Unit { unit, .. } => unit.amount_cents as f64 / 1e8,
            Self::Portfolio { size, .. } => f64::from(*size) * 0.25,
        }
    }

    pub fn portfolio_size(&self) -> Option<u32> {
        match self {
            Self::Unit { .. } => None,
            Self::Portfolio { size, .. } => Some(*size),
        }
    }

    pub fn references(&self, random: &mut Random) -> Vec<Reference> {
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
