//! One pass over the document's bytes, before any parser: how many tokens, how deep the brackets.
//!
//! It agrees with the parser on where strings and comments end; where the two could differ, the
//! document is refused. What it takes for one token may be several for the parser only in numbers
//! that are malformed anyway.

use super::{Limits, Refusal, bound};

/// Counts the tokens; refuses too many of them, too deep brackets and too long names or numbers.
pub(super) fn check(text: &str, limits: &Limits) -> Result<usize, Refusal> {
    let mut rest = text.as_bytes();
    let (mut tokens, mut open, mut deepest, mut longest_word) = (0, 0_usize, 0, 0);
    while let Some(&first) = rest.first() {
        let length = match first {
            b'#' => run(rest, |byte| byte != b'\n' && byte != b'\r'),
            b'"' => string(rest)
                .ok_or_else(|| Refusal::invalid("Syntax error: a string has no end.", vec![]))?,
            b'.' => run(rest, |byte| byte == b'.'),
            b'-' | b'0'..=b'9' => run(rest, |byte| is_name(byte) || b".+-".contains(&byte)),
            _ if is_name(first) => run(rest, is_name),
            _ => 1,
        };
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b'#' => {}
            b'(' | b'[' | b'{' => {
                tokens += 1;
                open += 1;
                deepest = deepest.max(open);
            }
            b')' | b']' | b'}' => {
                tokens += 1;
                open = open.saturating_sub(1);
            }
            _ => {
                tokens += 1;
                if is_name(first) {
                    longest_word = longest_word.max(length);
                }
            }
        }
        rest = &rest[length..];
    }
    bound("tokens", tokens, limits.tokens)?;
    bound("nested brackets", deepest, limits.nesting)?;
    bound(
        "bytes in one name or number",
        longest_word,
        limits.word_bytes,
    )?;
    Ok(tokens)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many of the first bytes satisfy `belongs`.
fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&byte| !belongs(byte))
        .unwrap_or(bytes.len())
}

/// The length of the string that `bytes` begins with, quotes included; `None` without an end.
fn string(bytes: &[u8]) -> Option<usize> {
    const BLOCK: &[u8] = b"\"\"\"";
    if bytes.starts_with(BLOCK) {
        let mut at = BLOCK.len();
        loop {
            let rest = bytes.get(at..)?;
            if rest.starts_with(BLOCK) {
                return Some(at + BLOCK.len());
            }
            at += match rest.first()? {
                b'\\' if rest[1..].starts_with(BLOCK) => 1 + BLOCK.len(),
                _ => 1,
            };
        }
    }
    let mut at = 1;
    loop {
        at += match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' | b'\r' => return None,
            b'\\' => 2,
            _ => 1,
        };
    }
}
