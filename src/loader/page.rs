//! Reads a stretch of a list that may need more than one upstream page.

use super::Error;

/// How many upstream pages one field may read to fill its page when it has to filter by itself.
pub const MOST_PAGES: usize = 20;

/// A list that can be read from any of its rows on.
pub trait Source: Sync {
    /// What the list holds.
    type Row: Send;
    /// Where a row stands: the list can be read on from behind it.
    type Position: Clone + Send + Sync;

    /// Reads up to `count` rows behind `after`, or from the start.
    fn read(
        &self,
        after: Option<&Self::Position>,
        count: u32,
    ) -> impl Future<Output = Result<Stretch<Self::Row, Self::Position>, Error>> + Send;
}

/// Some rows of a list, in order.
#[derive(Debug, Clone)]
pub struct Stretch<R, P> {
    /// Each with its position.
    pub rows: Vec<(P, R)>,
    /// Whether the list goes on behind them.
    pub has_more: bool,
    /// Where to read on; behind the last row unless rows that were passed over followed.
    pub end: Option<P>,
    /// How many rows the whole list has, where the upstream says so.
    pub total: Option<u64>,
}

impl<R, P> Default for Stretch<R, P> {
    /// The end of a list.
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            has_more: false,
            end: None,
            total: None,
        }
    }
}

/// Which rows to keep, by what the upstream cannot select.
pub struct Filter<'a, R> {
    /// How many rows to ask for at a time, since some will be passed over.
    pub per_read: u32,
    /// Whether a row is kept.
    pub keep: &'a (dyn Fn(&R) -> bool + Sync),
}

/// Reads up to `count` rows that `filter` keeps.
///
/// It stops after [`MOST_PAGES`] pages with what it has: then `end` is where to go on.
pub async fn read<S: Source>(
    source: &S,
    after: Option<S::Position>,
    count: u32,
    filter: Option<&Filter<'_, S::Row>>,
) -> Result<Stretch<S::Row, S::Position>, Error> {
    let mut found = Stretch {
        rows: Vec::new(),
        has_more: false,
        end: after,
        total: None,
    };
    let wanted = count as usize;
    if wanted == 0 {
        return Ok(found);
    }
    for _ in 0..MOST_PAGES {
        let missing = u32::try_from(wanted - found.rows.len()).unwrap_or(u32::MAX);
        let asked = filter.map_or(missing, |filter| filter.per_read);
        let Stretch {
            rows,
            has_more,
            end,
            total,
        } = source.read(found.end.as_ref(), asked).await?;
        if filter.is_none() {
            found.total = found.total.or(total);
        }
        let mut kept = rows
            .into_iter()
            .filter(|(_, row)| filter.is_none_or(|filter| (filter.keep)(row)));
        let before = found.rows.len();
        found.rows.extend(kept.by_ref().take(wanted - before));
        let last = found.rows[before..].last();
        let last = last.map(|(position, _)| position.clone());
        let is_full = found.rows.len() == wanted;
        found.has_more = has_more || kept.next().is_some();
        if is_full || !has_more {
            found.end = last.or(found.end);
            return Ok(found);
        }
        found.end = end.or(last).or(found.end);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// The numbers below its size, at most 10 a read.
    struct Numbers {
        size: u32,
        reads: AtomicUsize,
    }

    impl Numbers {
        fn below(size: u32) -> Self {
            Self {
                size,
                reads: AtomicUsize::new(0),
            }
        }
    }

    impl Source for Numbers {
        type Row = u32;
        type Position = u32;

        async fn read(&self, after: Option<&u32>, count: u32) -> Result<Stretch<u32, u32>, Error> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let from = after.map_or(0, |after| after + 1);
            let to = (from + count.min(10)).min(self.size);
            let rows: Vec<_> = (from..to).map(|number| (number, number)).collect();
            let end = rows.last().map(|(position, _)| *position);
            Ok(Stretch {
                rows,
                has_more: to < self.size,
                end,
                total: Some(self.size.into()),
            })
        }
    }

    #[tokio::test]
    async fn an_unfiltered_stretch_asks_for_no_more_than_it_needs() {
        let numbers = Numbers::below(25);
        let stretch = read(&numbers, Some(2), 7, None).await.unwrap();
        assert_eq!(stretch.rows.first(), Some(&(3, 3)));
        assert_eq!(stretch.rows.len(), 7);
        assert!(stretch.has_more);
        assert_eq!(stretch.total, Some(25));
        assert_eq!(numbers.reads.load(Ordering::Relaxed), 1);
        assert!(read(&numbers, None, 0, None).await.unwrap().rows.is_empty());
        assert_eq!(numbers.reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn paging_through_a_filter_yields_each_row_once_and_ends() {
        let numbers = Numbers::below(95);
        let keep = |number: &u32| number.is_multiple_of(7);
        let (mut after, mut all) = (None, Vec::new());
        loop {
            let stretch = read(
                &numbers,
                after,
                3,
                Some(&Filter {
                    per_read: 10,
                    keep: &keep,
                }),
            )
            .await
            .unwrap();
            all.extend(stretch.rows.into_iter().map(|(_, number)| number));
            if !stretch.has_more {
                break;
            }
            after = stretch.end;
        }
        assert_eq!(all, (0..95).filter(keep).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_filter_that_keeps_little_stops_at_the_bound_and_can_go_on() {
        let numbers = Numbers::below(1_000);
        let keep = |number: &u32| *number == 900;
        let stretch = read(
            &numbers,
            None,
            1,
            Some(&Filter {
                per_read: 10,
                keep: &keep,
            }),
        )
        .await
        .unwrap();
        assert_eq!(numbers.reads.load(Ordering::Relaxed), MOST_PAGES);
        assert!(stretch.rows.is_empty() && stretch.has_more);
        assert_eq!(stretch.end, Some(199));
    }
}
