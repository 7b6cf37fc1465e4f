//! Seals credentials for the store, so that a copy of the database opens no other system.
//!
//! A seal is `version | length of key id | key id | nonce | ciphertext` by XChaCha20-Poly1305, whose
//! random nonces are long enough never to meet. It holds only in its [`Context`]: a seal that is
//! moved to another organisation, system or field does not open. Where master keys come from, and
//! where seals are kept, is not known here.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    Key as CipherKey, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, Payload},
};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::model::System;

const VERSION: u8 = 1;
const NONCE: usize = 24;
/// Each use of a master key has a key of its own, so that none can weaken another.
const PURPOSE: &[u8] = b"hausgraph credentials";

/// A key as the configuration names it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MasterKey {
    /// Stands in each seal: up to 32 of `a-z`, `0-9` and `-`, and never given to another key.
    pub id: String,
    /// 32 random bytes in Base64.
    pub key: SecretString,
}

impl MasterKey {
    /// A fresh one from the system's randomness.
    pub fn generate(id: String) -> Self {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(CipherKey::generate().into());
        Self {
            id,
            key: STANDARD.encode(bytes.as_slice()).into(),
        }
    }
}

/// What is wrong with a list of master keys. No text holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing could be sealed.
    #[error("there is no master key")]
    Missing,
    /// The id, which may be a key in the wrong place, is not shown.
    #[error("master key {position}: the id must be 1 to 32 of a-z, 0-9 and -")]
    Id {
        /// The first is 1.
        position: usize,
    },
    /// Which of them sealed something could not be told.
    #[error("master key {id}: the id is taken twice")]
    Repeated {
        /// Of both.
        id: String,
    },
    /// Too short, too long, or no Base64.
    #[error("master key {position}: the key must be 32 bytes in Base64 (openssl rand -base64 32)")]
    Key {
        /// The first is 1.
        position: usize,
    },
}

/// Why a seal does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It names a key that is not there any more, or not yet.
    #[error("sealed with the master key {id}, which is not configured")]
    UnknownKey {
        /// As it stands in the seal.
        id: String,
    },
    /// It was changed or cut, or it belongs elsewhere.
    #[error("the seal is not authentic")]
    NotAuthentic,
}

/// What a seal belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Whose secret it is.
    pub organization: &'a str,
    /// Of which system.
    pub system: System,
    /// Which of the system's secrets, such as `credentials`.
    pub field: &'a str,
}

/// A secret that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The master key that opens it.
    pub key_id: String,
    /// The whole seal, which also names the key.
    pub bytes: Vec<u8>,
}

/// Seals with the first of its keys and opens with any.
pub struct Keyring {
    /// Never empty.
    keys: Vec<Key>,
}

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl Keyring {
    /// Takes the first key to seal with and all others to open what they have sealed.
    ///
    /// Errors: everything that is wrong with the keys.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "whoever hands the keys over keeps no copy"
    )]
    pub fn new(masters: Vec<MasterKey>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut keys: Vec<Key> = Vec::new();
        if masters.is_empty() {
            problems.push(Problem::Missing);
        }
        for (index, MasterKey { id, key }) in masters.iter().enumerate() {
            let position = index + 1;
            if !is_id(id) {
                problems.push(Problem::Id { position });
            } else if masters[..index].iter().any(|other| other.id == *id) {
                problems.push(Problem::Repeated { id: id.clone() });
            }
            match derive(key) {
                Some(cipher) => keys.push(Key {
                    id: id.clone(),
                    cipher,
                }),
                None => problems.push(Problem::Key { position }),
            }
        }
        if problems.is_empty() {
            Ok(Self { keys })
        } else {
            Err(problems)
        }
    }

    /// The key that seals from now on; what another sealed should be sealed anew.
    pub fn current_id(&self) -> &str {
        &self.keys[0].id
    }

    /// Of all keys, the one that seals first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// Seals a secret for one context.
    pub fn seal(&self, secret: &[u8], context: &Context<'_>) -> Sealed {
        self.seal_with(&XNonce::generate(), secret, context)
    }

    fn seal_with(&self, nonce: &XNonce, secret: &[u8], context: &Context<'_>) -> Sealed {
        let Key { id, cipher } = &self.keys[0];
        let payload = Payload {
            msg: secret,
            aad: &associated(id, context),
        };
        let ciphertext = cipher
            .encrypt(nonce, payload)
            .expect("a secret is shorter than 256 GiB");
        let length = u8::try_from(id.len()).expect("an id has 32 bytes at most");
        Sealed {
            key_id: id.clone(),
            bytes: [&[VERSION, length], id.as_bytes(), nonce, &ciphertext].concat(),
        }
    }

    /// The secret behind a seal.
    ///
    /// Errors: [`Error::UnknownKey`] names the key that it takes; whatever else is wrong with the
    /// seal or its context is [`Error::NotAuthentic`].
    pub fn open(&self, sealed: &[u8], context: &Context<'_>) -> Result<SecretSlice<u8>, Error> {
        let (id, nonce, ciphertext) = split(sealed).ok_or(Error::NotAuthentic)?;
        let key = self.keys.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| Error::UnknownKey { id: id.to_owned() })?;
        let payload = Payload {
            msg: ciphertext,
            aad: &associated(id, context),
        };
        let secret = key.cipher.decrypt(&nonce.into(), payload);
        secret.map(Into::into).map_err(|_| Error::NotAuthentic)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}

fn is_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// The cipher of a master key, which is 32 bytes in Base64.
fn derive(key: &SecretString) -> Option<XChaCha20Poly1305> {
    let master = Zeroizing::new(STANDARD.decode(key.expose_secret()).ok()?);
    if master.len() != 32 {
        return None;
    }
    let mut derived = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, &master)
        .expand(PURPOSE, derived.as_mut())
        .expect("32 bytes are less than HKDF gives");
    Some(XChaCha20Poly1305::new((&*derived).into()))
}

/// What is authenticated beside the secret; each part after its length, so that none can be taken
/// for the end of another.
fn associated(key_id: &str, context: &Context<'_>) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    for part in [
        key_id,
        context.organization,
        context.system.as_str(),
        context.field,
    ] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

/// Key id, nonce and ciphertext of a seal.
fn split(sealed: &[u8]) -> Option<(&str, [u8; NONCE], &[u8])> {
    let (&[VERSION, length], rest) = sealed.split_first_chunk()? else {
        return None;
    };
    let (id, rest) = rest.split_at_checked(length.into())?;
    let (nonce, ciphertext) = rest.split_first_chunk()?;
    let id = std::str::from_utf8(id).ok().filter(|id| is_id(id))?;
    Some((id, *nonce, ciphertext))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'_> = Context {
        organization: "hansehaus",
        system: System::Propstack,
        field: "credentials",
    };

    fn key(id: &str, byte: u8) -> MasterKey {
        MasterKey {
            id: id.to_owned(),
            key: STANDARD.encode([byte; 32]).into(),
        }
    }

    fn ring(keys: &[(&str, u8)]) -> Keyring {
        let keys = keys.iter().map(|(id, byte)| key(id, *byte)).collect();
        Keyring::new(keys).unwrap()
    }

    #[test]
    fn a_secret_comes_back_in_its_context_only() {
        let ring = ring(&[("2026", 1)]);
        let sealed = ring.seal(b"key-of-hansehaus", &CONTEXT);
        let opened = ring.open(&sealed.bytes, &CONTEXT).unwrap();
        assert_eq!(opened.expose_secret(), b"key-of-hansehaus");

        let elsewhere = [
            Context {
                organization: "elbufer",
                ..CONTEXT
            },
            Context {
                system: System::DeepRent,
                ..CONTEXT
            },
            Context {
                field: "webhook",
                ..CONTEXT
            },
            // The same letters, cut in another place.
            Context {
                organization: "hansehauspropstack",
                field: "",
                ..CONTEXT
            },
        ];
        for context in elsewhere {
            let refused = ring.open(&sealed.bytes, &context).unwrap_err();
            assert_eq!(refused, Error::NotAuthentic, "{context:?}");
        }
    }

    #[test]
    fn a_seal_with_any_bit_flipped_or_any_end_cut_off_does_not_open() {
        let ring = ring(&[("2026", 1)]);
        let sealed = ring.seal(b"secret", &CONTEXT).bytes;
        for index in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[index / 8] ^= 1 << (index % 8);
            assert!(ring.open(&flipped, &CONTEXT).is_err(), "bit {index}");
        }
        for length in 0..sealed.len() {
            let refused = ring.open(&sealed[..length], &CONTEXT).unwrap_err();
            assert_eq!(refused, Error::NotAuthentic, "{length} bytes");
        }
    }

    #[test]
    fn after_a_rotation_old_seals_open_until_their_key_is_gone() {
        let old = ring(&[("2025", 1)]);
        let sealed = old.seal(b"secret", &CONTEXT);
        assert_eq!(sealed.key_id, "2025");

        let rotated = ring(&[("2026", 2), ("2025", 1)]);
        let opened = rotated.open(&sealed.bytes, &CONTEXT).unwrap();
        assert_eq!(opened.expose_secret(), b"secret");
        assert_eq!(rotated.current_id(), "2026");
        assert_eq!(rotated.seal(b"secret", &CONTEXT).key_id, "2026");

        let without = ring(&[("2026", 2)]);
        let refused = without.open(&sealed.bytes, &CONTEXT).unwrap_err();
        let id = "2025".to_owned();
        assert_eq!(refused, Error::UnknownKey { id });
        let other = ring(&[("2025", 3)]);
        let refused = other.open(&sealed.bytes, &CONTEXT).unwrap_err();
        assert_eq!(refused, Error::NotAuthentic);
    }

    #[test]
    fn equal_secrets_have_different_seals() {
        let ring = ring(&[("2026", 1)]);
        let (one, other) = (ring.seal(b"same", &CONTEXT), ring.seal(b"same", &CONTEXT));
        assert_ne!(one, other);
    }

    #[test]
    fn the_layout_is_the_one_that_stands_in_databases() {
        let ring = ring(&[("2026", 1)]);
        let sealed = ring.seal_with(&[7; NONCE].into(), b"secret", &CONTEXT);
        let (head, ciphertext) = sealed.bytes.split_at(2 + 4 + NONCE);
        assert_eq!(head, [&[1, 4][..], b"2026", &[7; NONCE]].concat());
        // By an implementation of its own: HKDF, then XChaCha20-Poly1305 as the draft has them.
        let known = "MUIMYqp4aIToGSyWplyQljKDgmhLGg==";
        assert_eq!(STANDARD.encode(ciphertext), known);
    }

    #[test]
    fn all_problems_of_the_keys_are_told_and_no_key_is_shown() {
        let mut keys = vec![key("2026", 1), key("Ä", 2), key("2026", 3), key("", 4)];
        keys[1].key = "AAAA".into();
        keys.push(MasterKey {
            id: "not-base64".to_owned(),
            key: "$".repeat(44).into(),
        });
        let shown = format!("{keys:?}");
        let problems = Keyring::new(keys).unwrap_err();
        let id = "2026".to_owned();
        assert_eq!(
            problems,
            [
                Problem::Id { position: 2 },
                Problem::Key { position: 2 },
                Problem::Repeated { id },
                Problem::Id { position: 4 },
                Problem::Key { position: 5 },
            ]
        );
        assert_eq!(Keyring::new(vec![]).unwrap_err(), [Problem::Missing]);
        assert!(!shown.contains("AAAA"), "{shown}");
        assert_eq!(format!("{:?}", ring(&[("a", 1)])), "Keyring { .. }");
    }
}
