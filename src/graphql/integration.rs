//! How the systems are connected, for administrators.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, SimpleObject};

use super::{
    Error, Nullable, RequestContext,
    error::{found, nullable},
    import_job,
    mutation::{Left, Outcome, act, administer, shown, unstored, upstream_failure},
    written::Row,
};
use crate::{
    model::{
        CheckIntegrationInput, ConnectIntegrationInput, DateTime, DisconnectIntegrationInput,
        ErrorCode, ImportJob, Integration, MutationError, RequestBudget, System, UpstreamFailure,
        all, requires,
    },
    tenant::{
        Credentials, Tenant,
        integration::{Refusal, is_answer},
    },
    write::Failure,
};

/// The root that tells how the systems are connected.
#[derive(Default)]
pub struct IntegrationQuery;

#[Object]
impl IntegrationQuery {
    /// How each system is connected.
    async fn integrations(&self, ctx: &Context<'_>) -> Nullable<Vec<Integration>> {
        nullable(async {
            let organization = &ctx.viewer().organization;
            Ok(Some(ctx.tenants().list_integrations(organization).await?))
        })
        .await
    }
}

#[ComplexObject]
impl Integration {
    /// The import of the system that was asked for last; null when there was none.
    async fn last_import(&self, ctx: &Context<'_>) -> Nullable<Row<ImportJob>> {
        found(async {
            let organization = &ctx.viewer().organization;
            let last = ctx
                .tenants()
                .store()
                .find_last_import(organization, self.system, None);
            Ok(last.await?.map(|job| Arc::new(import_job::shown(job))))
        })
        .await
    }

    /// What is left of what the system allows, as this process knows it; null while it is not
    /// connected. The system is not asked.
    async fn budget(&self, ctx: &Context<'_>) -> Nullable<RequestBudget> {
        nullable(async {
            // Not this request's: a mutation may have connected the system just now.
            let organization = &ctx.viewer().organization;
            let tenant = ctx.tenants().find(organization).await?;
            Ok(tenant.and_then(|tenant| budget(&tenant, self.system)))
        })
        .await
    }
}

fn budget(tenant: &Tenant, system: System) -> Option<RequestBudget> {
    let clients = &tenant.clients;
    let budget = match system {
        System::Propstack => clients.propstack.as_ref()?.budget(),
        System::DeepRent => clients.deeprent.as_ref()?.budget(),
        System::Propstreet => clients.propstreet.as_ref()?.budget(),
    };
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    Some(RequestBudget {
        limit_per_minute: budget.limit.map(number),
        remaining: budget.remaining.map(number),
        throttled_until: budget.throttled_until.map(DateTime),
        circuit: budget.circuit,
    })
}

/// What connecting a system came to.
#[derive(Debug, SimpleObject)]
pub struct ConnectIntegrationPayload {
    /// How the system is connected now; null when the credentials were not saved.
    integration: Option<Integration>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// What disconnecting a system came to.
#[derive(Debug, SimpleObject)]
pub struct DisconnectIntegrationPayload {
    /// The system without its credentials; null when nothing was changed.
    integration: Option<Integration>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// What checking a system came to.
#[derive(Debug, SimpleObject)]
pub struct CheckIntegrationPayload {
    /// What was found; null when there was nothing to check.
    integration: Option<Integration>,
    /// Why not.
    errors: Vec<MutationError>,
}

/// The mutations that connect systems.
#[derive(Default)]
pub struct IntegrationMutation;

#[Object]
impl IntegrationMutation {
    /// Connects a system, or changes its credentials. They are tried there first: what the system
    /// refuses is not saved.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn connect_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The system and what opens it.")] input: ConnectIntegrationInput,
    ) -> Result<ConnectIntegrationPayload, Error> {
        let credentials = Credentials::try_from(input.credentials);
        let system = credentials.as_ref().ok().map(Credentials::system);
        let act = act(ctx, "connectIntegration", system.map(System::as_str));
        let outcome = administer(ctx, &act, input.idempotency_key, async |_| {
            let credentials = match credentials {
                Ok(credentials) => credentials,
                Err(error) => {
                    let written = act.write(ctx.tenants().store(), "VALIDATION").await;
                    written.map_err(unstored)?;
                    return Err(error.into());
                }
            };
            let organization = &ctx.viewer().organization;
            let connected = ctx
                .tenants()
                .connect(&credentials, ctx.scope(), organization, &act)
                .await;
            left(connected)
        })
        .await?;
        let (integration, errors) = standing(ctx, outcome).await?;
        Ok(ConnectIntegrationPayload {
            integration,
            errors,
        })
    }

    /// Disconnects a system: its credentials are forgotten at once.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn disconnect_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which system.")] input: DisconnectIntegrationInput,
    ) -> Result<DisconnectIntegrationPayload, Error> {
        let system = input.system;
        let act = act(ctx, "disconnectIntegration", Some(system.as_str()));
        let outcome = administer(ctx, &act, input.idempotency_key, async |this| {
            let organization = &ctx.viewer().organization;
            let tenants = ctx.tenants();
            match tenants.disconnect(organization, system, &act).await {
                // An earlier try has done it.
                Err(Refusal::NotConnected(_)) if this.is_resumed => Ok(Left {
                    id: system.as_str().to_owned(),
                    record: None,
                }),
                disconnected => left(disconnected),
            }
        })
        .await?;
        let (integration, errors) = standing(ctx, outcome).await?;
        Ok(DisconnectIntegrationPayload {
            integration,
            errors,
        })
    }

    /// Asks a system whether it still accepts the credentials, and what they may do.
    #[graphql(directive = requires::apply(all("integration:admin")))]
    async fn check_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which system.")] input: CheckIntegrationInput,
    ) -> Result<CheckIntegrationPayload, Error> {
        let system = input.system;
        let act = act(ctx, "checkIntegration", Some(system.as_str()));
        let outcome = administer(ctx, &act, input.idempotency_key, async |_| {
            let tenants = ctx.tenants();
            left(tenants.check(ctx.tenant(), system, ctx.scope(), &act).await)
        })
        .await?;
        let (integration, errors) = standing(ctx, outcome).await?;
        Ok(CheckIntegrationPayload {
            integration,
            errors,
        })
    }
}

/// How a mutation has left a system.
fn left(result: Result<Integration, Refusal>) -> Result<Left<Integration>, Failure> {
    let integration = result.map_err(refused)?;
    Ok(Left {
        id: integration.system.as_str().to_owned(),
        record: Some(Arc::new(integration)),
    })
}

/// How a mutation has left a system, or how that stands now where it is told again.
async fn standing(
    ctx: &Context<'_>,
    outcome: Outcome<Left<Integration>>,
) -> Result<(Option<Integration>, Vec<MutationError>), Error> {
    let found = shown(outcome, async |id| {
        let organization = &ctx.viewer().organization;
        let all = ctx.tenants().list_integrations(organization).await?;
        Ok(all.into_iter().find(|one| one.system.as_str() == id))
    });
    found.await
}

/// A refusal as data.
fn refused(refusal: Refusal) -> Failure {
    let input = |code, path: &[&str]| MutationError::input(code, refusal.to_string(), path);
    let error = match refusal {
        Refusal::Store(error) => return unstored(error).into(),
        Refusal::Configured(_) | Refusal::NoMasterKey => input(ErrorCode::NotPermitted, &[]),
        Refusal::Overtaken(_) => input(ErrorCode::Conflict, &[]),
        Refusal::NotConnected(_) => input(ErrorCode::NotFound, &["system"]),
        Refusal::Unopened(_) => input(ErrorCode::Validation, &["system"]),
        Refusal::Unusable(_) => input(ErrorCode::Validation, &["credentials"]),
        Refusal::OtherOrganization => input(
            ErrorCode::Validation,
            &["credentials", "deepRent", "organizationId"],
        ),
        Refusal::NoRight(system) => rejected(system, refusal.to_string()),
        Refusal::NoSession => rejected(System::DeepRent, refusal.to_string()),
        Refusal::Failed(failure) if is_answer(&failure) => {
            upstream_failure(&failure, ErrorCode::UpstreamRejected)
        }
        Refusal::Failed(failure) => upstream_failure(&failure, ErrorCode::UpstreamUnavailable),
    };
    error.into()
}

fn rejected(system: System, message: String) -> MutationError {
    MutationError::UpstreamFailure(UpstreamFailure {
        code: ErrorCode::UpstreamRejected,
        message,
        path: None,
        system,
        is_retryable: false,
        retry_after_seconds: None,
    })
}
