//! Any record by its id.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};
use futures_util::future::join_all;

use super::{
    Error, Nullable, RequestContext, access::Access, connection::cost, error::nullable, import_job,
    selection::form,
};
use crate::{
    auth::policy,
    model::{
        Contact, ContactId, Development, DevelopmentId, Document, DocumentId, ImportJob,
        ImportJobId, InvalidId, Investor, InvestorId, Organization, OrganizationId, ProfileId,
        Project, ProjectId, Property, PropertyId, PropertyProfile, Prospect, ProspectId, Protocol,
        ProtocolId, RecordId, authenticated, split,
    },
};

/// A record with an id that holds for the whole graph.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Opaque; stable over the life of the record."
))]
pub enum Node {
    /// A property.
    Property(Arc<Property>),
    /// A contact.
    Contact(Arc<Contact>),
    /// A document.
    Document(Arc<Document>),
    /// A development.
    Development(Arc<Development>),
    /// A protocol.
    Protocol(Arc<Protocol>),
    /// A project.
    Project(Arc<Project>),
    /// A property profile.
    PropertyProfile(Arc<PropertyProfile>),
    /// A prospect.
    Prospect(Arc<Prospect>),
    /// An investor.
    Investor(Arc<Investor>),
    /// A job.
    ImportJob(Arc<ImportJob>),
    /// The organisation.
    Organization(Arc<Organization>),
}

/// The roots that find any record.
#[derive(Default)]
pub struct NodeQuery;

/// How many records one `nodes` may ask for.
const MOST: usize = 100;

#[Object]
impl NodeQuery {
    /// One record; null when it does not exist.
    #[graphql(directive = authenticated::apply())]
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Nullable<Node> {
        nullable(async { find(ctx, &id).await }).await
    }

    /// Several records in the order of their ids, null where one does not exist.
    #[graphql(
        complexity = "cost(i32::try_from(ids.len()).unwrap_or(i32::MAX), child_complexity)",
        directive = authenticated::apply()
    )]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Nullable<Node>>, Error> {
        if ids.len() > MOST {
            let message = format!("At most {MOST} ids can be asked for at once.");
            return Err(Error::bad_user_input(message));
        }
        // One that fails is null with its error; the others are answered.
        let found = join_all(ids.iter().map(|id| find(ctx, id))).await;
        Ok(found.into_iter().map(Result::transpose).collect())
    }
}

/// Any record by its opaque id.
pub(super) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>, Error> {
    let loaders = ctx.loaders();
    let (record_type, _) = split(id)?;
    let access = ctx.data_unchecked::<Arc<Access>>();
    if !policy::permits(ctx.viewer(), access.needs_of(&record_type)) {
        return Ok(None);
    }
    Ok(match record_type.as_str() {
        PropertyId::TYPE => {
            let key = (PropertyId::decode(id)?, form(ctx.field(), ctx.viewer()));
            loaders.properties.load(key).await?.map(Node::Property)
        }
        ContactId::TYPE => loaders
            .contacts
            .load(ContactId::decode(id)?)
            .await?
            .map(Node::Contact),
        DocumentId::TYPE => loaders
            .documents
            .load(DocumentId::decode(id)?)
            .await?
            .map(Node::Document),
        DevelopmentId::TYPE => {
            let id = DevelopmentId::decode(id)?;
            let developments = ctx.sources().developments().await?;
            let found = developments.iter().find(|development| development.id == id);
            found.cloned().map(Node::Development)
        }
        ProtocolId::TYPE => ctx
            .sources()
            .find_protocol(&ProtocolId::decode(id)?)
            .await?
            .map(Node::Protocol),
        ProjectId::TYPE => loaders
            .projects
            .load(ProjectId::decode(id)?)
            .await?
            .map(Node::Project),
        ProfileId::TYPE => loaders
            .profiles
            .load(ProfileId::decode(id)?)
            .await?
            .map(Node::PropertyProfile),
        ProspectId::TYPE => loaders
            .prospects
            .load(ProspectId::decode(id)?)
            .await?
            .map(Node::Prospect),
        InvestorId::TYPE => loaders
            .investors
            .load(InvestorId::decode(id)?)
            .await?
            .map(Node::Investor),
        ImportJobId::TYPE => import_job::find(ctx, &ImportJobId::decode(id)?)
            .await?
            .map(Node::ImportJob),
        OrganizationId::TYPE => {
            let is_own = ctx.organization().id == OrganizationId::decode(id)?;
            is_own.then(|| Node::Organization(Arc::clone(&ctx.tenant().organization)))
        }
        _ => return Err(InvalidId.into()),
    })
}
