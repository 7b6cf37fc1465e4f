//! What a list selects and in which order, remembered until the firm's records change.
//!
//! Whoever walks a list asks for it page by page: the first page filters and sorts, and every other
//! is cut out of what the first one found.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// So many walks may go on at once; a further one makes the oldest begin anew.
const MOST: usize = 16;

/// The selections of one firm, the one asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct Selections(Mutex<VecDeque<(String, Selection)>>);

/// Positions among the firm's records of one kind.
pub(super) type Selection = Arc<[usize]>;

impl Selections {
    /// The selection of that name, made by `select` where it is not remembered.
    ///
    /// The caller holds the world for as long, so that nobody changes it in between.
    pub(super) fn remember(&self, name: String, select: impl FnOnce() -> Vec<usize>) -> Selection {
        if let Some(known) = self.known(&name) {
            return known;
        }
        let made: Selection = select().into();
        let mut all = self.all();
        if all.len() == MOST {
            all.pop_front();
        }
        all.push_back((name, made.clone()));
        made
    }

    /// Forgets them all; the caller has locked the world to change it.
    pub(super) fn clear(&self) {
        self.all().clear();
    }

    fn known(&self, name: &str) -> Option<Selection> {
        let mut all = self.all();
        let at = all.iter().position(|(its, _)| its == name)?;
        let found = all.remove(at)?;
        let selection = found.1.clone();
        all.push_back(found);
        Some(selection)
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<(String, Selection)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_made_once_until_it_is_forgotten() {
        let selections = Selections::default();
        let ask = |name: &str, rows: Vec<usize>| {
            let mut made = false;
            let selection = selections.remember(name.to_owned(), || {
                made = true;
                rows
            });
            (selection.to_vec(), made)
        };
        assert_eq!(ask("units", vec![2, 1]), (vec![2, 1], true));
        assert_eq!(ask("units", vec![7]), (vec![2, 1], false));
        // Those that nobody asks for make room; the one that is asked for again stays.
        for other in 1..MOST {
            assert!(ask(&other.to_string(), Vec::new()).1);
        }
        assert!(!ask("units", Vec::new()).1);
        assert!(ask("one more", Vec::new()).1);
        assert!(ask("1", Vec::new()).1);
        assert!(!ask("units", Vec::new()).1);
        selections.clear();
        assert_eq!(ask("units", vec![7]), (vec![7], true));
    }
}
