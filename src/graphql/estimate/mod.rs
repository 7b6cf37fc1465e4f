//! How many upstream calls an operation can take at worst, told before it runs.
//!
//! [`cost`] says what each field asks for and what that takes; here an operation is walked with its
//! variables. How often something is asked for is the product of the lists around it, and what
//! loaders gather is counted for the whole request before it is turned into calls. A fragment is
//! walked once, and numbers grow to [`UNCOUNTED`] at most, so a walk is as short as the document.
//!
//! The bound holds for accounts within [`cost`]'s lengths of lists, and for calls that succeed at
//! the first attempt and with the first key.

mod cost;
#[cfg(test)]
mod tests;

use std::convert::Infallible;

use async_graphql::{
    Name, OutputType, Positioned, Response, ServerError, Value, Variables,
    parser::types::{
        Directive, ExecutableDocument, Field as Selected, OperationDefinition, Selection,
        SelectionSet,
    },
    registry::{MetaField, MetaType, MetaTypeName, Registry},
};

use foldhash::{HashMap, HashMapExt};

use crate::model::{System, split};
use cost::{Keys, Load, Row, TABLE, When};

/// No number is followed beyond this.
const UNCOUNTED: u64 = 1_000_000_000;

/// The calls that an operation can take at worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Of Propstack.
    pub propstack: u64,
    /// Of deep.rent.
    pub deeprent: u64,
    /// Of Propstreet, with the exchange for a token.
    pub propstreet: u64,
}

impl Estimate {
    /// Of all systems.
    pub fn total(&self) -> u64 {
        self.propstack + self.deeprent + self.propstreet
    }

    /// The answer to an operation that can take more than `limit` calls.
    pub(super) fn refusal(&self, limit: u64) -> Response {
        let total = self.total();
        let message = format!(
            "This query may need up to {total} upstream calls; at most {limit} are allowed."
        );
        let calls = [
            ("total", total),
            ("propstack", self.propstack),
            ("deeprent", self.deeprent),
            ("propstreet", self.propstreet),
        ];
        let calls = calls.map(|(name, calls)| (Name::new(name), Value::from(calls)));
        let mut error = ServerError::new(message, None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "QUERY_TOO_COSTLY");
        extensions.set("estimatedCalls", Value::Object(calls.into_iter().collect()));
        extensions.set("limit", limit);
        Response::from_errors(vec![error])
    }
}

/// What the fields of the schema cost. What costs nothing and leads to nothing that does is left
/// out.
#[derive(Debug, Default)]
pub struct Costs {
    names: HashMap<String, usize>,
    types: Vec<HashMap<String, Field>>,
}

#[derive(Debug)]
struct Field {
    /// Its row of the table, with the row's number.
    row: Option<(u32, &'static Row)>,
    /// What `first` is when it is left out; `None` where there is no such argument.
    first: Option<u64>,
    /// The type that it leads to.
    leads_to: Option<usize>,
}

impl Costs {
    /// Finds the fields of the table in the schema.
    pub fn of<Query: OutputType, Mutation: OutputType>() -> Self {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        Mutation::create_type_info(&mut registry);
        let mut costs = Self::default();
        for name in costly(&registry) {
            costs.names.insert(name.to_owned(), costs.names.len());
        }
        costs.types.resize_with(costs.names.len(), HashMap::default);
        for (name, at) in &costs.names {
            let fields = registry.types[name].fields().into_iter().flatten();
            let fields = fields.filter_map(|(field, meta)| {
                let leads_to = MetaTypeName::concrete_typename(&meta.ty);
                let leads_to = costs.names.get(leads_to).copied();
                let row = row_of(name, field);
                (row.is_some() || leads_to.is_some()).then(|| {
                    let first = default_of("first", meta);
                    let found = Field {
                        row,
                        first,
                        leads_to,
                    };
                    (field.clone(), found)
                })
            });
            costs.types[*at] = fields.collect();
        }
        costs
    }

    /// The calls that an operation can take at worst, with these variables.
    pub fn estimate(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        root: &str,
        variables: &Variables,
    ) -> Estimate {
        let mut walk = Walk {
            costs: self,
            document,
            operation,
            variables,
            fragments: HashMap::new(),
        };
        let mut tally = Tally::default();
        if let Some(root) = self.names.get(root) {
            let once = Times {
                owners: 1,
                waves: 1,
            };
            walk.selection(&operation.selection_set.node, *root, once, &mut tally);
        }
        tally.estimate()
    }
}

/// The types with fields that cost something or lead to such a type.
fn costly(registry: &Registry) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    loop {
        let more: Vec<&str> = registry
            .types
            .iter()
            .filter(|(name, _)| !found.contains(&name.as_str()))
            .filter(|(name, meta)| {
                let leads = |name: &str| found.contains(&name);
                let mut fields = meta.fields().into_iter().flatten();
                let any_field = fields.any(|(field, meta)| {
                    row_of(name, field).is_some()
                        || leads(MetaTypeName::concrete_typename(&meta.ty))
                });
                // What is behind an interface is reached through fragments.
                any_field
                    || matches!(meta, MetaType::Interface { possible_types, .. }
                        if possible_types.iter().any(|name| leads(name)))
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn row_of(on: &str, field: &str) -> Option<(u32, &'static Row)> {
    let rows = (0..).zip(TABLE);
    let mut rows = rows.filter(|(_, row)| row.on == on && row.fields.contains(&field));
    rows.next()
}

fn default_of(argument: &str, field: &MetaField) -> Option<u64> {
    let argument = field.args.get(argument)?;
    argument.default_value.as_ref()?.parse().ok()
}

/// How often a selection is answered: for so many records, which come in so many groups.
#[derive(Debug, Clone, Copy)]
struct Times {
    owners: u64,
    waves: u64,
}

fn product(a: u64, b: u64) -> u64 {
    a.saturating_mul(b).min(UNCOUNTED)
}

/// Keys and batches of each way to load.
#[derive(Debug, Clone, Copy, Default)]
struct Tally([(u64, u64); Load::ALL.len()]);

impl Tally {
    fn add(&mut self, load: Load, keys: u64, batches: u64) {
        let (known, begun) = &mut self.0[load as usize];
        *known = known.saturating_add(keys).min(UNCOUNTED);
        *begun = begun.saturating_add(batches).min(UNCOUNTED);
    }

    /// Adds what is asked for each of several records.
    fn add_times(&mut self, each: &Self, times: Times) {
        for load in Load::ALL {
            let (keys, batches) = each.0[load as usize];
            if keys > 0 {
                self.add(
                    load,
                    product(keys, times.owners),
                    product(batches, times.waves),
                );
            }
        }
    }

    fn estimate(&self) -> Estimate {
        let mut estimate = Estimate::default();
        for load in Load::ALL {
            let (keys, batches) = self.0[load as usize];
            if keys > 0 {
                let calls = match load.system() {
                    System::Propstack => &mut estimate.propstack,
                    System::DeepRent => &mut estimate.deeprent,
                    System::Propstreet => &mut estimate.propstreet,
                };
                *calls = (*calls + load.most_calls(keys, batches)).min(UNCOUNTED);
            }
        }
        if estimate.propstreet > 0 {
            // The exchange that buys a token.
            estimate.propstreet += 1;
        }
        estimate
    }
}

struct Walk<'a> {
    costs: &'a Costs,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// What each asks for on one record; `None` while it is walked.
    fragments: HashMap<&'a str, Option<Tally>>,
}

impl<'a> Walk<'a> {
    fn selection(
        &mut self,
        selection: &'a SelectionSet,
        on: usize,
        times: Times,
        into: &mut Tally,
    ) {
        let costs = self.costs;
        // Rows that were asked for already, on the same records.
        let mut asked = 0_u128;
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let Some(found) = costs.types[on].get(field.name.node.as_str()) else {
                        continue;
                    };
                    if self.is_left_out(&field.directives) {
                        continue;
                    }
                    let behind = match found.row {
                        None => times,
                        Some((number, row)) => {
                            let ids = self.ids(field, row);
                            let rows = self.rows(field, found, row, ids.as_deref());
                            let bit = 1 << number;
                            if !row.is_remembered() || asked & bit == 0 {
                                self.ask(field, row, rows, ids.as_deref(), times, into);
                            }
                            asked |= bit;
                            Times {
                                owners: product(times.owners, rows),
                                waves: product(times.waves, row.waves),
                            }
                        }
                    };
                    if let Some(leads_to) = found.leads_to
                        && behind.owners > 0
                    {
                        self.selection(&field.selection_set.node, leads_to, behind, into);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let on = match &fragment.type_condition {
                        None => Some(on),
                        Some(on) => costs.names.get(on.node.on.node.as_str()).copied(),
                    };
                    if let Some(on) = on
                        && !self.is_left_out(&fragment.directives)
                    {
                        self.selection(&fragment.selection_set.node, on, times, into);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if !self.is_left_out(&spread.node.directives) {
                        let each = self.fragment(spread.node.fragment_name.node.as_str());
                        into.add_times(&each, times);
                    }
                }
            }
        }
    }

    fn fragment(&mut self, name: &'a str) -> Tally {
        if let Some(known) = self.fragments.get(name) {
            return known.unwrap_or_default();
        }
        let mut each = Tally::default();
        let Some(fragment) = self.document.fragments.get(name) else {
            return each;
        };
        let on = fragment.node.type_condition.node.on.node.as_str();
        if let Some(on) = self.costs.names.get(on) {
            self.fragments.insert(name, None);
            let once = Times {
                owners: 1,
                waves: 1,
            };
            self.selection(&fragment.node.selection_set.node, *on, once, &mut each);
        }
        self.fragments.insert(name, Some(each));
        each
    }

    fn ask(
        &self,
        field: &Selected,
        row: &Row,
        rows: u64,
        ids: Option<&[String]>,
        times: Times,
        into: &mut Tally,
    ) {
        for ask in row.asks {
            let is_asked = match ask.when {
                When::Always => true,
                When::Resumes => self.argument(field, "after").is_some(),
                When::Has(argument, members) => match self.argument(field, argument) {
                    Some(Value::Object(given)) => members
                        .iter()
                        .any(|name| given.get(*name).is_some_and(|value| *value != Value::Null)),
                    _ => false,
                },
            };
            let (keys, waves) = match ask.keys {
                Keys::Owner(keys) => (keys, times.waves),
                Keys::Row => (rows, product(times.waves, row.waves)),
                Keys::Id(of) => {
                    let types = ids.into_iter().flatten().filter(|named| *named == of);
                    (types.count() as u64, times.waves)
                }
            };
            if is_asked && keys > 0 {
                into.add(ask.load, product(keys, times.owners), waves);
            }
        }
    }

    /// How many records a field leads to at most.
    fn rows(&self, field: &Selected, found: &Field, row: &Row, ids: Option<&[String]>) -> u64 {
        let asked = match (ids, found.first) {
            (Some(ids), _) => ids.len() as u64,
            (None, None) => row.most,
            (None, Some(default)) => match self.argument(field, "first") {
                // Less than none, or no whole number, is an error before anything is asked.
                Some(Value::Number(first)) => first.as_u64().unwrap_or(0),
                _ => default,
            },
        };
        row.most.min(asked)
    }

    /// The types of the records that a field asks for by their global ids; `None` for fields that
    /// ask for nothing so.
    fn ids(&self, field: &Selected, row: &Row) -> Option<Vec<String>> {
        let is_by_id = |ask: &cost::Ask| matches!(ask.keys, Keys::Id(_));
        if !row.asks.iter().any(is_by_id) {
            return None;
        }
        let given = ["id", "ids"]
            .into_iter()
            .find_map(|name| self.argument(field, name));
        let ids = match given {
            Some(Value::List(ids)) => ids,
            Some(id) => vec![id],
            None => Vec::new(),
        };
        let types = ids.into_iter().map(|id| match id {
            Value::String(id) => split(&id).map_or_else(|_| String::new(), |(named, _)| named),
            _ => String::new(),
        });
        Some(types.collect())
    }

    /// What an argument is with the variables of the request; `None` when it is left out or null.
    fn argument(&self, field: &Selected, name: &str) -> Option<Value> {
        let given = field.get_argument(name)?.node.clone();
        let Ok(given) = given.into_const_with(|name| self.variable(&name));
        (given != Value::Null).then_some(given)
    }

    /// The value of a variable; null for one that has none.
    fn variable(&self, name: &Name) -> Result<Value, Infallible> {
        let default = || {
            let mut definitions = self.operation.variable_definitions.iter();
            let definition = definitions.find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref()
        };
        let given = self.variables.get(name);
        let given = given.or_else(|| default().map(|default| &default.node));
        Ok(given.cloned().unwrap_or_default())
    }

    /// Whether `@skip` or `@include` leave something out; when that is not known, it is there.
    fn is_left_out(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let directive = &directive.node;
            let unless = match directive.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            let Some(given) = directive.get_argument("if") else {
                return false;
            };
            let given = given.node.clone();
            let Ok(given) = given.into_const_with(|name| self.variable(&name));
            given == Value::Boolean(!unless)
        })
    }
}
