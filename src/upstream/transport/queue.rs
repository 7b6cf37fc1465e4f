//! Whoever waits for a turn: first those whom somebody waits for, then the others, each as they came.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::upstream::Priority;

/// Two lines, before one place that gives turns of kind `T`.
///
/// Whoever leaves just drops the [`Ticket`]; a turn that nobody takes any more comes back from
/// [`oneshot::Sender::send`], or is dropped where it waited to be taken.
#[derive(Debug)]
pub(super) struct Queue<T> {
    next: u64,
    interactive: VecDeque<Waiter<T>>,
    background: VecDeque<Waiter<T>>,
}

#[derive(Debug)]
struct Waiter<T> {
    number: u64,
    turn: oneshot::Sender<T>,
}

/// A place in a line.
#[derive(Debug)]
pub(super) struct Ticket<T> {
    pub(super) turn: oneshot::Receiver<T>,
    priority: Priority,
    number: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            next: 0,
            interactive: VecDeque::new(),
            background: VecDeque::new(),
        }
    }
}

impl<T> Queue<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.interactive.is_empty() && self.background.is_empty()
    }

    /// Stands at the end of a line, from which those are taken out who have left.
    pub(super) fn join(&mut self, priority: Priority) -> Ticket<T> {
        let number = self.next;
        self.next += 1;
        let (sender, turn) = oneshot::channel();
        let line = self.line(priority);
        line.retain(|waiter| !waiter.turn.is_closed());
        line.push_back(Waiter {
            number,
            turn: sender,
        });
        Ticket {
            turn,
            priority,
            number,
        }
    }

    /// How many have their turn before this one.
    pub(super) fn ahead_of(&self, ticket: &Ticket<T>) -> usize {
        let before = |line: &VecDeque<Waiter<T>>| {
            line.partition_point(|waiter| waiter.number < ticket.number)
        };
        match ticket.priority {
            Priority::Interactive => before(&self.interactive),
            Priority::Background => self.interactive.len() + before(&self.background),
        }
    }

    /// Whose turn is next.
    pub(super) fn first(&mut self) -> Option<Priority> {
        for priority in [Priority::Interactive, Priority::Background] {
            let line = self.line(priority);
            while line.front().is_some_and(|waiter| waiter.turn.is_closed()) {
                line.pop_front();
            }
            if !line.is_empty() {
                return Some(priority);
            }
        }
        None
    }

    /// Takes out the first of a line.
    pub(super) fn pop(&mut self, priority: Priority) -> Option<oneshot::Sender<T>> {
        self.line(priority).pop_front().map(|waiter| waiter.turn)
    }

    fn line(&mut self, priority: Priority) -> &mut VecDeque<Waiter<T>> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Background => &mut self.background,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_whom_somebody_waits_for_come_first_and_whoever_left_is_passed_over() {
        let mut queue = Queue::default();
        let job = queue.join(Priority::Background);
        let gone = queue.join(Priority::Interactive);
        let person = queue.join(Priority::Interactive);
        assert_eq!(queue.ahead_of(&person), 1);
        assert_eq!(queue.ahead_of(&job), 2);
        drop(gone);

        let mut turns = [person, job].into_iter();
        while let Some(priority) = queue.first() {
            queue.pop(priority).unwrap().send(priority).unwrap();
            let mut next = turns.next().unwrap();
            assert_eq!(next.turn.try_recv().unwrap(), next.priority);
        }
        assert!(turns.next().is_none() && queue.is_empty());
    }
}
