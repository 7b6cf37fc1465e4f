//! What resolvers reach through the GraphQL context.

use std::sync::Arc;

use async_graphql::Context;

use crate::{
    auth::Viewer,
    loader::{Loaders, Sources},
    model::Organization,
};

/// What every request carries. [`super::Graph::execute`] puts it there.
pub trait RequestContext {
    /// Who asks.
    fn viewer(&self) -> &Viewer;
    /// Whose data is asked for.
    fn organization(&self) -> &Organization;
    /// What loads.
    fn loaders(&self) -> &Loaders;
    /// The clients and lists behind the loaders.
    fn sources(&self) -> &Arc<Sources>;
}

impl RequestContext for Context<'_> {
    fn viewer(&self) -> &Viewer {
        self.data_unchecked()
    }

    fn organization(&self) -> &Organization {
        self.data_unchecked::<Arc<Organization>>()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Arc<Loaders>>()
    }

    fn sources(&self) -> &Arc<Sources> {
        &self.loaders().sources
    }
}
