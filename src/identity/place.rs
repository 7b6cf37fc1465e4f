//! The normal form of German addresses: equal for all spellings of one door.

use unicode_normalization::UnicodeNormalization;

use crate::model::{Address, CountryCode};

/// One door: what is left of an address when spelling is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    postal_code: String,
    street: String,
    house_number: String,
}

impl Place {
    /// The door that an address names; `None` when postal code, street or number is missing, or
    /// when it is in another country.
    pub fn of(address: &Address) -> Option<Self> {
        if address
            .country_code
            .is_some_and(|country| country != CountryCode::DE)
        {
            return None;
        }
        let street_line = match (&address.street, &address.house_number, &address.line1) {
            (Some(street), Some(number), _) => format!("{street} {number}"),
            (_, _, Some(line1)) => line1.clone(),
            (Some(street), None, None) => street.clone(),
            (None, _, None) => return None,
        };
        let (street, house_number) = split_number(&fold(&street_line))?;
        let postal_code: String = address
            .postal_code
            .as_deref()?
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        (!postal_code.is_empty()).then_some(Self {
            postal_code,
            street,
            house_number,
        })
    }

    /// All of it in one text, equal for equal doors only.
    pub fn key(&self) -> String {
        let Self {
            postal_code,
            street,
            house_number,
        } = self;
        format!("{postal_code}/{street}/{house_number}")
    }

    /// The street without its number, in one word.
    pub fn street(&self) -> &str {
        &self.street
    }

    /// The postal code.
    pub fn postal_code(&self) -> &str {
        &self.postal_code
    }
}

/// NFKC, lower case, umlauts and ß written out, punctuation as blanks, single blanks between words.
///
/// Dashes stay: they join the ends of a span of numbers.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        match letter {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            '–' | '—' | '-' => folded.push('-'),
            letter if letter.is_alphanumeric() => folded.push(letter),
            _ => folded.push(' '),
        }
    }
    folded
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" - ", "-")
}

/// Splits a folded line into street and house number: `lindenstrasse 12 a` into `lindenstr`, `12a`.
fn split_number(line: &str) -> Option<(String, String)> {
    let words: Vec<&str> = line.split(' ').collect();
    // The number starts at the last word that begins with a digit, but is never the first word:
    // there are streets such as `17 juni`, yet none that is a number alone.
    let start = words
        .iter()
        .rposition(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let behind = &words[start + 1..];
    let is_number = start > 0 && behind.iter().all(|word| word.len() <= 2);
    if !is_number {
        return None;
    }
    let street: String = words[..start]
        .concat()
        .chars()
        .filter(|letter| *letter != '-')
        .collect();
    let number = words[start..].concat();
    Some((shorten(&street), number))
}

/// `strasse` and `str` are one word, also at the end of a longer one.
fn shorten(street: &str) -> String {
    street.replace("strasse", "str")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line1: &str) -> Option<Place> {
        Place::of(&Address {
            line1: Some(line1.into()),
            postal_code: Some("28209".into()),
            ..Address::default()
        })
    }

    fn parts(street: &str, number: &str) -> Option<Place> {
        Place::of(&Address {
            street: Some(street.into()),
            house_number: Some(number.into()),
            postal_code: Some(" 28209 ".into()),
            country_code: Some(CountryCode::DE),
            ..Address::default()
        })
    }

    #[test]
    fn all_spellings_of_one_door_are_equal() {
        let door = parts("Lindenstraße", "12a");
        assert!(door.is_some());
        for spelling in [
            "Lindenstraße 12a",
            "Lindenstr. 12 a",
            "LINDENSTRASSE 12 A",
            "Linden-Straße 12a",
            "Linden Str. 12 a",
            "  Lindenstrasse   12A ",
            "Lindenstra\u{df}e 12\u{a0}a",
        ] {
            assert_eq!(line(spelling), door, "{spelling}");
        }
        assert_eq!(line("Schönfelder Weg 3"), line("Schoenfelder Weg 3"));
        assert_eq!(
            line("Straße des 17. Juni 135"),
            parts("Strasse des 17. Juni", "135")
        );
        assert_eq!(line("Lindenallee 12 – 18"), parts("Lindenallee", "12-18"));
    }

    #[test]
    fn different_doors_are_different() {
        for other in [
            "Lindenstraße 12b",
            "Lindenstraße 12",
            "Lindenweg 12a",
            "Ulmenstraße 12a",
        ] {
            assert_ne!(line(other), line("Lindenstraße 12a"), "{other}");
        }
        let mut elsewhere = Address {
            line1: Some("Lindenstraße 12a".into()),
            postal_code: Some("04109".into()),
            ..Address::default()
        };
        assert_ne!(Place::of(&elsewhere), line("Lindenstraße 12a"));
        elsewhere.country_code = "AT".parse().ok();
        assert_eq!(Place::of(&elsewhere), None);
    }

    #[test]
    fn half_an_address_is_no_door() {
        assert_eq!(line("Lindenstraße"), None);
        assert_eq!(line("12"), None);
        assert_eq!(line(""), None);
        assert_eq!(line("Straße des 17. Juni"), None);
        assert_eq!(parts("", ""), None);
        let mut address = Address {
            line1: Some("Lindenstraße 12".into()),
            ..Address::default()
        };
        assert_eq!(Place::of(&address), None);
        address.postal_code = Some(" ".into());
        assert_eq!(Place::of(&address), None);
    }
}
