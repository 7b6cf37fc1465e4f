//! Developments, properties and contacts.
//!
//! Properties are read expanded: with documents, relationships and broker. Pages are counted, so a row
//! that is deleted during a walk moves those behind it, and one of them is not met. When a walk has met
//! fewer properties than there are, and in each delta, all ids are walked through, flat: what is not
//! known is read by id, and what is known but not met is looked for once more before it is taken to
//! be gone.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use futures_util::future::try_join_all;

use super::{Bite, Step, Stop, Walk, unread};
use crate::{
    index::contact_key,
    model::{Contact, ContactId, Property, PropertyId, RecordKind},
    store::Entry,
    upstream::propstack::{Archived, Client, ContactsQuery, Form, UnitsQuery},
};

/// Expanded units are 33 kB each.
const EXPANDED: u32 = 100;
/// The most that Propstack recommends.
const FLAT: u32 = 500;
/// Ids of one look-up.
const IDS: usize = 50;
/// Look-ups at the same time.
const AT_ONCE: usize = 2;

pub(super) async fn developments(step: &Step<'_>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let rows = client.list_developments().await.map_err(unread)?;
    let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
    Ok(Bite {
        total: Some(rows.len() as u64),
        sweeps: true,
        ..Bite::of(&rows, step.now())
    })
}

pub(super) async fn properties(step: &Step<'_>, page: Option<u32>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let number = page.unwrap_or(1);
    let query = UnitsQuery {
        form: Form::Expanded,
        page: number,
        per: EXPANDED,
        archived: Archived::Included,
        updated_since: step.since,
        ..UnitsQuery::default()
    };
    let page = client.list_units(&query).await.map_err(unread)?;
    let flaws = step.left_out();
    // Rows that were left out were sent.
    let is_full = page.received + flaws.len() == EXPANDED as usize;
    let bite = kept(step, &page.rows);
    Ok(Bite {
        flaws,
        total: page.total.filter(|_| step.since.is_none()),
        ..bite.next_at(is_full.then_some(number + 1))
    })
}

/// What is kept of properties. Those that are not in use are kept for what is linked to them; nobody
/// finds them by a search, and they are counted apart.
fn kept(step: &Step<'_>, rows: &[Arc<Property>]) -> Bite {
    let (active, inactive): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.is_active);
    let newest = rows.iter().filter_map(|row| row.updated_at).max();
    Bite {
        inactive: inactive.len(),
        parts: Bite::of(inactive, step.now()).entries,
        seen: rows.len(),
        newest: newest.map(|at| at.0),
        ..Bite::of(active, step.now())
    }
}

pub(super) async fn property_ids(step: &Step<'_>, page: Option<u32>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let store = step.work.jobs.tenants.store();
    let (place, kind) = (step.place, RecordKind::Property);
    let number = page.unwrap_or(1);
    let mut bite = Bite::default();
    let mut is_end = true;
    // The walk before has met all of them.
    if !step.is_whole {
        let query = UnitsQuery {
            page: number,
            per: FLAT,
            archived: Archived::Included,
            ..UnitsQuery::default()
        };
        let page = client.list_units(&query).await.map_err(unread)?;
        // Those that cannot be read were told before.
        is_end = page.received + step.left_out().len() < FLAT as usize;
        let ids: Vec<_> = page
            .rows
            .iter()
            .map(|row| row.id.key().to_owned())
            .collect();
        let seen = store.see_index_entries(place, kind, &ids, step.now());
        let seen: HashSet<String> = seen.await?.into_iter().collect();
        let missing: Vec<_> = ids.iter().filter(|id| !seen.contains(*id)).collect();
        let missing: Vec<_> = missing.into_iter().map(PropertyId::new).collect();
        for ids in missing.chunks(IDS) {
            let read = client.list_units_by_id(ids, Form::Expanded).await;
            let found = kept(step, &read.map_err(unread)?);
            bite.entries.extend(found.entries);
            bite.parts.extend(found.parts);
            bite.newest = bite.newest.max(found.newest);
        }
    }
    if is_end {
        confirm_gone(step, &client).await?;
        bite.sweeps = true;
    }
    Ok(bite.next_at((!is_end).then_some(number + 1)))
}

/// Looks once more for properties that no walk has met, lest one is taken to be gone whose row was
/// moved to a page that had been read.
async fn confirm_gone(step: &Step<'_>, client: &Client) -> Result<(), Stop> {
    let store = step.work.jobs.tenants.store();
    let (place, kind) = (step.place, RecordKind::Property);
    let unmet = store.list_unseen_index_ids(place, kind, step.began);
    let unmet: Vec<_> = unmet.await?.into_iter().map(PropertyId::new).collect();
    let chunks: Vec<_> = unmet.chunks(IDS).collect();
    for chunks in chunks.chunks(AT_ONCE) {
        let looks = chunks
            .iter()
            .map(|ids| client.list_units_by_id(ids, Form::Flat));
        let found = try_join_all(looks).await.map_err(unread)?;
        let found = found.iter().flatten();
        let found: Vec<_> = found.map(|row| row.id.key().to_owned()).collect();
        store
            .see_index_entries(place, kind, &found, step.now())
            .await?;
    }
    Ok(())
}

/// All of them each time: their list has no short form, so one walk finds what has changed as well as
/// what is gone. Those that are archived are walked through by themselves, for their rows do not say so;
/// like properties that are not in use, they are kept for what is linked to them.
pub(super) async fn contacts(step: &Step<'_>, page: Option<u32>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let number = page.unwrap_or(1);
    let is_archived = step.walk == Walk::ArchivedContacts;
    let query = ContactsQuery {
        page: number,
        per: FLAT,
        archived: if is_archived {
            Archived::Only
        } else {
            Archived::Excluded
        },
        ..ContactsQuery::default()
    };
    let page = client.list_contacts(&query).await.map_err(unread)?;
    let flaws = step.left_out();
    let is_full = page.received + flaws.len() == FLAT as usize;
    // The page before may not be kept yet.
    let store = step.work.jobs.tenants.store();
    let ids: Vec<_> = page
        .rows
        .iter()
        .map(|row| row.id.key().to_owned())
        .collect();
    store
        .see_index_entries(step.place, RecordKind::Contact, &ids, step.now())
        .await?;
    let bite = match is_archived {
        false => Bite {
            total: page.total,
            ..Bite::of(&page.rows, step.now())
        },
        true => {
            let archived = page.rows.iter().map(|row| {
                let is_archived = true;
                let row = Contact::clone(row);
                Arc::new(Contact { is_archived, ..row })
            });
            let archived: Vec<_> = archived.collect();
            Bite {
                seen: archived.len(),
                inactive: archived.len(),
                parts: Bite::of(&archived, step.now()).entries,
                ..Bite::default()
            }
        }
    };
    let mut bite = Bite { flaws, ..bite };
    if is_archived && !is_full {
        let gone = gone_contacts(step, &client).await?;
        let tied = properties_of(step, &client, &gone).await?;
        bite.parts.extend(tied);
        bite.sweeps = true;
    }
    Ok(bite.next_at(is_full.then_some(number + 1)))
}

/// Contacts that no walk has met and that are not there when looked for once more, as in
/// [`confirm_gone`], but one by one: they cannot be looked up together.
async fn gone_contacts(step: &Step<'_>, client: &Client) -> Result<Vec<ContactId>, Stop> {
    let store = step.work.jobs.tenants.store();
    let (place, kind) = (step.place, RecordKind::Contact);
    let unmet = store.list_unseen_index_ids(place, kind, step.began);
    let unmet = unmet.await?;
    let mut gone: Vec<_> = unmet.into_iter().map(ContactId::new).collect();
    let mut found = HashSet::new();
    for ids in gone.chunks(AT_ONCE) {
        let looks = ids.iter().map(|id| client.find_contact(id));
        let rows = try_join_all(looks).await.map_err(unread)?;
        found.extend(rows.into_iter().flatten().map(|row| row.id));
    }
    gone.retain(|id| !found.contains(id));
    let found: Vec<_> = found.iter().map(|id| id.key().to_owned()).collect();
    store
        .see_index_entries(place, kind, &found, step.now())
        .await?;
    Ok(gone)
}

/// The properties that contacts were tied to, as they are now: Propstack does not call a property
/// changed when somebody who is tied to it goes.
async fn properties_of(
    step: &Step<'_>,
    client: &Client,
    contacts: &[ContactId],
) -> Result<Vec<Entry>, Stop> {
    let keys: Vec<_> = contacts.iter().map(contact_key).collect();
    let tied = step
        .index
        .list_by_key::<Property>(&keys)
        .await
        .map_err(unread)?;
    let ids: BTreeSet<_> = tied
        .into_values()
        .flatten()
        .map(|row| row.id.clone())
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut entries = Vec::new();
    for ids in ids.chunks(IDS) {
        let rows = client.list_units_by_id(ids, Form::Expanded).await;
        let found = kept(step, &rows.map_err(unread)?);
        entries.extend(found.entries);
        entries.extend(found.parts);
    }
    Ok(entries)
}
