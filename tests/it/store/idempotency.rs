//! Outcomes by idempotency key.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use hausgraph::store::{Claim, IdempotencyKey, Store, Term, Ticket};
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

/// Claims for ten minutes, to be remembered no longer.
async fn claim(store: &Store, key: &IdempotencyKey, fingerprint: [u8; 32], at: i64) -> Claim {
    claim_until(store, key, fingerprint, at, at + 10).await
}

/// Claims for ten minutes, to be remembered until then.
async fn claim_until(
    store: &Store,
    key: &IdempotencyKey,
    fingerprint: [u8; 32],
    at: i64,
    kept: i64,
) -> Claim {
    let term = Term {
        held_until: minute(at + 10),
        kept_until: minute(kept),
    };
    store
        .claim(key, &fingerprint, minute(at), term)
        .await
        .unwrap()
}

async fn ticket(store: &Store, at: i64) -> Ticket {
    match claim(store, &the_key(), ASKED, at).await {
        Claim::Yours(ticket) => ticket,
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
            assert!(matches!(claimed, Claim::Yours(_)), "{other:?}: {claimed:?}");
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
            Claim::Yours(_)
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
            Claim::Yours(_)
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
                .partition(|claim| matches!(claim, Claim::Yours(_)));
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
                        Claim::Yours(ticket) => {
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
            Claim::Yours(_)
        ));
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_and_not_ended_is_gone_on_with_by_whoever_asks_for_the_same() {
    on_every_backend(async |store| {
        let begin = async |at, asked| claim_until(&store, &the_key(), asked, at, at + 1_000).await;
        let Claim::Yours(first) = begin(0, ASKED).await else {
            panic!("it is new");
        };
        assert!(!first.is_resumed);

        // As long as the holder lives it says so.
        assert_eq!(store.hold(&first, minute(20)).await, Ok(true));
        assert_eq!(begin(15, ASKED).await, Claim::Running);
        // When it has died, only the same can be gone on with.
        assert_eq!(begin(20, [2; 32]).await, Claim::Mismatch);
        let Claim::Yours(second) = begin(20, ASKED).await else {
            panic!("nobody holds it");
        };

        assert!(second.is_resumed);
        assert_eq!(second.seed, first.seed);
        assert_eq!(store.hold(&first, minute(100)).await, Ok(false));
        assert_eq!(store.complete(&first, "1", minute(100)).await, Ok(false));

        // Who says that nothing was begun cannot speak for the one before.
        store.release(&second).await.unwrap();
        assert_eq!(begin(21, [2; 32]).await, Claim::Mismatch);
        let Claim::Yours(third) = begin(21, ASKED).await else {
            panic!("it was released");
        };
        assert!(third.is_resumed && third.seed == first.seed);
        store.give_up(&third).await.unwrap();
        let Claim::Yours(fourth) = begin(22, ASKED).await else {
            panic!("it was given up");
        };
        assert_eq!(store.complete(&fourth, "4", minute(100)).await, Ok(true));
        let done = Claim::Done("4".to_owned());
        assert_eq!(begin(99, ASKED).await, done);

        // What is forgotten is new, with a seed of its own.
        let Claim::Yours(anew) = begin(100, [2; 32]).await else {
            panic!("it is forgotten");
        };
        assert!(!anew.is_resumed && anew.seed != first.seed);
    })
    .await;
}
