//! Documents by id. Those of a property come with the property.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    Error, Sources,
    batch::Batch,
    reads::{reads, record},
};
use crate::{
    cache::Depth,
    model::{Document, DocumentId},
    upstream::propstack::Client,
};

record!(Document, Document, DocumentId);

reads! {
    Client, Document;

    /// One document.
    FindDocument { id: DocumentId } by id -> Option<Arc<Document>>, "find_document", |client| {
        Ok(client.find_document(&id).await?.map(Arc::new))
    };
}

/// Documents by id: Propstack has no call for many.
pub struct ById(pub Arc<Sources>);

impl Batch for ById {
    type Key = DocumentId;
    type Value = Option<Arc<Document>>;

    async fn load(&self, keys: Vec<DocumentId>) -> HashMap<DocumentId, Result<Self::Value, Error>> {
        let found = keys.into_iter().map(|id| async {
            let read = FindDocument { id: id.clone() };
            let found = self.0.reader.find(&id, Depth::Flat, read).await;
            (id, found)
        });
        join_all(found).await.into_iter().collect()
    }
}
