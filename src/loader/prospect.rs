//! Prospects, which Propstreet reads inside their project only.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    Error, Sources,
    batch::Batch,
    project::{Position, nothing, read_behind},
    stretch::{Lists, StretchOf},
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
        read_behind(
            after,
            count,
            |prospect: &Prospect| prospect.id.key(),
            |cursor, size| async move {
                let client = self.0.propstreet()?;
                let page = client
                    .list_prospects(project, query, cursor.as_deref(), size)
                    .await?;
                Ok(page.unwrap_or_else(nothing))
            },
        )
        .await
    }
}
