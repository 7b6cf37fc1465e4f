//! The normal form of e-mail addresses.

/// Trimmed and in lower case; `None` when there is nothing to compare.
pub fn normal_form(address: &str) -> Option<String> {
    let address = address.trim();
    address.contains('@').then(|| address.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_blanks_do_not_matter() {
        assert_eq!(
            normal_form(" Anna@Example.ORG ").as_deref(),
            Some("anna@example.org")
        );
        assert_eq!(normal_form("  "), None);
    }
}
