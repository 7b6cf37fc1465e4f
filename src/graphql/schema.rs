//! The schema, and how one request is executed against it.

use std::sync::Arc;

use async_graphql::{
    EmptySubscription, MergedObject, Request, Response, SDLExportOptions, ServerError,
    ValidationMode, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType},
};

use super::{
    access::{Access, Denied, Gate},
    access_token::{AccessTokenMutation, AccessTokenQuery},
    audit::AuditQuery,
    contact::ContactQuery,
    context::MostBytes,
    deeprent_api_key::{DeepRentApiKeyMutation, DeepRentApiKeyQuery},
    deeprent_webhook::{DeepRentWebhookMutation, DeepRentWebhookQuery},
    estimate::{Costs, Estimate},
    import_job::{ImportJobMutation, ImportJobQuery},
    integration::{IntegrationMutation, IntegrationQuery},
    investor::InvestorQuery,
    matching::{LinkMutation, LinkQuery},
    mutation::{
        document::DocumentMutation, import::ImportMutation, project::ProjectMutation,
        prospect::ProspectMutation, protocol::ProtocolMutation, reference::ReferenceMutation,
    },
    node::NodeQuery,
    project::ProjectQuery,
    property::PropertyQuery,
    propstack_webhook::PropstackWebhookQuery,
    propstreet_webhook::{PropstreetWebhookMutation, PropstreetWebhookQuery},
    prospect::ProspectQuery,
    protocol::ProtocolQuery,
    search::SearchQuery,
    validated::{Shape, Validated},
    viewer::ViewerQuery,
    written::Plans,
};
use crate::{
    auth::{Scopes, Viewer, policy},
    cache::Reader,
    loader::{self, Loaders},
    tenant::{Act, Tenant, Tenants},
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
    SearchQuery,
    LinkQuery,
    ImportJobQuery,
    IntegrationQuery,
    AccessTokenQuery,
    AuditQuery,
    DeepRentApiKeyQuery,
    DeepRentWebhookQuery,
    PropstreetWebhookQuery,
    PropstackWebhookQuery,
);

/// Everything that can be changed. What a viewer may not run is refused before anything is done;
/// mistakes of the input and failures of systems are in the payload.
#[derive(MergedObject, Default)]
pub struct Mutation(
    ImportMutation,
    DocumentMutation,
    ProtocolMutation,
    ImportJobMutation,
    ProjectMutation,
    ProspectMutation,
    ReferenceMutation,
    LinkMutation,
    IntegrationMutation,
    AccessTokenMutation,
    DeepRentApiKeyMutation,
    DeepRentWebhookMutation,
    PropstreetWebhookMutation,
);

type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

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
    /// The same, for documents that have passed all rules before.
    passed: Schema,
    /// The same, with what a viewer may not see absent.
    gated: Schema,
    access: Arc<Access>,
    costs: Arc<Costs>,
    validated: Arc<Validated>,
    most_calls: u64,
    most_bytes: u64,
}

impl Default for Graph {
    fn default() -> Self {
        let access = Arc::new(Access::of::<Query, Mutation>());
        let build = || {
            Schema::build(Query::default(), Mutation::default(), EmptySubscription)
                .data(Arc::clone(&access))
                .limit_complexity(MOST_COMPLEX)
                .limit_directives(MOST_DIRECTIVES)
        };
        Self {
            open: build().finish(),
            passed: build().validation_mode(ValidationMode::Fast).finish(),
            gated: build().extension(Gate(Arc::clone(&access))).finish(),
            access,
            costs: Arc::new(Costs::of::<Query, Mutation>()),
            validated: Arc::new(Validated::of::<Query, Mutation>()),
            most_calls: u64::MAX,
            most_bytes: u64::MAX,
        }
    }
}

/// What becomes of a request, by what its viewer may do.
enum Verdict {
    /// It may see all, and the document has passed validation before.
    Passed,
    /// It may see all; what to learn when the document passes.
    Permitted(Option<(Shape, Scopes)>),
    /// What the viewer may not see is to be absent.
    Partly,
    /// It would change what the viewer may not: nothing of it is done.
    Forbidden(Denied),
}

/// Refuses a mutation, and writes that somebody tried.
async fn forbid(tenants: &Tenants, viewer: &Viewer, denied: &Denied) -> Response {
    let Viewer {
        organization,
        subject,
        ..
    } = viewer;
    let act = Act::new(tenants.clock(), organization, subject, &denied.name, None);
    if let Err(error) = act.write(tenants.store(), "FORBIDDEN").await {
        tracing::error!(%error, "a refusal cannot be written into the audit log");
    }
    let needs: Vec<String> = denied.needs.iter().map(|scope| scope.to_string()).collect();
    let message = format!("{} needs the scope {}.", denied.name, needs.join(" "));
    let mut error = ServerError::new(message, Some(denied.at));
    error
        .extensions
        .get_or_insert_default()
        .set("code", "FORBIDDEN");
    Response::from_errors(vec![error])
}

impl Graph {
    /// The same graph, refusing what can take more upstream calls, and files of more bytes.
    pub fn limited_to(self, most_calls: u64, most_bytes: u64) -> Self {
        Self {
            most_calls,
            most_bytes,
            ..self
        }
    }

    /// Executes one checked request of a tenant, reading its systems with `reader`; dropping the
    /// future ends every call that nobody else waits for. `digest` is that of the document's text.
    pub async fn execute(
        &self,
        mut request: Request,
        digest: [u8; 32],
        viewer: Viewer,
        tenant: Arc<Tenant>,
        tenants: Arc<Tenants>,
        reader: Reader,
    ) -> Response {
        let mut unseen = None;
        let schema = match self.judge(&mut request, digest, &viewer) {
            Verdict::Passed => &self.passed,
            Verdict::Permitted(learned) => {
                unseen = learned;
                &self.open
            }
            Verdict::Partly => {
                // The gate has to see every field.
                request = request.data(Plans::forbidden());
                &self.gated
            }
            Verdict::Forbidden(denied) => {
                return Box::pin(forbid(&tenants, &viewer, &denied)).await;
            }
        };
        let estimate = self.estimate(&mut request);
        if estimate.total() > self.most_calls {
            return estimate.refusal(self.most_calls);
        }
        let scope = reader.scope().clone();
        let loaders = Arc::new(Loaders::new(
            reader,
            tenant.index.clone(),
            Arc::clone(&tenant.decisions),
        ));
        let request = request
            .data(viewer)
            .data(tenant)
            .data(tenants)
            .data(scope)
            .data(MostBytes(self.most_bytes))
            .data(Arc::clone(&loaders));
        let response = loader::execute(&*loaders, schema.execute(request)).await;
        if let Some((shape, needs)) = unseen {
            self.validated.learn(shape, needs, &response);
        }
        response
    }

    /// Whether the viewer may run the request's operation, and see all of it.
    fn judge(&self, request: &mut Request, digest: [u8; 32], viewer: &Viewer) -> Verdict {
        let variables = std::mem::take(&mut request.variables);
        let verdict = self.verdict(request, &variables, digest, viewer);
        request.variables = variables;
        verdict
    }

    fn verdict(
        &self,
        request: &mut Request,
        variables: &Variables,
        digest: [u8; 32],
        viewer: &Viewer,
    ) -> Verdict {
        let Some((document, operation, root)) = chosen(request) else {
            return Verdict::Permitted(None);
        };
        let validated = &self.validated;
        let shape = validated.shape(digest, document, operation, variables);
        let known = shape
            .as_ref()
            .and_then(|shape| validated.needs_if_passed(shape, operation, variables));
        if known.is_some_and(|needs| policy::permits(viewer, needs)) {
            return Verdict::Passed;
        }
        if operation.ty == OperationType::Mutation
            && let Some(denied) = self.access.denied(document, operation, root, viewer)
        {
            return Verdict::Forbidden(denied);
        }
        let needs = self.access.needs_of_operation(document, operation, root);
        if policy::permits(viewer, needs) {
            Verdict::Permitted(shape.map(|shape| (shape, needs)))
        } else {
            Verdict::Partly
        }
    }

    /// How many upstream calls a request can take at worst; none when it cannot run at all.
    pub fn estimate(&self, request: &mut Request) -> Estimate {
        let variables = std::mem::take(&mut request.variables);
        let estimate = chosen(request).map(|(document, operation, root)| {
            let costs = &self.costs;
            costs.estimate(document, operation, root, &variables)
        });
        request.variables = variables;
        estimate.unwrap_or_default()
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

/// The operation that a request chooses, in its document, and the type that it begins at.
fn chosen(
    request: &mut Request,
) -> Option<(&ExecutableDocument, &OperationDefinition, &'static str)> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut operations = document.operations.iter().filter(|(known, _)| {
        name.is_none() || known.map(async_graphql::Name::as_str) == name.as_deref()
    });
    let operation = &operations.next()?.1.node;
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    Some((document, operation, root))
}
