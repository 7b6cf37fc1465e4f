//! Prospects: added, changed, classified and removed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    Failure, Try, Writer,
    guard::{Field, Guarded, Updated, duplicate_reference},
    project::unknown,
    reference,
};
use crate::{
    cache::{Kind, Tag},
    loader::investor,
    model::{
        ConflictPolicy, ContactId, Current, ETag, ErrorCode, InvestorId, MutationError, ProjectId,
        Prospect, ProspectClassification, ProspectId,
    },
    upstream::{
        self, Written,
        propstreet::{
            Client, LARGEST_BATCH, LARGEST_PAGE, NewProspect, ProspectChange, ProspectsQuery,
        },
    },
};

impl Guarded for Prospect {
    type Change = ProspectChange;

    const FIELDS: &'static [Field<Self>] = &[
        ("classification", |one, other| {
            one.classification == other.classification
        }),
        ("capabilities", |one, other| {
            one.capabilities == other.capabilities
        }),
        ("tags", |one, other| one.tags == other.tags),
        ("teaser", |one, other| one.teaser == other.teaser),
        ("origin", |one, other| one.origin == other.origin),
        ("externalReferences", |one, other| {
            reference::are_same(&one.external_references, &other.external_references)
        }),
    ];

    fn etag(&self) -> &ETag {
        &self.etag
    }

    fn holds(&self, change: &ProspectChange) -> bool {
        let ProspectChange {
            classification,
            external_references,
        } = change;
        classification.is_none_or(|classification| Some(classification) == self.classification)
            && external_references
                .as_ref()
                .is_none_or(|references| reference::are_same(references, &self.external_references))
    }

    fn written(change: &ProspectChange) -> Vec<&'static str> {
        let ProspectChange {
            classification,
            external_references,
        } = change;
        let written = [
            ("classification", classification.is_some()),
            ("externalReferences", external_references.is_some()),
        ];
        let written = written.into_iter().filter(|(_, is_written)| *is_written);
        written.map(|(name, _)| name).collect()
    }

    fn shown_by(id: &ProspectId) -> Vec<Tag> {
        lists(&id.project).to_vec()
    }

    fn shown(record: Arc<Self>) -> Current {
        Current::Prospect(record)
    }

    async fn send(
        client: &Client,
        id: &ProspectId,
        change: &ProspectChange,
        etag: Option<&ETag>,
    ) -> Result<Written<Self>, upstream::Error> {
        client.update_prospect(id, change, etag).await
    }
}

/// What shows the prospects of a project: its list, and what investors are in the running for.
pub(super) fn lists(project: &ProjectId) -> [Tag; 2] {
    [Tag::lists_of(Kind::Prospect, project), Tag::associations()]
}

/// What became of prospects that were to be classified.
#[derive(Debug, Default)]
pub struct Classified {
    /// Those that have the classification now.
    pub succeeded: Vec<ProspectId>,
    /// Those that do not, by their place in what was asked, with Propstreet's code.
    pub failed: Vec<(usize, String)>,
    /// Why some were not asked for.
    pub failure: Option<Failure>,
}

impl Writer {
    /// Adds an investor to a project; however often with the same try, once.
    ///
    /// Errors: mistakes with a path into the input, among them [`ErrorCode::Duplicate`].
    pub async fn add_prospect(
        &self,
        project: &ProjectId,
        new: &NewProspect,
        this: Try,
    ) -> Result<Arc<Prospect>, Failure> {
        reference::check(&new.external_references)?;
        let client = self.propstreet()?;
        let key = this.key("prospect");
        let mut added = client.add_prospect(project, new, key).await;
        self.purge(lists(project));
        if let Ok(Written::Rejected {
            status: 409,
            may_be_done,
        }) = added
            && (may_be_done || this.is_resumed)
        {
            // Somebody who is there already, or the first try, which is still under way.
            if !self.is_taken(project, new).await? {
                return Err(Failure::in_progress());
            }
            added = client.add_prospect(project, new, key).await;
        }
        match added? {
            Written::Done(prospect) => Ok(self.made(prospect)),
            Written::Rejected { status: 404, .. } => {
                let message = "There is no such project or investor.";
                Err(MutationError::input(ErrorCode::NotFound, message, &[]).into())
            }
            Written::Rejected { status: 409, .. } => {
                // One or the other; which one is for people to see.
                for reference in &new.external_references {
                    let found = client.find_prospect_by_reference(project, reference);
                    let found = found.await.map_err(|error| Failure::Unread(error.into()));
                    if found?.is_some() {
                        return Err(duplicate_reference());
                    }
                }
                let message = "The investor is a prospect of this project already.";
                Err(MutationError::input(ErrorCode::Duplicate, message, &[]).into())
            }
            Written::Rejected { status, .. } => Err(Failure::rejected("add_prospect", status)),
        }
    }

    /// The investor that a contact of Propstack is, where that is known for sure.
    pub async fn investor_of(&self, contact: &ContactId) -> Result<Option<InvestorId>, Failure> {
        let mut found = investor::of_contacts(&self.sources, vec![contact.clone()]).await;
        let found = found.remove(contact).transpose();
        Ok(found.map_err(Failure::Unread)?.flatten())
    }

    /// Whether the investor is a prospect of the project, or one of its prospects has one of the
    /// references.
    async fn is_taken(&self, project: &ProjectId, new: &NewProspect) -> Result<bool, Failure> {
        let client = self.propstreet()?;
        for reference in &new.external_references {
            let found = client.find_prospect_by_reference(project, reference);
            if found.await?.is_some() {
                return Ok(true);
            }
        }
        let mut cursor: Option<String> = None;
        loop {
            let query = ProspectsQuery::default();
            let page = client.list_prospects(project, &query, cursor.as_deref(), LARGEST_PAGE);
            let Some(page) = page.await? else {
                return Ok(false);
            };
            let is_it = |row: &Arc<Prospect>| row.investor_id.as_ref() == Some(&new.investor);
            if page.rows.iter().any(is_it) {
                return Ok(true);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(false);
            }
        }
    }

    /// Changes a prospect, as [`Writer::update`].
    ///
    /// Errors: mistakes with a path into the input, too.
    pub async fn update_prospect(
        &self,
        id: &ProspectId,
        change: &ProspectChange,
        etag: Option<&ETag>,
        policy: ConflictPolicy,
        this: Try,
    ) -> Result<Updated<Prospect>, Failure> {
        check(change.classification)?;
        reference::check(change.external_references.as_deref().unwrap_or_default())?;
        self.update(id, change, etag, policy, this.is_resumed).await
    }

    /// Gives any number of prospects of a project the same classification, in as few calls as it
    /// takes. What fails keeps nothing else from it.
    pub async fn classify_prospects(
        &self,
        project: &ProjectId,
        prospects: &[ProspectId],
        classification: ProspectClassification,
        this: Try,
    ) -> Result<Classified, Failure> {
        check(Some(classification))?;
        let client = self.propstreet()?;
        let mut classified = Classified::default();
        let mut met = HashSet::new();
        for (number, some) in prospects.chunks(LARGEST_BATCH).enumerate() {
            let key = this.key(format!("classify {number}"));
            let sent = client.classify_prospects(project, some, classification, key);
            let sent = sent.await;
            self.purge(lists(project));
            self.purge(some.iter().map(|id| Tag::record(Kind::Prospect, id)));
            let failure = match sent {
                Ok(Written::Done(done)) => {
                    let succeeded: HashSet<_> = done.succeeded.into_iter().collect();
                    let codes: HashMap<_, _> = done.failed.into_iter().collect();
                    for (place, id) in (number * LARGEST_BATCH..).zip(some) {
                        if !succeeded.contains(id) {
                            // Also what Propstreet says nothing of.
                            let code = codes.get(id).cloned().unwrap_or_default();
                            classified.failed.push((place, code));
                        } else if met.insert(id) {
                            classified.succeeded.push(id.clone());
                        }
                    }
                    continue;
                }
                Ok(Written::Rejected { status: 404, .. }) => Failure::not_found(&["projectId"]),
                Ok(Written::Rejected { status, .. }) => {
                    Failure::rejected("classify_prospects", status)
                }
                Err(error) => error.into(),
            };
            classified.failure = Some(failure);
            break;
        }
        Ok(classified)
    }

    /// Removes a prospect from its project, as far as it stands at `etag`.
    pub async fn remove_prospect(
        &self,
        id: &ProspectId,
        etag: Option<&ETag>,
        this: Try,
    ) -> Result<(), Failure> {
        let _turn = self.turn::<Prospect>(id).await;
        let client = self.propstreet()?;
        let removal = client.delete_prospect(id, etag);
        self.remove::<Prospect>(id, etag, this.is_resumed, removal)
            .await
    }
}

fn check(classification: Option<ProspectClassification>) -> Result<(), MutationError> {
    match classification {
        Some(ProspectClassification::Unknown) => Err(unknown(&["classification"])),
        _ => Ok(()),
    }
}
