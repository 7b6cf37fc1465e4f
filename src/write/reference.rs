//! External references: one is set or taken away, and those of other systems stay.

use std::{collections::HashSet, sync::Arc};

use super::{
    Failure, Writer,
    guard::{Conflict, Guarded, MOST_ATTEMPTS, Updated, differences},
    project::invalid,
};
use crate::{
    model::{ErrorCode, ExternalReference, MutationError, Project, Prospect},
    upstream::{
        Written,
        propstreet::{ProjectChange, ProspectChange},
    },
};

/// Letters of a namespace and of a name in it, and references of one record; contract 1 and 2.5.
const LONGEST_NAMESPACE: usize = 50;
const LONGEST_ID: usize = 255;
const MOST: usize = 50;

/// A record that other systems give names to.
pub trait Referenced: Guarded {
    /// Its names.
    fn references(&self) -> &[ExternalReference];

    /// The change that gives it these names and no others.
    fn named(references: Vec<ExternalReference>) -> Self::Change;
}

impl Referenced for Project {
    fn references(&self) -> &[ExternalReference] {
        &self.external_references
    }

    fn named(references: Vec<ExternalReference>) -> ProjectChange {
        ProjectChange {
            external_references: Some(references),
            ..ProjectChange::default()
        }
    }
}

impl Referenced for Prospect {
    fn references(&self) -> &[ExternalReference] {
        &self.external_references
    }

    fn named(references: Vec<ExternalReference>) -> ProspectChange {
        ProspectChange {
            external_references: Some(references),
            ..ProspectChange::default()
        }
    }
}

/// What is to become of one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// This is the name there, whatever it was.
    Set(ExternalReference),
    /// There is none.
    Remove(String),
}

impl Naming {
    /// The references with it; `None` when they are so already.
    fn applied(&self, references: &[ExternalReference]) -> Option<Vec<ExternalReference>> {
        let (namespace, named) = match self {
            Self::Set(reference) => (&reference.namespace, Some(reference)),
            Self::Remove(namespace) => (namespace, None),
        };
        let is_it = |known: &&ExternalReference| is_called(known, namespace);
        let known = references.iter().find(is_it);
        if known.map(|known| &known.id) == named.map(|named| &named.id) {
            return None;
        }
        let others = references
            .iter()
            .filter(|known| !is_called(known, namespace));
        Some(others.chain(named).cloned().collect())
    }
}

/// Namespaces are the same in any letter case.
fn is_called(reference: &ExternalReference, namespace: &str) -> bool {
    reference.namespace.to_lowercase() == namespace.to_lowercase()
}

/// Whether two records have the same names, in whatever order.
pub(super) fn are_same(one: &[ExternalReference], other: &[ExternalReference]) -> bool {
    let set = |references: &[ExternalReference]| -> HashSet<(String, String)> {
        let references = references.iter();
        references
            .map(|reference| (reference.namespace.to_lowercase(), reference.id.clone()))
            .collect()
    };
    set(one) == set(other)
}

/// Whether Propstreet would take these.
pub(super) fn check(references: &[ExternalReference]) -> Result<(), MutationError> {
    if references.len() > MOST {
        let message = format!("A record has at most {MOST} external references.");
        return Err(invalid(message, &["externalReferences"]));
    }
    let mut namespaces = HashSet::new();
    for (place, reference) in references.iter().enumerate() {
        let wrong = |message, part| {
            let path = &["externalReferences", &place.to_string(), part];
            Err(invalid(message, path))
        };
        if let Err((message, part)) = check_one(reference) {
            return wrong(message, part);
        }
        if !namespaces.insert(reference.namespace.to_lowercase()) {
            let message = "A record has one name in each namespace.".to_owned();
            return wrong(message, "namespace");
        }
    }
    Ok(())
}

/// The same of one; an error names the part that is wrong.
fn check_one(reference: &ExternalReference) -> Result<(), (String, &'static str)> {
    if !(1..=LONGEST_NAMESPACE).contains(&reference.namespace.chars().count()) {
        let message = format!("A namespace has 1 to {LONGEST_NAMESPACE} letters.");
        return Err((message, "namespace"));
    }
    if !(1..=LONGEST_ID).contains(&reference.id.chars().count()) {
        return Err((format!("A name has 1 to {LONGEST_ID} letters."), "id"));
    }
    Ok(())
}

impl Writer {
    /// Sets or takes away the name of a record in one namespace: reads, merges, and writes only over
    /// what was read.
    ///
    /// Errors: [`Failure::Conflict`] when others change the record again and again; mistakes with
    /// `NotFound` and `Duplicate`.
    pub async fn name<T: Referenced>(
        &self,
        id: &T::Id,
        naming: &Naming,
    ) -> Result<Updated<T>, Failure> {
        if let Naming::Set(reference) = naming {
            check_one(reference)
                .map_err(|(message, part)| invalid(message, &["reference", part]))?;
        }
        let _turn = self.turn::<T>(id).await;
        let reader = &self.sources.reader;
        let mut record = reader.one::<T>(id).await.map_err(Failure::Unread)?;
        let (mut is_fresh, mut may_be_done) = (false, false);
        let mut attempts = 0;
        loop {
            let current = record.ok_or_else(|| Failure::not_found(&["id"]))?;
            let Some(references) = naming.applied(current.references()) else {
                if is_fresh {
                    return Ok(Updated {
                        record: current,
                        attempts,
                    });
                }
                // That nothing is to be done must not be believed of something old.
                record = reader
                    .anew()
                    .one::<T>(id)
                    .await
                    .map_err(Failure::unread(may_be_done))?;
                is_fresh = true;
                continue;
            };
            if references.len() > MOST {
                let message = format!("A record has at most {MOST} external references.");
                return Err(invalid(message, &["reference"]).into());
            }
            let change = T::named(references);
            let client = self.propstreet()?;
            let sent = T::send(&client, id, &change, Some(current.etag())).await;
            attempts += 1;
            self.outdate::<T>(id);
            match sent? {
                Written::Done(done) => {
                    let done = Arc::new(done);
                    self.done(&done, Some(current.etag()));
                    return Ok(Updated {
                        record: done,
                        attempts,
                    });
                }
                Written::Rejected { status: 404, .. } => return Err(Failure::not_found(&["id"])),
                Written::Rejected {
                    status: status @ (409 | 412),
                    may_be_done: again,
                } => {
                    may_be_done |= again;
                    let found = reader.anew().one::<T>(id).await;
                    record = found.map_err(Failure::unread(may_be_done))?;
                    is_fresh = true;
                    let is_same = record
                        .as_ref()
                        .is_some_and(|record| record.etag() == current.etag());
                    if is_same {
                        return Err(match (status, naming) {
                            (409, Naming::Set(_)) => {
                                let message = "Another record has this external reference.";
                                let path = &["reference"];
                                MutationError::input(ErrorCode::Duplicate, message, path).into()
                            }
                            // It says that the version is another one, and it is not.
                            _ => Failure::rejected("update", status),
                        });
                    }
                    if attempts >= MOST_ATTEMPTS {
                        let now = record.ok_or_else(|| Failure::not_found(&["id"]))?;
                        return Err(Failure::Conflict(Conflict {
                            expected: current.etag().clone(),
                            changed_fields: Some(differences(&*current, &*now)),
                            current: T::shown(now),
                            attempts,
                        }));
                    }
                }
                Written::Rejected { status, .. } => {
                    return Err(Failure::rejected("update", status));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(namespace: &str, id: &str) -> ExternalReference {
        ExternalReference {
            namespace: namespace.to_owned(),
            id: id.to_owned(),
        }
    }

    #[test]
    fn one_namespace_changes_in_any_letter_case_and_the_others_stay() {
        let known = [reference("propstack", "4711"), reference("hubspot", "A")];

        let set = Naming::Set(reference("HubSpot", "B")).applied(&known);
        assert_eq!(
            set.unwrap(),
            [reference("propstack", "4711"), reference("HubSpot", "B")]
        );
        let added = Naming::Set(reference("deeprent", "7")).applied(&known);
        assert_eq!(added.unwrap().len(), 3);
        let removed = Naming::Remove("HUBSPOT".to_owned()).applied(&known);
        assert_eq!(removed.unwrap(), [reference("propstack", "4711")]);

        assert_eq!(Naming::Set(reference("HUBSPOT", "A")).applied(&known), None);
        assert_eq!(Naming::Remove("deeprent".to_owned()).applied(&known), None);
        // Letter case of names matters.
        assert!(
            Naming::Set(reference("hubspot", "a"))
                .applied(&known)
                .is_some()
        );
    }

    #[test]
    fn what_propstreet_would_not_take_is_told_with_its_place() {
        let path = |references: &[ExternalReference]| match check(references) {
            Ok(()) => None,
            Err(MutationError::InputError(error)) => error.path.map(|path| path.join(".")),
            Err(other) => panic!("{other:?}"),
        };
        let fine = reference("propstack", "4711");
        assert_eq!(
            path(&[fine.clone(), reference(&"n".repeat(50), &"ü".repeat(255))]),
            None
        );
        for (bad, expected) in [
            (reference("", "1"), "externalReferences.1.namespace"),
            (
                reference(&"n".repeat(51), "1"),
                "externalReferences.1.namespace",
            ),
            (reference("n", ""), "externalReferences.1.id"),
            (reference("n", &"i".repeat(256)), "externalReferences.1.id"),
            (
                reference("PropStack", "1"),
                "externalReferences.1.namespace",
            ),
        ] {
            assert_eq!(path(&[fine.clone(), bad]).as_deref(), Some(expected));
        }
        let many: Vec<_> = (0..51).map(|n| reference(&n.to_string(), "1")).collect();
        assert_eq!(path(&many).as_deref(), Some("externalReferences"));
    }
}
