//! Records by what people remember of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Index, Indexed, Result, entry,
    fold::{fold, fold_word, words},
    lost,
};
use crate::{
    model::{Contact, Project, Property, Prospect, Protocol, RecordKind},
    store::{Column, Fit, Search},
};

/// More words make nothing easier to find.
const MOST_WORDS: usize = 12;

/// A record of any kind that people look for.
#[derive(Debug, Clone)]
pub enum AnyRecord {
    /// A property.
    Property(Arc<Property>),
    /// A contact.
    Contact(Arc<Contact>),
    /// A protocol.
    Protocol(Arc<Protocol>),
    /// A project.
    Project(Arc<Project>),
    /// A prospect.
    Prospect(Arc<Prospect>),
}

/// Where a hit stands in what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    fit: Fit,
    number: i64,
}

/// A record that fits what was looked for.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Where it stands.
    pub place: Place,
    /// The record.
    pub record: AnyRecord,
    /// The text that fits, as HTML with `mark` around what was looked for; `None` when no text alone
    /// has any of it.
    pub highlight: Option<String>,
}

impl Place {
    /// How well it fits, from 0 to 1.
    pub fn score(self) -> f64 {
        match self.fit {
            Fit::Title => 1.0,
            Fit::TitlePrefix => 0.75,
            Fit::Anywhere => 0.5,
        }
    }
}

impl Index {
    /// At most `first` records of these kinds that have all words of a text, or words that begin so,
    /// in these columns: those that fit best first, behind a place.
    pub async fn search(
        &self,
        text: &str,
        kinds: &[RecordKind],
        columns: &[Column],
        after: Option<Place>,
        first: u32,
    ) -> Result<Vec<Hit>> {
        let folded = fold(text);
        let words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        let words = &words[..words.len().min(MOST_WORDS)];
        let scopes: Vec<_> = kinds
            .iter()
            .map(|kind| (self.place(kind.system()), *kind))
            .collect();
        let mut hits = Vec::new();
        if words.is_empty() || scopes.is_empty() {
            return Ok(hits);
        }
        let search = Search {
            scopes: &scopes,
            words,
            columns,
        };
        let from = after.map_or(Fit::Title, |after| after.fit);
        for fit in Fit::ALL.into_iter().filter(|fit| *fit >= from) {
            let mut behind = after
                .filter(|after| after.fit == fit)
                .map(|after| after.number);
            // Rows that cannot be read any more are passed over.
            while hits.len() < first as usize {
                let wanted = first - u32::try_from(hits.len()).unwrap_or(first);
                let found = self.store.search_index(&search, fit, behind, wanted);
                let found = found.await.map_err(lost)?;
                let is_all = found.len() < wanted as usize;
                behind = found.last().map(|hit| hit.found.number);
                hits.extend(found.iter().filter_map(|hit| {
                    let number = hit.found.number;
                    let (record, highlight) = match hit.kind {
                        RecordKind::Property => {
                            seen(&hit.found, AnyRecord::Property, words, columns)
                        }
                        RecordKind::Contact => seen(&hit.found, AnyRecord::Contact, words, columns),
                        RecordKind::Protocol => {
                            seen(&hit.found, AnyRecord::Protocol, words, columns)
                        }
                        RecordKind::Project => seen(&hit.found, AnyRecord::Project, words, columns),
                        RecordKind::Prospect => {
                            seen(&hit.found, AnyRecord::Prospect, words, columns)
                        }
                        RecordKind::Development | RecordKind::Profile | RecordKind::Investor => {
                            None
                        }
                    }?;
                    Some(Hit {
                        place: Place { fit, number },
                        record,
                        highlight,
                    })
                }));
                if is_all {
                    break;
                }
            }
        }
        Ok(hits)
    }
}

fn seen<T: Indexed>(
    found: &crate::store::Found,
    any: fn(Arc<T>) -> AnyRecord,
    words: &[String],
    columns: &[Column],
) -> Option<(AnyRecord, Option<String>)> {
    let record: Arc<T> = entry::read(found)?;
    let texts = record.texts();
    let texts = texts.iter().filter(|text| columns.contains(&text.column));
    let mut best: Option<(usize, String)> = None;
    for text in texts {
        let (count, marked) = highlight(&text.text, words);
        if count > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((count, marked));
        }
    }
    Some((any(record), best.map(|(_, marked)| marked)))
}

/// A text as HTML with `mark` around the words that begin with one that is looked for, and how many of
/// those it has.
fn highlight(text: &str, wanted: &[String]) -> (usize, String) {
    let mut html = String::with_capacity(text.len() + 16);
    let mut met = vec![false; wanted.len()];
    let mut behind = 0;
    for word in words(text) {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        escape(&text[behind..at], &mut html);
        behind = at + word.len();
        let folded = fold_word(word);
        let fitting = wanted
            .iter()
            .position(|wanted| folded.starts_with(wanted.as_str()));
        match fitting {
            Some(fitting) => {
                met[fitting] = true;
                html.push_str("<mark>");
                escape(word, &mut html);
                html.push_str("</mark>");
            }
            None => escape(word, &mut html),
        }
    }
    escape(&text[behind..], &mut html);
    (met.into_iter().filter(|met| *met).count(), html)
}

fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            letter => html.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_is_marked_and_all_else_is_only_text() {
        let wanted = ["muhlenstr".to_owned(), "12".to_owned()];
        let (count, html) = highlight("<b>Mühlenstraße 12a & 3</b>", &wanted);
        assert_eq!(count, 2);
        assert_eq!(
            html,
            "&lt;b&gt;<mark>Mühlenstraße</mark> <mark>12a</mark> &amp; 3&lt;/b&gt;"
        );
        assert_eq!(highlight("Lindenallee", &wanted).0, 0);
    }
}
