//! The writes of prospects.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use super::{
    Client, NewProspect, ProspectChange, change::ProspectFields, client::Guard, convert, wire,
};
use crate::{
    model::{ETag, ProjectId, Prospect, ProspectClassification, ProspectId},
    upstream::{Error, Written, transport::Method, vocabulary::Vocabulary},
};

/// The most prospects that one call adds or classifies.
pub const LARGEST_BATCH: usize = 100;

/// What became of each prospect of a batch, by its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Those that are prospects now.
    pub created: Vec<(usize, ProspectId)>,
    /// Those that are not.
    pub failed: Vec<(usize, BatchFailure)>,
}

/// Why one prospect of a batch was not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFailure {
    /// Propstreet's code, an open list.
    pub code: String,
    /// Propstreet's words.
    pub message: Option<String>,
}

impl BatchFailure {
    /// Propstreet said nothing of it.
    pub const UNTOLD: Self = Self {
        code: String::new(),
        message: None,
    };
}

/// What became of prospects that were to be classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// Those that have the classification now.
    pub succeeded: Vec<ProspectId>,
    /// Those that do not, with Propstreet's code.
    pub failed: Vec<(ProspectId, String)>,
}

#[derive(Serialize)]
struct BatchFields<'a> {
    items: Vec<ProspectFields<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClassifyFields<'a> {
    classification: &'static str,
    prospect_ids: Vec<&'a str>,
}

impl Client {
    /// Adds an investor to a project.
    ///
    /// Shape: the prospect as it stands now. However often it is called with the same key, one is
    /// made; the key is good for a day.
    /// Errors: [`Error`]. Rejections: 400 for what it is made of, 404 for a project or an investor
    /// that does not exist, 409 for one who is a prospect already or an external reference that
    /// another prospect of the project has.
    /// Source: `POST /projects/{pid}/prospects`; contract R2, 5.3 and 2.4.
    pub async fn add_prospect(
        &self,
        project: &ProjectId,
        new: &NewProspect,
        key: Uuid,
    ) -> Result<Written<Prospect>, Error> {
        let path = ["projects", project.key(), "prospects"];
        let fields = ProspectFields::from(new);
        self.change(
            (Method::POST, "add_prospect", &path),
            Some(&fields),
            Guard::Key(key),
            convert::prospect,
        )
        .await
    }

    /// Changes a prospect.
    ///
    /// Shape: the prospect as it stands now.
    /// Errors: [`Error`]. Rejections: as [`Client::update_project`].
    /// Source: `PATCH /projects/{pid}/prospects/{id}`; contract R4, 5.4 and 2.3.
    pub async fn update_prospect(
        &self,
        id: &ProspectId,
        change: &ProspectChange,
        etag: Option<&ETag>,
    ) -> Result<Written<Prospect>, Error> {
        let path = ["projects", id.project.key(), "prospects", id.key()];
        let fields = ProspectFields::from(change);
        self.change(
            (Method::PATCH, "update_prospect", &path),
            Some(&fields),
            Guard::Etag(etag),
            convert::prospect,
        )
        .await
    }

    /// Deletes a prospect.
    ///
    /// Errors: [`Error`]. Rejections: 404, and 412 where it does not stand as `etag` says.
    /// Source: `DELETE /projects/{pid}/prospects/{id}`; contract R5 and 5.5.
    pub async fn delete_prospect(
        &self,
        id: &ProspectId,
        etag: Option<&ETag>,
    ) -> Result<Written<()>, Error> {
        let path = ["projects", id.project.key(), "prospects", id.key()];
        self.delete("delete_prospect", &path, etag).await
    }

    /// Adds many investors to a project, at most [`LARGEST_BATCH`]; one that cannot be added keeps
    /// no other from it.
    ///
    /// Shape: what became of each, by its place in `new`. However often it is called with the same
    /// key, each is added once; the key is good for a day.
    /// Errors: [`Error`]. Rejections: 400 for an empty batch or one too large, 404 for the project.
    /// Source: `POST /projects/{pid}/prospects:batch`; contract R7, 5.6 and 2.4.
    pub async fn add_prospects(
        &self,
        project: &ProjectId,
        new: &[NewProspect],
        key: Uuid,
    ) -> Result<Written<Batch>, Error> {
        let path = ["projects", project.key(), "prospects:batch"];
        let fields = BatchFields {
            items: new.iter().map(ProspectFields::from).collect(),
        };
        let convert = |batch: wire::Batch, _| convert::batch(batch, project, new);
        self.change(
            (Method::POST, "add_prospects", &path),
            Some(&fields),
            Guard::Key(key),
            convert,
        )
        .await
    }

    /// Gives many prospects of a project the same classification, at most [`LARGEST_BATCH`].
    ///
    /// Shape: what became of each. To do it twice does no harm.
    /// Errors: [`Error`]. Rejections: 400 for none or too many, 404 for the project.
    /// Source: `POST /projects/{pid}/prospects/classify`; contract R9.
    pub async fn classify_prospects(
        &self,
        project: &ProjectId,
        prospects: &[ProspectId],
        classification: ProspectClassification,
        key: Uuid,
    ) -> Result<Written<Classified>, Error> {
        let path = ["projects", project.key(), "prospects", "classify"];
        let fields = ClassifyFields {
            classification: classification.word(),
            prospect_ids: prospects.iter().map(ProspectId::key).collect(),
        };
        let asked: HashMap<&str, &ProspectId> = prospects.iter().map(|id| (id.key(), id)).collect();
        let convert = |answer: wire::Classified, _| convert::classified(answer, &asked);
        self.change(
            (Method::POST, "classify_prospects", &path),
            Some(&fields),
            Guard::Key(key),
            convert,
        )
        .await
    }
}
