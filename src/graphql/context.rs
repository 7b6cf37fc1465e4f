//! What resolvers reach through the GraphQL context.

use std::sync::Arc;

use async_graphql::Context;

use crate::{
    auth::Viewer,
    loader::{Loaders, Sources},
    model::Organization,
    spool::Spooled,
    tenant::{Tenant, Tenants},
    upload::{Upload, Uploads},
    upstream::Scope,
};

/// What every request carries. [`super::Graph::execute`] puts it there.
pub trait RequestContext {
    /// Who asks.
    fn viewer(&self) -> &Viewer;
    /// Whose data is asked for.
    fn organization(&self) -> &Organization;
    /// That organisation with its clients, as it is connected now.
    fn tenant(&self) -> &Tenant;
    /// All organisations: for what administrators change.
    fn tenants(&self) -> &Tenants;
    /// On whose behalf systems are asked.
    fn scope(&self) -> &Scope;
    /// What loads.
    fn loaders(&self) -> &Loaders;
    /// The clients and lists behind the loaders.
    fn sources(&self) -> &Arc<Sources>;
    /// A file that came with the request; `None` for one that did not.
    fn file(&self, upload: Upload) -> Option<&Spooled>;
    /// How long a file may be that is fetched for the request, in bytes.
    fn most_bytes(&self) -> u64;
}

/// How long a file may be, in bytes.
pub(super) struct MostBytes(pub u64);

impl RequestContext for Context<'_> {
    fn viewer(&self) -> &Viewer {
        self.data_unchecked()
    }

    fn organization(&self) -> &Organization {
        &self.tenant().organization
    }

    fn tenant(&self) -> &Tenant {
        self.data_unchecked::<Arc<Tenant>>()
    }

    fn tenants(&self) -> &Tenants {
        // The store tells nobody when it changes.
        self.sources().reader.trace().untraced();
        self.data_unchecked::<Arc<Tenants>>()
    }

    fn scope(&self) -> &Scope {
        self.data_unchecked()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Arc<Loaders>>()
    }

    fn sources(&self) -> &Arc<Sources> {
        &self.loaders().sources
    }

    fn file(&self, upload: Upload) -> Option<&Spooled> {
        self.data_opt::<Arc<Uploads>>()?.find(upload)
    }

    fn most_bytes(&self) -> u64 {
        self.data_unchecked::<MostBytes>().0
    }
}
