//! The schema, and how one request is executed against it.

use std::sync::Arc;

use async_graphql::{
    EmptyMutation, EmptySubscription, MergedObject, Request, Response, SDLExportOptions,
};

use super::{
    access::{Access, Gate},
    contact::ContactQuery,
    investor::InvestorQuery,
    node::NodeQuery,
    project::ProjectQuery,
    property::PropertyQuery,
    prospect::ProspectQuery,
    protocol::ProtocolQuery,
    viewer::ViewerQuery,
};
use crate::{
    auth::{Scopes, Viewer, policy},
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
pub struct Graph {
    /// For viewers who may see all that they ask for.
    open: Schema,
    /// The same, with what a viewer may not see absent.
    gated: Schema,
    access: Arc<Access>,
}

impl Default for Graph {
    fn default() -> Self {
        let access = Arc::new(Access::of::<Query>());
        let build = || {
            Schema::build(Query::default(), EmptyMutation, EmptySubscription)
                .data(Arc::clone(&access))
                .limit_complexity(MOST_COMPLEX)
                .limit_directives(MOST_DIRECTIVES)
        };
        Self {
            open: build().finish(),
            gated: build().extension(Gate(Arc::clone(&access))).finish(),
            access,
        }
    }
}

impl Graph {
    /// Executes one checked request. `clients` are those of the viewer's organisation, already on
    /// behalf of this request; dropping the future ends every call that it has under way.
    pub async fn execute(
        &self,
        mut request: Request,
        viewer: Viewer,
        organization: Arc<Organization>,
        clients: Clients,
    ) -> Response {
        let schema = if policy::permits(&viewer, self.needs(&mut request)) {
            &self.open
        } else {
            &self.gated
        };
        let loaders = Arc::new(Loaders::new(clients));
        let request = request
            .data(viewer)
            .data(organization)
            .data(Arc::clone(&loaders));
        loader::execute(&*loaders, schema.execute(request)).await
    }

    /// The scopes that the request's operation needs; none for one that is not to be executed.
    fn needs(&self, request: &mut Request) -> Scopes {
        let name = request.operation_name.clone();
        let Ok(document) = request.parsed_query() else {
            return Scopes::default();
        };
        let operations = document.operations.iter();
        let mut operations = operations.filter(|(known, _)| {
            name.is_none() || known.map(async_graphql::Name::as_str) == name.as_deref()
        });
        operations
            .next()
            .map_or(Scopes::default(), |(_, operation)| {
                let operation = &operation.node;
                self.access.needs_of_operation(document, operation, "Query")
            })
    }

    /// The schema in its definition language: types by name, their fields in the order of
    /// declaration.
    pub fn sdl(&self) -> String {
        let options = SDLExportOptions::new()
            .prefer_single_line_descriptions()
            .include_specified_by()
            .use_space_ident();
        self.open.sdl_with_options(options)
    }
}
