//! Whether a file is a whole PDF, told from its two ends and its cross-reference tables.
//!
//! Nothing is parsed that is not needed for that: a few kilobytes are read of a file of any size, so
//! no time limit is needed. Source: ISO 32000-1, 7.5.

use std::io;

use super::Spooled;

/// Where the header and what gives other kinds of files away are looked for, in bytes.
const HEAD: usize = 512;
/// Where the end is looked for: 1024 bytes by Adobe's implementation notes, and what stands before it.
const TAIL: usize = 1_024 + 64;
/// Of a trailer or the dictionary of a cross-reference stream.
const DICTIONARY: usize = 8 << 10;
/// Cross-reference sections of one file; each revision adds one.
const MOST_SECTIONS: usize = 1_000;
/// Tables of all sections together: one for each row of numbers that were in use.
const MOST_TABLES: usize = 20_000;
/// What fits on a line that only tells of numbers, in bytes.
const LINE: usize = 64;
/// Of one entry of a cross-reference table, in bytes, by the standard.
const ENTRY: u64 = 20;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It has no bytes.
    #[error("The file is empty.")]
    Empty,
    /// It is something else, of this media type where that can be told.
    #[error("The file is no PDF{}.", .0.map(|kind| format!(": it is {kind}")).unwrap_or_default())]
    OtherKind(Option<&'static str>),
    /// It has no end.
    #[error("The PDF is cut off: its end is missing.")]
    Truncated,
    /// The end does not lead to what the file consists of.
    #[error("The PDF is damaged: its cross-reference table does not stand where it says.")]
    CrossReference,
}

/// Looks for what is wrong with a file. Blocks.
pub fn check(file: &Spooled) -> io::Result<Result<(), Flaw>> {
    if file.length == 0 {
        return Ok(Err(Flaw::Empty));
    }
    let head = file.read(0, HEAD)?;
    if !is_header(&head) {
        let kind = infer::get(&head).map(|kind| kind.mime_type());
        return Ok(Err(Flaw::OtherKind(
            kind.filter(|kind| *kind != "application/pdf"),
        )));
    }
    let tail = file.read(file.length.saturating_sub(TAIL as u64), TAIL)?;
    let Some(start) = start_of_sections(&tail) else {
        return Ok(Err(Flaw::Truncated));
    };
    let is_whole = follow(file, start)?;
    Ok(is_whole.then_some(()).ok_or(Flaw::CrossReference))
}

/// `%PDF-1.7`, of any version.
fn is_header(head: &[u8]) -> bool {
    matches!(head.strip_prefix(b"%PDF-"), Some([major, b'.', minor, ..])
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// The number between the last `startxref` and the last `%%EOF`.
fn start_of_sections(tail: &[u8]) -> Option<u64> {
    let end = last(tail, b"%%EOF")?;
    let keyword = last(&tail[..end], b"startxref")?;
    let mut words = Words(&tail[keyword + b"startxref".len()..end]);
    let start = words.number()?;
    words.next().is_none().then_some(start)
}

/// Goes through all cross-reference sections, the newest first: whether each stands where it is said
/// to, and the catalogue where the newest entry of it says.
fn follow(file: &Spooled, start: u64) -> io::Result<bool> {
    let (mut seen, mut root, mut is_checked) = (Vec::new(), None, false);
    let (mut next, mut tables) = (Some(start), MOST_TABLES);
    while let Some(start) = next {
        // In circles, or beyond all measure.
        if seen.contains(&start) || seen.len() == MOST_SECTIONS {
            return Ok(false);
        }
        seen.push(start);
        let Some(section) = section(file, start, tables)? else {
            return Ok(false);
        };
        tables -= section.tables.len();
        let Some(catalogue) = root.or(section.root) else {
            return Ok(false);
        };
        root = Some(catalogue);
        if !is_checked && let Some(entry) = section.entry_of(catalogue) {
            if !leads_to(file, entry, catalogue)? {
                return Ok(false);
            }
            is_checked = true;
        }
        next = section.previous;
    }
    // Else the catalogue is listed in a packed stream.
    Ok(true)
}

/// One cross-reference section.
#[derive(Debug, Default)]
struct Section {
    /// The number of the catalogue.
    root: Option<u64>,
    /// Where the section before it stands.
    previous: Option<u64>,
    /// The first number, how many there are, and where their entries stand; none for a stream.
    tables: Vec<(u64, u64, u64)>,
}

impl Section {
    /// Where the entry of an object stands.
    fn entry_of(&self, object: u64) -> Option<u64> {
        let table = |&(first, count, at): &(u64, u64, u64)| {
            let place = object.checked_sub(first).filter(|place| *place < count)?;
            Some(at + place * ENTRY)
        };
        self.tables.iter().find_map(table)
    }

    fn with(self, dictionary: &[u8]) -> Self {
        Self {
            root: number_of(dictionary, b"/Root"),
            previous: number_of(dictionary, b"/Prev"),
            ..self
        }
    }
}

fn section(file: &Spooled, start: u64, most: usize) -> io::Result<Option<Section>> {
    let bytes = file.read(start, DICTIONARY)?;
    let mut words = Words(&bytes);
    if words.next() == Some(b"xref") {
        let at = start + (bytes.len() - words.0.len()) as u64;
        return table(file, at, most);
    }
    let mut words = Words(&bytes);
    if words.number().is_none() || words.number().is_none() {
        return Ok(None);
    }
    let Some(rest) = words.rest().strip_prefix(b"obj") else {
        return Ok(None);
    };
    let dictionary = first(rest, b"stream").map(|end| &rest[..end]);
    let dictionary = dictionary.filter(|dictionary| first(dictionary, b"/XRef").is_some());
    Ok(dictionary.map(|dictionary| Section::default().with(dictionary)))
}

/// Goes from one part of a table to the next, as far as its trailer.
fn table(file: &Spooled, mut at: u64, most: usize) -> io::Result<Option<Section>> {
    let mut section = Section::default();
    while section.tables.len() < most {
        let bytes = file.read(at, LINE)?;
        let mut words = Words(&bytes);
        if words.rest().starts_with(b"trailer") {
            let bytes = file.read(at, DICTIONARY)?;
            let end = first(&bytes, b"startxref").unwrap_or(bytes.len());
            return Ok(Some(section.with(&bytes[..end])));
        }
        let (Some(number), Some(count)) = (words.number(), words.number()) else {
            return Ok(None);
        };
        let entries = at + (bytes.len() - words.rest().len()) as u64;
        let end = count
            .checked_mul(ENTRY)
            .and_then(|all| all.checked_add(entries));
        let Some(end) = end.filter(|end| *end <= file.length) else {
            return Ok(None);
        };
        section.tables.push((number, count, entries));
        at = end;
    }
    Ok(None)
}

/// Whether an entry of a table leads to this object.
fn leads_to(file: &Spooled, entry: u64, object: u64) -> io::Result<bool> {
    let entry = file.read(entry, ENTRY as usize)?;
    let mut words = Words(&entry);
    let (place, _, kind) = (words.number(), words.number(), words.next());
    let (Some(place), Some(b"n")) = (place, kind) else {
        return Ok(false);
    };
    let bytes = file.read(place, LINE)?;
    let mut words = Words(&bytes);
    let is_it = words.number() == Some(object) && words.number().is_some();
    Ok(is_it && words.rest().starts_with(b"obj"))
}

/// The number behind a name in a dictionary.
fn number_of(dictionary: &[u8], name: &[u8]) -> Option<u64> {
    let at = first(dictionary, name)? + name.len();
    Words(&dictionary[at..]).number()
}

fn first(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|found| found == wanted)
}

fn last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .rposition(|found| found == wanted)
}

/// What is left of a text, word by word.
struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    /// What comes behind the white space.
    fn rest(&mut self) -> &'a [u8] {
        let start = self.0.iter().position(|byte| !is_white(*byte));
        self.0 = &self.0[start.unwrap_or(self.0.len())..];
        self.0
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest();
        let end = rest.iter().position(|byte| is_white(*byte));
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }

    /// The next word if it begins with a number, without whatever sticks to that.
    fn number(&mut self) -> Option<u64> {
        let rest = self.rest();
        let end = rest.iter().position(|byte| !byte.is_ascii_digit());
        let (digits, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let number = str::from_utf8(digits).ok()?.parse().ok()?;
        self.0 = rest;
        Some(number)
    }
}

/// White space by the standard, 7.2.2.
fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::super::Spool;
    use super::*;

    async fn checked(bytes: &[u8]) -> Result<(), Flaw> {
        let spool = Spool::new(u64::MAX).unwrap().write(bytes).await.unwrap();
        check(&spool.finish(None).await.unwrap()).unwrap()
    }

    /// The least that is a PDF, its catalogue at byte 9, then one table.
    fn small() -> String {
        let body = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n\
            2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n";
        let second = body.find("2 0 obj").unwrap();
        let start = body.len();
        format!(
            "{body}xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n{second:010} 00000 n \n\
             trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
        )
    }

    /// The same with a revision behind it.
    fn revised() -> String {
        let old = small();
        let previous = old.find("xref\n").unwrap();
        let object = old.len();
        let old = format!("{old}2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n");
        let start = old.len();
        format!(
            "{old}xref\r\n2 1\r\n{object:010} 00000 n\r\ntrailer <</Size 3 /Root 1 0 R \
             /Prev {previous}>>\r\nstartxref\r\n{start}\r\n%%EOF"
        )
    }

    /// With its cross-reference in a stream.
    fn packed() -> String {
        let body = "%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n";
        let start = body.len();
        format!(
            "{body}3 0 obj<</Type/XRef/Size 3/Root 1 0 R/W[1 2 1]/Length 0>>stream\n\nendstream\n\
             endobj\nstartxref\n{start}\n%%EOF\n"
        )
    }

    #[tokio::test]
    async fn what_readers_open_passes() {
        for good in [
            small(),
            revised(),
            packed(),
            small() + "\n\0\0\r\n",
            small() + &"\n".repeat(1_000),
        ] {
            assert_eq!(checked(good.as_bytes()).await, Ok(()), "{good}");
        }
    }

    #[tokio::test]
    async fn what_is_no_pdf_is_told_by_what_it_is() {
        assert_eq!(checked(b"").await, Err(Flaw::Empty));
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(checked(png).await, Err(Flaw::OtherKind(Some("image/png"))));
        let other = Flaw::OtherKind(None);
        for bad in ["a text", "%PDF-", "%PDF-x.y\n", " %PDF-1.7\n"] {
            assert_eq!(checked(bad.as_bytes()).await, Err(other), "{bad}");
        }
        let told = Flaw::OtherKind(Some("image/png")).to_string();
        assert_eq!(told, "The file is no PDF: it is image/png.");
        assert_eq!(other.to_string(), "The file is no PDF.");
    }

    #[tokio::test]
    async fn what_is_cut_off_anywhere_is_not_whole() {
        for whole in [small(), revised(), packed()] {
            let end = whole.rfind("%%EOF").unwrap();
            for length in 1..end + 4 {
                let cut = &whole.as_bytes()[..length];
                // A revised file that is cut where its older revision ended is that one.
                if whole != revised() || length < small().len() - 2 {
                    assert!(checked(cut).await.is_err(), "{length}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_table_that_is_not_where_it_is_said_to_be_is_damage() {
        let start = small().find("xref\n").unwrap().to_string();
        let at = |old: &str, new: &str| small().replace(old, new);
        for damaged in [
            at(&format!("startxref\n{start}"), "startxref\n5"),
            at(&format!("startxref\n{start}"), "startxref\n99999"),
            at(
                &format!("startxref\n{start}"),
                "startxref\n18446744073709551615",
            ),
            at("0 3\n", "0 4\n"),
            at("0 3\n", "0 922337203685477581\n"),
            at("0000000009 00000 n", "0000000010 00000 n"),
            at("0000000009 00000 n", "0000000009 00000 f"),
            at("/Root 1 0 R", ""),
            at("/Size 3", &format!("/Size 3/Prev {start}")),
            at("/Size 3", "/Size 3/Prev 0"),
            packed().replace("/XRef", "/ObjStm"),
        ] {
            let found = checked(damaged.as_bytes()).await;
            assert_eq!(found, Err(Flaw::CrossReference), "{damaged}");
        }
        // However many tables there are, in however many sections.
        let endless = small().replace("0 3\n", &"0 0\n".repeat(MOST_TABLES));
        let damaged = endless.replace("startxref\n", "startxref\n0");
        assert_eq!(checked(damaged.as_bytes()).await, Err(Flaw::CrossReference));
        let unsaid = at(&format!("startxref\n{start}"), "startxref\n");
        assert_eq!(checked(unsaid.as_bytes()).await, Err(Flaw::Truncated));
    }
}
