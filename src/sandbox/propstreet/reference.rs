//! Names in other systems as a body gives them.

use serde_json::value::RawValue;

use super::{
    input::{Fields, Given},
    problem::Problem,
};
use crate::sandbox::world::Reference;

const FIELD: &str = "externalRefs";
/// The most names of one record.
const MOST: usize = 50;
const LONGEST_NAMESPACE: usize = 50;
const LONGEST_ID: usize = 255;

/// Reads `externalRefs`: the whole list, namespaces in lower case (assumed).
///
/// Errors: 400 for more than 50, for a namespace that comes twice, and for what is too short or
/// too long. A null is refused (assumed): `[]` clears.
pub(super) fn read(fields: &Fields) -> Result<Option<Vec<Reference>>, Problem> {
    let list = match fields.list(FIELD)? {
        Given::Null => return Err(Problem::invalid(FIELD, "must not be null")),
        Given::Absent => return Ok(None),
        Given::Value(list) => list,
    };
    if list.len() > MOST {
        let detail = format!("may hold {MOST} at most");
        return Err(Problem::invalid(FIELD, detail));
    }
    let mut references: Vec<Reference> = Vec::with_capacity(list.len());
    for raw in &list {
        let reference = one(raw)?;
        if references
            .iter()
            .any(|its| its.namespace == reference.namespace)
        {
            let detail = format!("names the namespace {} twice", reference.namespace);
            return Err(Problem::invalid(FIELD, detail));
        }
        references.push(reference);
    }
    Ok(Some(references))
}

fn one(raw: &RawValue) -> Result<Reference, Problem> {
    let fields: Fields = serde_json::from_str(raw.get())
        .map_err(|_| Problem::invalid(FIELD, "must hold objects"))?;
    let text = |name, longest| {
        let text = fields.text(name)?.value();
        text.filter(|text| (1..=longest).contains(&text.chars().count()))
            .ok_or_else(|| {
                let detail = format!("{name} must be text of 1 to {longest} characters");
                Problem::invalid(FIELD, detail)
            })
    };
    Ok(Reference {
        namespace: text("namespace", LONGEST_NAMESPACE)?.to_lowercase(),
        id: text("id", LONGEST_ID)?,
    })
}
