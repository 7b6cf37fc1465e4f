//! Which signatures are accepted: of each key the one kind that it is for.

use hausgraph::auth::Error;
use jsonwebtoken::{Algorithm, Header};

use super::*;

const ACCEPTED: [Algorithm; 7] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

async fn keys_of(signers: &[&Signer]) -> (Keys, KeyServer) {
    let server = KeyServer::start(signers).await;
    let keys = Keys::new(&[publishing(&server.url)], clock()).unwrap();
    (keys, server)
}

/// The signer, published with these changes.
fn published(mut signer: Signer, changes: Value) -> Signer {
    signer.jwk = changed(signer.jwk, changes);
    signer
}

#[tokio::test]
async fn each_kind_of_key_is_accepted_in_the_one_way_that_it_names() {
    let signers = ACCEPTED.map(|algorithm| Signer::new(algorithm, &format!("{algorithm:?}")));
    let (keys, server) = keys_of(&signers.each_ref()).await;

    for signer in &signers {
        let token = signer.token(json!({}));
        assert_eq!(
            keys.verify(&token).await.unwrap().subject,
            "ada",
            "{:?}",
            signer.algorithm
        );
        // The key could do these too, but it is not for them.
        let others = ACCEPTED.iter().chain(&[Algorithm::PS384, Algorithm::PS512]);
        for other in others
            .filter(|other| **other != signer.algorithm && other.family() == signer.key.family())
        {
            let mut header = Header::new(*other);
            header.kid = signer.jwk["kid"].as_str().map(str::to_owned);
            // A curve has one hash, which the library holds to as well.
            let Ok(token) = jsonwebtoken::encode(&header, &claims(json!({})), &signer.key) else {
                continue;
            };
            assert_eq!(keys.verify(&token).await, Err(Error::Invalid), "{other:?}");
        }
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_key_that_names_no_way_is_for_the_usual_one_of_its_kind() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ] {
        let signer = Signer::new(algorithm, "first");
        let signer = published(signer, json!({ "alg": Value::Null }));
        let (keys, _server) = keys_of(&[&signer]).await;

        let verified = keys.verify(&signer.token(json!({}))).await;

        assert!(verified.is_ok(), "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_for_something_else_verifies_nothing() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        for named in ["PS512", "RSA-OAEP", "ECDH-ES", "ES521", "HS256", "none"] {
            let signer = Signer::new(algorithm, "first");
            let signer = published(signer, json!({ "alg": named }));
            let (keys, _server) = keys_of(&[&signer]).await;

            let verified = keys.verify(&signer.token(json!({}))).await;

            assert_eq!(verified, Err(Error::Invalid), "{algorithm:?} as {named}");
        }
    }
}

#[tokio::test]
async fn what_is_no_key_for_signatures_is_left_out_and_does_not_spoil_the_others() {
    let good = Signer::es256("good");
    let weak = [0xff_u8; 128];
    let n = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, weak);
    let es256 = Signer::es256("other").jwk;
    for other in [
        changed(es256.clone(), json!({ "use": "enc" })),
        changed(es256.clone(), json!({ "key_ops": ["sign", "deriveKey"] })),
        changed(es256.clone(), json!({ "x": "not base64url!" })),
        changed(es256.clone(), json!({ "crv": "P-521" })),
        changed(es256.clone(), json!({ "crv": "secp256k1" })),
        changed(es256.clone(), json!({ "y": null })),
        changed(es256.clone(), json!({ "kid": 7 })),
        json!({ "kty": "RSA", "alg": "RS256", "kid": "other", "n": n, "e": "AQAB" }),
        json!({ "kty": "oct", "alg": "HS256", "kid": "other", "k": n }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "other", "x": n }),
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "kid": "other", "pub": n }),
        json!({}),
        json!("a key"),
    ] {
        let server = KeyServer::start(&[]).await;
        let set = json!({ "keys": [other, good.jwk] });
        server.behave(Manner::Says(set.to_string()));
        let keys = Keys::new(&[publishing(&server.url)], clock()).unwrap();

        // It is the only one, so it need not be named.
        let verified = keys.verify(&good.token_naming(None)).await;

        assert!(verified.is_ok(), "beside {other}");
    }
}

#[tokio::test]
async fn keys_that_say_that_they_are_for_verifying_are_taken() {
    for changes in [
        json!({ "use": "sig" }),
        json!({ "key_ops": ["verify"] }),
        json!({ "use": "sig", "key_ops": ["sign", "verify"], "x5t": "AAAA", "own": [1] }),
    ] {
        let signer = published(Signer::es256("first"), changes.clone());
        let (keys, _server) = keys_of(&[&signer]).await;
        assert!(
            keys.verify(&signer.token(json!({}))).await.is_ok(),
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_token_that_names_no_key_is_taken_only_when_there_is_one() {
    let (first, second) = (Signer::es256("first"), Signer::es256("second"));
    let (one, _server) = keys_of(&[&first]).await;
    let (two, server) = keys_of(&[&first, &second]).await;
    let nameless = first.token_naming(None);

    assert!(one.verify(&nameless).await.is_ok());
    assert_eq!(two.verify(&nameless).await, Err(Error::Invalid));
    assert!(two.verify(&first.token(json!({}))).await.is_ok());
    // Nor is another of the keys tried than the one that is named.
    let misnamed = first.token_naming(Some("second"));
    assert_eq!(two.verify(&misnamed).await, Err(Error::Invalid));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_secret_is_for_the_one_hash_that_the_configuration_names() {
    let secret = "s".repeat(64);
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let hashes = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    for expected in hashes {
        let settings = settings(json!({
            "issuer": ISSUER, "audience": "hausgraph", "secret": secret, "algorithm": expected,
        }));
        let keys = Keys::new(&[settings], clock()).unwrap();
        for algorithm in hashes {
            let token = jsonwebtoken::encode(&Header::new(algorithm), &claims(json!({})), &key);
            let verified = keys.verify(&token.unwrap()).await;
            assert_eq!(
                verified.is_ok(),
                algorithm == expected,
                "{algorithm:?} {expected:?}"
            );
        }
    }
}
