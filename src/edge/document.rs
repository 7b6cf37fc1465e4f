//! Parsed documents, kept: parsing is two thirds of the work of a small request.

use std::sync::Arc;

use async_graphql::{
    Value,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use moka::future::Cache;
use sha2::{Digest, Sha256};

use super::guard::{self, Limits, Pace, Refusal};

/// Estimated memory of all kept documents, in bytes.
const CAPACITY: u64 = 32 << 20;

/// What a parsed document takes beside its text; measured: the densest, of bare fields, takes 218
/// bytes a token, usual ones about half of that.
const BYTES_PER_TOKEN: usize = 220;
const BYTES_PER_ENTRY: usize = 1024;

/// A document that passed the guard.
pub(super) struct Document {
    /// Cloned into each request.
    pub(super) parsed: ExecutableDocument,
    /// How long its slowest field may take.
    pub(super) pace: Pace,
    /// Whether it may ask where an answer came from.
    pub(super) tells_origin: bool,
    /// Of its text.
    pub(super) digest: [u8; 32],
    /// Estimated memory, in bytes.
    weight: u32,
}

impl Document {
    /// The operation that `name` selects; `None` when it selects none, which is for the library to
    /// complain about.
    pub(super) fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        let operation = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => operation,
            (DocumentOperations::Single(_), Some(_)) => return None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name)?,
            (DocumentOperations::Multiple(operations), None) => match operations.len() {
                1 => operations.values().next()?,
                _ => return None,
            },
        };
        Some(&operation.node)
    }

    fn has_mutation(&self) -> bool {
        let mut operations = self.parsed.operations.iter();
        operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
    }
}

/// Refuses variables that lack one which `operation` requires.
///
/// The library finds a missing one only when a field asks for it, and then as that field's error;
/// by the specification nothing may have been executed by then.
pub(super) fn check_required(
    operation: &OperationDefinition,
    variables: &Value,
) -> Result<(), Refusal> {
    let is_given = |name: &str| match variables {
        Value::Object(fields) => fields.get(name).is_some_and(|value| *value != Value::Null),
        _ => false,
    };
    let missing = operation.variable_definitions.iter().find(|definition| {
        let definition = &definition.node;
        !definition.var_type.node.nullable
            && definition.default_value.is_none()
            && !is_given(&definition.name.node)
    });
    missing.map_or(Ok(()), |definition| {
        let message = format!(
            "The variable \"${}\" of type \"{}\" is required.",
            definition.node.name.node, definition.node.var_type.node
        );
        Err(Refusal::invalid(message, vec![definition.pos]))
    })
}

/// Keeps the most used documents within a bound of memory.
pub(super) struct Documents {
    limits: Limits,
    /// By digest of the text: the key must not be as long as the document.
    parsed: Cache<[u8; 32], Arc<Document>>,
}

impl Documents {
    pub(super) fn new(limits: Limits) -> Self {
        Self::with_capacity(limits, CAPACITY)
    }

    fn with_capacity(limits: Limits, capacity: u64) -> Self {
        Self {
            limits,
            parsed: Cache::builder()
                .max_capacity(capacity)
                .weigher(|_, document: &Arc<Document>| document.weight)
                .build(),
        }
    }

    /// The parsed form of `text`; checked on its first use, remembered only when it passes.
    pub(super) async fn load(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        let key: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(document) = self.parsed.get(&key).await {
            return Ok(document);
        }
        let checked = guard::check(text, &self.limits)?;
        let weight = text.len() + checked.tokens * BYTES_PER_TOKEN + BYTES_PER_ENTRY;
        let document = Arc::new(Document {
            parsed: checked.parsed,
            pace: checked.expansion.pace,
            // Anything that has the word in it may be taken for it.
            tells_origin: text.contains("servedFrom"),
            digest: key,
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        });
        // A mutation may hold secrets in its text, and comes but once.
        if !document.has_mutation() {
            self.parsed.insert(key, Arc::clone(&document)).await;
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{parser::types::OperationType, value};

    use super::*;

    #[tokio::test]
    async fn a_document_is_parsed_once_and_only_kept_when_it_passes() {
        let documents = Documents::new(Limits::default());
        let first = documents.load("{ a }").await.unwrap();
        let second = documents.load("{ a }").await.unwrap();
        assert!(Arc::ptr_eq(&first, &second));

        assert!(documents.load("{").await.is_err());
        documents.parsed.run_pending_tasks().await;
        assert_eq!(documents.parsed.entry_count(), 1);
    }

    #[tokio::test]
    async fn what_is_kept_stays_within_its_bound_whatever_is_sent() {
        let capacity = 20_000;
        let documents = Documents::with_capacity(Limits::default(), capacity);
        for n in 0..200 {
            documents.load(&format!("{{ field{n} }}")).await.unwrap();
        }
        documents.parsed.run_pending_tasks().await;
        assert!(documents.parsed.weighted_size() <= capacity);
        assert!(documents.parsed.entry_count() > 0);
    }

    #[tokio::test]
    async fn the_operation_is_the_named_one_or_the_only_one() {
        let documents = Documents::new(Limits::default());
        let anonymous = documents.load("mutation { a }").await.unwrap();
        assert!(anonymous.operation(None).is_some());
        assert!(anonymous.operation(Some("a")).is_none());
        let two = "query q { a } mutation m { a }";
        let two = documents.load(two).await.unwrap();
        let mutation = two.operation(Some("m")).unwrap();
        assert_eq!(mutation.ty, OperationType::Mutation);
        assert!(two.operation(None).is_none());
    }

    #[tokio::test]
    async fn a_required_variable_is_given_and_not_null_unless_it_has_a_default() {
        let documents = Documents::new(Limits::default());
        let text = "query ($a: Int!, $b: Int! = 1, $c: Int) { a(a: $a, b: $b, c: $c) }";
        let document = documents.load(text).await.unwrap();
        let operation = document.operation(None).unwrap();
        let check = |variables| check_required(operation, &variables);
        assert!(check(value!({ "a": 1 })).is_ok());
        assert!(check(value!({ "a": null, "b": 1, "c": 1 })).is_err());
        assert!(check(Value::Null).is_err());
    }
}
