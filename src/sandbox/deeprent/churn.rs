//! Protocols are signed, change with a new version, and are softly deleted.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::instant;
use crate::sandbox::{
    Tenant,
    churn::{Churn, Ids, Kind, Report},
    world::{Handover, World, random::Random},
};

/// A deleted protocol neither changes nor is deleted again. A new one is another appointment about
/// an object that is known already.
pub(in crate::sandbox) fn churn(firm: &Tenant, churn: &Churn, now: DateTime<Utc>) -> Report {
    let world = &mut *firm.world_mut();
    let random = &mut Random::topic(churn.seed, "deeprent changes");
    let now = instant(now);

    let mut living: Vec<usize> = (0..world.handovers.len()).collect();
    living.retain(|at| world.handovers[*at].deleted_at.is_none());
    let mut draw = |count: usize, random: &mut Random| -> Vec<usize> {
        let count = count.min(living.len());
        (0..count)
            .map(|_| living.swap_remove(random.below(living.len())))
            .collect()
    };
    let deleted = draw(churn.deleted, random);
    let changed = draw(churn.changed, random);
    for at in &deleted {
        let row = touched(&mut world.handovers[*at], now);
        row.deleted_at = Some(row.updated_at);
    }
    for at in &changed {
        change(touched(&mut world.handovers[*at], now), random);
    }
    let ids = |rows: &[usize]| listed(rows.iter().map(|at| world.handovers[*at].id.clone()));
    let (deleted, changed) = (ids(&deleted), ids(&changed));
    let created = create(world, churn.created, now, random);
    Report {
        at: now,
        changed,
        deleted,
        created,
    }
}

fn listed(ids: impl Iterator<Item = String>) -> Ids {
    let ids: Vec<_> = ids.collect();
    match ids.is_empty() {
        true => Ids::new(),
        false => Ids::from([(Kind::Protocol, ids)]),
    }
}

fn touched(row: &mut Handover, now: DateTime<Utc>) -> &mut Handover {
    row.version += 1;
    row.updated_at = now.max(row.updated_at);
    row
}

fn change(row: &mut Handover, random: &mut Random) {
    match random.below(3) {
        0 => row.is_confirmed = !row.is_confirmed,
        1 => {
            row.legal_hold = match row.legal_hold {
                Some(_) => None,
                None => Some("Rechtsstreit über die Kaution".to_owned()),
            };
        }
        _ => match row.tags.iter().position(|tag| tag == "Nachtrag") {
            Some(at) => drop(row.tags.remove(at)),
            None => row.tags.push("Nachtrag".to_owned()),
        },
    }
}

fn create(world: &mut World, count: usize, now: DateTime<Utc>, random: &mut Random) -> Ids {
    if world.handovers.is_empty() {
        return Ids::new();
    }
    let mut made: Vec<Handover> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut row = random.pick(&world.handovers).clone();
        row.id = [4, 4, 4, 2, 1].map(|length| random.word(length)).join("-");
        let cause = if row.cause == "Handover" {
            "Takeback"
        } else {
            "Handover"
        };
        cause.clone_into(&mut row.cause);
        for person in &mut row.people {
            person.id = format!("c_{}", random.word(10));
        }
        row.version = 1;
        row.deleted_at = None;
        row.legal_hold = None;
        row.has_pdf = false;
        (row.created_at, row.updated_at) = (now, now);
        made.push(row);
    }
    let ids = listed(made.iter().map(|row| row.id.clone()));
    world.handovers.extend(made);
    // Newest first; of equal age, the greater id first.
    world.handovers.sort_by(|left, right| {
        Reverse((left.created_at, &left.id)).cmp(&Reverse((right.created_at, &right.id)))
    });
    ids
}
