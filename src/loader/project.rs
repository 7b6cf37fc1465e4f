//! Projects by id, by reference, and as lists.

use std::{collections::HashMap, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Error, Sources,
    batch::Batch,
    fallback::Listed,
    page::{Source, Stretch},
    reads::{reads, record, single},
    stretch::{Lists, StretchOf},
    sweep::{self, Sweep},
};
use crate::{
    cache::{Depth, Whole},
    index::reference_key,
    model::{
        AssociatedProject, ExternalReference, Freshness, InvestorId, Project, ProjectId, RecordKind,
    },
    store::Key,
    upstream::propstreet::{AssociatedQuery, Client, LARGEST_PAGE, Page, ProjectsQuery},
};

record!(Project, Project, ProjectId; gone at deleted_at);
single!(Project, FindProject);

/// One page of projects.
type Projects = Page<Arc<Project>>;

reads! {
    Client, Project;

    /// One project.
    FindProject { id: ProjectId } by id -> Option<Arc<Project>>, "find_project", |client| {
        Ok(client.find_project(&id).await?.map(Arc::new))
    };

    /// One project by the name that another system gave to it.
    FindProjectByReference { reference: ExternalReference } -> Option<Arc<Project>>,
    "find_project_by_reference", |client| {
        Ok(client.find_project_by_reference(&reference).await?.map(Arc::new))
    };

    /// One page of projects.
    ListProjects { query: ProjectsQuery, cursor: Option<String>, size: u32 } -> Projects,
    "list_projects", |client| {
        client.list_projects(&query, cursor.as_deref(), size).await
    };
}

/// Associations name their projects and prospects; they have no ids of their own.
type Associated = Whole<Option<Page<Arc<AssociatedProject>>>>;

reads! {
    Client, Investor;

    /// One page of the projects in which an investor is in the running.
    ListAssociatedProjects {
        investor: InvestorId, query: AssociatedQuery, cursor: Option<String>, size: u32
    } with associations -> Associated, "list_associated_projects", |client| {
        let cursor = cursor.as_deref();
        let page = client.list_associated_projects(&investor, &query, cursor, size).await?;
        Ok(Whole(page))
    };
}

/// Projects by id.
pub struct ById(pub Arc<Sources>);

impl sweep::Source for ById {
    type Key = ProjectId;
    type Value = Arc<Project>;
    type Cursor = String;

    async fn find(&self, id: &ProjectId) -> Result<Option<Arc<Project>>, Error> {
        let read = FindProject { id: id.clone() };
        self.0.reader.find(id, Depth::Flat, read).await
    }

    fn known(&self, id: &ProjectId) -> Option<Option<Arc<Project>>> {
        self.0.reader.known(id, Depth::Flat)
    }

    fn recall(&self, id: &ProjectId) -> Option<Option<Arc<Project>>> {
        self.0.reader.recall(id, Depth::Flat)
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let page = all_projects(&self.0, cursor).await?;
        let rows = page
            .rows
            .iter()
            .map(|project| (project.id.clone(), Arc::clone(project)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next.clone(),
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
        let read = FindProjectByReference {
            reference: reference.clone(),
        };
        Ok(Option::clone(&*self.0.reader.read(read).await?))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let page = all_projects(&self.0, cursor).await?;
        let rows = page.rows.iter().flat_map(|project| {
            let references = project.external_references.iter();
            references.map(|reference| (reference.clone(), Arc::clone(project)))
        });
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next.clone(),
            pages_left: None,
        })
    }
}

/// Projects by the name that another system gave to them: from the index with what has changed since,
/// where all of them are in it; else looked up or read from their list.
pub struct ByAnyReference {
    sources: Arc<Sources>,
    sweep: Sweep<ByReference>,
}

impl ByAnyReference {
    /// Those of one request.
    pub fn new(sources: &Arc<Sources>) -> Self {
        Self {
            sources: Arc::clone(sources),
            sweep: Sweep::new(ByReference(Arc::clone(sources))),
        }
    }

    /// What the index has, unless that would take more calls than to look it up.
    async fn indexed(
        &self,
        references: &[ExternalReference],
    ) -> Result<Option<HashMap<ExternalReference, Arc<Project>>>, Error> {
        let sources = &self.sources;
        let state = sources.index_state(RecordKind::Project).await?;
        let Some(since) = state.and_then(|state| state.watermark) else {
            return Ok(None);
        };
        let changes = ListProjects {
            query: ProjectsQuery {
                updated_since: Some(since),
                include_deleted: true,
                ..ProjectsQuery::default()
            },
            cursor: None,
            size: LARGEST_PAGE,
        };
        let changed = match sources.reader.read(changes).await {
            // More has changed than one call tells.
            Ok(page) if page.next.is_some() => return Ok(None),
            Ok(page) => page.rows.clone(),
            Err(error) if error.is_outage() => {
                sources.reader.trace().serve_stale(Freshness::OF_INDEX);
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let keys: Vec<Key> = references.iter().map(reference_key).collect();
        let mut indexed = sources.index.list_by_key::<Project>(&keys).await?;
        let is_changed = |project: &Arc<Project>| changed.iter().any(|row| row.id == project.id);
        let found = references.iter().zip(&keys).filter_map(|(reference, key)| {
            let has = |project: &&Arc<Project>| {
                let mut references = project.external_references.iter();
                project.deleted_at.is_none() && references.any(|it| reference_key(it) == *key)
            };
            let now = changed.iter().find(has).cloned();
            let mut known = indexed.remove(key).unwrap_or_default().into_iter();
            let project =
                now.or_else(|| known.find(|it| it.deleted_at.is_none() && !is_changed(it)))?;
            Some((reference.clone(), project))
        });
        Ok(Some(found.collect()))
    }
}

impl Batch for ByAnyReference {
    type Key = ExternalReference;
    type Value = Option<Arc<Project>>;

    async fn load(
        &self,
        keys: Vec<ExternalReference>,
    ) -> HashMap<ExternalReference, Result<Self::Value, Error>> {
        match self.indexed(&keys).await {
            Ok(None) => self.sweep.load(keys).await,
            Ok(Some(mut found)) => {
                let of_key = |key: ExternalReference| {
                    let project = found.remove(&key);
                    (key, Ok(project))
                };
                keys.into_iter().map(of_key).collect()
            }
            Err(error) => keys
                .into_iter()
                .map(|key| (key, Err(error.clone())))
                .collect(),
        }
    }
}

async fn all_projects(sources: &Sources, cursor: Option<String>) -> Result<Arc<Projects>, Error> {
    let read = ListProjects {
        query: ProjectsQuery::default(),
        cursor,
        size: LARGEST_PAGE,
    };
    sources.reader.read(read).await
}

/// A page inside of what was read.
pub(super) struct Within<V, T> {
    value: Arc<V>,
    page: fn(&V) -> Option<&Page<Arc<T>>>,
}

impl<V, T> Within<V, T> {
    /// `None` where there is no such page.
    pub(super) fn new(value: Arc<V>, page: fn(&V) -> Option<&Page<Arc<T>>>) -> Option<Self> {
        page(&value).is_some().then_some(Self { value, page })
    }
}

impl<V, T> Deref for Within<V, T> {
    type Target = Page<Arc<T>>;

    fn deref(&self) -> &Self::Target {
        (self.page)(&self.value).expect("it was there when this was made")
    }
}

/// Where a row stands in a list of Propstreet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Propstreet's cursor of the page; `None` for the first.
    page: Option<Arc<str>>,
    /// The rows of that page up to this one; none at its beginning.
    passed: u32,
    /// Propstreet's id of this row.
    id: Option<Arc<str>>,
}

impl Position {
    /// Before the first row of a page.
    pub(super) fn before(page: Option<Arc<str>>) -> Self {
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
///
/// A list whose owner does not exist has no rows.
pub(super) async fn read_behind<T, P, F>(
    after: Option<&Position>,
    count: u32,
    id: impl Fn(&T) -> &str,
    read: impl FnOnce(Option<String>, u32) -> F,
) -> Result<Stretch<Arc<T>, Position>, Error>
where
    F: Future<Output = Result<Option<P>, Error>>,
    P: Deref<Target = Page<Arc<T>>>,
{
    let after = after.cloned().unwrap_or_default();
    let size = after.passed.saturating_add(count).clamp(1, LARGEST_PAGE);
    let Some(page) = read(after.page.as_deref().map(str::to_owned), size).await? else {
        return Ok(Stretch::default());
    };
    let Page { rows, next } = &*page;
    let next: Option<Arc<str>> = next.as_deref().map(Arc::from);
    let from = match &after.id {
        None => 0,
        Some(last) => rows
            .iter()
            .position(|row| id(row) == &**last)
            .map_or(after.passed.saturating_sub(1) as usize, |at| at + 1),
    };
    let last = rows.len();
    let rows: Vec<_> = rows
        .iter()
        .enumerate()
        .skip(from)
        .map(|(index, row)| {
            let position = match &next {
                // The last row is named by the next page's cursor: nothing to pass over.
                Some(next) if index + 1 == last => Position::before(Some(Arc::clone(next))),
                _ => Position {
                    page: after.page.clone(),
                    passed: u32::try_from(index + 1).unwrap_or(u32::MAX),
                    id: Some(Arc::from(id(row))),
                },
            };
            (position, Arc::clone(row))
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
                let read = ListProjects {
                    query: self.query.clone(),
                    cursor,
                    size,
                };
                self.sources.reader.read(read).await.map(Some)
            },
        )
        .await
    }
}

impl Listed for Listing {
    type Record = Project;

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn is_told(&self) -> bool {
        // Deleted ones are not kept.
        !self.query.include_deleted
    }

    fn has(&self, project: &Project) -> bool {
        let query = &self.query;
        let stage = project.teaser.map(|teaser| teaser.stage);
        (query.status.is_none_or(|status| status == project.status))
            && (query.classification.is_none() || query.classification == project.classification)
            && (query.teaser_stage.is_none() || query.teaser_stage == stage)
            && query
                .updated_since
                .is_none_or(|since| project.updated_at.0 >= since)
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
                let read = ListAssociatedProjects {
                    investor: investor.clone(),
                    query: query.clone(),
                    cursor,
                    size,
                };
                let page = self.0.reader.read(read).await?;
                Ok(Within::new(page, |page| page.0.as_ref()))
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
                    .map(|row| Arc::new(row.to_string()))
                    .collect();
                async { Ok(Some(Box::new(Page { rows, next: None }))) }
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
