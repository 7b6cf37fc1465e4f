//! Contacts: by id, by e-mail address, as a list, and what ties them to properties.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::{join_all, try_join_all};

use super::{
    Error, Sources,
    batch::Batch,
    fallback::{Listed, has_words},
    page::{Source, Stretch},
    property::cut,
    reads::{reads, record},
    sweep,
    window::Window,
};
use crate::{
    cache::{Depth, Whole},
    identity::email,
    model::{Contact, ContactId, ContactRelationship, Relationship},
    upstream::propstack::{Archived, Client, ContactsQuery, Page, PropertyRelationship},
};

/// Contacts a page, when the list is read instead of single contacts: the largest that was seen in
/// use for this list.
const PER_PAGE: u32 = 200;

/// Up to this many are asked for one by one without a look at the list.
const FEW: usize = 2;

fn everybody() -> ContactsQuery {
    ContactsQuery {
        per: PER_PAGE,
        archived: Archived::Included,
        ..ContactsQuery::default()
    }
}

record!(Contact, Contact, ContactId, |contact: &Contact| {
    // Rows of lists say nothing of ties.
    match contact.relationships {
        Some(_) => Depth::Full,
        None => Depth::Flat,
    }
});

/// One page of contacts.
type Contacts = Page<Arc<Contact>>;

reads! {
    Client, Contact;

    /// One contact with its ties.
    FindContact { id: ContactId } by id -> Option<Arc<Contact>>, "find_contact", |client| {
        Ok(client.find_contact(&id).await?.map(Arc::new))
    };

    /// One page of contacts.
    ListContacts { query: ContactsQuery } -> Contacts, "list_contacts", |client| {
        client.list_contacts(&query).await
    };

    /// One page of the ties between contacts and properties.
    ListRelationships { number: u32 } -> Whole<Page<PropertyRelationship>>, "list_relationships",
    |client| Ok(Whole(client.list_relationships(number, PER_PAGE).await?));
}

impl Sources {
    async fn find_contact(
        &self,
        id: &ContactId,
        least: Depth,
    ) -> Result<Option<Arc<Contact>>, Error> {
        let read = FindContact { id: id.clone() };
        self.reader.find(id, least, read).await
    }

    async fn list_contacts(&self, query: ContactsQuery) -> Result<Arc<Contacts>, Error> {
        self.reader.read(ListContacts { query }).await
    }
}

/// Contacts by id.
pub struct ById(pub Arc<Sources>);

impl sweep::Source for ById {
    type Key = ContactId;
    type Value = Arc<Contact>;
    type Cursor = u32;

    async fn find(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Error> {
        self.0.find_contact(id, Depth::Flat).await
    }

    fn known(&self, id: &ContactId) -> Option<Option<Arc<Contact>>> {
        self.0.reader.known(id, Depth::Flat)
    }

    fn recall(&self, id: &ContactId) -> Option<Option<Arc<Contact>>> {
        self.0.reader.recall(id, Depth::Flat)
    }

    async fn page(&self, cursor: Option<u32>) -> Result<sweep::PageOf<Self>, Error> {
        let number = cursor.unwrap_or(1);
        let query = ContactsQuery {
            page: number,
            ..everybody()
        };
        let page = self.0.list_contacts(query).await?;
        let is_full = page.received >= PER_PAGE as usize;
        let read = u64::from(number) * u64::from(PER_PAGE);
        let pages_left = page.total.map(|total| {
            let rows_left = total.saturating_sub(read);
            usize::try_from(rows_left.div_ceil(PER_PAGE.into())).unwrap_or(usize::MAX)
        });
        let has_more = pages_left.map_or(is_full, |pages| pages > 0) && page.received > 0;
        let rows = page
            .rows
            .iter()
            .map(|contact| (contact.id.clone(), Arc::clone(contact)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: has_more.then_some(number + 1),
            pages_left,
        })
    }
}

/// The properties that contacts are tied to: by look-up, or for many from the list of all ties.
pub struct Ties(pub Arc<Sources>);

impl Batch for Ties {
    type Key = ContactId;
    type Value = Arc<[ContactRelationship]>;

    async fn load(&self, keys: Vec<ContactId>) -> HashMap<ContactId, Result<Self::Value, Error>> {
        // The list is known from one client only, and a key may lack the right to it.
        if keys.len() > FEW
            && let Ok(Some(mut ties)) = self.list(keys.len()).await
        {
            let of = |key: ContactId| {
                let ties = ties.remove(&key).unwrap_or_default();
                (key, Ok(ties.into()))
            };
            return keys.into_iter().map(of).collect();
        }
        let found = keys.into_iter().map(|id| async {
            let ties = self.look_up(&id).await;
            (id, ties)
        });
        join_all(found).await.into_iter().collect()
    }
}

impl Ties {
    async fn look_up(&self, id: &ContactId) -> Result<Arc<[ContactRelationship]>, Error> {
        let contact = self.0.find_contact(id, Depth::Full).await?;
        let ties = contact.and_then(|contact| contact.relationships.clone());
        Ok(ties.unwrap_or_default().into())
    }

    /// All ties by contact; `None` where reading them takes more calls than `look_ups`.
    async fn list(
        &self,
        look_ups: usize,
    ) -> Result<Option<HashMap<ContactId, Vec<ContactRelationship>>>, Error> {
        let mut ties: HashMap<ContactId, Vec<ContactRelationship>> = HashMap::new();
        for number in (1..).take(look_ups) {
            let page = self.0.reader.read(ListRelationships { number }).await?;
            let page = &page.0;
            let has_more = page.received >= PER_PAGE as usize;
            for PropertyRelationship {
                property,
                relationship,
            } in page.rows.iter().cloned()
            {
                let Relationship {
                    contact,
                    role,
                    role_text,
                } = relationship;
                ties.entry(contact).or_default().push(ContactRelationship {
                    property,
                    role,
                    role_text,
                });
            }
            if !has_more {
                return Ok(Some(ties));
            }
        }
        Ok(None)
    }
}

/// Contacts by e-mail address in its normal form; several where several share one.
pub struct ByEmail(pub Arc<Sources>);

impl Batch for ByEmail {
    type Key = String;
    type Value = Vec<Arc<Contact>>;

    async fn load(&self, keys: Vec<String>) -> HashMap<String, Result<Self::Value, Error>> {
        match self.sharing(&keys).await {
            Ok(mut found) => keys
                .into_iter()
                .map(|key| {
                    let contacts = found.remove(&key).unwrap_or_default();
                    (key, Ok(contacts))
                })
                .collect(),
            Err(error) => keys
                .into_iter()
                .map(|key| (key, Err(error.clone())))
                .collect(),
        }
    }
}

impl ByEmail {
    /// All contacts of all addresses. That nobody else shares an address is known only once the
    /// whole list is read, or Propstack was asked for that very address.
    async fn sharing(&self, keys: &[String]) -> Result<HashMap<String, Vec<Arc<Contact>>>, Error> {
        let mut pages = Vec::new();
        let mut is_whole = false;
        if keys.len() > FEW {
            let first = self.0.list_contacts(everybody()).await?;
            let behind = first
                .total
                .map(|total| total.div_ceil(PER_PAGE.into()).saturating_sub(1));
            let is_short = first.received < PER_PAGE as usize;
            let behind = if is_short { Some(0) } else { behind };
            if let Some(behind) = behind.filter(|behind| *behind <= keys.len() as u64) {
                let rest: Vec<_> = (2..=u32::try_from(behind + 1).unwrap_or(u32::MAX))
                    .map(|page| ContactsQuery {
                        page,
                        ..everybody()
                    })
                    .collect();
                pages =
                    try_join_all(rest.into_iter().map(|query| self.0.list_contacts(query))).await?;
                pages.push(first);
                is_whole = true;
            }
        }
        if !is_whole {
            let queries: Vec<ContactsQuery> = keys
                .iter()
                .map(|key| ContactsQuery {
                    email: Some(key.clone()),
                    ..everybody()
                })
                .collect();
            pages =
                try_join_all(queries.into_iter().map(|query| self.0.list_contacts(query))).await?;
        }
        let mut found: HashMap<String, Vec<Arc<Contact>>> = HashMap::new();
        for contact in pages.iter().flat_map(|page| &page.rows) {
            let mut addresses: Vec<String> = contact
                .emails
                .iter()
                .flatten()
                .filter_map(|address| email::normal_form(address))
                .collect();
            addresses.dedup();
            for address in addresses {
                let sharing = found.entry(address).or_default();
                if sharing.iter().all(|other| other.id != contact.id) {
                    sharing.push(Arc::clone(contact));
                }
            }
        }
        Ok(found)
    }
}

/// The contacts of a query, in the order in which they were entered.
pub struct Listing {
    /// Where they are read.
    pub sources: Arc<Sources>,
    /// Which ones.
    pub query: ContactsQuery,
}

impl Source for Listing {
    type Row = Arc<Contact>;
    /// How many rows come before the next one.
    type Position = u64;

    async fn read(
        &self,
        after: Option<&u64>,
        count: u32,
    ) -> Result<Stretch<Arc<Contact>, u64>, Error> {
        let offset = after.copied().unwrap_or(0);
        let window = Window::over(offset, count);
        let query = ContactsQuery {
            page: window.page,
            per: window.per,
            ..self.query.clone()
        };
        let page = self.sources.list_contacts(query).await?;
        Ok(cut(&page, offset, window, count))
    }
}

impl Listed for Listing {
    type Record = Contact;

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn has(&self, contact: &Contact) -> bool {
        let query = &self.query;
        let email = query.email.as_deref().and_then(email::normal_form);
        let mut emails = contact.emails.iter().flatten();
        (!contact.is_archived || query.archived == Archived::Included)
            && query
                .text
                .as_ref()
                .is_none_or(|text| has_words(contact, text))
            && (query.email.is_none() || emails.any(|it| email::normal_form(it) == email))
            && (query.statuses.is_empty()
                || contact
                    .status_id
                    .as_ref()
                    .is_some_and(|it| query.statuses.contains(it)))
            && query
                .updated_since
                .is_none_or(|since| contact.updated_at.is_some_and(|at| at.0 >= since))
    }
}
