//! What became of many prospects at once.

use std::collections::HashMap;

use super::wire;
use crate::{
    model::{InvestorId, ProjectId, ProspectId},
    upstream::propstreet::{Batch, BatchFailure, Classified, NewProspect},
};

/// Propstreet tells the place of what failed, and of what it created the order. Where the two do not
/// add up, who was added says which it is.
pub(in crate::upstream::propstreet) fn batch(
    batch: wire::Batch,
    project: &ProjectId,
    new: &[NewProspect],
) -> Batch {
    let mut left: Vec<Option<&NewProspect>> = new.iter().map(Some).collect();
    let mut failed = Vec::new();
    for failure in batch.failed.0 {
        if left.get_mut(failure.index).and_then(Option::take).is_some() {
            let told = BatchFailure {
                code: failure.error.0.unwrap_or_default(),
                message: failure.message.0,
            };
            failed.push((failure.index, told));
        }
    }
    let created: Vec<_> = batch.created.0;
    let adds_up = created.len() == left.iter().flatten().count();
    let mut made = Vec::new();
    for row in created {
        let is_it = |new: &Option<&NewProspect>| {
            new.is_some_and(|new| adds_up || is_of(&row, &new.investor))
        };
        let Some(place) = left.iter().position(is_it) else {
            continue;
        };
        left[place] = None;
        made.push((place, ProspectId::new(project.clone(), row.id.0)));
    }
    let untold = left.iter().enumerate();
    failed.extend(
        untold
            .filter(|(_, new)| new.is_some())
            .map(|(place, _)| (place, BatchFailure::UNTOLD)),
    );
    failed.sort_by_key(|(place, _)| *place);
    Batch {
        created: made,
        failed,
    }
}

fn is_of(row: &wire::Created, investor: &InvestorId) -> bool {
    let id = match investor {
        InvestorId::Person(_) => &row.contact_id,
        InvestorId::Company(_) => &row.company_id,
    };
    id.as_ref().is_some_and(|id| id.0 == investor.key())
}

/// What is told of prospects that were not asked about is left out.
pub(in crate::upstream::propstreet) fn classified(
    answer: wire::Classified,
    asked: &HashMap<&str, &ProspectId>,
) -> Classified {
    let known = |id: &str| asked.get(id).map(|id| (*id).clone());
    let succeeded = answer.succeeded.0.iter();
    let failed = answer.failed.0.into_iter();
    Classified {
        succeeded: succeeded.filter_map(|id| known(&id.0)).collect(),
        failed: failed
            .filter_map(|row| Some((known(&row.prospect_id.0)?, row.error.0.unwrap_or_default())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> NewProspect {
        NewProspect {
            investor: InvestorId::Person(id.to_owned()),
            external_references: Vec::new(),
        }
    }

    fn read(json: &str) -> Batch {
        let new = ["1", "2", "3", "2"].map(person);
        let batch_of = serde_json::from_str(json).unwrap();
        batch(batch_of, &ProjectId::new("7"), &new)
    }

    fn places(batch: &Batch) -> Vec<(usize, &str)> {
        let created = batch.created.iter();
        created.map(|(place, id)| (*place, id.key())).collect()
    }

    #[test]
    fn what_was_created_stands_in_the_order_of_what_did_not_fail() {
        let batch = read(
            r#"{"created": [{"id": 11, "contactId": "1"}, {"id": "13", "contactId": "3", "companyId": "9"}],
                "failed": [{"index": 3, "error": "duplicate", "message": "twice"}, {"index": "1", "error": "new_code"}]}"#,
        );
        assert_eq!(places(&batch), [(0, "11"), (2, "13")]);
        let failed: Vec<_> = batch
            .failed
            .iter()
            .map(|(at, why)| (*at, why.code.as_str()))
            .collect();
        assert_eq!(failed, [(1, "new_code"), (3, "duplicate")]);
        assert_eq!(batch.failed[1].1.message.as_deref(), Some("twice"));
    }

    #[test]
    fn where_places_do_not_add_up_who_was_added_decides_and_nothing_is_lost() {
        let batch =
            read(r#"{"created": [{"id": "13", "contactId": "3"}], "failed": [{"index": 99}]}"#);
        assert_eq!(places(&batch), [(2, "13")]);
        let untold: Vec<_> = batch.failed.iter().map(|(at, _)| *at).collect();
        assert_eq!(untold, [0, 1, 3]);
        assert_eq!(batch.failed[0].1, BatchFailure::UNTOLD);
    }
}
