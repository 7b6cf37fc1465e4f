//! Protocols, newest first.
//!
//! deep.rent tells no changes: a delta reads up to the first protocol that is known. Whatever changes or
//! goes later is found by the next full import.

use super::{Bite, Step, Stop, unread};
use crate::{
    model::RecordKind,
    upstream::deeprent::{Client, Cursor, LARGEST_PAGE},
};

pub(super) async fn protocols(step: &Step<'_>, after: Option<Cursor>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let page = client
        .list_protocols(LARGEST_PAGE, after.as_ref(), true)
        .await;
    let page = page.map_err(unread)?;
    let bite = Bite::of(&page.rows, step.now());
    if !step.is_delta {
        let is_end = page.next.is_none();
        return Ok(Bite {
            sweeps: is_end,
            ..bite.next_at(page.next)
        });
    }
    let store = step.work.jobs.tenants.store();
    let ids: Vec<String> = bite.entries.iter().map(|entry| entry.id.clone()).collect();
    let known = store.list_index_entries(step.place, RecordKind::Protocol, &ids);
    let is_met = !known.await?.is_empty();
    Ok(bite.next_at(page.next.filter(|_| !is_met)))
}
