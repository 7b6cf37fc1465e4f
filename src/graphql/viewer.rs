//! Who asks, as the graph tells it.

use async_graphql::{Context, Object};

use super::RequestContext;
use crate::{
    auth::{Role, Scope, Viewer},
    model::{Organization, authenticated},
};

/// Who asks.
#[Object(directive = authenticated::apply())]
impl Viewer {
    /// The user or program that the token was made for.
    async fn subject(&self) -> &str {
        &self.subject
    }

    /// The firm whose data the viewer sees.
    async fn organization<'a>(&self, ctx: &'a Context<'_>) -> &'a Organization {
        ctx.organization()
    }

    /// What the viewer may administer.
    async fn role(&self) -> Role {
        self.role
    }

    /// What the viewer may read and write.
    async fn scopes(&self) -> Vec<Scope> {
        self.scopes.iter().collect()
    }
}

/// The root that tells who asks.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who asks.
    async fn viewer<'a>(&self, ctx: &'a Context<'_>) -> Option<&'a Viewer> {
        // Two with the same permissions are still two.
        ctx.sources().reader.trace().untraced();
        ctx.data_opt()
    }
}
