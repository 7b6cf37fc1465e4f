//! How mutations run: who does what, written into the audit log, with failures as data.

use async_graphql::Context;

use super::{Error, RequestContext, error::Face};
use crate::{
    loader::{self, Sources},
    model::{ErrorCode, MutationError, System, UpstreamFailure},
    tenant::Act,
    upstream,
};

/// An act of the viewer.
pub(super) fn act(ctx: &Context<'_>, action: &str, target: Option<&str>) -> Act {
    let viewer = ctx.viewer();
    Act::new(
        ctx.tenants().clock(),
        &viewer.organization,
        &viewer.subject,
        action,
        target.map(str::to_owned),
    )
}

/// The systems as they are connected at this moment: what came before in the same request may have
/// changed that.
pub(super) async fn sources(ctx: &Context<'_>) -> Result<Sources, loader::Error> {
    let found = ctx.tenants().find(&ctx.viewer().organization).await;
    let tenant = found.map_err(|error| {
        tracing::error!(%error, "the store failed a request");
        loader::Error::Internal
    })?;
    let tenant = tenant.ok_or(loader::Error::Internal)?;
    Ok(Sources::new(tenant.reader(ctx.scope().clone(), None)))
}

/// Why a write was not done, or not told to be.
pub(super) enum Failure {
    /// A mistake, found before anything was sent.
    Input(MutationError),
    /// The system did not do its part.
    Load(loader::Error),
}

impl From<MutationError> for Failure {
    fn from(error: MutationError) -> Self {
        Self::Input(error)
    }
}

impl<E: Into<loader::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Load(error.into())
    }
}

/// Writes to a system on behalf of the viewer, and both into the audit log: that it begins before it
/// does, and how it ended.
///
/// `work` is `None` when what it was to change does not exist. Shape: what was done, or why not.
pub(super) async fn write<T>(
    ctx: &Context<'_>,
    act: Act,
    work: impl Future<Output = Result<Option<T>, Failure>>,
) -> Result<(Option<T>, Vec<MutationError>), Error> {
    let begun = act.begin(ctx.tenants().store()).await?;
    let (done, error, outcome) = match work.await {
        Ok(Some(done)) => (Some(done), None, "OK"),
        Ok(None) => {
            let message = "There is no such record.";
            let error = MutationError::input(ErrorCode::NotFound, message, &["id"]);
            (None, Some(error), "NOT_FOUND")
        }
        Err(Failure::Input(error)) => (None, Some(error), "VALIDATION"),
        Err(Failure::Load(error)) => {
            let (error, outcome) = failure(&error);
            (None, Some(error), outcome)
        }
    };
    begun.end(outcome).await;
    Ok((done, error.into_iter().collect()))
}

/// A failed write as data, and as the audit log tells it.
fn failure(error: &loader::Error) -> (MutationError, &'static str) {
    match error {
        loader::Error::Upstream(error) => {
            let code = match error {
                upstream::Error::TimedOut { .. }
                | upstream::Error::Unreachable { .. }
                | upstream::Error::Failed { .. }
                | upstream::Error::Unreadable { .. }
                | upstream::Error::TooLarge { .. } => ErrorCode::OutcomeUnknown,
                // Neither was done.
                upstream::Error::Throttled { .. } | upstream::Error::Suspended { .. } => {
                    ErrorCode::UpstreamUnavailable
                }
                upstream::Error::Refused { .. }
                | upstream::Error::Rejected { .. }
                | upstream::Error::Redirected { .. } => ErrorCode::UpstreamRejected,
            };
            let outcome = match code {
                ErrorCode::OutcomeUnknown => "OUTCOME_UNKNOWN",
                ErrorCode::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
                _ => "UPSTREAM_REJECTED",
            };
            (upstream_failure(error, code), outcome)
        }
        loader::Error::NotConnected(system) | loader::Error::NoSession(system) => {
            (not_connected(*system), "NOT_PERMITTED")
        }
        loader::Error::TooLong(_) | loader::Error::Internal => {
            let message = "Something went wrong on our side.";
            let error = MutationError::input(ErrorCode::OutcomeUnknown, message, &[]);
            (error, "INTERNAL")
        }
    }
}

fn not_connected(system: System) -> MutationError {
    let message = format!("{} is not connected for this.", system.name());
    MutationError::input(ErrorCode::NotPermitted, message, &[])
}

/// What a system did not do, as data.
pub(super) fn upstream_failure(error: &upstream::Error, code: ErrorCode) -> MutationError {
    let face = Face::upstream(error);
    let message = match code {
        ErrorCode::OutcomeUnknown => format!(
            "{} Whether it was done cannot be told: look before you try again.",
            face.message
        ),
        _ => face.message,
    };
    MutationError::UpstreamFailure(UpstreamFailure {
        code,
        message,
        path: None,
        system: error.system(),
        is_retryable: face.is_retryable.unwrap_or(false) && code != ErrorCode::OutcomeUnknown,
        retry_after_seconds: face
            .retry_after
            .map(|after| i32::try_from(after.as_secs_f64().ceil() as i64).unwrap_or(i32::MAX)),
    })
}
