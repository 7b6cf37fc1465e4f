//! The properties of deals as Propstreet describes them.

use super::{
    super::{Calendar, Ids},
    Subject,
};
use crate::sandbox::world::{Profile, Reference, UnitKind, random::Random};

/// The profiles while they are made.
pub struct Profiles {
    random: Random,
    ids: Ids,
    calendar: Calendar,
    pub made: Vec<Profile>,
}

impl Profiles {
    pub fn new(seed: u64, calendar: Calendar) -> Self {
        Self {
            random: Random::topic(seed, "profiles"),
            ids: Ids::new(seed, 3_100),
            calendar,
            made: Vec::new(),
        }
    }

    /// Describes the subject of a deal once more; gives the profile's id.
    pub fn add(&mut self, subject: &Subject<'_>, is_showcase: bool) -> u64 {
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
