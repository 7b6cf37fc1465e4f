//! The mutations that bring records of one system into another.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::{
    Outcome, act,
    project::{CreateProjectPayload, left, shown},
    run, sheet, writer,
};
use crate::{
    graphql::{Error, Nullable, RequestContext, error::found, written::Row},
    loader,
    model::{
        Asset, AssetType, ContactId, ErrorCode, ExternalReference, ExternalReferenceInput,
        FailedProspect, InvestorId, Mandate, MutationError, Price, PriceScale, ProjectId, Property,
        PropertyId, Prospect, ProspectId, RecordId, all, requires,
    },
    upload::Upload,
    upstream::{propstack::Form, propstreet::ProjectChange},
    write::{
        Failure,
        import::{Candidate, Who},
    },
};

/// Prospects that one mutation may be given.
const MOST: usize = 10_000;

/// Of a file of items, in bytes: so many need no more.
const LARGEST_FILE: u64 = 8 << 20;

/// Letters of a project's name.
const LONGEST_NAME: usize = 200;

/// The reference by which a project is known to be about a property of Propstack.
const NAMESPACE: &str = crate::identity::reference::PROPSTACK;

/// Prospects to be added to a project.
#[derive(Debug, InputObject)]
pub struct ImportProspectsInput {
    /// The project.
    project_id: ID,
    /// Who, at most 10,000; sent in batches of 100. Either these or a file.
    items: Option<Vec<ImportProspectItem>>,
    /// The same as a file: JSON like `items`, or CSV with the columns `investorId` or `contactId`, and
    /// `reference:NAMESPACE` for names of the prospect.
    file: Option<Upload>,
    /// Repeated with the same key, the same is done once and told again, for a day; what was not
    /// done before is done then.
    idempotency_key: Option<String>,
}

/// A prospect to be added: one of `investorId` and `contactId`.
#[derive(Debug, InputObject)]
pub struct ImportProspectItem {
    /// An investor.
    pub(super) investor_id: Option<ID>,
    /// A contact, whose investor is found by reference or e-mail address.
    pub(super) contact_id: Option<ID>,
    /// Names that other systems give to the prospect, one for each namespace.
    pub(super) external_references: Option<Vec<ExternalReferenceInput>>,
}

/// What importing prospects came to.
#[derive(Debug, SimpleObject)]
pub struct ImportProspectsPayload {
    /// Those that are prospects now, in the order of the items.
    created: Vec<CreatedProspect>,
    /// Those that are not, in the order of the items.
    failed: Vec<FailedProspect>,
    /// Why some were not tried.
    errors: Vec<MutationError>,
}

/// A prospect that was imported.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct CreatedProspect {
    /// The place of its item, from 0.
    index: i32,

    #[graphql(skip)]
    id: ProspectId,
}

#[ComplexObject]
impl CreatedProspect {
    /// The prospect as it stands now.
    async fn prospect(&self, ctx: &Context<'_>) -> Nullable<Row<Prospect>> {
        found(async { Ok(ctx.loaders().prospects.load(self.id.clone()).await?) }).await
    }
}

/// A property that is to become a project.
#[derive(Debug, InputObject)]
pub struct ImportProjectFromPropertyInput {
    /// The property.
    property_id: ID,
    /// The project's name; the property's title when left out.
    name: Option<String>,
    /// What mandate the firm has.
    mandate: Option<Mandate>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What became of an import, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Imported {
    /// Places and opaque ids.
    created: Vec<(i32, String)>,
    failed: Vec<FailedProspect>,
}

/// The mutations that bring records of one system into another.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Adds any number of investors to a project. One that cannot be added keeps no other from it.
    #[graphql(directive = requires::apply(all("prospect:write")))]
    async fn import_prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and to what.")] input: ImportProspectsInput,
    ) -> Result<ImportProspectsPayload, Error> {
        let project = ProjectId::decode(&input.project_id)?;
        let act = act(ctx, "importProspects", Some(&project.to_string()));
        let outcome = run(ctx, act, input.idempotency_key, async |this| {
            let (items, from) = match (input.items, input.file) {
                (Some(items), None) => (items, "items"),
                (None, Some(file)) => (items_of(ctx, file).await?, "file"),
                _ => return Err(wrong("Give one of items and file.", "items").into()),
            };
            if !(1..=MOST).contains(&items.len()) {
                return Err(wrong(&format!("Give 1 to {MOST} items."), from).into());
            }
            let candidates = items.into_iter().map(Candidate::from).collect();
            let writer = writer(ctx).await?;
            let imported = writer.import_prospects(&project, candidates, this).await?;
            let created = imported.created.iter();
            let failed = imported.failed.into_iter();
            let kept = Imported {
                created: created
                    .map(|(at, id)| (place(*at), id.to_string()))
                    .collect(),
                failed: failed
                    .map(|(at, why)| FailedProspect {
                        index: place(at),
                        code: why.code,
                        upstream_code: why.upstream_code,
                        message: why.message.to_owned(),
                    })
                    .collect(),
            };
            Ok((kept, 1, imported.failure))
        })
        .await?;
        let Outcome { done, errors, .. } = outcome;
        let (created, failed) =
            done.map_or_else(Default::default, |done| (done.created, done.failed));
        let created = created.into_iter().map(|(index, id)| {
            let id = ProspectId::decode(&id)?;
            Ok(CreatedProspect { index, id })
        });
        Ok(ImportProspectsPayload {
            created: created.collect::<Result<_, Error>>()?,
            failed,
            errors,
        })
    }

    /// Makes a project of a property, which it refers to from then on. A property has one project at
    /// most.
    #[graphql(directive = requires::apply(all("property:read project:write")))]
    async fn import_project_from_property(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which property.")] input: ImportProjectFromPropertyInput,
    ) -> Result<CreateProjectPayload, Error> {
        let property = PropertyId::decode(&input.property_id)?;
        let act = act(
            ctx,
            "importProjectFromProperty",
            Some(&property.to_string()),
        );
        let made = run(ctx, act, input.idempotency_key, async |this| {
            let found = ctx
                .loaders()
                .properties
                .load((property, Form::Flat))
                .await
                .map_err(Failure::Unread)?;
            let property = found.ok_or_else(|| Failure::not_found(&["propertyId"]))?;
            let change = project_of(&property, input.name, input.mandate);
            let created = writer(ctx).await?.create_project(&change, this).await;
            let project = created.map_err(|failure| match failure {
                // The only reference is the property's.
                Failure::Input(error) if error.kind() == ErrorCode::Duplicate => {
                    let message = "There is a project of this property already.";
                    let path = &["propertyId"];
                    MutationError::input(ErrorCode::Duplicate, message, path).into()
                }
                failure => failure,
            })?;
            Ok((left(project), 1, None))
        })
        .await?;
        let (project, errors, _) = shown(ctx, made).await?;
        Ok(CreateProjectPayload { project, errors })
    }
}

fn wrong(message: &str, name: &str) -> MutationError {
    MutationError::input(ErrorCode::Validation, message, &[name])
}

/// Reads the items of a file.
async fn items_of(ctx: &Context<'_>, file: Upload) -> Result<Vec<ImportProspectItem>, Failure> {
    let file = ctx
        .file(file)
        .ok_or_else(|| wrong("There is no such file.", "file"))?;
    if file.length > LARGEST_FILE {
        let message = format!("A file of items has at most {LARGEST_FILE} bytes.");
        return Err(MutationError::input(ErrorCode::TooLarge, message, &["file"]).into());
    }
    let file = file.clone();
    let read = spawn_blocking(move || file.read(0, LARGEST_FILE as usize));
    let bytes = read.await.map_err(|_| loader::Error::Internal)?;
    let bytes = bytes.map_err(|error| {
        tracing::error!(%error, "a file that came with a request cannot be read from disk");
        loader::Error::Internal
    })?;
    Ok(sheet::read(&bytes)?)
}

fn place(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

impl From<ImportProspectItem> for Candidate {
    fn from(item: ImportProspectItem) -> Self {
        let who = match (item.investor_id, item.contact_id) {
            (Some(investor), None) => InvestorId::decode(&investor)
                .map(Who::Investor)
                .map_err(|_| "This is not the id of an investor."),
            (None, Some(contact)) => ContactId::decode(&contact)
                .map(Who::Contact)
                .map_err(|_| "This is not the id of a contact."),
            _ => Err("Give one of investorId and contactId."),
        };
        let references = item.external_references.unwrap_or_default();
        Self {
            who,
            external_references: references.into_iter().map(Into::into).collect(),
        }
    }
}

/// The project that a property becomes. Its internal name is not shown to investors: it may tell a
/// hidden address.
fn project_of(
    property: &Property,
    name: Option<String>,
    mandate: Option<Mandate>,
) -> ProjectChange {
    let known = || property.title.clone().or(property.reference.clone());
    let name = name.unwrap_or_else(|| {
        let known = known().unwrap_or_else(|| format!("Property {}", property.id.key()));
        known.chars().take(LONGEST_NAME).collect()
    });
    let price = property.sale.as_ref().and_then(|sale| sale.price);
    ProjectChange {
        name: Some(name),
        asset: Some(Asset {
            asset_type: AssetType::Single,
            property_count: None,
        }),
        mandate: mandate.map(Some),
        price: price.map(|price| {
            Some(Price {
                value: price.amount,
                scale: PriceScale::None,
                currency: price.currency,
            })
        }),
        price_range: None,
        external_references: Some(vec![ExternalReference {
            namespace: NAMESPACE.to_owned(),
            id: property.id.key().to_owned(),
        }]),
    }
}
