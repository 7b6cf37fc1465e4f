//! Lists of words that a system may add to: each word known by one table, both ways.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::System;

/// The words of one field of one system.
pub(super) trait Vocabulary: Copy + PartialEq + 'static {
    /// Whose words they are.
    const SYSTEM: System;
    /// The field that holds them, for the log.
    const FIELD: &'static str;
    /// Every word that we know.
    const WORDS: &'static [(&'static str, Self)];
    /// What every other word means.
    const UNKNOWN: Self;

    /// What a word means, in any letter case. An unknown one is told to the log once.
    fn read(word: &str) -> Self {
        let known = |(known, _): &&(&str, Self)| known.eq_ignore_ascii_case(word);
        let found = Self::WORDS.iter().find(known);
        found.map_or_else(
            || {
                tell_once(Self::SYSTEM, Self::FIELD, word);
                Self::UNKNOWN
            },
            |(_, meaning)| *meaning,
        )
    }

    /// The word for it; for an unknown one a word that the system will refuse.
    fn word(self) -> &'static str {
        let known = Self::WORDS.iter().find(|(_, meaning)| *meaning == self);
        known.map_or("unknown", |(word, _)| word)
    }
}

/// How many words are remembered as told; beyond that they are not told at all.
const REMEMBERED: usize = 500;

/// One line per word and process, lest a page of 500 rows fills the log with one news.
fn tell_once(system: System, field: &'static str, word: &str) {
    static TOLD: Mutex<BTreeSet<(System, &str, String)>> = Mutex::new(BTreeSet::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < REMEMBERED && told.insert((system, field, word.to_owned())) {
        tracing::warn!(
            system = system.name(),
            field,
            word,
            "a word that we do not know"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Colour {
        Red,
        Unknown,
    }

    impl Vocabulary for Colour {
        const SYSTEM: System = System::DeepRent;
        const FIELD: &'static str = "colour";
        const WORDS: &'static [(&'static str, Self)] = &[("RED", Self::Red)];
        const UNKNOWN: Self = Self::Unknown;
    }

    #[test]
    fn words_are_read_in_any_case_and_new_ones_never_fail() {
        assert_eq!(Colour::read("red"), Colour::Red);
        assert_eq!(Colour::read("mauve"), Colour::Unknown);
        assert_eq!(Colour::Red.word(), "RED");
        assert_eq!(Colour::Unknown.word(), "unknown");
    }
}
