//! Integrations: sealed credentials, checks, rotation of master keys.

use futures_util::future::join_all;
use hausgraph::{
    model::System,
    store::{Check, Error, Integration, IntegrationStatus, Store},
};

use super::{actions, backend::on_every_backend, entry, minute, with_two_organizations};

fn integration(organization: &str, system: System) -> Integration {
    Integration {
        organization: organization.to_owned(),
        system,
        sealed: vec![0, 1, 255],
        key_id: "2025".to_owned(),
        key_hint: Some("…f3a9".to_owned()),
        permissions: vec!["objects".to_owned(), "\"contacts\"".to_owned()],
        status: IntegrationStatus::Connected,
        checked_at: Some(minute(1)),
        problem: None,
        connected_at: minute(1),
        version: 1,
    }
}

async fn save(store: &Store, integration: &Integration) -> i64 {
    let entry = entry(&integration.organization, "connect", minute(1));
    let standing = store
        .find_integration(&integration.organization, integration.system)
        .await
        .unwrap();
    let replaces = standing.map(|standing| standing.version);
    let saved = store.save_integration(integration, replaces, &entry).await;
    saved.unwrap().expect("nobody else saves here")
}

async fn find(store: &Store, organization: &str, system: System) -> Option<Integration> {
    store.find_integration(organization, system).await.unwrap()
}

#[tokio::test]
async fn credentials_come_back_as_they_were_saved() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let full = integration("hansehaus", System::Propstack);
        let bare = Integration {
            key_hint: None,
            permissions: vec![],
            status: IntegrationStatus::Unreachable,
            checked_at: None,
            problem: Some("Propstreet did not answer.".to_owned()),
            version: 2,
            ..integration("hansehaus", System::Propstreet)
        };

        save(&store, &full).await;
        save(&store, &bare).await;

        let found = find(&store, "hansehaus", System::Propstack).await;
        assert_eq!(found.as_ref(), Some(&full));
        let listed = store.list_integrations("hansehaus").await.unwrap();
        assert_eq!(listed, [full, bare]);
        assert_eq!(actions(&store, "hansehaus").await, ["connect", "connect"]);
    })
    .await;
}

#[tokio::test]
async fn no_organization_sees_or_changes_the_integrations_of_another() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let ours = integration("hansehaus", System::DeepRent);
        save(&store, &ours).await;
        let check = Check {
            status: IntegrationStatus::Refused,
            permissions: vec![],
            problem: None,
            at: minute(5),
        };

        let recorded = store
            .record_check("elbufer", System::DeepRent, 1, &check)
            .await;
        let deleted = store
            .delete_integration(
                "elbufer",
                System::DeepRent,
                &entry("elbufer", "disconnect", minute(5)),
            )
            .await;

        assert_eq!((recorded, deleted), (Ok(false), Ok(false)));
        assert_eq!(find(&store, "elbufer", System::DeepRent).await, None);
        assert_eq!(store.list_integrations("elbufer").await, Ok(vec![]));
        let found = find(&store, "hansehaus", System::DeepRent).await;
        assert_eq!(found, Some(ours));
        assert_eq!(actions(&store, "elbufer").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn each_change_of_credentials_has_a_version_that_never_was_before() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let integration = integration("hansehaus", System::Propstack);
        let first = save(&store, &integration).await;
        let second = save(&store, &integration).await;

        let entry = entry("hansehaus", "disconnect", minute(2));
        let deleted = store
            .delete_integration("hansehaus", System::Propstack, &entry)
            .await;
        let third = save(&store, &integration).await;

        assert_eq!(deleted, Ok(true));
        assert!(first < second && second < third, "{first} {second} {third}");
        let found = find(&store, "hansehaus", System::Propstack).await.unwrap();
        assert_eq!(found.version, third);
    })
    .await;
}

#[tokio::test]
async fn of_several_who_saw_the_same_one_saves_and_the_others_learn_it() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let integration = integration("hansehaus", System::Propstack);
        // First there is none, then the one that was saved.
        for _ in 0..2 {
            let standing = store.find_integration("hansehaus", System::Propstack).await;
            let replaces = standing.unwrap().map(|standing| standing.version);
            let before = actions(&store, "hansehaus").await.len();

            let tries = (0..8).map(|_| async {
                let entry = entry("hansehaus", "connect", minute(2));
                let saved = store.save_integration(&integration, replaces, &entry).await;
                saved.unwrap()
            });
            let saved = join_all(tries).await;

            assert_eq!(saved.iter().flatten().count(), 1, "{saved:?}");
            let found = find(&store, "hansehaus", System::Propstack).await.unwrap();
            assert!(saved.contains(&Some(found.version)));
            assert_eq!(actions(&store, "hansehaus").await.len(), before + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn credentials_of_an_unknown_organization_are_refused_and_leave_no_trace() {
    on_every_backend(async |store| {
        let integration = integration("nobody", System::Propstack);

        let saved = store
            .save_integration(&integration, None, &entry("nobody", "connect", minute(1)))
            .await;

        assert_eq!(saved, Err(Error::UnknownOrganization));
        assert_eq!(find(&store, "nobody", System::Propstack).await, None);
        assert_eq!(actions(&store, "nobody").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_check_is_noted_unless_it_is_of_old_credentials_or_a_later_one_is() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let old = save(&store, &integration("hansehaus", System::Propstack)).await;
        let version = save(&store, &integration("hansehaus", System::Propstack)).await;
        let check = |at| Check {
            status: IntegrationStatus::Refused,
            permissions: vec!["none".to_owned()],
            problem: Some("The key is not valid.".to_owned()),
            at: minute(at),
        };
        let record = async |version, at| {
            store
                .record_check("hansehaus", System::Propstack, version, &check(at))
                .await
                .unwrap()
        };

        assert!(!record(old, 5).await);
        assert!(record(version, 5).await);
        assert!(!record(version, 4).await);

        let found = find(&store, "hansehaus", System::Propstack).await.unwrap();
        assert_eq!(found.status, IntegrationStatus::Refused);
        assert_eq!(found.permissions, ["none"]);
        assert_eq!(found.problem.as_deref(), Some("The key is not valid."));
        assert_eq!(found.checked_at, Some(minute(5)));
        assert_eq!(found.version, version);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_reaches_every_seal_of_another_key_in_steps() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        for organization in ["hansehaus", "elbufer"] {
            for system in System::ALL {
                save(&store, &integration(organization, system)).await;
            }
        }
        let new = Integration {
            key_id: "2026".to_owned(),
            ..integration("hansehaus", System::DeepRent)
        };
        save(&store, &new).await;

        let mut seen = Vec::new();
        loop {
            let after = seen
                .last()
                .map(|last: &(String, System)| (&*last.0, last.1));
            let step = store.list_sealed_except("2026", after, 2).await.unwrap();
            if step.is_empty() {
                break;
            }
            assert!(step.len() <= 2);
            seen.extend(step.into_iter().map(|old| (old.organization, old.system)));
        }

        let of = |organization: &str, system| (organization.to_owned(), system);
        assert_eq!(
            seen,
            [
                of("elbufer", System::DeepRent),
                of("elbufer", System::Propstack),
                of("elbufer", System::Propstreet),
                of("hansehaus", System::Propstack),
                of("hansehaus", System::Propstreet),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_seal_changes_nothing_else_and_never_overwrites_new_credentials() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        save(&store, &integration("hansehaus", System::Propstack)).await;
        let old = find(&store, "hansehaus", System::Propstack).await.unwrap();

        assert_eq!(store.replace_seal(&old, &[9, 9], "2026").await, Ok(true));
        let resealed = find(&store, "hansehaus", System::Propstack).await.unwrap();
        assert_eq!(
            resealed,
            Integration {
                sealed: vec![9, 9],
                key_id: "2026".to_owned(),
                ..old.clone()
            }
        );

        assert_eq!(store.replace_seal(&old, &[7], "2027").await, Ok(false));
        save(&store, &old).await;
        assert_eq!(store.replace_seal(&resealed, &[7], "2027").await, Ok(false));
        assert_eq!(store.replace_seal(&old, &[7], "2027").await, Ok(false));
        let found = find(&store, "hansehaus", System::Propstack).await.unwrap();
        assert_eq!(found.sealed, old.sealed);
    })
    .await;
}
