//! Investors: the roots that find them, and what one links to.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object};

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::{found, nullable},
    written::Row,
};
use crate::{
    loader::{fallback::OrIndexedList, investor::Listing, page::Filter, stretch},
    model::{
        AssociatedProject, AssociatedProjectFilter, Contact, Investor, InvestorBy, InvestorFilter,
        InvestorId, Match, ProjectStatus, ProspectClassification, RecordId,
    },
    upstream::propstreet::{AssociatedQuery, ChangesQuery},
};

connection! {
    /// Investors, a page at a time.
    InvestorConnection,
    /// An investor in a list.
    InvestorEdge {} to Investor
}

connection! {
    /// The projects of an investor, a page at a time.
    AssociatedProjectConnection,
    /// A project of an investor.
    AssociatedProjectEdge {} to AssociatedProject
}

/// The roots that find investors.
#[derive(Default)]
pub struct InvestorQuery;

fn id_of(by: InvestorBy) -> Result<InvestorId, Error> {
    Ok(match by {
        InvestorBy::Id(id) => InvestorId::decode(&id)?,
        InvestorBy::ContactUpstreamId(id) => InvestorId::Person(id),
        InvestorBy::CompanyUpstreamId(id) => InvestorId::Company(id),
    })
}

#[Object]
impl InvestorQuery {
    /// One person or firm of the Propstreet network.
    async fn investor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: InvestorBy,
    ) -> Nullable<Row<Investor>> {
        found(async { Ok(ctx.loaders().investors.load(id_of(by)?).await?) }).await
    }

    /// The persons, then the firms of the Propstreet network, least recently changed first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn investors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not deleted when left out.")] filter: Option<
            InvestorFilter,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<InvestorConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("investors", vec![Box::new(filter.clone())]);
            let filter = filter.unwrap_or_default();
            let query = ChangesQuery {
                updated_since: filter.updated_since.map(|since| since.0),
                include_deleted: filter.include_deleted,
            };
            let source = Listing {
                sources: Arc::clone(ctx.sources()),
                query,
            };
            let text = filter.text.map(|text| text.to_lowercase());
            let keep = |investor: &Arc<Investor>| {
                text.as_ref().is_none_or(|text| {
                    let mut names = [&investor.name, &investor.company_name]
                        .into_iter()
                        .flatten();
                    names.any(|name| name.to_lowercase().contains(text))
                })
            };
            let filter = text.as_ref().map(|_| Filter {
                per_read: 200,
                keep: &keep,
            });
            let page = Page::read(list, &OrIndexedList(source), &paging, filter.as_ref()).await?;
            Ok(Some(page.map(|investor| (investor,)).into()))
        })
        .await
    }

    /// The projects in which an investor is in the running.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn associated_projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] of: InvestorBy,
        #[graphql(desc = "Which ones; all when left out.")] filter: Option<AssociatedProjectFilter>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<AssociatedProjectConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let investor = id_of(of)?;
            let list = List::new(
                "associatedProjects",
                vec![Box::new(investor.to_string()), Box::new(filter.clone())],
            );
            let filter = filter.unwrap_or_default();
            let is_answerable = matches!(
                filter.status,
                None | Some(ProjectStatus::Open | ProjectStatus::Closed)
            );
            if !is_answerable || filter.classification == Some(ProspectClassification::Unknown) {
                return Err(Error::bad_user_input(
                    "`status` is OPEN or CLOSED here, and UNKNOWN is never an input.",
                ));
            }
            let query = AssociatedQuery {
                status: filter.status,
                classification: filter.classification,
            };
            let source = stretch::Listing {
                loader: &ctx.loaders().projects_of_investors,
                list: (investor, query),
            };
            let page = Page::read(list, &source, &paging, None).await?;
            Ok(Some(page.map(|project| (project,)).into()))
        })
        .await
    }
}

#[ComplexObject]
impl Investor {
    /// The same person or firm in Propstack.
    async fn contact(&self, ctx: &Context<'_>) -> Nullable<Row<Contact>> {
        found(async { Ok(contact_of(self, ctx).await?.map(|(contact, _)| contact)) }).await
    }

    /// Why the two are taken to be the same.
    async fn contact_match(&self, ctx: &Context<'_>) -> Nullable<Match> {
        nullable(async { Ok(contact_of(self, ctx).await?.map(|(_, found)| found)) }).await
    }
}

/// The contact that an investor is in Propstack, with the reason.
pub(super) async fn contact_of(
    investor: &Investor,
    ctx: &Context<'_>,
) -> Result<Option<(Arc<Contact>, Match)>, Error> {
    let verdict = ctx.loaders().contact_of_investor(investor).await?;
    let Some((id, found)) = verdict.found() else {
        return Ok(None);
    };
    let contact = ctx.loaders().contacts.load(id).await?;
    Ok(contact.map(|contact| (contact, found)))
}
