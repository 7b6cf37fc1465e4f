//! The writes of projects.

use uuid::Uuid;

use super::{Client, ProjectChange, change::ProjectFields, client::Guard, convert};
use crate::{
    model::{ETag, Project, ProjectId},
    upstream::{Error, Written, transport::Method},
};

impl Client {
    /// Makes a project.
    ///
    /// Shape: the project as it stands now. However often it is called with the same key, one is
    /// made; the key is good for a day.
    /// Units: prices as stated, exact.
    /// Errors: [`Error`]. Rejections: 400 and 422 for what the project is made of, 409 for an
    /// external reference that another project has.
    /// Source: `POST /projects`; contract P2, 4.3 and 2.4.
    pub async fn create_project(
        &self,
        change: &ProjectChange,
        key: Uuid,
    ) -> Result<Written<Project>, Error> {
        let fields = ProjectFields::from(change);
        self.change(
            (Method::POST, "create_project", &["projects"]),
            Some(&fields),
            Guard::Key(key),
            convert::project,
        )
        .await
    }

    /// Changes a project.
    ///
    /// Shape: the project as it stands now.
    /// Units: as [`Self::create_project`].
    /// Errors: [`Error`]. Rejections: as [`Self::create_project`], 404, and 412 where it does not
    /// stand as `etag` says. A 409 with an etag may mean either.
    /// Source: `PATCH /projects/{id}`; contract P4, 4.4 and 2.3.
    pub async fn update_project(
        &self,
        id: &ProjectId,
        change: &ProjectChange,
        etag: Option<&ETag>,
    ) -> Result<Written<Project>, Error> {
        let fields = ProjectFields::from(change);
        self.change(
            (Method::PATCH, "update_project", &["projects", id.key()]),
            Some(&fields),
            Guard::Etag(etag),
            convert::project,
        )
        .await
    }

    /// Deletes a project, with its prospects.
    ///
    /// Errors: [`Error`]. Rejections: 404, and 412 where it does not stand as `etag` says.
    /// Source: `DELETE /projects/{id}`; contract P5 and 4.5.
    pub async fn delete_project(
        &self,
        id: &ProjectId,
        etag: Option<&ETag>,
    ) -> Result<Written<()>, Error> {
        self.delete("delete_project", &["projects", id.key()], etag)
            .await
    }
}
