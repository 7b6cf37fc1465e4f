//! How mutations run: who does what, written into the audit log, once for each idempotency key, with
//! failures as data.
//!
//! [`run`] is for what is done in a system, [`administer`] for what is done in the gateway's own
//! store. The mutations of records are in a file for each kind; those of administrators are where
//! they read.

pub mod document;
pub mod import;
pub mod project;
pub mod prospect;
pub mod protocol;
pub mod reference;
mod sheet;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Value};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    Error, Nullable, RequestContext,
    error::{Face, nullable},
    node::{self, Node},
};
use crate::{
    loader::{self, Sources},
    model::{Current, ErrorCode, EtagConflict, MutationError, System, UpstreamFailure},
    store::{self, IdempotencyKey},
    tenant::Act,
    upstream,
    write::{
        Conflict, Failure, Once, Try, Writer,
        document::Filings,
        once::{self, Finality, Repeated},
    },
};

/// Letters of an idempotency key.
const LONGEST_KEY: usize = 255;

/// What a mutation came to, as it is kept by its idempotency key.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Outcome<T> {
    /// What was done, if it was.
    pub(super) done: Option<T>,
    /// Why not, or why not all of it.
    pub(super) errors: Vec<MutationError>,
    /// How often it was sent.
    pub(super) attempts: u32,
}

impl<T> Outcome<T> {
    fn failed(error: MutationError) -> Self {
        Self {
            done: None,
            errors: vec![error],
            attempts: 0,
        }
    }
}

impl<T: Serialize + DeserializeOwned> once::Outcome for Outcome<T> {
    fn finality(&self) -> Finality {
        let of = |error: &MutationError| match error.kind() {
            ErrorCode::OutcomeUnknown | ErrorCode::InProgress => Finality::Open,
            ErrorCode::UpstreamUnavailable
            | ErrorCode::UpstreamRejected
            | ErrorCode::NotPermitted => Finality::NotBegun,
            _ => Finality::Final,
        };
        let is = |finality| self.errors.iter().any(|error| of(error) == finality);
        if is(Finality::Open) || (is(Finality::NotBegun) && self.done.is_some()) {
            Finality::Open
        } else if is(Finality::NotBegun) {
            Finality::NotBegun
        } else {
            Finality::Final
        }
    }
}

/// A record that a mutation has left; an outcome that is told again has only its id. What is told
/// once, such as a secret, is part of `record`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Left<T> {
    /// Opaque.
    pub(super) id: String,
    #[serde(skip, default = "Option::default")]
    pub(super) record: Option<Arc<T>>,
}

/// A record that a mutation has taken away. Kept as an object: what is done and empty could not be
/// told from what is not done.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Removed {}

/// Changes something in a system on behalf of the viewer, once for each key, and writes into the
/// audit log that it begins, since it cannot be undone, and how it ended.
///
/// `work` gives what was done, how often it was sent, and why not all of it was.
/// Errors: those of the store, before anything is done.
pub(super) async fn run<T, W>(
    ctx: &Context<'_>,
    act: Act,
    key: Option<String>,
    work: impl FnOnce(Try) -> W,
) -> Result<Outcome<T>, Error>
where
    T: Serialize + DeserializeOwned,
    W: Future<Output = Result<(T, u32, Option<Failure>), Failure>>,
{
    let begun = act.begin(ctx.tenants().store()).await?;
    let ran = once(ctx, key, work).await;
    let ended = ran.as_ref().map_or("INTERNAL", Ran::audited);
    begun.end(ended).await;
    Ok(ran?.outcome)
}

/// Changes something in the store of the gateway on behalf of the viewer, once for each key. `work`
/// writes how it ended into the audit log, together with the change; what was not done now is
/// written here.
///
/// Errors: those of the store.
pub(super) async fn administer<T, W>(
    ctx: &Context<'_>,
    act: &Act,
    key: Option<String>,
    work: impl FnOnce(Try) -> W,
) -> Result<Outcome<T>, Error>
where
    T: Serialize + DeserializeOwned,
    W: Future<Output = Result<T, Failure>>,
{
    let done = async |this| Ok((work(this).await?, 1, None));
    let ran = once(ctx, key, done).await?;
    if !ran.is_new {
        act.write(ctx.tenants().store(), ran.audited()).await?;
    }
    Ok(ran.outcome)
}

/// What came of asking once for each key.
struct Ran<T> {
    outcome: Outcome<T>,
    /// Whether the work was done, or tried, now.
    is_new: bool,
}

impl<T> Ran<T> {
    /// As the audit log tells it.
    fn audited(&self) -> &'static str {
        match (self.is_new, self.outcome.errors.first()) {
            (true, None) => "OK",
            (false, None) => TOLD_AGAIN,
            (_, Some(error)) => audited(error.kind()),
        }
    }
}

/// In the audit log: it was done before, and nothing was done now.
pub(super) const TOLD_AGAIN: &str = "TOLD_AGAIN";

async fn once<T, W>(
    ctx: &Context<'_>,
    key: Option<String>,
    work: impl FnOnce(Try) -> W,
) -> Result<Ran<T>, Error>
where
    T: Serialize + DeserializeOwned,
    W: Future<Output = Result<(T, u32, Option<Failure>), Failure>>,
{
    let refused = |code, message: &str| Ran {
        outcome: Outcome::failed(MutationError::input(code, message, &["idempotencyKey"])),
        is_new: false,
    };
    if (key.as_ref()).is_some_and(|key| !(1..=LONGEST_KEY).contains(&key.chars().count())) {
        let message = format!("An idempotency key has 1 to {LONGEST_KEY} letters.");
        return Ok(refused(ErrorCode::Validation, &message));
    }
    let viewer = ctx.viewer();
    let once = Once {
        store: ctx.tenants().store(),
        clock: ctx.tenants().clock(),
        key: key.map(|key| IdempotencyKey {
            organization: viewer.organization.clone(),
            subject: viewer.subject.clone(),
            key,
        }),
        fingerprint: fingerprint(ctx)?,
    };
    let mut is_new = false;
    let ran = once
        .run(|this| {
            is_new = true;
            // On the heap: each layer around it would hold it once more on the stack.
            let work = Box::pin(work(this));
            async {
                match work.await {
                    Ok((done, attempts, failure)) => Outcome {
                        done: Some(done),
                        errors: failure.map(told).into_iter().collect(),
                        attempts,
                    },
                    Err(failure) => {
                        let attempts = match &failure {
                            Failure::Conflict(conflict) => conflict.attempts,
                            Failure::Input(_) | Failure::Unread(_) | Failure::Load(_) => 0,
                        };
                        Outcome {
                            attempts,
                            ..Outcome::failed(told(failure))
                        }
                    }
                }
            }
        })
        .await;
    // What this request has loaded so far may be what was changed.
    ctx.loaders().forget();
    Ok(match ran? {
        Ok(outcome) => Ran { outcome, is_new },
        Err(Repeated::Running) => refused(
            ErrorCode::InProgress,
            "The same is being done at this moment. Ask again with the same key.",
        ),
        Err(Repeated::Mismatch) => refused(
            ErrorCode::IdempotencyMismatch,
            "This key stands for something else that was asked before.",
        ),
    })
}

/// What a mutation of administrators has left: as it was found, or as it stands now where it is
/// told again.
///
/// `find` looks for what has this id.
/// Errors: those of `find`, but for what a system did not answer: that is data.
pub(super) async fn shown<T: Clone>(
    outcome: Outcome<Left<T>>,
    find: impl AsyncFnOnce(&str) -> Result<Option<T>, Error>,
) -> Result<(Option<T>, Vec<MutationError>), Error> {
    let Outcome {
        done, mut errors, ..
    } = outcome;
    let Some(Left { id, record }) = done else {
        return Ok((None, errors));
    };
    if let Some(record) = record {
        return Ok((Some(Arc::unwrap_or_clone(record)), errors));
    }
    let found = match find(&id).await {
        Err(Error::Load(error)) => {
            // It is done: that it cannot be shown is all that is wrong.
            errors.push(load_failure(&error));
            None
        }
        found => found?,
    };
    Ok((found, errors))
}

/// Writes on behalf of the viewer.
pub(super) async fn writer(ctx: &Context<'_>) -> Result<Writer, Failure> {
    let shared = Arc::clone(&ctx.tenant().writes);
    Ok(Writer::new(Arc::new(sources(ctx).await?), shared))
}

/// Where it is remembered which files were added for the viewer's organisation.
pub(super) fn filings<'a>(ctx: &'a Context<'_>) -> Filings<'a> {
    Filings {
        store: ctx.tenants().store(),
        clock: ctx.tenants().clock(),
        organization: &ctx.viewer().organization,
    }
}

/// A digest of the mutation and its arguments, whatever the order of their members.
fn fingerprint(ctx: &Context<'_>) -> Result<[u8; 32], Error> {
    fn add(digest: &mut Sha256, value: &Value) {
        match value {
            Value::Object(members) => {
                let mut names: Vec<_> = members.keys().collect();
                names.sort();
                digest.update(b"{");
                for name in names {
                    add(digest, &Value::String(name.to_string()));
                    add(digest, &members[name]);
                }
                digest.update(b"}");
            }
            Value::List(items) => {
                digest.update(b"[");
                items.iter().for_each(|item| add(digest, item));
                digest.update(b"]");
            }
            // With its quotes a text is no number.
            scalar => {
                let text = scalar.to_string();
                digest.update((text.len() as u64).to_le_bytes());
                digest.update(text);
            }
        }
    }
    let field = ctx.field();
    let arguments = field.arguments().map_err(|error| {
        tracing::error!(%error, "arguments that were valid are not");
        Error::Load(loader::Error::Internal)
    })?;
    let mut digest = Sha256::new();
    digest.update(field.name());
    for (name, value) in arguments {
        add(&mut digest, &Value::String(name.to_string()));
        add(&mut digest, &value);
    }
    Ok(digest.finalize().into())
}

/// A failure as data.
pub(super) fn told(failure: Failure) -> MutationError {
    match failure {
        Failure::Input(error) => error,
        Failure::Conflict(conflict) => conflict_told(conflict),
        Failure::Unread(error) => read_failure(&error),
        Failure::Load(error) => load_failure(&error),
    }
}

fn conflict_told(conflict: Conflict) -> MutationError {
    let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    MutationError::EtagConflict(Box::new(EtagConflict {
        code: ErrorCode::EtagConflict,
        message: "Somebody else changed the record first; nothing was written.".to_owned(),
        path: Some(vec!["etag".to_owned()]),
        expected: conflict.expected,
        actual: Some(conflict.current.etag().clone()),
        changed_fields: conflict.changed_fields.map(names),
        record_id: conflict.current.id(),
        found: Some(conflict.current),
    }))
}

#[ComplexObject]
impl EtagConflict {
    /// The record as it stands now.
    async fn current(&self, ctx: &Context<'_>) -> Nullable<Node> {
        nullable(async {
            Ok(match &self.found {
                Some(Current::Project(project)) => Some(Node::Project(Arc::clone(project))),
                Some(Current::Prospect(prospect)) => Some(Node::Prospect(Arc::clone(prospect))),
                None => node::find(ctx, &self.record_id).await?,
            })
        })
        .await
    }
}

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
    let tenant = found.map_err(unstored)?.ok_or(loader::Error::Internal)?;
    Ok(Sources::new(
        tenant.reader(ctx.scope().clone(), None),
        tenant.index.clone(),
        Arc::clone(&tenant.decisions),
    ))
}

/// What the store did not do.
#[expect(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
pub(super) fn unstored(error: store::Error) -> loader::Error {
    tracing::error!(%error, "the store failed a request");
    loader::Error::Internal
}

/// What came of taking something away in a system. Where it is gone, an earlier try may have done
/// it.
pub(super) fn removed(
    was_there: bool,
    this: Try,
) -> Result<(Removed, u32, Option<Failure>), Failure> {
    match was_there || this.is_resumed {
        true => Ok((Removed {}, 1, None)),
        false => Err(Failure::not_found(&["id"])),
    }
}

/// A secret for the one answer that shows it.
pub(super) fn opened(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

/// The code of a failure as the audit log tells it.
fn audited(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Validation => "VALIDATION",
        ErrorCode::NotFound => "NOT_FOUND",
        ErrorCode::NotPermitted => "NOT_PERMITTED",
        ErrorCode::Duplicate => "DUPLICATE",
        ErrorCode::Conflict => "CONFLICT",
        ErrorCode::EtagConflict => "ETAG_CONFLICT",
        ErrorCode::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
        ErrorCode::InProgress => "IN_PROGRESS",
        ErrorCode::Unprocessable => "UNPROCESSABLE",
        ErrorCode::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
        ErrorCode::UpstreamRejected => "UPSTREAM_REJECTED",
        ErrorCode::TooLarge => "TOO_LARGE",
        ErrorCode::OutcomeUnknown => "OUTCOME_UNKNOWN",
    }
}

/// A write that a system did not do its part of, as data.
fn load_failure(error: &loader::Error) -> MutationError {
    match error {
        loader::Error::Upstream(error) => {
            let code = match error {
                upstream::Error::TimedOut { .. }
                | upstream::Error::Unreachable { .. }
                | upstream::Error::Failed { .. }
                | upstream::Error::Unreadable { .. }
                | upstream::Error::TooLarge { .. } => ErrorCode::OutcomeUnknown,
                // None of these was done.
                upstream::Error::Throttled { .. }
                | upstream::Error::Suspended { .. }
                | upstream::Error::Unconnected { .. } => ErrorCode::UpstreamUnavailable,
                upstream::Error::Refused { .. }
                | upstream::Error::Rejected { .. }
                | upstream::Error::Redirected { .. } => ErrorCode::UpstreamRejected,
            };
            upstream_failure(error, code)
        }
        loader::Error::NotConnected(system) | loader::Error::NoSession(system) => {
            not_connected(*system)
        }
        loader::Error::TooLong(_) | loader::Error::Internal => {
            let message = "Something went wrong on our side.";
            MutationError::input(ErrorCode::OutcomeUnknown, message, &[])
        }
    }
}

/// A read before a write that a system did not do its part of, as data: nothing was changed.
fn read_failure(error: &loader::Error) -> MutationError {
    match error {
        loader::Error::Upstream(error) if error.is_outage() => {
            upstream_failure(error, ErrorCode::UpstreamUnavailable)
        }
        loader::Error::Upstream(error) => upstream_failure(error, ErrorCode::UpstreamRejected),
        loader::Error::TooLong(system) => {
            let message = format!("The list of {} is too long to be searched.", system.name());
            MutationError::input(ErrorCode::Unprocessable, message, &[])
        }
        _ => load_failure(error),
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
