//! Which of a system's resources our credentials open: asked, for no system tells.

use futures_util::{StreamExt, stream};

use super::Error;

/// Resources asked at the same time, so that a check leaves room for queries.
const AT_ONCE: usize = 4;

/// Asks for every resource by a call of its own; those that answer, in their order.
///
/// Errors: one of [`Error`], no refusal, when no resource answered or refused.
pub(super) async fn probe<R, F>(calls: impl IntoIterator<Item = F>) -> Result<Vec<R>, Error>
where
    F: Future<Output = (R, Result<(), Error>)>,
{
    let (mut open, mut is_told, mut failure) = (Vec::new(), false, None);
    let calls: Vec<F> = calls.into_iter().collect();
    let mut answers = stream::iter(calls).buffered(AT_ONCE);
    while let Some((resource, answer)) = answers.next().await {
        match answer {
            Ok(()) => open.push(resource),
            Err(Error::Refused { .. }) => is_told = true,
            // The first tells why; after some, others are not even made.
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if open.is_empty() && !is_told => Err(error),
        _ => Ok(open),
    }
}
