//! Projects by id, by reference, and as lists.

use std::sync::Arc;

use super::{
    Error, Sources,
    page::{Source, Stretch},
    stretch::{Lists, StretchOf},
    sweep,
};
use crate::{
    model::{AssociatedProject, ExternalReference, InvestorId, Project, ProjectId},
    upstream::propstreet::{AssociatedQuery, LARGEST_PAGE, Page, ProjectsQuery},
};

/// Projects by id.
pub struct ById(pub Arc<Sources>);

impl sweep::Source for ById {
    type Key = ProjectId;
    type Value = Arc<Project>;
    type Cursor = String;

    async fn find(&self, id: &ProjectId) -> Result<Option<Arc<Project>>, Error> {
        Ok(self.0.propstreet()?.find_project(id).await?.map(Arc::new))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let page = all_projects(&self.0, cursor).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|project| (project.id.clone(), Arc::new(project)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next,
            pages_left: None,
        })
    }
}

/// Projects by the name that another system gave to them; namespaces in lower case.
pub struct ByReference(pub Arc<Sources>);

impl sweep::Source for ByReference {
    type Key = ExternalReference;
    type Value = Arc<Project>;
    type Cursor = String;

    async fn find(&self, reference: &ExternalReference) -> Result<Option<Arc<Project>>, Error> {
        Ok(self
            .0
            .propstreet()?
            .find_project_by_reference(reference)
            .await?
            .map(Arc::new))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let page = all_projects(&self.0, cursor).await?;
        let rows = page.rows.into_iter().map(Arc::new).flat_map(|project| {
            let references = project.external_references.clone();
            references
                .into_iter()
                .map(move |reference| (reference, Arc::clone(&project)))
        });
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next,
            pages_left: None,
        })
    }
}

async fn all_projects(sources: &Sources, cursor: Option<String>) -> Result<Page<Project>, Error> {
    let everything = ProjectsQuery::default();
    let client = sources.propstreet()?;
    Ok(client
        .list_projects(&everything, cursor.as_deref(), LARGEST_PAGE)
        .await?)
}

/// The page of a list whose owner does not exist.
pub(super) fn nothing<T>() -> Page<T> {
    Page {
        rows: Vec::new(),
        next: None,
    }
}

/// Where a row stands in a list of Propstreet: how many rows behind one of its own cursors.
pub type Position = (Option<String>, u32);

/// Reads rows behind any row, although Propstreet's cursors stand at the ends of pages only: the
/// page that the row was on is read again, larger by what is to be passed over.
pub(super) async fn read_behind<T, F>(
    after: Option<&Position>,
    count: u32,
    read: impl FnOnce(Option<String>, u32) -> F,
) -> Result<Stretch<Arc<T>, Position>, Error>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let (cursor, passed) = after.cloned().unwrap_or_default();
    let size = passed.saturating_add(count).clamp(1, LARGEST_PAGE);
    let page = read(cursor.clone(), size).await?;
    let last = page.rows.len();
    let next = page.next;
    let rows: Vec<_> = page
        .rows
        .into_iter()
        .enumerate()
        .skip(passed as usize)
        .map(|(index, row)| {
            // The last row is named by the next page's cursor: nothing to pass over.
            let position = match &next {
                Some(next) if index + 1 == last => (Some(next.clone()), 0),
                _ => (cursor.clone(), u32::try_from(index + 1).unwrap_or(u32::MAX)),
            };
            (position, Arc::new(row))
        })
        .collect();
    let has_more = next.is_some();
    let end = next
        .map(|next| (Some(next), 0))
        .or_else(|| rows.last().map(|(at, _)| at.clone()));
    Ok(Stretch {
        rows,
        has_more,
        end,
        total: None,
    })
}

/// The projects of a query, least recently changed first.
pub struct Listing {
    /// Where they are read.
    pub sources: Arc<Sources>,
    /// Which ones.
    pub query: ProjectsQuery,
}

impl Source for Listing {
    type Row = Arc<Project>;
    type Position = Position;

    async fn read(
        &self,
        after: Option<&Position>,
        count: u32,
    ) -> Result<Stretch<Arc<Project>, Position>, Error> {
        read_behind(after, count, |cursor, size| async move {
            let client = self.sources.propstreet()?;
            Ok(client
                .list_projects(&self.query, cursor.as_deref(), size)
                .await?)
        })
        .await
    }
}

/// The projects in which investors are in the running; an investor that does not exist has none.
pub struct OfInvestors(pub Arc<Sources>);

impl Lists for OfInvestors {
    type List = (InvestorId, AssociatedQuery);
    type Row = AssociatedProject;
    type Position = Position;

    async fn read(
        &self,
        (investor, query): &Self::List,
        after: Option<&Position>,
        count: u32,
    ) -> Result<StretchOf<Self>, Error> {
        read_behind(after, count, |cursor, size| async move {
            let client = self.0.propstreet()?;
            let cursor = cursor.as_deref();
            let page = client
                .list_associated_projects(investor, query, cursor, size)
                .await?;
            Ok(page.unwrap_or_else(nothing))
        })
        .await
    }
}
