//! Tokens that were found good before: they are believed no longer, and no others for their sake.

use std::time::Duration;

use hausgraph::auth::Error;

use super::*;

const FLOOR: Duration = Duration::from_secs(30);

const SECOND: Duration = Duration::from_secs(1);

/// Of an issuer that shares this secret with the gateway.
fn sharing() -> (Keys, Clock, impl Fn(Value) -> String) {
    let secret = "a secret that has more than thirty-two bytes";
    let shared = json!({ "issuer": ISSUER, "audience": "hausgraph", "secret": secret });
    let clock = clock();
    let keys = Keys::new(&[settings(shared)], clock.clone()).unwrap();
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let sign = move |changes| {
        let header = jsonwebtoken::Header::default();
        jsonwebtoken::encode(&header, &claims(changes), &key).unwrap()
    };
    (keys, clock, sign)
}

#[tokio::test]
async fn a_token_ends_when_it_says_however_often_it_came_before() {
    let world = World::new().await;
    let (sharing, clock, sign) = sharing();
    for (keys, clock, token) in [
        (&world.keys, &world.clock, world.signer.token(json!({}))),
        (&sharing, &clock, sign(json!({}))),
    ] {
        let first = keys.grant(&token).await.unwrap();
        // A minute, and the leeway.
        clock.advance(Duration::from_secs(89));
        assert_eq!(keys.grant(&token).await, Ok(first));
        clock.advance(SECOND);
        for _ in 0..2 {
            assert_eq!(keys.grant(&token).await, Err(Error::Expired));
        }
    }
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let (keys, clock, sign) = sharing();
    let token = sign(json!({ "nbf": NOW + 40 }));
    assert_eq!(keys.verify(&token).await, Err(Error::NotYetValid));
    clock.advance(Duration::from_secs(9));
    assert_eq!(keys.verify(&token).await, Err(Error::NotYetValid));
    clock.advance(SECOND);
    assert!(keys.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_token_that_differs_in_one_letter_is_another() {
    let (keys, _, sign) = sharing();
    let token = sign(json!({}));
    keys.verify(&token).await.unwrap();
    for (at, letter) in token.char_indices() {
        let mut other = token.clone();
        let instead = if letter == 'A' { "B" } else { "A" };
        other.replace_range(at..=at, instead);
        // The last letter has bits that mean nothing; they must be as they were written, too.
        assert_eq!(keys.verify(&other).await, Err(Error::Invalid), "at {at}");
    }
    let bob = keys.verify(&sign(json!({ "sub": "bob" }))).await.unwrap();
    assert_eq!(bob.subject, "bob");
    assert_eq!(keys.verify(&token).await.unwrap().subject, "ada");
}

#[tokio::test]
async fn a_key_that_is_gone_is_gone_for_tokens_that_it_opened_before() {
    let world = World::new().await;
    let token = world.signer.token(json!({ "exp": NOW + 10_000 }));
    world.keys.verify(&token).await.unwrap();
    let second = Signer::es256("second");
    world.server.publish(&[&second]);

    // Somebody else's token has the keys fetched again before they are old.
    world.clock.advance(FLOOR);
    assert!(world.keys.verify(&second.token(json!({}))).await.is_ok());

    assert_eq!(world.server.asked(), 2);
    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
}

#[tokio::test]
async fn another_key_under_the_same_name_does_not_do() {
    let world = World::new().await;
    let token = world.signer.token(json!({ "exp": NOW + 10_000 }));
    world.keys.verify(&token).await.unwrap();
    world.server.publish(&[&Signer::es256("first")]);
    world.clock.advance(Duration::from_secs(599));
    assert!(world.keys.verify(&token).await.is_ok());
    world.clock.advance(SECOND);
    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
    assert_eq!(world.server.asked(), 2);
}

#[tokio::test]
async fn a_token_that_names_no_key_needs_the_only_one() {
    let world = World::new().await;
    let mut header = jsonwebtoken::Header::new(world.signer.algorithm);
    header.kid = None;
    let token = world
        .signer
        .sign(&header, &claims(json!({ "exp": NOW + 10_000 })));
    world.keys.verify(&token).await.unwrap();
    world
        .server
        .publish(&[&world.signer, &Signer::es256("second")]);
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
}

#[tokio::test]
async fn tokens_that_come_again_have_keys_fetched_as_often_as_new_ones() {
    let world = World::new().await;
    let token = world.signer.token(json!({ "exp": NOW + 10_000 }));
    for asked in 1..=3 {
        for _ in 0..20 {
            world.keys.verify(&token).await.unwrap();
        }
        assert_eq!(world.server.asked(), asked);
        world.clock.advance(Duration::from_secs(600));
    }
}
