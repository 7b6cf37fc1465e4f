//! What people decided: which records are the same, and which are not whatever they look like.

use std::collections::HashMap;

use crate::model::{DateTime, Match, MatchConfidence, MatchedBy, RecordId};

/// One decision about two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// A record of Propstack, by the inside of its id.
    pub anchor: String,
    /// A record of another system, by the inside of its id.
    pub other: String,
    /// Whether they are the same.
    pub is_same: bool,
    /// When it was decided.
    pub at: DateTime,
}

/// All decisions of an organisation.
#[derive(Debug, Default)]
pub struct Decisions {
    version: i64,
    /// By each of the two records.
    of: HashMap<String, Vec<Decision>>,
}

impl Decisions {
    /// Those that stand at this version.
    pub fn new(version: i64, decisions: impl IntoIterator<Item = Decision>) -> Self {
        let mut of = HashMap::<_, Vec<_>>::new();
        for decision in decisions {
            for record in [&decision.anchor, &decision.other] {
                of.entry(record.clone()).or_default().push(decision.clone());
            }
        }
        Self { version, of }
    }

    /// Rises with each decision.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The records of one type that are the same as this one.
    pub fn same<T: RecordId>(&self, record: &impl RecordId) -> Vec<(T, Match)> {
        let record = inside(record);
        let decisions = self.of.get(&record).into_iter().flatten();
        let same = decisions.filter(|decision| decision.is_same);
        same.filter_map(|decision| {
            let partner = match decision.anchor == record {
                true => &decision.other,
                false => &decision.anchor,
            };
            let (record_type, key) = partner.split_once(':')?;
            let id = (record_type == T::TYPE).then(|| T::from_key(key))??;
            Some((id, decision.found()))
        })
        .collect()
    }

    /// What was decided about two records.
    pub fn about(&self, anchor: &impl RecordId, other: &impl RecordId) -> Option<&Decision> {
        let anchor = inside(anchor);
        let mut decisions = self.of.get(&inside(other))?.iter();
        decisions.find(|decision| decision.anchor == anchor)
    }

    /// Whether two records were said not to be the same.
    pub fn are_apart(&self, anchor: &impl RecordId, other: &impl RecordId) -> bool {
        !self.of.is_empty()
            && self
                .about(anchor, other)
                .is_some_and(|decision| !decision.is_same)
    }
}

impl Decision {
    /// Why the two are taken to be the same.
    pub fn found(&self) -> Match {
        Match {
            by: MatchedBy::Explicit,
            confidence: MatchConfidence::Certain,
            decided_at: Some(self.at),
        }
    }
}

/// What an id says inside: `Property:481207`.
pub fn inside(id: &impl RecordId) -> String {
    let mut text = String::new();
    id.write_inside(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ContactId, InvestorId, ProfileId, ProjectId, PropertyId};

    #[test]
    fn a_decision_is_known_from_both_ends() {
        let property = PropertyId::new("1");
        let decide = |project: &str, is_same| Decision {
            anchor: inside(&property),
            other: inside(&ProjectId::new(project)),
            is_same,
            at: DateTime(chrono::DateTime::UNIX_EPOCH),
        };
        let decisions = Decisions::new(3, [decide("7", true), decide("8", false)]);
        let seven = ProjectId::new("7");
        let found = decisions.same::<ProjectId>(&property);
        assert_eq!(found[0].0, seven);
        assert_eq!(found[0].1.by, MatchedBy::Explicit);
        assert_eq!(found.len(), 1);
        assert_eq!(decisions.same::<PropertyId>(&seven)[0].0, property);
        assert!(decisions.same::<ProfileId>(&property).is_empty());
        assert!(decisions.are_apart(&property, &ProjectId::new("8")));
        assert!(!decisions.are_apart(&property, &seven));
        let nobody = InvestorId::Person("7".into());
        assert!(!decisions.are_apart(&ContactId::new("1"), &nobody));
    }
}
