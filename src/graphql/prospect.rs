//! Prospects: the root that finds one, and what one links to.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object};

use super::{
    Error, Nullable, RequestContext,
    error::{found, nullable},
    investor::contact_of,
    written::Row,
};
use crate::{
    model::{
        AssociatedProject, Contact, ETag, ExternalReference, Investor, Match, Project, ProjectId,
        Prospect, ProspectBy, ProspectCapability, ProspectClassification, ProspectFilter,
        ProspectId, RecordId,
    },
    upstream::propstreet::ProspectsQuery,
};

/// The root that finds a prospect.
#[derive(Default)]
pub struct ProspectQuery;

#[Object]
impl ProspectQuery {
    /// One prospect.
    async fn prospect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ProspectBy,
    ) -> Nullable<Row<Prospect>> {
        found(async {
            match by {
                ProspectBy::Id(id) => Ok(ctx
                    .loaders()
                    .prospects
                    .load(ProspectId::decode(&id)?)
                    .await?),
                ProspectBy::ExternalReference(by) => {
                    let project = ProjectId::decode(&by.project_id)?;
                    let reference = ExternalReference {
                        namespace: by.namespace.to_lowercase(),
                        id: by.id,
                    };
                    let sources = ctx.sources();
                    Ok(sources
                        .find_prospect_by_reference(project, reference)
                        .await?)
                }
            }
        })
        .await
    }
}

/// A filter as Propstreet wants to be asked.
pub(super) fn prospects_query(filter: ProspectFilter) -> Result<ProspectsQuery, Error> {
    let is_unknown = filter.classification == Some(ProspectClassification::Unknown)
        || filter.capability == Some(ProspectCapability::Unknown);
    if is_unknown {
        return Err(Error::bad_user_input("UNKNOWN is never an input."));
    }
    Ok(ProspectsQuery {
        classification: filter.classification,
        capability: filter.capability,
        tags: filter.tags.unwrap_or_default(),
        updated_since: filter.updated_since.map(|since| since.0),
        include_deleted: filter.include_deleted,
    })
}

#[ComplexObject]
impl Prospect {
    /// Its version, for guarded writes.
    async fn etag(&self, ctx: &Context<'_>) -> &ETag {
        // Whoever is told may come back with it.
        ctx.tenant().writes.versions.remember(self, &self.etag);
        &self.etag
    }

    /// The project that it is in the running for.
    async fn project(&self, ctx: &Context<'_>) -> Nullable<Row<Project>> {
        found(async { Ok(ctx.loaders().projects.load(self.id.project.clone()).await?) }).await
    }

    /// Who may invest.
    async fn investor(&self, ctx: &Context<'_>) -> Nullable<Row<Investor>> {
        found(async {
            match &self.investor_id {
                Some(id) => Ok(ctx.loaders().investors.load(id.clone()).await?),
                None => Ok(None),
            }
        })
        .await
    }

    /// The investor's contact in Propstack.
    async fn contact(&self, ctx: &Context<'_>) -> Nullable<Row<Contact>> {
        found(async {
            Ok(contact_of_prospect(self, ctx)
                .await?
                .map(|(contact, _)| contact))
        })
        .await
    }

    /// Why the investor is taken to be the contact.
    async fn contact_match(&self, ctx: &Context<'_>) -> Nullable<Match> {
        nullable(async {
            Ok(contact_of_prospect(self, ctx)
                .await?
                .map(|(_, found)| found))
        })
        .await
    }
}

async fn contact_of_prospect(
    prospect: &Prospect,
    ctx: &Context<'_>,
) -> Result<Option<(Arc<Contact>, Match)>, Error> {
    let Some(id) = &prospect.investor_id else {
        return Ok(None);
    };
    match ctx.loaders().investors.load(id.clone()).await? {
        Some(investor) => contact_of(&investor, ctx).await,
        None => Ok(None),
    }
}

#[ComplexObject]
impl AssociatedProject {
    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Nullable<Row<Project>> {
        found(async { Ok(ctx.loaders().projects.load(self.project_id.clone()).await?) }).await
    }

    /// The investor as a prospect of the project.
    async fn prospect(&self, ctx: &Context<'_>) -> Nullable<Row<Prospect>> {
        found(async {
            Ok(ctx
                .loaders()
                .prospects
                .load(self.prospect_id.clone())
                .await?)
        })
        .await
    }
}
