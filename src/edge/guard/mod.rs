//! What a document and its variables must pass before the library sees them.
//!
//! The library's own limits run after parsing and look at selections only: an argument nested 400
//! levels overflows the stack of its parser and ends the process (seen in a debug build), and
//! fragments that spread each other twice keep its validation busy for seconds. So `check` first
//! counts over the bytes (`scan`), then parses, then bounds what the fragments unfold to
//! (`expansion`).

mod expansion;
mod scan;

use async_graphql::{
    Pos, Value,
    parser::{self, types::ExecutableDocument},
};

use expansion::Expansion;

pub(super) use expansion::Pace;

/// The library writes the text of an object with this one key into the answer as it stands.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// The bounds; a document is refused above them, not at them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Lexical tokens of the document.
    pub tokens: usize,
    /// Open brackets of any kind around one place, in the document; lists and objects around one
    /// place, in the variables.
    pub nesting: usize,
    /// Bytes of one name or number. Unknown names are compared with known ones, letter by letter.
    pub word_bytes: usize,
    /// Selections of all operations, with every fragment written out.
    pub selections: usize,
    /// Aliased fields among them.
    pub aliases: usize,
    /// Selection sets around one place, with every fragment written out. Stays below the library's
    /// own bound of 32, whose error has no code.
    pub depth: usize,
    /// Values that an introspection is taken to answer, with ten items in each list. All that
    /// tools ask for, with types nine deep, comes to half as many.
    pub introspection: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 10_000,
            nesting: 64,
            word_bytes: 200,
            selections: 5_000,
            aliases: 200,
            depth: 30,
            introspection: 100_000,
        }
    }
}

/// Why a document or its variables were turned away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would cost more than the limit allows.
    #[error("The request has {estimate} {what}; at most {limit} are allowed.")]
    TooCostly {
        /// What was counted, with its noun in the plural.
        what: &'static str,
        /// What was found, or reached before the count was given up.
        estimate: usize,
        /// What is allowed.
        limit: usize,
    },
    /// It is not a GraphQL document, or its fragments go in circles.
    #[error("{message}")]
    Invalid {
        /// One line, without the client's text beyond a short name.
        message: String,
        /// Where, when known.
        locations: Vec<Pos>,
    },
}

impl Refusal {
    /// Without the client's text beyond a short name.
    pub(super) fn invalid(message: impl Into<String>, locations: Vec<Pos>) -> Self {
        let message = message.into();
        Self::Invalid { message, locations }
    }
}

/// `Ok` when `estimate` is within `limit`.
fn bound(what: &'static str, estimate: usize, limit: usize) -> Result<(), Refusal> {
    if estimate <= limit {
        Ok(())
    } else {
        Err(Refusal::TooCostly {
            what,
            estimate,
            limit,
        })
    }
}

/// A document that is safe to validate and to run.
#[derive(Debug)]
pub(super) struct Checked {
    /// The parsed document.
    pub(super) parsed: ExecutableDocument,
    /// Its lexical tokens.
    pub(super) tokens: usize,
    /// What it comes to with its fragments written out.
    pub(super) expansion: Expansion,
}

/// Parses a document once it is known to be safe to parse.
pub(super) fn check(text: &str, limits: &Limits) -> Result<Checked, Refusal> {
    let tokens = scan::check(text, limits)?;
    let parsed = parser::parse_query(text).map_err(|error| {
        let locations = error.positions().collect();
        Refusal::invalid(syntax_message(&error), locations)
    })?;
    let expansion = expansion::measure(&parsed, limits)?;
    Ok(Checked {
        parsed,
        tokens,
        expansion,
    })
}

/// The parser draws the offending line twice; only what it expected is worth telling.
fn syntax_message(error: &parser::Error) -> String {
    match error {
        parser::Error::Syntax { message, .. } => {
            let reason = message.rsplit("= ").next().unwrap_or_default();
            format!("Syntax error: {reason}.")
        }
        other => format!("Syntax error: {other}."),
    }
}

/// Refuses variables that nest too deep, or that the serialiser would take for ready-made JSON.
///
/// The value comes from `serde_json`, which itself gives up at a depth of 128, so this may recurse.
pub(super) fn check_variables(variables: &Value, limits: &Limits) -> Result<(), Refusal> {
    bound(
        "nested levels in its variables",
        depth(variables)?,
        limits.nesting,
    )
}

fn depth(value: &Value) -> Result<usize, Refusal> {
    let inner = match value {
        Value::List(items) => deepest(items.iter())?,
        Value::Object(fields) => {
            if fields.contains_key(RAW_VALUE) {
                return Err(Refusal::invalid("A variable has a reserved key.", vec![]));
            }
            deepest(fields.values())?
        }
        _ => return Ok(0),
    };
    Ok(inner + 1)
}

fn deepest<'a>(values: impl Iterator<Item = &'a Value>) -> Result<usize, Refusal> {
    values
        .map(depth)
        .try_fold(0, |deepest, depth| Ok(deepest.max(depth?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Refusal {
        check(text, &Limits::default()).unwrap_err()
    }

    #[test]
    fn brackets_inside_strings_and_comments_do_not_count() {
        let open = "{[(".repeat(100);
        let text = format!(
            "{{ f(a: \"{open}\\\"{open}\", b: \"\"\"{open}\"{open}\\\"\"\"{open}\"\"\") # {open}\n}}"
        );
        check(&text, &Limits::default()).unwrap();
    }

    #[test]
    fn a_bracket_after_a_string_counts_however_the_string_ends() {
        for string in ["\"\"", "\"\\\\\"", "\"\"\"\"\"\"", "\"\"\"a\\\"\"\"b\"\"\""] {
            let text = format!("{{ f(a: [{string} {}", "[".repeat(100));
            assert!(
                matches!(refusal(&text), Refusal::TooCostly { estimate: 103, .. }),
                "{string}"
            );
        }
    }

    #[test]
    fn a_string_without_an_end_is_refused_before_the_parser_could_read_it_otherwise() {
        for text in [
            "{ f(a: \"x",
            "{ f(a: \"x\ny\") }",
            "{ f(a: \"\"\"x\"\") }",
            "{ f(a: \"\\",
        ] {
            assert!(matches!(refusal(text), Refusal::Invalid { .. }), "{text}");
        }
    }

    #[test]
    fn a_limit_is_what_is_still_allowed() {
        let limits = Limits::default();
        for (limits, allowed, refused, estimated) in [
            (
                Limits {
                    tokens: 8,
                    ..limits
                },
                "{ a(b: -1.5) }",
                "{ a(b: 1) c }",
                9,
            ),
            (
                Limits {
                    nesting: 2,
                    ..limits
                },
                "{ a { b } c(d: 1) }",
                "{ a(b: [1]) }",
                3,
            ),
            (
                Limits {
                    word_bytes: 3,
                    ..limits
                },
                "{ abc }",
                "{ abcd }",
                4,
            ),
            (
                Limits {
                    selections: 3,
                    ..limits
                },
                "{ a { b c } }",
                "{ a { b { c } d } }",
                4,
            ),
            (
                Limits {
                    aliases: 1,
                    ..limits
                },
                "{ a: x b }",
                "{ a: x { b: y } }",
                2,
            ),
            (
                Limits { depth: 2, ..limits },
                "{ a { b } }",
                "{ a { ... { b } } }",
                3,
            ),
        ] {
            assert!(check(allowed, &limits).is_ok(), "{allowed}");
            let Err(Refusal::TooCostly {
                estimate, limit, ..
            }) = check(refused, &limits)
            else {
                panic!("{refused} costs too much");
            };
            assert_eq!((estimate, limit), (estimated, estimated - 1), "{refused}");
        }
    }

    #[test]
    fn fragments_are_counted_as_often_as_they_are_spread_without_being_walked_as_often() {
        let mut text = String::from("{ ...f0 }");
        for n in 0..60 {
            text += &format!("fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1);
        }
        text += "fragment f60 on Query { __typename }";
        let limits = Limits {
            depth: 100,
            ..Limits::default()
        };
        assert!(matches!(
            check(&text, &limits),
            Err(Refusal::TooCostly { limit: 5_000, estimate, .. }) if estimate > 1 << 40
        ));
    }

    #[test]
    fn fragments_in_a_circle_are_refused_by_name() {
        let text = "{ a } fragment x on Q { b { ...y } } fragment y on Q { ...x }";
        let Refusal::Invalid { message, .. } = refusal(text) else {
            panic!("a circle is not a matter of cost");
        };
        assert!(message.contains("in circles"), "{message}");
    }

    #[test]
    fn a_long_chain_of_fragments_is_refused_before_it_could_exhaust_the_stack() {
        let text: String = (0..1_000)
            .map(|n| format!("fragment f{n} on Q {{ ...f{} }}", n + 1))
            .chain([String::from("{ a }")])
            .collect();
        assert!(matches!(
            refusal(&text),
            Refusal::TooCostly { limit: 30, .. }
        ));
    }

    #[test]
    fn a_syntax_error_says_what_was_expected_and_not_what_was_sent() {
        let text = format!("{{ a(b: ) # {} \n }}", "secret".repeat(50));
        let Refusal::Invalid { message, locations } = refusal(&text) else {
            panic!("a syntax error is not a matter of cost");
        };
        assert!(message.starts_with("Syntax error: expected"), "{message}");
        assert!(
            !message.contains("secret") && message.len() < 200,
            "{message}"
        );
        assert_eq!(locations.len(), 1);
    }

    #[test]
    fn variables_are_bounded_in_depth_and_cannot_smuggle_json() {
        let nested = |levels: usize| {
            let text = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let limits = Limits::default();
        check_variables(&nested(64), &limits).unwrap();
        assert!(matches!(
            check_variables(&nested(65), &limits),
            Err(Refusal::TooCostly { estimate: 65, .. })
        ));
        let smuggled: Value =
            serde_json::from_str(r#"{"x":[{"\u0024serde_json::private::RawValue":"}"}]}"#).unwrap();
        assert!(matches!(
            check_variables(&smuggled, &limits),
            Err(Refusal::Invalid { .. })
        ));
    }
}
