//! The agency's own numbers of properties, as other systems write them: `LA14-07`.

/// The normal form of a number: letters and digits in upper case. `None` for a text that could be
/// something else, for it is short, or has only letters or only digits.
pub fn normal_form(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let has = |is: fn(&char) -> bool| code.chars().any(|letter| is(&letter));
    let is_code = code.len() >= 5 && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    is_code.then_some(code)
}

/// Whatever in a text may be such a number, in its normal form.
pub fn find(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| c.is_whitespace() || ",;()[]/|".contains(c));
    words.filter_map(normal_form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter_and_words_are_none() {
        assert_eq!(normal_form("LA14-07").as_deref(), Some("LA1407"));
        assert_eq!(normal_form("la14.07 "), normal_form("LA14-07"));
        for none in ["WE 07", "28209", "Lindenallee", "A1", ""] {
            assert_eq!(normal_form(none), None, "{none}");
        }
        let found: Vec<_> = find("Übergabe LA14-07, WE 07 (2. OG)").collect();
        assert_eq!(found, ["LA1407"]);
    }
}
