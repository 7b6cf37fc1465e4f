//! What the claims of a token say, once its signature has been found good.
//!
//! Times come out as seconds since 1970; comparing them with a clock is for [`super::token`].

use serde::Deserialize;
use serde_json::Value;

use super::{Role, Scopes, Viewer, access_token, issuer::Settings};

/// The claims of one token.
pub(super) struct Claims(Value);

impl Claims {
    /// `None` when this is no JSON object.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let claims: Value = serde_json::from_slice(payload).ok()?;
        claims.is_object().then_some(Self(claims))
    }

    /// Whether `aud`, a text or a list of them, names this audience.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match find(&self.0, "aud") {
            Some(Value::String(named)) => named == audience,
            Some(Value::Array(named)) => named.iter().any(|named| named == audience),
            _ => false,
        }
    }

    /// `exp`, which every token must have.
    pub(super) fn end(&self) -> Option<i64> {
        find(&self.0, "exp").and_then(seconds)
    }

    /// `nbf`. The outer `None` is for one that is no time.
    pub(super) fn beginning(&self) -> Option<Option<i64>> {
        let named = find(&self.0, "nbf");
        named.map_or(Some(None), |named| seconds(named).map(Some))
    }

    /// Whom the token speaks for, by the names that its issuer gives the claims.
    ///
    /// Words that name no scope of ours are ignored: they grant nothing here.
    pub(super) fn viewer(&self, settings: &Settings) -> Option<Viewer> {
        let names = &settings.claims;
        let subject = text(find(&self.0, "sub")?).filter(|subject| is_subject(subject))?;
        let organization = text(find(&self.0, &names.organization)?)?;
        let role = match find(&self.0, &names.role) {
            Some(role) => Role::deserialize(role).ok()?,
            None => settings.default_role?,
        };
        let standard = || find(&self.0, "scope").filter(|_| names.scopes == "scopes");
        let scopes = match find(&self.0, &names.scopes).or_else(standard) {
            Some(scopes) => words(scopes)?,
            None => Vec::new(),
        };
        let scopes: Scopes = scopes.iter().filter_map(|word| word.parse().ok()).collect();
        Some(Viewer::new(subject, organization, role, scopes))
    }
}

/// The longest `sub`, by OpenID Connect.
const LONGEST_SUBJECT: usize = 255;

/// Whether somebody can be called so in the audit log, where nobody may pass for whom we name there
/// ourselves.
fn is_subject(text: &str) -> bool {
    text.len() <= LONGEST_SUBJECT
        && !text.contains(char::is_control)
        && text != access_token::OPERATOR
        && !text.starts_with(access_token::SUBJECT_PREFIX)
}

/// The claim of this name, or at this pointer; null is as good as none.
fn find<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    let found = if name.starts_with('/') {
        claims.pointer(name)
    } else {
        claims.get(name)
    };
    found.filter(|value| !value.is_null())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A `NumericDate` (RFC 7519, section 2), which may have a fraction.
fn seconds(value: &Value) -> Option<i64> {
    let whole = value.as_i64();
    whole.or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
}

/// One text with spaces between the words, or a list of texts.
fn words(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(text.split_ascii_whitespace().collect()),
        Value::Array(words) => words.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_found_by_name_and_by_pointer() {
        let claims = json!({
            "org": "acme",
            "https://firm.example/org": "acme",
            "app": { "org": "acme" },
            "a/b~": { "c": "acme" },
            "none": null,
        });
        for name in ["org", "https://firm.example/org", "/app/org", "/a~1b~0/c"] {
            assert_eq!(find(&claims, name), Some(&json!("acme")), "{name}");
        }
        for name in ["none", "/none", "/org/app", "app/org"] {
            assert_eq!(find(&claims, name), None, "{name}");
        }
    }
}
