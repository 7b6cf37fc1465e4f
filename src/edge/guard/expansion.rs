//! What a parsed document comes to once every fragment is written out where it is spread.
//!
//! Validation and execution walk that, so its size is what a document costs. Each fragment is
//! walked once and its size remembered; the sums saturate.
//!
//! Introspection alone leads from list to list in circles, and the library answers it without a
//! pause in which a deadline could pass. So below `__schema` and `__type` each selection counts
//! ten times for each list around it.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::{Limits, Refusal, bound};

/// How many items a list of the introspection is taken to have.
const LIST: usize = 10;

/// The size of a document, or of a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::edge) struct Expansion {
    /// Fields, spreads and inline fragments.
    selections: usize,
    /// Fields with an alias among them.
    aliases: usize,
    /// Selection sets around the innermost selection.
    depth: usize,
    /// Selections, each as often as it is answered if this lies below `__schema` or `__type`.
    answers: usize,
    /// The answers of what does lie there.
    introspection: usize,
    /// How long its slowest field may take.
    pub(in crate::edge) pace: Pace,
}

/// How long a field may take, by what its name tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::edge) enum Pace {
    #[default]
    Usual,
    /// A PDF may have to be built first.
    Link,
    /// A file is fetched, or sent on.
    File,
}

impl Pace {
    fn of(field: &str) -> Self {
        match field {
            "pdf" | "requestProtocolPdf" => Self::Link,
            "uploadPropertyDocument" | "fileProtocolPdf" => Self::File,
            _ => Self::Usual,
        }
    }
}

impl Expansion {
    fn add(&mut self, part: Self) {
        self.selections = self.selections.saturating_add(part.selections);
        self.aliases = self.aliases.saturating_add(part.aliases);
        self.depth = self.depth.max(part.depth);
        self.answers = self.answers.saturating_add(part.answers);
        self.introspection = self.introspection.saturating_add(part.introspection);
        self.pace = self.pace.max(part.pace);
    }
}

/// Measures all operations together: they are all validated, though one is executed.
pub(super) fn measure(
    document: &ExecutableDocument,
    limits: &Limits,
) -> Result<Expansion, Refusal> {
    let mut walk = Walk {
        document,
        limits,
        measured: HashMap::with_capacity(document.fragments.len()),
    };
    let mut total = Expansion::default();
    for (_, operation) in document.operations.iter() {
        total.add(walk.selection_set(&operation.node.selection_set.node, 1)?);
    }
    // Fragments that nothing spreads are validated as well, so they must not be too deep or in
    // circles either.
    for name in document.fragments.keys() {
        walk.fragment(name, 1)?;
    }
    bound("selections", total.selections, limits.selections)?;
    bound("aliases", total.aliases, limits.aliases)?;
    bound("nested selection sets", total.depth, limits.depth)?;
    bound(
        "introspected values",
        total.introspection,
        limits.introspection,
    )?;
    Ok(total)
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    /// `None` while the fragment is being walked.
    measured: HashMap<&'a str, Option<Expansion>>,
}

impl<'a> Walk<'a> {
    fn fragment(&mut self, name: &str, level: usize) -> Result<Expansion, Refusal> {
        match self.measured.get(name) {
            Some(Some(expansion)) => return Ok(*expansion),
            Some(None) => {
                let message = format!("The fragment \"{name}\" goes in circles.");
                return Err(Refusal::invalid(message, vec![]));
            }
            None => {}
        }
        // Validation is better at naming an unknown fragment.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Expansion::default());
        };
        self.measured.insert(name.as_str(), None);
        let expansion = self.selection_set(&fragment.node.selection_set.node, level)?;
        self.measured.insert(name.as_str(), Some(expansion));
        Ok(expansion)
    }

    /// `level` is how many selection sets there are around this one, itself included; it bounds
    /// the recursion here, also along fragments that have not been measured yet.
    fn selection_set(
        &mut self,
        selection_set: &'a SelectionSet,
        level: usize,
    ) -> Result<Expansion, Refusal> {
        if selection_set.items.is_empty() {
            return Ok(Expansion::default());
        }
        bound("nested selection sets", level, self.limits.depth)?;
        let mut expansion = Expansion::default();
        for selection in &selection_set.items {
            let mut own = Expansion {
                selections: 1,
                answers: 1,
                ..Expansion::default()
            };
            let mut inner = match &selection.node {
                Selection::Field(field) => {
                    own.aliases = usize::from(field.node.alias.is_some());
                    own.pace = Pace::of(&field.node.name.node);
                    self.selection_set(&field.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, level + 1)?
                }
                Selection::InlineFragment(inline) => {
                    self.selection_set(&inline.node.selection_set.node, level + 1)?
                }
            };
            if let Selection::Field(field) = &selection.node {
                match field.node.name.node.as_str() {
                    "__schema" | "__type" => inner.introspection = inner.answers,
                    name if is_list(name) => inner.answers = inner.answers.saturating_mul(LIST),
                    _ => {}
                }
            }
            expansion.add(own);
            expansion.add(inner);
        }
        expansion.depth += 1;
        Ok(expansion)
    }
}

/// Whether the introspection has a list of this name; elsewhere the name means nothing.
fn is_list(name: &str) -> bool {
    matches!(
        name,
        "types"
            | "directives"
            | "fields"
            | "interfaces"
            | "possibleTypes"
            | "inputFields"
            | "args"
            | "enumValues"
    )
}
