//! A key, the one algorithm that it is for, and sets of them (RFC 7517).
//!
//! The algorithm belongs to the key, never to a token's header. What a set holds beside keys that
//! we can check signatures with is left out.

use std::sync::Arc;

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    crypto::verify,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// More than any issuer has, few enough to look through.
const SET_LIMIT: usize = 100;

/// Shorter RSA keys are no longer trusted (RFC 7518, 3.3).
const RSA_BITS: usize = 2048;

/// What signatures are checked with.
pub(super) struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

impl Key {
    pub(super) fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Self {
        Self {
            id: None,
            algorithm,
            decoding: DecodingKey::from_secret(secret),
        }
    }

    /// `None` for a key that is not for checking signatures in a way that we know.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let is_for_signatures = (common.public_key_use.as_ref())
            .is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
        let may_verify = (common.key_operations.as_ref())
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        if !is_for_signatures || !may_verify {
            return None;
        }
        let algorithm = algorithm(jwk)?;
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        let is_long_enough = match decoding.kind() {
            DecodingKeyKind::RsaModulusExponent { n, .. } => bits(n) >= RSA_BITS,
            DecodingKeyKind::SecretOrDer(_) => true,
        };
        is_long_enough.then(|| Self {
            id: common.key_id.clone(),
            algorithm,
            decoding,
        })
    }

    /// What its issuer calls it.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether `signature`, in base64url, is this key's over `message`, made with `algorithm`.
    pub(super) fn has_signed(&self, message: &str, signature: &str, algorithm: &str) -> bool {
        algorithm
            .parse()
            .is_ok_and(|named: Algorithm| named == self.algorithm)
            && verify(
                signature,
                message.as_bytes(),
                &self.decoding,
                self.algorithm,
            )
            .unwrap_or(false)
    }
}

/// What a key is for: what it says itself, else what its kind is usually for; `None` for one that is
/// for anything else.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    use KeyAlgorithm as Named;
    let named = jwk.common.key_algorithm;
    Some(match (&jwk.algorithm, named) {
        (AlgorithmParameters::RSA(_), None | Some(Named::RS256)) => Algorithm::RS256,
        (AlgorithmParameters::RSA(_), Some(Named::RS384)) => Algorithm::RS384,
        (AlgorithmParameters::RSA(_), Some(Named::RS512)) => Algorithm::RS512,
        (AlgorithmParameters::RSA(_), Some(Named::PS256)) => Algorithm::PS256,
        (AlgorithmParameters::EllipticCurve(key), named) => match (&key.curve, named) {
            (EllipticCurve::P256, None | Some(Named::ES256)) => Algorithm::ES256,
            (EllipticCurve::P384, None | Some(Named::ES384)) => Algorithm::ES384,
            _ => return None,
        },
        (AlgorithmParameters::OctetKeyPair(key), None | Some(Named::EdDSA))
            if key.curve == EllipticCurve::Ed25519 =>
        {
            Algorithm::EdDSA
        }
        _ => return None,
    })
}

/// The length of a number whose highest byte comes first.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    match &number[zeros..] {
        [] => 0,
        rest @ [highest, ..] => rest.len() * 8 - highest.leading_zeros() as usize,
    }
}

/// The keys of an issuer that are of use here.
pub(super) struct KeySet(Vec<Arc<Key>>);

/// A JWK set of which no key has been looked at.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

/// The text is no JWK set, or one too large to be an issuer's.
#[derive(Debug, thiserror::Error)]
#[error("expected a set of at most {SET_LIMIT} keys")]
pub(super) struct NotASet;

impl KeySet {
    pub(super) fn parse(text: &[u8]) -> Result<Self, NotASet> {
        let written: Written<'_> = serde_json::from_slice(text).map_err(|_| NotASet)?;
        if written.keys.len() > SET_LIMIT {
            return Err(NotASet);
        }
        // One by one: a key that we cannot read is no reason to forget the others (RFC 7517, 5).
        let readable = written
            .keys
            .iter()
            .filter_map(|key| serde_json::from_str(key.get()).ok());
        let keys = readable.filter_map(|jwk| Key::from_jwk(&jwk)).map(Arc::new);
        Ok(Self(keys.collect()))
    }

    /// The key of this id; without an id the only one there is.
    pub(super) fn find(&self, id: Option<&str>) -> Option<Arc<Key>> {
        match (id, self.0.as_slice()) {
            (None, [only]) => Some(Arc::clone(only)),
            (None, _) => None,
            (Some(id), keys) => keys
                .iter()
                .find(|key| key.id.as_deref() == Some(id))
                .cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_before_a_number_do_not_make_it_longer() {
        assert_eq!(bits(&[]), 0);
        assert_eq!(bits(&[0, 0]), 0);
        assert_eq!(bits(&[0, 0, 1]), 1);
        assert_eq!(bits(&[0x7f, 0xff]), 15);
        assert_eq!(bits(&[0, 0x80, 0]), 16);
    }
}
