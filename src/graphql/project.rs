//! Projects: the roots that find them, and what one links to.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object};

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::{found, nullable},
    prospect::prospects_query,
    selection::form,
    written::Row,
};
use crate::{
    identity::project::Subject,
    loader::{fallback::OrIndexedList, project::Listing, stretch},
    model::{
        ETag, ExternalReference, ExternalReferenceInput, Match, Project, ProjectBy,
        ProjectClassification, ProjectFilter, ProjectId, ProjectStatus, Property, PropertyProfile,
        Prospect, ProspectFilter, RecordId, TeaserStage,
    },
    upstream::{propstack::Archived, propstreet::ProjectsQuery},
};

connection! {
    /// Projects, a page at a time.
    ProjectConnection,
    /// A project in a list.
    ProjectEdge {} to Project
}

connection! {
    /// The properties of a project, a page at a time.
    ProjectPropertyConnection,
    /// A property of a project.
    ProjectPropertyEdge {
        /// Why the project is taken to be about the property.
        r#match: Match,
    } to Property
}

connection! {
    /// Prospects, a page at a time.
    ProspectConnection,
    /// A prospect in a list.
    ProspectEdge {} to Prospect
}

impl From<ExternalReferenceInput> for ExternalReference {
    fn from(input: ExternalReferenceInput) -> Self {
        Self {
            namespace: input.namespace.to_lowercase(),
            id: input.id,
        }
    }
}

/// The roots that find projects.
#[derive(Default)]
pub struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// One project.
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ProjectBy,
    ) -> Nullable<Row<Project>> {
        found(async {
            let loaders = ctx.loaders();
            Ok(match by {
                ProjectBy::Id(id) => loaders.projects.load(ProjectId::decode(&id)?).await?,
                ProjectBy::UpstreamId(id) => loaders.projects.load(ProjectId::new(id)).await?,
                ProjectBy::ExternalReference(reference) => {
                    loaders.projects_by_reference.load(reference.into()).await?
                }
            })
        })
        .await
    }

    /// The projects of the organisation, least recently changed first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not deleted when left out.")] filter: Option<
            ProjectFilter,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ProjectConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("projects", vec![Box::new(filter.clone())]);
            let filter = filter.unwrap_or_default();
            let is_unknown = filter.status == Some(ProjectStatus::Unknown)
                || filter.classification == Some(ProjectClassification::Unknown)
                || filter.teaser_stage == Some(TeaserStage::Unknown);
            if is_unknown {
                return Err(Error::bad_user_input("UNKNOWN is never an input."));
            }
            let query = ProjectsQuery {
                status: filter.status,
                classification: filter.classification,
                teaser_stage: filter.teaser_stage,
                updated_since: filter.updated_since.map(|since| since.0),
                include_deleted: filter.include_deleted,
            };
            let source = Listing {
                sources: Arc::clone(ctx.sources()),
                query,
            };
            let page = Page::read(list, &OrIndexedList(source), &paging, None).await?;
            Ok(Some(page.map(|project| (project,)).into()))
        })
        .await
    }
}

#[ComplexObject]
impl Project {
    /// Its version, for guarded writes.
    async fn etag(&self, ctx: &Context<'_>) -> &ETag {
        // Whoever is told may come back with it.
        ctx.tenant().writes.versions.remember(self, &self.etag);
        &self.etag
    }

    /// The investors in the running for it, least recently changed first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not removed when left out.")] filter: Option<
            ProspectFilter,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ProspectConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new(
                "Project.prospects",
                vec![Box::new(self.id.to_string()), Box::new(filter.clone())],
            );
            let source = stretch::Listing {
                loader: &ctx.loaders().prospects_of_projects,
                list: (
                    self.id.clone(),
                    prospects_query(filter.unwrap_or_default())?,
                ),
            };
            let page = Page::read(list, &source, &paging, None).await?;
            Ok(Some(page.map(|prospect| (prospect,)).into()))
        })
        .await
    }

    /// Its properties as Propstreet describes them.
    async fn profiles(&self, ctx: &Context<'_>) -> Nullable<Vec<Arc<PropertyProfile>>> {
        nullable(async {
            Ok(ctx
                .loaders()
                .profiles_of_projects
                .load(self.id.clone())
                .await?)
        })
        .await
    }

    /// The properties in Propstack that it is about.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn properties(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ProjectPropertyConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Project.properties", vec![Box::new(self.id.to_string())]);
            let form = form(ctx.field(), ctx.viewer());
            let decided = ctx.loaders().properties_decided(&self.id);
            if !decided.is_empty() {
                let page = Page::of(list, decided, |(id, _)| id.key(), &paging)?;
                let properties = &ctx.loaders().properties;
                let page = page
                    .try_filter_map(|(id, found)| async move {
                        let property = properties.load((id, form)).await?;
                        Ok::<_, Error>(property.map(|property| (found, property)))
                    })
                    .await?;
                return Ok(Some(page.into()));
            }
            let subject = ctx.loaders().subject_of_project(self).await?;
            let Some((subject, found)) = subject else {
                let nothing = Page::of(list, [], |_: &(_, Arc<_>)| "", &paging)?;
                return Ok(Some(nothing.into()));
            };
            let page = match subject {
                Subject::Development(development) => {
                    let source = stretch::Listing {
                        loader: &ctx.loaders().properties_of_developments,
                        list: (development, form, Archived::Included),
                    };
                    Page::read(list, &source, &paging, None).await?
                }
                Subject::Property(id) => {
                    let property = ctx.loaders().properties.load((id, form)).await?;
                    Page::of(list, property, |property| property.id.key(), &paging)?
                }
            };
            Ok(Some(page.map(|property| (found, property)).into()))
        })
        .await
    }
}
