//! Which unit a hand-over is about, and what is to lead there.

use std::collections::HashMap;

use super::super::units::SHOWCASE;
use crate::sandbox::world::{Clue, Unit, UnitKind, random::Random};

/// How many of the first units have hand-overs that are linked with certainty.
const LINKED_SHOWCASE: usize = 18;

/// Positions of units that each kind of clue can be laid for.
pub struct Pools {
    showcase: Vec<usize>,
    flats: Vec<usize>,
    alone: Vec<usize>,
    twins: Vec<usize>,
    drawn: usize,
}

impl Pools {
    pub fn new(units: &[Unit]) -> Self {
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
                _ if unit.designation.is_none() => pools.alone.push(position),
                _ => {}
            }
        }
        pools
    }

    /// The next clue and the unit it is laid for; each unit is drawn at most once.
    pub fn draw(&mut self, random: &mut Random) -> (Clue, Option<usize>) {
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
