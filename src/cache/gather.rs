//! Records that are read many with one call, for all requests together.
//!
//! A lone request waits for nobody: its call leaves at once. While [`AT_ONCE`] calls are under way,
//! ids gather in one that leaves when one of those has ended, or as soon as it is full. An id that
//! is under way already is not asked for again.

use std::{
    collections::HashMap,
    hash::Hash,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::sync::{Notify, Semaphore};

use super::{
    Cache, Error,
    entry::Origin,
    flight::{Flight, Outcome},
    read::{Depth, Record},
};
use crate::upstream::{self, CallLog, Client, Scope};

/// Records that one call reads many of.
pub trait Many: Clone + Eq + Hash + Send + Sync + 'static {
    /// Whose client makes it.
    type Client: Client;
    /// What it brings.
    type Row: Record<Id: Clone + Send + Sync>;
    /// The client's method.
    const OPERATION: &'static str;
    /// How many ids one call may carry.
    const MOST: usize;

    /// How much of each record.
    fn depth(&self) -> Depth;

    /// Makes the call; what does not exist is left out.
    fn load(
        self,
        ids: Vec<IdOf<Self>>,
        client: Self::Client,
    ) -> impl Future<Output = Result<Vec<Arc<Self::Row>>, upstream::Error>> + Send;
}

/// What names a record of these.
pub type IdOf<M> = <<M as Many>::Row as Record>::Id;

/// So many calls go off without waiting for one another.
const AT_ONCE: usize = 4;

/// The calls of one kind that are gathering or under way.
pub(super) struct Gather<M: Many> {
    many: M,
    slots: Semaphore,
    state: Mutex<State<IdOf<M>>>,
}

struct State<Id> {
    /// The call that each id is in.
    calls: HashMap<Id, Arc<Call<Id>>>,
    /// The one that still takes ids.
    open: Option<Arc<Call<Id>>>,
}

/// One call, gathering or under way.
struct Call<Id> {
    /// When it left, in the order of reads and purges.
    number: AtomicU64,
    ids: Mutex<Vec<Id>>,
    is_full: Notify,
    calls: CallLog,
    outcome: Mutex<Option<WeakShared<BoxFuture<'static, Outcome>>>>,
}

/// A call, one's own way to wait for it, and the ids that it brings.
type Boarded<Id> = (Arc<Call<Id>>, Flight, Vec<Id>);

/// It has not left yet: whatever it brings will be new.
const GATHERING: u64 = u64::MAX;

impl<Id> Call<Id> {
    fn flight(&self, is_joined: bool) -> Option<Flight> {
        let outcome: Shared<_> = lock(&self.outcome).as_ref()?.upgrade()?;
        Some(Flight {
            calls: self.calls.clone(),
            outcome,
            is_joined,
        })
    }
}

impl<M: Many> Gather<M>
where
    IdOf<M>: Sized,
{
    pub(super) fn new(many: M) -> Self {
        Self {
            many,
            slots: Semaphore::new(AT_ONCE),
            state: Mutex::new(State {
                calls: HashMap::new(),
                open: None,
            }),
        }
    }

    /// The flights that bring these ids, each with those that it brings. Flights that left before
    /// `since` are not joined.
    pub(super) fn board(
        self: &Arc<Self>,
        cache: &Arc<Cache>,
        ids: Vec<IdOf<M>>,
        since: u64,
        client: &M::Client,
        scope: &Scope,
    ) -> Vec<(Flight, Vec<IdOf<M>>)> {
        let mut aboard: Vec<Boarded<IdOf<M>>> = Vec::new();
        let mut state = lock(&self.state);
        for id in ids {
            let known = state.calls.get(&id).cloned();
            let known = known.filter(|call| call.number.load(Ordering::Acquire) > since);
            let found = known.and_then(|call| {
                let is_mine = aboard.iter().any(|(mine, ..)| Arc::ptr_eq(mine, &call));
                let flight = call.flight(!is_mine)?;
                Some((call, flight))
            });
            let (call, flight) = match found {
                Some(found) => found,
                None => self.take(&mut state, cache, &id, client, scope),
            };
            match aboard
                .iter_mut()
                .find(|(mine, ..)| Arc::ptr_eq(mine, &call))
            {
                Some((.., ids)) => ids.push(id),
                None => aboard.push((call, flight, vec![id])),
            }
        }
        drop(state);
        aboard
            .into_iter()
            .map(|(_, flight, ids)| (flight, ids))
            .collect()
    }

    /// Puts an id into the call that still takes some, or into a new one.
    fn take(
        self: &Arc<Self>,
        state: &mut State<IdOf<M>>,
        cache: &Arc<Cache>,
        id: &IdOf<M>,
        client: &M::Client,
        scope: &Scope,
    ) -> (Arc<Call<IdOf<M>>>, Flight) {
        let open = state.open.clone();
        let open = open.and_then(|call| {
            let flight = call.flight(true)?;
            Some((call, flight))
        });
        let (call, flight) = open.unwrap_or_else(|| self.begin(state, cache, client, scope));
        let mut ids = lock(&call.ids);
        ids.push(id.clone());
        if ids.len() == M::MOST {
            state.open = None;
            call.is_full.notify_one();
        }
        drop(ids);
        state.calls.insert(id.clone(), Arc::clone(&call));
        (call, flight)
    }

    fn begin(
        self: &Arc<Self>,
        state: &mut State<IdOf<M>>,
        cache: &Arc<Cache>,
        client: &M::Client,
        scope: &Scope,
    ) -> (Arc<Call<IdOf<M>>>, Flight) {
        let call = Arc::new(Call {
            number: AtomicU64::new(GATHERING),
            ids: Mutex::default(),
            is_full: Notify::new(),
            calls: CallLog::default(),
            outcome: Mutex::default(),
        });
        let landing = Landing {
            gather: Arc::clone(self),
            call: Arc::clone(&call),
        };
        let scope = Scope {
            calls: call.calls.clone(),
            ..scope.clone()
        };
        let (cache, client) = (Arc::clone(cache), client.clone());
        let outcome = async move {
            let Landing { gather, call } = &landing;
            // A full one need not wait for its turn: nobody can come aboard any more.
            let _slot = tokio::select! {
                biased;
                slot = gather.slots.acquire() => slot.ok(),
                () = call.is_full.notified() => None,
            };
            let (ids, number) = gather.close(call, &cache);
            let client = client.scoped(Scope { number, ..scope });
            let loaded = gather.many.clone().load(ids.clone(), client);
            let loaded = AssertUnwindSafe(loaded).catch_unwind().await;
            let rows = loaded.map_err(|_| Error::Internal)??;
            let bytes = call.calls.bytes();
            Ok(cache.keep_many::<M>(number, &ids, rows, bytes))
        };
        let outcome = outcome.boxed().shared();
        *lock(&call.outcome) = outcome.downgrade();
        state.open = Some(Arc::clone(&call));
        let flight = Flight {
            calls: call.calls.clone(),
            outcome,
            is_joined: false,
        };
        (call, flight)
    }

    /// No more ids come aboard: it leaves.
    fn close(&self, call: &Arc<Call<IdOf<M>>>, cache: &Cache) -> (Vec<IdOf<M>>, u64) {
        let mut state = lock(&self.state);
        if (state.open.as_ref()).is_some_and(|open| Arc::ptr_eq(open, call)) {
            state.open = None;
        }
        let number = cache.next();
        call.number.store(number, Ordering::Release);
        let ids = lock(&call.ids).clone();
        (ids, number)
    }
}

/// Takes a call off the list when it has ended, or when all have left.
struct Landing<M: Many> {
    gather: Arc<Gather<M>>,
    call: Arc<Call<IdOf<M>>>,
}

impl<M: Many> Drop for Landing<M> {
    fn drop(&mut self) {
        let mut state = lock(&self.gather.state);
        let is_this = |call: &Arc<Call<IdOf<M>>>| Arc::ptr_eq(call, &self.call);
        if state.open.as_ref().is_some_and(is_this) {
            state.open = None;
        }
        for id in lock(&self.call.ids).iter() {
            if state.calls.get(id).is_some_and(is_this) {
                state.calls.remove(id);
            }
        }
    }
}

/// What an entry of such a call says of itself.
pub(super) fn origin<M: Many>() -> Origin {
    Origin {
        system: M::Client::SYSTEM,
        operation: M::OPERATION,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one call that leaves what it guards whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
