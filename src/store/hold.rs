//! What is being done is held, and held anew as long as that takes, so that somebody else may take it
//! over soon when its holder dies.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};

use crate::clock::Clock;

/// Does `work`, and says each time after `every` that it is still being done. `None` when `say` finds
/// that it is somebody else's by now: the work is dropped where it stands.
///
/// Both go on side by side: one may hold the connection that the other waits for.
pub async fn holding<T, S: Future<Output = bool>>(
    clock: &Clock,
    every: Duration,
    work: impl Future<Output = T>,
    say: impl Fn() -> S,
) -> Option<T> {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = clock.sleep(every) => {}
        }
        match select(&mut work, pin!(say())).await {
            // A statement that is given up in its middle costs a connection.
            Either::Left((done, saying)) => {
                saying.await;
                return Some(done);
            }
            Either::Right((true, _)) => {}
            Either::Right((false, _)) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use chrono::DateTime;
    use tokio::sync::Mutex;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn work_and_word_may_wait_for_each_other() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let (connection, said) = (Mutex::new(()), AtomicU32::new(0));
        let work = async {
            let _held = connection.lock().await;
            clock.sleep(3 * SECOND).await;
            7
        };
        let say = || async {
            let _waited = connection.lock().await;
            said.fetch_add(1, Ordering::Relaxed);
            true
        };
        let ticking = async {
            for _ in 0..3 {
                clock.wait_for_sleepers(1).await;
                clock.advance(SECOND);
                tokio::task::yield_now().await;
            }
        };
        let (done, ()) = tokio::join!(holding(&clock, SECOND, work, say), ticking);
        assert_eq!(done, Some(7));
        // It was asked to in the first second, and could with the end of the work.
        assert_eq!(said.into_inner(), 1);
    }

    #[tokio::test]
    async fn what_is_somebody_elses_is_not_gone_on_with() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let work = clock.sleep(60 * SECOND);
        let ticking = async {
            clock.wait_for_sleepers(2).await;
            clock.advance(SECOND);
        };
        let held = holding(&clock, SECOND, work, || async { false });
        let (done, ()) = tokio::join!(held, ticking);
        assert_eq!(done, None);
    }
}
