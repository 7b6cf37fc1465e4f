//! How people who hand over a flat write down what and where it is.

use super::super::names::FAMILY;
use crate::sandbox::world::{Clue, Unit, UnitKind, random::Random};

/// Such as `WE 07, 2. OG links`; vague where nothing is to lead to the unit.
pub fn object_name(random: &mut Random, clue: Clue, unit: Option<&Unit>) -> String {
    let vague = format!("Wohnung {}", random.pick(FAMILY));
    let Some(unit) = unit else {
        return vague;
    };
    match (clue, &unit.designation) {
        (Clue::SharedAddress, _) => vague,
        (Clue::Designation | Clue::Twins | Clue::StoredObject, Some(designation)) => {
            let storey = match unit.floor {
                Some(0) => "EG".to_owned(),
                Some(floor) => format!("{floor}. OG"),
                None => String::new(),
            };
            let side = unit.floor_position.unwrap_or_default();
            match random.below(4) {
                0 => designation.replace(' ', ""),
                1 => format!("{} {storey}", designation.to_lowercase())
                    .trim_end()
                    .to_owned(),
                _ => format!("{designation}, {storey} {side}"),
            }
        }
        _ => match unit.kind {
            UnitKind::House => "Einfamilienhaus".to_owned(),
            UnitKind::Store => "Ladenlokal".to_owned(),
            UnitKind::Office => "Büro".to_owned(),
            _ => "Objekt".to_owned(),
        },
    }
}

/// One of deep.rent's words.
pub fn object_type(unit: Option<&Unit>) -> &'static str {
    match unit.map(|unit| unit.kind) {
        Some(UnitKind::House) => "REALESTATE_RESIDENTIAL_HOUSE",
        Some(UnitKind::Office | UnitKind::Store) => "REALESTATE_COMMERCIAL_OFFICE",
        Some(UnitKind::Apartment | UnitKind::Garage | UnitKind::Land) | None => {
            "REALESTATE_RESIDENTIAL_APARTMENT"
        }
    }
}

/// The same address as another hand would type it.
pub fn respell(random: &mut Random, line: &str) -> String {
    let mut line = line.to_owned();
    if random.chance(50) {
        let umlauts = [
            ("ä", "ae"),
            ("ö", "oe"),
            ("ü", "ue"),
            ("Ä", "Ae"),
            ("Ö", "Oe"),
            ("Ü", "Ue"),
        ];
        for (umlaut, plain) in umlauts {
            line = line.replace(umlaut, plain);
        }
    }
    let line = match random.below(5) {
        0 => line.replace("straße", "str.").replace("Straße", "Str."),
        1 => line
            .replace("straße", "strasse")
            .replace("Straße", "Strasse"),
        2 => line.replace("straße", "str").replace("Straße", "Str"),
        3 => line.to_uppercase(),
        _ => line.replace(' ', "  "),
    };
    match line.rsplit_once(' ') {
        // `12 a` becomes `12A` or `12a`; `12` becomes nothing new.
        Some((street, letter)) if letter.len() == 1 && letter.parse::<u8>().is_err() => {
            let letter = if random.chance(50) {
                letter.to_uppercase()
            } else {
                letter.to_owned()
            };
            format!("{}{letter}", street.trim_end())
        }
        _ => line,
    }
}
