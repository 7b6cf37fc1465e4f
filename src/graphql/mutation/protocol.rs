//! The mutations about the PDFs of protocols.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use serde::{Deserialize, Serialize};

use super::{
    Outcome, act,
    document::{Filed, document},
    filings, run, writer,
};
use crate::{
    auth::policy,
    graphql::{
        Error, Nullable, RequestContext,
        error::found,
        import_job::{self, StartImportPayload, Started},
        protocol::probes,
        selection::form,
        written::Row,
    },
    job,
    model::{
        Document, DocumentId, ErrorCode, ImportJobId, ImportKind, MutationError, Property,
        PropertyId, Protocol, ProtocolFilter, ProtocolId, ProtocolPdf, RecordId, System, all,
        requires,
    },
    store::ImportJob,
    write::{Failure, protocol::title},
};

/// A protocol whose PDF is to be made.
#[derive(Debug, InputObject)]
pub struct RequestProtocolPdfInput {
    /// The protocol.
    protocol_id: ID,
    /// Repeated with the same key, the same is done once and told again, for a day; the link is then
    /// a new one.
    idempotency_key: Option<String>,
}

/// What asking for a PDF came to.
#[derive(Debug, SimpleObject)]
pub struct RequestProtocolPdfPayload {
    /// A link to the PDF; null when there is none.
    pdf: Option<ProtocolPdf>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// A protocol whose PDF is to be filed.
#[derive(Debug, InputObject)]
pub struct FileProtocolPdfInput {
    /// The protocol.
    protocol_id: ID,
    /// The property to file it with; when left out, the one that the protocol is matched to with
    /// certainty.
    property_id: Option<ID>,
    /// The title, of 1 to 200 letters; when left out, it tells what was handed over and when. The
    /// beginning of the file's SHA-256 is added to it.
    title: Option<String>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What filing a PDF came to.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct FileProtocolPdfPayload {
    /// Whether the property had the same file before, so that nothing was added.
    was_duplicate: bool,
    /// Why not.
    errors: Vec<MutationError>,

    #[graphql(skip)]
    document: Option<DocumentId>,
    #[graphql(skip)]
    protocol: ProtocolId,
    #[graphql(skip)]
    property: Option<PropertyId>,
}

#[ComplexObject]
impl FileProtocolPdfPayload {
    /// The document; null when none was added, or nobody knows.
    async fn document(&self, ctx: &Context<'_>) -> Nullable<Row<Document>> {
        document(ctx, self.document.as_ref()).await
    }

    /// The protocol; null when there is none.
    async fn protocol(&self, ctx: &Context<'_>) -> Nullable<Row<Protocol>> {
        found(async { Ok(ctx.sources().find_protocol(&self.protocol).await?) }).await
    }

    /// The property that it was filed with; null when it was not.
    async fn property(&self, ctx: &Context<'_>) -> Nullable<Row<Property>> {
        found(async {
            let Some(id) = &self.property else {
                return Ok(None);
            };
            let key = (id.clone(), form(ctx.field(), ctx.viewer()));
            Ok(ctx.loaders().properties.load(key).await?)
        })
        .await
    }
}

/// Protocols whose PDFs are to be filed.
#[derive(Debug, InputObject)]
pub struct FileProtocolPdfsInput {
    /// Which ones; all that were not deleted when left out.
    filter: Option<ProtocolFilter>,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// A protocol that is filed now, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct FiledProtocol {
    /// Opaque.
    property: String,
    filed: Filed,
}

/// That deep.rent was asked, as it is kept: whoever has the link may read the file, so it is not.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    #[serde(skip)]
    pdf: Option<ProtocolPdf>,
}

/// The mutations about the PDFs of protocols.
#[derive(Default)]
pub struct ProtocolMutation;

#[Object]
impl ProtocolMutation {
    /// Has the PDF of a protocol made, unless there is one, and gives a link to it. It takes up to a
    /// minute.
    #[graphql(directive = requires::apply(all("protocol:read")))]
    async fn request_protocol_pdf(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which protocol.")] input: RequestProtocolPdfInput,
    ) -> Result<RequestProtocolPdfPayload, Error> {
        let id = ProtocolId::decode(&input.protocol_id)?;
        let act = act(ctx, "requestProtocolPdf", Some(&id.to_string()));
        let ask = async || {
            if !ctx.loaders().may_ask_for_pdf() {
                let message = "At most five PDFs can be asked for in one operation.";
                return Err(MutationError::input(ErrorCode::Validation, message, &[]).into());
            }
            let client = ctx.sources().deeprent().map_err(Failure::Unread)?;
            let pdf = client.find_pdf(&id).await;
            let pdf = pdf.map_err(|error| Failure::Unread(error.into()))?;
            pdf.ok_or_else(|| Failure::not_found(&["protocolId"]))
        };
        let asked = run(ctx, act, input.idempotency_key, async |_| {
            let pdf = Some(ask().await?);
            Ok((Asked { pdf }, 1, None))
        })
        .await?;
        let Outcome {
            done, mut errors, ..
        } = asked;
        let pdf = match done {
            None => None,
            Some(Asked { pdf: Some(pdf) }) => Some(pdf),
            // A link of yesterday would not work.
            Some(Asked { pdf: None }) => match ask().await {
                Ok(pdf) => Some(pdf),
                Err(failure) => {
                    errors.push(super::told(failure));
                    None
                }
            },
        };
        Ok(RequestProtocolPdfPayload { pdf, errors })
    }

    /// Adds the PDF of a protocol to the documents of its property in Propstack, privately. deep.rent
    /// may have to make it first, which takes up to a minute. It is added to a property only once.
    #[graphql(directive = requires::apply(all("protocol:read document:write")))]
    async fn file_protocol_pdf(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which protocol, and where to.")] input: FileProtocolPdfInput,
    ) -> Result<FileProtocolPdfPayload, Error> {
        let id = ProtocolId::decode(&input.protocol_id)?;
        let property = input.property_id.as_ref().map(|id| PropertyId::decode(id));
        let property = property.transpose()?;
        let act = act(ctx, "fileProtocolPdf", Some(&id.to_string()));
        let ran = run(ctx, act, input.idempotency_key, async |this| {
            let protocol = ctx.sources().find_protocol(&id).await;
            let protocol = protocol.map_err(Failure::Unread)?;
            let protocol = protocol.ok_or_else(|| Failure::not_found(&["protocolId"]))?;
            let property = match property {
                Some(property) => property,
                None => {
                    let found = ctx.loaders().certain_property(&protocol).await;
                    found.map_err(Failure::Unread)?.ok_or_else(|| {
                        let message = "Which property it is about is not certain: say it.";
                        MutationError::input(ErrorCode::Validation, message, &["propertyId"])
                    })?
                }
            };
            let writer = writer(ctx).await?;
            let tells_address = policy::may_see_hidden_address(ctx.viewer());
            let title = input
                .title
                .unwrap_or_else(|| title(&protocol, tells_address));
            let limit = ctx.most_bytes();
            let filed = writer
                .file_protocol(filings(ctx), &protocol, &property, title, limit, this)
                .await?;
            let kept = FiledProtocol {
                property: property.to_string(),
                filed: filed.into(),
            };
            Ok((kept, 1, None))
        })
        .await?;
        let Outcome { done, errors, .. } = ran;
        let (property, filed) = done.map(|done| (done.property, done.filed)).unzip();
        let (document, was_duplicate) = Filed::told(filed)?;
        Ok(FileProtocolPdfPayload {
            was_duplicate,
            errors,
            document,
            protocol: id,
            property: property.map(|id| PropertyId::decode(&id)).transpose()?,
        })
    }

    /// Files the PDFs of many protocols with their properties, as `fileProtocolPdf` files one: a job,
    /// which goes on when the request has been answered. Protocols that were deleted are left out
    /// unless the filter asks for them; one whose property is not certain is a problem of the job.
    #[graphql(directive = requires::apply(all("import:run protocol:read document:write")))]
    async fn file_protocol_pdfs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which protocols.")] input: FileProtocolPdfsInput,
    ) -> Result<StartImportPayload, Error> {
        let filter = input.filter.unwrap_or_default();
        let property = filter.property_id.as_ref().map(|id| PropertyId::decode(id));
        let property = property.transpose()?;
        let act = act(ctx, "fileProtocolPdfs", None);
        let started = run(ctx, act, input.idempotency_key, async |this| {
            if probes(&filter) && !policy::may_read_personal_data(ctx.viewer()) {
                let message = "To select by an e-mail address needs the scope contact:read.";
                let path = &["filter", "contactEmail"];
                return Err(MutationError::input(ErrorCode::NotPermitted, message, path).into());
            }
            let (tenants, viewer) = (ctx.tenants(), ctx.viewer());
            let tells_address = policy::may_see_hidden_address(viewer);
            let input = job::Protocols::new(filter, property.as_ref(), tells_address);
            let job = ImportJob::queued(
                this.key("job"),
                &viewer.organization,
                (ImportKind::FileProtocolPdfs, System::DeepRent),
                &viewer.subject,
                serde_json::to_string(&input).expect("is plain data"),
                tenants.clock().now(),
            );
            tenants.store().create_import_job(&job).await?;
            tenants.created_job().notify_one();
            let job = ImportJobId::new(job.id.to_string()).to_string();
            Ok((Started { job }, 1, None))
        })
        .await?;
        import_job::started(ctx, started).await
    }
}
