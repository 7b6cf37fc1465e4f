//! Investors: persons and firms of the Propstreet network, which it counts and lists apart.

use std::{collections::HashMap, sync::Arc};

use super::{
    Error, Sources,
    batch::Batch,
    page::{Source, Stretch},
    project::{Position, read_behind},
    reads::{reads, record},
    sweep::{self, Sweep},
};
use crate::{
    cache::Depth,
    model::{ExternalReference, Investor, InvestorId},
    upstream::propstreet::{Client, InvestorsQuery, LARGEST_PAGE, Page},
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
    ListPersons { query: InvestorsQuery, cursor: Option<String>, size: u32 } -> Investors,
    "list_persons", |client| {
        client.list_persons(&query, cursor.as_deref(), size).await
    };

    /// One page of firms.
    ListCompanies { query: InvestorsQuery, cursor: Option<String>, size: u32 } -> Investors,
    "list_companies", |client| {
        client.list_companies(&query, cursor.as_deref(), size).await
    };
}

async fn list(
    sources: &Sources,
    network: Network,
    query: InvestorsQuery,
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
        let query = InvestorsQuery::default();
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
        let query = InvestorsQuery::default();
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

/// All investors of a query: persons, then firms, each least recently changed first.
pub struct Listing {
    /// Where they are read.
    pub sources: Arc<Sources>,
    /// Which ones.
    pub query: InvestorsQuery,
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
