//! Many prospects at once: any number, sent in batches, with what became of each by the caller's
//! index.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};

use super::{Failure, Try, Writer, prospect::lists, reference};
use crate::{
    loader::{self, investor},
    model::{ContactId, ExternalReference, InvestorId, ProjectId, ProspectId, ProspectImportError},
    upstream::{
        Written,
        propstreet::{BatchFailure, LARGEST_BATCH, NewProspect},
    },
};

/// How many batches are under way at the same time: as many as wait for each other anyway.
const AT_ONCE: usize = 4;

/// Who is to become a prospect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// An investor.
    Investor(InvestorId),
    /// A contact, whose investor is to be found.
    Contact(ContactId),
}

/// Somebody who is to become a prospect, with names that other systems give to the prospect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who; an error says why that cannot be told.
    pub who: Result<Who, &'static str>,
    /// Names of the prospect.
    pub external_references: Vec<ExternalReference>,
}

/// What became of many, each by its place in what was asked.
#[derive(Debug, Default)]
pub struct Imported {
    /// Those that are prospects now.
    pub created: Vec<(usize, ProspectId)>,
    /// Those that are not.
    pub failed: Vec<(usize, Rejection)>,
    /// Why some were not tried, or may have been added without an answer.
    pub failure: Option<Failure>,
}

/// Why one is no prospect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// What kind of failure it is.
    pub code: ProspectImportError,
    /// Propstreet's own code, where it gave one.
    pub upstream_code: Option<String>,
    /// For people.
    pub message: &'static str,
}

impl Rejection {
    fn new(code: ProspectImportError, message: &'static str) -> Self {
        Self {
            code,
            upstream_code: None,
            message,
        }
    }

    fn of(failure: BatchFailure) -> Self {
        let code = ProspectImportError::of(&failure.code);
        let message = match code {
            ProspectImportError::Validation => "Propstreet does not accept this.",
            ProspectImportError::Duplicate => "The investor is a prospect of this project already.",
            ProspectImportError::DuplicateReference => {
                "Another prospect has one of these external references."
            }
            ProspectImportError::NotFound => "There is no such investor.",
            ProspectImportError::Blocked => "The investor must not be added.",
            ProspectImportError::NotAdded => "Propstreet could not add this investor.",
            ProspectImportError::Unresolved
            | ProspectImportError::Upstream
            | ProspectImportError::Unknown => {
                "Propstreet did not add this, with a code of its own."
            }
        };
        Self {
            upstream_code: Some(failure.code).filter(|code| !code.is_empty()),
            ..Self::new(code, message)
        }
    }
}

impl Writer {
    /// Adds any number of investors to a project; however often with the same try, each once. One
    /// that cannot be added keeps no other from it.
    pub async fn import_prospects(
        &self,
        project: &ProjectId,
        candidates: Vec<Candidate>,
        this: Try,
    ) -> Result<Imported, Failure> {
        let mut imported = Imported::default();
        let sendable = self.sendable(candidates, &mut imported).await;
        // By the caller's places, so that the same batch is sent whatever becomes of the others.
        let mut batches: HashMap<usize, (Vec<usize>, Vec<NewProspect>)> = HashMap::new();
        for (place, new) in sendable {
            let (places, all) = batches.entry(place / LARGEST_BATCH).or_default();
            places.push(place);
            all.push(new);
        }
        let mut batches: Vec<_> = batches.into_iter().collect();
        batches.sort_unstable_by_key(|(number, _)| *number);
        let client = self.propstreet()?;
        let client = &client;
        let sent: Vec<_> = stream::iter(batches)
            .map(|(number, (places, new))| async move {
                // Another composition is another batch to Propstreet.
                let key = this.key(format!("prospects {number} {new:?}"));
                (places, client.add_prospects(project, &new, key).await)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        self.purge(lists(project));
        for (places, sent) in sent {
            let (rejection, failure) = match sent {
                Ok(Written::Done(batch)) => {
                    let created = batch.created.into_iter();
                    (imported.created).extend(created.map(|(at, id)| (places[at], id)));
                    let failed = batch.failed.into_iter();
                    (imported.failed)
                        .extend(failed.map(|(at, why)| (places[at], Rejection::of(why))));
                    continue;
                }
                Ok(Written::Rejected { status: 404, .. }) => (
                    Rejection::new(ProspectImportError::NotFound, "There is no such project."),
                    Failure::not_found(&["projectId"]),
                ),
                // The same batch is still being done, for a try before this one.
                Ok(Written::Rejected { status: 409, .. }) => (
                    Rejection::new(ProspectImportError::Upstream, TRY_AGAIN),
                    Failure::in_progress(),
                ),
                Ok(Written::Rejected { status, .. }) => (
                    Rejection::new(
                        ProspectImportError::Validation,
                        "Propstreet does not accept this batch.",
                    ),
                    Failure::rejected("add_prospects", status),
                ),
                Err(error) => (
                    Rejection::new(ProspectImportError::Upstream, TRY_AGAIN),
                    error.into(),
                ),
            };
            let failed = places.into_iter().map(|place| (place, rejection.clone()));
            imported.failed.extend(failed);
            imported.failure.get_or_insert(failure);
        }
        imported.created.sort_unstable_by_key(|(place, _)| *place);
        imported.failed.sort_by_key(|(place, _)| *place);
        Ok(imported)
    }

    /// Those that Propstreet can be asked to add, with their places.
    async fn sendable(
        &self,
        candidates: Vec<Candidate>,
        imported: &mut Imported,
    ) -> Vec<(usize, NewProspect)> {
        let contacts: HashSet<ContactId> = candidates
            .iter()
            .filter_map(|candidate| match &candidate.who {
                Ok(Who::Contact(contact)) => Some(contact.clone()),
                _ => None,
            })
            .collect();
        let investors = match contacts.is_empty() {
            true => HashMap::new(),
            false => {
                let contacts = contacts.into_iter().collect();
                investor::of_contacts(&self.sources, contacts).await
            }
        };
        let (mut sendable, mut seen, mut named) = (Vec::new(), HashSet::new(), HashSet::new());
        for (place, candidate) in candidates.into_iter().enumerate() {
            match check(candidate, &investors, &mut seen, &mut named) {
                Ok(new) => sendable.push((place, new)),
                Err(Unsendable::Rejected(why)) => imported.failed.push((place, why)),
                Err(Unsendable::Failed(error)) => {
                    let why = Rejection::new(ProspectImportError::Upstream, TRY_AGAIN);
                    imported.failed.push((place, why));
                    imported.failure.get_or_insert(Failure::Unread(error));
                }
            }
        }
        sendable
    }
}

const TRY_AGAIN: &str =
    "The system was not reached, or did not answer. Try again with the same key.";

/// Why somebody is not sent.
enum Unsendable {
    Rejected(Rejection),
    Failed(loader::Error),
}

impl Unsendable {
    fn new(code: ProspectImportError, message: &'static str) -> Self {
        Self::Rejected(Rejection::new(code, message))
    }
}

/// Who it is, if the batch has nobody like that before.
fn check(
    candidate: Candidate,
    investors: &HashMap<ContactId, Result<Option<InvestorId>, loader::Error>>,
    seen: &mut HashSet<InvestorId>,
    named: &mut HashSet<(String, String)>,
) -> Result<NewProspect, Unsendable> {
    use ProspectImportError as Code;
    let who = candidate
        .who
        .map_err(|message| Unsendable::new(Code::Validation, message))?;
    if reference::check(&candidate.external_references).is_err() {
        let message = "An external reference is not as it must be.";
        return Err(Unsendable::new(Code::Validation, message));
    }
    let investor = match who {
        Who::Investor(investor) => investor,
        Who::Contact(contact) => match investors.get(&contact) {
            Some(Ok(Some(investor))) => investor.clone(),
            Some(Err(error)) => return Err(Unsendable::Failed(error.clone())),
            Some(Ok(None)) | None => {
                let message = "No investor is known to be this contact, or several are.";
                return Err(Unsendable::new(Code::Unresolved, message));
            }
        },
    };
    if !seen.insert(investor.clone()) {
        let message = "The investor stands in the input before.";
        return Err(Unsendable::new(Code::Duplicate, message));
    }
    let names = candidate.external_references.iter();
    let names: Vec<_> = names
        .map(|name| (name.namespace.to_lowercase(), name.id.clone()))
        .collect();
    if names.iter().any(|name| named.contains(name)) {
        // It was not sent: somebody behind may be.
        seen.remove(&investor);
        let message = "One of these external references stands in the input before.";
        return Err(Unsendable::new(Code::DuplicateReference, message));
    }
    named.extend(names);
    Ok(NewProspect {
        investor,
        external_references: candidate.external_references,
    })
}
