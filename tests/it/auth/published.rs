//! Keys that an issuer publishes: when they are fetched, and what happens when they cannot be.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::{join_all, poll_immediate};
use hausgraph::auth::Error;

use super::*;

/// Between two fetches at least.
const FLOOR: Duration = Duration::from_secs(30);

/// All the ways in which an issuer does not answer at once.
fn failures(target: &KeyServer, signer: &Signer) -> Vec<Manner> {
    let many = vec![signer.jwk.clone(); 101];
    vec![
        Manner::Breaks,
        Manner::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Manner::Status(StatusCode::NOT_FOUND),
        Manner::Redirects(target.url.clone()),
        Manner::Says(String::new()),
        Manner::Says("<html>".to_owned()),
        Manner::Says("[]".to_owned()),
        Manner::Says(json!({ "keys": {} }).to_string()),
        Manner::Says(json!({ "keys": many }).to_string()),
        Manner::Says(json!({ "keys": [signer.jwk], "fill": " ".repeat(256 << 10) }).to_string()),
    ]
}

#[tokio::test]
async fn keys_are_fetched_when_the_first_token_comes_and_once_for_all_who_wait() {
    let world = World::new().await;
    let token = world.signer.token(json!({}));
    assert_eq!(world.server.asked(), 0);

    let verified = join_all((0..50).map(|_| world.keys.verify(&token))).await;

    assert!(verified.iter().all(Result::is_ok));
    assert_eq!(world.server.asked(), 1);
}

#[tokio::test]
async fn a_fetch_goes_on_when_whoever_asked_first_has_left() {
    let world = World::new().await;
    let token = world.signer.token(json!({}));
    assert!(poll_immediate(world.keys.verify(&token)).await.is_none());

    assert!(world.keys.verify(&token).await.is_ok());

    assert_eq!(world.server.asked(), 1);
}

#[tokio::test]
async fn keys_are_fetched_again_when_they_are_old() {
    let world = World::new().await;
    let token = world.signer.token(json!({ "exp": NOW + 10_000 }));
    world.keys.verify(&token).await.unwrap();
    world.clock.advance(Duration::from_secs(599));
    world.keys.verify(&token).await.unwrap();
    assert_eq!(world.server.asked(), 1);

    // Withdrawn meanwhile: nobody is let in by a key that is already known to be old.
    world.server.publish(&[&Signer::es256("second")]);
    world.clock.advance(Duration::from_secs(1));

    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
    assert_eq!(world.server.asked(), 2);
}

#[tokio::test]
async fn how_old_keys_may_be_is_the_configurations_choice() {
    let world = World::new().await;
    let mut settings = publishing(&world.server.url);
    settings.refresh_seconds = 60;
    let keys = Keys::new(&[settings], world.clock.clone()).unwrap();
    let token = world.signer.token(json!({ "exp": NOW + 10_000 }));
    for asked in 1..4 {
        keys.verify(&token).await.unwrap();
        assert_eq!(world.server.asked(), asked);
        world.clock.advance(Duration::from_secs(60));
    }
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it_but_not_sooner_than_the_floor() {
    let world = World::new().await;
    let second = Signer::es256("second");
    world
        .keys
        .verify(&world.signer.token(json!({})))
        .await
        .unwrap();
    world.server.publish(&[&world.signer, &second]);
    let token = second.token(json!({}));

    world.clock.advance(FLOOR - Duration::from_secs(1));
    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
    assert_eq!(world.server.asked(), 1);
    world.clock.advance(Duration::from_secs(1));
    assert!(world.keys.verify(&token).await.is_ok());

    assert_eq!(world.server.asked(), 2);
    assert!(
        world
            .keys
            .verify(&world.signer.token(json!({})))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_flood_of_made_up_keys_asks_the_issuer_once_in_a_floor() {
    let world = World::new().await;
    let good = world.signer.token(json!({}));
    world.keys.verify(&good).await.unwrap();
    for asked in [1, 2, 3] {
        let ids = (0..200).map(|number| format!("{asked}-{number}"));
        let tokens: Vec<String> = ids.map(|id| world.signer.token_naming(Some(&id))).collect();

        let refused = join_all(tokens.iter().map(|token| world.keys.verify(token))).await;

        assert!(refused.iter().all(|result| *result == Err(Error::Invalid)));
        assert_eq!(world.server.asked(), asked);
        assert!(world.keys.verify(&good).await.is_ok());
        world.clock.advance(FLOOR);
    }
}

#[tokio::test]
async fn without_keys_nothing_can_be_checked_and_the_failure_is_held_for_a_floor() {
    let target = KeyServer::start(&[]).await;
    let signer = Signer::es256("first");
    for manner in failures(&target, &signer) {
        let world = World::new().await;
        let token = world.signer.token(json!({}));
        world.server.behave(manner);

        for _ in 0..3 {
            assert_eq!(world.keys.verify(&token).await, Err(Error::Unavailable));
        }
        assert_eq!(world.server.asked(), 1);

        // As soon as it is asked again, all is well.
        world.server.publish(&[&world.signer]);
        world.clock.advance(FLOOR);
        assert!(world.keys.verify(&token).await.is_ok());
    }
    assert_eq!(target.asked(), 0);
}

#[tokio::test]
async fn an_issuer_that_was_never_there_is_no_fault_of_the_token() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let keys = Keys::new(&[publishing(&url)], clock()).unwrap();

    let verified = keys.verify(&Signer::es256("first").token(json!({}))).await;

    assert_eq!(verified, Err(Error::Unavailable));
}

#[tokio::test]
async fn a_slow_issuer_is_waited_for_five_seconds() {
    let world = World::new().await;
    let token = world.signer.token(json!({}));
    world.server.behave(Manner::Hangs);
    let verify = world.keys.verify(&token);
    let wait = async {
        world.clock.wait_for_sleepers(1).await;
        world.clock.advance(Duration::from_millis(4_999));
        world.clock.wait_for_pause(Duration::from_millis(1)).await;
        world.clock.advance(Duration::from_millis(1));
    };

    let (verified, ()) = tokio::join!(verify, wait);

    assert_eq!(verified, Err(Error::Unavailable));
}

#[tokio::test]
async fn known_keys_go_on_working_for_a_day_while_the_issuer_fails() {
    let target = KeyServer::start(&[]).await;
    let signer = Signer::es256("first");
    for manner in failures(&target, &signer) {
        let world = World::new().await;
        let good = world.signer.token(json!({ "exp": NOW + 1_000_000 }));
        let unknown = world.signer.token_naming(Some("second"));
        world.keys.verify(&good).await.unwrap();
        world.server.behave(manner);

        world
            .clock
            .advance(Duration::from_hours(24) - Duration::from_secs(1));
        assert!(world.keys.verify(&good).await.is_ok());
        assert_eq!(world.keys.verify(&unknown).await, Err(Error::Invalid));
        assert_eq!(world.server.asked(), 2);
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(world.keys.verify(&good).await, Err(Error::Unavailable));

        world.server.publish(&[&world.signer]);
        world.clock.advance(FLOOR);
        assert!(world.keys.verify(&good).await.is_ok());
    }
    assert_eq!(target.asked(), 0);
}

#[tokio::test]
async fn who_holds_keys_does_not_wait_again_for_an_issuer_that_hangs() {
    let world = World::new().await;
    let good = world.signer.token(json!({ "exp": NOW + 10_000 }));
    world.keys.verify(&good).await.unwrap();
    world.server.behave(Manner::Hangs);
    world.clock.advance(Duration::from_secs(600));
    let wait = async {
        world.clock.wait_for_sleepers(1).await;
        world.clock.advance(Duration::from_secs(5));
    };
    let (first, ()) = tokio::join!(world.keys.verify(&good), wait);
    assert!(first.is_ok());

    // The next attempt is made, but nobody stands in line for it.
    world.clock.advance(FLOOR);
    assert!(world.keys.verify(&good).await.is_ok());

    world.clock.wait_for_sleepers(1).await;
}

#[tokio::test]
async fn an_issuer_that_withdraws_all_its_keys_is_believed() {
    let world = World::new().await;
    let token = world.signer.token(json!({ "exp": NOW + 10_000 }));
    world.keys.verify(&token).await.unwrap();
    world.server.publish(&[]);
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(world.keys.verify(&token).await, Err(Error::Invalid));
}

#[tokio::test]
async fn each_issuer_is_asked_for_its_own_keys_only() {
    let (mine, others) = (World::new().await, World::new().await);
    let mut other = publishing(&others.server.url);
    other.issuer = "https://other.example".to_owned();
    let issuers = [publishing(&mine.server.url), other];
    let keys = Keys::new(&issuers, clock()).unwrap();
    let named = json!({ "iss": "https://other.example" });

    assert!(
        keys.verify(&others.signer.token(named.clone()))
            .await
            .is_ok()
    );
    assert_eq!((mine.server.asked(), others.server.asked()), (0, 1));
    assert!(keys.verify(&mine.signer.token(json!({}))).await.is_ok());

    // The keys have the same id: each opens its own issuer's door only.
    let crossed = mine.signer.token(named);
    assert_eq!(keys.verify(&crossed).await, Err(Error::Invalid));
    let crossed = others.signer.token(json!({}));
    assert_eq!(keys.verify(&crossed).await, Err(Error::Invalid));
}
