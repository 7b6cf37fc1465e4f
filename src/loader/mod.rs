//! Batches per request: gathers the keys of one level of a query into few upstream calls.
//!
//! [`Loaders`] is made for one request and remembers what that request has loaded. [`batch`] says
//! when a batch goes off, `reads` how a call is declared that is kept and shared, [`sweep`] whether many records are looked up or read from a list,
//! [`walk`] reads lists that cannot be searched, [`stretch`] those that belong to a record, [`page`] and [`window`] read pages. The other
//! files hold what is loaded for each entity, [`matching`] what ties entities of different systems together, [`unlinked`] what nobody has tied yet, [`fallback`] what is told while a system is down. Nothing here knows GraphQL, and nothing outlives the
//! request.

pub mod batch;
pub mod contact;
mod directory;
pub mod document;
pub mod fallback;
pub mod investor;
mod keyed;
pub mod list;
pub mod matching;
pub mod page;
pub mod profile;
pub mod project;
pub mod property;
pub mod prospect;
pub mod protocol;
mod reads;
pub mod stretch;
pub mod sweep;
pub mod unlinked;
pub mod walk;
pub mod window;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicUsize, Ordering},
};

pub use crate::cache::Error;
pub use batch::{Loader, execute};

use batch::{Batches, Dispatch};
use fallback::OrIndexed;
use keyed::FromIndex;
use list::Once;
use stretch::Stretches;
use sweep::Sweep;

use crate::{
    cache::{Reader, Tag, Whole},
    identity::decision::Decisions,
    index::Index,
    model::{
        Broker, Contact, ContactStatus, Development, Investor, Project, Property, PropertyProfile,
        PropertyStatus, RecordKind,
    },
    store::IndexState,
    upstream::{deeprent, propstack, propstreet},
};

/// Everything that one request loads, and what it has loaded already.
pub struct Loaders {
    /// Lists and clients that several loaders share.
    pub sources: Arc<Sources>,
    /// Properties by id, flat or expanded.
    pub properties: Loader<OrIndexed<property::ById>>,
    /// The properties that protocols are about.
    pub properties_of_protocols: Loader<property::OfProtocol>,
    /// Protocols by what they have in common with other records.
    pub protocols_by_key: Loader<protocol::ByKey>,
    /// Contacts by id.
    pub contacts: Loader<OrIndexed<Sweep<contact::ById>>>,
    /// The properties that contacts are tied to.
    pub ties_of_contacts: Loader<contact::Ties>,
    /// Contacts by e-mail address.
    pub contacts_by_email: Loader<contact::ByEmail>,
    /// Documents by id.
    pub documents: Loader<document::ById>,
    /// Projects by id.
    pub projects: Loader<OrIndexed<Sweep<project::ById>>>,
    /// Projects by the name that another system gave to them.
    pub projects_by_reference: Loader<project::ByAnyReference>,
    /// Property profiles by id.
    pub profiles: Loader<OrIndexed<Sweep<profile::ById>>>,
    /// The property profiles of projects.
    pub profiles_of_projects: Loader<profile::OfProject>,
    /// Prospects by id.
    pub prospects: Loader<OrIndexed<prospect::ById>>,
    /// The properties of developments.
    pub properties_of_developments: Loader<Stretches<property::OfDevelopments>>,
    /// The prospects of projects.
    pub prospects_of_projects: Loader<Stretches<prospect::OfProjects>>,
    /// The projects in which investors are in the running.
    pub projects_of_investors: Loader<Stretches<project::OfInvestors>>,
    /// Investors by id.
    pub investors: Loader<OrIndexed<investor::ById>>,
    /// Investors by the name that another system gave to them.
    pub investors_by_reference: Loader<Sweep<investor::ByReference>>,
    indexed_properties: Loader<FromIndex<Property>>,
    indexed_contacts: Loader<FromIndex<Contact>>,
    indexed_profiles: Loader<FromIndex<PropertyProfile>>,
    indexed_projects: Loader<FromIndex<Project>>,
    indexed_investors: Loader<FromIndex<Investor>>,
    /// How many links to PDFs were asked for.
    pdfs: AtomicUsize,
}

/// Links to PDFs in one request: deep.rent may take a minute to build each, two at a time.
pub const MOST_PDFS: usize = 5;

impl Loaders {
    /// Loaders for one request.
    pub fn new(reader: Reader, index: Index, decisions: Arc<Decisions>) -> Self {
        let sources = Arc::new(Sources::new(reader, index, decisions));
        let share = || Arc::clone(&sources);
        Self {
            properties: Loader::new(OrIndexed::new(property::ById(share()), &sources)),
            properties_of_protocols: Loader::new(property::OfProtocol(share())),
            protocols_by_key: Loader::new(protocol::ByKey(share())),
            contacts: Loader::new(OrIndexed::new(Sweep::new(contact::ById(share())), &sources)),
            ties_of_contacts: Loader::new(contact::Ties(share())),
            contacts_by_email: Loader::new(contact::ByEmail(share())),
            documents: Loader::new(document::ById(share())),
            projects: Loader::new(OrIndexed::new(Sweep::new(project::ById(share())), &sources)),
            projects_by_reference: Loader::new(project::ByAnyReference::new(&sources)),
            profiles: Loader::new(OrIndexed::new(Sweep::new(profile::ById(share())), &sources)),
            profiles_of_projects: Loader::new(profile::OfProject(share())),
            prospects: Loader::new(OrIndexed::new(prospect::ById(share()), &sources)),
            properties_of_developments: Loader::new(Stretches(property::OfDevelopments(share()))),
            prospects_of_projects: Loader::new(Stretches(prospect::OfProjects(share()))),
            projects_of_investors: Loader::new(Stretches(project::OfInvestors(share()))),
            investors: Loader::new(OrIndexed::new(investor::ById::new(&sources), &sources)),
            investors_by_reference: Loader::new(Sweep::new(investor::ByReference(share()))),
            indexed_properties: Loader::new(FromIndex::new(&sources)),
            indexed_contacts: Loader::new(FromIndex::new(&sources)),
            indexed_profiles: Loader::new(FromIndex::new(&sources)),
            indexed_projects: Loader::new(FromIndex::new(&sources)),
            indexed_investors: Loader::new(FromIndex::new(&sources)),
            pdfs: AtomicUsize::new(0),
            sources,
        }
    }
}

impl Loaders {
    /// Whether this request may ask for one more PDF; counts it.
    pub fn may_ask_for_pdf(&self) -> bool {
        self.pdfs.fetch_add(1, Ordering::Relaxed) < MOST_PDFS
    }

    /// Forgets what was loaded: a mutation may have changed it.
    pub fn forget(&self) {
        self.properties.forget();
        self.properties_of_protocols.forget();
        self.protocols_by_key.forget();
        self.contacts.forget();
        self.ties_of_contacts.forget();
        self.contacts_by_email.forget();
        self.documents.forget();
        self.projects.forget();
        self.projects_by_reference.forget();
        self.profiles.forget();
        self.profiles_of_projects.forget();
        self.prospects.forget();
        self.properties_of_developments.forget();
        self.prospects_of_projects.forget();
        self.projects_of_investors.forget();
        self.investors.forget();
        self.investors_by_reference.forget();
        self.indexed_properties.forget();
        self.indexed_contacts.forget();
        self.indexed_profiles.forget();
        self.indexed_projects.forget();
        self.indexed_investors.forget();
    }
}

impl Dispatch for Loaders {
    fn dispatch(&self, batches: &mut Batches) {
        self.properties.dispatch(batches);
        self.properties_of_protocols.dispatch(batches);
        self.protocols_by_key.dispatch(batches);
        self.contacts.dispatch(batches);
        self.ties_of_contacts.dispatch(batches);
        self.contacts_by_email.dispatch(batches);
        self.documents.dispatch(batches);
        self.projects.dispatch(batches);
        self.projects_by_reference.dispatch(batches);
        self.profiles.dispatch(batches);
        self.profiles_of_projects.dispatch(batches);
        self.prospects.dispatch(batches);
        self.properties_of_developments.dispatch(batches);
        self.prospects_of_projects.dispatch(batches);
        self.projects_of_investors.dispatch(batches);
        self.investors.dispatch(batches);
        self.investors_by_reference.dispatch(batches);
        self.indexed_properties.dispatch(batches);
        self.indexed_contacts.dispatch(batches);
        self.indexed_profiles.dispatch(batches);
        self.indexed_projects.dispatch(batches);
        self.indexed_investors.dispatch(batches);
    }
}

/// What one request reads with, and the lists that it reads whole at most once.
#[derive(Debug)]
pub struct Sources {
    /// Reads from the systems, or from what is kept of them.
    pub reader: Reader,
    /// What was read before, for what the systems cannot look up.
    pub index: Index,
    decisions: RwLock<Arc<Decisions>>,
    indexed: Once<Vec<(RecordKind, IndexState)>>,
    property_statuses: Once<Arc<directory::PropertyStatuses>>,
    contact_statuses: Once<Arc<directory::ContactStatuses>>,
    brokers: Once<Arc<directory::Brokers>>,
    developments: Once<Arc<directory::Developments>>,
    protocols: protocol::Protocols,
}

impl Sources {
    /// Those of a request that has read nothing yet.
    pub fn new(reader: Reader, index: Index, decisions: Arc<Decisions>) -> Self {
        Self {
            reader,
            index,
            decisions: RwLock::new(decisions),
            indexed: Once::default(),
            property_statuses: Once::default(),
            contact_statuses: Once::default(),
            brokers: Once::default(),
            developments: Once::default(),
            protocols: protocol::Protocols::default(),
        }
    }

    /// What people decided about which records are the same.
    pub fn decisions(&self) -> Arc<Decisions> {
        self.reader.trace().depend_on(Tag::decisions());
        let decisions = self.decisions.read();
        Arc::clone(&decisions.unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody has decided anew.
    pub fn learn(&self, decisions: Arc<Decisions>) {
        let known = self.decisions.write();
        *known.unwrap_or_else(PoisonError::into_inner) = decisions;
    }

    /// How far the index knows a kind of record, where it has all of them.
    async fn known_state(&self, kind: RecordKind) -> Result<Option<IndexState>, Error> {
        let read = || self.index.states();
        let states = self.indexed.get(read).await?;
        let state = states.iter().find(|(known, _)| *known == kind);
        let state = state.filter(|(_, state)| state.walked_at.is_some());
        if state.is_some() {
            // It changes without telling anybody.
            self.reader.trace().untraced();
        }
        Ok(state.map(|(_, state)| *state))
    }

    /// Whether the index has all records of a kind, good enough to tell which record is which; what is
    /// shown of them may have to be newer.
    pub async fn knows(&self, kind: RecordKind) -> Result<bool, Error> {
        Ok(self.known_state(kind).await?.is_some())
    }

    /// How far the index knows a kind of record, where it has all of them and nothing newer is asked
    /// for.
    pub async fn index_state(&self, kind: RecordKind) -> Result<Option<IndexState>, Error> {
        let accepts = |walked_at| self.reader.accepts(walked_at);
        let state = self.known_state(kind).await?;
        Ok(state.filter(|state| state.walked_at.is_some_and(accepts)))
    }

    /// Whether the index has all records of a kind, and nothing newer is asked for.
    pub async fn is_indexed(&self, kind: RecordKind) -> Result<bool, Error> {
        Ok(self.index_state(kind).await?.is_some())
    }

    /// The organisation's Propstack, for calls that nobody keeps.
    pub fn propstack(&self) -> Result<propstack::Client, Error> {
        self.reader.client()
    }

    /// The organisation's deep.rent, for calls that nobody keeps.
    pub fn deeprent(&self) -> Result<deeprent::Client, Error> {
        self.reader.client()
    }

    /// The organisation's Propstreet, for calls that nobody keeps.
    pub fn propstreet(&self) -> Result<propstreet::Client, Error> {
        self.reader.client()
    }

    /// All statuses of properties, by position.
    pub async fn property_statuses(&self) -> Result<&[PropertyStatus], Error> {
        let read = || self.reader.read(directory::ListPropertyStatuses {});
        Ok(&self.property_statuses.get(read).await?.0)
    }

    /// All statuses of contacts.
    pub async fn contact_statuses(&self) -> Result<&[ContactStatus], Error> {
        let read = || self.reader.read(directory::ListContactStatuses {});
        Ok(&self.contact_statuses.get(read).await?.0)
    }

    /// All brokers.
    pub async fn brokers(&self) -> Result<&[Arc<Broker>], Error> {
        let read = || self.reader.read(directory::ListBrokers {});
        Ok(&self.brokers.get(read).await?.0)
    }

    /// All developments.
    pub async fn developments(&self) -> Result<&[Arc<Development>], Error> {
        let read = || async {
            match self.reader.read(directory::ListDevelopments {}).await {
                Err(error) if self.falls_back::<Development>(&error).await? => {
                    let rows = self
                        .index
                        .list_latest::<Development>(None, u32::MAX)
                        .await?;
                    Ok(Arc::new(Whole(
                        rows.into_iter().map(|(_, row)| row).collect(),
                    )))
                }
                read => read,
            }
        };
        Ok(&self.developments.get(read).await?.0)
    }
}
