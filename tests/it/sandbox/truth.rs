//! What the sandbox knows of who is who, held against what its records say.

use std::collections::{HashMap, HashSet};

use hausgraph::{
    clock::Clock,
    sandbox::{
        self, Options, Sandbox, System,
        churn::Churn,
        world::{HardCase, truth::Clue},
    },
};
use serde_json::Value;

use crate::support::{http, morning, sandbox};

async fn hard_sandbox() -> Sandbox {
    let options = Options {
        units: 2_000,
        contacts: Some(2_500),
        hard_cases: true,
        clock: Clock::stopped(morning()),
        ..Options::default()
    };
    sandbox::start(options).await.unwrap()
}

#[tokio::test]
async fn the_truth_speaks_of_every_record_once_also_by_the_control_plane() {
    let sandbox = sandbox().await;
    let truth = {
        let world = sandbox.shared.tenants[0].world();
        let truth = world.truth();

        let protocols: Vec<_> = truth.protocols.iter().map(|its| &its.id).collect();
        assert_eq!(
            protocols,
            world
                .handovers
                .iter()
                .map(|its| &its.id)
                .collect::<Vec<_>>()
        );
        let attendees: usize = world.handovers.iter().map(|its| its.people.len()).sum();
        assert_eq!(truth.attendees.len(), attendees);
        assert_eq!(truth.projects.len(), world.deals.len());
        assert_eq!(truth.profiles.len(), world.profiles.len());
        assert_eq!(truth.investors.len(), world.investors.len());
        assert_eq!(truth.prospects.len(), world.bids.len());
        truth
    };
    let url = format!("{}/__sim/truth", sandbox.access.control);
    let told: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(told, serde_json::to_value(&truth).unwrap());
    let foreign = http()
        .get(format!("{url}?firm=foreign"))
        .send()
        .await
        .unwrap();
    let foreign: Value = foreign.json().await.unwrap();
    assert_ne!(foreign["protocols"][0]["id"], told["protocols"][0]["id"]);
    let nobody = http()
        .get(format!("{url}?firm=nobody"))
        .send()
        .await
        .unwrap();
    assert_eq!(nobody.status(), 400);
}

#[tokio::test]
async fn a_usual_world_has_no_hard_case_and_a_hard_one_has_every() {
    let usual = sandbox().await;
    let usual = usual.shared.tenants[0].world().truth();
    assert!(usual.protocols.iter().all(|its| its.hard_case.is_none()));

    let hard = hard_sandbox().await;
    let world = hard.shared.tenants[0].world();
    let truth = world.truth();
    let mut met = HashMap::<_, Vec<_>>::new();
    for (told, handover) in truth.protocols.iter().zip(&world.handovers) {
        if let Some(case) = told.hard_case {
            met.entry(format!("{case:?}"))
                .or_default()
                .push((told, handover));
        }
    }
    assert_eq!(met.len(), 4, "{:?}", met.keys());
    let unit = |id: Option<u64>| world.unit(id.unwrap()).unwrap();
    for (told, handover) in met.values().flatten() {
        let unit = unit(told.unit);
        let line = format!("{} {}", unit.place.street, unit.place.house_number);
        match told.hard_case.unwrap() {
            HardCase::ObjectCode => {
                assert!(told.clues.contains(&Clue::ObjectCode));
                let texts = format!("{} {:?}", handover.object_name, handover.tags);
                assert!(texts.contains(&unit.number), "{texts}");
            }
            HardCase::OtherWord => {
                assert!(!handover.object_name.contains("WE"));
                assert!(told.clues.contains(&Clue::AddressAndDesignation));
            }
            HardCase::Typo => {
                assert_ne!(handover.address_line, line);
                assert!(!told.clues.contains(&Clue::AddressAndDesignation));
            }
            HardCase::WrongHouse => {
                let street = format!("{} ", unit.place.street);
                let number = handover.address_line.strip_prefix(&street).unwrap();
                assert_ne!(number, unit.place.house_number);
                let mut others = world.units.iter();
                assert!(others.any(|other| other.place.street == unit.place.street
                    && other.place.house_number == number
                    && other.designation == unit.designation));
            }
        }
    }
    let misled = met["WrongHouse"].len();
    assert!(
        misled * 50 < truth.protocols.len(),
        "{misled}: the rule must stay worth having"
    );

    // Somebody who reads a contact's mail and is not that contact.
    let mails: HashSet<_> = world.people.iter().flat_map(|its| &its.emails).collect();
    let reads = |email: &String| mails.contains(&email.to_lowercase());
    let strangers = truth.attendees.iter().filter(|its| its.contact.is_none());
    let relatives = strangers
        .filter(|its| its.email.as_ref().is_some_and(reads))
        .count();
    assert!(relatives > 10, "{relatives}");
    let families = truth
        .attendees
        .iter()
        .filter(|its| its.clues == [Clue::EmailAndName])
        .count();
    assert!(families > 10, "{families}");
}

#[tokio::test]
async fn every_clue_is_laid_and_some_records_carry_none() {
    let sandbox = hard_sandbox().await;
    let world = sandbox.shared.tenants[0].world();
    let truth = world.truth();
    let mut laid = HashMap::<&str, HashMap<Option<Clue>, usize>>::new();
    let mut note = |list, is_linked: bool, clues: &[Clue]| {
        let clues: Vec<_> = clues.iter().map(|clue| Some(*clue)).collect();
        assert!(is_linked || clues.is_empty(), "a clue to nothing");
        let counts = laid.entry(list).or_default();
        for clue in if clues.is_empty() && is_linked {
            vec![None]
        } else {
            clues
        } {
            *counts.entry(clue).or_default() += 1;
        }
    };
    for its in &truth.protocols {
        note("protocols", its.unit.is_some(), &its.clues);
    }
    for its in &truth.attendees {
        note("attendees", its.contact.is_some(), &its.clues);
    }
    for its in &truth.projects {
        assert!(its.unit.is_none() || its.development.is_none());
        note(
            "projects",
            its.unit.or(its.development).is_some(),
            &its.clues,
        );
    }
    for its in &truth.profiles {
        note("profiles", its.unit.is_some(), &its.clues);
    }
    for its in &truth.investors {
        note("investors", its.contact.is_some(), &its.clues);
    }
    for its in &truth.prospects {
        note("prospects", its.contact.is_some(), &its.clues);
    }
    for (list, clues) in [
        (
            "protocols",
            &[
                Clue::StoredObject,
                Clue::ObjectCode,
                Clue::FiledDocument,
                Clue::AddressAndDesignation,
                Clue::Address,
            ][..],
        ),
        ("attendees", &[Clue::Email, Clue::EmailAndName]),
        (
            "projects",
            &[Clue::Reference, Clue::LinkedProperty, Clue::Name],
        ),
        (
            "profiles",
            &[Clue::Reference, Clue::ObjectReference, Clue::Coordinates],
        ),
        ("investors", &[Clue::Reference, Clue::Email]),
        ("prospects", &[Clue::Reference, Clue::Email]),
    ] {
        let counts = &laid[list];
        for clue in clues.iter().map(|clue| Some(*clue)).chain([None]) {
            let count = counts.get(&clue).copied().unwrap_or_default();
            assert!(count >= 5, "{list}: {clue:?} {count} times");
        }
    }
    assert!(truth.protocols.iter().any(|its| its.unit.is_none()));
    assert!(truth.investors.iter().any(|its| its.contact.is_none()));
    for listing in &truth.listings {
        let designations = listing
            .iter()
            .map(|id| &world.unit(*id).unwrap().designation);
        assert_eq!(designations.collect::<HashSet<_>>().len(), 1);
    }
    assert!(truth.listings.len() > 10);
}

#[tokio::test]
async fn a_reference_names_the_record_that_the_truth_names() {
    let sandbox = hard_sandbox().await;
    let world = sandbox.shared.tenants[0].world();
    let truth = world.truth();
    for (told, deal) in truth.projects.iter().zip(&world.deals) {
        for reference in &deal.references {
            let told = match reference.namespace.as_str() {
                "propstack" => told.unit,
                "propstack-project" => told.development,
                _ => continue,
            };
            assert_eq!(told.map(|id| id.to_string()), Some(reference.id.clone()));
        }
    }
    for (told, investor) in truth.investors.iter().zip(&world.investors) {
        let mut references = investor.references.iter();
        if let Some(reference) = references.find(|its| its.namespace == "propstack") {
            assert_eq!(
                told.contact.map(|id| id.to_string()),
                Some(reference.id.clone())
            );
            assert_eq!(told.clues[0], Clue::Reference);
        }
    }
    for (told, bid) in truth.prospects.iter().zip(&world.bids) {
        let investor = bid.person.or(bid.company).unwrap();
        let backer = truth
            .investors
            .iter()
            .find(|its| its.id == investor && its.is_company == bid.person.is_none());
        assert_eq!(told.contact, backer.unwrap().contact);
    }
}

#[tokio::test]
async fn who_is_gone_is_nobody() {
    let sandbox = sandbox().await;
    let before = sandbox.shared.tenants[0].world().truth();
    let churn = Churn {
        system: System::Propstack,
        changed: 0,
        deleted: 300,
        created: 0,
        seed: 2,
        firm: Default::default(),
    };
    sandbox.shared.churn(&churn);

    let world = sandbox.shared.tenants[0].world();
    let after = world.truth();
    let mut lost = 0;
    for (before, after) in before.protocols.iter().zip(&after.protocols) {
        let is_there = before.unit.is_some_and(|id| world.unit(id).is_some());
        assert_eq!(after.unit, before.unit.filter(|_| is_there));
        assert!(is_there || after.clues.is_empty());
        lost += usize::from(before.unit != after.unit);
    }
    assert!(lost > 10, "{lost}");
    for (before, after) in before.investors.iter().zip(&after.investors) {
        let is_there = before.contact.is_some_and(|id| world.person(id).is_some());
        assert_eq!(after.contact, before.contact.filter(|_| is_there));
    }
}
