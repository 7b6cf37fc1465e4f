//! What the matching sees in addresses and names, held against the truth of the sandbox's world.

use hausgraph::{
    identity::{designation::Designation, place::Place},
    model::Address,
    sandbox::world::{Clue, World},
};

use crate::support::morning;

fn door(address: Address, postal_code: &str) -> Option<Place> {
    Place::of(&Address {
        postal_code: Some(postal_code.to_owned()),
        country_code: Some("DE".parse().unwrap()),
        ..address
    })
}

#[test]
fn doors_and_designations_tell_what_each_clue_promises() {
    for seed in [1, 2, 7] {
        let world = World::generate(1_000, seed, morning());
        for handover in &world.handovers {
            let Some(unit) = handover.unit.and_then(|id| world.unit(id)) else {
                continue;
            };
            let known = Address {
                street: Some(unit.place.street.clone()),
                house_number: Some(unit.place.house_number.clone()),
                ..Address::default()
            };
            let typed = Address {
                line1: Some(handover.address_line.clone()),
                ..Address::default()
            };
            let known = door(known, &unit.place.postal_code);
            let line = &handover.address_line;
            assert!(known.is_some(), "{line}");
            assert_eq!(known, door(typed, &handover.postal_code), "{line}");

            let known = unit.designation.as_deref().and_then(Designation::find);
            let typed = Designation::find(&handover.object_name);
            let name = &handover.object_name;
            match handover.clue {
                Clue::StoredObject | Clue::Designation | Clue::Twins => {
                    assert!(known.is_some(), "{name}");
                    assert_eq!(known, typed, "{name}");
                }
                Clue::Address => assert_eq!((known, typed), (None, None), "{name}"),
                Clue::SharedAddress => assert!(known.is_some() && typed.is_none(), "{name}"),
                Clue::Nowhere => panic!("nowhere has no unit"),
            }
        }
    }
}
