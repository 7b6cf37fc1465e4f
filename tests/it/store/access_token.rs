//! The gateway's own tokens.

use hausgraph::store::{AccessToken, Error, Store};
use uuid::Uuid;

use super::{actions, backend::on_every_backend, entry, minute, with_two_organizations};

fn token(organization: &str, number: u8) -> AccessToken {
    AccessToken {
        id: Uuid::now_v7(),
        organization: organization.to_owned(),
        name: format!("Partner {number}"),
        hash: [number; 32],
        hint: "…x7Q".to_owned(),
        role: "partner".to_owned(),
        scopes: vec!["property:read".to_owned(), "event:read".to_owned()],
        requests_per_minute: Some(u32::MAX),
        created_by: "erika".to_owned(),
        created_at: minute(number.into()),
        expires_at: Some(minute(60)),
        revoked_at: None,
        last_used_at: None,
    }
}

async fn create(store: &Store, token: &AccessToken) {
    let entry = entry(&token.organization, "create", minute(0));
    store.create_access_token(token, &entry).await.unwrap();
}

async fn find(store: &Store, number: u8) -> Option<AccessToken> {
    store
        .find_access_token_by_hash(&[number; 32])
        .await
        .unwrap()
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_alone() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let full = token("hansehaus", 1);
        let bare = AccessToken {
            scopes: vec![],
            requests_per_minute: None,
            expires_at: None,
            ..token("elbufer", 2)
        };

        create(&store, &full).await;
        create(&store, &bare).await;

        assert_eq!(find(&store, 1).await, Some(full));
        assert_eq!(find(&store, 2).await, Some(bare));
        assert_eq!(find(&store, 3).await, None);
        assert_eq!(actions(&store, "hansehaus").await, ["create"]);
    })
    .await;
}

#[tokio::test]
async fn a_hash_belongs_to_one_token() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let first = token("hansehaus", 1);
        create(&store, &first).await;

        let second = token("elbufer", 1);
        let created = store
            .create_access_token(&second, &entry("elbufer", "create", minute(1)))
            .await;
        let nobody = store
            .create_access_token(&token("nobody", 2), &entry("nobody", "create", minute(1)))
            .await;

        assert!(matches!(created, Err(Error::Failed { .. })), "{created:?}");
        assert_eq!(nobody, Err(Error::UnknownOrganization));
        assert_eq!(find(&store, 1).await, Some(first));
        assert_eq!(actions(&store, "elbufer").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_revoked_once_and_by_its_own_organization_only() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let (kept, revoked) = (token("hansehaus", 1), token("hansehaus", 2));
        create(&store, &revoked).await;
        create(&store, &kept).await;
        let revoke = async |organization: &str, at| {
            let entry = entry(organization, "revoke", minute(at));
            store
                .revoke_access_token(organization, revoked.id, minute(at), &entry)
                .await
                .unwrap()
        };

        assert!(!revoke("elbufer", 4).await);
        assert!(revoke("hansehaus", 5).await);
        assert!(!revoke("hansehaus", 6).await);

        let found = find(&store, 2).await.unwrap();
        assert_eq!(found.revoked_at, Some(minute(5)));
        let listed = store.list_access_tokens("hansehaus").await.unwrap();
        assert_eq!(listed, [kept]);
        assert_eq!(store.list_access_tokens("elbufer").await, Ok(vec![]));
        assert_eq!(
            actions(&store, "hansehaus").await,
            ["revoke", "create", "create"]
        );
        assert_eq!(actions(&store, "elbufer").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn tokens_are_listed_oldest_first() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        for number in [2, 3, 1] {
            create(&store, &token("hansehaus", number)).await;
        }
        create(&store, &token("elbufer", 4)).await;

        let listed = store.list_access_tokens("hansehaus").await.unwrap();

        let names: Vec<&str> = listed.iter().map(|token| token.name.as_str()).collect();
        assert_eq!(names, ["Partner 1", "Partner 2", "Partner 3"]);
    })
    .await;
}

#[tokio::test]
async fn the_last_use_only_moves_forward() {
    on_every_backend(async |store| {
        with_two_organizations(&store).await;
        let token = token("hansehaus", 1);
        create(&store, &token).await;
        let touch = async |organization: &str, at| {
            let at = minute(at);
            let touched = store.touch_access_token(organization, token.id, at);
            touched.await.unwrap();
            find(&store, 1).await.unwrap().last_used_at
        };

        assert_eq!(touch("elbufer", 3).await, None);
        assert_eq!(touch("hansehaus", 3).await, Some(minute(3)));
        assert_eq!(touch("hansehaus", 2).await, Some(minute(3)));
        assert_eq!(touch("hansehaus", 4).await, Some(minute(4)));
    })
    .await;
}

#[test]
fn a_token_shows_no_hash_in_a_log() {
    let shown = format!("{:?}", token("hansehaus", 77));
    // The id may happen to hold these digits; 32 bytes of them it cannot.
    assert!(!shown.contains("77, 77"), "{shown}");
    assert!(!shown.contains(&"4d".repeat(8)), "{shown}");
}
