//! The mutations of projects.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{Left, Outcome, Removed, act, load_failure, run, writer};
use crate::{
    graphql::{Error, RequestContext, written::Row},
    model::{
        Asset, AssetType, ConflictPolicy, CurrencyCode, Decimal, ETag, ErrorCode,
        ExternalReferenceInput, Mandate, MutationError, Price, PriceRange, PriceScale, Project,
        ProjectId, RecordId, all, requires,
    },
    upstream::propstreet::ProjectChange,
    write::Failure,
};

/// One property or several.
#[derive(Debug, InputObject)]
pub struct AssetInput {
    /// Which of the two.
    #[graphql(name = "type")]
    asset_type: AssetType,
    /// How many properties a portfolio has.
    property_count: Option<i32>,
}

/// A price as it is stated: 150 in millions.
#[derive(Debug, InputObject)]
pub struct PriceInput {
    /// The number, in units of `scale`.
    value: Decimal,
    /// What one unit of `value` is.
    #[graphql(default_with = "PriceScale::None")]
    scale: PriceScale,
    /// The currency.
    currency: CurrencyCode,
}

/// From where to where a price may go; either end may be open.
#[derive(Debug, InputObject)]
pub struct PriceRangeInput {
    /// The lower end, in units of `scale`.
    min: Option<Decimal>,
    /// The upper end, in units of `scale`.
    max: Option<Decimal>,
    /// What one unit of `min` and `max` is.
    #[graphql(default_with = "PriceScale::None")]
    scale: PriceScale,
    /// The currency.
    currency: CurrencyCode,
}

/// A project to be made.
#[derive(Debug, InputObject)]
pub struct CreateProjectInput {
    /// Its name, of 1 to 200 letters.
    name: String,
    /// One property or a portfolio; one when left out.
    asset: Option<AssetInput>,
    /// What mandate the firm has.
    mandate: Option<Mandate>,
    /// The price.
    price: Option<PriceInput>,
    /// From where to where the price may go; the price is within.
    price_range: Option<PriceRangeInput>,
    /// Names that other systems give to it, one for each namespace.
    external_references: Option<Vec<ExternalReferenceInput>>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What making a project came to.
#[derive(Debug, SimpleObject)]
pub struct CreateProjectPayload {
    /// The project; null when none was made, or nobody knows.
    pub(super) project: Option<Row<Project>>,
    /// Why not.
    pub(super) errors: Vec<MutationError>,
}

/// What is to change of a project: what is left out stays, null clears.
#[derive(Debug, InputObject)]
pub struct UpdateProjectInput {
    /// Which project.
    id: ID,
    /// The version that the change is meant for. Without one the last writer wins.
    etag: Option<ETag>,
    /// What to do when somebody else was first.
    #[graphql(default)]
    on_conflict: ConflictPolicy,
    /// Its name, of 1 to 200 letters; never null.
    name: MaybeUndefined<String>,
    /// One property or a portfolio, as a whole; never null.
    asset: MaybeUndefined<AssetInput>,
    /// What mandate the firm has.
    mandate: MaybeUndefined<Mandate>,
    /// The price.
    price: MaybeUndefined<PriceInput>,
    /// From where to where the price may go; the price is within.
    price_range: MaybeUndefined<PriceRangeInput>,
    /// All names that other systems give to it: those left out are gone.
    external_references: MaybeUndefined<Vec<ExternalReferenceInput>>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What changing a project came to.
#[derive(Debug, SimpleObject)]
pub struct UpdateProjectPayload {
    /// The project as it stands now; null when it was not changed, or nobody knows.
    project: Option<Row<Project>>,
    /// How often the change was sent; 0 when it was known before that it cannot be made.
    attempts: u32,
    /// Why not.
    errors: Vec<MutationError>,
}

/// Which project to delete.
#[derive(Debug, InputObject)]
pub struct DeleteProjectInput {
    /// Its id.
    id: ID,
    /// The version that is meant. Without one it is deleted as it is.
    etag: Option<ETag>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What deleting a project came to.
#[derive(Debug, SimpleObject)]
pub struct DeleteProjectPayload {
    /// The project's id; null when it was not deleted, or nobody knows.
    deleted_id: Option<ProjectId>,
    /// Why not.
    errors: Vec<MutationError>,
}

impl From<AssetInput> for Asset {
    fn from(input: AssetInput) -> Self {
        Self {
            asset_type: input.asset_type,
            property_count: input.property_count,
        }
    }
}

impl From<PriceInput> for Price {
    fn from(input: PriceInput) -> Self {
        Self {
            value: input.value,
            scale: input.scale,
            currency: input.currency,
        }
    }
}

impl From<PriceRangeInput> for PriceRange {
    fn from(input: PriceRangeInput) -> Self {
        Self {
            min: input.min,
            max: input.max,
            scale: input.scale,
            currency: input.currency,
        }
    }
}

impl From<CreateProjectInput> for ProjectChange {
    fn from(input: CreateProjectInput) -> Self {
        let references = input.external_references;
        Self {
            name: Some(input.name),
            asset: input.asset.map(Into::into),
            mandate: input.mandate.map(Some),
            price: input.price.map(|price| Some(price.into())),
            price_range: input.price_range.map(|range| Some(range.into())),
            external_references: references
                .map(|references| references.into_iter().map(Into::into).collect()),
        }
    }
}

impl TryFrom<UpdateProjectInput> for ProjectChange {
    type Error = MutationError;

    fn try_from(input: UpdateProjectInput) -> Result<Self, MutationError> {
        let references = input.external_references.map_value(|references| {
            let references = references.into_iter();
            references.map(Into::into).collect::<Vec<_>>()
        });
        let change = Self {
            name: kept(input.name, "name")?,
            asset: kept(input.asset, "asset")?.map(Into::into),
            mandate: cleared(input.mandate),
            price: cleared(input.price).map(|price| price.map(Into::into)),
            price_range: cleared(input.price_range).map(|range| range.map(Into::into)),
            external_references: cleared(references).map(Option::unwrap_or_default),
        };
        if change == Self::default() {
            let message = "Nothing is said that is to change.";
            return Err(MutationError::input(ErrorCode::Validation, message, &[]));
        }
        Ok(change)
    }
}

/// `None` where it stays as it is, an inner `None` where it is cleared.
fn cleared<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// The same for what cannot be cleared.
fn kept<T>(value: MaybeUndefined<T>, name: &str) -> Result<Option<T>, MutationError> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => {
            let message = "This cannot be cleared.";
            Err(MutationError::input(
                ErrorCode::Validation,
                message,
                &[name],
            ))
        }
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
}

/// The mutations of projects.
#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Makes a project.
    #[graphql(directive = requires::apply(all("project:write")))]
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be.")] input: CreateProjectInput,
    ) -> Result<CreateProjectPayload, Error> {
        let act = act(ctx, "createProject", None);
        let key = input.idempotency_key.clone();
        let made = run(ctx, act, key, async |this| {
            let change = ProjectChange::from(input);
            let project = writer(ctx).await?.create_project(&change, this).await?;
            Ok((left(project), 1, None))
        })
        .await?;
        let (project, errors, _) = shown(ctx, made).await?;
        Ok(CreateProjectPayload { project, errors })
    }

    /// Changes a project.
    #[graphql(directive = requires::apply(all("project:write")))]
    async fn update_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UpdateProjectInput,
    ) -> Result<UpdateProjectPayload, Error> {
        let id = ProjectId::decode(&input.id)?;
        let act = act(ctx, "updateProject", Some(&id.to_string()));
        let key = input.idempotency_key.clone();
        let changed = run(ctx, act, key, async |this| {
            let (etag, policy) = (input.etag.clone(), input.on_conflict);
            let change = ProjectChange::try_from(input)?;
            let writer = writer(ctx).await?;
            let updated = writer.update_project(&id, &change, etag.as_ref(), policy, this);
            let updated = updated.await?;
            Ok((left(updated.record), updated.attempts, None))
        })
        .await?;
        let (project, errors, attempts) = shown(ctx, changed).await?;
        Ok(UpdateProjectPayload {
            project,
            attempts,
            errors,
        })
    }

    /// Deletes a project with its prospects.
    #[graphql(directive = requires::apply(all("project:write")))]
    async fn delete_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteProjectInput,
    ) -> Result<DeleteProjectPayload, Error> {
        let id = ProjectId::decode(&input.id)?;
        let act = act(ctx, "deleteProject", Some(&id.to_string()));
        let deleted = run(ctx, act, input.idempotency_key, async |this| {
            let writer = writer(ctx).await?;
            writer
                .delete_project(&id, input.etag.as_ref(), this)
                .await?;
            Ok::<_, Failure>((Removed {}, 1, None))
        })
        .await?;
        Ok(DeleteProjectPayload {
            deleted_id: deleted.done.map(|Removed {}| id),
            errors: deleted.errors,
        })
    }
}

/// A project that a mutation has left.
pub(super) fn left(project: Arc<Project>) -> Left<Project> {
    Left {
        id: project.id.to_string(),
        record: Some(project),
    }
}

/// What a mutation has left, as it stands now, with the errors and the number of attempts.
pub(super) async fn shown(
    ctx: &Context<'_>,
    outcome: Outcome<Left<Project>>,
) -> Result<(Option<Row<Project>>, Vec<MutationError>, u32), Error> {
    let Outcome {
        done,
        mut errors,
        attempts,
    } = outcome;
    let project = match done {
        None => None,
        Some(Left {
            record: Some(project),
            ..
        }) => Some(project),
        Some(Left { id, .. }) => {
            let found = ctx.loaders().projects.load(ProjectId::decode(&id)?).await;
            // It is done: that it cannot be shown is all that is wrong.
            found.unwrap_or_else(|error| {
                errors.push(load_failure(&error));
                None
            })
        }
    };
    Ok((project.map(Row::from), errors, attempts))
}
