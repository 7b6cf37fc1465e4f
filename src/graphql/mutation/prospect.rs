//! The mutations of prospects.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use super::{Left, Outcome, Removed, act, load_failure, run, writer};
use crate::{
    graphql::{Error, RequestContext, written::Row},
    model::{
        ConflictPolicy, ETag, ErrorCode, ExternalReferenceInput, FailedProspect, InvestorId,
        MutationError, ProjectId, Prospect, ProspectClassification, ProspectId,
        ProspectImportError, RecordId, all, requires,
    },
    upstream::propstreet::{NewProspect, ProspectChange},
    write::Failure,
};

/// An investor to be added to a project: one of `investorId` and `contactId`.
#[derive(Debug, InputObject)]
pub struct AddProspectInput {
    /// The project.
    project_id: ID,
    /// The investor.
    investor_id: Option<ID>,
    /// A contact, whose investor is found by reference or e-mail address.
    contact_id: Option<ID>,
    /// Names that other systems give to the prospect, one for each namespace.
    external_references: Option<Vec<ExternalReferenceInput>>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What adding an investor came to.
#[derive(Debug, SimpleObject)]
pub struct AddProspectPayload {
    /// The prospect; null when none was added, or nobody knows.
    prospect: Option<Row<Prospect>>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// What is to change of a prospect: what is left out stays.
#[derive(Debug, InputObject)]
pub struct UpdateProspectInput {
    /// Which prospect.
    id: ID,
    /// The version that the change is meant for. Without one the last writer wins.
    etag: Option<ETag>,
    /// What to do when somebody else was first.
    #[graphql(default)]
    on_conflict: ConflictPolicy,
    /// How far the talks are.
    classification: Option<ProspectClassification>,
    /// All names that other systems give to it: those left out are gone, null clears.
    external_references: MaybeUndefined<Vec<ExternalReferenceInput>>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What changing a prospect came to.
#[derive(Debug, SimpleObject)]
pub struct UpdateProspectPayload {
    /// The prospect as it stands now; null when it was not changed, or nobody knows.
    prospect: Option<Row<Prospect>>,
    /// How often the change was sent; 0 when it was known before that it cannot be made.
    attempts: u32,
    /// Why not.
    errors: Vec<MutationError>,
}

/// Prospects of one project that are to have the same classification.
#[derive(Debug, InputObject)]
pub struct ClassifyProspectsInput {
    /// The project.
    project_id: ID,
    /// Its prospects, any number.
    prospect_ids: Vec<ID>,
    /// How far the talks with all of them are.
    classification: ProspectClassification,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What classifying prospects came to.
#[derive(Debug, SimpleObject)]
pub struct ClassifyProspectsPayload {
    /// Those that have the classification now.
    prospects: Vec<Row<Prospect>>,
    /// Those that do not, by their place in `prospectIds`.
    failed: Vec<FailedProspect>,
    /// Why some were not even tried.
    errors: Vec<MutationError>,
}

/// Which prospect to remove.
#[derive(Debug, InputObject)]
pub struct RemoveProspectInput {
    /// Its id.
    id: ID,
    /// The version that is meant. Without one it is removed as it is.
    etag: Option<ETag>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What removing a prospect came to.
#[derive(Debug, SimpleObject)]
pub struct RemoveProspectPayload {
    /// The prospect's id; null when it was not removed, or nobody knows.
    removed_id: Option<ProspectId>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// What became of prospects that were to be classified, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Classified {
    /// Opaque ids.
    succeeded: Vec<String>,
    failed: Vec<FailedProspect>,
}

/// The mutations of prospects.
#[derive(Default)]
pub struct ProspectMutation;

#[Object]
impl ProspectMutation {
    /// Adds an investor to a project.
    #[graphql(directive = requires::apply(all("prospect:write")))]
    async fn add_prospect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and to what.")] input: AddProspectInput,
    ) -> Result<AddProspectPayload, Error> {
        let project = ProjectId::decode(&input.project_id)?;
        let act = act(ctx, "addProspect", Some(&project.to_string()));
        let key = input.idempotency_key.clone();
        let added = run(ctx, act, key, async |this| {
            let writer = writer(ctx).await?;
            let investor = match (&input.investor_id, &input.contact_id) {
                (Some(investor), None) => InvestorId::decode(investor)
                    .map_err(|error| invalid(error.to_string(), "investorId"))?,
                (None, Some(contact)) => {
                    let message = "This is not the id of a contact.";
                    let contact = crate::model::ContactId::decode(contact)
                        .map_err(|_| invalid(message, "contactId"))?;
                    writer.investor_of(&contact).await?.ok_or_else(|| {
                        let message = "No investor is known to be this contact.";
                        MutationError::input(ErrorCode::NotFound, message, &["contactId"])
                    })?
                }
                _ => {
                    let message = "Give one of investorId and contactId.";
                    return Err(invalid(message, "investorId").into());
                }
            };
            let references = input.external_references.unwrap_or_default();
            let new = NewProspect {
                investor,
                external_references: references.into_iter().map(Into::into).collect(),
            };
            let prospect = writer.add_prospect(&project, &new, this).await?;
            Ok((left(prospect), 1, None))
        })
        .await?;
        let (prospect, errors, _) = shown(ctx, added).await?;
        Ok(AddProspectPayload { prospect, errors })
    }

    /// Changes a prospect.
    #[graphql(directive = requires::apply(all("prospect:write")))]
    async fn update_prospect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UpdateProspectInput,
    ) -> Result<UpdateProspectPayload, Error> {
        let id = ProspectId::decode(&input.id)?;
        let act = act(ctx, "updateProspect", Some(&id.to_string()));
        let changed = run(ctx, act, input.idempotency_key, async |this| {
            let references = match input.external_references {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(Vec::new()),
                MaybeUndefined::Value(references) => {
                    Some(references.into_iter().map(Into::into).collect())
                }
            };
            let change = ProspectChange {
                classification: input.classification,
                external_references: references,
            };
            if change == ProspectChange::default() {
                let message = "Nothing is said that is to change.";
                return Err(MutationError::input(ErrorCode::Validation, message, &[]).into());
            }
            let (etag, policy) = (input.etag.as_ref(), input.on_conflict);
            let writer = writer(ctx).await?;
            let updated = writer
                .update_prospect(&id, &change, etag, policy, this)
                .await?;
            Ok((left(updated.record), updated.attempts, None))
        })
        .await?;
        let (prospect, errors, attempts) = shown(ctx, changed).await?;
        Ok(UpdateProspectPayload {
            prospect,
            attempts,
            errors,
        })
    }

    /// Gives prospects of a project the same classification. What fails keeps nothing else from it.
    #[graphql(directive = requires::apply(all("prospect:write")))]
    async fn classify_prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and how.")] input: ClassifyProspectsInput,
    ) -> Result<ClassifyProspectsPayload, Error> {
        let project = ProjectId::decode(&input.project_id)?;
        let act = act(ctx, "classifyProspects", Some(&project.to_string()));
        let classified = run(ctx, act, input.idempotency_key, async |this| {
            let ids = prospects_of(&project, &input.prospect_ids)?;
            let writer = writer(ctx).await?;
            let done = writer
                .classify_prospects(&project, &ids, input.classification, this)
                .await?;
            let failed = done.failed.into_iter().map(|(index, code)| FailedProspect {
                index: i32::try_from(index).unwrap_or(i32::MAX),
                code: ProspectImportError::of(&code),
                message: "Propstreet did not classify this prospect.".to_owned(),
                upstream_code: Some(code).filter(|code| !code.is_empty()),
            });
            let kept = Classified {
                succeeded: done.succeeded.iter().map(ToString::to_string).collect(),
                failed: failed.collect(),
            };
            Ok::<_, Failure>((kept, 1, done.failure))
        })
        .await?;
        let Outcome {
            done, mut errors, ..
        } = classified;
        let mut prospects = Vec::new();
        let mut failed = Vec::new();
        if let Some(done) = done {
            failed = done.failed;
            let load = async |id: &String| {
                let id = ProspectId::decode(id).map_err(|_| crate::loader::Error::Internal)?;
                ctx.loaders().prospects.load(id).await
            };
            for found in join_all(done.succeeded.iter().map(load)).await {
                match found {
                    Ok(prospect) => prospects.extend(prospect.map(Row::from)),
                    Err(error) => errors.push(load_failure(&error)),
                }
            }
        }
        Ok(ClassifyProspectsPayload {
            prospects,
            failed,
            errors,
        })
    }

    /// Removes a prospect from its project.
    #[graphql(directive = requires::apply(all("prospect:write")))]
    async fn remove_prospect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RemoveProspectInput,
    ) -> Result<RemoveProspectPayload, Error> {
        let id = ProspectId::decode(&input.id)?;
        let act = act(ctx, "removeProspect", Some(&id.to_string()));
        let removed = run(ctx, act, input.idempotency_key, async |this| {
            let writer = writer(ctx).await?;
            writer
                .remove_prospect(&id, input.etag.as_ref(), this)
                .await?;
            Ok::<_, Failure>((Removed {}, 1, None))
        })
        .await?;
        Ok(RemoveProspectPayload {
            removed_id: removed.done.map(|Removed {}| id),
            errors: removed.errors,
        })
    }
}

fn invalid(message: impl Into<String>, name: &str) -> MutationError {
    MutationError::input(ErrorCode::Validation, message, &[name])
}

/// The ids of prospects that are all of one project.
fn prospects_of(project: &ProjectId, ids: &[ID]) -> Result<Vec<ProspectId>, MutationError> {
    if ids.is_empty() {
        return Err(invalid("Name at least one prospect.", "prospectIds"));
    }
    let read = |(place, id): (usize, &ID)| {
        let path = &["prospectIds", &place.to_string()];
        let wrong = |message| MutationError::input(ErrorCode::Validation, message, path);
        let id = ProspectId::decode(id).map_err(|_| wrong("This is not the id of a prospect."))?;
        match id.project == *project {
            true => Ok(id),
            false => Err(wrong("This is a prospect of another project.")),
        }
    };
    ids.iter().enumerate().map(read).collect()
}

/// A prospect that a mutation has left.
pub(super) fn left(prospect: Arc<Prospect>) -> Left<Prospect> {
    Left {
        id: prospect.id.to_string(),
        record: Some(prospect),
    }
}

/// What a mutation has left, as it stands now, with the errors and the number of attempts.
async fn shown(
    ctx: &Context<'_>,
    outcome: Outcome<Left<Prospect>>,
) -> Result<(Option<Row<Prospect>>, Vec<MutationError>, u32), Error> {
    let Outcome {
        done,
        mut errors,
        attempts,
    } = outcome;
    let prospect = match done {
        None => None,
        Some(Left {
            record: Some(prospect),
            ..
        }) => Some(prospect),
        Some(Left { id, .. }) => {
            let found = ctx.loaders().prospects.load(ProspectId::decode(&id)?).await;
            // It is done: that it cannot be shown is all that is wrong.
            found.unwrap_or_else(|error| {
                errors.push(load_failure(&error));
                None
            })
        }
    };
    Ok((prospect.map(Row::from), errors, attempts))
}
