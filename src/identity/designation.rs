//! What tells two units of one house apart: `WE 07` in a name, a number or an object's label.

use super::place::fold;

/// The number of a unit in its house, with the kind of thing that is numbered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Designation {
    kind: &'static str,
    number: String,
}

/// Words that announce a number, by what they number.
const WORDS: [(&str, &[&str]); 6] = [
    (
        "flat",
        &[
            "we",
            "wohneinheit",
            "whg",
            "wohnung",
            "app",
            "apartment",
            "appartement",
            "einheit",
        ],
    ),
    ("office", &["buero", "praxis"]),
    (
        "shop",
        &["laden", "le", "ladeneinheit", "ge", "gewerbeeinheit"],
    ),
    (
        "parking",
        &["stellplatz", "sp", "tg", "garage", "ga", "parkplatz"],
    ),
    ("room", &["zimmer"]),
    (HOUSE, &["haus"]),
];

/// Several houses may share one number, and each has flats.
const HOUSE: &str = "house";

impl Designation {
    /// The first designation in a text, one of a house only where there is no narrower one; `None`
    /// when there is none.
    ///
    /// Leading zeros, blanks and letter case do not matter: `WE 07`, `we7` and `Wohnung Nr. 7`
    /// are the same.
    pub fn find(text: &str) -> Option<Self> {
        let folded = fold(text).replace('-', " ");
        let words: Vec<&str> = folded
            .split(' ')
            .filter(|word| !word.starts_with("nr"))
            .collect();
        let found = words.iter().enumerate().filter_map(|(index, word)| {
            let split = word
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(word.len());
            let (label, glued) = word.split_at(split);
            let (kind, _) = WORDS.iter().find(|(_, labels)| labels.contains(&label))?;
            let number = if glued.is_empty() {
                *words.get(index + 1)?
            } else {
                glued
            };
            let is_number = number.starts_with(|c: char| c.is_ascii_digit());
            let number = number.trim_start_matches('0').to_owned();
            (is_number && !number.is_empty()).then_some(Self { kind, number })
        });
        let (houses, narrower): (Vec<_>, Vec<_>) = found.partition(|unit| unit.kind == HOUSE);
        narrower.into_iter().chain(houses).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_one_unit_are_equal() {
        let unit = Designation::find("WE 07");
        assert!(unit.is_some());
        for spelling in [
            "WE 07, 2. OG links",
            "we7",
            "Lindenallee 14 / WE 07",
            "Wohnung Nr. 7",
            "WE-07",
            "Whg. 7",
        ] {
            assert_eq!(Designation::find(spelling), unit, "{spelling}");
        }
        assert_eq!(Designation::find("Büro 3"), Designation::find("Buero 03"));
    }

    #[test]
    fn other_units_differ_and_most_texts_name_none() {
        assert_ne!(Designation::find("WE 08"), Designation::find("WE 07"));
        assert_eq!(
            Designation::find("Haus 3, WE 07"),
            Designation::find("WE 7")
        );
        assert_ne!(Designation::find("Haus 3"), Designation::find("Haus 4"));
        assert_ne!(Designation::find("Büro 7"), Designation::find("WE 7"));
        for none in [
            "",
            "Lindenallee 14",
            "2. OG links",
            "Wohnung links",
            "WE",
            "WE 0",
            "Weg 7",
        ] {
            assert_eq!(Designation::find(none), None, "{none}");
        }
    }
}
