//! Prospects, which Propstreet reads inside their project only.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    Error, Sources,
    batch::Batch,
    project::{Position, Within, read_behind},
    reads::{reads, record, single},
    stretch::{Lists, StretchOf},
    sweep::{self, Sweep},
};
use crate::{
    cache::{Depth, Value},
    index::project_key,
    model::{ExternalReference, ProjectId, Prospect, ProspectId},
    upstream::propstreet::{Client, LARGEST_PAGE, Page, ProspectsQuery},
};

record!(Prospect, Prospect, ProspectId; within project; gone at deleted_at);
single!(Prospect, FindProspect);

/// `None` when there is no such project.
type Prospects = Option<Page<Arc<Prospect>>>;

reads! {
    Client, Prospect;

    /// One prospect.
    FindProspect { id: ProspectId } by id -> Option<Arc<Prospect>>, "find_prospect", |client| {
        Ok(client.find_prospect(&id).await?.map(Arc::new))
    };

    /// One prospect by the name that another system gave to it.
    FindProspectByReference { project: ProjectId, reference: ExternalReference } owned by project
    -> Option<Arc<Prospect>>, "find_prospect_by_reference", |client| {
        let found = client.find_prospect_by_reference(&project, &reference).await?;
        Ok(found.map(Arc::new))
    };

    /// One page of the prospects of a project.
    ListProspects {
        project: ProjectId, query: ProspectsQuery, cursor: Option<String>, size: u32
    } owned by project -> Prospects, "list_prospects", |client| {
        let cursor = cursor.as_deref();
        client.list_prospects(&project, &query, cursor, size).await
    };
}

impl Sources {
    /// One prospect by the name that another system gave to it.
    pub async fn find_prospect_by_reference(
        &self,
        project: ProjectId,
        reference: ExternalReference,
    ) -> Result<Option<Arc<Prospect>>, Error> {
        let read = FindProspectByReference { project, reference };
        Ok(Option::clone(&*self.reader.read(read).await?))
    }
}

/// Prospects by id, of any number of projects.
pub struct ById(pub Arc<Sources>);

impl Batch for ById {
    type Key = ProspectId;
    type Value = Option<Arc<Prospect>>;

    async fn load(&self, keys: Vec<ProspectId>) -> HashMap<ProspectId, Result<Self::Value, Error>> {
        let mut by_project: HashMap<ProjectId, Vec<ProspectId>> = HashMap::new();
        for id in keys {
            by_project.entry(id.project.clone()).or_default().push(id);
        }
        let found = by_project.into_iter().map(|(project, ids)| async {
            let sources = Arc::clone(&self.0);
            Sweep::new(OfProject { sources, project })
                .find_many(ids)
                .await
        });
        join_all(found).await.into_iter().flatten().collect()
    }
}

struct OfProject {
    sources: Arc<Sources>,
    project: ProjectId,
}

impl sweep::Source for OfProject {
    type Key = ProspectId;
    type Value = Arc<Prospect>;
    type Cursor = String;

    async fn find(&self, id: &ProspectId) -> Result<Option<Arc<Prospect>>, Error> {
        let read = FindProspect { id: id.clone() };
        self.sources.reader.find(id, Depth::Flat, read).await
    }

    fn known(&self, id: &ProspectId) -> Option<Option<Arc<Prospect>>> {
        self.sources.reader.known(id, Depth::Flat)
    }

    fn recall(&self, id: &ProspectId) -> Option<Option<Arc<Prospect>>> {
        self.sources.reader.recall(id, Depth::Flat)
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let read = ListProspects {
            project: self.project.clone(),
            query: ProspectsQuery::default(),
            cursor,
            size: LARGEST_PAGE,
        };
        let page = self.sources.reader.read(read).await?;
        let rows = page
            .rows()
            .iter()
            .map(|prospect| (prospect.id.clone(), Arc::clone(prospect)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.as_ref().as_ref().and_then(|page| page.next.clone()),
            pages_left: None,
        })
    }
}

/// The prospects of projects, least recently changed first; a project that does not exist has
/// none.
pub struct OfProjects(pub Arc<Sources>);

impl Lists for OfProjects {
    type List = (ProjectId, ProspectsQuery);
    type Row = Prospect;
    type Position = Position;

    async fn read(
        &self,
        (project, query): &Self::List,
        after: Option<&Position>,
        count: u32,
    ) -> Result<StretchOf<Self>, Error> {
        let read = read_behind(
            after,
            count,
            |prospect: &Prospect| prospect.id.key(),
            |cursor, size| async move {
                let read = ListProspects {
                    project: project.clone(),
                    query: query.clone(),
                    cursor,
                    size,
                };
                let page = self.0.reader.read(read).await?;
                Ok(Within::new(page, Option::as_ref))
            },
        );
        match read.await {
            Err(error) if self.0.falls_back::<Prospect>(&error).await? => {
                self.read_index(project, query, after, count).await
            }
            read => read,
        }
    }
}

impl OfProjects {
    async fn read_index(
        &self,
        project: &ProjectId,
        query: &ProspectsQuery,
        after: Option<&Position>,
        count: u32,
    ) -> Result<StretchOf<Self>, Error> {
        let key = project_key(project);
        let keys = std::slice::from_ref(&key);
        let mut found = self.0.index.list_by_key::<Prospect>(keys).await?;
        let mut rows = found.remove(&key).unwrap_or_default();
        rows.retain(|prospect| selects(query, prospect));
        rows.sort_by(|one, other| (one.updated_at, &one.id).cmp(&(other.updated_at, &other.id)));
        let page = Page { rows, next: None };
        let read = read_behind(
            after,
            count,
            |prospect: &Prospect| prospect.id.key(),
            |_, _| async { Ok(Some(Box::new(page))) },
        );
        let mut stretch = read.await?;
        stretch.has_more = stretch.rows.len() > count as usize;
        stretch.rows.truncate(count as usize);
        stretch.end = stretch.rows.last().map(|(at, _)| at.clone());
        Ok(stretch)
    }
}

/// What Propstreet selects itself.
fn selects(query: &ProspectsQuery, prospect: &Prospect) -> bool {
    let has_tag = |tag: &String| prospect.tags.contains(tag);
    let can = |capability| prospect.capabilities.contains(&capability);
    (query.classification.is_none() || query.classification == prospect.classification)
        && query.capability.is_none_or(can)
        && (query.tags.is_empty() || query.tags.iter().any(has_tag))
        && query
            .updated_since
            .is_none_or(|since| prospect.updated_at.0 >= since)
        && (query.include_deleted || prospect.deleted_at.is_none())
}
