//! How many calls go to one system at the same time: as many as do not make it slower.
//!
//! A round is as many calls as may go at once. When more than half of those that began in a crowd
//! took clearly longer than the operation takes at its best, or failed as overloaded systems do,
//! a quarter less may go from then on; else a quarter more. What an operation takes at its best is
//! learnt anew only from calls that went nearly alone, lest a crowd comes to count as usual; and
//! when even the smallest crowd is slow, all calls go nearly alone.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::queue::Queue;
use crate::upstream::Priority;

/// How many go at first.
const START: usize = 16;
/// How many go in any case; so few make no crowd.
const LEAST: usize = 4;
/// What a call may always take longer: networks and our own threads are no steadier.
const SLACK: Duration = Duration::from_millis(50);
/// For how many calls that went alone a best time is remembered at least; twice that at most.
const ERA: u32 = 32;

#[derive(Debug)]
pub(super) struct Bulkhead(Mutex<State>);

#[derive(Debug)]
struct State {
    most: usize,
    limit: usize,
    busy: usize,
    /// Calls that were ever begun, and which of them was the last to make a crowd.
    begun: u64,
    crowded: u64,
    waiting: Queue<Slot>,
    /// Of the running round.
    counted: usize,
    slow: usize,
    best: Vec<Best>,
}

/// What an operation takes at its best.
#[derive(Debug)]
struct Best {
    operation: &'static str,
    now: Duration,
    before: Duration,
    /// Calls of this era that went alone.
    seen: u32,
}

/// One of the calls under way; its place is free when this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    /// None for a turn that nobody took.
    bulkhead: Option<Arc<Bulkhead>>,
    /// Of all that were ever begun.
    number: u64,
    /// How many were under way when it began, itself included.
    crowd: usize,
    began: Option<(&'static str, Instant)>,
    end: End,
}

/// How a call ended, as far as it tells of the system's load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nobody waited for its end: it would have taken this long at least.
    Left,
    /// The answer began after this time.
    Answered(Duration),
    Struggled,
}

impl Bulkhead {
    pub(super) fn new(most: usize) -> Arc<Self> {
        let state = State {
            most,
            limit: START.min(most),
            busy: 0,
            begun: 0,
            crowded: 0,
            waiting: Queue::default(),
            counted: 0,
            slow: 0,
            best: Vec::new(),
        };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Waits for a turn.
    pub(super) async fn enter(self: &Arc<Self>, priority: Priority) -> Slot {
        let ticket = {
            let mut state = self.lock();
            if state.busy < state.limit && state.waiting.is_empty() {
                return state.begin(self);
            }
            let ticket = state.waiting.join(priority);
            // There may be room where all who waited have left.
            state.serve(self);
            ticket
        };
        ticket.turn.await.expect("lines are not given up")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic may leave a round half counted, which does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self, bulkhead: &Arc<Bulkhead>) -> Slot {
        self.busy += 1;
        self.begun += 1;
        if self.busy > LEAST {
            self.crowded = self.begun;
        }
        Slot {
            bulkhead: Some(Arc::clone(bulkhead)),
            number: self.begun,
            crowd: self.busy,
            began: None,
            end: End::Left,
        }
    }

    fn serve(&mut self, bulkhead: &Arc<Bulkhead>) {
        while self.busy < self.limit
            && let Some(priority) = self.waiting.first()
            && let Some(turn) = self.waiting.pop(priority)
        {
            let slot = self.begin(bulkhead);
            if let Err(mut slot) = turn.send(slot) {
                slot.bulkhead = None;
                self.busy -= 1;
            }
        }
    }

    /// Learns from a call.
    fn count(&mut self, slot: &Slot, operation: &'static str, took: Duration) {
        let (crowd, end) = (slot.crowd, slot.end);
        let was_alone = crowd <= LEAST && self.crowded < slot.number;
        let best = self.best_of(operation);
        if let End::Answered(latency) = end {
            best.learn(latency, was_alone);
        }
        let is_slow = end == End::Struggled || took > best.bound();
        if crowd * 2 < self.limit || (end == End::Left && !is_slow) {
            return;
        }
        self.counted += 1;
        self.slow += usize::from(is_slow);
        if self.counted < self.limit {
            return;
        }
        let step = (self.limit / 4).max(1);
        self.limit = match self.slow * 2 > self.counted {
            true => (self.limit - step).max(LEAST.min(self.most)),
            false => (self.limit + step).min(self.most),
        };
        (self.counted, self.slow) = (0, 0);
    }

    fn best_of(&mut self, operation: &'static str) -> &mut Best {
        let known = |best: &Best| best.operation == operation;
        let at = self.best.iter().position(known).unwrap_or_else(|| {
            self.best.push(Best {
                operation,
                now: Duration::MAX,
                before: Duration::MAX,
                seen: 0,
            });
            self.best.len() - 1
        });
        &mut self.best[at]
    }
}

impl Best {
    fn learn(&mut self, latency: Duration, is_alone: bool) {
        self.now = self.now.min(latency);
        self.seen += u32::from(is_alone);
        if self.seen == ERA {
            self.before = self.now;
            self.now = Duration::MAX;
            self.seen = 0;
        }
    }

    /// What takes longer than this is slow.
    fn bound(&self) -> Duration {
        let best = self.now.min(self.before);
        best.saturating_mul(2).saturating_add(SLACK)
    }
}

impl Slot {
    /// The call is sent.
    pub(super) fn begin(&mut self, operation: &'static str, since: Instant) {
        self.began = Some((operation, since));
    }

    /// The answer has begun.
    pub(super) fn answered(&mut self) {
        if let Some((_, since)) = self.began {
            self.end = End::Answered(since.elapsed());
        }
    }

    /// It failed as calls to overloaded systems do.
    pub(super) fn struggled(&mut self) {
        self.end = End::Struggled;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(bulkhead) = self.bulkhead.take() else {
            return;
        };
        let took = self.began.map(|(_, since)| match self.end {
            End::Answered(latency) => latency,
            End::Left | End::Struggled => since.elapsed(),
        });
        let mut state = bulkhead.lock();
        state.busy -= 1;
        if let (Some((operation, _)), Some(took)) = (self.began, took) {
            state.count(self, operation, took);
        }
        state.serve(&bulkhead);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::poll_immediate};

    use super::*;

    const MOST: usize = 64;
    const CALL: Duration = Duration::from_millis(100);

    /// A round of as many calls as may go, all at once; the limit after it.
    fn round(bulkhead: &Arc<Bulkhead>, took: Duration, end: End) -> usize {
        let mut state = bulkhead.lock();
        let mut slots: Vec<_> = (0..state.limit).map(|_| state.begin(bulkhead)).collect();
        for slot in &mut slots {
            slot.bulkhead = None;
            slot.end = end;
            state.busy -= 1;
            // Those that began before there was a crowd count for nothing.
            let times = 1 + usize::from(slot.crowd * 2 >= state.limit);
            for _ in 0..times {
                state.count(slot, "list", took);
            }
        }
        state.limit
    }

    /// Rounds to a system that takes `call` for up to `capacity` at once, and so much longer for
    /// more; the limit after each.
    fn play(
        bulkhead: &Arc<Bulkhead>,
        rounds: usize,
        call: Duration,
        capacity: usize,
    ) -> Vec<usize> {
        let play = |_| {
            let crowd = bulkhead.lock().limit;
            let load = u32::try_from(crowd.max(capacity)).unwrap();
            let latency = call * load / u32::try_from(capacity).unwrap();
            round(bulkhead, latency, End::Answered(latency))
        };
        (0..rounds).map(play).collect()
    }

    #[test]
    fn a_fan_out_goes_at_once_after_some_rounds_that_were_not_slower() {
        let bulkhead = Bulkhead::new(MOST);
        let at_once = || {
            let enter = |_| bulkhead.enter(Priority::Interactive).now_or_never();
            let slots: Vec<_> = (0..51).map_while(enter).collect();
            slots.len()
        };
        assert_eq!(at_once(), START);
        let limits = play(&bulkhead, 6, Duration::from_millis(5), 1000);
        assert!(limits.is_sorted(), "{limits:?}");
        assert_eq!(at_once(), 51);
        play(&bulkhead, 6, Duration::from_millis(5), 1000);
        assert_eq!(bulkhead.lock().limit, MOST);
    }

    #[test]
    fn it_spares_a_system_that_gets_slower_under_load_for_ever() {
        let bulkhead = Bulkhead::new(MOST);
        // What few calls take, before the crowd comes.
        play(&bulkhead, 1, CALL, 1000);
        let limits = play(&bulkhead, 1000, CALL, 8);
        // Twice its best is where a call counts as slow; calls of the round before count late.
        let late = &limits[100..];
        let (least, most) = (late.iter().min().unwrap(), late.iter().max().unwrap());
        assert!(*least >= 8 && *most <= 32, "from {least} to {most}");
    }

    #[test]
    fn it_gets_used_to_a_system_that_has_become_slower_for_good() {
        let bulkhead = Bulkhead::new(MOST);
        play(&bulkhead, 100, CALL, 1000);
        let limits = play(&bulkhead, 200, CALL * 10, 1000);
        assert_eq!(limits.iter().min(), Some(&LEAST));
        assert_eq!(limits[199], MOST);
    }

    #[test]
    fn failures_close_it_and_whoever_leaves_early_tells_nothing() {
        let bulkhead = Bulkhead::new(MOST);
        for _ in 0..100 {
            assert_eq!(round(&bulkhead, Duration::ZERO, End::Left), START);
        }
        for _ in 0..100 {
            round(&bulkhead, Duration::ZERO, End::Struggled);
        }
        assert_eq!(bulkhead.lock().limit, LEAST);
    }

    #[tokio::test]
    async fn a_place_goes_to_whom_somebody_waits_for_and_is_free_when_nobody_takes_it() {
        let bulkhead = Bulkhead::new(1);
        let first = bulkhead.enter(Priority::Background).await;
        let mut job = Box::pin(bulkhead.enter(Priority::Background));
        let mut person = Box::pin(bulkhead.enter(Priority::Interactive));
        let mut gone = Box::pin(bulkhead.enter(Priority::Interactive));
        assert!(poll_immediate(&mut job).await.is_none());
        assert!(poll_immediate(&mut gone).await.is_none());
        assert!(poll_immediate(&mut person).await.is_none());

        drop(first);
        // Its turn has come, but it does not take it.
        drop(gone);

        let place = poll_immediate(&mut person).await.unwrap();
        assert!(poll_immediate(&mut job).await.is_none());
        drop(place);
        drop(poll_immediate(&mut job).await.unwrap());
        assert_eq!(bulkhead.lock().busy, 0);
    }
}
