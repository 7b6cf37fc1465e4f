//! The form in which texts are searched: equal for all spellings that a person takes for the same.
//!
//! `Mühlenstraße`, `Muehlenstrasse`, `MUHLENSTR.` and `Mühlenstr` all become `muhlenstr`. Umlauts lose
//! their dots and so does what is written for them, `ae`, `oe` and `ue`, in all words alike: to a
//! search it makes no difference that `neue` becomes `neu`, for the query does too. What somebody has
//! typed so far is always a prefix of what its whole becomes.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The words of a text, folded, with single blanks between them.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in words(text) {
        let word = fold_word(word);
        if word.is_empty() {
            continue;
        }
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&word);
    }
    folded
}

/// The words of a text as they stand in it.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty())
}

/// One word, folded.
pub fn fold_word(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        for letter in letter.to_lowercase() {
            match letter {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push('a'),
                'œ' | 'ø' => folded.push('o'),
                // The `e` of a written-out umlaut.
                'e' if folded.ends_with(['a', 'o', 'u']) => {}
                letter if letter.is_alphanumeric() => folded.push(letter),
                _ => {}
            }
        }
    }
    shorten(&mut folded);
    folded
}

/// `strasse`, and what somebody has typed of it beyond `str`, ends as `str`.
fn shorten(word: &mut String) {
    const WHOLE: &str = "strasse";
    for length in (4..=WHOLE.len()).rev() {
        if word.ends_with(&WHOLE[..length]) {
            word.truncate(word.len() - length + 3);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_one_name_are_equal() {
        for spelling in [
            "Mühlenstraße",
            "Muehlenstr",
            "Mühlenstr.",
            "muhlenstrasse",
            "MUEHLENSTRASSE",
            "Mu\u{308}hlenstraße",
            "Mühlenstras",
        ] {
            assert_eq!(fold(spelling), "muhlenstr", "{spelling}");
        }
        assert_eq!(fold("Straße des 17. Juni"), "str des 17 juni");
        assert_eq!(fold("Anna@Example.ORG"), "anna example org");
        assert_eq!(fold("Zoë Ærø–Žižek"), "zo aro zizek");
        assert_eq!(fold("WE-07, 2. OG"), "w 07 2 og".replace("w ", "we "));
        assert_eq!(fold(" , "), "");
    }

    #[test]
    fn what_was_typed_so_far_is_a_prefix_of_the_whole() {
        for whole in [
            "Mühlenstraße",
            "Muehlenstrasse",
            "Samuel",
            "Bäckerei",
            "Poesie",
            "Große",
            "Strasser",
        ] {
            let folded = fold_word(whole);
            for (end, _) in whole.char_indices().skip(1) {
                let typed = fold_word(&whole[..end]);
                assert!(folded.starts_with(&typed), "{typed} of {whole}, {folded}");
            }
        }
    }
}
