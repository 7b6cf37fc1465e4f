//! The issuers whose tokens are accepted, as the configuration describes them.
//!
//! [`check`] says everything that is wrong with them; what passes is built by
//! [`super::token::Keys`]. Nothing here signs.

use jsonwebtoken::Algorithm;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::Role;
use crate::upstream::is_safe;

/// However far an issuer's clock is off, a token that ended this long ago has ended.
const LONGEST_LEEWAY: u64 = 120;

/// Keys that are never asked for again would go on working after they are withdrawn.
const LONGEST_REFRESH: u64 = 24 * 60 * 60;

/// One issuer: who it is, how its signatures are checked, and where its tokens say what we need.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The `iss` of its tokens, letter by letter.
    pub issuer: String,
    /// The `aud` that its tokens must name.
    pub audience: String,
    /// Where its public keys are found. Either this or `secret`.
    pub jwks_url: Option<String>,
    /// What it signs with, at least as long as the hash.
    pub secret: Option<SecretString>,
    /// How it signs with the secret: HS256 unless told, HS384 or HS512.
    pub algorithm: Option<Algorithm>,
    /// The organisations that it may speak for: any when left out.
    pub organizations: Option<Vec<String>>,
    /// Where its tokens say what we need.
    #[serde(default)]
    pub claims: Claims,
    /// The role of a token that names none; without it such a token is not valid.
    pub default_role: Option<Role>,
    /// After how many seconds the keys are fetched again.
    #[serde(default = "default_refresh")]
    pub refresh_seconds: u64,
    /// How many seconds its clock may be off from ours.
    #[serde(default = "default_leeway")]
    pub leeway_seconds: u64,
}

fn default_refresh() -> u64 {
    600
}

fn default_leeway() -> u64 {
    30
}

/// Names of claims, or JSON pointers (RFC 6901), which begin with `/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Claims {
    /// The id of an organisation.
    pub organization: String,
    /// One of `partner`, `member`, `admin` and `owner`.
    pub role: String,
    /// A list of scopes, or one text with spaces between them. Where `scopes` is not in a token,
    /// `scope` is taken (RFC 8693, 4.2).
    pub scopes: String,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            organization: "org".to_owned(),
            role: "role".to_owned(),
            scopes: "scopes".to_owned(),
        }
    }
}

impl Settings {
    /// HS256 where nothing else is said; of no meaning without a secret.
    pub(super) fn secret_algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::HS256)
    }

    /// Settings by their names, and what is wrong with each.
    fn check(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let texts = [
            ("issuer", &self.issuer),
            ("audience", &self.audience),
            ("claims.organization", &self.claims.organization),
            ("claims.role", &self.claims.role),
            ("claims.scopes", &self.claims.scopes),
        ];
        for (name, _) in texts.iter().filter(|(_, text)| text.is_empty()) {
            problems.push((*name, "is empty".to_owned()));
        }
        match (&self.jwks_url, &self.secret) {
            (Some(url), None) => {
                if !Url::parse(url).is_ok_and(|url| is_safe(&url)) {
                    let expected = "expected an https address, or http on loopback";
                    problems.push(("jwks_url", expected.to_owned()));
                }
                if self.algorithm.is_some() {
                    problems.push(("algorithm", "each of the keys names its own".to_owned()));
                }
            }
            (None, Some(secret)) => problems.extend(self.check_secret(secret)),
            _ => problems.push(("secret", "expected either this or jwks_url".to_owned())),
        }
        if self.refresh_seconds > LONGEST_REFRESH {
            problems.push(("refresh_seconds", format!("at most {LONGEST_REFRESH}")));
        }
        if self.leeway_seconds > LONGEST_LEEWAY {
            problems.push(("leeway_seconds", format!("at most {LONGEST_LEEWAY}")));
        }
        problems
    }

    fn check_secret(&self, secret: &SecretString) -> Option<(&'static str, String)> {
        // A key is at least as long as the hash (RFC 7518, 3.2).
        let algorithm = self.secret_algorithm();
        let bytes = match algorithm {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            _ => {
                let expected = "expected HS256, HS384 or HS512";
                return Some(("algorithm", expected.to_owned()));
            }
        };
        (secret.expose_secret().len() < bytes).then(|| {
            let expected = format!("must have at least {bytes} bytes for {algorithm:?}");
            ("secret", expected)
        })
    }
}

/// What is wrong with one setting of one issuer. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("issuer[{index}].{setting}: {text}")]
pub struct Problem {
    /// Of the issuer, from 0.
    pub index: usize,
    /// Its name; below the issuer, in dots.
    pub setting: &'static str,
    /// What it should be.
    pub text: String,
}

/// Everything that is wrong with these issuers.
pub fn check(issuers: &[Settings]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, settings) in issuers.iter().enumerate() {
        let mut found = settings.check();
        let mut earlier = issuers[..index].iter();
        if let Some(first) = earlier.position(|other| other.issuer == settings.issuer) {
            found.push(("issuer", format!("is that of issuer[{first}]")));
        }
        problems.extend(found.into_iter().map(|(setting, text)| Problem {
            index,
            setting,
            text,
        }));
    }
    problems
}
