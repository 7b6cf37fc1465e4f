//! Many prospects at once (R7): those that can be added are, the others are told why not.

use std::collections::HashSet;

use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};

use super::{
    super::{Path, auth::Caller, change::Desk, input::Fields, problem::Problem, project, record},
    candidate::{Backer, Candidate, Flaw},
};
use crate::sandbox::world::{Bid, Reference};

const MOST: usize = 100;

/// Which words say why an item failed: the sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchCodes {
    /// The four of the guide, `duplicate` also for who is there already, as in its sample.
    Seed,
    /// The finer ones of the reference pages.
    Reference,
}

/// R7: 200 also when nothing could be added (assumed).
///
/// References are checked over the whole batch before anything is created; of two items with one
/// reference the first wins (assumed).
///
/// Errors: 400 for no item and for more than 100; then nothing is created (assumed).
pub(in super::super) async fn create(
    Extension(caller): Extension<Caller>,
    Path(project): Path<String>,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    let items = fields.list("items")?.value().unwrap_or_default();
    if !(1..=MOST).contains(&items.len()) {
        let detail = format!("must hold 1 to {MOST}");
        return Err(Problem::invalid("items", detail));
    }
    let mut desk = caller.desk();
    let deal = project::find(&desk.world, &project)?.id;

    let mut taken = HashSet::new();
    let read: Vec<_> = items
        .iter()
        .map(|item| desk.read(deal, item, &mut taken))
        .collect();
    let mut met = HashSet::new();
    let (mut created, mut failed) = (Vec::new(), Vec::new());
    for (index, (item, candidate)) in items.iter().zip(read).enumerate() {
        let added = candidate.and_then(|candidate| {
            if !met.insert(candidate.backer) {
                return Err(Flaw::Repeated);
            }
            desk.check_backer(deal, candidate.backer)?;
            Ok((candidate.backer, desk.add(deal, candidate)))
        });
        match added {
            Ok((backer, id)) => created.extend(desk.world.bid(id).map(|bid| success(backer, bid))),
            Err(flaw) => failed.push(failure(index, item, &flaw, desk.switches.batch_codes)),
        }
    }
    let mut answer = json!({ "created": created, "failed": failed });
    record::tidy(&mut answer, &desk.switches);
    Ok(Json(answer))
}

impl Desk<'_> {
    /// What an item asks for, unless it or one of its references will not do; else its references
    /// are `taken` for the items after it.
    fn read(
        &self,
        deal: u64,
        item: &RawValue,
        taken: &mut HashSet<Reference>,
    ) -> Result<Candidate, Flaw> {
        let fields = serde_json::from_str(item.get());
        let no_object = |_| Flaw::Malformed(Problem::invalid("items", "must hold objects"));
        let candidate = Candidate::read(fields.map_err(no_object)?)?;
        self.check_references(deal, &candidate.references, None)?;
        if candidate.references.iter().any(|its| taken.contains(its)) {
            return Err(Flaw::TakenReference);
        }
        taken.extend(candidate.references.iter().cloned());
        Ok(candidate)
    }
}

fn success(backer: Backer, bid: &Bid) -> Value {
    let (contact, company) = match backer {
        Backer::Contact(id) => (Some(id), None),
        Backer::Company(id) => (None, Some(id)),
    };
    let references = (!bid.references.is_empty()).then(|| record::references(&bid.references));
    json!({
        "id": record::id(bid.id),
        "contactId": contact.map(record::id),
        "companyId": company.map(record::id),
        "externalRefs": references,
    })
}

/// The ids are told as they were sent.
fn failure(index: usize, item: &RawValue, flaw: &Flaw, codes: BatchCodes) -> Value {
    let sent: Value = serde_json::from_str(item.get()).unwrap_or_default();
    let id = |name: &str| sent.get(name).filter(|id| id.is_string()).cloned();
    json!({
        "index": index,
        "error": code(flaw, codes),
        "message": flaw.message(),
        "contactId": id("contactId"),
        "companyId": id("companyId"),
    })
}

fn code(flaw: &Flaw, codes: BatchCodes) -> &'static str {
    match (flaw, codes) {
        (Flaw::Malformed(_), _) => "validation_error",
        (Flaw::MalformedId(_), _) => "invalid_id",
        (Flaw::Repeated, _) => "duplicate",
        (Flaw::TakenReference, BatchCodes::Seed) => "validation_error",
        (Flaw::TakenReference, BatchCodes::Reference) => "duplicate_external_ref",
        (Flaw::Present, BatchCodes::Seed) => "duplicate",
        (Flaw::Present, BatchCodes::Reference) => "already_in_prospects",
        (Flaw::Unknown | Flaw::Blocked, BatchCodes::Seed) => "not_added",
        (Flaw::Unknown, BatchCodes::Reference) => "not_found_or_no_access",
        (Flaw::Blocked, BatchCodes::Reference) => "blocked",
    }
}
