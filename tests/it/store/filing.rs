//! Files that were added to properties.

use hausgraph::store::{FiledProtocol, Filing, FilingTicket, Intent, Store};
use tokio::task::JoinSet;

use super::{backend::on_every_backend, minute};

fn filing(organization: &str, property: &str, digest: u8) -> Filing {
    Filing {
        organization: organization.to_owned(),
        property: property.to_owned(),
        digest: [digest; 32],
    }
}

fn the_file() -> Filing {
    filing("hansehaus", "1", 1)
}

/// Asks to send it, for ten minutes.
async fn intend(store: &Store, filing: &Filing, at: i64) -> Intent {
    let intent = store.intend(filing, minute(at), minute(at + 10)).await;
    intent.unwrap()
}

async fn ticket(store: &Store, at: i64) -> FilingTicket {
    match intend(store, &the_file(), at).await {
        Intent::Yours(ticket) => ticket,
        other => panic!("it is not ours to send: {other:?}"),
    }
}

fn running(since: i64, until: i64) -> Intent {
    Intent::Running {
        since: minute(since),
        until: minute(until),
    }
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_is_told_to_send_it() {
    on_every_backend(async |store| {
        let mut all = JoinSet::new();
        for _ in 0..10 {
            let store = store.clone();
            all.spawn(async move { intend(&store, &the_file(), 0).await });
        }
        let told = all.join_all().await;
        let mine = told.iter().filter(|it| matches!(it, Intent::Yours(_)));
        assert_eq!(mine.count(), 1);
        let others = told.iter().filter(|it| **it == running(0, 10));
        assert_eq!(others.count(), 9);
    })
    .await;
}

#[tokio::test]
async fn what_is_there_is_told_to_whoever_asks_for_the_same_and_to_nobody_else() {
    on_every_backend(async |store| {
        let ticket = ticket(&store, 0).await;
        assert_eq!(ticket.begun, None);
        store.remember_filing(&the_file(), "77").await.unwrap();
        let filed = Intent::Filed("77".to_owned());
        assert_eq!(intend(&store, &the_file(), 1_000_000).await, filed);
        // To say so late does not undo it.
        store.withdraw(&ticket).await.unwrap();
        assert_eq!(intend(&store, &the_file(), 11).await, filed);
        for other in [
            filing("hansehaus", "1", 2),
            filing("hansehaus", "2", 1),
            filing("fremdhaus", "1", 1),
        ] {
            let told = intend(&store, &other, 11).await;
            assert!(matches!(told, Intent::Yours(_)), "{other:?}");
        }
        // Another document of the same file is not the one that is gone.
        store.forget_filing(&the_file(), "78").await.unwrap();
        assert_eq!(intend(&store, &the_file(), 11).await, filed);
        store.forget_filing(&the_file(), "77").await.unwrap();
        let told = intend(&store, &the_file(), 11).await;
        // It is looked for once more.
        assert!(matches!(told, Intent::Yours(ticket) if ticket.begun == Some(minute(0))));
    })
    .await;
}

#[tokio::test]
async fn who_takes_over_knows_since_when_it_may_be_there() {
    on_every_backend(async |store| {
        let first = ticket(&store, 0).await;
        assert_eq!(intend(&store, &the_file(), 9).await, running(0, 10));
        let second = ticket(&store, 10).await;
        assert_eq!(second.begun, Some(minute(0)));
        // The first has nothing to say any more.
        store.withdraw(&first).await.unwrap();
        assert_eq!(intend(&store, &the_file(), 11).await, running(0, 20));
        // The second did not send it; whether the first did is as open as before.
        store.withdraw(&second).await.unwrap();
        assert_eq!(ticket(&store, 11).await.begun, Some(minute(0)));
    })
    .await;
}

#[tokio::test]
async fn what_was_not_sent_is_as_if_nobody_had_asked() {
    on_every_backend(async |store| {
        let first = ticket(&store, 0).await;
        store.withdraw(&first).await.unwrap();
        assert_eq!(ticket(&store, 1).await.begun, None);
    })
    .await;
}

#[tokio::test]
async fn a_protocol_is_found_by_the_documents_that_it_became() {
    on_every_backend(async |store| {
        let find = async |organization: &'static str, property: &'static str| {
            let found = store.list_filed_protocols(organization, property, "P-1");
            found.await.unwrap()
        };
        let _ = ticket(&store, 0).await;
        store
            .note_protocol(&the_file(), "P-1", Some(3))
            .await
            .unwrap();
        // Nobody knows yet whether it is there.
        assert_eq!(find("hansehaus", "1").await, []);
        store.remember_filing(&the_file(), "77").await.unwrap();
        let newer = filing("hansehaus", "1", 2);
        let _ = intend(&store, &newer, 5).await;
        store.remember_filing(&newer, "78").await.unwrap();
        store.note_protocol(&newer, "P-1", None).await.unwrap();
        let filed = |document: &str, protocol_version| FiledProtocol {
            document: document.to_owned(),
            protocol_version,
        };
        let both = [filed("78", None), filed("77", Some(3))];
        assert_eq!(find("hansehaus", "1").await, both);
        assert_eq!(find("hansehaus", "2").await, []);
        assert_eq!(find("fremdhaus", "1").await, []);
    })
    .await;
}

#[tokio::test]
async fn who_sends_it_holds_it_from_then_on_if_it_is_still_theirs() {
    on_every_backend(async |store| {
        let first = ticket(&store, 0).await;
        let begun = store.begin_filing(&first, minute(8), minute(18)).await;
        assert_eq!(begun, Ok(true));
        assert_eq!(intend(&store, &the_file(), 17).await, running(8, 18));
        let second = ticket(&store, 18).await;
        assert_eq!(second.begun, Some(minute(8)));
        let late = store.begin_filing(&first, minute(19), minute(29)).await;
        assert_eq!(late, Ok(false));
        store.remember_filing(&the_file(), "77").await.unwrap();
        let known = store.begin_filing(&second, minute(19), minute(29)).await;
        assert_eq!(known, Ok(false));
    })
    .await;
}
