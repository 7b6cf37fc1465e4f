//! The audit list.

use hausgraph::store::{AuditEntry, AuditFilter, Store};
use uuid::Uuid;

use super::{actions, backend::on_every_backend, entry, minute, organization};

async fn append(store: &Store, entries: &[AuditEntry]) {
    for entry in entries {
        store.append_audit_entry(entry).await.unwrap();
    }
}

#[tokio::test]
async fn pages_are_newest_first_and_stand_still_while_entries_come_in() {
    on_every_backend(async |store| {
        // Two of one moment: their ids decide.
        let entries: Vec<AuditEntry> = [0, 1, 1, 2, 3]
            .into_iter()
            .enumerate()
            .map(|(index, at)| AuditEntry {
                id: Uuid::from_u128(index as u128),
                target: Some(index.to_string()),
                ..entry("hansehaus", "act", minute(at))
            })
            .collect();
        append(&store, &entries).await;
        append(&store, &[entry("elbufer", "act", minute(1))]).await;

        let mut read = Vec::new();
        let mut after = None;
        loop {
            let page = store
                .list_audit_entries("hansehaus", &AuditFilter::default(), after, 2)
                .await
                .unwrap();
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            after = Some((last.at, last.id));
            read.extend(page);
            append(&store, &[entry("hansehaus", "new", minute(9))]).await;
        }

        let newest_first: Vec<AuditEntry> = entries.into_iter().rev().collect();
        assert_eq!(read, newest_first);
    })
    .await;
}

#[tokio::test]
async fn a_filter_narrows_by_actor_action_and_moment() {
    on_every_backend(async |store| {
        let by = |actor: &str, action, at| AuditEntry {
            actor: actor.to_owned(),
            ..entry("hansehaus", action, minute(at))
        };
        let entries = [by("erika", "a", 1), by("max", "a", 2), by("erika", "b", 3)];
        append(&store, &entries).await;
        let list = async |filter: AuditFilter| {
            let listed = store.list_audit_entries("hansehaus", &filter, None, 10);
            let listed = listed.await.unwrap();
            listed.iter().map(|entry| entry.at).collect::<Vec<_>>()
        };
        let all = AuditFilter::default();
        let (erika, a) = (Some("erika".to_owned()), Some("a".to_owned()));

        let of_erika = list(AuditFilter {
            actor: erika.clone(),
            ..all.clone()
        });
        assert_eq!(of_erika.await, [minute(3), minute(1)]);
        let of_a = list(AuditFilter {
            action: a.clone(),
            ..all.clone()
        });
        assert_eq!(of_a.await, [minute(2), minute(1)]);
        let since = list(AuditFilter {
            since: Some(minute(2)),
            ..all
        });
        assert_eq!(since.await, [minute(3), minute(2)]);
        let of_both = list(AuditFilter {
            actor: erika,
            action: a,
            since: Some(minute(1)),
        });
        assert_eq!(of_both.await, [minute(1)]);
    })
    .await;
}

#[tokio::test]
async fn an_act_that_was_started_is_finished_once() {
    on_every_backend(async |store| {
        let started = AuditEntry {
            outcome: AuditEntry::STARTED.to_owned(),
            ..entry("hansehaus", "upload", minute(1))
        };
        append(&store, std::slice::from_ref(&started)).await;
        let finish = async |organization: &str, outcome: &str| {
            store
                .finish_audit_entry(organization, started.id, outcome)
                .await
                .unwrap()
        };

        assert!(!finish("elbufer", "DONE").await);
        assert!(finish("hansehaus", "DONE").await);
        assert!(!finish("hansehaus", "UPSTREAM_TIMEOUT").await);

        let listed = store
            .list_audit_entries("hansehaus", &AuditFilter::default(), None, 10)
            .await
            .unwrap();
        let outcome = "DONE".to_owned();
        assert_eq!(listed, [AuditEntry { outcome, ..started }]);
    })
    .await;
}

#[tokio::test]
async fn a_change_whose_entry_cannot_be_written_is_undone() {
    on_every_backend(async |store| {
        let taken = entry("hansehaus", "first", minute(1));
        append(&store, std::slice::from_ref(&taken)).await;

        let created = store
            .create_organization(&organization("hansehaus"), &taken)
            .await;

        created.unwrap_err();
        assert_eq!(store.find_organization("hansehaus").await, Ok(None));
        assert_eq!(actions(&store, "hansehaus").await, ["first"]);
    })
    .await;
}
