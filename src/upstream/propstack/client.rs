//! The endpoints that we read, one method each.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use url::Url;

use super::{
    ContactsQuery, Form, Page, PropertyRelationship, Resource, Settings, UnitsQuery,
    convert::{self, Converter},
    query,
    wire::{self, Envelope, Picture},
};
use crate::{
    clock::Clock,
    model::{
        Broker, Contact, ContactId, ContactStatus, Development, Document, DocumentId, Property,
        PropertyId, PropertyStatus, PropstackWebhook,
    },
    upstream::{
        Error, Scope, SettingsError, System, flaw, right,
        transport::{Answer, Budget, Transport},
    },
};

/// The most rows that Propstack puts on one page.
const LARGEST_PAGE: u32 = 500;

pub(super) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// One organisation's Propstack account. Clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) transport: Transport,
    pub(super) account: Arc<Account>,
}

#[derive(Debug)]
pub(super) struct Account {
    settings: Settings,
    /// Marked as sensitive, so they are not shown.
    pub keys: Vec<HeaderValue>,
    /// Which key was last taken for each resource.
    key_of: [AtomicUsize; Resource::ALL.len()],
    /// Which key was last taken to add a document.
    pub writing_key: AtomicUsize,
}

impl Client {
    /// A client for the account of `settings`.
    ///
    /// Errors: [`SettingsError`] when there is no key, or one that no header can carry.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SettingsError> {
        let keys = settings
            .api_keys
            .iter()
            .map(|key| {
                let mut value = HeaderValue::from_str(key.expose_secret())
                    .map_err(|_| SettingsError::UnusableKey(System::Propstack))?;
                value.set_sensitive(true);
                Ok(value)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(SettingsError::MissingKey(System::Propstack));
        }
        let transport = Transport::new(
            System::Propstack,
            clock,
            settings.limits.clone(),
            settings.reach,
        );
        let account = Account {
            settings,
            keys,
            key_of: Default::default(),
            writing_key: AtomicUsize::default(),
        };
        Ok(Self {
            transport,
            account: Arc::new(account),
        })
    }

    /// What the system allows this account, as far as it is known. Nothing is asked for it.
    pub fn budget(&self) -> Budget {
        self.transport.budget()
    }

    /// The same account, on behalf of `scope`.
    pub fn scoped(&self, scope: Scope) -> Self {
        Self {
            transport: self.transport.scoped(scope),
            account: Arc::clone(&self.account),
        }
    }

    /// Lists units, one page.
    ///
    /// Shape: a page past the end is empty. `documents` and `relationships` are there in the
    /// expanded form only, and so are most fields.
    /// Units: areas in m², money in the account's currency.
    /// Errors: [`Error`].
    /// Source: `GET /v1/units`, "Objekte"; contract 3.2.
    pub async fn list_units(&self, query: &UnitsQuery) -> Result<Page<Arc<Property>>, Error> {
        let mut url = self.at("units");
        query.write(&mut url);
        let answer = self.read("list_units", Resource::Units, url, 1).await?;
        let decode = |answer: &Answer| self.properties(answer, query.form);
        flaw::decode(answer, self.transport.scope(), decode)
    }

    /// Reads up to 50 units by their ids with one call, archived ones included.
    ///
    /// Shape: by ascending id; ids that do not exist are left out without a word.
    /// Units: as [`Self::list_units`].
    /// Errors: [`Error`].
    /// Source: `GET /v1/units?property_ids[]=`, undocumented; contract 0 and 10.
    pub async fn list_units_by_id(
        &self,
        ids: &[PropertyId],
        form: Form,
    ) -> Result<Vec<Arc<Property>>, Error> {
        debug_assert!(ids.len() <= 50, "the address would grow too long");
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut url = self.at("units");
        UnitsQuery {
            form,
            archived: super::Archived::Included,
            // The page size stays 20 with ids too, so it has to be said.
            per: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            ..UnitsQuery::default()
        }
        .write(&mut url);
        for id in ids {
            url.query_pairs_mut()
                .append_pair("property_ids[]", id.key());
        }
        let answer = self
            .read("list_units_by_id", Resource::Units, url, ids.len())
            .await?;
        let decode = |answer: &Answer| self.properties(answer, form);
        Ok(flaw::decode(answer, self.transport.scope(), decode)?.rows)
    }

    /// Lists the account's statuses of units.
    ///
    /// Shape: all of them.
    /// Errors: [`Error`].
    /// Source: `GET /v1/property_statuses`; contract 3.7.
    pub async fn list_property_statuses(&self) -> Result<Vec<PropertyStatus>, Error> {
        let url = self.at("property_statuses");
        let convert = |row, _: Converter<'_>| Some(convert::property_status(row));
        let page = self.list("list_property_statuses", Resource::Statuses, url, convert);
        Ok(page.await?.rows)
    }

    /// Lists the developments, which Propstack calls projects.
    ///
    /// Shape: all of them, whether the list is paged or, as one client reports, is not.
    /// Errors: [`Error`].
    /// Source: `GET /v1/projects`; contract 4.
    pub async fn list_developments(&self) -> Result<Vec<Development>, Error> {
        let url = self.at("projects");
        let operation = "list_developments";
        let convert = convert::development;
        self.list_all(operation, Resource::Projects, url, convert, |row| &row.id)
            .await
    }

    /// Lists the agency's staff.
    ///
    /// Shape: all of them, with what is meant for the public.
    /// Errors: [`Error`].
    /// Source: `GET /v1/brokers`; contract 8.
    pub async fn list_brokers(&self) -> Result<Vec<Broker>, Error> {
        let url = self.at("brokers");
        let operation = "list_brokers";
        let convert = convert::broker;
        self.list_all(operation, Resource::Brokers, url, convert, |row| &row.id)
            .await
    }

    /// Reads one contact with the properties that it is tied to.
    ///
    /// Shape: `None` when there is none of this id.
    /// Errors: [`Error`].
    /// Source: `GET /v1/contacts/:id`, "Kontakte"; that `relationships` can be included is
    /// inferred; contract 5.
    pub async fn find_contact(&self, id: &ContactId) -> Result<Option<Contact>, Error> {
        let Some(mut url) = self.named("contacts", id.key()) else {
            return Ok(None);
        };
        url.query_pairs_mut()
            .append_pair("include", "relationships,owned_properties");
        let contact = self.find("find_contact", Resource::Contacts, url).await?;
        Ok(contact.map(|contact| self.converter().contact(contact)))
    }

    /// Lists contacts, one page, by the time when they were entered.
    ///
    /// Shape: a page past the end is empty; rows carry no relationships. The total is not always
    /// told.
    /// Errors: [`Error`].
    /// Source: `GET /v1/contacts`; contract 5.1.
    pub async fn list_contacts(&self, query: &ContactsQuery) -> Result<Page<Arc<Contact>>, Error> {
        let mut url = self.at("contacts");
        query.write(&mut url);
        let convert = |row, converter: Converter<'_>| Some(Arc::new(converter.contact(row)));
        self.list("list_contacts", Resource::Contacts, url, convert)
            .await
    }

    /// Lists the account's statuses of contacts.
    ///
    /// Shape: all of them.
    /// Errors: [`Error`].
    /// Source: `GET /v1/contact_statuses`, inferred from two clients; contract 5.
    pub async fn list_contact_statuses(&self) -> Result<Vec<ContactStatus>, Error> {
        let url = self.at("contact_statuses");
        let convert = |row, _: Converter<'_>| Some(convert::contact_status(row));
        let resource = Resource::ContactStatuses;
        let page = self.list("list_contact_statuses", resource, url, convert);
        Ok(page.await?.rows)
    }

    /// Lists the documents of one property, one page, the latest first.
    ///
    /// Shape: private ones included; a page past the end is empty.
    /// Errors: [`Error`].
    /// Source: `GET /v1/documents?property=`, "Dokumente"; contract 7.1.
    pub async fn list_latest_documents(
        &self,
        property: &PropertyId,
        page: u32,
        per: u32,
    ) -> Result<Page<Document>, Error> {
        let mut url = self.at("documents");
        query::page(&mut url.query_pairs_mut(), page, per);
        url.query_pairs_mut()
            .append_pair("property", property.key())
            .append_pair("order_by", "created_at,desc");
        let convert = |row, _: Converter<'_>| Some(convert::document(row));
        let operation = "list_latest_documents";
        self.list(operation, Resource::Documents, url, convert)
            .await
    }

    /// Reads one document.
    ///
    /// Shape: `None` when there is none of this id.
    /// Errors: [`Error`].
    /// Source: `GET /v1/documents/:id`; contract 7.1.
    pub async fn find_document(&self, id: &DocumentId) -> Result<Option<Document>, Error> {
        let Some(url) = self.named("documents", id.key()) else {
            return Ok(None);
        };
        let document = self.find("find_document", Resource::Documents, url).await?;
        Ok(document.map(convert::document))
    }

    /// Lists the ties between properties and contacts, one page.
    ///
    /// Shape: rows that name no contact or no property are left out.
    /// Errors: [`Error`].
    /// Source: `GET /v1/relationships`, inferred from one client that has it in production;
    /// contract 6.
    pub async fn list_relationships(
        &self,
        page: u32,
        per: u32,
    ) -> Result<Page<PropertyRelationship>, Error> {
        let mut url = self.at("relationships");
        query::page(&mut url.query_pairs_mut(), page, per);
        let convert = |row, _: Converter<'_>| convert::property_relationship(row);
        self.list("list_relationships", Resource::Relationships, url, convert)
            .await
    }

    /// Lists the webhooks.
    ///
    /// Shape: all of them; events in lower case, as they are named when a webhook is made.
    /// Errors: [`Error`].
    /// Source: `GET /v1/hooks`, "Webhooks"; contract 9.
    pub async fn list_hooks(&self) -> Result<Vec<PropstackWebhook>, Error> {
        let url = self.at("hooks");
        let convert = |row, _: Converter<'_>| Some(convert::hook(row));
        let page = self.list("list_hooks", Resource::Hooks, url, convert);
        Ok(page.await?.rows)
    }

    /// Asks each resource whether one of our keys opens it; later calls begin with that key.
    ///
    /// Shape: those that are open, in the order of [`Resource::ALL`]; empty when every key was
    /// refused everywhere. A resource that failed otherwise is left out.
    /// Errors: [`Error`] when no resource told anything.
    /// Source: one `GET` of each list; rights are per resource, contract 1.
    pub async fn probe_rights(&self) -> Result<Vec<Resource>, Error> {
        let calls = Resource::ALL.map(|resource| async move {
            let mut url = self.at(resource.path());
            query::page(&mut url.query_pairs_mut(), 1, 1);
            let answer = self.read("probe_rights", resource, url, 1).await;
            // Anything but JSON says nothing about rights.
            let list = answer.and_then(|answer| answer.json::<IgnoredAny>());
            (resource, list.map(drop))
        });
        right::probe(calls).await
    }

    fn properties(&self, answer: &Answer, form: Form) -> Result<Page<Arc<Property>>, Error> {
        match form {
            Form::Flat => self.properties_with::<wire::Unshown>(answer),
            Form::Expanded => self.properties_with::<wire::Image<'_>>(answer),
        }
    }

    fn properties_with<'a, I: Picture<'a> + Deserialize<'a>>(
        &self,
        answer: &'a Answer,
    ) -> Result<Page<Arc<Property>>, Error> {
        let converter = self.converter();
        let convert = |unit: wire::Unit<I>| Some(Arc::new(converter.property(unit)));
        answer.json_by(&Envelope::new(convert))
    }

    fn converter(&self) -> Converter<'_> {
        Converter {
            fetched: self.transport.fetched(),
            currency: self.account.settings.currency,
            inactive_status_ids: &self.account.settings.inactive_status_ids,
        }
    }

    pub(super) fn at(&self, path: &'static str) -> Url {
        self.account.settings.base_url.at(path)
    }

    /// `None` when no URL can name the record.
    fn named(&self, path: &str, id: &str) -> Option<Url> {
        self.account.settings.base_url.join(&[path, id])
    }

    async fn list<W: DeserializeOwned, T>(
        &self,
        operation: &'static str,
        resource: Resource,
        url: Url,
        convert: impl Fn(W, Converter<'_>) -> Option<T>,
    ) -> Result<Page<T>, Error> {
        let answer = self.read(operation, resource, url, 1).await?;
        let converter = self.converter();
        let decode =
            |answer: &Answer| answer.json_by(&Envelope::new(|row| convert(row, converter)));
        flaw::decode(answer, self.transport.scope(), decode)
    }

    /// Reads a list that may or may not be cut into pages, to its end.
    async fn list_all<W: DeserializeOwned, T, K: PartialEq>(
        &self,
        operation: &'static str,
        resource: Resource,
        url: Url,
        convert: fn(W) -> T,
        id: fn(&T) -> &K,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for number in 1.. {
            let mut url = url.clone();
            query::page(&mut url.query_pairs_mut(), number, LARGEST_PAGE);
            let convert = |row, _: Converter<'_>| Some(convert(row));
            let mut page = self.list(operation, resource, url, convert).await?;
            let is_full = page.received == LARGEST_PAGE as usize;
            // A whole list that is as long as a page comes again instead of a second one.
            if is_full && all.last().map(id) == page.rows.last().map(id) {
                break;
            }
            all.append(&mut page.rows);
            if !is_full {
                break;
            }
        }
        Ok(all)
    }

    async fn find<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        resource: Resource,
        url: Url,
    ) -> Result<Option<T>, Error> {
        match self.read(operation, resource, url, 1).await {
            Ok(answer) => answer.json().map(Some),
            Err(Error::Rejected { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads with the key that last had the right, else with each other in turn.
    async fn read(
        &self,
        operation: &'static str,
        resource: Resource,
        url: Url,
        records: usize,
    ) -> Result<Answer, Error> {
        let keys = &self.account.keys;
        let preferred = &self.account.key_of[resource as usize];
        let first = preferred.load(Ordering::Relaxed);
        let mut refusal = None;
        for index in (first..keys.len()).chain(0..first) {
            let call = self.transport.get(operation, url.clone()).keys(records);
            match call.header(API_KEY, keys[index].clone()).send().await {
                Err(error @ Error::Refused { .. }) => refusal = Some(error),
                result => {
                    preferred.store(index, Ordering::Relaxed);
                    return result;
                }
            }
        }
        Err(refusal.expect("there is at least one key"))
    }
}
