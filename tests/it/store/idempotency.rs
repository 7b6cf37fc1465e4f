//! Outcomes by idempotency key.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use hausgraph::store::{Claim, IdempotencyKey, Store, Ticket};
use tokio::task::JoinSet;

use super::{backend::on_every_backend, minute};

const ASKED: [u8; 32] = [1; 32];

fn key(organization: &str, subject: &str, key: &str) -> IdempotencyKey {
    IdempotencyKey {
        organization: organization.to_owned(),
        subject: subject.to_owned(),
        key: key.to_owned(),
    }
}

fn the_key() -> IdempotencyKey {
    key("hansehaus", "erika", "k")
}

/// Claims for ten minutes.
async fn claim(store: &Store, key: &IdempotencyKey, fingerprint: [u8; 32], at: i64) -> Claim {
    store
        .claim(key, &fingerprint, minute(at), minute(at + 10))
        .await
        .unwrap()
}

async fn ticket(store: &Store, at: i64) -> Ticket {
    match claim(store, &the_key(), ASKED, at).await {
        Claim::New(ticket) => ticket,
        other => panic!("it is not new: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_done_is_answered_and_not_done_again() {
    on_every_backend(async |store| {
        let ticket = ticket(&store, 0).await;
        assert_eq!(claim(&store, &the_key(), ASKED, 1).await, Claim::Running);

        let outcome = r#"{"id":"Ü"}"#;
        let completed = store.complete(&ticket, outcome, minute(100)).await;
        let completed_again = store.complete(&ticket, outcome, minute(100)).await;

        assert_eq!((completed, completed_again), (Ok(true), Ok(true)));
        let done = Claim::Done(outcome.to_owned());
        assert_eq!(claim(&store, &the_key(), ASKED, 99).await, done);
        store.release(&ticket).await.unwrap();
        assert_eq!(claim(&store, &the_key(), ASKED, 99).await, done);
    })
    .await;
}

#[tokio::test]
async fn a_key_stands_for_one_thing_that_one_viewer_asked() {
    on_every_backend(async |store| {
        let ticket = ticket(&store, 0).await;

        let running = claim(&store, &the_key(), [2; 32], 1).await;
        store.complete(&ticket, "{}", minute(100)).await.unwrap();
        let done = claim(&store, &the_key(), [2; 32], 1).await;

        assert_eq!((running, done), (Claim::Mismatch, Claim::Mismatch));
        for other in [
            key("elbufer", "erika", "k"),
            key("hansehaus", "max", "k"),
            key("hansehaus", "erika", "K"),
        ] {
            let claimed = claim(&store, &other, ASKED, 1).await;
            assert!(matches!(claimed, Claim::New(_)), "{other:?}: {claimed:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_not_done_can_be_tried_again() {
    on_every_backend(async |store| {
        let ticket = ticket(&store, 0).await;

        store.release(&ticket).await.unwrap();

        assert!(matches!(
            claim(&store, &the_key(), [2; 32], 1).await,
            Claim::New(_)
        ));
        assert_eq!(store.complete(&ticket, "{}", minute(9)).await, Ok(false));
    })
    .await;
}

#[tokio::test]
async fn who_outlived_his_claim_neither_tells_nor_frees_for_the_next_one() {
    on_every_backend(async |store| {
        let late = ticket(&store, 0).await;
        let next = ticket(&store, 10).await;

        store.release(&late).await.unwrap();
        let completed = store.complete(&late, "\"late\"", minute(100)).await;

        assert_eq!(completed, Ok(false));
        assert_eq!(claim(&store, &the_key(), ASKED, 11).await, Claim::Running);
        let completed = store.complete(&next, "\"next\"", minute(100)).await;
        assert_eq!(completed, Ok(true));
        let done = Claim::Done("\"next\"".to_owned());
        assert_eq!(claim(&store, &the_key(), ASKED, 11).await, done);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_counts_as_absent_and_can_be_swept() {
    on_every_backend(async |store| {
        let ticket = ticket(&store, 0).await;
        store.complete(&ticket, "{}", minute(20)).await.unwrap();
        let kept = key("hansehaus", "erika", "kept");
        claim(&store, &kept, ASKED, 15).await;

        assert!(matches!(
            claim(&store, &the_key(), ASKED, 19).await,
            Claim::Done(_)
        ));
        assert_eq!(store.delete_expired_outcomes(minute(19)).await, Ok(0));
        assert_eq!(store.delete_expired_outcomes(minute(20)).await, Ok(1));

        assert!(matches!(
            claim(&store, &the_key(), [2; 32], 19).await,
            Claim::New(_)
        ));
        assert_eq!(claim(&store, &kept, ASKED, 20).await, Claim::Running);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_claim_at_once_one_is_told_to_do_it() {
    on_every_backend(async |store| {
        // Once for a key that is new, then each time for one that has just expired.
        for round in 0..3 {
            let mut tasks = JoinSet::new();
            for _ in 0..24 {
                let store = store.clone();
                tasks.spawn(async move { claim(&store, &the_key(), ASKED, round * 10).await });
            }

            let claims = tasks.join_all().await;

            let (new, rest): (Vec<_>, Vec<_>) = claims
                .into_iter()
                .partition(|claim| matches!(claim, Claim::New(_)));
            assert_eq!(new.len(), 1, "round {round}");
            assert!(rest.iter().all(|claim| *claim == Claim::Running));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_freed_while_many_ask_is_never_held_twice() {
    on_every_backend(async |store| {
        let holders = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let (store, holders) = (store.clone(), Arc::clone(&holders));
            tasks.spawn(async move {
                loop {
                    match claim(&store, &the_key(), ASKED, 0).await {
                        Claim::New(ticket) => {
                            assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                            tokio::task::yield_now().await;
                            holders.fetch_sub(1, Ordering::SeqCst);
                            return store.release(&ticket).await.unwrap();
                        }
                        Claim::Running => tokio::task::yield_now().await,
                        other => panic!("nothing was done: {other:?}"),
                    }
                }
            });
        }

        tasks.join_all().await;

        assert!(matches!(
            claim(&store, &the_key(), ASKED, 0).await,
            Claim::New(_)
        ));
    })
    .await;
}
