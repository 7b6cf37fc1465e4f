//! The only place that asks for the time.
//!
//! Deadlines, token expiry, retry schedules and the simulated systems all hold a [`Clock`]. In
//! production it follows the system; the sandbox's control plane can push it ahead, and a test can
//! stop it altogether and move it by hand. It is not for measuring how long something took.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::{ContextV7, Timestamp, Uuid};

/// A cheap handle; clones tell the same time and are moved together.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: DateTime<Utc>,
    /// Whether it follows the system; else it stands at `start` and only moves by hand.
    ticks: bool,
    /// How far [`Clock::advance`] has pushed it; sleepers watch this.
    advanced: watch::Sender<Duration>,
    /// Who is inside [`Clock::sleep`] of a stopped clock; tests wait for them before they advance.
    sleepers: watch::Sender<Sleepers>,
    /// Counts the ids of one millisecond.
    ids: Mutex<ContextV7>,
}

/// How many tasks are to wake at each moment.
type Sleepers = BTreeMap<DateTime<Utc>, usize>;

impl Clock {
    /// A clock that follows the system's time.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place the rule points to"
    )]
    pub fn system() -> Self {
        Self::new(Utc::now(), true)
    }

    /// A clock that stands at `start` until it is advanced.
    pub fn stopped(start: DateTime<Utc>) -> Self {
        Self::new(start, false)
    }

    fn new(start: DateTime<Utc>, ticks: bool) -> Self {
        Self(Arc::new(Inner {
            start,
            ticks,
            advanced: watch::Sender::new(Duration::ZERO),
            sleepers: watch::Sender::default(),
            ids: Mutex::new(ContextV7::new()),
        }))
    }

    /// The present moment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place the rule points to"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        // The system's own time each time: it is set right while we run, and goes on while a
        // machine is suspended.
        let start = match self.0.ticks {
            true => Utc::now(),
            false => self.0.start,
        };
        later(start, *self.0.advanced.borrow())
    }

    /// A new id that sorts behind all that this clock gave before (UUID version 7).
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let timestamp = Timestamp::from_unix(&self.0.ids, seconds, now.timestamp_subsec_nanos());
        Uuid::new_v7(timestamp)
    }

    /// Returns once `duration` has passed on this clock, however it passed.
    pub async fn sleep(&self, duration: Duration) {
        let until = later(self.now(), duration);
        let mut advanced = self.0.advanced.subscribe();
        // Nobody waits for those who wake by themselves.
        let _asleep = (!self.0.ticks).then(|| Asleep::new(&self.0.sleepers, until));
        while let Ok(remaining) = (until - self.now()).to_std()
            && !remaining.is_zero()
        {
            let moved = advanced.changed();
            if self.0.ticks {
                // A time-out here means that the remaining time ticked away: look again.
                let _ = tokio::time::timeout(remaining, moved).await;
            } else {
                // The sender lives as long as `self`, so this ends only by an advance.
                let _ = moved.await;
            }
        }
    }

    /// Pushes the clock ahead and wakes whoever has slept long enough.
    pub fn advance(&self, duration: Duration) {
        self.0
            .advanced
            .send_modify(|total| *total = total.saturating_add(duration));
    }

    /// How many tasks are asleep on this clock, which is stopped.
    pub fn sleepers(&self) -> usize {
        self.0.sleepers.borrow().values().sum()
    }

    /// Returns once at least `count` tasks are asleep on this clock.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut sleepers = self.0.sleepers.subscribe();
        // The sender lives as long as `self`.
        let _ = sleepers
            .wait_for(|asleep| asleep.values().sum::<usize>() >= count)
            .await;
    }

    /// Returns once a task is asleep that is to wake within `limit` from now: how soon the first is.
    ///
    /// So a test can hurry through short pauses without running into long deadlines.
    pub async fn wait_for_pause(&self, limit: Duration) -> Duration {
        let mut sleepers = self.0.sleepers.subscribe();
        loop {
            let (now, latest) = (self.now(), later(self.now(), limit));
            // Whoever is due has been woken already.
            let first = sleepers
                .borrow_and_update()
                .keys()
                .find(|at| **at > now)
                .copied();
            if let Some(first) = first.filter(|first| *first <= latest) {
                return (first - now).to_std().unwrap_or_default();
            }
            // The sender lives as long as `self`.
            let _ = sleepers.changed().await;
        }
    }
}

/// `duration` after `moment`, or the end of the calendar where that comes first.
fn later(moment: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration)
        .ok()
        .and_then(|delta| moment.checked_add_signed(delta))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Notes one sleeper for as long as it lives, also when its task is cancelled.
struct Asleep<'a> {
    sleepers: &'a watch::Sender<Sleepers>,
    until: DateTime<Utc>,
}

impl<'a> Asleep<'a> {
    fn new(sleepers: &'a watch::Sender<Sleepers>, until: DateTime<Utc>) -> Self {
        sleepers.send_modify(|sleepers| *sleepers.entry(until).or_default() += 1);
        Self { sleepers, until }
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.sleepers.send_modify(|sleepers| {
            if let Entry::Occupied(mut entry) = sleepers.entry(self.until) {
                *entry.get_mut() -= 1;
                if *entry.get() == 0 {
                    entry.remove();
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_sort_in_the_order_in_which_they_were_given() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let ids: Vec<_> = (0..1000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted_by(|before, after| before < after));
        clock.advance(Duration::from_millis(1));
        assert!(clock.new_id() > ids[999]);
    }

    #[tokio::test]
    async fn a_stopped_clock_moves_only_by_hand_and_wakes_whoever_slept_long_enough() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let short = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(60)).await }
        });
        let long = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(61)).await }
        });
        clock.wait_for_sleepers(2).await;

        clock.advance(Duration::from_secs(60));

        short.await.unwrap();
        assert!(!long.is_finished());
        assert_eq!(clock.now().timestamp(), 60);
        clock.advance(Duration::from_secs(1));
        long.await.unwrap();
    }

    #[tokio::test]
    async fn the_end_of_the_calendar_is_the_end() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
        clock.advance(Duration::MAX);
        clock.sleep(Duration::MAX).await;
    }

    #[tokio::test]
    async fn a_short_pause_is_told_from_a_long_deadline() {
        let clock = Clock::stopped(DateTime::UNIX_EPOCH);
        let asleep = |seconds| {
            let clock = clock.clone();
            tokio::spawn(async move { clock.sleep(Duration::from_secs(seconds)).await })
        };
        let _deadline = asleep(30);
        clock.wait_for_sleepers(1).await;
        let limit = Duration::from_secs(3);
        let pause = clock.wait_for_pause(limit);
        let mut pause = std::pin::pin!(pause);
        assert!(
            futures_util::future::poll_immediate(&mut pause)
                .await
                .is_none()
        );

        let short = asleep(2);

        assert_eq!(pause.await, Duration::from_secs(2));
        clock.advance(Duration::from_secs(2));
        short.await.unwrap();
        clock.advance(Duration::from_secs(25));
        assert_eq!(clock.wait_for_pause(limit).await, limit);
    }

    #[tokio::test]
    async fn a_system_clock_ticks_and_can_be_pushed() {
        let clock = Clock::system();
        let before = clock.now();
        clock.sleep(Duration::from_millis(2)).await;
        assert!(clock.now() - before >= TimeDelta::milliseconds(2));
        let mut asleep = std::pin::pin!(clock.sleep(Duration::from_secs(3600)));
        let woken = futures_util::future::poll_immediate(&mut asleep).await;
        assert!(woken.is_none());
        clock.advance(Duration::from_secs(3601));
        asleep.await;
    }
}
