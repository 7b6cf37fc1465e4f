//! Investors: persons and firms of the Propstreet network, which it counts and lists apart.

use std::{collections::HashMap, sync::Arc};

use super::{
    Error, Sources,
    batch::Batch,
    contact,
    fallback::Listed,
    page::{Source, Stretch},
    project::{Position, read_behind},
    reads::{reads, record},
    sweep::{self, Sweep},
};
use crate::{
    cache::Depth,
    identity::{email, reference::PROPSTACK},
    model::{ContactId, ExternalReference, Investor, InvestorId, System},
    upstream::propstreet::{ChangesQuery, Client, LARGEST_PAGE, Page},
};

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Network {
    Person,
    Company,
}

record!(Investor, Investor, InvestorId);

/// One page of investors.
type Investors = Page<Arc<Investor>>;

reads! {
    Client, Investor;

    /// One investor.
    FindInvestor { id: InvestorId } by id -> Option<Arc<Investor>>, "find_investor", |client| {
        Ok(client.find_investor(&id).await?.map(Arc::new))
    };

    /// One person by the name that another system gave to it.
    FindPersonByReference { reference: ExternalReference } -> Option<Arc<Investor>>,
    "find_person_by_reference", |client| {
        Ok(client.find_person_by_reference(&reference).await?.map(Arc::new))
    };

    /// One page of persons.
    ListPersons { query: ChangesQuery, cursor: Option<String>, size: u32 } -> Investors,
    "list_persons", |client| {
        client.list_persons(&query, cursor.as_deref(), size).await
    };

    /// One page of firms.
    ListCompanies { query: ChangesQuery, cursor: Option<String>, size: u32 } -> Investors,
    "list_companies", |client| {
        client.list_companies(&query, cursor.as_deref(), size).await
    };
}

async fn list(
    sources: &Sources,
    network: Network,
    query: ChangesQuery,
    cursor: Option<String>,
    size: u32,
) -> Result<Arc<Investors>, Error> {
    let reader = &sources.reader;
    match network {
        Network::Person => {
            reader
                .read(ListPersons {
                    query,
                    cursor,
                    size,
                })
                .await
        }
        Network::Company => {
            reader
                .read(ListCompanies {
                    query,
                    cursor,
                    size,
                })
                .await
        }
    }
}

/// Investors by id.
pub struct ById {
    persons: Sweep<OfNetwork>,
    companies: Sweep<OfNetwork>,
}

impl ById {
    /// Investors of one organisation.
    pub fn new(sources: &Arc<Sources>) -> Self {
        let of = |network| {
            Sweep::new(OfNetwork {
                sources: Arc::clone(sources),
                network,
            })
        };
        Self {
            persons: of(Network::Person),
            companies: of(Network::Company),
        }
    }
}

impl Batch for ById {
    type Key = InvestorId;
    type Value = Option<Arc<Investor>>;

    async fn load(&self, keys: Vec<InvestorId>) -> HashMap<InvestorId, Result<Self::Value, Error>> {
        let (persons, companies): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .partition(|id| matches!(id, InvestorId::Person(_)));
        let (mut found, companies) = tokio::join!(
            self.persons.find_many(persons),
            self.companies.find_many(companies)
        );
        found.extend(companies);
        found
    }
}

struct OfNetwork {
    sources: Arc<Sources>,
    network: Network,
}

impl sweep::Source for OfNetwork {
    type Key = InvestorId;
    type Value = Arc<Investor>;
    type Cursor = String;

    async fn find(&self, id: &InvestorId) -> Result<Option<Arc<Investor>>, Error> {
        let read = FindInvestor { id: id.clone() };
        self.sources.reader.find(id, Depth::Flat, read).await
    }

    fn known(&self, id: &InvestorId) -> Option<Option<Arc<Investor>>> {
        self.sources.reader.known(id, Depth::Flat)
    }

    fn recall(&self, id: &InvestorId) -> Option<Option<Arc<Investor>>> {
        self.sources.reader.recall(id, Depth::Flat)
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let query = ChangesQuery::default();
        let page = list(&self.sources, self.network, query, cursor, LARGEST_PAGE).await?;
        let rows = page
            .rows
            .iter()
            .map(|investor| (investor.id.clone(), Arc::clone(investor)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next.clone(),
            pages_left: None,
        })
    }
}

/// Persons by the name that another system gave to them; namespaces in lower case.
pub struct ByReference(pub Arc<Sources>);

impl sweep::Source for ByReference {
    type Key = ExternalReference;
    type Value = Arc<Investor>;
    type Cursor = String;

    async fn find(&self, reference: &ExternalReference) -> Result<Option<Arc<Investor>>, Error> {
        let read = FindPersonByReference {
            reference: reference.clone(),
        };
        Ok(Option::clone(&*self.0.reader.read(read).await?))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let query = ChangesQuery::default();
        let page = list(&self.0, Network::Person, query, cursor, LARGEST_PAGE).await?;
        let rows = page.rows.iter().flat_map(|investor| {
            let references = investor.external_references.iter();
            references.map(|reference| (reference.clone(), Arc::clone(investor)))
        });
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next.clone(),
            pages_left: None,
        })
    }
}

/// The most pages of persons that are read to find some by their e-mail addresses.
const MOST_PAGES: usize = 20;

/// The investors that contacts of Propstack are: by reference, else by an e-mail address that no
/// other person has.
///
/// Shape: what is not known, or not for sure, is `None`.
/// Errors: those of the reads, for each contact that they concern; [`Error::TooLong`] for one that is
/// not among the first 10,000 persons.
pub async fn of_contacts(
    sources: &Arc<Sources>,
    contacts: Vec<ContactId>,
) -> HashMap<ContactId, Result<Option<InvestorId>, Error>> {
    let reference = |id: &ContactId| ExternalReference {
        namespace: PROPSTACK.to_owned(),
        id: id.key().to_owned(),
    };
    let by_reference = Sweep::new(ByReference(Arc::clone(sources)));
    let references = contacts.iter().map(reference).collect();
    let mut referenced = by_reference.find_many(references).await;
    let (mut found, mut rest) = (HashMap::new(), Vec::new());
    for id in contacts {
        match referenced.remove(&reference(&id)) {
            Some(Ok(None)) | None => rest.push(id),
            Some(Ok(Some(investor))) => {
                found.insert(id, Ok(Some(investor.id.clone())));
            }
            Some(Err(error)) => {
                found.insert(id, Err(error));
            }
        }
    }
    if rest.is_empty() {
        return found;
    }
    let mut wanted: HashMap<ContactId, Vec<String>> = HashMap::new();
    for (id, contact) in Sweep::new(contact::ById(Arc::clone(sources)))
        .find_many(rest)
        .await
    {
        match contact {
            Ok(contact) => {
                let emails = contact
                    .iter()
                    .flat_map(|contact| contact.emails.iter().flatten());
                let emails: Vec<_> = emails
                    .filter_map(|email| email::normal_form(email))
                    .collect();
                if emails.is_empty() {
                    found.insert(id, Ok(None));
                } else {
                    wanted.insert(id, emails);
                }
            }
            Err(error) => {
                found.insert(id, Err(error));
            }
        }
    }
    if wanted.is_empty() {
        return found;
    }
    let persons = persons_by_email(sources).await;
    for (id, emails) in wanted {
        let is = match &persons {
            Err(error) => Err(error.clone()),
            Ok(persons) => {
                let mut of_contact: Vec<&InvestorId> = emails
                    .iter()
                    .filter_map(|email| persons.get(email))
                    .flatten()
                    .collect();
                of_contact.sort_unstable();
                of_contact.dedup();
                match of_contact.as_slice() {
                    [only] => Ok(Some((*only).clone())),
                    _ => Ok(None),
                }
            }
        };
        found.insert(id, is);
    }
    found
}

async fn persons_by_email(sources: &Sources) -> Result<HashMap<String, Vec<InvestorId>>, Error> {
    let mut persons: HashMap<String, Vec<InvestorId>> = HashMap::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let query = ChangesQuery::default();
        let page = list(sources, Network::Person, query, cursor.take(), LARGEST_PAGE).await?;
        for person in &page.rows {
            if let Some(email) = person.email.as_deref().and_then(email::normal_form) {
                persons.entry(email).or_default().push(person.id.clone());
            }
        }
        cursor.clone_from(&page.next);
        if cursor.is_none() {
            return Ok(persons);
        }
    }
    Err(Error::TooLong(System::Propstreet))
}

/// All investors of a query: persons, then firms, each least recently changed first.
pub struct Listing {
    /// Where they are read.
    pub sources: Arc<Sources>,
    /// Which ones.
    pub query: ChangesQuery,
}

impl Source for Listing {
    type Row = Arc<Investor>;
    /// Whether it stands among the firms, and where.
    type Position = (bool, Position);

    async fn read(
        &self,
        after: Option<&Self::Position>,
        count: u32,
    ) -> Result<Stretch<Arc<Investor>, Self::Position>, Error> {
        let (is_company, behind) = match after {
            Some((is_company, behind)) => (*is_company, Some(behind)),
            None => (false, None),
        };
        let network = if is_company {
            Network::Company
        } else {
            Network::Person
        };
        let read = read_behind(
            behind,
            count,
            |investor: &Investor| investor.id.key(),
            |cursor, size| async move {
                let query = self.query.clone();
                let page = list(&self.sources, network, query, cursor, size).await?;
                Ok(Some(page))
            },
        );
        let Stretch {
            rows,
            has_more,
            end,
            total,
        } = read.await?;
        let rows = rows
            .into_iter()
            .map(|(at, row)| ((is_company, at), row))
            .collect();
        if !has_more && !is_company {
            // Behind the last person the firms begin.
            return Ok(Stretch {
                rows,
                has_more: true,
                end: Some((true, Position::before(None))),
                total,
            });
        }
        Ok(Stretch {
            rows,
            has_more,
            end: end.map(|end| (is_company, end)),
            total,
        })
    }
}

impl Listed for Listing {
    type Record = Investor;

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn is_told(&self) -> bool {
        !self.query.include_deleted
    }

    fn has(&self, investor: &Investor) -> bool {
        let since = self.query.updated_since;
        since.is_none_or(|since| investor.updated_at.is_some_and(|at| at.0 >= since))
    }
}
