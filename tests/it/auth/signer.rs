//! A private key made on the spot, and tokens signed with it.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

use super::{changed, claims};

pub struct Signer {
    pub algorithm: Algorithm,
    pub key: EncodingKey,
    /// As it would be published, with its id and its algorithm.
    pub jwk: Value,
}

impl Signer {
    pub fn new(algorithm: Algorithm, id: &str) -> Self {
        match algorithm {
            Algorithm::ES256 => Self::es256(id),
            Algorithm::ES384 => Self::ec(algorithm, &ECDSA_P384_SHA384_FIXED_SIGNING, id),
            Algorithm::EdDSA => {
                let key = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
                Self::of(algorithm, EncodingKey::from_ed_der(key.as_ref()), id)
            }
            _ => Self::rsa(algorithm, id),
        }
    }

    pub fn es256(id: &str) -> Self {
        Self::ec(Algorithm::ES256, &ECDSA_P256_SHA256_FIXED_SIGNING, id)
    }

    fn ec(algorithm: Algorithm, kind: &'static EcdsaSigningAlgorithm, id: &str) -> Self {
        let key = EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).unwrap();
        Self::of(algorithm, EncodingKey::from_ec_der(key.as_ref()), id)
    }

    fn rsa(algorithm: Algorithm, id: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let key = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", der.as_ref()).as_bytes());
        Self::of(algorithm, key.unwrap(), id)
    }

    fn of(algorithm: Algorithm, key: EncodingKey, id: &str) -> Self {
        let jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        let jwk = serde_json::to_value(jwk).unwrap();
        Self {
            algorithm,
            key,
            jwk: changed(jwk, json!({ "kid": id })),
        }
    }

    fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = self.jwk["kid"].as_str().map(str::to_owned);
        header
    }

    /// A token of the usual claims, changed.
    pub fn token(&self, changes: Value) -> String {
        self.sign(&self.header(), &claims(changes))
    }

    /// The same of the usual claims, with another id of the key, or none.
    pub fn token_naming(&self, id: Option<&str>) -> String {
        let mut header = self.header();
        header.kid = id.map(str::to_owned);
        self.sign(&header, &claims(json!({})))
    }

    pub fn sign(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }

    /// A token of the usual claims under a header with changes that no library would write.
    pub fn token_under(&self, changes: Value) -> String {
        let header = serde_json::to_value(self.header()).unwrap();
        let message = message(&changed(header, changes), &claims(json!({})));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm);
        format!("{message}.{}", signature.unwrap())
    }
}

/// What is signed of a token.
pub fn message(header: &Value, claims: &Value) -> String {
    let encode =
        |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
