//! Protocols: deep.rent can neither look one up nor select, so its list is read, once per request.

use std::{collections::HashMap, sync::Arc};

use super::{
    Error, Sources,
    list::Once,
    page::{Source, Stretch},
    reads::{reads, record},
    walk::Walk,
};
use crate::{
    cache::Depth,
    identity::{email, place::Place, protocol as identity},
    model::{Match, Property, Protocol, ProtocolFilter, ProtocolId, System},
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
    directory: Once<Directory>,
}

impl Sources {
    /// One protocol, reading the list as far as needed.
    pub async fn find_protocol(&self, id: &ProtocolId) -> Result<Option<Arc<Protocol>>, Error> {
        if let Some(known) = self.reader.known(id, Depth::Flat) {
            return Ok(known);
        }
        let read = |cursor| self.read_protocols(cursor);
        let is_it = |protocol: &Arc<Protocol>| protocol.id == *id;
        self.protocols
            .walk
            .find(MOST_PAGES, TOO_LONG, read, is_it)
            .await
    }

    /// All protocols, in order and by what they can be found by.
    pub async fn protocol_directory(&self) -> Result<&Directory, Error> {
        let read = || async {
            let read = |cursor| self.read_protocols(cursor);
            Ok(Directory::new(
                self.protocols.walk.all(MOST_PAGES, TOO_LONG, read).await?,
            ))
        };
        self.protocols.directory.get(read).await
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

/// All protocols by what links them to other systems.
#[derive(Debug)]
pub struct Directory {
    /// Newest first.
    pub protocols: Vec<Arc<Protocol>>,
    by_object: HashMap<String, Vec<usize>>,
    by_place: HashMap<Place, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
}

impl Directory {
    fn new(protocols: Vec<Arc<Protocol>>) -> Self {
        let (mut by_object, mut by_place, mut by_email) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for (index, protocol) in protocols.iter().enumerate() {
            if let Some(id) = &protocol.object.id {
                by_object
                    .entry(id.key().to_owned())
                    .or_insert_with(Vec::new)
                    .push(index);
            }
            if let Some(place) = identity::place_of_object(&protocol.object) {
                by_place.entry(place).or_insert_with(Vec::new).push(index);
            }
            let contacts = protocol.contacts.iter().flatten();
            for address in contacts.filter_map(|contact| contact.email.as_deref()) {
                let Some(address) = email::normal_form(address) else {
                    continue;
                };
                let indices: &mut Vec<usize> = by_email.entry(address).or_default();
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
        }
        Self {
            protocols,
            by_object,
            by_place,
            by_email,
        }
    }

    /// The protocols of a property with the reason for each, newest first.
    pub fn of_property(&self, property: &Property) -> Vec<(Match, Arc<Protocol>)> {
        let indices = match identity::object_of(property) {
            Some(object) => self.by_object.get(object),
            None => identity::place_of(property).and_then(|place| self.by_place.get(&place)),
        };
        self.rows(indices)
            .filter_map(|protocol| {
                let found = identity::match_object(property, &protocol.object)?;
                Some((found, Arc::clone(protocol)))
            })
            .collect()
    }

    /// The protocols that name one of these e-mail addresses, newest first.
    pub fn of_emails(&self, addresses: &[String]) -> Vec<Arc<Protocol>> {
        let mut indices: Vec<usize> = addresses
            .iter()
            .filter_map(|address| self.by_email.get(&email::normal_form(address)?))
            .flatten()
            .copied()
            .collect();
        indices.sort_unstable();
        indices.dedup();
        self.rows(Some(&indices)).cloned().collect()
    }

    fn rows<'a>(
        &'a self,
        indices: Option<&'a Vec<usize>>,
    ) -> impl Iterator<Item = &'a Arc<Protocol>> {
        indices
            .into_iter()
            .flatten()
            .map(|index| &self.protocols[*index])
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
