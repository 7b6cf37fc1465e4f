//! The one write that we do in Propstack: a file is added to a property.

use std::{io, sync::atomic::Ordering};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Body;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Client, client::API_KEY};
use crate::{
    model::{DocumentId, PropertyId},
    spool::Spooled,
    upstream::{Error, Written, lenient::Id, transport::Method},
};

pub(super) const OPERATION: &str = "create_document";

/// For all of the file and the answer, in seconds: 50 MiB take 70 MB as Base64.
pub const CREATE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(120);

/// What is to be said of a file that is added to a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// The property.
    pub property: PropertyId,
    /// Its title, which becomes its file name: with an ending.
    pub title: String,
    /// Unknown ones are made.
    pub tags: Vec<String>,
    /// Not meant for portals and landing pages.
    pub is_private: bool,
}

#[derive(Serialize)]
struct Envelope<'a> {
    document: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    property_id: Value,
    title: &'a str,
    tags: &'a [String],
    is_private: bool,
    is_floorplan: bool,
    is_exposee: bool,
    on_landing_page: bool,
    /// The last: the file is written behind it.
    doc: &'static str,
}

/// What stands before the file in a data URI.
const PREFIX: &str = "data:application/pdf;base64,";
/// What stands behind it in the body.
const END: &str = "\"}}";

/// Siblings answer with the id at the top, or below the record's name.
#[derive(Deserialize)]
struct Created {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    document: Option<CreatedDocument>,
}

#[derive(Deserialize)]
struct CreatedDocument {
    #[serde(default)]
    id: Option<Id>,
}

impl NewDocument {
    /// The body without the file, up to where it begins.
    fn head(&self) -> Vec<u8> {
        let id = self.property.key();
        let fields = Fields {
            // It is a number there.
            property_id: id.parse::<u64>().map_or_else(|_| id.into(), Value::from),
            title: &self.title,
            tags: &self.tags,
            is_private: self.is_private,
            is_floorplan: false,
            is_exposee: false,
            on_landing_page: false,
            doc: PREFIX,
        };
        let mut head = serde_json::to_vec(&Envelope { document: fields }).expect("is plain data");
        debug_assert!(head.ends_with(END.as_bytes()));
        head.truncate(head.len() - END.len());
        head
    }
}

/// A body of JSON with the file in it, and its length.
fn body(head: Vec<u8>, file: Spooled) -> (u64, impl Fn() -> Body + Send + Sync + 'static) {
    let encoded = file.length.div_ceil(3) * 4;
    let length = head.len() as u64 + encoded + END.len() as u64;
    let head = Bytes::from(head);
    let make = move || {
        let head = stream::iter([Ok::<_, io::Error>(head.clone())]);
        let pieces = file.pieces();
        let encoded = pieces.map_ok(|piece| Bytes::from(BASE64_STANDARD.encode(piece)));
        let end = stream::iter([Ok(Bytes::from_static(END.as_bytes()))]);
        Body::wrap_stream(head.chain(encoded).chain(end))
    };
    (length, make)
}

impl Client {
    /// Adds a PDF to the documents of a property. Propstack knows no second request for the first:
    /// sent twice it is there twice, so nothing that may have arrived is sent again.
    ///
    /// Shape: the id of the document; `None` when Propstack made it and did not say which it is. `key`
    /// is the number of one of the account's keys, see [`Self::keys_to_write`].
    /// Units: the whole file is sent as Base64, a third longer, within [`CREATE_TIMEOUT`].
    /// Errors: [`Error`]; the rejections of unknown properties and unfit documents are
    /// [`Written::Rejected`].
    /// Source: `POST /v1/documents`, "Dokumente"; its answer is inferred from its siblings; contract
    /// 7.2.
    pub async fn create_document(
        &self,
        new: &NewDocument,
        file: &Spooled,
        key: usize,
    ) -> Result<Written<Option<DocumentId>>, Error> {
        let (length, make) = body(new.head(), file.clone());
        let call = self
            .transport
            .write(Method::POST, OPERATION, self.at("documents"))
            .timeout(CREATE_TIMEOUT)
            .header(API_KEY, self.account.keys[key].clone())
            .stream("application/json", length, make);
        let written = call.change().await?;
        self.account.writing_key.store(key, Ordering::Relaxed);
        Ok(match written {
            Written::Done(answer) => {
                // It is done, whatever is said of it.
                let created = answer.json::<Created>().ok();
                let id = created.and_then(|created| {
                    created
                        .id
                        .or_else(|| created.document.and_then(|its| its.id))
                });
                Written::Done(id.map(|id| DocumentId::new(id.0)))
            }
            Written::Rejected {
                status,
                may_be_done,
            } => Written::Rejected {
                status,
                may_be_done,
            },
        })
    }

    /// The keys by their numbers, beginning with the one that last had the right to add documents.
    pub fn keys_to_write(&self) -> impl Iterator<Item = usize> + use<> {
        let count = self.account.keys.len();
        let first = self.account.writing_key.load(Ordering::Relaxed);
        (first..count).chain(0..first)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spool::Spool;

    #[tokio::test]
    async fn the_body_is_json_of_the_length_that_is_said() {
        let new = NewDocument {
            property: PropertyId::new("481207"),
            title: "\"Übergabe\" 1.pdf".to_owned(),
            tags: vec!["Protokoll".to_owned()],
            is_private: true,
        };
        for length in [0, 1, 2, 3, 300_000] {
            let bytes = vec![7; length];
            let spool = Spool::new(u64::MAX).unwrap().write(&bytes).await.unwrap();
            let (announced, make) = body(new.head(), spool.finish(None).await.unwrap());
            // For each attempt.
            for _ in 0..2 {
                let sent = http_body_of(make()).await;
                assert_eq!(sent.len() as u64, announced);
                let read: Value = serde_json::from_slice(&sent).unwrap();
                let uri = format!("{PREFIX}{}", BASE64_STANDARD.encode(&bytes));
                assert_eq!(
                    read,
                    json!({ "document": {
                        "property_id": 481_207, "title": "\"Übergabe\" 1.pdf",
                        "tags": ["Protokoll"], "is_private": true, "is_floorplan": false,
                        "is_exposee": false, "on_landing_page": false, "doc": uri,
                    } })
                );
            }
        }
    }

    async fn http_body_of(body: Body) -> Vec<u8> {
        let body = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX);
        body.await.unwrap().to_vec()
    }
}
