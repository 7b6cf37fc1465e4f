//! The mutation that adds files to properties.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use serde::{Deserialize, Serialize};

use super::{Outcome, act, filings, run, writer};
use crate::{
    graphql::{Error, Nullable, RequestContext, error::found, written::Row},
    model::{Document, DocumentId, ErrorCode, MutationError, PropertyId, RecordId, all, requires},
    upload::Upload,
    upstream::propstack::NewDocument,
    write,
};

/// What a document without a title and a file without a name is called.
const UNNAMED: &str = "Dokument";
/// Letters of a file's name that a title is made of.
const LONGEST_NAME: usize = 150;

/// A file that is to be added to a property.
#[derive(Debug, InputObject)]
pub struct UploadPropertyDocumentInput {
    /// The property.
    property_id: ID,
    /// The file, a PDF.
    file: Upload,
    /// Its title, of 1 to 200 letters; the name of the file when left out. The beginning of the file's
    /// SHA-256 is added to it.
    title: Option<String>,
    /// The agency's tags, at most 20; unknown ones are made.
    tags: Option<Vec<String>>,
    /// Not meant for portals and landing pages.
    #[graphql(default = true)]
    is_private: bool,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What adding a file came to.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct UploadPropertyDocumentPayload {
    /// Whether the property had the same file before, so that nothing was added.
    was_duplicate: bool,
    /// Why not.
    errors: Vec<MutationError>,

    #[graphql(skip)]
    id: Option<DocumentId>,
}

#[ComplexObject]
impl UploadPropertyDocumentPayload {
    /// The document; null when none was added, or nobody knows.
    async fn document(&self, ctx: &Context<'_>) -> Nullable<Row<Document>> {
        document(ctx, self.id.as_ref()).await
    }
}

/// A file that is a document now, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Filed {
    /// Opaque.
    id: String,
    was_duplicate: bool,
}

impl From<write::document::Filed> for Filed {
    fn from(filed: write::document::Filed) -> Self {
        Self {
            id: filed.document.to_string(),
            was_duplicate: filed.was_duplicate,
        }
    }
}

impl Filed {
    /// What of it is in a payload.
    pub(super) fn told(this: Option<Self>) -> Result<(Option<DocumentId>, bool), Error> {
        let Some(this) = this else {
            return Ok((None, false));
        };
        Ok((Some(DocumentId::decode(&this.id)?), this.was_duplicate))
    }
}

/// The document of a payload.
pub(super) async fn document(
    ctx: &Context<'_>,
    id: Option<&DocumentId>,
) -> Nullable<Row<Document>> {
    found(async {
        match id {
            Some(id) => Ok(ctx.loaders().documents.load(id.clone()).await?),
            None => Ok(None),
        }
    })
    .await
}

/// The mutation that adds files to properties.
#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Adds a PDF to the documents of a property. The same file is added to a property only once,
    /// however often and under whatever title it is sent. For several files at once, select the
    /// mutation several times, each under an alias.
    #[graphql(directive = requires::apply(all("document:write")))]
    async fn upload_property_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which file, and where to.")] input: UploadPropertyDocumentInput,
    ) -> Result<UploadPropertyDocumentPayload, Error> {
        let property = PropertyId::decode(&input.property_id)?;
        let act = act(ctx, "uploadPropertyDocument", Some(&property.to_string()));
        let ran = run(ctx, act, input.idempotency_key, async |this| {
            let file = ctx.file(input.file).ok_or_else(|| {
                let message = "There is no such file.";
                MutationError::input(ErrorCode::Validation, message, &["file"])
            })?;
            let title = input.title.unwrap_or_else(|| {
                let name = file.name.as_deref().map(last_part);
                let name = name.filter(|name| !name.is_empty()).unwrap_or(UNNAMED);
                name.chars().take(LONGEST_NAME).collect()
            });
            let new = NewDocument {
                property,
                title,
                tags: input.tags.unwrap_or_default(),
                is_private: input.is_private,
            };
            let writer = writer(ctx).await?;
            let filed = writer.file_document(filings(ctx), &new, file, this).await?;
            Ok((Filed::from(filed), 1, None))
        })
        .await?;
        let Outcome { done, errors, .. } = ran;
        let (id, was_duplicate) = Filed::told(done)?;
        Ok(UploadPropertyDocumentPayload {
            was_duplicate,
            errors,
            id,
        })
    }
}

/// The name of a file without the folders that some clients put before it, and without what no title
/// can hold.
fn last_part(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    match last.chars().any(char::is_control) {
        true => "",
        false => last.trim(),
    }
}
