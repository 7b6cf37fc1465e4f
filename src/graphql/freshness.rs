//! How fresh a record is, as seen from the request that it is served to.

use async_graphql::{ComplexObject, Context};

use super::RequestContext;
use crate::model::{Freshness, ServedFrom};

#[ComplexObject]
impl Freshness {
    /// Where this answer was taken from.
    async fn served_from(&self, ctx: &Context<'_>) -> ServedFrom {
        if self.number == Freshness::OF_INDEX {
            ServedFrom::Index
        } else if self.number == 0 || ctx.sources().reader.is_new(self.number) {
            ServedFrom::Upstream
        } else {
            ServedFrom::Cache
        }
    }

    /// Older than it should be: its system could not be asked.
    async fn is_stale(&self, ctx: &Context<'_>) -> bool {
        ctx.sources().reader.trace().is_stale(self.number)
    }
}
