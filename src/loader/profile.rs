//! Property profiles, by id and by project.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    Error, Sources,
    batch::Batch,
    reads::{reads, record},
    sweep,
};
use crate::{
    cache::Depth,
    model::{ProfileId, ProjectId, PropertyProfile},
    upstream::propstreet::{ChangesQuery, Client, LARGEST_PAGE, Page},
};

record!(PropertyProfile, Profile, ProfileId; gone at deleted_at);

reads! {
    Client, Profile;

    /// One profile.
    FindProfile { id: ProfileId } by id -> Option<Arc<PropertyProfile>>, "find_profile",
    |client| Ok(client.find_profile(&id).await?.map(Arc::new));

    /// One page of profiles, as many as it can hold.
    ListProfiles { cursor: Option<String> } -> Page<Arc<PropertyProfile>>, "list_profiles",
    |client| {
        let query = ChangesQuery::default();
        client.list_profiles(&query, cursor.as_deref(), LARGEST_PAGE).await
    };

    /// The profiles of a project.
    ListProjectProfiles { project: ProjectId } -> Option<Vec<Arc<PropertyProfile>>>,
    "list_project_profiles", |client| {
        let profiles = client.list_project_profiles(&project).await?;
        Ok(profiles.map(|profiles| profiles.into_iter().map(Arc::new).collect()))
    };
}

/// Property profiles by id.
pub struct ById(pub Arc<Sources>);

impl sweep::Source for ById {
    type Key = ProfileId;
    type Value = Arc<PropertyProfile>;
    type Cursor = String;

    async fn find(&self, id: &ProfileId) -> Result<Option<Self::Value>, Error> {
        let read = FindProfile { id: id.clone() };
        self.0.reader.find(id, Depth::Flat, read).await
    }

    fn known(&self, id: &ProfileId) -> Option<Option<Self::Value>> {
        self.0.reader.known(id, Depth::Flat)
    }

    fn recall(&self, id: &ProfileId) -> Option<Option<Self::Value>> {
        self.0.reader.recall(id, Depth::Flat)
    }

    async fn page(&self, cursor: Option<String>) -> Result<sweep::PageOf<Self>, Error> {
        let page = self.0.reader.read(ListProfiles { cursor }).await?;
        let rows = page
            .rows
            .iter()
            .map(|profile| (profile.id.clone(), Arc::clone(profile)));
        Ok(sweep::Page {
            rows: rows.collect(),
            next: page.next.clone(),
            pages_left: None,
        })
    }
}

/// The property profiles of projects: Propstreet has no call for many projects.
pub struct OfProject(pub Arc<Sources>);

impl Batch for OfProject {
    type Key = ProjectId;
    type Value = Option<Vec<Arc<PropertyProfile>>>;

    async fn load(&self, keys: Vec<ProjectId>) -> HashMap<ProjectId, Result<Self::Value, Error>> {
        let listed = keys.into_iter().map(|id| async {
            let read = ListProjectProfiles {
                project: id.clone(),
            };
            let listed = self.0.reader.read(read).await;
            (id, listed.map(|listed| Option::clone(&listed)))
        });
        join_all(listed).await.into_iter().collect()
    }
}
