//! Documents by id. Those of a property come with the property.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use super::{Error, Sources, batch::Batch};
use crate::model::{Document, DocumentId};

/// Documents by id: Propstack has no call for many.
pub struct ById(pub Arc<Sources>);

impl Batch for ById {
    type Key = DocumentId;
    type Value = Option<Arc<Document>>;

    async fn load(&self, keys: Vec<DocumentId>) -> HashMap<DocumentId, Result<Self::Value, Error>> {
        let found = keys.into_iter().map(|id| async {
            let found = async { Ok(self.0.propstack()?.find_document(&id).await?.map(Arc::new)) };
            let found = found.await;
            (id, found)
        });
        join_all(found).await.into_iter().collect()
    }
}
