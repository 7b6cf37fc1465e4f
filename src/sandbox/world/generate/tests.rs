//! The generated world is what it promises to be.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::sandbox::world::{Clue, DocumentOwner, Plan, Role, Unit, UnitKind, World};

fn today() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a valid instant")
}

/// Worlds enough to tell a rule from a lucky throw.
fn worlds() -> impl Iterator<Item = World> {
    [1, 2, 7, 8, 42]
        .into_iter()
        .map(|seed| World::generate(240, seed, today()))
}

#[test]
fn the_same_seed_makes_the_same_world_all_day() {
    let morning = World::generate(60, 5, today());
    let evening = World::generate(60, 5, today() + chrono::Duration::hours(3));
    let other = World::generate(60, 6, today());

    // `HashMap`s print in an order of their own, so the lists are compared one by one.
    let text = |world: &World| {
        format!(
            "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
            world.developments,
            world.units,
            world.people,
            world.documents,
            world.handovers,
            world.deals,
            world.profiles,
            world.investors,
            world.bids
        )
    };
    assert_eq!(text(&morning), text(&evening));
    assert_ne!(text(&morning), text(&other));
}

#[test]
fn everything_grows_with_the_units() {
    for units in [0, 1, 7, 12, 240, 1_000] {
        let world = World::generate(units, 3, today());
        assert_eq!(world.units.len(), units);
        assert_eq!(world.people.len(), units * 5 / 3);
        assert_eq!(world.handovers.len(), units / 2);
        assert_eq!(world.deals.len(), units / 8);
        assert_eq!(world.investors.len(), units * 3 / 4);
        if units >= 240 {
            assert_eq!(world.bids.len(), units * 5 / 2);
        }
    }
}

#[test]
fn contacts_are_counted_apart_only_where_somebody_counts_them() {
    let plan = Plan {
        units: 240,
        contacts: Some(90),
        hard_cases: false,
    };
    let world = World::generate(plan, 3, today());
    assert_eq!((world.units.len(), world.people.len()), (240, 90));
    let usual = World::generate(240, 3, today());
    let plan = Plan {
        contacts: Some(400),
        ..plan
    };
    let counted = World::generate(plan, 3, today());
    assert_eq!(
        format!("{:?}{:?}", usual.units, usual.people),
        format!("{:?}{:?}", counted.units, counted.people)
    );
}

#[test]
fn ids_ascend_and_never_meet_those_of_another_firm() {
    let (ours, theirs) = (
        World::generate(240, 1, today()),
        World::generate(240, 2, today()),
    );
    let ids = |world: &World| -> Vec<Vec<u64>> {
        vec![
            world.units.iter().map(|unit| unit.id).collect(),
            world
                .developments
                .iter()
                .map(|development| development.id)
                .collect(),
            world.people.iter().map(|person| person.id).collect(),
            world.documents.iter().map(|document| document.id).collect(),
            world.deals.iter().map(|deal| deal.id).collect(),
            world.profiles.iter().map(|profile| profile.id).collect(),
            world.bids.iter().map(|bid| bid.id).collect(),
        ]
    };
    for (ours, theirs) in ids(&ours).iter().zip(ids(&theirs)) {
        assert!(ours.is_sorted_by(|left, right| left < right));
        assert!(!ours.iter().any(|id| theirs.contains(id)));
    }
    for unit in &ours.units {
        assert_eq!(
            ours.unit(unit.id).map(|found| &found.number),
            Some(&unit.number)
        );
    }
    assert!(ours.unit(theirs.units[0].id).is_none());
    for investor in &ours.investors {
        let found = ours.investor(investor.is_company, investor.id).unwrap();
        assert_eq!(found.name, investor.name);
    }
}

#[test]
fn seeds_that_end_alike_share_ids_and_nothing_else() {
    let ours = World::generate(240, 7, today());
    let theirs = World::generate(40, 7 | 1 << 32, today());
    let ids = |world: &World| -> Vec<HashSet<String>> {
        let text = |id: &u64| id.to_string();
        vec![
            world.units.iter().map(|it| text(&it.id)).collect(),
            world.developments.iter().map(|it| text(&it.id)).collect(),
            world.statuses.iter().map(|it| text(&it.id)).collect(),
            world.people.iter().map(|it| text(&it.id)).collect(),
            world
                .contact_statuses
                .iter()
                .map(|it| text(&it.id))
                .collect(),
            world.brokers.iter().map(|it| text(&it.id)).collect(),
            world.documents.iter().map(|it| text(&it.id)).collect(),
            world.handovers.iter().map(|it| it.id.clone()).collect(),
            world
                .handovers
                .iter()
                .map(|it| it.object_id.clone())
                .collect(),
            world.deals.iter().map(|it| text(&it.id)).collect(),
            world.profiles.iter().map(|it| text(&it.id)).collect(),
            world.investors.iter().map(|it| text(&it.id)).collect(),
            world.bids.iter().map(|it| text(&it.id)).collect(),
        ]
    };
    for (kind, (ours, theirs)) in ids(&ours).iter().zip(ids(&theirs)).enumerate() {
        assert!(!theirs.is_empty() && theirs.is_subset(ours), "kind {kind}");
    }
    let names = |world: &World| -> Vec<_> {
        let people = world.people.iter();
        let names = people.map(|it| (it.first_name.clone(), it.last_name.clone()));
        names.collect()
    };
    assert_ne!(names(&ours)[..40], names(&theirs)[..40]);
}

#[test]
fn a_mark_stands_on_every_record() {
    let world = World::generate(60, 5, today()).marked("Fremdhaus");
    let mut texts = Vec::new();
    texts.extend(world.units.iter().map(|it| &it.number));
    texts.extend(world.developments.iter().map(|it| &it.title));
    let statuses = world.statuses.iter().chain(&world.contact_statuses);
    texts.extend(statuses.map(|it| &it.name));
    let people = world.people.iter();
    texts.extend(people.filter_map(|it| it.last_name.as_ref().or(it.company.as_ref())));
    texts.extend(world.brokers.iter().map(|it| &it.last_name));
    texts.extend(world.documents.iter().map(|it| &it.title));
    texts.extend(world.handovers.iter().filter_map(|it| it.tags.last()));
    texts.extend(world.deals.iter().map(|it| &it.name));
    texts.extend(world.profiles.iter().map(|it| &it.name));
    texts.extend(world.investors.iter().map(|it| &it.name));
    texts.extend(
        world
            .bids
            .iter()
            .map(|it| &it.references.last().unwrap().id),
    );
    for text in &texts {
        assert!(text.contains("Fremdhaus"), "{text}");
    }
    assert!(texts.len() >= world.units.len() + world.people.len() + world.handovers.len());
}

#[test]
fn numbers_and_codes_are_unique() {
    let world = World::generate(5_000, 1, today());
    let numbers: HashSet<_> = world.units.iter().map(|unit| &unit.number).collect();
    assert_eq!(numbers.len(), world.units.len());
    let codes: HashSet<_> = world
        .developments
        .iter()
        .map(|development| &development.code)
        .collect();
    assert_eq!(codes.len(), world.developments.len());
}

#[test]
fn every_kind_of_unit_is_there() {
    for world in worlds() {
        for kind in [
            UnitKind::Apartment,
            UnitKind::House,
            UnitKind::Office,
            UnitKind::Store,
            UnitKind::Garage,
            UnitKind::Land,
        ] {
            assert!(world.units.iter().any(|unit| unit.kind == kind), "{kind:?}");
        }
        assert!(world.developments.len() >= 5);
        assert!(world.units.iter().any(|unit| unit.is_archived));
        assert!(world.units.iter().any(|unit| unit.hides_address));
        assert!(world.units.iter().any(|unit| !unit.is_rental));
    }
}

#[test]
fn people_have_every_role_and_status() {
    for world in worlds() {
        for role in [Role::Owner, Role::Tenant, Role::Buyer, Role::Notary] {
            let mut roles = world.units.iter().flat_map(|unit| &unit.people);
            assert!(
                roles.any(|(its, person)| *its == role && world.person(*person).is_some()),
                "{role:?}"
            );
        }
        let statuses: HashSet<_> = world.people.iter().map(|person| person.status).collect();
        assert_eq!(statuses.len(), world.contact_statuses.len());
        assert!(world.people.iter().any(|person| person.emails.is_empty()));
        let mut mailboxes = HashMap::<_, usize>::new();
        for email in world
            .people
            .iter()
            .filter_map(|person| person.emails.first())
        {
            *mailboxes.entry(email).or_default() += 1;
        }
        assert!(
            mailboxes.values().any(|people| *people > 1),
            "a shared mailbox"
        );
    }
}

/// Where a unit stands, as the matching of addresses sees it.
fn address(unit: &Unit) -> (&str, &str, &str) {
    (
        &unit.place.postal_code,
        &unit.place.street,
        &unit.place.house_number,
    )
}

#[test]
fn each_clue_to_a_unit_is_laid_and_leads_where_it_says() {
    for world in worlds() {
        let mut times = HashMap::<_, usize>::new();
        for handover in &world.handovers {
            *times.entry(format!("{:?}", handover.clue)).or_default() += 1;
            let unit = handover.unit.and_then(|id| world.unit(id));
            let neighbours = |unit: &Unit| {
                world
                    .units
                    .iter()
                    .filter(|other| address(other) == address(unit))
                    .count()
            };
            let alike = |unit: &Unit| {
                let same = |other: &&Unit| {
                    address(other) == address(unit) && other.designation == unit.designation
                };
                world.units.iter().filter(same).count()
            };
            let carried = |id: &str| {
                world
                    .units
                    .iter()
                    .filter(|unit| unit.deeprent_object.as_deref() == Some(id))
                    .count()
            };
            let is_stored = handover.clue == Clue::StoredObject;
            assert_eq!(carried(&handover.object_id), usize::from(is_stored));
            match handover.clue {
                Clue::StoredObject => {
                    let stored = unit.unwrap().deeprent_object.as_ref();
                    assert_eq!(stored, Some(&handover.object_id));
                }
                Clue::Designation => {
                    let unit = unit.unwrap();
                    let designation = unit
                        .designation
                        .as_ref()
                        .unwrap()
                        .replace(' ', "")
                        .to_lowercase();
                    let name = handover.object_name.replace(' ', "").to_lowercase();
                    assert!(name.starts_with(&designation));
                    assert!(neighbours(unit) > 1 && alike(unit) == 1);
                }
                Clue::Address => assert_eq!(neighbours(unit.unwrap()), 1),
                Clue::SharedAddress => {
                    assert!(neighbours(unit.unwrap()) > 1);
                    assert!(!handover.object_name.contains("WE"));
                }
                Clue::Twins => assert_eq!(alike(unit.unwrap()), 2),
                Clue::Nowhere => assert!(unit.is_none()),
            }
        }
        assert_eq!(times.len(), 6, "{times:?}");
    }
}

#[test]
fn handovers_are_sorted_and_hold_the_odd_ones() {
    for world in worlds() {
        let handovers = &world.handovers;
        let age = |at: usize| (handovers[at].created_at, &handovers[at].id);
        assert!((1..handovers.len()).all(|at| age(at - 1) > age(at)));
        assert!(
            (1..handovers.len()).any(|at| age(at - 1).0 == age(at).0),
            "equal instants"
        );
        assert!(
            handovers
                .iter()
                .any(|handover| handover.deleted_at.is_some())
        );
        assert!(handovers.iter().any(|handover| !handover.has_pdf));
        let once = |holds: &dyn Fn(&super::super::Handover) -> bool| {
            handovers.iter().filter(|handover| holds(handover)).count() == 1
        };
        assert!(once(&|handover| handover.cause == "Vorabnahme"));
        assert!(once(
            &|handover| handover.object_type == "REALESTATE_COMMERCIAL_KIOSK"
        ));
        assert!(once(&|handover| handover
            .people
            .iter()
            .any(|person| person.role == "CARETAKER")));
        let is_strange = Some("MX");
        assert!(once(&|handover| {
            handover
                .people
                .iter()
                .any(|person| person.salutation.as_deref() == is_strange)
        }));
        let address = |line: &str| line.contains("str.") || line.contains("STRASSE");
        assert!(
            handovers
                .iter()
                .any(|handover| address(&handover.address_line))
        );
    }
}

#[test]
fn deals_come_in_every_state_and_each_reference_once() {
    for world in worlds() {
        let has = |holds: &dyn Fn(&super::super::Deal) -> bool| world.deals.iter().any(holds);
        for status in ["open", "closed", "deleted"] {
            assert!(has(&|deal| deal.status == status), "{status}");
        }
        for scale in ["none", "thousands", "millions", "billions"] {
            assert!(
                has(&|deal| deal
                    .price
                    .as_ref()
                    .is_some_and(|price| price.scale == scale)),
                "{scale}"
            );
        }
        for stage in [
            "property_added",
            "drafting",
            "published",
            "verified",
            "communicated",
        ] {
            assert!(has(&|deal| deal.teaser_stage == Some(stage)), "{stage}");
        }
        assert!(has(&|deal| deal.teaser_stage.is_none()));
        let ends = |deal: &super::super::Deal| {
            let range = deal.price_range.as_ref();
            range.map(|range| (range.min.is_some(), range.max.is_some()))
        };
        for open_ended in [(false, true), (true, false)] {
            assert!(has(&|deal| ends(deal) == Some(open_ended)));
        }
        assert!(has(&|deal| deal.references.is_empty()));
        let mut seen = HashSet::new();
        let references = world.deals.iter().flat_map(|deal| &deal.references);
        for reference in references {
            assert!(
                seen.insert((&reference.namespace, &reference.id)),
                "{reference:?} twice"
            );
        }
        let named = |namespace: &str| seen.iter().filter(|(its, _)| *its == namespace).count();
        assert!(named("propstack") >= 5 && named("propstack-project") >= 2);
        for namespace in ["propstack", "deeprent"] {
            let mut references = world
                .profiles
                .iter()
                .flat_map(|profile| &profile.references);
            assert!(
                references.any(|reference| reference.namespace == namespace),
                "{namespace}"
            );
        }
    }
}

#[test]
fn investors_are_tied_to_contacts_by_reference_by_mail_or_not_at_all() {
    for world in worlds() {
        let mails: HashSet<_> = world
            .people
            .iter()
            .flat_map(|person| &person.emails)
            .collect();
        let mut taken = HashSet::new();
        let (mut by_reference, mut by_mail, mut unknown) = (0, 0, 0);
        for investor in world
            .investors
            .iter()
            .filter(|investor| !investor.is_company)
        {
            let email = investor.email.as_ref().map(|email| email.to_lowercase());
            assert!(
                email
                    .as_ref()
                    .is_none_or(|email| taken.insert(email.clone()))
            );
            let reference = investor
                .references
                .iter()
                .find(|its| its.namespace == "propstack");
            match (reference, email) {
                (Some(reference), _) => {
                    assert!(world.person(reference.id.parse().unwrap()).is_some());
                    by_reference += 1;
                }
                (None, Some(email)) if mails.contains(&email) => by_mail += 1,
                _ => unknown += 1,
            }
        }
        assert!(
            by_reference >= 10 && by_mail >= 5 && unknown >= 10,
            "{by_reference} {by_mail} {unknown}"
        );
        let written_otherwise = |email: &String| email != &email.to_lowercase();
        assert!(
            world
                .investors
                .iter()
                .any(|investor| investor.email.as_ref().is_some_and(written_otherwise))
        );
    }
}

#[test]
fn bids_are_unique_within_a_deal_and_of_both_origins() {
    for world in worlds() {
        let mut seen = HashSet::new();
        for bid in &world.bids {
            assert!(world.deal(bid.deal).is_some());
            let is_firm = bid.person.is_none();
            let investor = bid.person.or(bid.company).unwrap();
            assert!(world.investor(is_firm, investor).is_some());
            assert!(seen.insert((bid.deal, is_firm, investor)), "{bid:?} twice");
        }
        assert!(world.bids.iter().any(|bid| bid.teaser_accepted.is_some()));
        assert!(world.bids.iter().any(|bid| bid.teaser_deadline.is_none()));
        assert!(world.bids.iter().any(|bid| bid.deleted_at.is_some()));
        assert!(world.bids.iter().any(|bid| !bid.references.is_empty()));
        let instants: HashSet<_> = world.bids.iter().map(|bid| bid.updated_at).collect();
        assert!(instants.len() < world.bids.len(), "equal instants");
    }
}

#[test]
fn the_first_rows_answer_a_walk_through_all_three_systems() {
    for world in worlds() {
        let portfolio = &world.deals[0];
        let development = &world.developments[0];
        assert_eq!(portfolio.references[0].namespace, "propstack-project");
        assert_eq!(portfolio.references[0].id, development.id.to_string());
        for unit in &world.units[..18] {
            assert_eq!(unit.development, Some(development.id));
            assert!(unit.is_rental && !unit.is_archived);
            for role in [Role::Owner, Role::Tenant] {
                assert!(unit.people.iter().any(|(its, _)| *its == role));
            }
            assert!(world.documents_of(DocumentOwner::Unit(unit.id)).count() >= 2);
            let object = unit.deeprent_object.as_ref().unwrap();
            let mut handovers = world.handovers.iter();
            assert!(handovers.any(|its| &its.object_id == object && its.deleted_at.is_none()));
        }
        let filed = |unit: &Unit| {
            let mut documents = world.documents_of(DocumentOwner::Unit(unit.id));
            documents.any(|document| document.handover.is_some())
        };
        assert!(world.units[..18].iter().filter(|unit| filed(unit)).count() >= 5);
        let known = world
            .bids
            .iter()
            .filter(|bid| bid.deal == portfolio.id)
            .filter(|bid| {
                let investor =
                    world.investor(bid.person.is_none(), bid.person.or(bid.company).unwrap());
                investor
                    .unwrap()
                    .references
                    .iter()
                    .any(|its| its.namespace == "propstack")
            });
        assert!(known.count() >= 5);
    }
}

#[test]
fn nothing_happens_later_than_today_and_changes_follow_creation() {
    for world in worlds() {
        let mut spans = Vec::new();
        spans.extend(
            world
                .developments
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .units
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .people
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .documents
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .handovers
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .deals
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .profiles
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .investors
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        spans.extend(
            world
                .bids
                .iter()
                .map(|its| (its.created_at, its.updated_at)),
        );
        for (created, updated) in spans {
            assert!(
                created <= updated && updated <= today(),
                "{created} {updated}"
            );
        }
    }
}
