//! Property profiles, by id and by project.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{Error, Sources, batch::Batch, sweep};
use crate::{
    model::{ProfileId, ProjectId, PropertyProfile},
    upstream::propstreet::LARGEST_PAGE,
};

/// Property profiles by id.
pub struct ById(pub Arc<Sources>);

impl sweep::Source for ById {
    type Key = ProfileId;
    type Value = Arc<PropertyProfile>;
    type Cursor = String;

    async fn find(&self, id: &ProfileId) -> Result<Option<Self::Value>, Error> {
        Ok(self.0.propstreet()?.find_profile(id).await?.map(Arc::new))
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let page = self
            .0
            .propstreet()?
            .list_profiles(cursor.as_deref(), LARGEST_PAGE)
            .await?;
        let rows = page
            .rows
            .into_iter()
            .map(|profile| (profile.id.clone(), Arc::new(profile)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next,
            pages_left: None,
        })
    }
}

/// The property profiles of projects: Propstreet has no call for many projects.
pub struct OfProject(pub Arc<Sources>);

impl Batch for OfProject {
    type Key = ProjectId;
    type Value = Option<Arc<[PropertyProfile]>>;

    async fn load(&self, keys: Vec<ProjectId>) -> HashMap<ProjectId, Result<Self::Value, Error>> {
        let listed = keys.into_iter().map(|id| async {
            let listed = async {
                let profiles = self.0.propstreet()?.list_project_profiles(&id).await?;
                Ok(profiles.map(Arc::from))
            };
            let listed = listed.await;
            (id, listed)
        });
        join_all(listed).await.into_iter().collect()
    }
}
