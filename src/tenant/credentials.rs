//! What opens one system for one organisation, as it is sealed and as it is shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::{
    config,
    model::{CredentialsInput, ErrorCode, MutationError, System},
    upstream::propstreet,
};

/// Credentials of one system.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Credentials {
    /// Propstack's.
    Propstack(Propstack),
    /// deep.rent's.
    DeepRent(DeepRent),
    /// Propstreet's.
    Propstreet(Propstreet),
}

/// What opens Propstack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Propstack {
    /// Rights may be split over several.
    pub api_keys: Vec<Secret>,
    /// Signs its webhooks.
    pub webhook_secret: Option<Secret>,
}

/// What opens deep.rent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeepRent {
    /// Opens the protocols.
    pub api_key: Secret,
    /// Opens the administration.
    pub session_token: Option<Secret>,
    /// Whom the session acts for.
    pub organization_id: Option<String>,
    /// Signs its webhooks.
    pub webhook_secret: Option<Secret>,
}

/// What opens Propstreet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Propstreet {
    /// A personal access token.
    Token(Secret),
    /// A client that buys tokens.
    Client {
        /// Its public name.
        id: String,
        /// What it proves itself by.
        secret: Secret,
    },
}

/// A secret that is written out for one purpose only: to be sealed.
#[derive(Clone, Deserialize)]
pub struct Secret(SecretString);

impl From<SecretString> for Secret {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

impl Secret {
    /// The secret as clients take it.
    pub fn open(&self) -> SecretString {
        self.0.clone()
    }

    /// Its last four characters; of a short one none, for they would give too much of it away.
    fn hint(&self) -> String {
        let text = self.0.expose_secret();
        match text.char_indices().rev().nth(3) {
            Some((at, _)) if text.chars().count() >= SHORTEST_HINTED => format!("…{}", &text[at..]),
            _ => "…".to_owned(),
        }
    }
}

const SHORTEST_HINTED: usize = 16;

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl Credentials {
    /// Which system they open.
    pub fn system(&self) -> System {
        match self {
            Self::Propstack(_) => System::Propstack,
            Self::DeepRent(_) => System::DeepRent,
            Self::Propstreet(_) => System::Propstreet,
        }
    }

    /// What people recognise them by.
    pub fn hint(&self) -> String {
        match self {
            Self::Propstack(Propstack { api_keys, .. }) => {
                let hints: Vec<String> = api_keys.iter().map(Secret::hint).collect();
                hints.join(", ")
            }
            Self::DeepRent(DeepRent { api_key, .. }) => api_key.hint(),
            Self::Propstreet(Propstreet::Token(secret) | Propstreet::Client { secret, .. }) => {
                secret.hint()
            }
        }
    }

    /// Those that the configuration holds for a system of an organisation.
    pub(super) fn configured(organization: &config::Organization, system: System) -> Option<Self> {
        Some(match system {
            System::Propstack => {
                let keys = organization.propstack.as_ref()?.api_keys.clone()?;
                Self::Propstack(Propstack {
                    api_keys: keys.into_iter().map(Secret).collect(),
                    webhook_secret: None,
                })
            }
            System::DeepRent => {
                let account = organization.deeprent.as_ref()?;
                Self::DeepRent(DeepRent {
                    api_key: Secret(account.api_key.clone()?),
                    session_token: account.session_token.clone().map(Secret),
                    organization_id: account.organization_id.clone(),
                    webhook_secret: None,
                })
            }
            System::Propstreet => {
                let credentials = organization.propstreet.as_ref()?.credentials.clone()?;
                Self::Propstreet(match credentials {
                    propstreet::Credentials::Token(token) => Propstreet::Token(Secret(token)),
                    propstreet::Credentials::Client { id, secret } => Propstreet::Client {
                        id,
                        secret: Secret(secret),
                    },
                })
            }
        })
    }

    /// For the key ring only.
    pub(super) fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(
            serde_json::to_vec(self).expect("strings and lists of them always serialise"),
        )
    }

    /// Reads what [`Self::plaintext`] wrote; `None` when another program did.
    pub(super) fn read(plaintext: &[u8]) -> Option<Self> {
        serde_json::from_slice(plaintext).ok()
    }
}

/// The most keys that one account is ever split over.
const MOST_KEYS: usize = 10;

impl TryFrom<CredentialsInput> for Credentials {
    type Error = MutationError;

    /// Checks what can be checked without the system.
    fn try_from(input: CredentialsInput) -> Result<Self, MutationError> {
        match input {
            CredentialsInput::Propstack(input) => {
                let at = |field| ["credentials", "propstack", field];
                if input.api_keys.is_empty() || input.api_keys.len() > MOST_KEYS {
                    let message = format!("Between one and {MOST_KEYS} keys are needed.");
                    return Err(invalid(message, &at("apiKeys")));
                }
                let keys = input.api_keys.into_iter();
                Ok(Self::Propstack(Propstack {
                    api_keys: keys
                        .map(|key| secret(key, &at("apiKeys")))
                        .collect::<Result<_, _>>()?,
                    webhook_secret: optional(input.webhook_secret, &at("webhookSecret"))?,
                }))
            }
            CredentialsInput::DeepRent(input) => {
                let at = |field| ["credentials", "deepRent", field];
                Ok(Self::DeepRent(DeepRent {
                    api_key: secret(input.api_key, &at("apiKey"))?,
                    session_token: optional(input.session_token, &at("sessionToken"))?,
                    organization_id: input.organization_id,
                    webhook_secret: optional(input.webhook_secret, &at("webhookSecret"))?,
                }))
            }
            CredentialsInput::Propstreet(input) => {
                let at = |field| ["credentials", "propstreet", field];
                match (input.access_token, input.client_id, input.client_secret) {
                    (Some(token), None, None) => {
                        let token = secret(token, &at("accessToken"))?;
                        Ok(Self::Propstreet(Propstreet::Token(token)))
                    }
                    (None, Some(id), Some(text)) if !id.is_empty() => {
                        let secret = secret(text, &at("clientSecret"))?;
                        Ok(Self::Propstreet(Propstreet::Client { id, secret }))
                    }
                    _ => Err(invalid(
                        "Either accessToken is needed, or clientId with clientSecret.",
                        &["credentials", "propstreet"],
                    )),
                }
            }
        }
    }
}

fn optional(text: Option<String>, at: &[&str]) -> Result<Option<Secret>, MutationError> {
    text.map(|text| secret(text, at)).transpose()
}

/// A secret that a header can carry. What is pasted often ends in a line break.
fn secret(text: String, at: &[&str]) -> Result<Secret, MutationError> {
    let text = Zeroizing::new(text);
    let trimmed = text.trim();
    if trimmed.is_empty() || !trimmed.chars().all(|letter| letter.is_ascii_graphic()) {
        let message = "A key is one word of printable characters.";
        return Err(invalid(message, at));
    }
    Ok(Secret(trimmed.to_owned().into()))
}

fn invalid(message: impl Into<String>, at: &[&str]) -> MutationError {
    MutationError::input(ErrorCode::Validation, message, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_shows_four_characters_of_a_long_secret_and_none_of_a_short_one() {
        let hint = |text: &str| Secret(text.to_owned().into()).hint();
        assert_eq!(hint("0123456789abcdef"), "…cdef");
        assert_eq!(hint("0123456789abcde"), "…");
        assert_eq!(hint(""), "…");
    }

    #[test]
    fn what_is_sealed_is_read_back_and_never_shown() {
        let secret = |text: &str| secret(format!(" {text}\n"), &[]).unwrap();
        for credentials in [
            Credentials::Propstack(Propstack {
                api_keys: vec![secret("key-one"), secret("key-two")],
                webhook_secret: Some(secret("key-three")),
            }),
            Credentials::DeepRent(DeepRent {
                api_key: secret("key-one"),
                session_token: None,
                organization_id: Some("org_1".to_owned()),
                webhook_secret: None,
            }),
            Credentials::Propstreet(Propstreet::Token(secret("key-one"))),
            Credentials::Propstreet(Propstreet::Client {
                id: "client".to_owned(),
                secret: secret("key-one"),
            }),
        ] {
            let plaintext = credentials.plaintext();
            let read = Credentials::read(&plaintext).unwrap();
            assert_eq!(read.plaintext(), plaintext);
            assert!(!format!("{read:?}").contains("key-"));
        }
    }
}
