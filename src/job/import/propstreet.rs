//! Projects with their prospects, profiles and investors.
//!
//! Its lists are ordered by the last change and tell deletions, so a delta reads what has changed and
//! nothing else; prospects are listed by project, which takes a call for each.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;

use super::{Bite, Step, Stop, unread};
use crate::{
    index::{Indexed, entry_at, investor_key, project_key},
    model::{Investor, ProjectId, Prospect, RecordKind},
    store::Key,
    upstream::propstreet::{
        ChangesQuery, Client, LARGEST_PAGE, Page, ProjectsQuery, ProspectsQuery,
    },
};

/// Projects whose prospects are read at the same time.
const AT_ONCE: usize = 8;

/// What a page of a list brings.
fn bite<T: Indexed>(step: &Step<'_>, page: Page<Arc<T>>) -> Bite {
    let newest = page.rows.iter().map(|row| row.version()).max();
    let newest = newest.filter(|micros| *micros > 0);
    let is_end = page.next.is_none();
    Bite {
        newest: newest.and_then(DateTime::from_timestamp_micros),
        sweeps: is_end && step.since.is_none(),
        ..Bite::of(&page.rows, step.now()).next_at(page.next)
    }
}

pub(super) async fn projects(step: &Step<'_>, cursor: Option<String>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let query = ProjectsQuery {
        updated_since: step.since,
        include_deleted: true,
        ..ProjectsQuery::default()
    };
    let page = client
        .list_projects(&query, cursor.as_deref(), LARGEST_PAGE)
        .await;
    let page = page.map_err(unread)?;
    let gone = page
        .rows
        .iter()
        .filter(|project| project.deleted_at.is_some());
    let gone_parts = gone.map(|project| prospects_of(&project.id)).collect();
    Ok(Bite {
        gone_parts,
        ..bite(step, page)
    })
}

/// They go with their project.
fn prospects_of(project: &ProjectId) -> (RecordKind, Key) {
    (RecordKind::Prospect, project_key(project))
}

/// Those of the next projects by id.
pub(super) async fn prospects(step: &Step<'_>, after: Option<String>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let store = step.work.jobs.tenants.store();
    let after = after.unwrap_or_default();
    let projects = store.list_index_ids(step.place, RecordKind::Project, &after, AT_ONCE as u32);
    let projects = projects.await?;
    let reads = projects.iter().map(|project| {
        let project = ProjectId::new(project.clone());
        let client = &client;
        async move {
            let rows = read_prospects(client, &project, step.since).await;
            rows.map(|rows| (project, rows))
        }
    });
    let read = try_join_all(reads).await.map_err(unread)?;
    let mut rows: Vec<Arc<Prospect>> = Vec::new();
    let mut gone_parts = Vec::new();
    for (project, prospects) in read {
        match prospects {
            Some(prospects) => rows.extend(prospects),
            None => gone_parts.push(prospects_of(&project)),
        }
    }
    let is_end = projects.len() < AT_ONCE;
    let page = Page {
        rows,
        next: projects.into_iter().next_back().filter(|_| !is_end),
    };
    Ok(Bite {
        gone_parts,
        ..bite(step, page)
    })
}

/// All prospects of a project that have changed since then; `None` when the project is gone.
async fn read_prospects(
    client: &Client,
    project: &ProjectId,
    since: Option<DateTime<Utc>>,
) -> Result<Option<Vec<Arc<Prospect>>>, crate::upstream::Error> {
    let query = ProspectsQuery {
        updated_since: since,
        include_deleted: true,
        ..ProspectsQuery::default()
    };
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = client.list_prospects(project, &query, cursor.as_deref(), LARGEST_PAGE);
        let Some(page) = page.await? else {
            return Ok(None);
        };
        rows.extend(page.rows);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(Some(rows)),
        }
    }
}

pub(super) async fn profiles(step: &Step<'_>, cursor: Option<String>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let page = client
        .list_profiles(&changes(step), cursor.as_deref(), LARGEST_PAGE)
        .await;
    Ok(bite(step, page.map_err(unread)?))
}

pub(super) async fn persons(step: &Step<'_>, cursor: Option<String>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let page = client
        .list_persons(&changes(step), cursor.as_deref(), LARGEST_PAGE)
        .await;
    investors(step, page.map_err(unread)?).await
}

pub(super) async fn companies(step: &Step<'_>, cursor: Option<String>) -> Result<Bite, Stop> {
    let client: Client = step.reader.client().map_err(unread)?;
    let page = client
        .list_companies(&changes(step), cursor.as_deref(), LARGEST_PAGE)
        .await;
    investors(step, page.map_err(unread)?).await
}

/// With the prospects that changed investors are: these have their tags, and tell no change of them.
async fn investors(step: &Step<'_>, page: Page<Arc<Investor>>) -> Result<Bite, Stop> {
    let mut parts = Vec::new();
    if step.is_delta {
        let of_page = page
            .rows
            .iter()
            .filter(|investor| investor.deleted_at.is_none());
        let by_key: HashMap<Key, &Arc<Investor>> = of_page
            .map(|investor| (investor_key(&investor.id), investor))
            .collect();
        let keys: Vec<Key> = by_key.keys().cloned().collect();
        let prospects = step.index.list_by_key::<Prospect>(&keys).await;
        for (key, prospects) in prospects.map_err(unread)? {
            let tags = &by_key[&key].tags;
            let outdated = prospects
                .iter()
                .filter(|it| it.tags != *tags && it.deleted_at.is_none());
            parts.extend(outdated.map(|prospect| {
                let prospect = Prospect {
                    tags: tags.clone(),
                    ..Prospect::clone(prospect)
                };
                entry_at(&prospect, step.now())
            }));
        }
    }
    Ok(Bite {
        parts,
        ..bite(step, page)
    })
}

fn changes(step: &Step<'_>) -> ChangesQuery {
    ChangesQuery {
        updated_since: step.since,
        include_deleted: true,
    }
}
