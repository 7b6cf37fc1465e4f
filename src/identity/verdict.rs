//! From likenesses to a verdict: which record another one is, if that can be told.

use std::cmp::Ordering;

use crate::model::{Match, MatchConfidence, MatchedBy};

/// Which record another one is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Verdict<T> {
    /// Nothing is like it.
    #[default]
    Unknown,
    /// It is this one.
    Is(T, Match),
    /// It may be each of these, for they have the same in common with it.
    MayBe(MatchedBy, Vec<T>),
}

impl<T> Verdict<T> {
    /// The one that it is.
    pub fn found(self) -> Option<(T, Match)> {
        match self {
            Self::Is(record, found) => Some((record, found)),
            Self::Unknown | Self::MayBe(..) => None,
        }
    }

    /// The same about what `of` gives for a record.
    pub fn map<U>(self, of: impl Fn(T) -> U) -> Verdict<U> {
        match self {
            Self::Unknown => Verdict::Unknown,
            Self::Is(record, found) => Verdict::Is(of(record), found),
            Self::MayBe(by, records) => Verdict::MayBe(by, records.into_iter().map(of).collect()),
        }
    }
}

/// What two records have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// What only one should have: where it is the only one, it is it.
    Telling(Match),
    /// What others have as well: never a link, but worth a question.
    Vague(MatchedBy),
}

impl Likeness {
    /// A reference that somebody wrote down.
    pub const fn certain(by: MatchedBy) -> Self {
        Self::Telling(Match::certain(by))
    }

    /// What usually tells.
    pub const fn heuristic(by: MatchedBy) -> Self {
        Self::Telling(Match::heuristic(by))
    }

    fn telling(&self) -> Option<Match> {
        match self {
            Self::Telling(found) => Some(*found),
            Self::Vague(_) => None,
        }
    }
}

/// Weighs candidates, each with all that it has in common with what is looked for.
///
/// Whoever has the most telling likeness alone is it. Where several have it, their next one decides,
/// unless it was to be certain: then one of them is wrong, and no likeness says which.
pub fn judge<T>(candidates: impl IntoIterator<Item = (T, Vec<Likeness>)>) -> Verdict<T> {
    let (mut told, mut vague) = (Vec::new(), Vec::new());
    for (candidate, likenesses) in candidates {
        let mut matches: Vec<_> = likenesses.iter().filter_map(Likeness::telling).collect();
        matches.sort_by_key(rank);
        match (matches.is_empty(), likenesses.first()) {
            (false, _) => told.push((candidate, matches)),
            (true, Some(Likeness::Vague(by))) => vague.push((candidate, *by)),
            (true, _) => {}
        }
    }
    told.sort_by(|(_, one), (_, other)| compare(one, other));
    let Some((_, best)) = told.first() else {
        return match vague.first() {
            Some((_, by)) => Verdict::MayBe(*by, vague.into_iter().map(|(it, _)| it).collect()),
            None => Verdict::Unknown,
        };
    };
    let (best, found) = (best.clone(), best[0]);
    let leaders = told.partition_point(|(_, matches)| match found.confidence {
        MatchConfidence::Certain => matches[0] == found,
        MatchConfidence::Heuristic => *matches == best,
    });
    told.truncate(leaders);
    let mut leaders = told.into_iter().map(|(candidate, _)| candidate);
    match (leaders.next(), leaders.len()) {
        (Some(only), 0) => Verdict::Is(only, found),
        (first, _) => Verdict::MayBe(found.by, first.into_iter().chain(leaders).collect()),
    }
}

/// The lower, the more it tells.
fn rank(found: &Match) -> (MatchConfidence, MatchedBy) {
    (found.confidence, found.by)
}

/// What tells more comes first, and of what tells the same the longer.
fn compare(one: &[Match], other: &[Match]) -> Ordering {
    let ranks = one.iter().map(rank).zip(other.iter().map(rank));
    let mut differing = ranks.map(|(one, other)| one.cmp(&other));
    let differing = differing.find(|order| order.is_ne());
    differing.unwrap_or_else(|| other.len().cmp(&one.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: Likeness = Likeness::certain(MatchedBy::ExternalReference);
    const CODE: Likeness = Likeness::heuristic(MatchedBy::ObjectCode);
    const DOOR: Likeness = Likeness::heuristic(MatchedBy::Address);
    const HOUSE: Likeness = Likeness::Vague(MatchedBy::Address);

    fn judged(candidates: &[(u8, &[Likeness])]) -> Verdict<u8> {
        judge(
            candidates
                .iter()
                .map(|(id, likenesses)| (*id, likenesses.to_vec())),
        )
    }

    #[test]
    fn the_most_telling_likeness_decides_whatever_the_order() {
        let found = Verdict::Is(2, Match::certain(MatchedBy::ExternalReference));
        assert_eq!(judged(&[(1, &[CODE, DOOR]), (2, &[STORED])]), found);
        assert_eq!(judged(&[(2, &[STORED]), (1, &[DOOR, CODE])]), found);
        let found = Verdict::Is(1, Match::heuristic(MatchedBy::ObjectCode));
        assert_eq!(judged(&[(3, &[HOUSE]), (1, &[CODE]), (2, &[DOOR])]), found);
    }

    #[test]
    fn what_several_have_in_common_is_told_apart_by_the_next() {
        let found = Verdict::Is(1, Match::heuristic(MatchedBy::ObjectCode));
        assert_eq!(judged(&[(1, &[CODE, DOOR]), (2, &[CODE])]), found);
        assert_eq!(judged(&[(2, &[CODE]), (1, &[DOOR, CODE])]), found);
        let several = Verdict::MayBe(MatchedBy::ObjectCode, vec![1, 2]);
        assert_eq!(judged(&[(1, &[CODE, DOOR]), (2, &[DOOR, CODE])]), several);
        // One of two references is wrong, and a likeness does not say which.
        let several = Verdict::MayBe(MatchedBy::ExternalReference, vec![1, 2]);
        assert_eq!(judged(&[(1, &[STORED, DOOR]), (2, &[STORED])]), several);
        let several = Verdict::MayBe(MatchedBy::ExternalReference, vec![1, 2]);
        assert_eq!(
            judged(&[(1, &[STORED]), (2, &[STORED]), (3, &[DOOR])]),
            several
        );
    }

    #[test]
    fn what_many_share_links_nothing() {
        assert_eq!(judged(&[]), Verdict::Unknown);
        assert_eq!(judged(&[(1, &[])]), Verdict::Unknown);
        assert_eq!(
            judged(&[(1, &[HOUSE]), (2, &[HOUSE])]),
            Verdict::MayBe(MatchedBy::Address, vec![1, 2])
        );
        assert_eq!(
            judged(&[(1, &[HOUSE])]),
            Verdict::MayBe(MatchedBy::Address, vec![1])
        );
    }
}
