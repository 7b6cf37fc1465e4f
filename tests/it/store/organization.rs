//! Organisations.

use std::collections::BTreeSet;

use hausgraph::store::Organization;
use tokio::task::JoinSet;

use super::{actions, backend::on_every_backend, entry, minute, organization};

#[tokio::test]
async fn an_organization_is_created_once() {
    on_every_backend(async |store| {
        let first = organization("hansehaus");
        let second = Organization {
            name: "Somebody else".to_owned(),
            ..first.clone()
        };

        let created = store
            .create_organization(&first, &entry("hansehaus", "first", minute(0)))
            .await;
        let again = store
            .create_organization(&second, &entry("hansehaus", "second", minute(1)))
            .await;

        assert_eq!((created, again), (Ok(true), Ok(false)));
        let found = store.find_organization("hansehaus").await.unwrap();
        assert_eq!(found, Some(first));
        assert_eq!(actions(&store, "hansehaus").await, ["first"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_create_an_organization_at_once_one_does() {
    on_every_backend(async |store| {
        let mut tasks = JoinSet::new();
        for number in 0..24 {
            let store = store.clone();
            tasks.spawn(async move {
                let name = number.to_string();
                let entry = entry("hansehaus", &name, minute(0));
                let organization = Organization {
                    name: name.clone(),
                    ..organization("hansehaus")
                };
                let created = store.create_organization(&organization, &entry).await;
                created.unwrap().then_some(name)
            });
        }

        let created: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();

        assert_eq!(created.len(), 1);
        let found = store.find_organization("hansehaus").await.unwrap().unwrap();
        assert_eq!(found.name, created[0]);
        assert_eq!(actions(&store, "hansehaus").await, created);
    })
    .await;
}

#[tokio::test]
async fn a_configured_organization_takes_the_name_of_the_configuration() {
    on_every_backend(async |store| {
        let first = organization("hansehaus");
        let renamed = Organization {
            name: "Hansehaus Ö".to_owned(),
            created_at: minute(9),
            ..first.clone()
        };

        store.put_organization(&first).await.unwrap();
        store.put_organization(&renamed).await.unwrap();

        let found = store.find_organization("hansehaus").await.unwrap().unwrap();
        assert_eq!(found.name, "Hansehaus Ö");
        assert_eq!(found.created_at, first.created_at);
        assert_eq!(store.find_organization("elbufer").await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn organizations_are_listed_in_one_order_by_both_databases() {
    on_every_backend(async |store| {
        let ids = ["ab", "a-b", "a1", "aa", "a-a", "b"];
        for id in ids {
            store.put_organization(&organization(id)).await.unwrap();
        }

        let listed = store.list_organizations().await.unwrap();

        let listed: Vec<&str> = listed.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(listed, Vec::from_iter(BTreeSet::from(ids)));
    })
    .await;
}
