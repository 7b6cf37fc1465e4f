//! Projects by id, by reference, and as lists.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

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

/// Where a row stands in a list of Propstreet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Propstreet's cursor of the page; `None` for the first.
    page: Option<String>,
    /// The rows of that page up to this one; none at its beginning.
    passed: u32,
    /// Propstreet's id of this row.
    id: Option<String>,
}

impl Position {
    /// Before the first row of a page.
    pub(super) fn before(page: Option<String>) -> Self {
        Self {
            page,
            ..Self::default()
        }
    }
}

/// Reads rows behind any row, although Propstreet's cursors stand at the ends of pages only: the
/// page that the row was on is read again, larger by what is to be passed over.
///
/// Rows that change in between move to the end of their list. So the row is looked for by its id;
/// where it has moved itself, those behind it have come one place nearer.
pub(super) async fn read_behind<T, F>(
    after: Option<&Position>,
    count: u32,
    id: impl Fn(&T) -> &str,
    read: impl FnOnce(Option<String>, u32) -> F,
) -> Result<Stretch<Arc<T>, Position>, Error>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let after = after.cloned().unwrap_or_default();
    let size = after.passed.saturating_add(count).clamp(1, LARGEST_PAGE);
    let Page { rows, next } = read(after.page.clone(), size).await?;
    let from = match &after.id {
        None => 0,
        Some(last) => rows
            .iter()
            .position(|row| id(row) == last)
            .map_or(after.passed.saturating_sub(1) as usize, |at| at + 1),
    };
    let last = rows.len();
    let rows: Vec<_> = rows
        .into_iter()
        .enumerate()
        .skip(from)
        .map(|(index, row)| {
            let position = match &next {
                // The last row is named by the next page's cursor: nothing to pass over.
                Some(next) if index + 1 == last => Position::before(Some(next.clone())),
                _ => Position {
                    page: after.page.clone(),
                    passed: u32::try_from(index + 1).unwrap_or(u32::MAX),
                    id: Some(id(&row).to_owned()),
                },
            };
            (position, Arc::new(row))
        })
        .collect();
    let has_more = next.is_some();
    let end = next
        .map(|next| Position::before(Some(next)))
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
        read_behind(
            after,
            count,
            |project: &Project| project.id.key(),
            |cursor, size| async move {
                let client = self.sources.propstreet()?;
                Ok(client
                    .list_projects(&self.query, cursor.as_deref(), size)
                    .await?)
            },
        )
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
        read_behind(
            after,
            count,
            |project: &AssociatedProject| project.prospect_id.key(),
            |cursor, size| async move {
                let client = self.0.propstreet()?;
                let cursor = cursor.as_deref();
                let page = client
                    .list_associated_projects(investor, query, cursor, size)
                    .await?;
                Ok(page.unwrap_or_else(nothing))
            },
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One page of numbers from the start of a list.
    async fn read(list: &[&str], after: Option<&Position>) -> Stretch<Arc<String>, Position> {
        let read = read_behind(
            after,
            2,
            |row: &String| row.as_str(),
            |_, size| {
                let rows = list
                    .iter()
                    .take(size as usize)
                    .map(ToString::to_string)
                    .collect();
                async { Ok(Page { rows, next: None }) }
            },
        );
        read.await.unwrap()
    }

    #[tokio::test]
    async fn rows_that_move_to_the_end_hide_none_behind_them() {
        let first = read(&["a", "b", "c", "d", "e"], None).await;
        let behind = first.rows[1].0.clone();
        for (list, what) in [
            (["a", "b", "c", "d", "e"], "nothing moved"),
            (["b", "c", "d", "e", "a"], "an earlier row moved"),
            (["a", "c", "d", "e", "b"], "the row itself moved"),
        ] {
            let next = read(&list, Some(&behind)).await;
            assert_eq!(*next.rows[0].1, "c", "{what}");
        }
    }
}
