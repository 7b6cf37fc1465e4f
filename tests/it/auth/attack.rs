//! Tokens that were made to deceive.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{KeyPair, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hausgraph::auth::Error;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{AUTHORIZATION, HeaderMap};

use super::{
    signer::{message, pem},
    *,
};
use crate::support::authenticator;

#[tokio::test]
async fn a_token_without_a_signature_is_refused_however_it_is_spelt() {
    let world = World::new().await;
    let signed = world.signer.token(json!({}));
    let (_, signature) = signed.rsplit_once('.').unwrap();
    for alg in [
        "none", "None", "NONE", "nOnE", "none ", "", "null", "HS256", "ES256 ",
    ] {
        for kid in [json!("first"), Value::Null] {
            let header = changed(json!({ "alg": alg, "typ": "JWT" }), json!({ "kid": kid }));
            let message = message(&header, &claims(json!({})));
            for end in ["", signature, "AA", "AAAA"] {
                let result = world.keys.verify(&format!("{message}.{end}")).await;
                assert_eq!(result, Err(Error::Invalid), "{header} {end}");
            }
            assert_eq!(world.keys.verify(&message).await, Err(Error::Invalid));
        }
    }
    for alg in [
        json!(null),
        json!(["ES256"]),
        json!({ "ES256": true }),
        json!(0),
    ] {
        let token = world.signer.token_under(json!({ "alg": alg }));
        assert_eq!(
            world.keys.verify(&token).await,
            Err(Error::Invalid),
            "{alg}"
        );
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let signer = Signer::new(Algorithm::RS256, "first");
    let server = KeyServer::start(&[&signer]).await;
    let keys = Keys::new(&[publishing(&server.url)], clock()).unwrap();
    assert!(keys.verify(&signer.token(json!({}))).await.is_ok());
    let pair = RsaKeyPair::from_der(signer.key.as_bytes()).unwrap();
    let public = pair.public_key();
    let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(public).unwrap();
    let (spki, pkcs1) = (spki.as_ref(), public.as_ref());
    let n = signer.jwk["n"].as_str().unwrap();

    for secret in [
        pem("PUBLIC KEY", spki).into_bytes(),
        pem("PUBLIC KEY", spki).trim_end().as_bytes().to_vec(),
        pem("RSA PUBLIC KEY", pkcs1).into_bytes(),
        spki.to_vec(),
        pkcs1.to_vec(),
        URL_SAFE_NO_PAD.decode(n).unwrap(),
        n.as_bytes().to_vec(),
        signer.jwk.to_string().into_bytes(),
        Vec::new(),
    ] {
        let key = EncodingKey::from_secret(&secret);
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            for kid in [Some("first".to_owned()), None] {
                let mut header = Header::new(algorithm);
                header.kid = kid;
                let token = jsonwebtoken::encode(&header, &claims(json!({})), &key).unwrap();
                assert_eq!(
                    keys.verify(&token).await,
                    Err(Error::Invalid),
                    "{algorithm:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_signature_of_one_kind_does_not_pass_for_another() {
    let elliptic = Signer::es256("elliptic");
    let rsa = Signer::new(Algorithm::RS256, "rsa");
    let edwards = Signer::new(Algorithm::EdDSA, "edwards");
    let signers = [&elliptic, &rsa, &edwards];
    let server = KeyServer::start(&signers).await;
    let keys = Keys::new(&[publishing(&server.url)], clock()).unwrap();
    for signer in signers {
        assert!(keys.verify(&signer.token(json!({}))).await.is_ok());
        for other in signers
            .iter()
            .filter(|other| other.algorithm != signer.algorithm)
        {
            // Under the other's name, under the other's algorithm, and under both.
            let (kid, alg) = (&other.jwk["kid"], &other.jwk["alg"]);
            for changes in [
                json!({ "kid": kid }),
                json!({ "alg": alg }),
                json!({ "kid": kid, "alg": alg }),
            ] {
                let token = signer.token_under(changes.clone());
                assert_eq!(keys.verify(&token).await, Err(Error::Invalid), "{changes}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_of_ones_own_opens_nothing_whatever_the_header_says_of_it() {
    let world = World::new().await;
    let forger = Signer::es256("first");
    let lair = KeyServer::start(&[&forger]).await;
    world
        .keys
        .verify(&world.signer.token(json!({})))
        .await
        .unwrap();
    for changes in [
        json!({}),
        json!({ "jku": lair.url }),
        json!({ "x5u": lair.url }),
        json!({ "jwk": forger.jwk }),
        json!({ "jku": lair.url, "x5u": lair.url, "jwk": forger.jwk }),
        json!({ "jku": lair.url, "kid": "not-known" }),
        json!({ "jku": lair.url, "kid": null }),
        json!({ "jwk": forger.jwk, "kid": null }),
        json!({ "kid": lair.url }),
        json!({ "x5c": ["AAAA"], "x5t": "AAAA" }),
    ] {
        let forged = forger.token_under(changes.clone());
        assert_eq!(
            world.keys.verify(&forged).await,
            Err(Error::Invalid),
            "{changes}"
        );
    }
    // Nor do they spoil a token whose key is known: they are not looked at.
    for changes in [
        json!({ "jku": lair.url }),
        json!({ "jwk": forger.jwk, "x5u": 7 }),
    ] {
        let token = world.signer.token_under(changes.clone());
        assert!(world.keys.verify(&token).await.is_ok(), "{changes}");
    }
    assert_eq!(lair.asked(), 0);
    // For the id that is not known, within the floor.
    assert_eq!(world.server.asked(), 1);
}

#[tokio::test]
async fn an_id_of_a_key_leads_nowhere() {
    let world = World::new().await;
    world
        .keys
        .verify(&world.signer.token(json!({})))
        .await
        .unwrap();
    let forger = EncodingKey::from_secret(b"");
    for id in [
        "../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "http://127.0.0.1/jwks.json",
        "' UNION SELECT 'key",
        "first' OR '1'='1",
        "first\0",
        "first\n",
        "First",
        " first",
        "",
        "*",
        "$(id)",
        &"x".repeat(256),
        &"x".repeat(257),
        &"x".repeat(4_000),
    ] {
        let token = world.signer.token_naming(Some(id));
        assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid), "{id}");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(id.to_owned());
        let token = jsonwebtoken::encode(&header, &claims(json!({})), &forger).unwrap();
        assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid), "{id}");
    }
    for id in [json!(["first"]), json!({ "first": 1 }), json!(1)] {
        let token = world.signer.token_under(json!({ "kid": id }));
        assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid), "{id}");
    }
    assert_eq!(world.server.asked(), 1);
}

#[tokio::test]
async fn an_id_of_a_key_may_have_256_bytes() {
    for (length, is_taken) in [(256, true), (257, false)] {
        let signer = Signer::es256(&"x".repeat(length));
        let server = KeyServer::start(&[&signer]).await;
        let keys = Keys::new(&[publishing(&server.url)], clock()).unwrap();
        let verified = keys.verify(&signer.token(json!({}))).await;
        assert_eq!(verified.is_ok(), is_taken, "{length}");
        // One that is too long is not even asked for.
        assert_eq!(server.asked(), usize::from(is_taken));
    }
}

#[tokio::test]
async fn what_a_header_calls_critical_is_refused() {
    let world = World::new().await;
    for crit in [
        json!(["exp"]),
        json!(["b64"]),
        json!([]),
        json!("exp"),
        json!(7),
        json!({}),
    ] {
        let token = world
            .signer
            .token_under(json!({ "crit": crit, "exp": NOW, "b64": true }));
        assert_eq!(
            world.keys.verify(&token).await,
            Err(Error::Invalid),
            "{crit}"
        );
    }
    // Written out, for `changed` takes null away.
    let header = r#"{"alg":"ES256","kid":"first","crit":null}"#;
    let token = signed(&world.signer, header, &claims(json!({})).to_string());
    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
}

/// A token of exactly these texts.
fn signed(signer: &Signer, header: &str, claims: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signer.key, signer.algorithm);
    format!("{message}.{}", signature.unwrap())
}

#[tokio::test]
async fn what_is_said_twice_or_is_not_json_is_refused() {
    let world = World::new().await;
    let (header, good) = (
        r#"{"alg":"ES256","kid":"first"}"#,
        claims(json!({})).to_string(),
    );
    assert!(
        world
            .keys
            .verify(&signed(&world.signer, header, &good))
            .await
            .is_ok()
    );
    let twice = good.replacen('{', r#"{"iss":"https://another.example","#, 1);
    for (header, claims) in [
        (
            r#"{"alg":"none","alg":"ES256","kid":"first"}"#,
            good.as_str(),
        ),
        (r#"{"alg":"ES256","kid":"second","kid":"first"}"#, &good),
        (r#"{"alg":"ES256","kid":"first"} "x""#, &good),
        (r#"{"alg":"ES256","kid":"first""#, &good),
        ("", &good),
        ("[]", &good),
        (header, &twice),
        (header, ""),
        (header, "[]"),
        (header, "null"),
        (header, &good[1..]),
    ] {
        let token = signed(&world.signer, header, claims);
        assert_eq!(
            world.keys.verify(&token).await,
            Err(Error::Invalid),
            "{header} {claims}"
        );
    }
}

#[tokio::test]
async fn segments_are_three_and_each_is_whole() {
    let world = World::new().await;
    let token = world.signer.token(json!({}));
    assert!(world.keys.verify(&token).await.is_ok());
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = segments[..] else {
        panic!("a token has three segments")
    };
    // Every shorter beginning, and every end that begins later.
    for at in 0..token.len() {
        for cut in [&token[..at], &token[at + 1..]] {
            assert_eq!(world.keys.verify(cut).await, Err(Error::Invalid), "{cut}");
        }
    }
    for other in [
        format!("{token}.{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{header}.{header}.{signature}"),
        format!("{header}.{payload}.{payload}"),
        format!("{header}.{payload}.{payload}.{signature}"),
        format!("{payload}.{header}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}.{payload}.{signature}{signature}"),
        "..".to_owned(),
        ".".to_owned(),
        String::new(),
        "\0".to_owned(),
    ] {
        assert_eq!(
            world.keys.verify(&other).await,
            Err(Error::Invalid),
            "{other}"
        );
    }
}

#[tokio::test]
async fn every_changed_letter_breaks_the_token() {
    let world = World::new().await;
    let token = world.signer.token(json!({}));
    for (at, letter) in token.char_indices().filter(|(_, letter)| *letter != '.') {
        let mut changed = token.clone();
        let other = if letter == 'A' { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        assert_eq!(
            world.keys.verify(&changed).await,
            Err(Error::Invalid),
            "at {at}"
        );
    }
}

#[tokio::test]
async fn an_oversized_token_is_not_looked_at() {
    let World {
        keys,
        signer,
        server: _running,
        ..
    } = World::new().await;
    let authenticator = authenticator(keys).await;
    for (fill, expected) in [(100, None), (8 << 10, Some(Error::Malformed))] {
        let token = signer.token(json!({ "fill": "x".repeat(fill) }));
        let value = format!("Bearer {token}").parse().unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        let verified = authenticator.authenticate(&headers).await;
        assert_eq!(verified.err(), expected);
    }
}

#[tokio::test]
async fn json_within_json_within_json_does_not_exhaust_the_stack() {
    let world = World::new().await;
    // What serde_json passes raw JSON under follows text as if it were structure, level by level.
    let mut deep = "0".to_owned();
    while deep.len() < 5_000 {
        deep = format!("{}{deep}{}", "[".repeat(100), "]".repeat(100));
        let text = serde_json::to_string(&deep).unwrap();
        deep = format!(r#"{{"$serde_json::private::RawValue":{text}}}"#);
    }
    let good = claims(json!({})).to_string();
    let header = format!(r#"{{"alg":"ES256","kid":"first","x":{deep}}}"#);
    let in_header = signed(&world.signer, &header, &good);
    let in_claims = good.replacen('{', &format!(r#"{{"x":{deep},"#), 1);
    let in_claims = signed(
        &world.signer,
        r#"{"alg":"ES256","kid":"first"}"#,
        &in_claims,
    );

    // It is enough that it comes back at all.
    assert!(world.keys.verify(&in_header).await.is_ok());
    let _ = world.keys.verify(&in_claims).await;
}
