//! One stage for many prospects (R9).

use std::collections::BTreeSet;

use axum::{Extension, Json};
use serde_json::{Value, json};

use super::{
    super::{Path, auth::Caller, input::Fields, problem::Problem, project, record},
    STAGES, find,
};

const MOST: usize = 100;

/// R9: a prospect that has the stage already counts as classified and stays as it is, one that is
/// named twice counts once, and the word for an unknown one is that of the batch (all assumed).
///
/// Errors: 400 for an unknown stage, and for no id or more than 100.
pub(in super::super) async fn classify(
    Extension(caller): Extension<Caller>,
    Path(project): Path<String>,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    let stage = fields.choice("classification", &STAGES)?.value();
    let stage = stage.ok_or_else(|| Problem::invalid("classification", "is missing"))?;
    let ids = fields.list("prospectIds")?.value().unwrap_or_default();
    if !(1..=MOST).contains(&ids.len()) {
        let detail = format!("must hold 1 to {MOST}");
        return Err(Problem::invalid("prospectIds", detail));
    }
    let text = |raw: &str| serde_json::from_str(raw);
    let ids: Result<Vec<String>, _> = ids.iter().map(|raw| text(raw.get())).collect();
    let ids = ids.map_err(|_| Problem::invalid("prospectIds", "must hold texts"))?;

    let mut desk = caller.desk();
    project::find(&desk.world, &project)?;
    let mut met = BTreeSet::new();
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for id in ids.into_iter().filter(|id| met.insert(id.clone())) {
        let Ok(bid) = find(&desk.world, &project, &id) else {
            failed.push(json!({ "prospectId": id, "error": "not_found_or_no_access" }));
            continue;
        };
        if bid.classification != stage {
            let mut bid = bid.clone();
            bid.classification = stage;
            bid.updated_at = desk.moment(bid.updated_at);
            desk.keep_bid(bid);
        }
        succeeded.push(id);
    }
    let mut answer = json!({
        "classified": succeeded.len(),
        "succeeded": succeeded,
        "failed": failed,
    });
    record::tidy(&mut answer, &desk.switches);
    Ok(Json(answer))
}
