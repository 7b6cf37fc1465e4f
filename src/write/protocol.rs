//! The PDFs of protocols are fetched from deep.rent and added to the documents of properties.

use super::{
    Failure, Try, Writer,
    document::{Filed, Filings, check, check_file, stands},
};
use crate::{
    cache::{Kind, Tag},
    model::{DocumentId, ErrorCode, MutationError, PropertyId, Protocol, ProtocolCause},
    upstream::{self, propstack::NewDocument},
};

/// The tag by which filed protocols are found in Propstack.
const TAG: &str = "Übergabeprotokoll";

impl Writer {
    /// Fetches the PDF of a protocol, which deep.rent may have to build first, and adds it to the
    /// documents of a property, privately, unless that has it already.
    ///
    /// Units: at most `limit` bytes.
    /// Errors: as [`Self::file_document`].
    pub async fn file_protocol(
        &self,
        filings: Filings<'_>,
        protocol: &Protocol,
        property: &PropertyId,
        title: String,
        limit: u64,
        this: Try,
    ) -> Result<Filed, Failure> {
        let new = NewDocument {
            property: property.clone(),
            title,
            tags: vec![TAG.to_owned()],
            is_private: true,
        };
        check(&new)?;
        let id = &protocol.id;
        // Whoever files the same here waits, and does not fetch it.
        let pair = Tag::record(Kind::Protocol, &(id.key(), property.key()));
        let _turn = self.shared.turns.take(pair).await;
        let known = filings
            .store
            .list_filed_protocols(filings.organization, property.key(), id.key())
            .await?;
        let client = self.sources.propstack()?;
        for filed in known {
            let document = DocumentId::new(filed.document);
            if filed.protocol_version == protocol.version && stands(&client, &document).await? {
                return Ok(Filed {
                    document,
                    was_duplicate: !this.is_resumed,
                });
            }
        }
        let found = self.sources.deeprent()?.download_pdf(id, limit).await;
        let file = found.map_err(|error| match error {
            upstream::Error::TooLarge { .. } => {
                let message = format!("The PDF has more than {limit} bytes.");
                MutationError::input(ErrorCode::TooLarge, message, &["protocolId"]).into()
            }
            error => Failure::Unread(error.into()),
        })?;
        let file = file.ok_or_else(|| {
            let message = "deep.rent has no PDF of this protocol.";
            MutationError::input(ErrorCode::NotFound, message, &["protocolId"])
        })?;
        check_file(&file).await?.map_err(|flaw| {
            let message = format!("What deep.rent sent is not filed. {flaw}");
            MutationError::input(ErrorCode::Unprocessable, message, &["protocolId"])
        })?;
        let filed = self.file(filings, &new, &file, this).await?;
        let (store, filing) = (filings.store, filings.of(property, &file));
        let noted = store.note_protocol(&filing, id.key(), protocol.version);
        if let Err(error) = noted.await {
            // It is filed: the next time it is fetched once more, and found by its content.
            tracing::error!(%error, "that a protocol is filed cannot be noted");
        }
        Ok(filed)
    }
}

/// What a protocol's document is called: `Übergabeprotokoll 2026-03-01 Lindenallee 12 WE 07`. Who may
/// not see hidden addresses must not learn one from it either: `tells_address` says whether the street
/// is in it.
pub fn title(protocol: &Protocol, tells_address: bool) -> String {
    let kind = match protocol.cause {
        Some(ProtocolCause::Takeback) => "Rücknahmeprotokoll",
        Some(ProtocolCause::Inspection) => "Besichtigungsprotokoll",
        Some(ProtocolCause::Other) | None => "Protokoll",
        Some(ProtocolCause::Handover | ProtocolCause::Purchase | ProtocolCause::Sale) => {
            "Übergabeprotokoll"
        }
    };
    let day = protocol.created_at.0.format("%Y-%m-%d").to_string();
    let object = &protocol.object;
    let address = object.address.as_ref().filter(|_| tells_address);
    let street = address.and_then(|address| address.line1.clone());
    let parts = [
        Some(kind.to_owned()),
        Some(day),
        street,
        object.name.clone(),
    ];
    let title: Vec<String> = parts.into_iter().flatten().collect();
    let title = title.join(" ");
    let clean = title.chars().filter(|letter| !letter.is_control());
    clean.take(150).collect::<String>()
}
