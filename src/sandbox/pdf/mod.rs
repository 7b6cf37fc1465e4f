//! Real PDF files of plain business looks: A4, flowing text, tables, signature lines.
//!
//! A [`Document`] is written from top to bottom and breaks pages by itself. It uses the fonts that
//! every reader brings along, hence Western European letters only. Equal calls give equal bytes.
//! [`handover()`] is the paper that deep.rent makes.

use chrono::{DateTime, Datelike, Timelike, Utc};
use pdf_writer::{Content, Date, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

mod handover;
mod text;

pub use handover::handover;

use text::{encode, fit, wrap};

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
/// Where the flowing text ends and the footer begins.
const BOTTOM: f32 = 72.0;
const SIZE: f32 = 9.5;
const LEADING: f32 = 14.0;

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

type Color = [f32; 3];
const INK: Color = [0.13, 0.15, 0.18];
const FAINT: Color = [0.45, 0.48, 0.52];
const ACCENT: Color = [0.09, 0.32, 0.42];
const SHADE: Color = [0.94, 0.96, 0.97];
const RULE: Color = [0.78, 0.82, 0.85];

/// A document being written.
pub struct Document {
    title: String,
    footer: String,
    done: Vec<Vec<u8>>,
    page: Content,
    /// Distance of the next line's top from the lower edge, in points.
    y: f32,
}

/// A column of a table: its heading and its share of the line, all shares adding up to 1.
#[derive(Debug, Clone, Copy)]
pub struct Column(pub &'static str, pub f32);

impl Document {
    /// Begins with a title, a line below it, and a footer for every page.
    pub fn new(title: &str, subtitle: &str, footer: &str) -> Self {
        let mut document = Self {
            title: title.to_owned(),
            footer: footer.to_owned(),
            done: Vec::new(),
            page: Content::new(),
            y: HEIGHT - MARGIN,
        };
        document.fill(0.0, HEIGHT - 10.0, WIDTH, 10.0, ACCENT);
        document.write(MARGIN, 20.0, BOLD, 20.0, ACCENT, title);
        document.y -= 30.0;
        document.write(MARGIN, 10.0, REGULAR, 10.0, FAINT, subtitle);
        document.y -= 20.0;
        document
    }

    /// A heading of a part; it stays with what follows.
    pub fn heading(&mut self, text: &str) {
        self.need(7.0 * LEADING);
        self.y -= 10.0;
        self.write(MARGIN, 11.0, BOLD, 11.5, ACCENT, text);
        self.y -= 18.0;
        self.rule(self.y + 2.0, 0.8, ACCENT);
        self.y -= 3.0;
    }

    /// Label and value, one pair per line.
    pub fn fields(&mut self, fields: &[(&str, String)]) {
        for (label, value) in fields {
            self.need(LEADING);
            let at = MARGIN + 120.0;
            self.write(MARGIN, SIZE, REGULAR, SIZE, FAINT, label);
            let value = fit(value, SIZE, WIDTH - MARGIN - at);
            self.write(at, SIZE, REGULAR, SIZE, INK, &value);
            self.y -= LEADING;
        }
    }

    /// A table; its heading is repeated on every page that it reaches. Cells are cut to one line.
    pub fn table(&mut self, columns: &[Column], rows: &[Vec<String>]) {
        self.table_heading(columns);
        for (number, row) in rows.iter().enumerate() {
            if self.need(LEADING + 3.0) {
                self.table_heading(columns);
            }
            if number % 2 == 1 {
                let width = WIDTH - 2.0 * MARGIN;
                self.fill(MARGIN, self.y - LEADING - 2.0, width, LEADING + 2.0, SHADE);
            }
            self.cells(columns, row.iter().map(String::as_str), REGULAR, INK);
        }
        self.y -= 4.0;
    }

    /// Text that flows over as many lines as it takes.
    pub fn paragraph(&mut self, text: &str) {
        for line in &wrap(text, SIZE, WIDTH - 2.0 * MARGIN) {
            self.need(LEADING);
            self.write(MARGIN, SIZE, REGULAR, SIZE, INK, line);
            self.y -= LEADING;
        }
        self.y -= 4.0;
    }

    /// Lines to sign on, two beside each other, with what stands below each.
    pub fn signatures(&mut self, signers: &[(String, String)]) {
        let width = (WIDTH - 2.0 * MARGIN - 30.0) / 2.0;
        self.need(76.0 * signers.len().div_ceil(2) as f32);
        for pair in signers.chunks(2) {
            self.need(76.0);
            self.y -= 46.0;
            for (column, (name, role)) in pair.iter().enumerate() {
                let x = MARGIN + column as f32 * (width + 30.0);
                self.line(x, x + width, self.y, 0.8, INK);
                self.write(x, SIZE + 3.0, REGULAR, SIZE, INK, &fit(name, SIZE, width));
                self.y -= 12.0;
                self.write(x, SIZE + 3.0, REGULAR, 8.0, FAINT, &fit(role, 8.0, width));
                self.y += 12.0;
            }
            self.y -= 30.0;
        }
    }

    /// The file, dated `created`.
    pub fn finish(mut self, created: DateTime<Utc>) -> Vec<u8> {
        self.turn();
        let [catalog, tree, info, regular, bold] = [1, 2, 3, 4, 5].map(Ref::new);
        let count = self.done.len();
        let page_ids = |index: usize| {
            let first = 6 + 2 * index as i32;
            (Ref::new(first), Ref::new(first + 1))
        };

        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree).lang(TextStr("de-DE"));
        pdf.pages(tree)
            .kids((0..count).map(|index| page_ids(index).0))
            .count(count as i32);
        pdf.document_info(info)
            .title(TextStr(&self.title))
            .producer(TextStr("Sandbox"))
            .creation_date(date(created));
        for (id, font) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
            pdf.type1_font(id)
                .base_font(Name(font.as_bytes()))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for (index, body) in self.done.iter().enumerate() {
            let (id, contents) = page_ids(index);
            let mut page = pdf.page(id);
            page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
            page.parent(tree).contents(contents);
            let mut resources = page.resources();
            let mut fonts = resources.fonts();
            fonts.pair(REGULAR, regular).pair(BOLD, bold);
            fonts.finish();
            resources.finish();
            page.finish();

            let footer = footer(&self.footer, index + 1, count);
            pdf.stream(contents, &[body.as_slice(), &footer].join(&b'\n'));
        }
        pdf.finish()
    }

    fn table_heading(&mut self, columns: &[Column]) {
        self.cells(columns, columns.iter().map(|column| column.0), BOLD, FAINT);
        self.rule(self.y, 0.6, RULE);
    }

    fn cells<'a>(
        &mut self,
        columns: &[Column],
        texts: impl Iterator<Item = &'a str>,
        font: Name,
        color: Color,
    ) {
        let mut x = MARGIN;
        for (Column(_, share), text) in columns.iter().zip(texts) {
            let width = share * (WIDTH - 2.0 * MARGIN);
            let text = fit(text, SIZE, width - 10.0);
            self.write(x + 4.0, SIZE + 2.0, font, SIZE, color, &text);
            x += width;
        }
        self.y -= LEADING + 2.0;
    }

    /// Turns the page unless `height` is left on it; says whether it did.
    fn need(&mut self, height: f32) -> bool {
        let turns = self.y - height < BOTTOM;
        if turns {
            self.turn();
        }
        turns
    }

    fn turn(&mut self) {
        let page = std::mem::replace(&mut self.page, Content::new());
        self.done.push(page.finish().to_vec());
        self.y = HEIGHT - MARGIN;
    }

    /// Writes a line whose baseline is `below` the present height.
    fn write(&mut self, x: f32, below: f32, font: Name, size: f32, color: Color, text: &str) {
        write(&mut self.page, x, self.y - below, font, size, color, text);
    }

    fn rule(&mut self, y: f32, thickness: f32, color: Color) {
        self.line(MARGIN, WIDTH - MARGIN, y, thickness, color);
    }

    fn line(&mut self, from: f32, to: f32, y: f32, thickness: f32, color: Color) {
        self.fill(from, y, to - from, thickness, color);
    }

    fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, [r, g, b]: Color) {
        self.page
            .set_fill_rgb(r, g, b)
            .rect(x, y, width, height)
            .fill_nonzero();
    }
}

fn footer(text: &str, number: usize, count: usize) -> Vec<u8> {
    let mut content = Content::new();
    let mut put = |x, text: &str| write(&mut content, x, 36.0, REGULAR, 8.0, FAINT, text);
    put(MARGIN, text);
    put(
        WIDTH - MARGIN - 52.0,
        &format!("Seite {number} von {count}"),
    );
    content.finish().to_vec()
}

fn write(
    content: &mut Content,
    x: f32,
    y: f32,
    font: Name,
    size: f32,
    [r, g, b]: Color,
    text: &str,
) {
    content
        .begin_text()
        .set_fill_rgb(r, g, b)
        .set_font(font, size)
        .next_line(x, y)
        .show(Str(&encode(text)))
        .end_text();
}

fn date(at: DateTime<Utc>) -> Date {
    Date::new(at.year() as u16)
        .month(at.month() as u8)
        .day(at.day() as u8)
        .hour(at.hour() as u8)
        .minute(at.minute() as u8)
        .second(at.second() as u8)
        .utc_offset_hour(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::world::World;

    /// Reads a file as a reader does: from its end, through the table of objects.
    fn object_count(file: &[u8]) -> usize {
        assert!(file.starts_with(b"%PDF-1.7\n"));
        // One character for each byte, so that offsets hold.
        let text: String = file
            .iter()
            .map(|byte| {
                if byte.is_ascii() {
                    char::from(*byte)
                } else {
                    '?'
                }
            })
            .collect();
        let tail = text.trim_end().strip_suffix("\n%%EOF").unwrap();
        let (_, start) = tail.rsplit_once("startxref\n").unwrap();
        let start: usize = start.parse().unwrap();

        let mut lines = text[start..].lines();
        assert_eq!(lines.next(), Some("xref"));
        let (_, count) = lines.next().unwrap().split_once(' ').unwrap();
        let count: usize = count.parse().unwrap();
        assert_eq!(lines.next().unwrap(), "0000000000 65535 f");
        for id in 1..count {
            let entry = lines.next().unwrap();
            let offset: usize = entry[..10].parse().unwrap();
            assert!(
                text[offset..].starts_with(&format!("{id} 0 obj\n")),
                "object {id}"
            );
        }
        assert_eq!(lines.next(), Some("trailer"));
        // Operators of joined streams must not run together.
        assert!(!text.contains("ETBT"));
        assert!(tail.contains("/Root 1 0 R") && tail.contains(&format!("/Size {count}")));
        count
    }

    fn created() -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_438_400, 0).unwrap()
    }

    #[test]
    fn every_hand_over_is_a_sound_file_of_one_or_two_pages() {
        let world = World::generate(240, 7, created());
        assert!(world.handovers.len() >= 120);
        for row in &world.handovers {
            let file = handover(row);
            // Five objects for the document, two for each page, and the table's own first entry.
            assert!([8, 10].contains(&object_count(&file)), "{}", row.id);
            assert_eq!(file, handover(row));
        }
    }

    #[test]
    fn a_long_table_goes_on_over_pages_and_repeats_its_heading() {
        let mut document = Document::new("Schlüsselbuch", "Alle", "Fuß");
        let rows: Vec<_> = (0..150)
            .map(|n| vec![n.to_string(), "da".to_owned()])
            .collect();
        document.table(&[Column("Nummer", 0.5), Column("Verbleib", 0.5)], &rows);
        let file = document.finish(created());
        assert_eq!(object_count(&file), 6 + 2 * 4);
        let headings = file.windows(8).filter(|bytes| bytes == b"(Nummer)").count();
        assert_eq!(headings, 4);
    }
}
