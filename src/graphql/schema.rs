//! The schema, and how one request is executed against it.

use std::sync::Arc;

use async_graphql::{
    EmptyMutation, EmptySubscription, MergedObject, Request, Response, SDLExportOptions,
};

use super::{
    contact::ContactQuery, investor::InvestorQuery, node::NodeQuery, project::ProjectQuery,
    property::PropertyQuery, prospect::ProspectQuery, protocol::ProtocolQuery, viewer::ViewerQuery,
};
use crate::{
    auth::Viewer,
    loader::{self, Clients, Loaders},
    model::Organization,
};

/// Everything that can be read. What one may not see looks absent; what crosses to another system
/// is null with a coded error when that system does not answer.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    ViewerQuery,
    PropertyQuery,
    ContactQuery,
    ProtocolQuery,
    ProjectQuery,
    ProspectQuery,
    InvestorQuery,
);

type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// What a request may cost when every connection is as long as it asks for: about the fields of
/// the answer.
const MOST_COMPLEX: usize = 200_000;

/// Directives on one field; more are an attack.
const MOST_DIRECTIVES: usize = 10;

/// The graph, ready to execute.
#[derive(Clone)]
pub struct Graph(Schema);

impl Default for Graph {
    fn default() -> Self {
        Self(
            Schema::build(Query::default(), EmptyMutation, EmptySubscription)
                .limit_complexity(MOST_COMPLEX)
                .limit_directives(MOST_DIRECTIVES)
                .finish(),
        )
    }
}

impl Graph {
    /// Executes one checked request. `clients` are those of the viewer's organisation, already on
    /// behalf of this request; dropping the future ends every call that it has under way.
    pub async fn execute(
        &self,
        request: Request,
        viewer: Viewer,
        organization: Arc<Organization>,
        clients: Clients,
    ) -> Response {
        let loaders = Arc::new(Loaders::new(clients));
        let request = request
            .data(viewer)
            .data(organization)
            .data(Arc::clone(&loaders));
        loader::execute(&*loaders, self.0.execute(request)).await
    }

    /// The schema in its definition language: types by name, their fields in the order of
    /// declaration.
    pub fn sdl(&self) -> String {
        let options = SDLExportOptions::new()
            .prefer_single_line_descriptions()
            .include_specified_by()
            .use_space_ident();
        self.0.sdl_with_options(options)
    }
}
