//! The mutations of external references.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{Left, act, load_failure, run, writer};
use crate::{
    auth::{Scope, policy},
    graphql::{
        Error, RequestContext,
        node::{self, Node},
    },
    model::{
        Current, ErrorCode, ExternalReferenceInput, MutationError, ProjectId, ProspectId, RecordId,
        authenticated,
    },
    write::{Failure, reference::Naming},
};

/// A name to be given to a record.
#[derive(Debug, InputObject)]
pub struct SetExternalReferenceInput {
    /// A project or a prospect.
    id: ID,
    /// The name; it takes the place of another one in the same namespace.
    reference: ExternalReferenceInput,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// A name to be taken from a record.
#[derive(Debug, InputObject)]
pub struct RemoveExternalReferenceInput {
    /// A project or a prospect.
    id: ID,
    /// Whose name, in any letter case.
    namespace: String,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What naming a record came to.
#[derive(SimpleObject)]
pub struct SetExternalReferencePayload {
    /// The record as it stands now; null when it was not changed, or nobody knows.
    node: Option<Node>,
    /// How often the change was sent; 0 when there was nothing to change.
    attempts: u32,
    /// Why not.
    errors: Vec<MutationError>,
}

/// A record that other systems give names to.
#[derive(Clone)]
enum Named {
    Project(ProjectId),
    Prospect(ProspectId),
}

/// The mutations of external references.
#[derive(Default)]
pub struct ReferenceMutation;

#[Object]
impl ReferenceMutation {
    /// Sets the name that another system gives to a record; those of other systems stay. Needs
    /// `project:write` or `prospect:write`, by the record.
    #[graphql(directive = authenticated::apply())]
    async fn set_external_reference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which name, of what.")] input: SetExternalReferenceInput,
    ) -> Result<SetExternalReferencePayload, Error> {
        let naming = Naming::Set(input.reference.into());
        let action = "setExternalReference";
        name(ctx, action, &input.id, &naming, input.idempotency_key).await
    }

    /// Takes away the name that another system gives to a record; those of other systems stay.
    /// Needs `project:write` or `prospect:write`, by the record.
    #[graphql(directive = authenticated::apply())]
    async fn remove_external_reference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose name, of what.")] input: RemoveExternalReferenceInput,
    ) -> Result<SetExternalReferencePayload, Error> {
        let naming = Naming::Remove(input.namespace);
        let action = "removeExternalReference";
        name(ctx, action, &input.id, &naming, input.idempotency_key).await
    }
}

async fn name(
    ctx: &Context<'_>,
    action: &str,
    id: &ID,
    naming: &Naming,
    key: Option<String>,
) -> Result<SetExternalReferencePayload, Error> {
    let named = match ProjectId::decode(id) {
        Ok(project) => Named::Project(project),
        Err(_) => Named::Prospect(ProspectId::decode(id)?),
    };
    let act = act(ctx, action, Some(id.as_str()));
    let outcome = run(ctx, act, key, async |_| {
        let scope = match named {
            Named::Project(_) => Scope::ProjectWrite,
            Named::Prospect(_) => Scope::ProspectWrite,
        };
        if !policy::permits(ctx.viewer(), [scope].into_iter().collect()) {
            let message = format!("This needs the scope {}.", scope.as_str());
            let error = MutationError::input(ErrorCode::NotPermitted, message, &[]);
            return Err(Failure::Input(error));
        }
        let writer = writer(ctx).await?;
        Ok(match &named {
            Named::Project(id) => {
                let updated = writer.name(id, naming).await?;
                (
                    left(Current::Project(updated.record)),
                    updated.attempts,
                    None,
                )
            }
            Named::Prospect(id) => {
                let updated = writer.name(id, naming).await?;
                (
                    left(Current::Prospect(updated.record)),
                    updated.attempts,
                    None,
                )
            }
        })
    })
    .await?;
    let mut errors = outcome.errors;
    let node = match outcome.done {
        None => None,
        Some(Left {
            record: Some(found),
            ..
        }) => Some(node(&found)),
        Some(Left { id, .. }) => match node::find(ctx, &id).await {
            Ok(found) => found,
            Err(Error::Load(error)) => {
                // It is done: that it cannot be shown is all that is wrong.
                errors.push(load_failure(&error));
                None
            }
            Err(error) => return Err(error),
        },
    };
    Ok(SetExternalReferencePayload {
        node,
        attempts: outcome.attempts,
        errors,
    })
}

fn left(record: Current) -> Left<Current> {
    Left {
        id: record.id(),
        record: Some(Arc::new(record)),
    }
}

/// As the interface has it.
pub(super) fn node(record: &Current) -> Node {
    match record {
        Current::Project(project) => Node::Project(Arc::clone(project)),
        Current::Prospect(prospect) => Node::Prospect(Arc::clone(prospect)),
    }
}
