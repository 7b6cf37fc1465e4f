//! Prospects, which Propstreet reads inside their project only.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    Error, Sources,
    batch::{Batch, Loader},
    page::{Source, Stretch},
    project::{Position, nothing, read_behind},
    sweep::{self, Sweep},
};
use crate::{
    model::{ProjectId, Prospect, ProspectId},
    upstream::propstreet::{LARGEST_PAGE, ProspectsQuery},
};

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
        Ok(self
            .sources
            .propstreet()?
            .find_prospect(id)
            .await?
            .map(Arc::new))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let (client, query) = (self.sources.propstreet()?, ProspectsQuery::default());
        let page = client
            .list_prospects(&self.project, &query, cursor.as_deref(), LARGEST_PAGE)
            .await?;
        let page = page.unwrap_or_else(nothing);
        let rows = page
            .rows
            .into_iter()
            .map(|prospect| (prospect.id.clone(), Arc::new(prospect)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next,
            pages_left: None,
        })
    }
}

/// Stretches of projects' lists of prospects, all of a level at once: so whatever they link to is
/// asked for together as well.
pub struct Stretches(pub Arc<Sources>);

/// One stretch of one project's list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StretchKey {
    project: ProjectId,
    query: ProspectsQuery,
    after: Option<Position>,
    count: u32,
}

/// As it was read.
pub type ProspectStretch = Stretch<Arc<Prospect>, Position>;

impl Batch for Stretches {
    type Key = StretchKey;
    type Value = Option<ProspectStretch>;

    async fn load(&self, keys: Vec<StretchKey>) -> HashMap<StretchKey, Result<Self::Value, Error>> {
        let read = keys.into_iter().map(|key| async {
            let read = self.read(&key).await.map(Some);
            (key, read)
        });
        join_all(read).await.into_iter().collect()
    }
}

impl Stretches {
    async fn read(&self, key: &StretchKey) -> Result<ProspectStretch, Error> {
        read_behind(key.after.as_ref(), key.count, |cursor, size| async move {
            let client = self.0.propstreet()?;
            let (project, query) = (&key.project, &key.query);
            let page = client
                .list_prospects(project, query, cursor.as_deref(), size)
                .await?;
            // A project that does not exist has no prospects.
            Ok(page.unwrap_or_else(nothing))
        })
        .await
    }
}

/// The prospects of one project, least recently changed first.
pub struct Listing<'a> {
    /// What reads them.
    pub loader: &'a Loader<Stretches>,
    /// Of which project; one that does not exist has none.
    pub project: ProjectId,
    /// Which ones.
    pub query: ProspectsQuery,
}

impl Source for Listing<'_> {
    type Row = Arc<Prospect>;
    type Position = Position;

    async fn read(&self, after: Option<&Position>, count: u32) -> Result<ProspectStretch, Error> {
        let key = StretchKey {
            project: self.project.clone(),
            query: self.query.clone(),
            after: after.cloned(),
            count,
        };
        Ok(self.loader.load(key).await?.unwrap_or_default())
    }
}
