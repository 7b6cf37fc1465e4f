//! Protocols: deep.rent can neither look one up nor select. Where all of them are in the index, only
//! what is newer is read; else the whole list, once per request.

use std::{collections::HashMap, sync::Arc};

use super::{
    Error, Sources,
    batch::Batch,
    fallback::Listed,
    keyed::Keyed,
    list::Once,
    page::{Source, Stretch},
    reads::{reads, record},
    walk::Walk,
};
use crate::{
    cache::Depth,
    identity::email,
    model::{Freshness, Protocol, ProtocolFilter, ProtocolId, RecordKind, System},
    store::Key,
    upstream::deeprent::{Client, Cursor, LARGEST_PAGE, Page},
};

record!(Protocol, Protocol, ProtocolId);

reads! {
    Client, Protocol;

    /// One page of protocols.
    ListProtocols { limit: u32, cursor: Option<Cursor>, include_deleted: bool } -> Page,
    "list_protocols", |client| {
        client.list_protocols(limit, cursor.as_ref(), include_deleted).await
    };
}

/// How many pages one request reads; beyond, only an index can answer.
pub const MOST_PAGES: usize = 50;

/// The organisation's protocols as far as this request has read them, deleted ones among them.
#[derive(Debug, Default)]
pub struct Protocols {
    walk: Walk<Arc<Protocol>, Cursor>,
    directory: Once<Keyed<Protocol>>,
    newer: Once<Keyed<Protocol>>,
}

impl Sources {
    /// One protocol: from the index where that has it, else reading the list as far as needed.
    pub async fn find_protocol(&self, id: &ProtocolId) -> Result<Option<Arc<Protocol>>, Error> {
        if let Some(known) = self.reader.known(id, Depth::Flat) {
            return Ok(known);
        }
        if self.is_indexed(RecordKind::Protocol).await? {
            let found = self.index.find::<Protocol>(id).await?;
            if found.is_some() {
                return Ok(found);
            }
            let newer = self.newer_protocols().await?;
            let mut newer = newer.records.iter();
            return Ok(newer.find(|protocol| protocol.id == *id).cloned());
        }
        let read = |cursor| self.read_protocols(cursor);
        let is_it = |protocol: &Arc<Protocol>| protocol.id == *id;
        self.protocols
            .walk
            .find(MOST_PAGES, TOO_LONG, read, is_it)
            .await
    }

    /// All protocols, by what they can be found by.
    async fn protocol_directory(&self) -> Result<&Keyed<Protocol>, Error> {
        let read = || async {
            let read = |cursor| self.read_protocols(cursor);
            Ok(Keyed::new(
                self.protocols.walk.all(MOST_PAGES, TOO_LONG, read).await?,
            ))
        };
        self.protocols.directory.get(read).await
    }

    /// What is newer than all that the index has: the list up to the first protocol that it knows.
    /// Nothing while deep.rent is down.
    async fn newer_protocols(&self) -> Result<&Keyed<Protocol>, Error> {
        let read = || async {
            let (mut rows, mut cursor) = (Vec::new(), None);
            loop {
                let (page, next) = match self.read_protocols(cursor).await {
                    Ok(read) => read,
                    Err(error) if error.is_outage() => {
                        self.reader.trace().serve_stale(Freshness::OF_INDEX);
                        break;
                    }
                    Err(error) => return Err(error),
                };
                let ids: Vec<_> = page.iter().map(|protocol| protocol.id.clone()).collect();
                let is_met = !self.index.list::<Protocol>(&ids).await?.is_empty();
                rows.extend(page);
                cursor = next;
                if is_met || cursor.is_none() {
                    break;
                }
            }
            Ok(Keyed::new(rows))
        };
        self.protocols.newer.get(read).await
    }

    async fn read_protocols(
        &self,
        cursor: Option<Cursor>,
    ) -> Result<(Vec<Arc<Protocol>>, Option<Cursor>), Error> {
        let read = ListProtocols {
            limit: LARGEST_PAGE,
            cursor,
            include_deleted: true,
        };
        let page = self.reader.read(read).await?;
        Ok((page.rows.clone(), page.next.clone()))
    }
}

const TOO_LONG: Error = Error::TooLong(System::DeepRent);

/// Protocols that have a key, newest first, deleted ones among them.
pub struct ByKey(pub Arc<Sources>);

impl Batch for ByKey {
    type Key = Key;
    type Value = Vec<Arc<Protocol>>;

    async fn load(&self, keys: Vec<Key>) -> HashMap<Key, Result<Self::Value, Error>> {
        let found = self.find(&keys).await;
        keys.into_iter()
            .map(|key| {
                let of_key = found.as_ref().map_err(Clone::clone);
                let of_key = of_key.map(|found| found.get(&key).cloned().unwrap_or_default());
                (key, of_key)
            })
            .collect()
    }
}

impl ByKey {
    async fn find(&self, keys: &[Key]) -> Result<HashMap<Key, Vec<Arc<Protocol>>>, Error> {
        let sources = &self.0;
        let (directory, mut indexed) = if sources.is_indexed(RecordKind::Protocol).await? {
            let newer = sources.newer_protocols().await?;
            (newer, sources.index.list_by_key::<Protocol>(keys).await?)
        } else {
            (sources.protocol_directory().await?, HashMap::new())
        };
        let merged = keys.iter().map(|key| {
            let mut of_key: Vec<_> = directory.of(key).cloned().collect();
            let known = indexed.remove(key).unwrap_or_default().into_iter();
            // What was read just now may have lost the key.
            let is_read = |protocol: &Arc<Protocol>| {
                directory.records.iter().any(|read| read.id == protocol.id)
            };
            of_key.extend(known.filter(|protocol| !is_read(protocol)));
            (key.clone(), of_key)
        });
        Ok(merged.collect())
    }
}

/// Whether a filter keeps a protocol, its property apart. deep.rent can select by none of it.
pub fn selects(filter: &ProtocolFilter, protocol: &Protocol) -> bool {
    let is_cause = filter
        .cause
        .is_none_or(|cause| protocol.cause == Some(cause));
    let has_tag = filter
        .tags
        .as_ref()
        .is_none_or(|tags| protocol.tags.iter().any(|tag| tags.contains(tag)));
    let is_since = filter
        .created_since
        .is_none_or(|since| protocol.created_at >= since);
    let is_before = filter
        .created_before
        .is_none_or(|before| protocol.created_at < before);
    let is_alive = filter.include_deleted || protocol.deletion.is_none();
    let names = |address: &String| {
        let wanted = email::normal_form(address);
        let mut present = protocol
            .contacts
            .iter()
            .flatten()
            .flat_map(|contact| &contact.email);
        wanted.is_some() && present.any(|address| email::normal_form(address) == wanted)
    };
    let is_named = filter.contact_email.as_ref().is_none_or(names);
    is_cause && has_tag && is_since && is_before && is_alive && is_named
}

/// All protocols, newest first; what deep.rent cannot select is filtered by whoever reads.
pub struct Listing {
    /// Where they are read.
    pub sources: Arc<Sources>,
    /// Deleted ones as well.
    pub include_deleted: bool,
}

impl Source for Listing {
    type Row = Arc<Protocol>;
    /// deep.rent's cursor names a row, so the list resumes behind any.
    type Position = Cursor;

    async fn read(
        &self,
        after: Option<&Cursor>,
        count: u32,
    ) -> Result<Stretch<Arc<Protocol>, Cursor>, Error> {
        let read = ListProtocols {
            limit: count.min(LARGEST_PAGE),
            cursor: after.cloned(),
            include_deleted: self.include_deleted,
        };
        let page = self.sources.reader.read(read).await?;
        let has_more = page.next.is_some();
        let rows: Vec<_> = page
            .rows
            .iter()
            .map(|protocol| (Cursor::after(protocol), Arc::clone(protocol)))
            .collect();
        let end = (page.next.clone()).or_else(|| rows.last().map(|(cursor, _)| cursor.clone()));
        Ok(Stretch {
            rows,
            has_more,
            end,
            total: None,
        })
    }
}

impl Listed for Listing {
    type Record = Protocol;

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn is_told(&self) -> bool {
        !self.include_deleted
    }

    fn has(&self, _: &Protocol) -> bool {
        true
    }
}
