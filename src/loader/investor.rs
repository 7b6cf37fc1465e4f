//! Investors: persons and firms of the Propstreet network, which it counts and lists apart.

use std::{collections::HashMap, sync::Arc};

use super::{
    Error, Sources,
    batch::Batch,
    page::{Source, Stretch},
    project::{Position, read_behind},
    sweep::{self, Sweep},
};
use crate::{
    model::{ExternalReference, Investor, InvestorId},
    upstream::propstreet::{InvestorsQuery, LARGEST_PAGE, Page},
};

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Person,
    Company,
}

async fn list(
    sources: &Sources,
    kind: Kind,
    query: &InvestorsQuery,
    cursor: Option<&str>,
    size: u32,
) -> Result<Page<Investor>, Error> {
    let client = sources.propstreet()?;
    Ok(match kind {
        Kind::Person => client.list_persons(query, cursor, size).await?,
        Kind::Company => client.list_companies(query, cursor, size).await?,
    })
}

/// Investors by id.
pub struct ById {
    persons: Sweep<OfKind>,
    companies: Sweep<OfKind>,
}

impl ById {
    /// Investors of one organisation.
    pub fn new(sources: &Arc<Sources>) -> Self {
        let of = |kind| {
            Sweep::new(OfKind {
                sources: Arc::clone(sources),
                kind,
            })
        };
        Self {
            persons: of(Kind::Person),
            companies: of(Kind::Company),
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

struct OfKind {
    sources: Arc<Sources>,
    kind: Kind,
}

impl sweep::Source for OfKind {
    type Key = InvestorId;
    type Value = Arc<Investor>;
    type Cursor = String;

    async fn find(&self, id: &InvestorId) -> Result<Option<Arc<Investor>>, Error> {
        Ok(self
            .sources
            .propstreet()?
            .find_investor(id)
            .await?
            .map(Arc::new))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let query = InvestorsQuery::default();
        let page = list(
            &self.sources,
            self.kind,
            &query,
            cursor.as_deref(),
            LARGEST_PAGE,
        )
        .await?;
        let rows = page
            .rows
            .into_iter()
            .map(|investor| (investor.id.clone(), Arc::new(investor)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next,
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
        Ok(self
            .0
            .propstreet()?
            .find_person_by_reference(reference)
            .await?
            .map(Arc::new))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let query = InvestorsQuery::default();
        let page = list(
            &self.0,
            Kind::Person,
            &query,
            cursor.as_deref(),
            LARGEST_PAGE,
        )
        .await?;
        let rows = page.rows.into_iter().map(Arc::new).flat_map(|investor| {
            let references = investor.external_references.clone();
            references
                .into_iter()
                .map(move |reference| (reference, Arc::clone(&investor)))
        });
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next,
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
        let kind = if is_company {
            Kind::Company
        } else {
            Kind::Person
        };
        let read = read_behind(
            behind,
            count,
            |investor: &Investor| investor.id.key(),
            |cursor, size| async move {
                list(&self.sources, kind, &self.query, cursor.as_deref(), size).await
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
