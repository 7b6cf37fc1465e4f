//! Documents that have passed validation, so that it is not repeated with each request.
//!
//! Of what the rules look at, only the values of variables are not in the document. So a document
//! that has passed once need not pass again where its variables fit their types, which is looked at
//! here; in any doubt all rules are asked, and it is they who say what is wrong.

use async_graphql::{
    OutputType, Response, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition},
    registry::{MetaType, MetaTypeName, Registry},
};
use moka::sync::Cache;

use crate::auth::Scopes;

/// How many documents are remembered.
const MOST: u64 = 10_000;

/// What has passed.
pub struct Validated {
    registry: Registry,
    /// With what the whole of each needs.
    passed: Cache<Shape, Scopes>,
}

/// A document, and which of its variables are given: values beside a variable that is not given are
/// looked at by no rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    document: [u8; 32],
    given: u64,
}

impl Validated {
    /// Nothing has passed yet.
    pub fn of<Query: OutputType, Mutation: OutputType>() -> Self {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        Mutation::create_type_info(&mut registry);
        // Variables have types of inputs only.
        registry.types.retain(|_, found| found.is_input());
        let passed = Cache::new(MOST);
        Self { registry, passed }
    }

    /// What a request has to have passed as. `digest` is that of the document's text. `None` for
    /// one that has to pass each time: rules skip variables of operations that are not chosen.
    pub fn shape(
        &self,
        digest: [u8; 32],
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Option<Shape> {
        let definitions = &operation.variable_definitions;
        if document.operations.iter().count() != 1 || definitions.len() > 64 {
            return None;
        }
        let given = (0..).zip(definitions).fold(0, |given, (at, definition)| {
            let is_given = variables.contains_key(&definition.node.name.node);
            given | u64::from(is_given) << at
        });
        Some(Shape {
            document: digest,
            given,
        })
    }

    /// What a request needs that would pass; `None` where it might not.
    pub fn needs_if_passed(
        &self,
        shape: &Shape,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Option<Scopes> {
        let needs = self.passed.get(shape)?;
        let mut definitions = operation.variable_definitions.iter();
        let all_fit = definitions.all(|definition| {
            let definition = &definition.node;
            let given = variables.get(&definition.name.node);
            given.is_none_or(|given| self.fits(given, &definition.var_type.node.to_string()))
        });
        all_fit.then_some(needs)
    }

    /// Remembers what has passed, by how all rules were asked and what came of it.
    pub fn learn(&self, shape: Shape, needs: Scopes, response: &Response) {
        // What a rule finds wrong, or a limit, has no path: nothing was executed.
        if response.errors.iter().all(|error| !error.path.is_empty()) {
            self.passed.insert(shape, needs);
        }
    }

    /// Whether a value can be read as one of a type; `false` also where that is not known.
    fn fits(&self, value: &Value, wanted: &str) -> bool {
        let name = match (MetaTypeName::create(wanted), value) {
            (MetaTypeName::NonNull(_), Value::Null) => return false,
            (MetaTypeName::NonNull(of), _) => return self.fits(value, of),
            (_, Value::Null) => return true,
            (MetaTypeName::List(of), Value::List(items)) => {
                return items.iter().all(|item| self.fits(item, of));
            }
            (MetaTypeName::List(of), _) => return self.fits(value, of),
            (MetaTypeName::Named(name), _) => name,
        };
        match (self.registry.types.get(name), value) {
            (Some(MetaType::Scalar { is_valid, .. }), _) => {
                is_valid.as_ref().is_none_or(|is_valid| is_valid(value))
            }
            (Some(MetaType::Enum { enum_values, .. }), Value::String(word)) => {
                enum_values.contains_key(word)
            }
            (
                Some(MetaType::InputObject {
                    input_fields,
                    oneof,
                    ..
                }),
                Value::Object(given),
            ) => {
                let is_one = given.len() == 1 && !given.values().any(|value| *value == Value::Null);
                let mut names = given.keys();
                let mut fields = input_fields.values();
                (!oneof || is_one)
                    && names.all(|name| input_fields.contains_key(name.as_str()))
                    && fields.all(|field| match given.get(field.name.as_str()) {
                        Some(value) => self.fits(value, &field.ty),
                        None => {
                            !MetaTypeName::create(&field.ty).is_non_null()
                                || field.default_value.is_some()
                        }
                    })
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{ServerError, parser::parse_query};
    use serde_json::json;

    use super::*;
    use crate::graphql::schema::{Mutation, Query};

    const QUERY: &str = "query ($first: Int!, $filter: PropertyFilter, $ids: [ID!]) {
        properties(first: $first, filter: $filter) { totalCount } nodes(ids: $ids) { id }
    }";

    /// Whether a request of `query` passes after one with the variables of `before`.
    fn passes(query: &str, before: serde_json::Value, now: serde_json::Value) -> bool {
        let validated = Validated::of::<Query, Mutation>();
        let document = parse_query(query).unwrap();
        let operation = &document.operations.iter().next().unwrap().1.node;
        let needs = |variables: &Variables| {
            let shape = validated.shape([7; 32], &document, operation, variables)?;
            let needs = validated.needs_if_passed(&shape, operation, variables);
            needs
                .is_none()
                .then(|| validated.learn(shape, Scopes::default(), &Response::default()));
            needs
        };
        assert_eq!(needs(&Variables::from_json(before)), None);
        needs(&Variables::from_json(now)).is_some()
    }

    #[test]
    fn what_has_passed_passes_with_variables_that_fit() {
        let before = json!({ "first": 1, "filter": null, "ids": [] });
        for (filter, ids, fits) in [
            (json!(null), json!(null), true),
            (json!({ "city": "Bremen" }), json!(["a", 1]), true),
            (
                json!({ "livingSqm": { "min": 1 }, "offer": "SALE" }),
                json!("a"),
                true,
            ),
            (json!({ "city": 1 }), json!([]), false),
            (json!({ "town": "Bremen" }), json!([]), false),
            (json!({ "offer": "GIFT" }), json!([]), false),
            (json!({ "livingSqm": { "min": "1" } }), json!([]), false),
            (json!("Bremen"), json!([]), false),
            (json!({}), json!([null]), false),
            (json!({}), json!([["a"]]), false),
        ] {
            let now = json!({ "first": 2, "filter": filter, "ids": ids });
            assert_eq!(passes(QUERY, before.clone(), now.clone()), fits, "{now}");
        }
        for first in [json!(null), json!("1"), json!(1.5)] {
            let now = json!({ "first": first, "filter": null, "ids": [] });
            assert!(!passes(QUERY, before.clone(), now), "{first}");
        }
    }

    #[test]
    fn it_passes_only_with_the_variables_that_were_given() {
        let both = json!({ "first": 1, "filter": null });
        let one = json!({ "first": 1 });
        assert!(passes(QUERY, one.clone(), one.clone()));
        assert!(!passes(QUERY, one.clone(), both.clone()));
        assert!(!passes(QUERY, both, one));
    }

    #[test]
    fn one_of_many_operations_and_what_was_found_wrong_are_asked_again() {
        let two = "query a($id: ID!) { node(id: $id) { id } } query b { viewer { subject } }";
        assert!(!passes(two, json!({ "id": "a" }), json!({ "id": "a" })));

        let validated = Validated::of::<Query, Mutation>();
        let shape = Shape {
            document: [7; 32],
            given: 0,
        };
        let wrong = Response::from_errors(vec![ServerError::new("no", None)]);
        validated.learn(shape.clone(), Scopes::default(), &wrong);
        assert_eq!(validated.passed.get(&shape), None);
    }
}
