//! Decisions about which records are the same.

use hausgraph::store::{Decision, Error};

use super::{backend::on_every_backend, entry, minute, organization};

fn decision(anchor: &str, other: &str, is_same: bool) -> Decision {
    Decision {
        anchor: anchor.to_owned(),
        other: other.to_owned(),
        is_same,
        at: minute(1),
    }
}

#[tokio::test]
async fn decisions_replace_each_other_and_their_version_tells_whether_there_is_a_new_one() {
    on_every_backend(async |store| {
        for id in ["hansehaus", "nordhaus"] {
            store.put_organization(&organization(id)).await.unwrap();
        }
        let decide = async |decision: Decision, is_only| {
            let entry = entry("hansehaus", "linkRecords", minute(1));
            store
                .decide("hansehaus", &decision, is_only, &entry)
                .await
                .unwrap();
        };
        assert_eq!(store.list_decisions("hansehaus", 0).await.unwrap(), None);

        decide(decision("Property:1", "Protocol:a", true), true).await;
        decide(decision("Property:2", "Protocol:a", true), true).await;
        decide(decision("Property:3", "Protocol:a", false), true).await;
        decide(decision("Property:1", "Project:7", true), false).await;
        decide(decision("Property:2", "Project:7", true), false).await;
        let known = store.list_decisions("hansehaus", 0).await.unwrap().unwrap();
        assert_eq!(known.version, 5);
        let mut all = known.all;
        all.sort_by(|one, other| (&one.other, &one.anchor).cmp(&(&other.other, &other.anchor)));
        let expected = [
            decision("Property:1", "Project:7", true),
            decision("Property:2", "Project:7", true),
            decision("Property:2", "Protocol:a", true),
            decision("Property:3", "Protocol:a", false),
        ];
        assert_eq!(all, expected);
        assert_eq!(store.list_decisions("hansehaus", 5).await.unwrap(), None);

        // The same two once more: the last word holds.
        decide(decision("Property:2", "Protocol:a", false), true).await;
        let known = store.list_decisions("hansehaus", 5).await.unwrap().unwrap();
        let about: Vec<_> = known.all.iter().filter(|it| it.is_same).collect();
        assert_eq!((known.version, about.len()), (6, 2));

        // Nobody else's.
        assert_eq!(store.list_decisions("nordhaus", 0).await.unwrap(), None);
        let nobody = decision("Property:1", "Protocol:a", true);
        let entry = entry("nobody", "linkRecords", minute(1));
        let refused = store.decide("nobody", &nobody, true, &entry).await;
        assert!(matches!(refused, Err(Error::UnknownOrganization)));
    })
    .await;
}
