//! Idle dispatch: keys gather while a query executes and go off together when it has to wait.
//!
//! A timer would make every lone request wait and still split some batches. Instead
//! [`execute`] polls the execution, and when it is pending without having woken itself, every
//! resolver of the level has asked for what it needs: then each loader sends one batch.

use std::{
    collections::HashMap,
    future::poll_fn,
    hash::Hash,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Shared},
    stream::FuturesUnordered,
    task::AtomicWaker,
};
use tokio::sync::oneshot;

use super::Error;

/// One way to load many records by key in few upstream calls.
pub trait Batch: Send + Sync + 'static {
    /// What names one record.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    /// What is loaded; its default stands for a record that does not exist.
    type Value: Clone + Default + Send + Sync + 'static;

    /// Loads distinct keys; a key left out of the answer does not exist.
    fn load(
        &self,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = HashMap<Self::Key, Result<Self::Value, Error>>> + Send;
}

type Outcome<V> = Result<V, Error>;
type Sender<V> = oneshot::Sender<Outcome<V>>;
type Waiting<V> = Shared<oneshot::Receiver<Outcome<V>>>;

/// Gathers keys for one [`Batch`] and remembers what was loaded, for one request.
pub struct Loader<B: Batch> {
    batch: Arc<B>,
    state: Mutex<State<B>>,
}

struct State<B: Batch> {
    /// Every key ever asked for: in flight or arrived, so that none is loaded twice.
    asked: HashMap<B::Key, Waiting<B::Value>>,
    /// Those not yet sent off.
    pending: Vec<(B::Key, Sender<B::Value>)>,
}

impl<B: Batch> Loader<B> {
    /// A loader with nothing asked for yet.
    pub fn new(batch: B) -> Self {
        let state = State {
            asked: HashMap::new(),
            pending: Vec::new(),
        };
        Self {
            batch: Arc::new(batch),
            state: Mutex::new(state),
        }
    }

    /// Forgets what was loaded: it may have changed.
    pub fn forget(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked.clear();
    }

    /// Loads one record together with whatever else the level asks for.
    ///
    /// Errors: that of the batch; [`Error::Internal`] when the batch panicked. Never answers
    /// outside [`execute`].
    pub async fn load(&self, key: B::Key) -> Outcome<B::Value> {
        let waiting = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let State { asked, pending } = &mut *state;
            asked
                .entry(key)
                .or_insert_with_key(|key| {
                    let (sender, receiver) = oneshot::channel();
                    pending.push((key.clone(), sender));
                    receiver.shared()
                })
                .clone()
        };
        waiting.await.unwrap_or(Err(Error::Internal))
    }
}

/// Batches under way. They run in the task of the execution that waits for them: a task of their
/// own would be one more thread to wake for each level of a query.
pub type Batches = FuturesUnordered<BoxFuture<'static, ()>>;

/// Sends off what has gathered.
pub trait Dispatch {
    /// Begins one batch for all pending keys; none when there are none.
    fn dispatch(&self, batches: &mut Batches);
}

impl<B: Batch> Dispatch for Loader<B> {
    fn dispatch(&self, batches: &mut Batches) {
        let pending = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut state.pending)
        };
        if pending.is_empty() {
            return;
        }
        let batch = Arc::clone(&self.batch);
        let load = async move {
            let keys = pending.iter().map(|(key, _)| key.clone()).collect();
            let mut loaded = batch.load(keys).await;
            for (key, sender) in pending {
                let outcome = loaded
                    .remove(&key)
                    .unwrap_or_else(|| Ok(B::Value::default()));
                // Nobody waits when the client has left.
                let _ = sender.send(outcome);
            }
        };
        // A batch that panics takes nobody along: its senders are gone, which is an error.
        let load = AssertUnwindSafe(load).catch_unwind().map(drop);
        batches.push(load.boxed());
    }
}

/// Runs `execution` to its end and dispatches `loaders` whenever it is idle.
///
/// Dropping the future ends the batches that it began.
pub async fn execute<F: Future>(loaders: &impl Dispatch, execution: F) -> F::Output {
    let mut execution = pin!(execution);
    let mut batches = Batches::new();
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    poll_fn(move |cx| {
        flag.outer.register(cx.waker());
        loop {
            while let Poll::Ready(Some(())) = batches.poll_next_unpin(cx) {}
            // Only what it waits for, or its own yielding, gives it something to do.
            if !flag.woken.swap(false, Ordering::AcqRel) {
                return Poll::Pending;
            }
            let polled = execution.as_mut().poll(&mut Context::from_waker(&waker));
            if polled.is_ready() || flag.woken.load(Ordering::Acquire) {
                return polled;
            }
            loaders.dispatch(&mut batches);
        }
    })
    .await
}

/// Notes that the execution has something to do. When it woke itself during a poll, it is not idle
/// but only yielding.
struct Flag {
    woken: AtomicBool,
    outer: AtomicWaker,
}

impl Default for Flag {
    fn default() -> Self {
        Self {
            woken: AtomicBool::new(true),
            outer: AtomicWaker::new(),
        }
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.outer.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    /// Doubles numbers and counts its batches; 13 panics.
    #[derive(Clone, Default)]
    struct Doubler(Arc<Mutex<Vec<Vec<u32>>>>);

    impl Batch for Doubler {
        type Key = u32;
        type Value = Option<u32>;

        async fn load(&self, mut keys: Vec<u32>) -> HashMap<u32, Result<Option<u32>, Error>> {
            keys.sort_unstable();
            self.0.lock().unwrap().push(keys.clone());
            assert!(!keys.contains(&13), "made to fail");
            tokio::task::yield_now().await;
            keys.into_iter()
                .filter(|key| *key < 100)
                .map(|key| (key, Ok(Some(key * 2))))
                .collect()
        }
    }

    #[tokio::test]
    async fn one_level_of_a_query_is_one_batch_and_no_key_is_loaded_twice() {
        let batches = Doubler::default();
        let loader = Loader::new(batches.clone());

        let sums = execute(
            &loader,
            join_all((0..50).map(|index| {
                let loader = &loader;
                async move {
                    // Some resolvers yield before they ask: still the same level.
                    if index % 3 == 0 {
                        tokio::task::yield_now().await;
                    }
                    let first = loader.load(index % 10).await.unwrap().unwrap();
                    let second = loader.load(first).await.unwrap().unwrap();
                    first + second
                }
            })),
        )
        .await;

        assert_eq!(sums[7], 14 + 28);
        assert_eq!(
            *batches.0.lock().unwrap(),
            [(0..10).collect::<Vec<_>>(), vec![10, 12, 14, 16, 18]],
            "the second level asks only for what the first did not load"
        );
    }

    #[tokio::test]
    async fn an_absent_record_is_the_default_and_a_panic_is_an_error() {
        let loader = Loader::new(Doubler::default());
        assert_eq!(execute(&loader, loader.load(100)).await, Ok(None));
        assert_eq!(
            execute(&loader, loader.load(13)).await,
            Err(Error::Internal)
        );
        assert_eq!(
            execute(&loader, loader.load(4)).await,
            Ok(Some(8)),
            "others still load"
        );
    }
}
