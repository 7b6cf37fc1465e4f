//! What is selected of a record, worked out once: which fields in which order under which keys.

use std::collections::HashMap;

use async_graphql::{
    ContextSelectionSet, Name, Positioned,
    parser::types::{self, Field, FragmentDefinition, SelectionSet},
    registry::Registry,
};

use super::object::Object;

/// How a value is written; empty for one without fields.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    /// What the library resolves of each record beforehand, in the order of the steps.
    pub(super) resolved: Vec<Positioned<Field>>,
}

/// One key of an object.
#[derive(Debug)]
pub(super) struct Step {
    /// Between the value before and this one: `,"key":`.
    pub(super) key: String,
    pub(super) value: Source,
}

/// Where the value of a key comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// It is the type's name, which the key then has.
    TypeName,
    /// One of the type's plain fields, by its number.
    Plain(usize, Plan),
    /// The library.
    Resolved,
}

/// What a request selects of one value, from all places that select of it.
pub struct Selection<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    registry: &'a Registry,
    sets: Vec<&'a SelectionSet>,
}

/// The fields of one key, which the answer has once.
struct Member<'a> {
    key: &'a str,
    field: &'a Positioned<Field>,
    sets: Vec<&'a SelectionSet>,
    /// How often it is selected.
    times: usize,
}

impl<'a> Selection<'a> {
    /// What is selected of what a field answers. What is skipped is gone by then.
    pub fn of(ctx: &ContextSelectionSet<'a>) -> Self {
        Self {
            fragments: &ctx.query_env.fragments,
            registry: &ctx.schema_env.registry,
            sets: vec![&ctx.item.node],
        }
    }

    /// The plan for values of a type; `None` when something selected of them is not plain.
    pub fn plan<T: Object>(&self) -> Option<Plan> {
        self.mixed::<T>().filter(|plan| plan.resolved.is_empty())
    }

    /// The plan for records of a type of which the library is to resolve what is not plain; `None`
    /// when it has to merge something.
    pub fn mixed<T: Object>(&self) -> Option<Plan> {
        let type_name = T::type_name();
        let mut members = Vec::new();
        for set in &self.sets {
            self.collect(&type_name, set, &mut members)?;
        }
        let mut plan = Plan::default();
        for member in members {
            let comma = if plan.steps.is_empty() { "" } else { "," };
            let key = member.key;
            let name = member.field.node.name.node.as_str();
            let value = match self.plain::<T>(&member) {
                _ if name == "__typename" => Source::TypeName,
                Some((field, plan)) => Source::Plain(field, plan),
                None if member.times == 1 => {
                    plan.resolved.push(member.field.clone());
                    Source::Resolved
                }
                None => return None,
            };
            let key = match value {
                Source::TypeName => format!("{comma}\"{key}\":\"{type_name}\""),
                _ => format!("{comma}\"{key}\":"),
            };
            plan.steps.push(Step { key, value });
        }
        Some(plan)
    }

    /// Which plain field of a type a member is, and how that is written. Arguments make it another.
    fn plain<T: Object>(&self, member: &Member<'a>) -> Option<(usize, Plan)> {
        if !member.field.node.arguments.is_empty() {
            return None;
        }
        let name = member.field.node.name.node.as_str();
        let found = T::FIELDS
            .iter()
            .position(|field| is_called(field.name, name))?;
        let selection = Selection {
            sets: member.sets.clone(),
            ..*self
        };
        Some((found, (T::FIELDS[found].plan)(&selection)?))
    }

    /// Adds the fields that a selection set asks of a type, in the order in which the library
    /// answers them: each key where it comes first.
    fn collect(
        &self,
        type_name: &str,
        set: &'a SelectionSet,
        members: &mut Vec<Member<'a>>,
    ) -> Option<()> {
        for item in &set.items {
            let (condition, inside) = match &item.node {
                types::Selection::Field(field) => {
                    if !field.node.directives.is_empty() {
                        return None;
                    }
                    let key = field.node.response_key().node.as_str();
                    let known = members.iter_mut().find(|member| member.key == key);
                    let member = match known {
                        Some(member) if member.field.node.name.node != field.node.name.node => {
                            return None;
                        }
                        Some(member) => member,
                        None => {
                            let (sets, times) = (Vec::new(), 0);
                            members.push(Member {
                                key,
                                field,
                                sets,
                                times,
                            });
                            members.last_mut()?
                        }
                    };
                    member.times += 1;
                    if !field.node.selection_set.node.items.is_empty() {
                        member.sets.push(&field.node.selection_set.node);
                    }
                    continue;
                }
                types::Selection::InlineFragment(fragment) => (
                    fragment.node.type_condition.as_ref(),
                    &fragment.node.selection_set,
                ),
                types::Selection::FragmentSpread(spread) => {
                    let fragment = &self.fragments.get(&spread.node.fragment_name.node)?.node;
                    (Some(&fragment.type_condition), &fragment.selection_set)
                }
            };
            let condition = condition.map(|condition| condition.node.on.node.as_str());
            let applies = condition.is_none_or(|condition| {
                let interfaces = self.registry.implements.get(type_name);
                condition == type_name
                    || interfaces.is_some_and(|interfaces| interfaces.contains(condition))
            });
            if applies {
                self.collect(type_name, &inside.node, members)?;
            }
        }
        Some(())
    }
}

/// Whether a field that Rust calls `name` is called `wanted` in the schema: `living_sqm` is
/// `livingSqm`.
pub(super) fn is_called(name: &str, wanted: &str) -> bool {
    let mut letters = name.strip_prefix("r#").unwrap_or(name).bytes();
    let mut wanted = wanted.bytes();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            b'_' => letters.next().map(|letter| letter.to_ascii_uppercase()),
            letter => Some(letter),
        };
        if wanted.next() != letter {
            return false;
        }
    }
    wanted.next().is_none()
}

/// Whether only one field of the operation is answered at a place, and above it: fragments count
/// whatever their type, so it may say no where none of the fields would ever meet another.
pub(super) fn is_alone(ctx: &ContextSelectionSet<'_>, place: &str) -> bool {
    let fragments = &ctx.query_env.fragments;
    let mut set = &ctx.query_env.operation.node.selection_set.node;
    for key in place.split('.') {
        let mut found = Vec::new();
        find(fragments, set, key, &mut found);
        match found.as_slice() {
            [field] => set = &field.selection_set.node,
            _ => return false,
        }
    }
    true
}

fn find<'a>(
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    set: &'a SelectionSet,
    key: &str,
    found: &mut Vec<&'a Field>,
) {
    for item in &set.items {
        match &item.node {
            types::Selection::Field(field) => {
                if field.node.response_key().node == key {
                    found.push(&field.node);
                }
            }
            types::Selection::InlineFragment(fragment) => {
                find(fragments, &fragment.node.selection_set.node, key, found);
            }
            types::Selection::FragmentSpread(spread) => {
                if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                    find(fragments, &fragment.node.selection_set.node, key, found);
                }
            }
        }
    }
}
