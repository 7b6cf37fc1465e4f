//! Batches per request: gathers the keys of one level of a query into few upstream calls.
//!
//! [`Loaders`] is made for one request and remembers what that request has loaded. [`batch`] says
//! when a batch goes off, [`sweep`] whether many records are looked up or read from a list,
//! [`walk`] reads lists that cannot be searched, [`stretch`] those that belong to a record, [`page`] and [`window`] read pages. The other
//! files hold what is loaded for each entity. Nothing here knows GraphQL, and nothing outlives the
//! request.

pub mod batch;
pub mod contact;
pub mod document;
pub mod error;
pub mod investor;
pub mod list;
pub mod page;
pub mod profile;
pub mod project;
pub mod property;
pub mod prospect;
pub mod protocol;
pub mod stretch;
pub mod sweep;
pub mod walk;
pub mod window;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::task::JoinSet;

pub use batch::{Loader, execute};
pub use error::Error;

use batch::Dispatch;
use list::Once;
use stretch::Stretches;
use sweep::Sweep;

use crate::{
    model::{Broker, ContactStatus, Development, PropertyStatus, System},
    upstream::{Scope, deeprent, propstack, propstreet},
};

/// The clients of one organisation; what it has not connected is `None`.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// The CRM.
    pub propstack: Option<propstack::Client>,
    /// Handover protocols.
    pub deeprent: Option<deeprent::Client>,
    /// Investment projects.
    pub propstreet: Option<propstreet::Client>,
}

impl Clients {
    /// The systems that are connected.
    pub fn systems(&self) -> impl Iterator<Item = System> {
        System::ALL.into_iter().filter(|system| match system {
            System::Propstack => self.propstack.is_some(),
            System::DeepRent => self.deeprent.is_some(),
            System::Propstreet => self.propstreet.is_some(),
        })
    }

    /// The same clients, on behalf of one request.
    pub fn scoped(&self, scope: &Scope) -> Self {
        Self {
            propstack: self
                .propstack
                .as_ref()
                .map(|client| client.scoped(scope.clone())),
            deeprent: self
                .deeprent
                .as_ref()
                .map(|client| client.scoped(scope.clone())),
            propstreet: self
                .propstreet
                .as_ref()
                .map(|client| client.scoped(scope.clone())),
        }
    }
}

/// Everything that one request loads, and what it has loaded already.
pub struct Loaders {
    /// Lists and clients that several loaders share.
    pub sources: Arc<Sources>,
    /// Properties by id, flat or expanded.
    pub properties: Loader<property::ById>,
    /// The property that a protocol's object is.
    pub properties_of_objects: Loader<property::OfObject>,
    /// Contacts by id.
    pub contacts: Loader<Sweep<contact::ById>>,
    /// The properties that contacts are tied to.
    pub ties_of_contacts: Loader<contact::Ties>,
    /// Contacts by e-mail address.
    pub contacts_by_email: Loader<contact::ByEmail>,
    /// Documents by id.
    pub documents: Loader<document::ById>,
    /// Projects by id.
    pub projects: Loader<Sweep<project::ById>>,
    /// Projects by the name that another system gave to them.
    pub projects_by_reference: Loader<Sweep<project::ByReference>>,
    /// Property profiles by id.
    pub profiles: Loader<Sweep<profile::ById>>,
    /// The property profiles of projects.
    pub profiles_of_projects: Loader<profile::OfProject>,
    /// Prospects by id.
    pub prospects: Loader<prospect::ById>,
    /// The properties of developments.
    pub properties_of_developments: Loader<Stretches<property::OfDevelopments>>,
    /// The prospects of projects.
    pub prospects_of_projects: Loader<Stretches<prospect::OfProjects>>,
    /// The projects in which investors are in the running.
    pub projects_of_investors: Loader<Stretches<project::OfInvestors>>,
    /// Investors by id.
    pub investors: Loader<investor::ById>,
    /// Investors by the name that another system gave to them.
    pub investors_by_reference: Loader<Sweep<investor::ByReference>>,
    /// How many links to PDFs were asked for.
    pdfs: AtomicUsize,
}

/// Links to PDFs in one request: deep.rent may take a minute to build each, two at a time.
const MOST_PDFS: usize = 5;

impl Loaders {
    /// Loaders for one request.
    pub fn new(clients: Clients) -> Self {
        let sources = Arc::new(Sources::new(clients));
        let share = || Arc::clone(&sources);
        Self {
            properties: Loader::new(property::ById(share())),
            properties_of_objects: Loader::new(property::OfObject(share())),
            contacts: Loader::new(Sweep::new(contact::ById(share()))),
            ties_of_contacts: Loader::new(contact::Ties(share())),
            contacts_by_email: Loader::new(contact::ByEmail(share())),
            documents: Loader::new(document::ById(share())),
            projects: Loader::new(Sweep::new(project::ById(share()))),
            projects_by_reference: Loader::new(Sweep::new(project::ByReference(share()))),
            profiles: Loader::new(Sweep::new(profile::ById(share()))),
            profiles_of_projects: Loader::new(profile::OfProject(share())),
            prospects: Loader::new(prospect::ById(share())),
            properties_of_developments: Loader::new(Stretches(property::OfDevelopments(share()))),
            prospects_of_projects: Loader::new(Stretches(prospect::OfProjects(share()))),
            projects_of_investors: Loader::new(Stretches(project::OfInvestors(share()))),
            investors: Loader::new(investor::ById::new(&sources)),
            investors_by_reference: Loader::new(Sweep::new(investor::ByReference(share()))),
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
}

impl Dispatch for Loaders {
    fn dispatch(&self, tasks: &mut JoinSet<()>) {
        self.properties.dispatch(tasks);
        self.properties_of_objects.dispatch(tasks);
        self.contacts.dispatch(tasks);
        self.ties_of_contacts.dispatch(tasks);
        self.contacts_by_email.dispatch(tasks);
        self.documents.dispatch(tasks);
        self.projects.dispatch(tasks);
        self.projects_by_reference.dispatch(tasks);
        self.profiles.dispatch(tasks);
        self.profiles_of_projects.dispatch(tasks);
        self.prospects.dispatch(tasks);
        self.properties_of_developments.dispatch(tasks);
        self.prospects_of_projects.dispatch(tasks);
        self.projects_of_investors.dispatch(tasks);
        self.investors.dispatch(tasks);
        self.investors_by_reference.dispatch(tasks);
    }
}

/// The clients of one request, and the lists that it reads whole at most once.
#[derive(Debug)]
pub struct Sources {
    clients: Clients,
    property_statuses: Once<Vec<PropertyStatus>>,
    contact_statuses: Once<Vec<ContactStatus>>,
    brokers: Once<Vec<Arc<Broker>>>,
    developments: Once<Vec<Arc<Development>>>,
    protocols: protocol::Protocols,
}

impl Sources {
    /// Those behind these clients, with nothing read yet.
    pub fn new(clients: Clients) -> Self {
        Self {
            clients,
            property_statuses: Once::default(),
            contact_statuses: Once::default(),
            brokers: Once::default(),
            developments: Once::default(),
            protocols: protocol::Protocols::default(),
        }
    }

    /// The organisation's Propstack.
    pub fn propstack(&self) -> Result<&propstack::Client, Error> {
        self.clients
            .propstack
            .as_ref()
            .ok_or(Error::NotConnected(System::Propstack))
    }

    /// The organisation's deep.rent.
    pub fn deeprent(&self) -> Result<&deeprent::Client, Error> {
        self.clients
            .deeprent
            .as_ref()
            .ok_or(Error::NotConnected(System::DeepRent))
    }

    /// The organisation's Propstreet.
    pub fn propstreet(&self) -> Result<&propstreet::Client, Error> {
        self.clients
            .propstreet
            .as_ref()
            .ok_or(Error::NotConnected(System::Propstreet))
    }

    /// All statuses of properties, by position.
    pub async fn property_statuses(&self) -> Result<&[PropertyStatus], Error> {
        let read = || async { Ok(self.propstack()?.list_property_statuses().await?) };
        self.property_statuses.get(read).await.map(Vec::as_slice)
    }

    /// All statuses of contacts.
    pub async fn contact_statuses(&self) -> Result<&[ContactStatus], Error> {
        let read = || async { Ok(self.propstack()?.list_contact_statuses().await?) };
        self.contact_statuses.get(read).await.map(Vec::as_slice)
    }

    /// All brokers.
    pub async fn brokers(&self) -> Result<&[Arc<Broker>], Error> {
        let read = || async {
            let brokers = self.propstack()?.list_brokers().await?;
            Ok(brokers.into_iter().map(Arc::new).collect())
        };
        self.brokers.get(read).await.map(Vec::as_slice)
    }

    /// All developments.
    pub async fn developments(&self) -> Result<&[Arc<Development>], Error> {
        let read = || async {
            let developments = self.propstack()?.list_developments().await?;
            Ok(developments.into_iter().map(Arc::new).collect())
        };
        self.developments.get(read).await.map(Vec::as_slice)
    }
}
